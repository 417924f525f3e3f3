"""Question and evidence → one statement that answers directly, cut out of the evidence.

The embedded model invents when it may choose its words: with every word of question and evidence
allowed it wrote "The host was Russia" of talks that France and Germany hosted. So it chooses only
where the statement begins and ends (``qa.clauses``), and the words between stand as they were said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.chat import ChatModel, ChatRequest, Message
from qa.clauses import Clauses, clauses, finite
from qa.grammar import cut_grammar
from qa.prompts import STOP, statement_prompt
from qa.records import Evidence

MAX_WORDS = 45
"""Longest sentence that is phrased: a longer one takes over a second and is better quoted."""

TOKENS_PER_WORD = 3
"""SmolLM2 needs 1.3 tokens for a common word and about 3 for a rare name."""


@dataclass(frozen=True, slots=True)
class PhrasedStatement:
    """A statement that a model phrased, and the evidence that it was made from."""

    text: str
    evidence: tuple[Evidence, ...]


class Phraser:
    """Phrases statements with a model that takes grammars."""

    def __init__(self, model: ChatModel, seed: int = 0) -> None:
        self._model = model
        self._seed = seed

    def phrase(
        self, question: str, evidence: Sequence[Evidence], short_answer: str | None = None
    ) -> PhrasedStatement | None:
        """Return a statement, or null where the evidence is better quoted.

        Args:
            question: what was asked.
            evidence: the sentences to state, the best one first; one statement tells of one.
            short_answer: words of the first sentence that the statement must keep.

        Raises:
            ModelUnavailable: if the model can't be asked.
        """
        if not evidence:
            return None
        found = clauses(evidence[0].text, question, short_answer)
        if found is None or not 3 <= len(found.words) <= MAX_WORDS:
            return None
        text = self._cut(question, found)
        return None if text is None else PhrasedStatement(text, (evidence[0],))

    def _cut(self, question: str, found: Clauses) -> str | None:
        words = [found.word(place) for place in range(len(found.words))]
        between = [found.between(place) for place in range(len(words) - 1)]
        starts = [place for place in found.starts if finite(words[place : max(found.ends) + 1])]
        if not starts:
            return None
        reply = self._model.complete(
            ChatRequest(
                messages=(Message("user", statement_prompt(question, found.text)),),
                max_tokens=TOKENS_PER_WORD * len(words) + 8,
                grammar=cut_grammar(words, between, starts, found.ends),
                stop=STOP,
                seed=self._seed,
                completion=True,
            )
        )
        text = reply.text.strip()
        return text if text.endswith(".") and finite(text.split()) else None
