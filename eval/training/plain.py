"""Questions over plain text → ``Item``: a question beside the sentences that may answer it.

Reads the sets under ``questions/`` of the training data: gzipped JSON lines with a question, the
sentences of a passage, which of them answer and in which words. They have no speakers and no turns
(except for one set of chats); ``eval.training.speech`` makes transcripts of them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

# Most questions taken of each set, and how often each is seen in one pass. Sets whose wording is
# stiff (qasrl, qamr) or far from speech (covidqa) are held small; policyqa is left out, its texts
# are for research only. qamr's one-word questions ask for nothing in particular, see _MIN_WORDS.
PLAN: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "squad_train_part": (12_000, 1),
        "squadshifts_new_wiki": (8_000, 1),
        "squadshifts_reddit": (10_000, 1),
        "squadshifts_amazon_reviews": (10_000, 1),
        "qed": (8_300, 1),
        "nq": (2_700, 1),
        "tydiqa_en": (3_700, 1),
        "mlqa_en_dev": (1_200, 1),
        "tweetqa": (8_000, 1),
        "qadiscourse": (8_200, 1),
        "qamr": (12_000, 1),
        "qasrl": (1_200, 1),
        "fairytaleqa": (6_500, 1),
        "timeqa": (2_300, 1),
        "molweni": (2_800, 2),
        "covidqa_deepset": (700, 1),
        "selqa": (2_400, 1),
        "dstc11_reviews": (1_000, 1),
        "onestop": (1_500, 1),
        "made_unanswerable": (19_000, 1),
    }
)

# Shorter questions of the sets made from annotations ("Who died?") ask for nothing in particular.
_MIN_WORDS = 5
_ANNOTATED = frozenset(("qamr", "qasrl"))

# One document in this many is kept back for the learning curve.
_CURVE_EVERY = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence; ``turn`` numbers the utterances, ``speaker`` is empty where nobody is named."""

    text: str
    speaker: str = ""
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """A question beside text about the same thing.

    Args:
        source: the set.
        document: what the text belongs to; texts of one document are each other's near misses.
        question: as it is asked.
        lines: the sentences, in order.
        gold: places of the sentences that answer; empty where none does.
        spans: (place, char start, char end) of the answers' words.
        spans_known: whether ``spans`` is complete; some sets mark sentences alone.
        curve: whether it is kept back for the learning curve.
    """

    source: str
    document: str
    question: str
    lines: tuple[Line, ...]
    gold: frozenset[int]
    spans: tuple[tuple[int, int, int], ...]
    spans_known: bool
    curve: bool

    @property
    def answers(self) -> tuple[str, ...]:
        """Return the words of the answers."""
        return tuple(self.lines[place].text[start:end] for place, start, end in self.spans)


def load_items(root: Path) -> list[Item]:
    """Read every set of the plan.

    Args:
        root: the folder that holds ``questions/``.

    Raises:
        FileNotFoundError: a set is missing.
    """
    passages: dict[tuple[str, ...], tuple[Line, ...]] = {}
    items = []
    for name, (most, _) in PLAN.items():
        rows = [row for row in _rows(root / "questions" / f"{name}.jsonl.gz") if _usable(name, row)]
        rows.sort(key=lambda row: _order(row["id"]))
        items += [_item(name, row, passages) for row in rows[:most]]
    return items


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _usable(name: str, row: dict[str, Any]) -> bool:
    if not row["passage_sentences"] or (row["answerable"] and not row["answer_sentence_indexes"]):
        return False
    return name not in _ANNOTATED or len(row["question"].split()) >= _MIN_WORDS


def _order(name: str) -> str:
    return hashlib.sha256(f"plain-1:{name}".encode()).hexdigest()


def _item(
    name: str, row: dict[str, Any], passages: dict[tuple[str, ...], tuple[Line, ...]]
) -> Item:
    texts = tuple(row["passage_sentences"])
    speakers = tuple(row.get("speakers") or ("",) * len(texts))
    lines = passages.setdefault((*texts, *speakers), _lines(texts, speakers))
    gold = frozenset(row["answer_sentence_indexes"])
    spans = tuple(
        dict.fromkeys(
            (place, start, start + len(answer))
            for answer in row["answer_texts"]
            for place in sorted(gold)
            if answer and (start := lines[place].text.find(answer)) >= 0
        )
    )
    document = str(row.get("doc") or row["id"])
    grouped = document if document not in ("", name) else row["id"]
    return Item(
        source=name,
        document=f"{name}/{document}",
        question=row["question"].strip(),
        lines=lines,
        gold=gold,
        spans=spans,
        spans_known=not gold or bool(spans),
        curve=int(_order(f"{name}/{grouped}"), 16) % _CURVE_EVERY == 0,
    )


def _lines(texts: tuple[str, ...], speakers: tuple[str, ...]) -> tuple[Line, ...]:
    lines, turn = [], 0
    for place, (text, speaker) in enumerate(zip(texts, speakers, strict=True)):
        if place and speaker != speakers[place - 1]:
            turn += 1
        lines.append(Line(" ".join(text.split()) if "\n" in text else text, speaker, turn))
    return tuple(lines)
