"""All that is learnt from → what each step reads, in an order that a seed and a step number give.

The plan of the training mix. A step reads ``Shares.questions`` questions and some statements:

- four in five questions are over plain text (``eval.training.plain``), made into speech; the others
  are over real transcripts (spoken_squad, friendsqa, qmsum) with hard negatives from retrieval;
- two in five can't be answered from the text beside them although it is about the same thing:
  the answering sentences are taken out, the passage is another one of the document, or the
  question asks for another name, number, time or opposite;
- speakers are put around four in nine plain texts; a quarter is lower case without punctuation, of
  which three in ten are cut like captions; one in five has fillers and slips; one in eight has
  the question asked by another speaker, in vain where there is no answer;
- in the last part of a round, while the rate falls, half of the questions are over
  conversations written for this (``seeds/lessons``): they are few, and nearest to what is asked of
  the service;
- statements: six with a premise of the public sets, three pairs over transcripts, true and
  corrupted.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eval.training.corruptions import corrupt_question
from eval.training.examples import ExampleMaker, LabelledWindow, RankingExample, crop
from eval.training.plain import PLAN, Item, Line
from eval.training.sets import Question
from eval.training.speech import Said, asked_before, in_turns, recut, spoken
from eval.training.statements import Pair, StatementMaker, SupportExample
from qa.reader.inputs import Window, WindowSentence

# Shares of the answerable questions that are made unanswerable, by how.
_WITHOUT, _ELSEWHERE, _CHANGED = 0.16, 0.08, 0.1
# Share of the answerable questions that a second passage of the same document stands beside.
_BESIDE = 0.3
# How texts are dressed.
_TURNS, _ASKED, _PLAIN, _RECUT, _FILLED, _PLAIN_QUESTION, _TITLED = (
    0.45,
    0.12,
    0.25,
    0.3,
    0.2,
    0.25,
    0.3,
)
# A title that says something: words, not a number or a hash.
_TITLE = re.compile(r"[A-Z][A-Za-z' _,.()-]{3,60}")


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of what one step reads."""

    questions: int = 16
    transcripts: float = 0.2
    lessons: float = 0.5
    statement_rankings: float = 0.15
    entailments: int = 6
    pairs: int = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step reads; ``statements`` stand alone, ``pairs`` are (true, corrupted)."""

    rankings: tuple[RankingExample, ...]
    statements: tuple[SupportExample, ...]
    pairs: tuple[Pair, ...]


class Mix:
    """Draws the batches of a run; the same seed and step draw the same batch."""

    def __init__(
        self,
        items: Sequence[Item],
        entailments: Sequence[SupportExample],
        maker: ExampleMaker,
        statement_maker: StatementMaker,
        questions: Sequence[Question],
        stated: Sequence[Question],
        lessons: Sequence[Question],
        shares: Shares,
        seed: int,
    ) -> None:
        """Take the plain items, the statements, and the transcripts' questions with their makers.

        ``stated`` are the questions whose answers are statements with evidence; ``lessons`` are
        learnt from while a run finishes.
        """
        self._items = [i for i in items if not i.curve for _ in range(PLAN[i.source][1])]
        self._near: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            self._near[item.document].append(item)
        self._entailments = entailments
        self._maker = maker
        self._statement_maker = statement_maker
        self._questions = questions
        self._stated = stated
        self._lessons = lessons
        self._spanned = [q for q in questions if q.spans]
        self._shares = shares
        self._seed = seed
        self._orders: dict[tuple[str, int], list[int]] = {}

    @property
    def steps_a_pass(self) -> int:
        """Return how many steps read every plain question once."""
        plain = self._shares.questions * (1 - self._shares.transcripts)
        return round(len(self._items) / plain)

    def batch(self, step: int, finishing: bool = False) -> Batch:
        """Return what a step reads, counted from 0; ``finishing`` while the rate falls."""
        shares = self._shares
        rng = random.Random(f"{self._seed}:{step}")  # noqa: S311 - for training, not for secrets
        self._maker.reseed(rng.random())
        self._statement_maker.reseed(rng.random())
        plain = round(shares.questions * (1 - shares.transcripts))
        lessons = round(shares.questions * shares.lessons) if finishing and self._lessons else 0
        rankings = [
            self.plain(self._items[self._at("plain", len(self._items), step * plain + k)], rng)
            for k in range(plain - lessons)
        ]
        for k in range(lessons):
            at = self._at("lessons", len(self._lessons), step * lessons + k)
            drawn = self._maker.ranking(self._lessons[at], rng.choice((1, 2)))
            if drawn.windows:
                rankings.append(_spoken_over(drawn, rng))
        while len(rankings) < shares.questions:
            drawn = self._transcript(rng)
            if drawn.windows:
                rankings.append(_spoken_over(drawn, rng))
        count = shares.entailments
        statements = [
            self._entailments[self._at("statements", len(self._entailments), step * count + k)]
            for k in range(count)
        ]
        pairs: list[Pair] = []
        while len(pairs) < shares.pairs:
            pair = self._statement_maker.pair(rng.choice(self._stated), rng.choice(self._spanned))
            if pair:
                pairs.append(pair)
        return Batch(tuple(rankings), tuple(statements), tuple(pairs))

    def plain(self, item: Item, rng: random.Random) -> RankingExample:
        """Return an example of a question over plain text, as it is or made unanswerable."""
        question, windows = item.question, [_window(item, rng)]
        drawn = rng.random() if item.gold else 1.0
        if drawn < _WITHOUT:
            rest = _without(item, rng)
            windows = [rest] if rest else windows
        elif drawn < _WITHOUT + _ELSEWHERE:
            other = self._other(item, rng)
            windows = [other] if other else windows
        elif drawn < _WITHOUT + _ELSEWHERE + _CHANGED:
            evidence = " ".join(line.text for line in windows[0])
            changed = corrupt_question(question, evidence, rng, ())
            if changed:
                question = changed
                windows = [[replace(line, label=0, spans=()) for line in windows[0]]]
        elif item.gold and rng.random() < _BESIDE:
            other = self._other(item, rng)
            windows += [other] if other else []
        title = item.document.split("/", 1)[1].replace("_", " ")
        known = item.spans_known
        return dressed(
            question,
            [(lines, known or not any(s.label == 1 for s in lines)) for lines in windows],
            title if _TITLE.fullmatch(title) and rng.random() < _TITLED else "",
            rng,
            turns=_TURNS,
        )

    def _transcript(self, rng: random.Random) -> RankingExample:
        if rng.random() < self._shares.statement_rankings:
            one = rng.choice(self._stated)
            return self._maker.statement_ranking(one, rng.randrange(len(one.statements)))
        return self._maker.ranking(rng.choice(self._questions), rng.choice((0, 1)))

    def _other(self, item: Item, rng: random.Random) -> list[Said] | None:
        """Return a passage of the same document that doesn't hold the answer's words."""
        near = self._near[item.document]
        own = {line.text for line in item.lines}
        for _ in range(4):
            other = rng.choice(near)
            if other.lines is item.lines or any(line.text in own for line in other.lines):
                continue
            if not _holds(other.lines, item.answers):
                return _cropped([Said(x.text, 0, (), x.speaker, x.turn) for x in other.lines], rng)
        return None

    def _at(self, name: str, size: int, count: int) -> int:
        """Return the ``count``-th of an order that begins anew, shuffled, after each pass."""
        key = (name, count // size)
        if key not in self._orders:
            order = list(range(size))
            random.Random(f"{self._seed}:{key}").shuffle(order)  # noqa: S311 - for training
            self._orders[key] = order
        return self._orders[key][count % size]


def _said(item: Item) -> list[Said]:
    return [
        Said(
            line.text,
            int(place in item.gold),
            tuple((start, end) for p, start, end in item.spans if p == place),
            line.speaker,
            line.turn,
        )
        for place, line in enumerate(item.lines)
    ]


def _window(item: Item, rng: random.Random) -> list[Said]:
    return _cropped(_said(item), rng)


def _without(item: Item, rng: random.Random) -> list[Said] | None:
    """Return the text without the sentences that answer; None where the rest answers too."""
    rest = [line for place, line in enumerate(item.lines) if place not in item.gold]
    if not rest or _holds(rest, item.answers):
        return None
    near = min(item.gold)
    lines = [Said(line.text, 0, (), line.speaker, line.turn) for line in rest]
    return _cropped(lines, rng, min(near, len(rest) - 1))


def _holds(lines: Sequence[Line], answers: Sequence[str]) -> bool:
    text = " ".join(line.text for line in lines).lower()
    return any(answer.lower() in text for answer in answers)


def _cropped(lines: Sequence[Said], rng: random.Random, around: int | None = None) -> list[Said]:
    """Return as many neighbouring sentences as fit a window, around one that answers."""
    golden = [i for i, line in enumerate(lines) if line.label == 1]
    if around is None:
        around = rng.choice(golden) if golden else rng.randrange(len(lines))
    return list(lines[crop([len(line.text) for line in lines], around, rng)])


def said_windows(example: RankingExample) -> list[tuple[list[Said], bool]]:
    """Return the windows of an example as sentences with labels, and whether spans are known."""
    windows = []
    for labelled in example.windows:
        lines, turn, speaker = [], -1, ""
        for place, sentence in enumerate(labelled.window.sentences):
            if sentence.label or place == 0:
                turn, speaker = turn + 1, sentence.label
            spans = tuple((a, b) for p, a, b in labelled.spans or () if p == place)
            lines.append(Said(sentence.text, labelled.labels[place], spans, speaker, turn))
        windows.append((lines, labelled.spans is not None))
    return windows


def dressed(
    question: str,
    windows: Sequence[tuple[Sequence[Said], bool]],
    title: str,
    rng: random.Random,
    turns: float,
) -> RankingExample:
    """Return the example as somebody might have asked it of something that was said."""
    plain, asked = rng.random() < _PLAIN, rng.random() < _ASKED
    fillers = rng.uniform(0.01, 0.07) if rng.random() < _FILLED else 0.0
    slips = rng.uniform(0.01, 0.04) if fillers else 0.0
    cut, given = rng.random() < _RECUT, rng.random() < turns
    labelled = []
    for place, (window, known) in enumerate(windows):
        lines = list(window)
        if given and not any(line.speaker for line in lines):
            lines = in_turns(lines, rng)
        if asked and place == 0:
            lines = asked_before(question, lines, rng)
        if plain or fillers:
            lines = [spoken(line, rng, fillers, slips, plain) for line in lines]
        if plain and cut:
            lines = recut(lines, rng)
        labelled.append(_labelled(lines, title, known))
    if rng.random() < _PLAIN_QUESTION:
        question = question.lower().rstrip("?. ")
    return RankingExample(question, tuple(labelled))


def _spoken_over(example: RankingExample, rng: random.Random) -> RankingExample:
    """Return an example over a transcript in another dress; its speakers stay."""
    return dressed(example.question, said_windows(example), "", rng, turns=0.0)


def _labelled(lines: Sequence[Said], title: str, known: bool) -> LabelledWindow:
    sentences, before = [], -1
    for line in lines:
        sentences.append(WindowSentence(line.text, line.speaker if line.turn != before else ""))
        before = line.turn
    spans = tuple((i, a, b) for i, line in enumerate(lines) for a, b in line.spans)
    labels = tuple(line.label for line in lines)
    complete = known and (bool(spans) or 1 not in labels)
    return LabelledWindow(Window(title, tuple(sentences)), labels, spans if complete else None)
