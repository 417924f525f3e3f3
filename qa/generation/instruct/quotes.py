"""A model's quote + a sentence → where exactly it stands in that sentence, or nowhere.

A quote is exact, or exact after this normalisation, or it is no quote: Unicode is composed (NFC),
curly quotation marks and apostrophes become straight, dashes of every length become ``-``, and runs
of white space become one space. Nothing else: no case folding, no missing words, no similarity.
Each normalised character knows which original characters it stands for, so the range returned is a
range of the original.
"""

from __future__ import annotations

import unicodedata

LEAST_WORDS = 3
"""A shorter quote says too little by itself to stand for a sentence."""

_SAME = str.maketrans(
    dict.fromkeys("‘’‚‛ʼ", "'") | dict.fromkeys("“”„‟", '"') | dict.fromkeys("‐‑‒–—―−", "-")
)


def locate(quote: str, text: str, least_words: int = LEAST_WORDS) -> tuple[int, int] | None:
    """Return the range of ``text`` in which the quote stands, whole words only; None if nowhere."""
    wanted, _ = normalised(quote)
    if len(wanted.split()) < least_words:
        return None
    known, places = normalised(text)
    start = known.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        if _between_words(known, start) and _between_words(known, end):
            return places[start][0], places[end - 1][1]
        start = known.find(wanted, start + 1)
    return None


def normalised(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the normalised text and, for each of its characters, the original range."""
    out: list[str] = []
    places: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        cluster = unicodedata.normalize("NFC", text[start:end]).translate(_SAME)
        if cluster.isspace():
            if out and out[-1] != " ":
                out.append(" ")
                places.append((start, end))
            continue
        for character in cluster:
            out.append(character)
            places.append((start, end))
    if out and out[-1] == " ":
        out.pop()
        places.pop()
    return "".join(out), places


def _clusters(text: str) -> list[tuple[int, int]]:
    """Return the ranges of characters with the marks that combine with them."""
    starts = [n for n, c in enumerate(text) if n == 0 or not unicodedata.combining(c)]
    return list(zip(starts, [*starts[1:], len(text)] if starts else [], strict=True))


def _between_words(text: str, place: int) -> bool:
    if place in (0, len(text)):
        return True
    return not (text[place - 1].isalnum() and text[place].isalnum())
