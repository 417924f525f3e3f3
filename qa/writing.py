"""Question + Evidence → what a language model adds: a verified statement and a short answer.

The model phrases, it never decides what is true: a statement that fails a check is dropped, and the
quoted sentence stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qa.phrase import PhrasedStatement
from qa.records import Evidence
from qa.verify import Verdict


class StatementWriter(Protocol):
    """Phrases what evidence says; ``qa.phrase.Phraser`` is one."""

    def phrase(
        self, question: str, evidence: Sequence[Evidence], short_answer: str | None = None
    ) -> PhrasedStatement | None:
        """Return a statement, or None where the evidence is better quoted."""


class ShortAnswers(Protocol):
    """Finds the few words of a sentence that answer."""

    def short_answer(self, question: str, evidence: Evidence) -> str | None:
        """Return words of the evidence, or None where there are none that answer alone."""


class SupportCheck(Protocol):
    """Tells whether evidence says what a statement says; ``qa.verify.Verifier`` is one."""

    def verify(self, statement: str, cited: Sequence[Evidence]) -> Verdict:
        """Return the verdict."""


@dataclass(frozen=True, slots=True)
class Written:
    """A statement that a model phrased, what it cites, and what the check says of it."""

    text: str
    evidence: tuple[Evidence, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Writer:
    """A language model's part in an answer.

    Args:
        model: its name, shown with the answer.
        prompt_version: which prompts it was given.
        seed: what it was seeded with.
    """

    statements: StatementWriter
    short_answers: ShortAnswers
    check: SupportCheck
    model: str
    prompt_version: int
    seed: int = 0

    def short_answer(self, question: str, evidence: Sequence[Evidence]) -> str | None:
        """Return the short answer, verbatim words of the first sentence; raises like ``phrase``."""
        found = self.short_answers.short_answer(question, evidence[0])
        return found if found and found in evidence[0].text else None

    def phrase(
        self, question: str, evidence: Sequence[Evidence], short_answer: str | None
    ) -> PhrasedStatement | None:
        """Return a statement that says more directly what the evidence says, not yet checked.

        Raises:
            ModelUnavailable: the model is down, too slow or incoherent.
        """
        phrased = self.statements.phrase(question, evidence, short_answer)
        if phrased is None or phrased.text == phrased.evidence[0].text:
            return None
        return phrased

    def checked(self, phrased: PhrasedStatement) -> Written:
        """Return the statement with its verdict."""
        verdict = self.check.verify(phrased.text, phrased.evidence)
        return Written(phrased.text, phrased.evidence, verdict)
