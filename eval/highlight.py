"""Window of text + citations + gold → pieces that a page can mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from eval.overlap import Located
from eval.records import Window


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters that are marked alike."""

    text: str
    cited: bool
    gold: bool


def pieces(window: Window, cited: Sequence[Located], gold: Sequence[Located]) -> tuple[Piece, ...]:
    """Cut a window at the ends of every citation and gold span; the texts join to the window's."""
    start, end = window.char_start, window.char_start + len(window.text)
    layers = [
        [(s.char_start, s.char_end) for s in spans if _located_in(s, window)]
        for spans in (cited, gold)
    ]
    cuts = sorted(
        {start, end}
        | {edge for layer in layers for pair in layer for edge in pair if start < edge < end}
    )
    found: list[Piece] = []
    for low, high in pairwise(cuts):
        marks = [any(a <= low and high <= b for a, b in layer) for layer in layers]
        found.append(Piece(window.text[low - start : high - start], marks[0], marks[1]))
    return tuple(found)


def _located_in(span: Located, window: Window) -> bool:
    return (
        span.document_id == window.document_id and span.document_version == window.document_version
    )
