"""A follow-up question + what was asked and cited before → a question that stands alone.

Rules carry over what the words point at: a name ("What else did he say?"), the topic ("Why?"), the
kind of question ("And what about Germany?"), or the sentence itself ("Who said that?"). A question
that stands alone already stays as it is: capital letters decide what is a name, and questions are
typed, so they have them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.records import Hit, Sentence
from qa.question.features import answer_kind, names, stems

QUOTED_WORDS = 12
"""Words of a sentence that a rewritten question repeats: enough to know which one is meant."""

SUBSTITUTE_WORDS = 5
"""Longest phrase that "And …?" puts in another's place; a longer one is a question of its own."""

OWN_WORDS = 3
"""Content words from which a question with "that" says itself what it is about."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A sentence that an earlier answer cited, found again in its passage."""

    hit: Hit
    sentence: Sentence
    text: str


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier question, standing alone, and what its answer cited."""

    question: str
    cited: tuple[Recalled, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a follow-up means.

    Args:
        question: the question, standing alone.
        own: the words of the follow-up itself, without those carried over.
        near: whether the answer is likely to stand close to what was cited.
        attribution: whether it asks who said what was cited, which the citation itself answers.
        speaker: the label whose words are asked for, where a pronoun stands for a speaker.
        fresh: whether it asks for something else than what was cited already.
    """

    question: str
    own: str = ""
    near: bool = True
    attribution: bool = False
    speaker: str | None = None
    fresh: bool = False


_LEADING = re.compile(r"^(?:(?:and|but|so|or|ok|okay|well|then|also|yes|no)\b[\s,]*)+", re.I)
_SAID = (
    r"(?:said|says?|told|claims?|claimed|mentioned|states?|stated|reports?|reported|saying|thinks?)"
)
_ATTRIBUTION = re.compile(
    rf"who (?:exactly |was it that )?{_SAID} (?:that|this|it|so|those words)(?: exactly| then)?"
    r"|who(?: is|'s|’s|s| was) (?:saying (?:that|this|it)|speaking|talking|the speaker)"
    r"|whose (?:words|statement|claim) (?:are|were|is|was) (?:that|this|those|these)"
    r"|says who|according to whom?|who was that",
    re.I,
)
_INSTEAD = re.compile(r"(?:what|how) about (?P<what>.+)", re.I)
_AUXILIARIES = (
    "do does did is are was were has have had can could will would shall should may might must"
)
_AUXILIARY = "(?:" + "|".join(_AUXILIARIES.split()) + ")"
_QUESTION_WORD = r"(?:who|whom|whose|what|which|when|where|why|how)"
_VERB = (
    r"(?:say|tell|think|want|do|mean|ask|demand|report|speak|talk|respond|react|see|feel|plan|propose|"
    r"suggest|offer|decide|call|describe|view|explain|know|believe|argue|claim|get|give|take|go|come|"
    r"make|agree|have|be|been|need|expect|hope|recommend|urge|promise|warn|answer|reply|meet|like|"
    r"work|live|write|find|use|hear|use|said|told|asked|demanded|[a-z]+ing)"
)
_SUBJECT = re.compile(
    rf"^(?P<before>.*?\b{_AUXILIARY}\s+)(?P<subject>(?:[\w'’.&-]+\s+){{0,5}}?[\w'’.&-]+)"
    rf"(?P<after>\s+{_VERB}\b.*)$",
    re.I,
)
_PREPOSITION = r"(?:in|at|on|for|with|by|about|from|to|during|after|before|near|under|against|of)"
_ELSE = re.compile(r"\b(?:else|more)\b|^(?:go on|continue|elaborate)\b", re.I)
_MORE_ONLY = re.compile(
    r"(?:please |can you |could you )*(?:tell me more|say more|go on|continue|elaborate|"
    r"more details|(?:is there |was there )?(?:anything|something|what) (?:else|more)|more)"
    r"(?: please)?",
    re.I,
)
_SHORT = re.compile(
    rf"(?:{_PREPOSITION} )?(?:(?:which|what|whose)(?: [a-z]+){{1,2}}|"
    r"how (?:many|much|long|often|old|far)(?: [a-z]+)?)|(?:since|until|till|by) when|"
    r"how (?:so|come)|what for|really",
    re.I,
)
_PERSON_PRONOUN = re.compile(r"\b(?:he|she|him|his|her|hers)\b", re.I)
_THING_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|that|these|those|there|then|one|ones|both|either)\b",
    re.I,
)
_DETERMINED = re.compile(r"\b(?:the|a|an|any|every|each|which|what)\s+[a-z]", re.I)
_ROLE = re.compile(
    r"\b(?:minister|president|secretary|chancellor|senator|leader|spokes\w+|official|author|director|"
    r"person|man|woman|speaker|reporter|professor|doctor)\b",
    re.I,
)
# A name behind one of these is a place or a party to something, seldom a person who acts.
_PLACED = re.compile(r"\b(?:in|near|at|to|from|on|into|of|over)\s+(?:the\s+)?$", re.I)
# "Russian", "Irish", "Chinese": adjectives with a capital.
_DEMONYM = re.compile(r"(?:an|ish|ese)$")
_POSSESSIVE = re.compile(r"['’]s?$")


