"""``python -m eval.retrieval.cuts``: other passages under the same ranking, within the meeting.

What is tried: how long passages are, how much they overlap, whether short turns are joined, and
what is encoded and indexed with the words. Indexes are made in memory and forgotten.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from eval.aggregate import aggregate
from eval.compare import difference
from eval.dataset import DataSet, load
from eval.records import HitRecord, Observation, TargetDocument, TargetTurn
from eval.retrieval.measure import METRICS, observe
from eval.retrieval.plan import Chosen, Part, choose, plan
from eval.retrieval.systems import System
from eval.targets.batches import batches
from index.aliases import fold
from index.encoders.base import Encoder, PassageInput, PassageVectors
from index.ingest.prepare import parse
from index.library import MAX_FILE_BYTES
from index.records import Filters, Passage, Sentence, Transcript
from index.search.lexical import LexicalEntry, LexicalIndex
from index.search.ranking import Found, Stacked, ranked
from index.search.searcher import RETRIEVER_DEPTH as LEG_DEPTH
from index.store import PassageRow
from index.text.passages import PASSAGE_TOKENS, build_passages, render_passage
from qa.settings import Settings

SHOWN = ("hit within 300 words", "words found in 300", "words found in 800", "MRR")


@dataclass(frozen=True, slots=True)
class Cut:
    """A way to make passages.

    Args:
        name: names it in the table.
        tokens: how long they are.
        overlap: how many tokens of what comes before each repeats.
        join: whether short turns join their neighbours.
        title: whether the transcript's title is encoded with the words.
        labels: whether speakers' labels are encoded with the words.
        spoken_by: whether the words of the labels are indexed for every turn.
    """

    name: str
    tokens: int = PASSAGE_TOKENS
    overlap: int = 0
    join: bool = True
    title: bool = True
    labels: bool = True
    spoken_by: bool = False


CUTS = (
    Cut("160 tokens (as it is)"),
    Cut("96 tokens", tokens=96),
    Cut("190 tokens", tokens=190),
    Cut("160 tokens, 40 of them overlap", overlap=40),
    Cut("160 tokens, no short turns joined", join=False),
    Cut("160 tokens, no title", title=False),
    Cut("160 tokens, no title, no labels", title=False, labels=False),
    Cut("160 tokens, labels indexed too", spoken_by=True),
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A transcript with its sentences."""

    transcript: Transcript
    sentences: tuple[Sentence, ...]


def cut(spoken: Spoken, way: Cut, count_tokens: Callable[[str], int]) -> list[Passage]:
    """Return a transcript's passages, numbered from 0."""
    text, sentences = spoken.transcript.text, spoken.sentences
    groups: list[Sequence[Sentence]] = [sentences]
    if not way.join:
        turns: dict[int, list[Sentence]] = {}
        for sentence in sentences:
            turns.setdefault(sentence.turn, []).append(sentence)
        groups = list(turns.values())
    found: list[Passage] = []
    for group in groups:
        for passage in build_passages(text, group, count_tokens, way.tokens):
            first = group[passage.first_sentence].number
            last = group[passage.last_sentence].number
            while way.overlap and first and first > group[0].number:
                repeated = text[sentences[first - 1].char_start : passage.char_start]
                if count_tokens(repeated) > way.overlap:
                    break
                first -= 1
            start = sentences[first].char_start
            found.append(
                replace(passage, first_sentence=first, last_sentence=last, char_start=start)
            )
    return [replace(passage, number=number) for number, passage in enumerate(found)]


def rendered(spoken: Spoken, way: Cut, passage: Passage) -> PassageInput:
    """Return what is encoded for a passage."""
    metadata = spoken.transcript.metadata
    if not way.title:
        metadata = replace(metadata, title="")
    sentences = spoken.sentences
    if not way.labels:
        sentences = tuple(replace(sentence, speaker=None) for sentence in sentences)
    return render_passage(spoken.transcript.text, metadata, sentences, passage)


