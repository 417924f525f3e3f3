"""Questions about whole transcripts, asked of a service over a real library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.library import Library
from index.records import Filters, Source
from qa.answer.engine import AnswerEvent, StatementEvent
from qa.answer.whole_transcripts import MOST
from qa.conversation.rewrite import CarryOver
from qa.records import Answer, Ask, Exchange
from qa.service import Service
from qa.settings import Settings
from tests.builders import FakeEncoder
from tests.qa.answer.test_engine import make_engine

HARBOUR = "The harbour wall needs new stones before the harbour freezes over in the winter."
SCHOOL = "The school roof leaks, so the school moves its classes to the church for a term."
COUNCIL = [
    *[f"ANN: {HARBOUR} The harbour has stones {n}." for n in range(12)],
    "BEN: Is the harbour wall safe for the harbour boats that come in at night?",
    *[f"BEN: {SCHOOL} The school has roofs {n}." for n in range(12)],
]


def transcript(title: str, *lines: str) -> str:
    return "\n".join([title, "20240312", "https://ellery.example/1", *lines])


def serve(folder: Path, *texts: tuple[str, str]) -> Service:
    """Return a service over transcripts given as (id, text); its encoder needs no model."""
    library = Library.open(folder, FakeEncoder())
    sources = [Source(f"{id_}.txt", text.encode(), document_id=id_) for id_, text in texts]
    list(library.ingest(sources))
    engine = make_engine(confidence=0.1)
    engine._retriever = engine._transcripts = library
    return Service(Settings(), library, engine)


@pytest.fixture
def council(tmp_path: Path) -> Iterator[Service]:
    service = serve(tmp_path, ("council", transcript("Council", *COUNCIL)))
    yield service
    service.close()


def check(service: Service, answer: Answer) -> None:
    """Hold an answer to what holds for every answer."""
    assert answer.status == "answered"
    for statement in answer.statements:
        assert answer.answer[statement.char_start : statement.char_end] == statement.text
        assert statement.citations
    for citation in answer.citations:
        text = service.library.text(citation.document_id, citation.document_version)
        assert text[citation.char_start : citation.char_end] == citation.quote


def test_an_overview_quotes_a_sentence_of_each_topic_and_says_what_was_looked_at(
    council: Service,
) -> None:
    answer = council.ask(Ask("Summarize this meeting"))
    check(council, answer)
    lead, *lines = answer.answer.split("\n")
    assert lead == (
        "Looked at all 25 turns of “Council” (2024-03-12). "
        f"One sentence for each of {len(lines)} parts that says most, in order:"
    )
    assert 2 <= len(lines) <= MOST
    assert (answer.citations[0].quote, answer.citations[-1].quote) == (HARBOUR, SCHOOL)
    assert (lines[0].split(":")[0], lines[-1].split(":")[0]) == ("ANN", "BEN")
    assert {s.origin for s in answer.statements} == {"quoted"}
    turns = [c.turn for c in answer.citations]
    assert turns == sorted(set(turns))


def test_a_speaker_filter_binds_an_overview(council: Service) -> None:
    answer = council.ask(Ask("What are the main topics?", Filters(speakers=("ben",))))
    check(council, answer)
    assert {c.speaker for c in answer.citations} == {"BEN"}
    assert answer.answer.startswith("Looked at all 13 turns by the chosen speakers of “Council”")


def test_times_stand_beside_the_speaker(tmp_path: Path) -> None:
    cues = "".join(
        f"\n{n // 60:02}:{n % 60:02}.000 --> {n // 60:02}:{n % 60:02}.900\n<v Ann>{HARBOUR}\n"
        for n in range(61, 71)
    )
    library = Library.open(tmp_path, FakeEncoder())
    list(library.ingest([Source("call.vtt", f"WEBVTT\n{cues}".encode())]))
    engine = make_engine()
    engine._retriever = engine._transcripts = library
    service = Service(Settings(), library, engine)
    answer = service.ask(Ask("tl;dr"))
    check(service, answer)
    assert "\nAnn, 01:01: “" in answer.answer
    service.close()


def test_a_limit_bounds_the_sentences_and_their_pieces_are_the_answer(council: Service) -> None:
    events = list(council.stream(Ask("Summarize this meeting", limit=1)))
    assert isinstance(events[-1], AnswerEvent)
    told = [event for event in events if isinstance(event, StatementEvent)]
    assert len(told) == 1
    assert "".join(event.text for event in told) == events[-1].answer.answer


def several(folder: Path, count: int) -> Service:
    return serve(
        folder,
        *(
            (f"t{n}", transcript(f"Session number {n}", f"ANN: {HARBOUR} {n}", f"BEN: {SCHOOL}"))
            for n in range(count)
        ),
    )


def test_of_a_few_transcripts_each_gets_a_sentence(tmp_path: Path) -> None:
    service = several(tmp_path, 3)
    answer = service.ask(Ask("What was discussed?"))
    check(service, answer)
    assert [c.document_id for c in answer.citations] == ["t0", "t1", "t2"]
    assert answer.answer.startswith("Looked at all 6 turns of 3 transcripts.")
    assert "“Session number 2” (2024-03-12): “" in answer.answer
    service.close()


@pytest.mark.parametrize("question", ["Summarize the meeting", "Who spoke most?"])
def test_of_many_transcripts_some_must_be_chosen(tmp_path: Path, question: str) -> None:
    service = several(tmp_path, MOST + 1)
    answer = service.ask(Ask(question))
    assert answer.status == "abstained"
    assert answer.abstention is not None
    assert answer.abstention.reason == "choose_transcripts"
    assert "8 transcripts" in answer.answer
    assert "“Session number 0”" in answer.answer
    assert "don't say" not in answer.answer
    service.close()


def test_a_transcript_is_chosen_by_its_title_or_by_a_filter(tmp_path: Path) -> None:
    service = several(tmp_path, MOST + 1)
    for ask in (
        Ask("Summarize session number 5"),
        Ask("Summarize this", Filters(document_ids=("t5",))),
    ):
        answer = service.ask(ask)
        check(service, answer)
        assert {c.document_id for c in answer.citations} == {"t5"}
    service.close()


def test_who_spoke_most_is_counted_and_cited_where_each_begins(council: Service) -> None:
    answer = council.ask(Ask("Who spoke most?"))
    check(council, answer)
    # ANN says 12 times 14 + 5 words; BEN asks 14 and says 12 times 16 + 5.
    assert answer.answer.split("\n") == [
        "Counted all 25 turns of “Council” (2024-03-12): 494 words by 2 speakers.",
        "BEN spoke 266 words (54%) in 13 turns. [1]",
        "ANN spoke 228 words (46%) in 12 turns. [2]",
    ]
    assert answer.short_answer == "BEN"
    assert {s.origin for s in answer.statements} == {"counted"}
    assert [(c.speaker, c.turn) for c in answer.citations] == [("BEN", 12), ("ANN", 0)]
    assert answer.confidence == 1.0


def test_who_spoke_least_comes_first_where_that_is_asked(council: Service) -> None:
    answer = council.ask(Ask("Who spoke the least?"))
    assert answer.short_answer == "ANN"
    assert answer.statements[0].text.startswith("ANN")
    assert council.ask(Ask("Who spoke?")).short_answer is None


def test_shares_are_of_all_that_is_said_whatever_is_filtered(council: Service) -> None:
    answer = council.ask(Ask("Who spoke?", Filters(speakers=("ANN",))))
    assert [s.text for s in answer.statements] == ["ANN spoke 228 words (46%) in 12 turns."]


def test_an_alias_is_who_speaks(council: Service) -> None:
    council.library.set_aliases("council", {"BEN": "Ben Okri, clerk"})
    answer = council.ask(Ask("Who spoke most?"))
    assert answer.short_answer == "Ben Okri, clerk"
    assert answer.citations[0].speaker == "BEN"


def test_who_spoke_in_a_few_transcripts_is_told_of_each(tmp_path: Path) -> None:
    service = several(tmp_path, 2)
    answer = service.ask(Ask("Who spoke?"))
    check(service, answer)
    assert [s.text for s in answer.statements] == [
        "“Session number 0” (2024-03-12): BEN (52%), ANN (48%).",
        "“Session number 1” (2024-03-12): BEN (52%), ANN (48%).",
    ]
    assert [s.citations for s in answer.statements] == [(1, 2), (3, 4)]
    service.close()


def test_a_transcript_without_labels_says_so_and_guesses_nobody(tmp_path: Path) -> None:
    service = serve(tmp_path, ("talk", f"{HARBOUR}\n\n{SCHOOL}\n"))
    answer = service.ask(Ask("Who spoke most?"))
    assert answer.status == "abstained"
    assert "names its speaker" in answer.answer
    overview = service.ask(Ask("Summarize it"))
    check(service, overview)
    service.close()


@pytest.mark.parametrize(
    ("question", "filters", "answer"),
    [
        ("Summarize what Zoe said about the moon", Filters(), "The transcripts don't say."),
        ("Summarize", Filters(speakers=("ZOE",)), "No transcript matches the filters."),
    ],
)
def test_what_is_no_question_about_a_whole_transcript_goes_its_usual_way(
    council: Service, question: str, filters: Filters, answer: str
) -> None:
    assert council.ask(Ask(question, filters)).answer.startswith(answer)


@pytest.mark.parametrize(
    ("question", "overview"), [("Summarize the meeting", True), ("What is it about?", False)]
)
def test_in_a_conversation_a_pronoun_is_left_to_what_was_said_before(
    council: Service, question: str, overview: bool
) -> None:
    council.engine._rewriter = CarryOver(council.library)
    history = (Exchange("Where does the school move its classes?", f"“{SCHOOL}”"),)
    answer = council.ask(Ask(question, history=history))
    assert answer.answer.startswith("Looked at all 25 turns") is overview
