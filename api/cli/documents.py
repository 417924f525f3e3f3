"""``transcript-qa documents list|show|delete``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Json, open_service
from api.cli.output import escape, out, print_json

if TYPE_CHECKING:
    from api.ports import Documents
    from index.records import DocumentInfo

app = typer.Typer(
    help="List, show or delete documents.", no_args_is_help=True, rich_markup_mode=None
)

# Documents read at once while listing; bounds memory, not the list.
PAGE = 500

DocumentId = Annotated[str, typer.Argument(metavar="ID", help="The document's id.")]


@app.command("list")
def list_documents(json: Json = False) -> None:
    """List every document."""
    from api.render import document_json

    with open_service() as service:
        found = list(_all_documents(service.library))
    if json:
        print_json({"documents": [document_json(info) for info in found]})
        return
    if not found:
        out.print("There are no documents; add some with `transcript-qa ingest PATH`.")
    for info in found:
        facts = f"{info.metadata.date or 'no date':<10}  {info.turns:>5} turns"
        title = escape(info.metadata.title)
        out.print(f"[cyan]{info.document_id}[/]  [dim]{facts}[/]  {title}")


@app.command("show")
def show(document_id: DocumentId, json: Json = False) -> None:
    """Show what is known about a document."""
    from api.inputs import check_document_id
    from api.render import document_json

    with open_service() as service:
        info = service.library.document(check_document_id(document_id))
    if json:
        print_json(document_json(info))
        return
    for name, value in document_json(info).items():
        shown = ", ".join(value) if isinstance(value, list) else value
        out.print(f"[dim]{name:<17}[/] {escape('–' if shown is None else str(shown))}")


@app.command("delete")
def delete(document_id: DocumentId, json: Json = False) -> None:
    """Delete a document; searches don't see it any more."""
    from api.inputs import check_document_id

    with open_service() as service:
        service.library.delete(check_document_id(document_id))
    if json:
        print_json({"document_id": document_id, "deleted": True})
    else:
        out.print(f"deleted {document_id}")


def _all_documents(library: Documents) -> Iterator[DocumentInfo]:
    after: str | None = None
    while page := library.documents(after=after, limit=PAGE):
        yield from page
        after = page[-1].document_id
