"""``transcript-qa documents list|show|alias|delete``."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Json, open_service
from api.cli.output import escape, out, print_json
from index.aliases import as_mapping, fold
from index.errors import InvalidAlias

if TYPE_CHECKING:
    from api.ports import Documents
    from index.records import DocumentInfo

app = typer.Typer(
    help="List, show, name the speakers of, or delete documents.",
    no_args_is_help=True,
    rich_markup_mode=None,
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
        if isinstance(value, dict):
            shown = "; ".join(f"{label} = {alias}" for label, alias in value.items()) or None
        out.print(f"[dim]{name:<17}[/] {escape('–' if shown is None else str(shown))}")


@app.command("alias")
def alias(
    document_id: DocumentId,
    pairs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[LABEL=NAME]...", help="Names to set, the others stay."),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="LABEL", help="Remove a name; may be repeated."),
    ] = None,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Show names said in the transcript; sets nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Show or change whom the labels of a document stand for: INSKEEP="Steve Inskeep, host"."""
    from api.inputs import check_document_id
    from api.render import aliases_json

    with open_service() as service:
        library = service.library
        aliases = library.aliases(check_document_id(document_id))
        if pairs or remove:
            names = changed(as_mapping(aliases), pairs or (), remove or ())
            aliases = library.set_aliases(document_id, names)
        suggestions = library.suggest_aliases(document_id) if suggest else ()
    if json:
        print_json(aliases_json(document_id, aliases, suggestions))
        return
    if not aliases:
        out.print("No label of it has a name.")
    for label, name in aliases:
        out.print(f"[cyan]{escape(label)}[/] = {escape(name)}")
    for found in suggestions:
        command = shlex.join(["transcript-qa", "documents", "alias", document_id])
        command += f" {shlex.quote(f'{found.label}={found.name}')}"
        out.print(f"[dim]turn {found.turn} says[/] {escape(found.name)}[dim]; to use it:[/]")
        out.print(f"  {escape(command)}")


def changed(
    names: Mapping[str, str], pairs: Sequence[str], remove: Sequence[str]
) -> dict[str, str]:
    """Return the names after these changes.

    Raises:
        InvalidAlias: a pair isn't LABEL=NAME, or a label to take away has no name.
    """
    after = {fold(label): (label, name) for label, name in names.items()}
    for label in remove:
        if after.pop(fold(label), None) is None:
            raise InvalidAlias(f"the label {label!r} has no name to remove")
    for pair in pairs:
        label, equals, name = pair.partition("=")
        if not equals:
            raise InvalidAlias(f"{pair!r} isn't a pair; write LABEL=NAME, such as 'INSKEEP=Steve'")
        after[fold(label)] = (label, name)
    return dict(after.values())


@app.command("delete")
def delete(document_id: DocumentId, json: Json = False) -> None:
    """Delete a document; searches no longer see it."""
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
