"""Statement and evidence as words → the names that stand in one and not in the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa.language.lexicon import FUNCTION_WORDS, MONTHS, RELATIVE_DAYS, SAYING, WEEKDAYS, ordered
from qa.language.placed_numbers import numbers
from qa.language.tokens import Token, stem, tokens
from qa.verify.alignment import fits_better_elsewhere

FIRST_PERSON = frozenset(ordered("i me my mine we us our ours myself ourselves"))
_PRONOUNS = frozenset(("he", "she", "they", "who"))
_HONORIFICS = frozenset(ordered("mr mrs ms dr hon sir madam"))
_TITLES = _HONORIFICS | frozenset(ordered("president prime deputy minister professor chair"))
_MONTH_ABBREVIATIONS = {month[:3]: month for month in MONTHS} | {"sept": "september"}
_ARTICLES = frozenset(("the", "a", "an"))
_MODALS = frozenset(ordered("should must could can may might would will need shall to"))
_PASSIVE = frozenset(ordered("is are was were be been being"))
_OPENING = re.compile(r"(?:ial|ent|ant|ful|ous|iv|ib|ing|ed|ar|at)(?:ly|ely)$")
"""Endings of adverbs that open a sentence, and of few names: "currently", "regretfully"."""

_OPENING_WORDS = frozenset(
    ordered(
        "given first second third considering based compared due users students customers "
        "consumers participants members parents teachers schools speakers"
    )
)
_CURRENCIES = frozenset(ordered("euro euros dollar dollars pound pounds cent cents"))
_DEMONYM = re.compile(r"(?:n|an|ian|ese|ish|ern|y|s)$")
_CALENDAR = frozenset((*MONTHS, *WEEKDAYS)) - {"may", "march"}
_ALIASES = {
    "u.s": ("united states", "america"),
    "usa": ("united states", "america"),
    "uk": ("united kingdom", "britain"),
    "eu": ("european union", "europe"),
    "un": ("united nations",),
    "tv": ("television", "televisions", "t.v"),
} | {
    one: (other,)
    for pair in (
        "wales welsh",
        "france french",
        "spain spanish",
        "netherlands dutch",
        "britain british",
        "england english",
        "scotland scottish",
        "ireland irish",
        "switzerland swiss",
        "greece greek",
        "denmark danish",
        "sweden swedish",
        "poland polish",
    )
    for one, other in (pair.split(), pair.split()[::-1])
}
SAY_WITHIN = 4
"""Words that may stand between a name and its verb of saying: "Lavrov, who is in Paris, said"."""


def name_places(words: Sequence[Token]) -> Iterator[int]:
    """Yield the places of words written as names: capitals inside a sentence, acronyms, dates."""
    for place, token in enumerate(words):
        if token.word in _CALENDAR or token.word in RELATIVE_DAYS or is_name(token):
            yield place


def is_name(token: Token) -> bool:
    """Return whether a word is written as a name; at the start of a sentence only acronyms are."""
    if not token.capital or token.word == "i":
        return False
    if token.word in FUNCTION_WORDS or token.word in _CURRENCIES:
        return False
    letters = token.text.rstrip("s")
    return (len(letters) > 1 and letters.isupper()) or not token.start


def unknown_names(
    statement: Sequence[Token],
    evidence: Sequence[Token],
    speakers: Sequence[str],
    surroundings: Sequence[Token],
    *,
    verbatim: bool,
) -> list[str]:
    """Return the names of the statement that its evidence doesn't have.

    A cited speaker's own name may stand where the evidence speaks of itself ("I", "we"), where the
    statement says that he said it, and at the head of a statement that isn't ``verbatim`` but words
    the evidence anew. The first word of a sentence counts as a name where the
    words around the evidence write it as one, or where nothing else can be told about it.
    """
    known = _known(evidence)
    labels = {token.word for label in speakers for token in tokens(label)}
    own = any(token.word in FIRST_PERSON for token in evidence)
    near = {token.word for token in surroundings if is_name(token)}
    missing = []
    stems = {token.stem for token in evidence}
    spellings = {token.text for token in evidence}
    label_stems = {token.stem for label in speakers for token in tokens(label)}
    initials = {_initials(tokens(label)) for label in speakers}
    for place, token in enumerate(statement):
        word = _MONTH_ABBREVIATIONS.get(token.word, token.word) if token.capital else token.word
        named = is_name(token) or word in _CALENDAR or word in RELATIVE_DAYS
        if token.start and token.capital and token.content:
            new = verbatim and token.stem not in stems and not _opens(token)
            named = named or new or word in labels or _starts_as_name(statement, place, near)
        written = _title_word(token, verbatim=verbatim)
        named = named or written
        if verbatim and written and word not in labels and token.text not in spellings:
            missing.append(token.text)  # "the approach" doesn't know "The" of a title
            continue
        named = named or _stray_currency(statement, place)
        if not named or word in known or derived(word, known):
            continue
        if word in _HONORIFICS and place + 1 < len(statement) and statement[place + 1].capital:
            continue
        if word in _TITLES and word in labels:
            continue
        if token.stem in stems or (_acronym(token) and word.removesuffix("s") in known):
            continue
        if _acronym(token) and not verbatim and _spells(word.removesuffix("s"), evidence):
            continue
        if any(alias in _text(evidence) for alias in _ALIASES.get(word, ())):
            continue
        label = word in labels or token.stem in label_stems or (not verbatim and word in initials)
        heads = not verbatim and _heads(statement, place)
        label = label and _one_label(statement, place, speakers)
        if label and (own or heads or _said_by(statement, place)):
            continue
        missing.append(token.text)
    return missing


def _stray_currency(statement: Sequence[Token], place: int) -> bool:
    """Return whether "Euros" stands where no number is before it: there it may be a name."""
    token = statement[place]
    before = [t for t in statement[:place] if t.word not in _CURRENCIES][-1:]
    counted = bool(before) and bool(numbers(before))
    return token.capital and token.word in _CURRENCIES and not counted


def _one_label(statement: Sequence[Token], place: int, speakers: Sequence[str]) -> bool:
    """Return whether the name around a word is one speaker's, and not "PhD" of one, "F" of another.

    Words that are in no label, such as titles, may stand with it.
    """
    first = last = place
    while first > 0 and not statement[first].start and _nameable(statement[first - 1]):
        first -= 1
    while last + 1 < len(statement) and _nameable(statement[last + 1]):
        last += 1
    labels = [{token.stem for token in tokens(label)} for label in speakers]
    run = {t.stem for t in statement[first : last + 1]} & set().union(*labels)
    return any(run <= label for label in labels) or not run


def _acronym(token: Token) -> bool:
    """Return whether a word is written in capitals, except for the "s" of a plural."""
    letters = token.text.removesuffix("'s").removesuffix("’s").removesuffix("s")
    return len(letters) > 1 and letters.isupper()


def _plural_letter(token: Token) -> bool:
    return len(token.text) == 2 and token.capital and token.text.endswith("s")


def _initials(words: Sequence[Token]) -> str:
    return "".join(token.word[0] for token in words if token.word)


def _spells(acronym: str, evidence: Sequence[Token]) -> bool:
    """Return whether neighbouring words of the evidence begin with the letters of an acronym.

    Two letters are met by chance too often, unless the words are written as a name.
    """
    for place in range(len(evidence) - len(acronym) + 1):
        words = evidence[place : place + len(acronym)]
        if _initials(words) == acronym and (len(acronym) > 2 or all(map(is_name, words))):
            return True
    return False


def _opens(token: Token) -> bool:
    """Return whether a word opens a sentence and is hardly a name: "Initially, …"."""
    return token.word in _OPENING_WORDS or (
        len(token.word) > 6 and _OPENING.search(token.word) is not None
    )


def _heads(statement: Sequence[Token], place: int) -> bool:
    """Return whether a name stands near the head of a sentence, or after "by"."""
    before = statement[max(0, place - 3) : place + 1]
    while before and not before[-1].start and before[-1].capital:
        before = before[:-1]
    by = bool(before) and (
        before[-1].word == "by" or [t.word for t in before[-2:]] == ["by", "the"]
    )
    return by or any(token.start for token in statement[max(0, place - 3) : place + 1])


def _title_word(token: Token, *, verbatim: bool) -> bool:
    """Return whether a function word is written as part of a name: "the Who", "Art Of War"."""
    written = token.capital and not token.start and token.text != "I"
    return written and token.word in FUNCTION_WORDS and (verbatim or token.word not in _ARTICLES)


def _starts_as_name(statement: Sequence[Token], place: int, near: set[str]) -> bool:
    """Return whether the first word of a sentence is a name, as far as it can be told."""
    token = statement[place]
    if token.word in near:
        return True
    if _opens(token):
        return False
    rest = [t for t in statement[place + 1 : place + 3] if not t.word.endswith("ly")]
    following = rest[0] if rest else None
    return following is not None and (
        is_name(following)
        or (len(following.text) == 1 and following.capital and following.text != "I")
        or following.word in SAYING
        or token.text.endswith(("'s", "’s"))
    )


def _known(evidence: Sequence[Token]) -> set[str]:
    """Return the evidence's words, and the acronyms that its single letters spell ("n f l")."""
    known = {_MONTH_ABBREVIATIONS.get(token.word, token.word) for token in evidence}
    known |= {token.word for token in evidence}
    letters: list[str] = []
    for token in (*evidence, Token("", "", "", False)):
        if len(token.word) == 1 or _plural_letter(token):
            letters.append(token.word[0])
            continue
        known |= {
            "".join(letters[low:high])
            for low in range(len(letters))
            for high in range(low + 2, len(letters) + 1)
        }
        letters = []
    known |= {word[:-1] for word in known if len(word) > 3 and word.endswith("s")}
    return known


