"""The ``filters`` of a request → checked ``Filters``."""

from __future__ import annotations

from api.inputs import check_filters
from api.ports import QuestionService
from api.schemas import FiltersIn
from index.records import Filters


def filters_of(service: QuestionService, given: FiltersIn | None) -> Filters:
    """Return checked filters; none given filter nothing.

    Raises:
        InvalidQuery: see ``check_filters``.
        UnknownDocument: a document id that no document has.
        DeletedDocument: a document that was deleted.
    """
    if given is None:
        return Filters()
    return check_filters(
        service.library,
        document_ids=given.document_ids,
        speakers=given.speakers,
        since=given.since,
        until=given.until,
        collection=given.collection,
    )
