from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from index.records import Passage, Transcript
from index.text.passages import PASSAGE_TOKENS, build_passages, render_passage
from index.text.sentences import split_sentences
from tests.builders import make_transcript


def count(text: str) -> int:
    return len(text.split())


def passages(transcript: Transcript) -> tuple[Passage, ...]:
    return build_passages(transcript.text, split_sentences(transcript), count)


def test_short_turns_join_their_neighbours() -> None:
    (only,) = passages(make_transcript(("ANN", "Shall we?"), ("BEN", "Yeah."), ("ANN", "Good.")))
    assert (only.first_sentence, only.last_sentence) == (0, 2)
    assert only.speakers == ("ANN", "BEN")


def test_a_last_short_turn_does_not_stand_alone() -> None:
    long = " ".join(["word"] * (PASSAGE_TOKENS - 2)) + "."
    found = passages(make_transcript(("ANN", long), ("BEN", "Yeah.")))
    assert len(found) == 1


def test_a_passage_ends_with_the_turn_when_it_is_full_enough() -> None:
    turn = ("It is so. " * (PASSAGE_TOKENS // 4)).strip()
    found = passages(make_transcript(("ANN", turn), ("BEN", turn)))
    assert [p.speakers for p in found] == [("ANN",), ("BEN",)]


def test_labels_stand_outside_the_ranges_of_sentences() -> None:
    transcript = make_transcript(("ANN", "Yes. No."), "Maybe.", title="Title")
    (passage,) = passages(transcript)
    sentences = split_sentences(transcript)
    rendered = render_passage(transcript.text, transcript.metadata, sentences, passage)
    assert rendered.text == "Title\nANN: Yes. No. Maybe. "
    assert [rendered.text[a:b] for a, b in rendered.sentences] == ["Yes.", "No.", "Maybe."]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ANN", "BEN", None]),
            st.integers(1, 300).map(lambda n: " ".join(["word"] * n) + "."),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_sentence_is_in_exactly_one_passage(said: list[tuple[str | None, str]]) -> None:
    transcript = make_transcript(*said)
    sentences = split_sentences(transcript)
    found = passages(transcript)
    covered = [n for p in found for n in range(p.first_sentence, p.last_sentence + 1)]
    assert covered == list(range(len(sentences)))
    for passage in found:
        size = sum(
            count(transcript.text[s.char_start : s.char_end])
            for s in sentences[passage.first_sentence : passage.last_sentence + 1]
        )
        alone = passage.first_sentence == passage.last_sentence
        assert alone or size <= 1.25 * PASSAGE_TOKENS
