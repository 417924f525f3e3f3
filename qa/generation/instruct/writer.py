"""Question + numbered evidence → statements by an instruct model, dereferenced and verified.

The model names ids of evidence; the text there is looked up, so it can't make up a citation.
What is stated of each claim is decided as soon as it is whole (``qa.generation.instruct.claims``).
What fails is told back to the model once, and goes if it fails again. A reply in no form that was
asked for is an outage, not an abstention.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

import structlog

from index.errors import ModelUnavailable
from qa.generation.instruct.cites import short_answer
from qa.generation.instruct.claims import Refused, Stating
from qa.generation.instruct.forms import FORMS, Form, Forms
from qa.generation.instruct.prompt import line, reply_tokens, shown
from qa.generation.instruct.reply import (
    REPLY_SCHEMA,
    Claim,
    Ending,
    JsonReader,
    LineReader,
    ReplyReader,
)
from qa.generation.instruct.run import Run, address
from qa.generation.whole_document import PART_TOKENS, SLACK, in_turns, split, spread
from qa.generation.writing import SupportCheck, Task, Written, Wrote
from qa.llm.chat import ChatRequest, FormatRefused, Message, StreamingChatModel
from qa.llm.prompts import (
    CAPABLE_PROMPT_VERSION,
    choice_messages,
    instruct_question,
    instruct_rules,
    other_side_request,
    repair_request,
)
from qa.records import Evidence, Rejected, Usage

_log = structlog.get_logger("transcript_qa.capable")

READS = 60
"""Sentences given at most: about 2,000 tokens of speech; beyond, the ranker's order says little."""

PARTS = 8
"""Parts of a long transcript: at 6,000 tokens each, about four hours of talk."""

CHOICE_TOKENS = 256
"""Room for the numbers of the notes that are told, and some thinking aloud."""

CLAIMS = 40
"""Claims of one reply that are looked at: twice the most statements that an answer can have."""


REPAIRED = 10
"""Statements that failed and are told back; who fails more often won't get it right that way."""


