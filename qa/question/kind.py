"""Question → whether it is about a transcript as a whole: what it is about, or who spoke.

Such a question has no passage that answers it; it is answered from everything that is said. Only
a question that is nothing but that is recognised: "Summarize the meeting", and not "What did Ana
say in summary about the bridge?". Where something else stands in the place of "the meeting", it is
returned as the possible title of a transcript, for whoever knows the titles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qa.question.features import content_stems

Kind = Literal["overview", "speakers", "most_spoken", "least_spoken"]

# A title that is named by one word only must be that word; two of its words tell it from others.
TELLING_WORDS = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a whole transcript.

    Args:
        kind: what it wants to know.
        title: what it calls the transcript, if it may be the name of one.
        pronoun: whether it says no more than "it" or "this", which an earlier question may explain.
    """

    kind: Kind
    title: str | None = None
    pronoun: bool = False


# What people call a transcript.
_NOUN = (
    r"(?:meeting|call|conversation|discussion|interview|transcript|transcription|recording|episode|"
    r"podcast|session|hearing|talk|chat|debate|lecture|document|file|video|audio|conference|"
    r"seminar|webinar|workshop|briefing|show|programme|program|broadcast)s?"
)
_WHOLE = re.compile(
    rf"(?:(?:all|whole|entire|full|complete|of|the|this|that|these|those|our|my|today's|"
    rf"yesterday's) )*(?:{_NOUN}|it|this|that|these|them|here|everything|(?:whole|entire) thing)"
)
_PRONOUN = re.compile(r"(?:all of )?(?:it|this|that|these|them)")
_GENERIC = re.compile(_NOUN)

# Courtesy in front and behind, which changes nothing.
_BEFORE = re.compile(
    r"(?:(?:please|hey|hi|hello|ok|okay|so|and|now|just|briefly|quickly|in short|in brief),? |"
    r"(?:can|could|would|will) you (?:please |just |kindly |briefly |quickly )*|"
    r"(?:tell|show|let) me (?:know )?(?=who|what|which|how)|"
    r"(?:do you know|i(?: would|'d) like to know|i want to know|i need to know),? )"
)
_AFTER = re.compile(
    r",? (?:please|thanks|thank you|briefly|quickly|in (?:brief|short|general|total|detail)|"
    r"for (?:me|us|someone who .+)|as (?:a list|bullet points|bullets)|"
    r"in (?:a few|a couple of|one|two|three|four|five|[0-9]+)(?: short)? "
    r"(?:sentences?|words|lines|paragraphs?|bullets?|bullet points))"
)

_ASK = (
    r"(?:(?:give|show|get|tell|write|make|draw up|provide|create|list|name)(?: me| us)?|"
    r"i need|i want|i(?: would|'d) like|what(?:'s| is| are| was| were)|which (?:are|were))"
)
_WEIGHT = r"(?:main|key|major|central|most important|important|core|top|biggest|essential)"
_TOPIC = r"(?:topics?|themes?|subjects?|takeaways?|highlights?)"
_POINT = rf"(?:{_TOPIC}|points?|issues?|ideas?|messages?|things?|focus|content)"
_COVERED = r"(?:discussed|talked about|covered|addressed|raised|mentioned|brought up)"
_SPOKE = (
    r"(?:spoke|speaks|speak|spoken|talked|talks|talk|(?:is |are |was |were |'s )?"
    r"(?:speaking|talking|present)|participated|participates|participate|took part|takes part|"
    r"take part|appears|appear|appeared)"
)
_ONE = r"(?:speaker|person|participant|one|of them|member|voice)"
_PEOPLE = r"(?:speakers|participants|attendees|people|persons|voices)"
_MOST = r"(?:the )?(?:most|least|longest)(?: often| words)?"

# "in the meeting", "of it", "here"; or nothing, which means whatever is chosen.
_IN = r"(?: (?:in|at|during|on|of|from|for) (?P<of>.+)| here)?"
_OF = r"(?: (?P<of>.+))?"

