"""Question + history → a question that stands alone, written by an instruct model.

Rules decide first whether a question is a follow-up at all, so that one that isn't waits for no
model. What the model writes counts only if it brings in no name and no number that the conversation
doesn't have; else, and when the model is down, the rules' own rewriting stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.errors import ModelUnavailable
from index.records import Filters
from qa.conversation.follow_up import FollowUp
from qa.conversation.rewrite import CarryOver, Rewrite
from qa.llm.cancellation import Cancellation
from qa.llm.chat import ChatRequest, Message, StreamingChatModel
from qa.llm.prompts import rewrite_messages
from qa.question.features import names, numbers, words
from qa.records import Exchange, Usage

EXCHANGES = 4
"""Earlier exchanges that the model is shown."""

ANSWER_CHARS = 600
"""Of an earlier answer; what a follow-up points at stands near its beginning."""

REPLY_TOKENS = 120
"""Three times a long question; some models think aloud first and are cut off, which is no loss."""

MOST_CHARS = 400
"""A longer line is no question."""

_POINTS_BACK = re.compile(
    r"\b(?:he|she|him|his|her|hers|it|its|they|them|their|this|that|these|those|there|then|one|ones|"
    r"other|others|same|former|latter|else|also|too)\b",
    re.I,
)


class ModelRewriter:
    """Rewrites with a model, within what the rules allow."""

    def __init__(self, rules: CarryOver, model: StreamingChatModel) -> None:
        self._rules = rules
        self._model = model

    def rewrite(
        self,
        question: str,
        history: Sequence[Exchange],
        filters: Filters,
        cancellation: Cancellation | None = None,
    ) -> Rewrite:
        """Return the question as it is meant."""
        ruled = self._rules.rewrite(question, history, filters)
        if ruled.attribution or not history:
            return ruled
        if ruled.meaning is None and not _POINTS_BACK.search(question):
            return ruled
        line, usage = self._asked(question, history, cancellation or Cancellation())
        ruled = replace(ruled, usage=usage)
        said = " ".join(f"{exchange.question} {exchange.answer}" for exchange in history)
        if line is None or not brings_nothing_in(line, f"{question} {said}"):
            return ruled
        if line.rstrip("?. ").lower() == question.rstrip("?. ").lower():
            return Rewrite(question, usage=usage)
        meaning = ruled.meaning or FollowUp(line)
        meant = replace(meaning, question=line, own=question, near=False)
        recalled = ruled.recalled or self._rules.past(history, filters)[-1].cited
        return Rewrite(line, meant, recalled, usage)

    def _asked(
        self, question: str, history: Sequence[Exchange], cancellation: Cancellation
    ) -> tuple[str | None, Usage]:
        past = [(e.question, e.answer[:ANSWER_CHARS]) for e in history[-EXCHANGES:]]
        system, user = rewrite_messages(past, question)
        request = ChatRequest((Message("system", system), Message("user", user)), REPLY_TOKENS)
        text, usage = "", Usage(requests=1)
        try:
            for piece in self._model.stream(request, cancellation):
                text += piece.text
                usage += piece.usage or Usage()
        except ModelUnavailable:
            return None, usage
        lines = [line.strip(" \"“”'") for line in text.strip().splitlines() if line.strip()]
        if len(lines) != 1 or len(lines[0]) > MOST_CHARS:
            return None, usage
        return lines[0], usage


def brings_nothing_in(line: str, said: str) -> bool:
    """Return whether a line is a question of words, with no names or numbers that weren't said."""
    known, counted = set(words(said)), set(numbers(said))
    named = {part for name in names(f"x {line}") for part in words(name)}
    return bool(words(line)) and named <= known and set(numbers(line)) <= counted