class Trial:
    """Searches within a document of a few that were cut in one way."""

    def __init__(
        self,
        way: Cut,
        texts: Mapping[str, Spoken],
        encoder: Encoder,
        folder: Path,
        known: dict[PassageInput, PassageVectors],
    ) -> None:
        self.name = way.name
        self._encoder = encoder
        self._texts = texts
        self._rows: dict[str, dict[int, PassageRow]] = {}
        self._vectors: dict[int, PassageVectors] = {}
        entries = []
        for document_id, spoken in texts.items():
            rows: dict[int, PassageRow] = {}
            inputs = []
            for passage in cut(spoken, way, encoder.count_tokens):
                key = len(self._vectors) + len(rows)
                metadata = spoken.transcript.metadata
                rows[key] = PassageRow(key, document_id, "v", metadata, passage)
                inputs.append(rendered(spoken, way, passage))
                entries.append(_entry(rows[key], spoken, inputs[-1], spoken_by=way.spoken_by))
            self._vectors.update(zip(rows, _encoded(inputs, encoder, known), strict=True))
            self._rows[document_id] = rows
        self._lexical = LexicalIndex(folder, way.name)
        self._lexical.replace([], entries, 1, fresh=True)

    def search(
        self, question: str, document_ids: tuple[str, ...], limit: int
    ) -> tuple[HitRecord, ...]:
        """Return passages, best first."""
        (document_id,) = document_ids
        rows = self._rows[document_id]
        vector = self._encoder.encode_queries([question])[0]
        keys = np.asarray(list(rows))
        near = np.stack([self._vectors[key].passage for key in rows]) @ vector
        lexical = dict(
            self._lexical.search(question, LEG_DEPTH, Filters(document_ids=document_ids))
        )
        both = sorted({*keys[np.argsort(-near, kind="stable")[:LEG_DEPTH]].tolist(), *lexical})
        found = Found(
            {key: rows[key] for key in both},
            Stacked.of({key: self._vectors[key] for key in both}),
            lexical,
        )
        labels = {fold(s) for row in rows.values() for s in row.passage.speakers}
        people = {label: frozenset({label}) for label in labels}
        scores = ranked(
            question,
            vector,
            found,
            speakers=lambda _: people,
            shares=lambda wanted: {key: self._shares(rows[key]) for key in wanted},
        )
        text = self._texts[document_id].transcript.text
        return tuple(
            HitRecord(
                str(key),
                document_id,
                "v",
                p.char_start,
                p.char_end,
                text[p.char_start : p.char_end],
            )
            for key in list(scores)[:limit]
            for p in [rows[key].passage]
        )

    def _shares(self, row: PassageRow) -> dict[str, float]:
        passage = row.passage
        said = self._texts[row.document_id].sentences[
            passage.first_sentence : passage.last_sentence + 1
        ]
        whole = sum(s.char_end - s.char_start for s in said)
        shares: dict[str, float] = {}
        for s in said:
            if s.speaker is not None:
                label = fold(s.speaker)
                shares[label] = shares.get(label, 0.0) + (s.char_end - s.char_start) / whole
        return shares


def _encoded(
    inputs: Sequence[PassageInput], encoder: Encoder, known: dict[PassageInput, PassageVectors]
) -> list[PassageVectors]:
    """Return vectors of passages; what another way had too isn't encoded again."""
    missing = [each for each in dict.fromkeys(inputs) if each not in known]
    known.update(zip(missing, encoder.encode_passages(missing), strict=True))
    return [known[each] for each in inputs]


def _entry(
    row: PassageRow, spoken: Spoken, encoded: PassageInput, *, spoken_by: bool
) -> LexicalEntry:
    text = spoken.transcript.text[row.passage.char_start : row.passage.char_end]
    return LexicalEntry(
        key=row.key,
        document_id=row.document_id,
        title=row.metadata.title,
        body=encoded.text if spoken_by else text,
        speakers=(),
        names=(),
        date=None,
        collection=None,
    )


