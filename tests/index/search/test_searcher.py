from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from index.encoders.base import Vectors
from index.library import Library
from index.records import Filters
from tests.builders import FakeEncoder, make_source


class CountingEncoder(FakeEncoder):
    """Counts the queries that are encoded."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.queries += 1
        return super().encode_queries(texts)


def test_the_passages_of_a_speaker_whom_the_question_names_come_first(tmp_path: Path) -> None:
    library = Library.open(tmp_path, FakeEncoder())
    list(
        library.ingest(
            make_source(f"{name}: The harbour stays closed, we say.", key=f"{name}.txt")
            for name in ("KELLY", "LAVROV", "MAYNES")
        )
    )
    assert library.search("What did Lavrov say about the harbour?")[0].speakers == ("LAVROV",)
    assert library.search("What did Maynes say about the harbour?")[0].speakers == ("MAYNES",)
    library.close()


def test_hits_come_in_the_order_of_their_scores(tmp_path: Path) -> None:
    library = Library.open(tmp_path, FakeEncoder())
    said = [
        f"ANN: Item {i} is about bridge {i % 7} and river {i % 5}. " + "x " * 150 for i in range(30)
    ]
    list(library.ingest([make_source(*said)]))
    scores = [hit.scores.fused for hit in library.search("bridge 3 and river 2", limit=20)]
    assert len(scores) > 10
    assert scores == sorted(scores, reverse=True)
    library.close()


def test_a_search_asked_again_is_answered_from_memory_until_something_changes(
    tmp_path: Path,
) -> None:
    library = Library.open(tmp_path, FakeEncoder())
    list(library.ingest([make_source("ANN: The bridge is closed.", key="a.txt")]))
    first = library.search("bridge")
    assert library.search("bridge") is first
    assert library.search("bridge", Filters(speakers=("BEN",))) == ()
    list(library.ingest([make_source("BEN: The bridge is open.", key="b.txt")]))
    assert {hit.speakers for hit in library.search("bridge")} == {("ANN",), ("BEN",)}
    library.delete(first[0].document_id)
    assert {hit.speakers for hit in library.search("bridge")} == {("BEN",)}
    library.close()


def test_another_process_changes_what_is_kept(tmp_path: Path) -> None:
    library = Library.open(tmp_path, FakeEncoder())
    other = Library.open(tmp_path, FakeEncoder())
    list(library.ingest([make_source("ANN: The bridge is closed.", key="a.txt")]))
    (hit,) = library.search("bridge")
    other.delete(hit.document_id)
    assert library.search("bridge") == ()
    other.close()
    library.close()


def test_a_query_is_encoded_once(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    library = Library.open(tmp_path, encoder)
    list(library.ingest([make_source("ANN: The bridge is closed.")]))
    encoder.queries = 0
    library.search("bridge")
    library.search("bridge", Filters(speakers=("ANN",)))
    assert encoder.queries == 1
    library.close()


def test_a_filter_ranks_as_if_there_were_nothing_else(tmp_path: Path) -> None:
    meeting = [
        "ANN: The budget of the river park is large.",
        "BEN: The budget of the bridge is larger.",
        "ANN: The budget is the budget.",
    ]
    crowd = [make_source(f"EVE: The bridge number {i}.", key=f"{i}.txt") for i in range(40)]
    alone = Library.open(tmp_path / "alone", FakeEncoder())
    among = Library.open(tmp_path / "among", FakeEncoder())
    sources = [make_source(line, key=f"m{i}.txt", collection="m") for i, line in enumerate(meeting)]
    list(alone.ingest(sources))
    list(among.ingest([*crowd, *sources]))
    query = "budget of the bridge"
    wanted = [hit.passage_id for hit in alone.search(query)]
    found = among.search(query, Filters(collection="m"))
    assert [hit.passage_id for hit in found] == wanted
    # Nearly each of these passages holds "budget": there it tells little, elsewhere it is rare.
    lexical = {hit.text: hit.scores.lexical or 0.0 for hit in found}
    assert lexical["The budget of the bridge is larger."] > lexical["The budget is the budget."]
    alone.close()
    among.close()
