"""A task → what an instruct model is shown of it: as much of the evidence as its context holds."""

from __future__ import annotations

from itertools import count

from qa.evidence.disagreement import disagreements
from qa.generation.instruct.forms import Form
from qa.generation.instruct.run import Run, address
from qa.llm.chat import Message, StreamingChatModel
from qa.llm.prompts import evidence_line, instruct_question, instruct_rules
from qa.records import Evidence

REPLY_TOKENS = 1024
"""Room for the reply: ten statements with their quotes, and some thinking aloud."""

LEAST_REPLY_TOKENS = 128
"""Room for a reply of two statements, where the context is small."""

FITS = 3
"""Attempts to cut the evidence to what the counts say; then half goes at a time, since each attempt
asks the server, and one whose counts make no sense would be asked for every sentence."""


def reply_tokens(model: StreamingChatModel) -> int:
    """Return how many tokens a reply may have."""
    return max(LEAST_REPLY_TOKENS, min(REPLY_TOKENS, model.context_tokens() // 4))


def line(number: int, evidence: Evidence) -> str:
    """Return a sentence as the model sees it."""
    sentence = evidence.sentence
    date = evidence.hit.metadata.date
    return evidence_line(number, sentence.speaker, date, sentence.start_ms, evidence.text)


def shown(run: Run, model: StreamingChatModel, form: Form) -> tuple[Message, Message]:
    """Return the prompt, and note in the run what stands in it.

    The best sentences are taken; they are shown document by document, oldest first, in the
    order in which they were said.
    """
    rules = instruct_rules(run.task.most, lines=form == "lines")
    budget = model.context_tokens() - reply_tokens(model)
    kept = len(run.task.evidence)
    for attempt in count(1):
        run.task.cancellation.check()
        question = _numbered(run, kept)
        used = model.count_tokens(f"{rules}\n{question}")
        if used <= budget or kept <= 1:
            break
        share = kept * budget // used if attempt <= FITS else kept // 2
        kept = max(1, min(kept - 1, share))
    return Message("system", rules), Message("user", question)


def _numbered(run: Run, kept: int) -> str:
    """Number the best sentences, note what of them may disagree, and return the user message."""
    best = run.task.evidence[:kept]
    run.numbered = dict(enumerate(sorted(best, key=_place), start=1))
    lines = tuple(line(number, item) for number, item in run.numbered.items())
    places = {address(item): number for number, item in run.numbered.items()}
    run.opposed = tuple(
        pair
        for pair in disagreements(run.task.question, best)
        if address(pair[0]) in places and address(pair[1]) in places
    )
    opposed = [(places[address(a)], places[address(b)]) for a, b in run.opposed]
    marked = [(min(pair), max(pair)) for pair in opposed]
    return instruct_question(run.task.question, lines, marked)


def _place(evidence: Evidence) -> tuple[str, str, int]:
    hit = evidence.hit
    return (hit.metadata.date or "", hit.document_id, evidence.sentence.number)
