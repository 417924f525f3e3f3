"""True statements and answerable questions → close ones that are no longer backed.

Each function returns the changed text, or nothing where the text offers no hold. Half of the
values swapped in come from the evidence itself, so that finding the value there proves nothing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Literal

from qa.question.features import names

Kind = Literal["number", "name", "speaker", "polarity", "time", "modality", "opposite"]

_NUMBER = re.compile(
    r"\b(?:\d[\d,.]*\d|\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|"
    r"fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million)\b",
    re.IGNORECASE,
)
_NUMBER_CHOICES = ("two", "three", "five", "seven", "ten", "twelve", "twenty", "fifty", "hundred")
_TIMES = (
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("january", "february", "march", "april", "june", "july", "august", "september", "october",
     "november", "december"),
    ("before", "after"), ("first", "last"), ("today", "yesterday", "tomorrow"),
    ("morning", "evening"), ("earlier", "later"), ("next", "previous"), ("day", "week", "year"),
    ("days", "weeks", "months", "years"), ("minutes", "hours"), ("summer", "winter", "spring"),
)  # fmt: skip
_OPPOSITES = (
    ("more", "less"), ("most", "least"), ("largest", "smallest"), ("larger", "smaller"),
    ("increase", "decrease"), ("increased", "decreased"), ("high", "low"), ("higher", "lower"),
    ("best", "worst"), ("better", "worse"), ("easy", "difficult"), ("good", "bad"),
    ("agreed", "disagreed"), ("agree", "disagree"), ("accepted", "rejected"), ("new", "old"),
    ("won", "lost"), ("win", "lose"), ("with", "without"), ("north", "south"), ("east", "west"),
    ("cheap", "expensive"), ("always", "never"), ("all", "none"), ("highest", "lowest"),
    ("longest", "shortest"), ("oldest", "youngest"), ("liked", "disliked"), ("start", "end"),
    ("began", "ended"), ("accept", "reject"), ("support", "oppose"), ("supported", "opposed"),
    ("different", "same"), ("possible", "impossible"), ("important", "unimportant"),
    ("necessary", "unnecessary"), ("could", "couldn't"), ("positive", "negative"),
)  # fmt: skip
_WEAK = {
    "may": "will", "might": "will", "could": "must", "should": "will", "can": "must",
    "would": "did", "suggested": "decided", "proposed": "decided", "thought": "knew",
    "wanted": "refused", "planned": "refused", "considered": "adopted", "probably": "certainly",
    "perhaps": "certainly", "sometimes": "always", "hoped": "knew", "will": "may", "must": "may",
    "decided": "wondered",
}  # fmt: skip
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|will|would|should|did|does|do)\b(?! not\b)(?!n't)"
)
_NEGATION = re.compile(r"(?<=\w)(?: not|n't| n't)\b")
_VERB = re.compile(
    r"\b(thought|said|wanted|agreed|decided|suggested|believed|proposed|liked|needed|mentioned|"
    r"explained|used|made|took|gave|found|got|went|asked|told|argued|recommended|supported)\b"
)


def _replace(text: str, match: re.Match[str], new: str) -> str:
    if match.group()[:1].isupper():
        new = new[:1].upper() + new[1:]
    return text[: match.start()] + new + text[match.end() :]


def _pick_other(
    rng: random.Random, old: str, near: Sequence[str], far: Sequence[str]
) -> str | None:
    """Return another value: from the evidence half of the time, where it has one."""
    close = [v for v in near if v.lower() != old.lower()]
    distant = [v for v in far if v.lower() != old.lower()]
    pool = close if close and (rng.random() < 0.5 or not distant) else distant
    return rng.choice(pool) if pool else None


def swap_number(text: str, evidence: str, rng: random.Random) -> str | None:
    """Put another number in the place of one."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    old = match.group()
    far = (
        [str(int(old) + step) for step in (-2, -1, 1, 3, 10) if int(old) + step >= 0]
        if old.isdigit()
        else list(_NUMBER_CHOICES)
    )
    new = _pick_other(rng, old, _NUMBER.findall(evidence), far)
    return _replace(text, match, new) if new else None


def swap_name(text: str, evidence: str, rng: random.Random, far: Sequence[str] = ()) -> str | None:
    """Put another name in the place of one; ``far`` are names of the same document."""
    found = [name for name in names(text) if name in text]
    if not found:
        return None
    old = rng.choice(found)
    near = [n for n in names(evidence) if n not in text]
    new = _pick_other(rng, old, near, [n for n in far if n not in text])
    return text.replace(old, new, 1) if new else None