def sample(part: Part, data: DataSet, meetings: int | None) -> Chosen:
    """Return a part's questions about its first so many documents."""
    chosen = choose(part, data, {document.id for document in data.documents})
    asked = list(dict.fromkeys(question.document_id for question in chosen.questions))[:meetings]
    return Chosen(
        tuple(q for q in chosen.questions if q.document_id in asked),
        tuple(d for d in chosen.documents if d.id in asked),
    )


def read(data: DataSet, chosen: Chosen) -> dict[str, Spoken]:
    """Return the transcripts that questions are asked about, as ingest reads them."""
    wanted = {document.id for document in chosen.documents}
    found = {}
    for file in batches([d for d in data.documents if d.id in wanted]):
        for parsed in parse(file.source(), MAX_FILE_BYTES):
            found[parsed.document_id] = Spoken(parsed.transcript, parsed.sentences)
    return found


def targets(texts: Mapping[str, Spoken]) -> dict[str, TargetDocument]:
    """Return the transcripts as evidence is placed in them."""
    return {
        document_id: TargetDocument(
            document_id,
            "v",
            spoken.transcript.text,
            tuple(
                TargetTurn(number, turn.speaker, turn.char_start, turn.char_end)
                for number, turn in enumerate(spoken.transcript.turns)
            ),
        )
        for document_id, spoken in texts.items()
    }


def compare(
    part: Part, chosen: Chosen, texts: Mapping[str, Spoken], encoder: Encoder, ways: Sequence[Cut]
) -> Iterator[str]:
    """Yield the rows of a table: values, and differences to the first way."""
    documents = targets(texts)
    # A scope that is the whole of the documents is searched without a filter; here it never is.
    documents["none"] = TargetDocument("none", "v", "", ())
    yield "| passages | " + " | ".join(SHOWN) + " |"
    yield "|---" * (len(SHOWN) + 1) + "|"
    known: dict[PassageInput, PassageVectors] = {}
    first: list[Observation] | None = None
    for way in ways:
        with tempfile.TemporaryDirectory() as folder:
            trial: System = Trial(way, texts, encoder, Path(folder), known)
            observed = observe(trial, part, chosen, documents, lambda *_: ())
        cells = []
        for metric in METRICS:
            if metric.name in SHOWN:
                value = aggregate(metric, [metric.score(each) for each in observed]).value or 0.0
                cell = f"{value:.3f}"
                if first is not None:
                    found = difference(metric, list(zip(first, observed, strict=True)))
                    if found.difference is not None and found.low is not None:
                        high = found.high or 0.0
                        cell += f" ({found.difference:+.3f} [{found.low:+.3f}, {high:+.3f}])"
                cells.append(cell)
        first = first or observed
        yield f"| {way.name} | " + " | ".join(cells) + " |"


def _main(
    data_root: Annotated[Path, typer.Option(help="Folder with the set qmsum.")],
    meetings: Annotated[int | None, typer.Option(help="Most meetings.")] = None,
    report: Annotated[bool, typer.Option("--report", help="Ask val instead of train.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Only these ways.")] = None,
) -> None:
    """Compare ways to make passages on real questions of QMSum, each within its meeting."""
    from qa.service import open_encoder

    data = load(data_root / "qmsum")
    part = plan("report" if report else "choose", data)[0]
    chosen = sample(part, data, meetings)
    ways = [way for way in CUTS if not only or way.name in only]
    typer.echo(
        f"{part.about}: {len(chosen.questions)} questions, {len(chosen.documents)} meetings\n"
    )
    for line in compare(part, chosen, read(data, chosen), open_encoder(Settings()), ways):
        typer.echo(line)


if __name__ == "__main__":
    typer.run(_main)
