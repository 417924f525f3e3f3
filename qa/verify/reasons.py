"""Why a statement is rejected, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXPLAINED: Mapping[str, str] = MappingProxyType(
    {
        "number": "a number that the quotes don't have there",
        "percent": "a percentage where the quotes have none, or the other way round",
        "name": "a name that the quotes don't have there",
        "speaker": "somebody else said it",
        "negation": "one denies what the other asserts",
        "opposite": "a word whose opposite the quotes have",
        "modality": "surer or less sure than the quotes",
        "substitution": "a word in the place of another",
        "omission": "more than fillers was left out",
        "unfinished": "no whole sentence",
        "question": "a question",
        "fragment": "no whole sentence",
        "too_long": "too long",
        "loop": "it repeats itself",
        "weak": "the quotes hardly back it",
        "citation": "it cites nothing that was given",
        "address": "an address that the quotes don't have",
    }
)
"""Every reason of the checks, as ``--explain`` shows it."""
