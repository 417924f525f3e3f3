"""Speaker labels and what they stand for: "INSKEEP" = "Steve Inskeep, host".

An alias map is a tuple of pairs (label, name), each label once. Filters, search and display use it;
a citation keeps the source's label. Names said in a transcript may *suggest* an alias, with the
words that suggest it; only a person sets one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from index.errors import InvalidAlias
from index.records import Transcript

AliasMap = tuple[tuple[str, str], ...]

# Longer than any name with its office; the map is shown in lists.
LENGTH_LIMIT = 200
# A broadcast has a dozen speakers, a council a hundred.
SIZE_LIMIT = 1000

_SPACE = re.compile(r"\s+")
# "Charles Maynes", "Mary Louise Kelly", "Rep. Ana de la Cruz": words that begin with a capital.
_NAME_WORD = r"[^\W\d_a-z][\w'’-]*\.?"
_NAME = re.compile(rf"{_NAME_WORD}(?: (?:(?:de|da|van|von|der|la|al|bin) )*{_NAME_WORD}){{1,3}}")
# Words that begin a sentence in front of a name: "With Charles Maynes in Moscow", "Hello, …".
_BEFORE_NAMES = """
    a and as at but by for from good hello hey hi in joining meet now of on or our so thank thanks
    that the then there this to welcome when with yes
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name that a transcript says, where it says it, and the label it may belong to."""

    label: str
    name: str
    turn: int
    char_start: int
    char_end: int


def alias_map(pairs: Mapping[str, object] | Mapping[object, object]) -> AliasMap:
    """Return the alias map that a mapping of labels to names states, ordered by label.

    Raises:
        InvalidAlias: a label or name is empty, too long or no text, or a label stands twice.
    """
    if len(pairs) > SIZE_LIMIT:
        raise InvalidAlias(f"{len(pairs)} aliases are too many; the limit is {SIZE_LIMIT}")
    result: dict[str, tuple[str, str]] = {}
    for label, name in pairs.items():
        clean = (_clean("label", label), _clean("name", name))
        folded = fold(clean[0])
        if folded in result:
            raise InvalidAlias(
                f"the label {label!r} occurs twice; upper and lower case are one label"
            )
        result[folded] = clean
    return tuple(sorted(result.values()))


def _clean(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidAlias(f"an alias's {what} must be text, not {value!r}")
    clean = _SPACE.sub(" ", value.replace("\0", " ")).strip()
    if not clean or len(clean) > LENGTH_LIMIT:
        raise InvalidAlias(
            f"an alias's {what} has {len(clean)} characters; give 1 to {LENGTH_LIMIT}, not "
            f"{value[:60]!r}"
        )
    try:
        clean.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidAlias(f"an alias's {what} isn't valid text: {value[:60]!r}") from error
    return clean


def fold(speaker: str) -> str:
    """Return the form in which labels and names are compared."""
    return " ".join(speaker.split()).casefold()


def name_of(label: str | None, aliases: Iterable[tuple[str, str]]) -> str | None:
    """Return a label's alias; null where it has none."""
    if label is None:
        return None
    folded = fold(label)
    return next((name for known, name in aliases if fold(known) == folded), None)


def of_speakers(speakers: Iterable[str], aliases: AliasMap) -> AliasMap:
    """Return the pairs whose labels are among the speakers."""
    if not aliases:
        return ()
    wanted = set(map(fold, speakers))
    return tuple(pair for pair in aliases if fold(pair[0]) in wanted)


def forms(label: str, aliases: AliasMap) -> frozenset[str]:
    """Return everything that a filter may call a speaker, in the form that is compared.

    That is the label, the whole alias ("Steve Inskeep, host"), and the name in it, before the first
    comma ("Steve Inskeep").
    """
    folded = fold(label)
    names = [name for known, name in aliases if fold(known) == folded]
    return frozenset({folded, *map(fold, names), *(fold(name.split(",")[0]) for name in names)})


def all_forms(speakers: Iterable[str], aliases: AliasMap) -> frozenset[str]:
    """Return everything that a filter may call any of the speakers."""
    return frozenset(form for speaker in speakers for form in forms(speaker, aliases))


def suggest(transcript: Transcript, aliases: AliasMap = ()) -> tuple[Suggestion, ...]:
    """Return names said in a transcript that end with a speaker's label, the first of each label.

    Args:
        transcript: whose turns are searched; labels that are no last name get no suggestion.
        aliases: labels in it have their name and get no suggestion.
    """
    known = {label.casefold() for label, _ in aliases}
    labels = {
        turn.speaker.split()[-1].casefold(): turn.speaker
        for turn in transcript.turns
        if turn.speaker and turn.speaker.casefold() not in known and len(turn.speaker.split()) == 1
    }
    found: dict[str, Suggestion] = {}
    for turn in transcript.turns:
        for match in _NAME.finditer(transcript.text, turn.char_start, turn.char_end):
            suggestion = _suggestion(match.group(), match.start(), turn.number, labels)
            if suggestion is not None:
                found.setdefault(suggestion.label, suggestion)
    return tuple(sorted(found.values(), key=lambda suggestion: suggestion.label))


def _suggestion(said: str, start: int, turn: int, labels: Mapping[str, str]) -> Suggestion | None:
    """Return what a run of capitalised words suggests; "NPR's Charles Maynes" gives two words."""
    words = list(re.finditer(r"\S+", said))
    for last in range(len(words) - 1, 0, -1):
        label = labels.get(words[last].group().strip(".'’-").removesuffix("'s").casefold())
        if label is None:
            continue
        first = last
        while first > 0 and not words[first - 1].group().endswith(("'s", "’s", "s'")):
            first -= 1
        while first < last and words[first].group().casefold() in _BEFORE_NAMES.split():
            first += 1
        if first == last:
            continue
        begin, end = words[first].start(), words[last].end()
        name = said[begin:end].removesuffix("'s").removesuffix("’s").rstrip(".'’-")
        if name.casefold() == label.casefold():
            continue
        return Suggestion(label, name, turn, start + begin, start + begin + len(name))
    return None


def as_mapping(aliases: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return an alias map as the JSON object that ``alias_map`` reads."""
    return dict(aliases)
