from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.dataset import DataSet
from eval.records import (
    CitedQuote,
    DataDocument,
    DataTurn,
    EvidenceItem,
    HitRecord,
    Question,
    TargetDocument,
    TargetTurn,
)
from eval.retrieval import tables
from eval.retrieval.measure import figures, observe
from eval.retrieval.plan import Chosen, plan
from eval.retrieval.sentences import BestSentences
from eval.retrieval.systems import Floors, Ours, fuse_ranks, plain_floors
from index.library import Library
from index.search.indexes import Indexes
from index.store.database import Database
from tests.builders import FakeEncoder, make_source

TEXT = "The bridge is closed. The river rose."


class Fixed:
    """A system that always finds the same ranges."""

    def __init__(self, name: str, *ranges: tuple[int, int]) -> None:
        self.name = name
        self.asked: list[tuple[str, ...]] = []
        self._ranges = ranges

    def search(
        self, question: str, document_ids: tuple[str, ...], limit: int
    ) -> tuple[HitRecord, ...]:
        self.asked.append(document_ids)
        return tuple(HitRecord("p", "d", "v", a, b, TEXT[a:b]) for a, b in self._ranges)


def no_sentences(question: str, hits: Sequence[HitRecord]) -> tuple[CitedQuote, ...]:
    return ()


def make_chosen() -> Chosen:
    evidence = (EvidenceItem(0, 0, "The river rose.", 22, 37),)
    question = Question("q", "d", "What rose?", ("The river",), True, "dev", evidence=evidence)
    return Chosen((question,), (DataDocument("d", "T", None, None, (DataTurn(None, TEXT),)),))


def make_documents() -> dict[str, TargetDocument]:
    return {"d": TargetDocument("d", "v", TEXT, (TargetTurn(0, None, 0, len(TEXT)),))}


def test_systems_are_compared_on_the_same_questions_and_written_down(tmp_path: Path) -> None:
    (part,) = plan("report", DataSet("clapnq", (), (), ""))
    chosen, documents = make_chosen(), make_documents()
    good, bad = Fixed("ours", (22, 37)), Fixed("floor", (0, 21))
    observed = {
        system.name: observe(system, part, chosen, documents, no_sentences)
        for system in (good, bad)
    }
    measured = figures(part, chosen, observed, "ours")
    values = {v.metric: v.value for v in measured.values["ours"]}
    assert values["passage hit@1"] == values["words found in 800"] == values["MRR"] == 1.0
    differences = {d.metric: d.difference for d in measured.differences["floor"]}
    assert differences["passage hit@1"] == 1.0
    assert differences["document nDCG@10"] == 0.0
    text = tables.write(tmp_path, [measured], "ours")
    assert "| passage hit@1 | 1.000 [1.000, 1.000] | 0.000 [0.000, 0.000] |" in text
    assert (tmp_path / f"{part.name}.svg").read_text().startswith("<?xml")


def test_a_part_of_the_documents_is_named_and_the_whole_is_not() -> None:
    (part,) = plan("report", DataSet("clapnq", (), (), ""))
    system = Fixed("ours", (0, 5))
    observe(system, part, make_chosen(), make_documents(), no_sentences)
    others = make_documents() | {"e": make_documents()["d"]}
    observe(system, part, make_chosen(), others, no_sentences)
    assert system.asked == [(), ("d",)]


def test_ranks_are_fused_by_their_reciprocals() -> None:
    assert fuse_ranks([[1, 2], [3, 2]]) == [2, 1, 3]
    assert fuse_ranks([]) == []


def test_floors_see_the_passages_that_ours_sees(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    library = Library.open(tmp_path, encoder)
    list(library.ingest([make_source("ANN: The bridge is closed.", "BEN: The river rose.")]))
    database = Database(Database.url_for(tmp_path))
    floors = Floors(database, Indexes(tmp_path / "index", database, encoder), encoder)
    wanted = Ours(library).search("bridge", (), 5)
    for floor in plain_floors(floors):
        (hit,) = floor.search("bridge", (), 5)
        assert (hit.document_id, hit.char_start, hit.text) == (
            wanted[0].document_id,
            wanted[0].char_start,
            wanted[0].text,
        )
        assert floor.search("bridge", ("none",), 5) == ()
    (sentence,) = BestSentences(database, encoder).of("river rose", wanted)
    assert sentence.quote == "The river rose."
    database.close()
    library.close()


def test_making_up_texts_and_vectors_is_repeatable() -> None:
    from eval.retrieval.synthetic import SyntheticEncoder, queries, sources

    assert list(sources(0, 2)) == list(sources(0, 2))
    assert queries(3) == queries(3)
    first, again = SyntheticEncoder().encode_queries(["a", "a"])
    assert first @ again == pytest.approx(1.0)