def resolve(question: str, past: Sequence[Past]) -> FollowUp | None:
    """Return what a question means after the earlier ones, or None where it stands alone.

    Args:
        question: what was asked, cleaned.
        past: earlier exchanges, oldest first; their questions stand alone.
    """
    if not past:
        return None
    before = past[-1].question
    core = _LEADING.sub("", question.strip()).rstrip(" ?!.")
    linked = core != question.strip().rstrip(" ?!.")
    if _ATTRIBUTION.fullmatch(core):
        return _attribution(past)
    if _MORE_ONLY.fullmatch(core):
        return FollowUp(f"What else about {topic(before)}?", fresh=True)
    instead = _INSTEAD.fullmatch(core)
    phrase = instead["what"] if instead else core if linked else None
    if phrase is not None and _is_phrase(phrase):
        return FollowUp(substitute(before, phrase), own=phrase, near=False)
    if not stems(core) or _SHORT.fullmatch(core):
        return FollowUp(_elliptic(core, before), own=core, fresh=bool(_ELSE.search(core)))
    return _pronouns(core, past)


def topic(question: str) -> str:
    """Return what a question is about: its words without those that make it a question."""
    text = question.strip().rstrip(" ?!.")
    explained = re.search(r"\(([^()]+)\)$", text)
    if explained:
        return explained[1]
    about = re.search(r"(?<!what )(?<!how )\babout (.+)$", text, re.I)
    if about:
        return about[1]
    text = re.sub(rf"^(?:{_PREPOSITION}\s+)?how (?:many|much|long|often)\s+", "", text, flags=re.I)
    text = re.sub(rf"^(?:{_PREPOSITION}\s+)?{_QUESTION_WORD}\b\s*", "", text, flags=re.I)
    text = re.sub(rf"^(?:exactly\s+)?{_AUXILIARY}\b\s*", "", text, flags=re.I)
    # "What happened to the engine?" is about the engine.
    text = re.sub(r"^happen(?:ed|s)?\s+(?:to|with)\s+", "", text, flags=re.I)
    # "hosted the peace talks in Paris": the verb says nothing that the talks don't
    text = re.sub(r"^[a-z]+(?:ed|s)?\s+(?=(?:the|a|an)\s)", "", text)
    return text or question.strip().rstrip(" ?!.")


def substitute(question: str, phrase: str) -> str:
    """Return an earlier question with a phrase in the place of what it was asked of."""
    text = question.strip().rstrip(" ?!.")
    placed = re.match(rf"({_PREPOSITION})\s+(.+)$", phrase, re.I)
    if placed:
        same = re.search(rf"\b{placed[1]}\s+(?!the next\b)[^,?]+$", text, re.I)
        return f"{text[: same.start()] if same else text + ' '}{phrase}?"
    subject = _SUBJECT.match(text)
    if subject and not re.fullmatch(_QUESTION_WORD, subject["subject"], re.I):
        return f"{subject['before']}{phrase}{subject['after']}?"
    known = names(text)
    if known:
        place = text.index(known[0])
        return f"{text[:place]}{phrase}{text[place + len(known[0]) :]}?"
    return f"What about {phrase} ({topic(text)})?"


def _is_phrase(phrase: str) -> bool:
    """Return whether words name something, and ask nothing by themselves."""
    found = phrase.split()
    first = found[0].lower()
    asks = re.fullmatch(rf"{_QUESTION_WORD}|{_AUXILIARY}", first) or re.search(
        rf"\b{_QUESTION_WORD}\b", phrase, re.I
    )
    return len(found) <= SUBSTITUTE_WORDS and not asks and bool(stems(phrase))


