"""Question and evidence → one statement that answers directly, cut out of the evidence.

The embedded model invents when it may choose its words: with every word of question and evidence
allowed it wrote "The host was Russia" of talks that France and Germany hosted. So it chooses only
where the statement begins and ends (``qa.generation.clauses``), and the words between stand as
they were said. It is asked for a few tokens at a time: words that are given needn't be generated,
and reading them is three times as fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.errors import ModelUnavailable
from qa.generation.clauses import Clauses, clauses, finite
from qa.generation.grammar import capital, choice_grammar
from qa.llm.chat import ChatModel, ChatRequest, Message
from qa.llm.prompts import STOP, statement_prompt
from qa.records import Evidence

MAX_WORDS = 45
"""Longest sentence that is phrased: a longer one takes over a second and is better quoted."""

BEGINNING_WORDS = 3
"""Words that tell one place to begin with from another."""

BEGINNING_TOKENS = 12
"""Enough tokens for those words, rare names included."""


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
        cut = self._cut(question, found)
        return None if cut is None else PhrasedStatement(cut, (evidence[0],))

    def _cut(self, question: str, found: Clauses) -> str | None:
        """Ask where to begin, then at each place where the statement may end whether it does."""
        final = max(found.ends)
        words = [found.word(place) for place in range(final + 1)]
        starts = [place for place in found.starts if finite(words[place:])]
        if not starts:
            return None
        prompt = statement_prompt(question, found.text)
        tokens = BEGINNING_TOKENS if len(starts) > 1 else 1
        heads = [found.span(place, min(place + BEGINNING_WORDS - 1, final)) for place in starts]
        chosen = self._choose(prompt, [" " + capital(head) for head in heads], tokens)
        start = starts[chosen]
        for end in found.ends[:-1]:
            rest = found.between(end) + found.word(end + 1)
            written = f"{prompt} {capital(found.span(start, end))}"
            if self._choose(written, [".", rest], 1) == 0 and finite(words[start : end + 1]):
                return capital(found.span(start, end)) + "."
        return capital(found.span(start, final)) + "."

    def _choose(self, prompt: str, choices: Sequence[str], max_tokens: int) -> int:
        """Return which of several continuations the model prefers, by its greedy reply."""
        reply = self._model.complete(
            ChatRequest(
                messages=(Message("user", prompt),),
                max_tokens=max_tokens,
                grammar=choice_grammar(choices),
                stop=STOP,
                seed=self._seed,
                completion=True,
            )
        )
        likely = [
            place
            for place, choice in enumerate(choices)
            if choice.startswith(reply.text) or reply.text.startswith(choice)
        ]
        if not likely or not reply.text:
            raise ModelUnavailable(
                f"the language model {self._model.name!r} left its grammar: it can't be llama.cpp"
            )
        return likely[0]
