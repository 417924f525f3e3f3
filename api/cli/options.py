"""Options that several commands share, and the service that they open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.state import CommandState
from index.records import Filters

if TYPE_CHECKING:
    from api.ports import QuestionService
    from qa.settings import Settings


def _remember(wanted: bool) -> bool:
    CommandState.json_wanted = wanted
    return wanted


Json = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document and nothing else.", callback=_remember),
]
NoWait = Annotated[
    bool, typer.Option("--no-wait", help="End once words can be found; vectors follow later.")
]
Speakers = Annotated[
    list[str] | None,
    typer.Option("--speaker", metavar="S", help="Only what S said; may be repeated."),
]
Documents = Annotated[
    list[str] | None,
    typer.Option("--document", metavar="ID", help="Only this document; may be repeated."),
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="First day, YYYY-MM-DD.")
]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Last day, YYYY-MM-DD.")]
Collection = Annotated[
    str | None, typer.Option("--collection", metavar="C", help="Only this collection.")
]


def filters_of(
    speakers: list[str] | None,
    documents: list[str] | None,
    since: str | None,
    until: str | None,
    collection: str | None,
) -> Filters:
    """Return the filters that the options name; raises ``InvalidQuery``."""
    from api.inputs import make_filters

    return make_filters(
        speakers=speakers or (),
        document_ids=documents or (),
        since=since,
        until=until,
        collection=collection,
    )


def options_of(filters: Filters) -> list[str]:
    """Return the options that filters came from."""
    named = {
        "--speaker": filters.speakers,
        "--document": filters.document_ids,
        "--since": filters.since,
        "--until": filters.until,
        "--collection": filters.collection,
    }
    return [option for option, value in named.items() if value]


def load_settings() -> Settings:
    """Read the settings from the environment; raises ``pydantic.ValidationError``."""
    from qa.settings import Settings

    return Settings.model_validate({})


@contextmanager
def open_service(settings: Settings | None = None) -> Iterator[QuestionService]:
    """Open the service for one command, and close it."""
    from api.logs import configure_logs

    chosen = settings or load_settings()
    configure_logs(chosen.log_format)
    service = CommandState.opener(chosen)
    try:
        yield service
    finally:
        service.close()