def _attribution(past: Sequence[Past]) -> FollowUp | None:
    cited = past[-1].cited
    if not cited:
        return None
    said = cited[0].text.split()
    shown = " ".join(said[:QUOTED_WORDS]) + ("…" if len(said) > QUOTED_WORDS else "")
    return FollowUp(f"Who said “{shown}”?", attribution=True)


def _elliptic(core: str, before: str) -> str:
    """Return "Why?" or "When was that?" with what it asks about."""
    text = before.strip().rstrip(" ?!.")
    word = core.split()[0]
    bare = re.fullmatch(rf"(?:{_QUESTION_WORD})(?: exactly| not| so)?", core, re.I)
    if bare and re.match(rf"{_AUXILIARY}\b", text, re.I):
        return f"{_capital(word)} {text[0].lower()}{text[1:]}?"
    asked = re.match(
        rf"(?:what|when|where|why|how|who|whom) (?P<rest>{_AUXILIARY}\s.+)$", text, re.I
    )
    subject = _SUBJECT.match(text)
    if bare and asked and (subject or not re.match(r"(?:who|what)\b", text, re.I)):
        return f"{_capital(word)} {asked['rest']}?"
    return f"{_capital(core)} ({topic(before)})?"


def _pronouns(core: str, past: Sequence[Past]) -> FollowUp | None:
    last = past[-1]
    fresh = bool(re.search(r"\belse\b", core, re.I))
    person = _PERSON_PRONOUN.search(core)
    if person and not _named_before(core, person.start()):
        name, speaker = _person(past)
        if name is not None:
            # The next ones point at the name by themselves: "Why did Ann change her mind?"
            put = _PERSON_PRONOUN.sub(lambda m: _case(m.group(), name), core, count=1)
            asked = f"{_capital(put)}?"
            return FollowUp(asked, own=put, near=fresh, speaker=speaker, fresh=fresh)
    thing = _THING_PRONOUN.search(core)
    if (thing and _points_back(core, thing)) or fresh:
        asked = f"{_capital(core)} ({topic(last.question)})?"
        return FollowUp(asked, own=core, fresh=fresh)
    return None


def _named_before(core: str, place: int) -> bool:
    """Return whether a question itself says, before its pronoun, whom that stands for."""
    return bool(names(core[:place]))


def _points_back(core: str, pronoun: re.Match[str]) -> bool:
    before, after = core[: pronoun.start()], core[pronoun.end() :].strip()
    ends = not after and bool(stems(before))
    if ends or pronoun.group().lower() in ("one", "ones"):
        return ends or not names(core)
    if names(core) or _DETERMINED.search(before):
        return False
    return len(stems(core)) <= OWN_WORDS


def _person(past: Sequence[Past]) -> tuple[str | None, str | None]:
    """Return whom "he" or "she" stands for, and the speaker's label if it is a speaker."""
    for exchange in reversed(past):
        source = re.search(r"according to ([A-Z][\w.-]*(?: [A-Z][\w.-]*)*)", exchange.question)
        if source:
            return source[1], None
        asks_for_one = answer_kind(exchange.question) == "person" or re.match(
            rf"(?:{_PREPOSITION}\s+)?(?:which|what)\b[^,]*?{_ROLE.pattern}", exchange.question, re.I
        )
        if asks_for_one:
            told = [n for item in exchange.cited for n in names(item.text)]
            new = [n for n in told if n not in exchange.question and _personal(n)]
            if new:
                return max(new, key=lambda name: len(name.split())), None
        asked = _acting(exchange.question)
        if asked is not None:
            return asked, None
        for item in exchange.cited:
            if item.sentence.speaker is not None:
                return item.sentence.speaker, item.sentence.speaker
    return None, None


def _acting(question: str) -> str | None:
    """Return the name in a question that can be a person's, the subject before others."""
    subject = _SUBJECT.match(question.strip().rstrip(" ?!."))
    if subject and (names("x " + subject["subject"]) or _ROLE.search(subject["subject"])):
        return subject["subject"].strip()
    for name in names(question):
        before = question[: question.index(name)]
        if _personal(name) and not _PLACED.search(before):
            return name
    return None


def _personal(name: str) -> bool:
    return not (_POSSESSIVE.search(name) or _DEMONYM.search(name))


def _case(pronoun: str, name: str) -> str:
    """Return a name in the form of the pronoun that it replaces."""
    if pronoun.lower() in ("his", "hers"):
        return f"{name}'s"
    return name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
