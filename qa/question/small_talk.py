"""Question → the kind of small talk it is; None for what can be looked up in transcripts.

Only a text that is small talk from its first word to its last counts: "Hi, where do they meet?" and
"Hi-fi sales rose by how much?" are questions. Plain patterns, so that what is caught can be read.
"""

from __future__ import annotations

import re
from typing import Literal

SmallTalk = Literal["greeting", "thanks", "farewell", "ability", "empty"]

_APOSTROPHES = re.compile(r"['’‘`´]")
_SEPARATORS = re.compile(r"[^\w-]+|(?<!\w)-+|-+(?!\w)")

_TO = r"(?: (?:there|all|everyone|everybody|again|you|team|bot|friend|folks))*"
_THING = r"(?:tool|app|application|bot|assistant|site|website|page|service|system|chat|thing)"

# Said one after the other ("ok great, thanks a lot, bye") each takes its part off the front.
_GREETING = re.compile(
    r"(?:h+i+|he+y+|hel+o+|hallo|hiya|howdy|yo|sup|greetings|good (?:morning|afternoon|evening|day)"
    r"|(?:its )?(?:nice|good|great|pleased) to (?:meet|see) you"
    r"|how (?:are|r) (?:you|u)(?: doing)?(?: today)?|hows it going|how is it going"
    r"|how do you do|whats up|what is up)" + _TO
)
_THANKS = re.compile(
    r"(?:(?:many |ok |great |perfect |nice )?(?:thanks|thankyou|thank (?:you|u)|thx|ty|cheers)"
    r"(?: (?:so much|very much|a lot|a bunch|a million|again|you|anyway|mate|indeed))*"
    r"(?: for (?:that|this|everything|(?:the|your|all the|all your)"
    r" (?:help|answers?|info|information|time)))?"
    r"|much appreciated|i appreciate (?:it|that|your help)|(?:that|this|it)(?: is| was|s)?"
    r" (?:very |really |so |quite )?(?:helpful|helps|helped|useful)"
    r"|(?:nice|good|great) (?:job|work|one)|well done)"
)
_FAREWELL = re.compile(
    r"(?:(?:good ?)?bye(?: bye)?|good night|see (?:you|ya)(?: (?:later|soon|tomorrow))?|cya"
    r"|take care|have a (?:nice|good|great) (?:day|one|evening|weekend)"
    r"|thats all(?: for (?:now|today))?)(?: for now)?"
)
_EMPTY = re.compile(
    r"(?:ok(?:ay)?|k|h+m+|a+h+|o+h+|u+h+|u+m+|lol|(?:ha){2,}|he(?:he)+|cool|great|perfect|awesome|wow"
    r"|interesting|fine|sure|alright|all right|right|yes|yeah|yep|yup|no|nope|nah|maybe|so|well"
    r"|please|i see|got it|i got it|understood|never ?mind|nothing|whatever"
    r"|(?:this is )?(?:just )?(?:a )?test|(?:bla+h? ?)+|idk|i (?:do not|dont) know|(?:im"
    r"|i am) (?:so )?bored|asdf\w*|qwert\w*"
    r"|(?:lets|let us) (?:chat|talk)|(?:can|could) we (?:chat|talk)|talk to me|say something"
    r"|(?:can |could )?(?:you )?(?:please )?(?:tell|give) me (?:a |another )?(?:joke|something)"
    r"|(?:can|may|could) i ask (?:you )?(?:a question|something)|i have a question"
    r"|(?:are )?you there|anybody (?:there|home)|anyone there|is (?:anyone|anybody) there)"
)

