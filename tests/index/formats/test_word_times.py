"""Words with times, written in the formats that have them, come back with the same times."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.text.sentences import split_sentences
from tests.index.formats.builders import read_one
from tests.index.formats.writers import clock


@dataclass(frozen=True, slots=True)
class Timed:
    """A word and when it is said, in milliseconds."""

    text: str
    start: int
    end: int


Writer = Callable[[list[Timed]], str]


def _text(words: list[Timed]) -> str:
    return " ".join(word.text for word in words)


def webvtt(words: list[Timed]) -> str:
    times = f"{clock(words[0].start)} --> {clock(words[-1].end)}"
    first, *rest = words
    tail = "".join(f"<{clock(word.start)}><c> {escape(word.text)}</c>" for word in rest)
    # The mark of an instant keeps a cue of one word timed word by word.
    return f"WEBVTT\n\n{times}\n<{clock(first.start)}>{escape(first.text)}{tail}\n"


def ttml(words: list[Timed]) -> str:
    spans = " ".join(
        f'<span begin="{word.start}ms" end="{word.end}ms">{escape(word.text)}</span>'
        for word in words
    )
    return f'<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p>{spans}</p></div></body></tt>'


def whisper(words: list[Timed]) -> str:
    segment = {
        "start": words[0].start / 1000,
        "end": words[-1].end / 1000,
        "text": f" {_text(words)}",
        "words": [
            {"word": f" {word.text}", "start": word.start / 1000, "end": word.end / 1000}
            for word in words
        ],
    }
    return json.dumps({"segments": [segment]})


def assemblyai(words: list[Timed]) -> str:
    listed = [{"text": word.text, "start": word.start, "end": word.end} for word in words]
    utterance = {
        "speaker": "A",
        "start": words[0].start,
        "end": words[-1].end,
        "text": _text(words),
        "words": listed,
    }
    return json.dumps({"utterances": [utterance], "words": listed, "text": _text(words)})


def deepgram(words: list[Timed]) -> str:
    listed = [
        {
            "word": word.text.lower(),
            "punctuated_word": word.text,
            "start": word.start / 1000,
            "end": word.end / 1000,
        }
        for word in words
    ]
    best = {"transcript": _text(words), "words": listed}
    return json.dumps({"results": {"channels": [{"alternatives": [best]}]}})


def aws(words: list[Timed]) -> str:
    items = [
        {
            "type": "pronunciation",
            "start_time": str(word.start / 1000),
            "end_time": str(word.end / 1000),
            "alternatives": [{"content": word.text}],
        }
        for word in words
    ]
    return json.dumps({"results": {"items": items}})


def rev(words: list[Timed]) -> str:
    elements: list[dict[str, object]] = []
    for word in words:
        if elements:
            elements.append({"type": "punct", "value": " "})
        elements.append(
            {
                "type": "text",
                "value": word.text,
                "ts": word.start / 1000,
                "end_ts": word.end / 1000,
            }
        )
    return json.dumps({"monologues": [{"speaker": 0, "elements": elements}]})


def podcast(words: list[Timed]) -> str:
    segments = [
        {
            "speaker": "Ana",
            "startTime": word.start / 1000,
            "endTime": word.end / 1000,
            "body": word.text,
        }
        for word in words
    ]
    return json.dumps({"version": "1.0.0", "segments": segments})


WRITERS: dict[str, Writer] = {
    "webvtt": webvtt,
    "ttml": ttml,
    "whisper": whisper,
    "assemblyai": assemblyai,
    "deepgram": deepgram,
    "aws-transcribe": aws,
    "rev": rev,
    "podcast": podcast,
}
WORDS = st.sampled_from(
    ["Yes.", "no,", "e\u0301t\u00e9", "🎙️!", "שלום", "U.S.", "<b>", "AT&T", "20", "no"]
)


@st.composite
def timed_words(draw: st.DrawFn) -> list[Timed]:
    """Draw words without silence between them: WebVTT can't say where a word ends."""
    at = draw(st.integers(0, 10_000))
    words: list[Timed] = []
    for text in draw(st.lists(WORDS, min_size=1, max_size=8)):
        end = at + draw(st.integers(1, 2_000))
        words.append(Timed(text, at, end))
        at = end
    return words


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=40, deadline=None)
@given(words=timed_words())
def test_every_word_comes_back_with_its_times(name: str, words: list[Timed]) -> None:
    transcript = read_one(WRITERS[name](words))
    assert transcript.source_format == name
    (turn,) = transcript.turns
    assert transcript.text[turn.char_start : turn.char_end] == _text(words)
    assert (turn.start_ms, turn.end_ms) == (words[0].start, words[-1].end)
    assert [
        Timed(transcript.text[word.char_start : word.char_end], word.start_ms, word.end_ms)
        for word in turn.words
    ] == words
    for sentence in split_sentences(transcript):
        inside = [
            word
            for word in turn.words
            if word.char_start < sentence.char_end and word.char_end > sentence.char_start
        ]
        assert sentence.start_ms == inside[0].start_ms
        assert sentence.end_ms == inside[-1].end_ms
