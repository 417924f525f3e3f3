"""Deepgram: ``{results: {utterances?, channels: [{alternatives: [{words, paragraphs?}]}]}}``.

Utterances are taken where there are any, else paragraphs, else the words; the first alternative is
the one the engine believes. Recordings of several channels without speakers name the channel.
"""

from __future__ import annotations

from index.formats.base import TranscriptDraft
from index.formats.jsontext import Foreign, JsonPart
from index.formats.render import Said, joined, spaced
from index.formats.shape import HeardWord, Shape, draft, pieces, speaker_name
from index.formats.times import Seconds, ordered, seconds_ms


class _Word(Foreign):
    word: str
    punctuated_word: str | None = None
    start: Seconds | None = None
    end: Seconds | None = None
    speaker: int | str | None = None


class _Utterance(Foreign):
    transcript: str
    start: Seconds | None = None
    end: Seconds | None = None
    speaker: int | str | None = None
    channel: int | None = None
    words: tuple[_Word, ...] = ()


class _Sentence(Foreign):
    text: str
    start: Seconds | None = None
    end: Seconds | None = None


class _Paragraph(Foreign):
    sentences: tuple[_Sentence, ...] = ()
    speaker: int | str | None = None


class _Paragraphs(Foreign):
    paragraphs: tuple[_Paragraph, ...] = ()


class _Alternative(Foreign):
    transcript: str = ""
    words: tuple[_Word, ...] = ()
    paragraphs: _Paragraphs | None = None


class _Channel(Foreign):
    alternatives: tuple[_Alternative, ...] = ()


class _Results(Foreign):
    utterances: tuple[_Utterance, ...] | None = None
    channels: tuple[_Channel, ...] = ()


class _Deepgram(Foreign):
    results: _Results


def read(part: JsonPart) -> TranscriptDraft:
    """Read one transcript.

    Raises:
        RefusedSource: with the line of a value that doesn't fit.
    """
    results = part.validated(_Deepgram, "a Deepgram transcript").results
    several = len(results.channels) > 1
    said: list[Said] = []
    if results.utterances:
        for utterance in results.utterances:
            said += _pieces(
                utterance.transcript,
                utterance.words,
                _speaker(utterance.speaker, utterance.channel if several else None),
                utterance.start,
                utterance.end,
            )
    else:
        for number, channel in enumerate(results.channels):
            if channel.alternatives:
                said += _alternative(channel.alternatives[0], number if several else None)
    if all(piece.start_ms is not None for piece in said):
        said.sort(key=lambda piece: piece.start_ms or 0)
    return draft(part, joined(said))


def _alternative(alternative: _Alternative, channel: int | None) -> list[Said]:
    said: list[Said] = []
    if alternative.paragraphs and alternative.paragraphs.paragraphs:
        for paragraph in alternative.paragraphs.paragraphs:
            speaker = _speaker(paragraph.speaker, channel)
            for sentence in paragraph.sentences:
                said += _pieces(sentence.text, (), speaker, sentence.start, sentence.end)
        return said
    if not alternative.words:
        return _pieces(alternative.transcript, (), _speaker(None, channel), None, None)
    for word in alternative.words:
        text = word.punctuated_word or word.word
        said += _pieces(text, (), _speaker(word.speaker, channel), word.start, word.end)
    return said


def _pieces(
    text: str,
    words: tuple[_Word, ...],
    speaker: str | None,
    start: float | None,
    end: float | None,
) -> list[Said]:
    bare = spaced(text)
    heard = [
        HeardWord(
            word.punctuated_word or word.word,
            seconds_ms(word.start),
            seconds_ms(word.end),
            speaker_name(word.speaker) if speaker is None else None,
        )
        for word in words
    ]
    times = ordered(seconds_ms(start), seconds_ms(end))
    return pieces(bare, heard, Said(speaker, bare, *times))


def _speaker(speaker: int | str | None, channel: int | None) -> str | None:
    if speaker is None and channel is not None:
        return f"Channel {channel}"
    return speaker_name(speaker)


def matches(value: object) -> bool:
    """Return whether a value has results with channels."""
    if not isinstance(value, dict):
        return False
    results = value.get("results")
    return isinstance(results, dict) and isinstance(results.get("channels"), list)


SHAPE = Shape("deepgram", matches, read)
