"""Prompts, versioned: pure functions from question and evidence to the text that a model reads.

A change of a prompt raises ``PROMPT_VERSION``; answers show it in ``models``.
"""

from __future__ import annotations

PROMPT_VERSION = 1
"""Raised with every change of a prompt or a grammar."""

STOP = ("\n",)
"""Every reply of the small model is one line."""

_STATEMENTS = (
    (
        "When will the council vote?",
        "Well, you know, the council will vote on the new budget on Tuesday, and I think it will "
        "pass.",
        "The council will vote on the new budget on Tuesday.",
    ),
    (
        "What will the company close?",
        "And so we saw yesterday that the company, which has had a bad year, will close two of its "
        "plants in Ohio.",
        "The company, which has had a bad year, will close two of its plants in Ohio.",
    ),
    (
        "How did the minister see the talks?",
        "But, I mean, the minister said talks were difficult, but she didn't rule out a deal.",
        "The minister said talks were difficult, but she didn't rule out a deal.",
    ),
    (
        "How many people were there?",
        "You know, there were forty people at the meeting, and no one asked about the bridge.",
        "There were forty people at the meeting.",
    ),
)
"""Written for this prompt: each answer is cut out of its text, as the grammar demands.

A completion with examples worked better for SmolLM2-135M than its chat template with instructions.
"""

_SPANS = (
    (
        "The committee met in the old town hall of Bruges in May 1994 to settle the dispute.",
        "Where did the committee meet?",
        "the old town hall of Bruges",
    ),
    (
        "Nearly four thousand workers lost their jobs because the mill in Dalton closed.",
        "How many workers lost their jobs?",
        "four thousand",
    ),
    (
        "The award went to Maria Lindqvist, who had designed the bridge with her brother.",
        "Who designed the bridge?",
        "Maria Lindqvist",
    ),
)


def statement_prompt(question: str, evidence: str) -> str:
    """Return the prompt for one statement; the examples come first, so that servers cache them."""
    examples = "".join(f"Question: {q}\nText: {t}\nAnswer: {a}\n\n" for q, t, a in _STATEMENTS)
    return f"{examples}Question: {question}\nText: {evidence}\nAnswer:"


def span_prompt(question: str, evidence: str) -> str:
    """Return the prompt for the few words of a sentence that answer a question."""
    examples = "".join(f"Text: {t}\nQuestion: {q}\nAnswer: {a}\n\n" for t, q, a in _SPANS)
    return f"{examples}Text: {evidence}\nQuestion: {question}\nAnswer:"