def derived(word: str, known: set[str]) -> bool:
    """Return whether a name is one of the known ones with another ending: "Russian" of "Russia"."""
    for other in known:
        short, long = sorted((word, other), key=len)
        for base in (short, short[:-1]):
            if len(base) > 3 and long.startswith(base) and _DEMONYM.fullmatch(long[len(base) :]):
                return True
    return False


def _text(words: Sequence[Token]) -> str:
    return " ".join(token.word for token in words)


def _said_by(statement: Sequence[Token], place: int) -> bool:
    """Return whether the statement makes the name at ``place`` the one who said it."""
    if place >= 2 and [t.word for t in statement[place - 2 : place]] == ["according", "to"]:
        return True
    following = statement[place + 1 : place + 1 + SAY_WITHIN]
    return any(token.word in SAYING for token in following)


def misplaced_names(statement: Sequence[Token], evidence: Sequence[Token]) -> list[str]:
    """Return names that the evidence has, but beside other words: the statement swapped them."""
    there = list(name_places(evidence)) or [
        place for place, token in enumerate(evidence) if token.content
    ]
    wrong = []
    for place in name_places(statement):
        word = statement[place].word
        same = [(p, p) for p, token in enumerate(evidence) if token.word == word]
        around = {token.word for token in statement[max(0, place - 2) : place + 3]}
        if word in _TITLES:
            continue
        others = [(p, p) for p in there if evidence[p].word not in around]
        if same and fits_better_elsewhere(statement, (place, place), evidence, same, others):
            wrong.append(statement[place].text)
    return wrong