class InstructWriter:
    """Writes whole answers with a model that follows instructions.

    Args:
        model: the model.
        check: lets statements pass or not.
        seed: for servers that sample.
        parts: in how many parts it goes through a long transcript at most.
        free: whether statements may be in words of the model's own.
        claims: how many claims of one reply are looked at.
    """

    def __init__(
        self,
        model: StreamingChatModel,
        check: SupportCheck,
        seed: int = 0,
        parts: int = PARTS,
        *,
        free: bool = False,
        claims: int = CLAIMS,
    ) -> None:
        self._model = model
        self._stating = Stating(check, free)
        self._seed = seed
        self._parts = parts
        self._claims_read = claims
        self._forms = Forms()

    @property
    def model(self) -> str:
        """Return the model's name."""
        return self._model.name

    @property
    def prompt_version(self) -> int:
        """Return the version of its prompts."""
        return CAPABLE_PROMPT_VERSION

    @property
    def seed(self) -> int:
        """Return the seed."""
        return self._seed

    @property
    def reads(self) -> int:
        """Return how many sentences it reads at most."""
        return READS

    def write(self, task: Task) -> Iterator[Written | Wrote]:
        """Yield each statement once it is whole and verified, and the end.

        Raises:
            ModelUnavailable: the model is down, too slow, refuses, or replies in no form known.
            Cancelled: the client disconnected.
        """
        if task.whole:
            yield from self._in_parts(task)
            return
        run = Run(task, {})
        insufficient = yield from self._written(run)
        yield Wrote(run.short, insufficient=insufficient, usage=run.usage, read=len(run.numbered))

    def _written(self, run: Run) -> Generator[Written, None, bool]:
        """Yield what holds; return whether the model found the evidence insufficient."""
        ending = yield from self._answered(run)
        if (run.failed and not run.full) or (run.missing and len(run.stated) < run.task.most):
            yield from self._repaired(run)
        for side in run.missing[: run.task.most - len(run.stated)]:
            if run.missing and side in run.missing:
                run.stated.append(side.text)
                run.cited.add(address(side))
                yield Written(side.text, (side,), 1.0, spoken=True, quoted=True)
        for claim, reasons in run.failed:
            _log.info("statement_rejected", reasons=list(reasons), cites=len(claim.cites))
            run.task.rejected(Rejected(claim.text, reasons))
        return ending.insufficient

    def _in_parts(self, task: Task) -> Iterator[Written | Wrote]:
        """Ask for statements part by part, then which of them to tell.

        A part that fails is left out, and said to be; when all fail it is an outage.
        """
        notes: list[tuple[Written, ...]] = []
        usage, read, failure, insufficient = Usage(), 0, None, True
        parts = self._split(task)
        for part in spread(parts, self._parts):
            task.cancellation.check()
            run = Run(replace(task, evidence=part, whole=False), {})
            held: list[Written] = []
            try:
                for statement in (told := self._written(run)):
                    held.append(statement)
                insufficient &= not held
            except ModelUnavailable as error:
                failure = error
                told.close()
            else:
                read += len(run.numbered)
            usage += run.usage
            notes.append(tuple(held))
        if failure is not None and not any(notes):
            raise failure
        told_notes = [note for part_notes in notes for note in part_notes]
        chosen, asked = self._chosen(task, told_notes)
        usage += asked
        yield from chosen or in_turns(notes)[: task.most]
        yield Wrote(insufficient=insufficient, usage=usage, read=read, partly=failure is not None)

    def _split(self, task: Task) -> tuple[tuple[Evidence, ...], ...]:
        """Return the evidence in parts that fit the model's context beside rules and question."""
        frame = instruct_rules(task.most, lines=False) + instruct_question(task.question, ())
        room = self._model.context_tokens() - reply_tokens(self._model)
        room = min(PART_TOKENS, int(SLACK * (room - self._model.count_tokens(frame))))
        lines = [line(n, item) for n, item in enumerate(task.evidence, start=1)]
        tokens = self._model.count_tokens("\n".join(lines))
        length = sum(map(len, lines)) or 1
        sizes = [max(1, round(tokens * len(words) / length)) for words in lines]
        return split(task.evidence, sizes, max(1, room))

    def _chosen(self, task: Task, notes: Sequence[Written]) -> tuple[tuple[Written, ...], Usage]:
        """Return the notes that the model chooses as the answer; none where it can't.

        It names numbers and nothing else, so that what was verified is told as it is.
        """
        if len(notes) <= task.most:
            return tuple(notes), Usage()
        system, user = choice_messages(task.question, [n.text for n in notes], task.most)
        request = ChatRequest(
            (Message("system", system), Message("user", user)), CHOICE_TOKENS, seed=self._seed
        )
        text, usage = "", Usage(requests=1)
        try:
            for piece in self._model.stream(request, task.cancellation):
                text += piece.text
                usage += piece.usage or Usage()
        except ModelUnavailable:
            return (), usage
        named = dict.fromkeys(int(n) for n in re.findall(r"\bN(\d{1,4})\b", text))
        known = [notes[n - 1] for n in named if 0 < n <= len(notes)]
        return tuple(known[: task.most]), usage

    def _answered(self, run: Run) -> Generator[Written, None, Ending]:
        """Ask in one form after another until the reply is understood."""
        refused = 0
        for number in range(self._forms.first, len(FORMS)):
            form = FORMS[number]
            messages = shown(run, self._model, form)
            reader = _reader(form)
            try:
                yield from self._claims(run, self._request(messages, form), reader)
            except FormatRefused:
                if form == FORMS[-1]:
                    raise
                refused = number + 1
                continue
            if refused:  # an address or a name that is wrong refuses every form
                self._forms.refused(refused)
            ending = reader.end()
            if run.stated or run.failed or (ending.understood and ending.complete):
                self._forms.understood()
                return ending
            if run.refused:
                raise ModelUnavailable(f"the language model {self.model!r} refuses to answer")
            self._forms.unreadable(number)
        why = "was cut off before its first statement" if run.cut else "is in no form it was given"
        raise ModelUnavailable(f"what the language model {self.model!r} replies {why}")

    def _repaired(self, run: Run) -> Iterator[Written]:
        """Tell the model what failed, once; an outage now loses only what failed."""
        form = FORMS[self._forms.first]
        failed, run.failed = run.failed, []
        said = "\n".join(f"- {claim.text} {list(claim.cites)}" for claim, _ in failed[:REPAIRED])
        told = [(claim.text, reasons) for claim, reasons in failed[:REPAIRED]]
        frame, lines = shown(run, self._model, form), form == "lines"
        sides = [line(n, e) for n, e in run.numbered.items() if e in run.missing]
        wanted = [repair_request(told, lines=lines)] if told else []
        wanted += [other_side_request(sides, lines=lines)] if sides else []
        said = said or "\n".join(f"- {text}" for text in run.stated)
        messages = (*frame, Message("assistant", said), Message("user", "\n\n".join(wanted)))
        try:
            yield from self._claims(run, self._request(messages, form), _reader(form))
        except ModelUnavailable:
            if not run.stated:
                raise
        if not run.stated and not run.failed:
            run.failed = failed

    def _claims(self, run: Run, request: ChatRequest, reader: ReplyReader) -> Iterator[Written]:
        """Send a request; yield what holds of its reply, note what doesn't."""
        run.usage += Usage(requests=1)
        run.claims = 0
        pieces = self._model.stream(request, run.task.cancellation)
        written = ""
        try:
            for piece in pieces:
                written += piece.text
                run.task.lap("generate")
                run.refused |= bool(piece.refusal) or piece.finish_reason == "content_filter"
                run.cut |= piece.finish_reason == "length"
                run.usage += piece.usage or Usage()
                yield from self._checked(run, reader.feed(piece.text))
                if run.full and not run.missing:
                    # ended before its server counted
                    asked = "\n".join(message.content for message in request.messages)
                    count = self._model.count_tokens
                    run.usage += Usage(0, count(asked), count(written))
                    return
                if reader.overfull or run.claims > self._claims_read:
                    run.cut = True
                    break
        finally:
            pieces.close()
        yield from self._checked(run, reader.last())

    def _checked(self, run: Run, claims: Iterator[Claim]) -> Iterator[Written]:
        for claim in claims:
            run.claims += 1
            if run.claims > self._claims_read:
                return
            run.task.cancellation.check()
            cited = [run.numbered[n] for n in claim.cites if n in run.numbered]
            if claim.text in run.stated or not run.wants(cited):
                continue
            found = self._stating.stated(claim, run.numbered)
            run.task.lap("verify")
            if isinstance(found, Refused):
                run.failed.append((claim, found.reasons))
                continue
            if not run.stated:
                evidence = [e for w in found for e in w.evidence]
                run.short = short_answer(run.task.question, claim.short, evidence)
            for written in found:
                if run.told(written) or not run.wants(written.evidence):
                    continue
                run.stated.append(written.text)
                run.cited |= {address(item) for item in written.evidence}
                yield written

    def _request(self, messages: Sequence[Message], form: Form) -> ChatRequest:
        return ChatRequest(
            messages=tuple(messages),
            max_tokens=reply_tokens(self._model),
            seed=self._seed,
            schema=REPLY_SCHEMA if form == "schema" else None,
            json=form == "json",
        )


def _reader(form: Form) -> ReplyReader:
    return LineReader() if form == "lines" else JsonReader()