_FORMS: Sequence[tuple[Kind, Sequence[str]]] = (
    (
        "overview",
        (
            rf"(?:summari[sz]e|sum up|recap|outline){_OF}",
            r"sum (?P<of>.+) up",
            r"tl;?dr(?: of)?" + _OF,
            rf"(?:{_ASK} )?(?:(?:a|an|the) )?(?:(?:short|brief|quick|general|concise|rough) )*"
            rf"(?:summary|overview|recap|rundown|outline|gist|synopsis|digest){_IN}",
            rf"(?:{_ASK} )?(?:all )?(?:(?:the|its) )?{_WEIGHT} (?:(?:discussion|talking) )?{_POINT}"
            rf"(?: {_COVERED})?{_IN}",
            rf"(?:{_ASK} )?(?:all )?(?:(?:the|its) )?(?:{_TOPIC}|focus|(?:general )?discussion)"
            rf"(?: {_COVERED})?{_IN}",
            r"what(?:'s| is| was| are| were) (?P<of>.+?)(?: all)? about",
            rf"what(?:'s| is| was| has been| were) (?:(?:being|mainly) )?(?:{_COVERED}|said){_IN}",
            r"what (?:did|do) (?:they|we|people|everyone|the speakers|the participants) "
            rf"(?:talk about|discuss|speak about|cover){_IN}",
            rf"(?:what|which) (?:{_WEIGHT} )?{_POINT} (?:(?:are|were|was|is|got) {_COVERED}|"
            rf"came up|come up|did (?:they|we) (?:discuss|cover|talk about)){_IN}",
            r"what happened (?:in|at|during|on) (?P<of>.+)",
            r"(?:catch me up|bring me up to speed)(?: on (?P<of>.+))?",
            rf"what did i miss{_IN}",
        ),
    ),
    (
        "most_spoken",
        (
            rf"(?:who|(?:which|what) {_ONE}) (?:has )?(?:{_SPOKE}|said|says) {_MOST}{_IN}",
            r"who (?:did|does|has done) (?:the )?(?:most|majority|bulk|least) of the "
            rf"(?:talking|speaking){_IN}",
            rf"(?:who|which {_ONE}) (?:dominated|dominates) (?P<of>.+)",
            rf"(?:who|which {_ONE}) (?:has|had|got) the (?:most|longest|least) "
            rf"(?:(?:speaking|talking|air) ?(?:time|share)|to say|words|turns){_IN}",
            r"who (?:was|is) the (?:(?:most|least) (?:talkative|vocal)(?: (?:speaker|person))?|"
            rf"main speaker){_IN}",
        ),
    ),
    (
        "speakers",
        (
            rf"who(?: all)? ?{_SPOKE}{_IN}",
            r"who (?:attended|joined) (?P<of>.+)",
            r"who(?:'s| is| was| were| are) (?:all )?(?:in|on|at|present at|part of) (?P<of>.+)",
            rf"(?:(?:{_ASK}|who (?:are|were)) )?(?:a list of )?(?:all )?(?:the )?(?:names of )?"
            rf"(?:all )?(?:the )?(?:speakers|participants|attendees){_IN}",
            rf"(?:which|what) {_PEOPLE} (?:(?:are|were) )?{_SPOKE}{_IN}",
            rf"how many (?:different )?{_PEOPLE} (?:{_SPOKE}|(?:are|were) there){_IN}",
            rf"{_ASK} (?:everyone|everybody|(?:all )?(?:the )?people) who {_SPOKE}{_IN}",
            rf"how (?:much|long|often) (?:did|does|do) (?:everyone|everybody|(?:each|every) {_ONE}"
            rf"|each) (?:speak|talk|say){_IN}",
            r"(?:what|which|how much) (?:share|percentage|part|proportion|fraction)? ?of the "
            r"(?:talking|speaking|words|time|speaking time|talking time|conversation|meeting) "
            rf"(?:did|does|do|has|had) (?:everyone|(?:each|every) {_ONE}) "
            rf"(?:have|speak|say|talk|take|get|use|do){_IN}",
            rf"(?:what(?:'s| is| was| were) )?(?:each|every) {_ONE}'s "
            rf"(?:share|(?:speaking|talking) time|word count){_IN}",
            rf"(?:speaking|talking) (?:time|share)s? (?:per|by|of each|of every) {_ONE}{_IN}",
        ),
    ),
)
_COMPILED = tuple((kind, re.compile(form)) for kind, forms in _FORMS for form in forms)

_SPACE = re.compile(r"\s+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": None, "”": None, '"': None})


def recognise(question: str) -> Asked | None:
    """Return what a question asks of a whole transcript; None for any other question."""
    text = _bare(question)
    for kind, form in _COMPILED:
        match = form.fullmatch(text)
        if match is not None:
            of = match.groupdict().get("of") or "here"
            least = kind == "most_spoken" and "least" in match.group().split()
            return Asked(
                "least_spoken" if least else kind,
                None if _WHOLE.fullmatch(of) else of,
                bool(_PRONOUN.fullmatch(of)),
            )
    return None


def names_title(said: str, title: str) -> bool:
    """Return whether words of a question name a title: all are in it, and enough to tell it."""
    known, wanted = set(content_stems(title)), set(content_stems(said))
    # "the council meeting" may be titled "Council, 12 March".
    wanted -= set(content_stems(" ".join(filter(_GENERIC.fullmatch, said.split())))) - known
    if not wanted or not wanted <= known:
        return False
    numbered = any(letter.isdigit() for stem in wanted for letter in stem)
    return len(wanted) >= TELLING_WORDS or wanted == known or numbered


def _bare(question: str) -> str:
    """Return a question in lower case, without courtesy and punctuation at its ends."""
    text = _SPACE.sub(" ", question.translate(_QUOTES).lower()).strip(" ?!.,:;")
    while (courtesy := _BEFORE.match(text)) is not None and courtesy.end() < len(text):
        text = text[courtesy.end() :]
    while (found := _trailing(text)) is not None:
        text = found
    return text


def _trailing(text: str) -> str | None:
    """Return a text without the courtesy at its end; None where there is none."""
    for start in (place for place, letter in enumerate(text) if letter in ", " and place):
        if _AFTER.fullmatch(text, start):
            return text[:start].rstrip(" ?!.,:;")
    return None