_ASK = r"(?:can|could|should|may|do|must) (?:i|we|one) "
_ABILITY = re.compile(
    r"(?:(?:can|could|would) you (?:please )?(?:tell|explain|show)(?: to)? me |tell me |so )?(?:"
    r"what(?: all| else| things| exactly)* (?:can|could|do|would|will)"
    rf" (?:you|u|this {_THING})(?: actually| really)? do(?: for (?:me|us))?"
    rf"|what (?:you|this {_THING}) (?:can|could) do(?: for (?:me|us))?"
    r"|what (?:are|r) (?:you|u)(?: (?:able|made|built|designed|here|good|capable|useful)"
    r"(?: (?:to do|for|at|of(?: doing)?))?| for)?"
    r"|what(?: is|s| are) your (?:job|name|purpose|functions?|role|capabilit(?:y|ies)"
    r"|abilit(?:y|ies)|features|skills|limits|limitations)"
    rf"|what(?: is|s) (?:this {_THING}|this {_THING} for|this for)"
    r"|what (?:can|could) you (?:help (?:me|us )?(?:with)?|tell me|answer)|what do you know"
    r"|how (?:can|could|do|would|will) you (?:help|assist)(?: (?:me|us))?"
    r"|(?:can|could|will|would) you (?:please )?(?:help|assist)(?: (?:me|us))?(?: out)?"
    r"|(?:i need |i need some |some )?help(?: me)?|i need help"
    rf"|how do(?:es)? (?:you|this {_THING}|the {_THING}) work"
    rf"|how (?:{_ASK}|to |do you )(?:use|work with|talk to|ask)"
    rf" (?:you|this {_THING}|the {_THING})"
    rf"|what (?:{_ASK})(?:ask|type)(?: (?:you|here|about|(?:with )?this {_THING}))*"
    rf"|what (?:{_ASK})do (?:here|with (?:you|this {_THING}))"
    r"|(?:what|which) (?:(?:kinds?|sorts?|types?) of )?(?:questions?|things?|stuff)"
    rf" (?:{_ASK}ask|(?:can|could|do|will) (?:you|this {_THING})"
    r" (?:answer|do|know|handle|understand))(?: (?:you|here|about))*"
    r"|(?:who|what) (?:are|r) (?:you|u)|who (?:made|built|created|wrote|trained) you"
    r"|introduce yourself|(?:tell me )?about (?:yourself|you)"
    r"|are you (?:an? )?(?:real )?(?:bot|robot|human|person|ai|machine|chatbot|chatgpt|real"
    r"|assistant)"
    r")(?: (?:please|exactly|anyway|then|here|today|now|again|for me))*"
)
# Of a chat that goes on these ask about what was said, not about the service.
_ABILITY_AT_FIRST = re.compile(
    r"how does (?:this|it|that) work|how (?:do|can|should) i use (?:this|it)"
    r"|what (?:can|could|does) (?:this|it) do|what (?:this|it) can do"
)

_POLITE = re.compile(r"(?:please|excuse me|sorry|and|but|so|well|ok|okay)")


def small_talk(question: str, *, follows: bool = False) -> SmallTalk | None:
    """Return what kind of small talk a text is.

    Args:
        question: what was typed.
        follows: whether something was asked before, which "How does it work?" may then be about.
    """
    rest = " ".join(_SEPARATORS.sub(" ", _APOSTROPHES.sub("", question.lower())).split())
    kind: SmallTalk | None = None
    while rest:
        if _ABILITY.fullmatch(rest) or (not follows and _ABILITY_AT_FIRST.fullmatch(rest)):
            return "ability"
        taken = _first(rest)
        if taken is None:
            return None
        found, length = taken
        # "Hi, thanks" thanks, "ok, bye" leaves: what says least gives way.
        kind = found if kind is None or _WEIGHT[found] > _WEIGHT[kind] else kind
        rest = rest[length:].strip()
    return kind


_KINDS: tuple[tuple[SmallTalk, re.Pattern[str]], ...] = (
    ("thanks", _THANKS),
    ("farewell", _FAREWELL),
    ("greeting", _GREETING),
    ("empty", _EMPTY),
    ("empty", _POLITE),
)
_WEIGHT: dict[SmallTalk, int] = {"empty": 0, "greeting": 1, "farewell": 2, "thanks": 3}


def _first(text: str) -> tuple[SmallTalk, int] | None:
    """Return the longest piece of small talk that a text begins with, and its length."""
    best: tuple[SmallTalk, int] | None = None
    for kind, pattern in _KINDS:
        match = pattern.match(text)
        if match is None or text[match.end() : match.end() + 1] not in ("", " "):
            continue
        if best is None or match.end() > best[1]:
            best = (kind, match.end())
    return best
