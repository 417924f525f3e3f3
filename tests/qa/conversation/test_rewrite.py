from __future__ import annotations

from index.errors import DeletedDocument
from index.records import Filters, Hit
from qa.conversation.follow_ranking import meant, with_recalled
from qa.conversation.rewrite import CarryOver, Rewrite, narrowed
from qa.evidence.candidates import BaselineRanker, build_candidates
from qa.records import CitedSpan, Exchange
from tests.builders import make_hit

TALK = make_hit(
    ("ANN", "The bridge is tired. It opened in 1931."),
    ("BEN", "They promised nine million. The work starts in May."),
    date="2024-03-12",
)


class FakeRecall:
    """Knows one passage; ``gone`` documents are deleted."""

    def __init__(self, hit: Hit, *, gone: bool = False) -> None:
        self.hit = hit
        self.gone = gone

    def is_current(self, document_id: str, version: str) -> bool:
        """Return true: nothing is ever replaced here."""
        return True

    def passage_at(self, document_id: str, version: str, char_start: int, char_end: int) -> Hit:
        """Return the passage."""
        if self.gone:
            raise DeletedDocument(f"{document_id!r} was deleted")
        return self.hit

    def search(
        self, query: str, filters: Filters | None = None, limit: int = 10
    ) -> tuple[Hit, ...]:
        """Find the passage, whatever is asked."""
        return (self.hit,)


def exchange(*numbers: int, question: str = "What about the money?") -> Exchange:
    spans = tuple(
        CitedSpan("talk", TALK.document_version, s.char_start, s.char_end)
        for s in (TALK.sentences[n] for n in numbers)
    )
    return Exchange(question, "An answer [1]", spans)


def rewrite(question: str, *history: Exchange, filters: Filters | None = None) -> Rewrite:
    return CarryOver(FakeRecall(TALK)).rewrite(question, history, filters or Filters())


def test_what_was_cited_is_recalled_sentence_by_sentence() -> None:
    found = rewrite("Who said that?", exchange(2, 3))
    assert [r.text for r in found.recalled] == [
        "They promised nine million.",
        "The work starts in May.",
    ]
    assert found.attribution
    assert found.shown == "Who said “They promised nine million.”?"


def test_a_question_that_stands_alone_recalls_nothing() -> None:
    found = rewrite("When did the bridge open?", exchange(2))
    assert (found.question, found.shown, found.recalled) == ("When did the bridge open?", None, ())


def test_a_client_without_citations_is_recalled_by_the_exact_quotes_of_its_answer() -> None:
    quoted = Exchange("How much?", "BEN: “They promised nine million.” [1]")
    altered = Exchange("How much?", "BEN: “They promised ten million.” [1]")
    assert [r.text for r in rewrite("Says who?", quoted).recalled] == [
        "They promised nine million."
    ]
    assert rewrite("Says who?", altered).recalled == ()


def test_what_was_deleted_or_is_filtered_out_is_not_recalled() -> None:
    gone = CarryOver(FakeRecall(TALK, gone=True))
    assert gone.rewrite("Who said that?", [exchange(2)], Filters()).recalled == ()
    for filters in (
        Filters(speakers=("ann",)),
        Filters(document_ids=("other",)),
        Filters(since="2024-03-13"),
        Filters(collection="council"),
    ):
        assert rewrite("Why?", exchange(2), filters=filters).recalled == ()
    assert rewrite("Why?", exchange(2), filters=Filters(speakers=("ben",))).recalled


def test_an_earlier_follow_up_is_understood_before_the_next_one() -> None:
    history = [exchange(0, question="What did Price say?"), exchange(0, question="And Okafor?")]
    assert rewrite("And when?", *history).question == "When did Okafor say?"


def test_a_pronoun_for_a_speaker_narrows_to_that_speaker_unless_speakers_are_chosen() -> None:
    found = rewrite("What else did she say?", exchange(0, question="How is it?"))
    assert narrowed(Filters(), found.meaning) == Filters(speakers=("ANN",))
    assert narrowed(Filters(speakers=("BEN",)), found.meaning) == Filters(speakers=("BEN",))
    assert narrowed(Filters(), None) == Filters()


def test_passages_cited_before_join_those_found_once() -> None:
    other = make_hit("Something else.", document_id="other", key=2)
    found = rewrite("Why?", exchange(0))
    assert with_recalled([other], found) == (other, TALK)
    assert with_recalled([TALK, other], found) == (TALK, other)


def texts(found: Rewrite) -> list[str]:
    candidates = build_candidates(found.question, [TALK], [(0.1,) * len(TALK.sentences)])
    ranked = BaselineRanker().rank(found.question, candidates)
    return [r.candidate.text for r in meant(ranked, found)]


def test_who_said_that_means_what_was_cited_and_what_else_the_rest() -> None:
    assert texts(rewrite("Who said that?", exchange(3, 0))) == [
        "The work starts in May.",
        "The bridge is tired.",
    ]
    assert "They promised nine million." not in texts(rewrite("What else?", exchange(2)))


def test_a_follow_up_prefers_what_stands_beside_the_citation_and_can_hold_the_answer() -> None:
    assert texts(rewrite("Since when?", exchange(0)))[0] == "It opened in 1931."
    assert texts(rewrite("And when?", exchange(2)))[0] == "The work starts in May."
