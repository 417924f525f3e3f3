"""The ``filters`` of a request → checked ``Filters``."""

from __future__ import annotations

from api.inputs import make_filters
from api.schemas import FiltersIn
from index.records import Filters


def filters_of(given: FiltersIn | None) -> Filters:
    """Return checked filters; none given filter nothing. Raises like ``make_filters``."""
    if given is None:
        return Filters()
    return make_filters(
        document_ids=given.document_ids,
        speakers=given.speakers,
        since=given.since,
        until=given.until,
        collection=given.collection,
    )
