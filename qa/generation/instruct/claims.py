"""A model's claim + the evidence it was shown → what is stated of it, or what speaks against it.

The checks can't tell a true statement in free wording from a false one: of 140 false ones written
to fool them 88 pass (docs/verification.md). So a claim is stated in its own words only where those
are the words of a sentence that it cites, with fillers left out; else what it cites is quoted, and
the model has chosen sentences, not told what is true. ``free`` lets its words stand if the checks
find no fault with them, for models that are trusted with that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.generation.instruct.cites import MOST_CHARS, cut_to_quote, leads_elsewhere
from qa.generation.instruct.quotes import locate
from qa.generation.instruct.reply import Claim
from qa.generation.writing import SupportCheck, Written
from qa.records import Evidence
from qa.verify.omissions import drops_only_fillers

CITES = 5
"""Citations of one statement; who cites more than that, points at nothing."""

QUOTES = 2
"""Sentences quoted for one claim at most: both sides of a disagreement; more would crowd out what
the other claims cite."""


@dataclass(frozen=True, slots=True)
class Stating:
    """Decides what of a claim is stated.

    Args:
        check: lets statements pass or not.
        free: whether words of the model's own are stated if they pass.
    """

    check: SupportCheck
    free: bool = False

    def stated(
        self, claim: Claim, numbered: Mapping[int, Evidence]
    ) -> tuple[Written, ...] | Refused:
        """Return what is stated of a claim, or why nothing is."""
        cited = tuple(numbered[n] for n in claim.cites if n in numbered)[:CITES]
        if not cited:
            return Refused(("citation",))
        if len(claim.text) > MOST_CHARS:
            return Refused(("length",))
        if leads_elsewhere(claim.text, cited):
            return Refused(("address",))
        if self.free:
            return self._freely(claim, cited)
        return self._cut(claim, cited) or _quoted(claim, cited)

    def _freely(self, claim: Claim, cited: tuple[Evidence, ...]) -> tuple[Written, ...] | Refused:
        reasons: tuple[str, ...] = ()
        for evidence in dict.fromkeys((cut_to_quote(claim.quote, cited), cited)):
            verdict = self.check.verify(claim.text, evidence)
            if verdict.ok:
                return (Written(claim.text, evidence, verdict.support),)
            reasons = verdict.reasons
        return Refused(reasons)

    def _cut(self, claim: Claim, cited: Sequence[Evidence]) -> tuple[Written, ...]:
        """Return the claim if it is a cited sentence, perhaps without fillers; else nothing."""
        for item in cited:
            if claim.text == item.text:
                return (_quote(item),)
            if drops_only_fillers(claim.text, item.text):
                verdict = self.check.verify(claim.text, (item,))
                if verdict.ok:
                    return (Written(claim.text, (item,), verdict.support, spoken=True),)
        return ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Reasons why nothing is stated of a claim."""

    reasons: tuple[str, ...]


def _quoted(claim: Claim, cited: Sequence[Evidence]) -> tuple[Written, ...]:
    """Return what a claim cites as quotes, first the sentence that it copied words of.

    Whole sentences: a part of one may say the opposite of the whole.
    """
    copied = [item for item in cited if claim.quote and locate(claim.quote, item.text)]
    return tuple(map(_quote, tuple(dict.fromkeys((*copied, *cited)))[:QUOTES]))


def _quote(item: Evidence) -> Written:
    return Written(item.text, (item,), 1.0, spoken=True, quoted=True)
