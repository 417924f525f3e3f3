"""Random transcripts, written in each format, come back with the same speakers, times and text."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.formats.render import spaced
from index.text.sentences import split_sentences
from tests.index.formats import writers
from tests.index.formats.builders import expand, hard_words, read_one
from tests.index.formats.writers import Spoken, Writer

MIXED = ("INSKEEP", "Dr. Ana López", "Speaker 1", "שרה", "O'Neil-Smith Jr.")
CAPITALS = ("INSKEEP", "DR. ANA LÓPEZ", "SPEAKER 1", "ГОСТЬ", "MAYNES, HOST")
XML = "\0\ufffe\uffff"


@dataclass(frozen=True, slots=True)
class Case:
    """A format's writer, the name it is found under, and what it can't carry.

    ``exclude`` are characters that have a meaning in the format and no escape; ``times`` says which
    times it keeps.
    """

    write: Writer
    source_format: str
    exclude: str = ""
    speakers: tuple[str, ...] = MIXED
    times: str = "both"


CASES = {
    "webvtt": Case(writers.webvtt, "webvtt", ":：->–—"),
    "srt": Case(writers.srt, "srt", ":：->–—<{", CAPITALS),
    "ttml": Case(writers.ttml, "ttml", ":：->–—" + XML),
    "whisper": Case(writers.whisper, "whisper"),
    "whisper list": Case(writers.whisper_list, "whisper"),
    "assemblyai": Case(writers.assemblyai, "assemblyai"),
    "deepgram": Case(writers.deepgram, "deepgram"),
    "deepgram paragraphs": Case(writers.deepgram_paragraphs, "deepgram"),
    "aws": Case(writers.aws, "aws-transcribe"),
    "rev": Case(writers.rev, "rev"),
    "podcast": Case(writers.podcast, "podcast"),
    "turns": Case(writers.turns, "turns"),
    "interview": Case(writers.interview, "interview", times="none"),
    "labels": Case(writers.labelled, "text", ":：", CAPITALS, times="none"),
    "time after name": Case(writers.time_after_name, "text", ":：-–—|", times="start"),
    "time before name": Case(writers.time_before_name, "text", ":：-–—|"),
    "name above": Case(writers.name_above, "text", ":：-–—|", times="start"),
    "markdown": Case(writers.markdown, "markdown", ":：-–—#*_", CAPITALS, times="none"),
}


@st.composite
def spoken(draw: st.DrawFn, case: Case) -> list[Spoken]:
    """Draw cues in order of time, neighbours of different speakers, some beyond 100 hours."""
    cues: list[Spoken] = []
    at = draw(st.sampled_from([0, 1_000, 359_990_000]))
    for _ in range(draw(st.integers(1, 6))):
        others = [who for who in (*case.speakers, None) if not cues or who != cues[-1].speaker]
        start = at + draw(st.integers(0, 5_000))
        at = start + draw(st.integers(1, 9_999))
        words = spaced(draw(hard_words(case.exclude)))
        cues.append(Spoken(draw(st.sampled_from(others)), words, start, at))
    return cues


def wanted(cue: Spoken, times: str) -> tuple[str | None, str, int | None, int | None]:
    start = None if times == "none" else cue.start
    end = cue.end if times == "both" else None
    return cue.speaker, cue.text, start, end


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_speakers_times_and_text_come_back(name: str, data: st.DataObject) -> None:
    case = CASES[name]
    drawn = data.draw(spoken(case))
    cues = [replace(cue, text=spaced(expand(cue.text))) for cue in drawn]
    line_end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    mark = data.draw(st.sampled_from(["", "\ufeff"]))
    written = mark + case.write(cues).replace("\n", line_end)

    transcript = read_one(written)

    assert transcript.source_format == case.source_format
    turns = transcript.turns[: len(cues)] if name == "markdown" else transcript.turns
    back = [
        (
            turn.speaker,
            transcript.text[turn.char_start : turn.char_end],
            turn.start_ms,
            turn.end_ms,
        )
        for turn in turns
    ]
    expected = [wanted(cue, case.times) for cue in cues]
    if name == "time after name":
        expected = [(who, text, start, None) for who, text, start, _ in expected]
    assert back == expected
    for sentence in split_sentences(transcript):
        turn = transcript.turns[sentence.turn]
        assert turn.char_start <= sentence.char_start < sentence.char_end <= turn.char_end
        words = transcript.text[sentence.char_start : sentence.char_end]
        assert words == words.strip()
        assert words in transcript.text[turn.char_start : turn.char_end]
        assert sentence.start_ms == turn.start_ms
