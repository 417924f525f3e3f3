"""A JSON format: how to tell it by its keys, and how to read one value of it.

The same shapes are read alone, in a JSON array and in JSONL (``many``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from index.formats.base import FormatReader, StatedMetadata, TranscriptDraft, one_line
from index.formats.dates import iso_date
from index.formats.identity import document_id_of
from index.formats.jsontext import Foreign, JsonPart, load
from index.formats.probe import Probe
from index.formats.render import Said, Timed, render


@dataclass(frozen=True, slots=True)
class Shape:
    """One JSON format.

    Args:
        name: as in ``FormatReader.name``.
        matches: tells by its keys whether a value has this shape; never raises.
        read: makes a draft of it, or raises ``RefusedSource``.
    """

    name: str
    matches: Callable[[object], bool]
    read: Callable[[JsonPart], TranscriptDraft]

    def reader(self) -> FormatReader:
        """Return the reader of files that hold one value of this shape."""
        return FormatReader(self.name, self._detects, self._read, parts=None)

    def _detects(self, probe: Probe) -> bool:
        return self.matches(probe.value)

    def _read(self, text: str) -> tuple[TranscriptDraft, ...]:
        return (self.read(JsonPart(load(text), text)),)


class StatedFields(Foreign):
    """The fields in which JSON formats say what a transcript is."""

    id: str | None = None
    title: str | None = None
    date: str | None = None
    url: str | None = None
    language: str | None = None
    collection: str | None = None

    def stated(self, part: JsonPart) -> StatedMetadata:
        """Return what the fields state.

        Raises:
            RefusedSource: ``date`` for one that isn't in the calendar.
        """
        date = iso_date(self.date.strip()) if self.date else None
        if self.date and self.date.strip() and date is None:
            raise part.refusal(
                f"{self.date[:40]!r} isn't a date; write it as YYYY-MM-DD", "date", code="date"
            )
        return StatedMetadata(
            title=one_line(self.title),
            date=date,
            url=one_line(self.url),
            language=one_line(self.language),
            collection=one_line(self.collection),
            document_id=document_id_of(self.id) if self.id else None,
        )


def has(value: object, *keys: str) -> bool:
    """Return whether a value is an object with all of the keys."""
    return isinstance(value, Mapping) and all(key in value for key in keys)


def is_list_of(value: object, *keys: str) -> bool:
    """Return whether a value is a list whose first entry is an object with all of the keys."""
    return isinstance(value, list) and bool(value) and has(value[0], *keys)


def draft(
    part: JsonPart, said: list[Said], stated: StatedMetadata | None = None
) -> TranscriptDraft:
    """Return the draft of utterances.

    Raises:
        RefusedSource: ``no_turns`` when none of them has words.
    """
    if not any(utterance.text.strip() for utterance in said):
        raise part.refusal("this transcript has no words", code="no_turns")
    text, turns = render(said)
    return TranscriptDraft(text, turns, stated or StatedMetadata())


def speaker_name(speaker: str | int | None) -> str | None:
    """Return a label as engines print it: their bare numbers become "Speaker 0"."""
    return f"Speaker {speaker}" if isinstance(speaker, int) else one_line(speaker)


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word as an engine lists it beside the text; times and speaker where it knows them."""

    text: str
    start_ms: int | None
    end_ms: int | None
    speaker: str | None = None


# Words that an engine lists differently from its text ("twenty" and "20") are passed over, and the
# next is looked for this many characters ahead; farther off it would be another one.
_LOOK_AHEAD = 48


def placed(text: str, words: list[HeardWord]) -> list[tuple[int, int, HeardWord]]:
    """Return each word's range in the text, found in order, without those that aren't in it."""
    found: list[tuple[int, int, HeardWord]] = []
    at = 0
    for word in words:
        bare = word.text.strip()
        if not bare:
            continue
        start = text.find(bare, at, at + len(bare) + _LOOK_AHEAD)
        if start >= 0:
            at = start + len(bare)
            found.append((start, at, word))
    return found


def pieces(text: str, words: list[HeardWord], whole: Said) -> list[Said]:
    """Return a segment as pieces of one speaker each, with the times of its words.

    Args:
        text: the segment's words, without white space at the ends.
        words: the words listed beside it.
        whole: speaker and times of the segment, used where its words have none.
    """
    runs: list[tuple[str | None, int, list[tuple[int, int, HeardWord]]]] = [(whole.speaker, 0, [])]
    for start, end, word in placed(text, words):
        speaker, first, run = runs[-1]
        heard = word.speaker if word.speaker is not None else speaker
        if heard != speaker and (run or first):
            runs.append((heard, start, []))
        elif heard != speaker:
            runs[-1] = (heard, first, run)
        runs[-1][2].append((start, end, word))
    result: list[Said] = []
    for number, (speaker, first, run) in enumerate(runs):
        last = runs[number + 1][1] if number + 1 < len(runs) else len(text)
        body = text[first:last].rstrip()
        timed = tuple(
            Timed(start - first, end - first, word.start_ms, max(word.start_ms, word.end_ms))
            for start, end, word in run
            if word.start_ms is not None and word.end_ms is not None
        )
        alone = len(runs) == 1
        start_ms = min((piece.start_ms for piece in timed), default=whole.start_ms)
        end_ms = max((piece.end_ms for piece in timed), default=whole.end_ms)
        result.append(
            Said(
                speaker,
                body,
                whole.start_ms if alone else start_ms,
                whole.end_ms if alone else end_ms,
                timed,
            )
        )
    return result