def swap_speaker(text: str, speakers: Sequence[str], rng: random.Random) -> str | None:
    """Give the statement to another of the ``speakers``."""
    found = [s for s in speakers if re.search(rf"\b{re.escape(s)}\b", text, re.IGNORECASE)]
    if not found:
        return None
    old = rng.choice(sorted(found))
    others = sorted({s for s in speakers if s.lower() not in text.lower()})
    if not others:
        return None
    return re.sub(rf"\b{re.escape(old)}\b", rng.choice(others), text, count=1, flags=re.IGNORECASE)


def flip_polarity(text: str, rng: random.Random) -> str | None:
    """Add or take away a negation."""
    negated = list(_NEGATION.finditer(text))
    if negated:
        match = rng.choice(negated)
        return text[: match.start()] + text[match.end() :]
    auxiliary = list(_AUXILIARY.finditer(text))
    if auxiliary:
        match = rng.choice(auxiliary)
        return f"{text[: match.end()]} not{text[match.end() :]}"
    verbs = list(_VERB.finditer(text))
    if verbs:
        match = rng.choice(verbs)
        return f"{text[: match.start()]}never {text[match.start() :]}"
    return None


def _swap_listed(text: str, lists: Sequence[Sequence[str]], rng: random.Random) -> str | None:
    found = [
        (match, options)
        for options in lists
        for match in re.finditer(rf"\b(?:{'|'.join(options)})\b", text, re.IGNORECASE)
    ]
    if not found:
        return None
    match, options = rng.choice(found)
    return _replace(text, match, rng.choice([o for o in options if o != match.group().lower()]))


def swap_time(text: str, evidence: str, rng: random.Random) -> str | None:
    """Put another time in the place of one: weekday, month, year, order."""
    years = list(re.finditer(r"\b[12]\d{3}\b", text))
    if years and rng.random() < 0.7:
        match = rng.choice(years)
        far = [str(int(match.group()) + step) for step in (-10, -3, -1, 1, 2, 5)]
        new = _pick_other(rng, match.group(), re.findall(r"\b[12]\d{3}\b", evidence), far)
        return _replace(text, match, new) if new else None
    return _swap_listed(text, _TIMES, rng)


def shift_modality(text: str, rng: random.Random) -> str | None:
    """Turn "may" into "will", "suggested" into "decided" and the like."""
    found = list(re.finditer(rf"\b(?:{'|'.join(_WEAK)})\b", text))
    if not found:
        return None
    match = rng.choice(found)
    return _replace(text, match, _WEAK[match.group()])


def swap_opposite(text: str, rng: random.Random) -> str | None:
    """Put a word's opposite in its place."""
    return _swap_listed(text, _OPPOSITES, rng)


def corrupt(
    text: str,
    evidence: str,
    rng: random.Random,
    speakers: Sequence[str] = (),
    other_names: Sequence[str] = (),
) -> tuple[Kind, str] | None:
    """Return one corruption of a random kind, or nothing where none applies."""
    makers: list[tuple[Kind, Callable[[], str | None]]] = [
        ("number", lambda: swap_number(text, evidence, rng)),
        ("name", lambda: swap_name(text, evidence, rng, other_names)),
        ("speaker", lambda: swap_speaker(text, speakers, rng)),
        ("polarity", lambda: flip_polarity(text, rng)),
        ("time", lambda: swap_time(text, evidence, rng)),
        ("modality", lambda: shift_modality(text, rng)),
        ("opposite", lambda: swap_opposite(text, rng)),
    ]
    rng.shuffle(makers)
    for kind, make in makers:
        changed = make()
        if changed and changed != text:
            return kind, changed
    return None


def corrupt_question(
    text: str, evidence: str, rng: random.Random, other_names: Sequence[str]
) -> str | None:
    """Return a question that asks for something else with nearly the same words."""
    makers: list[Callable[[], str | None]] = [
        lambda: swap_name(text, evidence, rng, other_names),
        lambda: swap_name(text, evidence, rng, other_names),
        lambda: swap_time(text, evidence, rng),
        lambda: swap_number(text, evidence, rng),
        lambda: swap_opposite(text, rng),
    ]
    rng.shuffle(makers)
    for make in makers:
        changed = make()
        if changed and changed != text:
            return changed
    return None


def merge_halves(text: str, other: str) -> str | None:
    """Return the first half of one statement joined to the second half of another."""
    first, second = text.rstrip(". ").split(), other.rstrip(". ").split()
    if len(first) < 6 or len(second) < 6:
        return None
    return " ".join([*first[: (len(first) + 1) // 2], "and", *second[len(second) // 2 :]]) + "."
