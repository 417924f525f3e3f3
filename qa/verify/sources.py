"""What the checks need of a cited sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cited:
    """A cited sentence: its words, its speaker, and the words around it."""

    text: str
    speaker: str | None
    context: str = ""
