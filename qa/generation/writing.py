"""Question + Evidence → what a language model makes of it: statements that passed every check.

The model phrases, it never decides what is true: a statement that fails a check isn't passed on.
``Writer`` is the part of the embedded model, whose statement stands beside quoted sentences;
``qa.generation.instruct.writer`` writes whole answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Literal, Protocol

import structlog

from qa.generation.phrase import PhrasedStatement
from qa.llm.cancellation import Cancellation
from qa.records import Evidence, Rejected, Usage
from qa.verify import Verdict
from qa.verify.omissions import drops_only_fillers

_log = structlog.get_logger("transcript_qa.writing")


@dataclass(frozen=True, slots=True)
class Written:
    """A statement that a model phrased and the checks let pass, and what it cites.

    ``spoken`` says whether its words are the cited speaker's own, cut out of what was said, and
    ``quoted`` whether they are the cited sentence as it stands.
    """

    text: str
    evidence: tuple[Evidence, ...]
    support: float
    spoken: bool = False
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Wrote:
    """The end of the writing.

    Args:
        short_answer: the few words that answer, verbatim in the evidence.
        insufficient: whether the model found that the evidence doesn't answer.
        usage: what the model was asked for it.
        read: how many sentences the model read, the first ones; None where it isn't the model that
            chooses among them.
        partly: whether an outage kept it from reading some of them.
    """

    short_answer: str | None = None
    insufficient: bool = False
    usage: Usage = field(default_factory=Usage)
    read: int | None = None
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """What there is to write.

    Args:
        question: it stands alone.
        evidence: sentences, the best one first.
        most: how many statements at most.
        whole: whether the evidence is all there is, to be gone through part by part.
        lap: notes the time of a stage that has just ended.
        cancellation: set when the client disconnects.
        rejected: called with each rejected statement, and why.
    """

    question: str
    evidence: tuple[Evidence, ...]
    most: int
    whole: bool = False
    lap: Callable[[Literal["generate", "verify"]], None] = lambda _: None
    cancellation: Cancellation = field(default_factory=Cancellation)
    rejected: Callable[[Rejected], None] = lambda _: None


class AnswerWriter(Protocol):
    """A language model's part in an answer."""

    @property
    def model(self) -> str:
        """Name of the model, shown with the answer."""

    @property
    def prompt_version(self) -> int:
        """Which prompts it is given."""

    @property
    def seed(self) -> int:
        """What it is seeded with."""

    @property
    def reads(self) -> int | None:
        """How many sentences it reads to write the whole answer.

        None for a writer that adds to quoted sentences and reads only those.
        """

    def write(self, task: Task) -> Iterator[Written | Wrote]:
        """Yield each statement once it is whole and verified, and ``Wrote`` at the end.

        Raises:
            ModelUnavailable: the model is down, too slow or incoherent.
            Cancelled: the client disconnected.
        """


class StatementWriter(Protocol):
    """Phrases what evidence says; ``qa.generation.phrase.Phraser`` is one."""

    def phrase(
        self, question: str, evidence: Sequence[Evidence], short_answer: str | None = None
    ) -> PhrasedStatement | None:
        """Return a statement, or None where the evidence is better quoted."""


class ShortAnswers(Protocol):
    """Finds the few words of a sentence that answer."""

    def short_answer(self, question: str, evidence: Evidence) -> str | None:
        """Return words of the evidence, or None where nothing so short answers."""


class SupportCheck(Protocol):
    """Tells whether evidence says what a statement says; ``qa.verify.Verifier`` is one."""

    def verify(self, statement: str, cited: Sequence[Evidence]) -> Verdict:
        """Return the verdict."""


class Counted(Protocol):
    """What a model was asked in a stretch of work."""

    @property
    def usage(self) -> Usage:
        """Return it."""


class RequestMeter(Protocol):
    """Counts what a model is asked; ``qa.llm.meter.Meter`` is one."""

    def counting(self) -> AbstractContextManager[Counted]:
        """Count within the block."""


@dataclass(frozen=True, slots=True)
class Writer:
    """The embedded model's part: one statement at most, and a short answer.

    Args:
        model: its name, shown with the answer.
        prompt_version: which prompts it was given.
        seed: what it was seeded with.
        meter: counts what the model is asked, where that is counted.
        restate: says the best sentence indirectly, where the model's statement falls; it returns
            the statement and whether its words are the speaker's own.
    """

    statements: StatementWriter
    short_answers: ShortAnswers
    check: SupportCheck
    model: str
    prompt_version: int
    seed: int = 0
    meter: RequestMeter | None = None
    restate: Callable[[Evidence], tuple[str, bool] | None] | None = None

    @property
    def reads(self) -> None:
        """Return None: what it doesn't phrase is quoted."""
        return

    def write(self, task: Task) -> Iterator[Written | Wrote]:
        """Yield a statement that says more directly what the evidence says, if there is one."""
        with nullcontext() if self.meter is None else self.meter.counting() as count:
            short, phrased = self._asked(task)
        task.lap("generate")
        best = task.evidence[0]
        written = None
        if phrased is not None and phrased.text != phrased.evidence[0].text:
            written = self._held(task, phrased.text, phrased.evidence, spoken=True)
        if written is None and self.restate is not None:
            again = self.restate(best)
            if again is not None and (phrased is None or again[0] != phrased.text):
                written = self._held(task, again[0], (best,), spoken=again[1])
        task.lap("verify")
        if written is not None:
            yield written
        yield Wrote(short, usage=Usage() if count is None else count.usage)

    def _held(
        self, task: Task, text: str, evidence: tuple[Evidence, ...], *, spoken: bool
    ) -> Written | None:
        """Return the statement if the checks let it pass; note it as rejected if not."""
        verdict = self._judged(text, evidence, spoken=spoken)
        if verdict.ok:
            return Written(text, evidence, verdict.support, spoken=spoken)
        _log.info("statement_rejected", reasons=list(verdict.reasons))
        task.rejected(Rejected(text, verdict.reasons, verdict.support))
        return None

    def _judged(self, text: str, evidence: tuple[Evidence, ...], *, spoken: bool) -> Verdict:
        """Return the verdict; who cuts a speaker's words may cut away fillers and nothing else."""
        if spoken and not drops_only_fillers(text, evidence[0].text):
            return Verdict(False, 0.0, ("omission",))
        return self.check.verify(text, evidence)

    def _asked(self, task: Task) -> tuple[str | None, PhrasedStatement | None]:
        task.cancellation.check()
        best = task.evidence[0]
        short = self.short_answers.short_answer(task.question, best)
        short = short if short and short in best.text else None
        return short, self.statements.phrase(task.question, task.evidence, short)
