from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import RefusedSource
from index.records import Transcript
from tests.index.formats.builders import expand, hard_words, read_one, said

HEADER = "Talks go on\n20220127\nhttps://radio.example/2022/talks\n"


def read(text: str) -> Transcript:
    return read_one(text, "text", "talks.txt")


def test_three_header_lines_state_title_date_and_url() -> None:
    metadata = read(HEADER + "MAYNES: Yes.\n").metadata
    assert (metadata.title, metadata.date) == ("Talks go on", "2022-01-27")
    assert metadata.url == "https://radio.example/2022/talks"


@pytest.mark.parametrize(
    "header",
    [
        "Title\n20220231\nhttps://radio.example/a\n",
        "Title\n2022-01-27\nhttps://radio.example/a\n",
        "Title\n20220127\nradio.example/a\n",
        "Title\n20220127\n\nhttps://radio.example/a\n",
        # Read in time that grows with its length, not with its square.
        pytest.param("Title\n20220127\nhttps://" + "a" * 100_000 + " b\n", id="endless address"),
    ],
)
def test_other_first_lines_are_turns(header: str) -> None:
    transcript = read(header + "MAYNES: Yes.\n")
    assert transcript.metadata.title == "talks"
    assert transcript.metadata.date is None
    assert said(transcript)[0] == (None, "Title")


def test_the_canonical_text_is_the_decoded_file() -> None:
    text = HEADER.replace("\n", "\r\n") + "MAYNES:  Yes. \r\n\r\nNo.\r\n"
    transcript = read("\ufeff" + text)
    assert transcript.text == text
    assert said(transcript) == [("MAYNES", "Yes."), (None, "No.")]


def test_a_turn_without_label_has_no_speaker_whoever_spoke_before() -> None:
    assert said(read(HEADER + "MAYNES: Yes.\nThe talks go on.\n"))[1] == (None, "The talks go on.")


@pytest.mark.parametrize(
    ("line", "speaker", "words"),
    [
        ("INSKEEP: OK.", "INSKEEP", "OK."),
        ("DR. O'NEIL-SMITH: OK.", "DR. O'NEIL-SMITH", "OK."),
        ("UNIDENTIFIED PERSON #2: OK.", "UNIDENTIFIED PERSON #2", "OK."),
        ("MARÍA JOSÉ: OK.", "MARÍA JOSÉ", "OK."),
        ("  Q : OK.", "Q", "OK."),
        ("He said: no", None, "He said: no"),
        ("Remember: no", None, "Remember: no"),
        ("10: ten", None, "10: ten"),
        ("HTTPS://A.EXAMPLE", None, "HTTPS://A.EXAMPLE"),
        ("NATO:no", None, "NATO:no"),
        ("A" * 61 + ": too long to be a name", None, "A" * 61 + ": too long to be a name"),
    ],
)
def test_labels_are_names_in_capitals(line: str, speaker: str | None, words: str) -> None:
    assert said(read(HEADER + line)) == [(speaker, words)]


def test_a_label_without_words_is_no_turn() -> None:
    assert said(read(HEADER + "MAYNES:\nINSKEEP: Yes.")) == [("INSKEEP", "Yes.")]


def test_nul_stays_in_the_text_but_not_in_the_label() -> None:
    transcript = read(HEADER + "MAY\0NES: It is\0 so, they say.\n")
    assert said(transcript) == [("MAY NES", "It is\0 so, they say.")]


def test_a_file_of_one_line_is_one_turn() -> None:
    assert said(read("Hello there.")) == [(None, "Hello there.")]


def test_a_header_alone_is_refused() -> None:
    with pytest.raises(RefusedSource) as caught:
        read(HEADER)
    assert caught.value.code == "no_turns"


SPEAKERS = st.none() | st.sampled_from(["INSKEEP", "DR. WHO", "ÉMILE", "Q", "ГОСТЬ"])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(SPEAKERS, hard_words(exclude=":")), min_size=1),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
    st.booleans(),
)
def test_turns_written_down_come_back(
    drawn: list[tuple[str | None, str]], line_end: str, mark: bool
) -> None:
    turns = [(speaker, expand(words)) for speaker, words in drawn]
    lines = [f"{speaker}: {words}" if speaker else words for speaker, words in turns]
    text = HEADER + line_end.join(lines) + line_end
    transcript = read(("\ufeff" if mark else "") + text)
    assert transcript.text == text
    assert said(transcript) == turns
