"""``python -m eval.retrieval``: search compared with baselines, in one run.

Indexes and vectors are kept in ``--out``: a second run encodes nothing that the first did.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from eval.dataset import DataSet, load
from eval.errors import EvalError
from eval.records import TargetDocument, TargetTurn
from eval.retrieval import tables
from eval.retrieval.measure import LIMIT, Figures, figures, observe
from eval.retrieval.plan import Role, choose, plan
from eval.retrieval.sentences import BestSentences
from eval.retrieval.stock import Stock, StockText, VectorCache, wanted
from eval.retrieval.systems import Floors, Ours, System, plain_floors
from eval.targets.base import batches
from eval.targets.inprocess import take_in
from index.encoders.base import Encoder
from index.library import Library
from index.search.indexes import Indexes
from index.store.database import Database
from qa.settings import Settings

SETS = ("qmsum", "clapnq", "spoken_squad")


def measure_set(
    data: DataSet,
    out: Path,
    encoder: Encoder,
    role: Role,
    *,
    stock: bool,
    only: Sequence[str] = (),
    sample: int | None = None,
) -> list[Figures]:
    """Ingest a set, and ask every system the questions of each of its parts."""
    folder = out / data.name
    library = Library.open(folder, encoder)
    cache = VectorCache(out / "stock.sqlite3", encoder)
    with closing(library), closing(cache):
        take_in(library, (file.source() for file in batches(data.documents)))
        # Content that stands in the set twice is held once, under the first id.
        held = _ids(library)
        documents = {d.id: _held(library, d.id) for d in data.documents if d.id in held}
        database = Database(Database.url_for(folder))
        with closing(database):
            floors = Floors(database, Indexes(folder / "index", database, encoder), encoder)
            sentences = BestSentences(database, encoder)
            ours = Ours(library)
            measured = []
            for part in plan(role, data):
                if only and part.name not in only:
                    continue
                systems: list[System] = [ours, *plain_floors(floors)]
                chosen = choose(part, data, held, sample)
                if stock:
                    texts = [_text(data, documents[d.id]) for d in chosen.documents]
                    systems.append(Stock(texts, cache, limit=LIMIT))
                observed = {
                    system.name: observe(system, part, chosen, documents, sentences.of)
                    for system in systems
                }
                measured.append(figures(part, chosen, observed, ours.name))
                typer.echo(f"{part.name}: {len(chosen.questions)} questions", err=True)
    return measured


def _ids(library: Library) -> frozenset[str]:
    found: list[str] = []
    while page := library.documents(found[-1] if found else None):
        found += [info.document_id for info in page]
    return frozenset(found)


def _held(library: Library, document_id: str) -> TargetDocument:
    version = library.document(document_id).document_version
    turns = library.turns(document_id, version)
    return TargetDocument(
        document_id,
        version,
        library.text(document_id, version),
        tuple(TargetTurn(t.number, t.speaker, t.char_start, t.char_end) for t in turns),
    )


def _text(data: DataSet, document: TargetDocument) -> StockText:
    title = next(d.title for d in data.documents if d.id == document.document_id)
    return StockText(document.document_id, document.document_version, title, document.text)


def _main(
    data_root: Annotated[Path, typer.Option(help="Folder with one folder per set.")],
    out: Annotated[Path, typer.Option(help="Folder for indexes, tables and plots.")],
    sets: Annotated[list[str] | None, typer.Option(help="Only these sets.")] = None,
    part: Annotated[list[str] | None, typer.Option(help="Only these parts.")] = None,
    sample: Annotated[int | None, typer.Option(help="Most questions of a part.")] = None,
    choosing: Annotated[
        bool, typer.Option("--choosing", help="Ask the questions that settings are chosen on.")
    ] = False,
    stock: Annotated[
        bool | None, typer.Option(help="Measure LlamaIndex's fusion too; where it is installed.")
    ] = None,
) -> None:
    """Measure search compared with baselines, and write tables and plots."""
    from qa.service import open_encoder

    out.mkdir(parents=True, exist_ok=True)
    with_stock = wanted(stock)
    encoder = open_encoder(Settings())
    role: Role = "choose" if choosing else "report"
    measured: list[Figures] = []
    try:
        for name in sets or SETS:
            data = load(data_root / name)
            measured += measure_set(
                data, out, encoder, role, stock=with_stock, only=part or (), sample=sample
            )
    except EvalError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(tables.write(out, measured, Ours.name))


if __name__ == "__main__":
    typer.run(_main)
