"""The span head: the score that chooses among its spans, and its held-out figures."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

from eval.training.examples import make_window
from eval.training.linear import Choice, fit_choice
from eval.training.measures import bootstrap, token_f1
from eval.training.pipeline import Material
from eval.training.sets import Question
from eval.training.tables import Asked
from index.records import Hit, Sentence
from qa.cross_encoder import Edges, WindowReader
from qa.linear import LinearScore
from qa.ranking import Candidate, Ranked
from qa.span_scores import feature_names, scored_spans
from qa.spans import ranked_spans
from qa.trained_ranker import window_of

# A span counts as right from this token F1 on, and when no other of the sentence is better.
_RIGHT_FROM = 0.5
_NEARLY = 0.01

# Ranked sentences of a dev question that are shown: the second is mostly one without the answer,
# so the score learns to say "none".
_SHOWN = 2

# Train questions whose right sentence is shown too. The reader knows them, the word shapes profit.
TRAIN_QUESTIONS = {"spoken_squad": 600, "friendsqa": 200}


def fit_span(
    material: Material,
    asked: Sequence[Asked],
    ranked: Sequence[Sequence[Ranked]],
    reader: WindowReader,
) -> LinearScore:
    """Fit the score of spans against "none" on dev questions' sentences and train's right ones."""
    choices = [*_of_ranked(asked, ranked, reader), *_of_train(material, reader)]
    return fit_choice(choices, feature_names())


def _of_ranked(
    asked: Sequence[Asked], ranked: Sequence[Sequence[Ranked]], reader: WindowReader
) -> Iterator[Choice]:
    for one, order in zip(asked, ranked, strict=True):
        for item in order[:_SHOWN] if one.question.spans else ():
            answers = one.question.answers if _holds(one.question, item.candidate) else ()
            choice = _choice(one.text, item.candidate.text, edges_of(one, item, reader), answers)
            if choice is not None:
                yield choice


def _of_train(material: Material, reader: WindowReader) -> Iterator[Choice]:
    for name, most in TRAIN_QUESTIONS.items():
        data = material.sets[name]
        pool = [q for q in data.questions if q.part == "train" and q.spans]
        random.Random(5).shuffle(pool)  # noqa: S311 - for training, not for secrets
        for question in pool[:most]:
            document = data.documents[question.document_id]
            start, end = question.spans[0]
            for passage in document.passages:
                numbers = range(passage.first_sentence, passage.last_sentence + 1)
                places = [
                    place
                    for place, number in enumerate(numbers)
                    if document.sentences[number].char_start <= start
                    and end <= document.sentences[number].char_end
                ]
                if not places:
                    continue
                window = make_window(document, numbers)
                (reading,) = reader.read(question.text, [window])
                text = window.sentences[places[0]].text
                choice = _choice(question.text, text, reading.edges[places[0]], question.answers)
                if choice is not None:
                    yield choice
                break


def _choice(text: str, sentence: str, edges: Edges, answers: Sequence[str]) -> Choice | None:
    found = scored_spans(text, sentence, edges)
    if not found:
        return None
    f1 = [token_f1(sentence[s.span.char_start : s.span.char_end], answers) for s in found]
    best = max(f1)
    right = [best >= _RIGHT_FROM and value >= best - _NEARLY for value in f1]
    return Choice([s.features for s in found], right)


def _holds(question: Question, candidate: Candidate) -> bool:
    sentence = candidate.sentence
    return candidate.hit.document_id == question.document_id and any(
        sentence.char_start <= start and end <= sentence.char_end for start, end in question.spans
    )


def edges_of(one: Asked, item: Ranked, reader: WindowReader) -> Edges:
    """Return where the reader lets an answer begin and end in a ranked sentence."""
    hit = item.candidate.hit
    (reading,) = reader.read(one.text, [window_of(hit)])
    return reading.edges[hit.sentences.index(item.candidate.sentence)]


def span_rows(
    asked: Sequence[Asked],
    ranked: Sequence[Sequence[Ranked]],
    reader: WindowReader,
    score: LinearScore,
) -> list[tuple[Asked, float]]:
    """Return per question the token F1 of the best span in the first ranked sentence."""
    rows = []
    for one, order in zip(asked, ranked, strict=True):
        if one.question.spans and order:
            text = order[0].candidate.text
            words = _best(one.text, text, edges_of(one, order[0], reader), score)
            rows.append((one, token_f1(words, one.question.answers)))
    return rows


def with_passage(
    asked: Sequence[Asked], reader: WindowReader, score: LinearScore
) -> list[tuple[Asked, float]]:
    """Return the same with the right passage given: in the sentence that the reader puts first."""
    rows = []
    for one in asked:
        gold = [c for c, right in zip(one.candidates, one.right, strict=True) if right]
        if not one.question.spans or not gold:
            continue
        hit = gold[0].hit
        (reading,) = reader.read(one.text, [window_of(hit)])
        place = max(range(len(hit.sentences)), key=lambda k: reading.scores[k])
        text = _words(hit, hit.sentences[place])
        words = _best(one.text, text, reading.edges[place], score)
        rows.append((one, token_f1(words, one.question.answers)))
    return rows


def _words(hit: Hit, sentence: Sentence) -> str:
    return hit.text[sentence.char_start - hit.char_start : sentence.char_end - hit.char_start]


def _best(text: str, sentence: str, edges: Edges, score: LinearScore) -> str:
    found = ranked_spans(text, sentence, edges, score)
    if not found:
        return ""
    span = found[0][1].span
    return sentence[span.char_start : span.char_end]


def span_figures(title: str, rows: Mapping[str, Sequence[tuple[Asked, float]]]) -> list[str]:
    """Return the token F1 of short answers."""
    lines = [f"### Short answers, {title}", ""]
    for name, found in rows.items():
        groups = [one.question.document_id for one, _ in found]
        lines.append(f"- {name}: token F1 {bootstrap(groups, [(f1,) for _, f1 in found])}")
    return [*lines, ""]