def wrong_speakers(
    statement: Sequence[Token], cited: Sequence[tuple[Sequence[Token], str | None]]
) -> list[str]:
    """Return who, by the statement, said something and, by the cited sentences, did not.

    "X said" stands when X is the speaker of a cited sentence, or named in one as who said it.
    """
    wrong = []
    for name in _sayers(statement):
        words = {token.word for token in name}
        if not any(_speaks(words, label) or _says(words, text) for text, label in cited):
            everything = [token for text, _ in cited for token in text]
            if not _says(words, everything):
                wrong.append(" ".join(token.text for token in name))
    return wrong


def _sayers(statement: Sequence[Token]) -> Iterator[tuple[Token, ...]]:
    """Yield the names before verbs of saying and after "according to"."""
    for place, token in enumerate(statement):
        before = statement[place - 1].word if place else ""
        said = before not in _MODALS and before not in _PASSIVE
        if said and token.word in SAYING and not (token.capital and not token.start):
            end = place
            while end > 0 and end > place - 3 and not _nameable(statement[end - 1]):
                if statement[end - 1].content:
                    break
                end -= 1
            first = end
            while first > 0 and _nameable(statement[first - 1]):
                first -= 1
            if first < end:
                yield tuple(statement[first:end])
        if token.word == "according" and place + 2 < len(statement):
            last = place + 2
            while last < len(statement) and statement[last].word in ("the", "a"):
                last += 1
            first = last
            while last < len(statement) and _nameable(statement[last]):
                last += 1
            if first < last:
                yield tuple(statement[first:last])


def _nameable(token: Token) -> bool:
    if token.text == "I" or token.word in SAYING:
        return False
    letter = len(token.text) == 1 and token.capital and not token.start  # "Grad A"
    marked = letter or (len(token.text) > 1 and token.text.isupper())
    inner = any(character.isupper() for character in token.text)  # "d'Entremont"
    return marked or (inner and token.word not in FUNCTION_WORDS)


def _speaks(name: set[str], label: str | None) -> bool:
    """Return whether a label is that name: every word of the shorter one is in the other."""
    found = tokens(label or "")
    whole = {token.word for token in found}
    if name <= _TITLES:
        return bool(name) and name <= whole
    if all(len(word) == 1 for word in name - _TITLES):
        return name <= whole  # "Professor F" isn't "Postdoc F"
    words, name = whole - _TITLES, name - _TITLES
    if words and (name <= words or words <= name or "".join(name) == _initials(found)):
        return True
    stems = {token.stem for token in found if token.word not in _TITLES}
    return bool(name & words) and {stem(word) for word in name} <= stems


def _says(name: set[str], text: Sequence[Token]) -> bool:
    """Return whether a text says that somebody of that name said something."""
    name = {word for word in name if word not in FUNCTION_WORDS}
    for place, token in enumerate(text):
        if token.word not in SAYING:
            continue
        for back in range(place - 1, max(-1, place - 1 - SAY_WITHIN), -1):
            if text[back].word in name:
                return True
            if text[back].word in _PRONOUNS and _last_name(text, back) in name:
                return True
            if is_name(text[back]):
                break
        if place >= 1 and any(t.word in name for t in text[place + 1 : place + 3]):
            return True  # "…, said Lavrov"
    return any(
        token.word == "according" and any(t.word in name for t in text[place + 2 : place + 6])
        for place, token in enumerate(text)
    )


def _last_name(text: Sequence[Token], before: int) -> str | None:
    return next((text[p].word for p in range(before - 1, -1, -1) if is_name(text[p])), None)
