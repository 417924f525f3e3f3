"""Feedback → evaluation questions: what people called right is gold, the rest is to be looked at.

A thumb up vouches for the answer and its citations. A thumb down says that something is wrong, not
what would be right, so it can't become a question by itself: it goes to a person, with its comment.
A question keeps the filters it was asked with; names in them become the labels that they stand for,
since a data set knows no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from api.ports import Documents
from index.aliases import fold, forms
from index.errors import InputError
from index.records import DocumentInfo, Filters, Turn
from qa.answer.feedback import Feedback
from qa.records import CitedSpan

SPLIT = "feedback"

# Documents that are looked at together for one that matches the filters.
_PAGE = 200

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Export:
    """Lines of ``questions.jsonl``, ``documents.jsonl`` and ``review.jsonl``."""

    questions: tuple[Row, ...]
    documents: tuple[Row, ...]
    review: tuple[Row, ...]


class ToReviewError(Exception):
    """This feedback can't become a question without a person; the message says why."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Documents as they are now, each read once."""

    library: Documents
    rows: dict[str, Row] = field(default_factory=dict)
    turns: dict[str, tuple[Turn, ...]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def put(self, document_id: str, version: str | None) -> None:
        """Read a document.

        Raises:
            ToReviewError: it was deleted, or isn't what it was when it was cited.
        """
        try:
            info = self.library.document(document_id)
        except InputError as error:
            raise ToReviewError(f"the transcript {document_id} is gone") from error
        if version not in (None, info.document_version):
            raise ToReviewError(f"the transcript {document_id} has changed since")
        if document_id in self.rows:
            return
        text = self.library.text(document_id, info.document_version)
        turns = self.library.turns(document_id, info.document_version)
        self.texts[document_id], self.turns[document_id] = text, turns
        self.rows[document_id] = {
            "id": document_id,
            "title": info.metadata.title,
            "date": info.metadata.date,
            "url": info.metadata.url,
            "turns": [
                {"speaker": turn.speaker, "text": text[turn.char_start : turn.char_end]}
                for turn in turns
            ],
        }

    def quote(self, span: CitedSpan) -> str:
        """Return the words of a citation."""
        return self.texts[span.document_id][span.char_start : span.char_end]

    def evidence(self, span: CitedSpan) -> Row:
        """Return a citation as evidence.

        Raises:
            ToReviewError: it isn't within one turn.
        """
        for position, turn in enumerate(self.turns[span.document_id]):
            if turn.char_start <= span.char_start < span.char_end <= turn.char_end:
                return {
                    "turn_start": position,
                    "turn_end": position,
                    "quote": self.quote(span),
                    "char_start": span.char_start - turn.char_start,
                    "char_end": span.char_end - turn.char_start,
                }
        raise ToReviewError("a citation isn't within one turn")


def export(feedback: Iterable[Feedback], library: Documents) -> Export:
    """Return a data set of what was vouched for, and what is to be looked at."""
    shelf = _Shelf(library)
    questions: list[Row] = []
    review: list[Row] = []
    for each in feedback:
        try:
            questions.append(_question(each, shelf))
        except ToReviewError as error:
            review.append({**asdict(each), "why": str(error)})
    used = {str(row["document_id"]) for row in questions} | {
        str(item["document_id"]) for row in questions for item in _items(row, "evidence_elsewhere")
    }
    documents = tuple(row for document_id, row in sorted(shelf.rows.items()) if document_id in used)
    return Export(tuple(questions), documents, tuple(review))


def _question(feedback: Feedback, shelf: _Shelf) -> Row:
    if feedback.rating == "down":
        raise ToReviewError("a person rated it wrong")
    row: Row = {
        "id": f"feedback-{feedback.answer_id}",
        "question": feedback.rewritten_question or feedback.question,
        "split": SPLIT,
        "kind": feedback.status,
    }
    if feedback.status == "abstained":
        asked_of = _asked_of(feedback, shelf)
        return (
            row
            | {"document_id": asked_of, "answers": [], "answerable": False}
            | _filters(feedback.filters, [asked_of], shelf)
        )
    if not feedback.citations:
        raise ToReviewError("the answer has no citations")
    for span in feedback.citations:
        shelf.put(span.document_id, span.document_version)
    first = feedback.citations[0].document_id
    found = [(span.document_id, shelf.evidence(span)) for span in feedback.citations]
    elsewhere = [item | {"document_id": each} for each, item in found if each != first]
    return row | {
        "document_id": first,
        "answers": [feedback.short_answer]
        if feedback.short_answer
        else [shelf.quote(span) for span in feedback.citations],
        "answerable": True,
        "evidence": [item for each, item in found if each == first],
        **({"evidence_elsewhere": elsewhere} if elsewhere else {}),
        **_filters(feedback.filters, [each for each, _ in found], shelf),
    }


def _filters(filters: Filters, document_ids: Iterable[str], shelf: _Shelf) -> Row:
    """Return the key ``filters`` where there are any; its documents are left to the scope.

    Raises:
        ToReviewError: a data set can't express them, or they name nobody in these documents.
    """
    if filters.collection is not None:
        raise ToReviewError("it was asked of a collection, which a data set's documents don't have")
    infos = [shelf.library.document(each) for each in dict.fromkeys(document_ids)]
    labels: list[str] = []
    for name in filters.speakers:
        found = [label for info in infos for label in _labels(name, info)]
        if not found:
            raise ToReviewError(f"it was asked of {name!r}, who doesn't speak in what is exported")
        labels += found
    given = {
        "speakers": list(dict.fromkeys(labels)),
        "since": filters.since,
        "until": filters.until,
    }
    kept = {key: value for key, value in given.items() if value}
    return {"filters": kept} if kept else {}


def _labels(name: str, info: DocumentInfo) -> list[str]:
    """Return the labels of a document that a filter means by a name."""
    return [label for label in info.speakers if fold(name) in forms(label, info.aliases)]


def _asked_of(feedback: Feedback, shelf: _Shelf) -> str:
    """Return a document that doesn't answer: the one asked, or any that matches its filters.

    Raises:
        ToReviewError: several were named, or there is none.
    """
    ids = feedback.filters.document_ids
    if len(ids) > 1:
        raise ToReviewError("it was asked of several transcripts")
    chosen = ids[0] if ids else _first_left(feedback.filters, shelf.library)
    shelf.put(chosen, None)
    return chosen


def _first_left(filters: Filters, library: Documents) -> str:
    """Return the first document that matches the filters."""
    after: str | None = None
    while page := library.documents(after=after, limit=_PAGE):
        for info in page:
            date = info.metadata.date
            early = filters.since is not None and (date is None or date < filters.since)
            late = filters.until is not None and (date is None or date > filters.until)
            said = not filters.speakers or any(_labels(name, info) for name in filters.speakers)
            if said and not early and not late:
                return info.document_id
        after = page[-1].document_id
    raise ToReviewError("no transcript matches its filters")


def _items(row: Mapping[str, object], name: str) -> Iterable[Row]:
    items = row.get(name, ())
    return items if isinstance(items, list) else ()
