"""Which questions are about a whole transcript, in the ways people put them."""

from __future__ import annotations

import pytest

from qa.question.kind import Kind, names_title, recognise

# The first ten of each kind were looked at while the rules were written; the rest were not.
OVERVIEW = (
    "Summarize this meeting",
    "Can you summarise the call for me, please?",
    "What is this about?",
    "What are the main topics?",
    "tl;dr",
    "Give me the key points of the interview.",
    "What was discussed in the meeting?",
    "Please give me a short summary of this transcript.",
    "What did they talk about?",
    "I need an overview of the whole conversation",
    # held back
    "Sum up the episode in a few sentences.",
    "What's the gist of it?",
    "main takeaways?",
    "Could you recap the session for someone who missed it?",
    "What were the main discussion points of the meeting?",
    "Briefly, what was the podcast about?",
    "what topics came up",
    "I'd like a quick rundown of today's call",
    "Which subjects are covered in this recording?",
    "What happened in the meeting?",
)
SPEAKERS = (
    "Who spoke?",
    "Who are the speakers?",
    "Who was in the meeting?",
    "Who took part in the call?",
    "List the speakers.",
    "Which people speak in this transcript?",
    "who is talking here",
    "Name everyone who spoke.",
    "How many people spoke?",
    "Who attended the session?",
    # held back
    "Who's speaking in this recording?",
    "Give me a list of the participants.",
    "who were the participants of the meeting?",
    "How many speakers are there?",
    "Who participated in the discussion?",
    "Which speakers appear in the interview?",
    "Can you tell me who was on the call?",
    "Show me all speakers, please",
    "What are the names of the speakers?",
    "Who talked in the meeting?",
)
MOST = (
    "Who spoke most?",
    "Who spoke the most in the meeting?",
    "Who talked the most?",
    "Which speaker said the most?",
    "Who did most of the talking?",
    "How much did each person speak?",
    "Who dominated the conversation?",
    "What share of the talking did each speaker have?",
    "who has the most speaking time",
    "Who spoke the least?",
    # held back
    "Who speaks the most here?",
    "Who had the most to say?",
    "Which person talked most during the call?",
    "Tell me who spoke most.",
    "How long did each participant talk?",
    "Who was the most talkative?",
    "What percentage of the words did every speaker say?",
    "Who talks most often?",
    "Who did the majority of the talking in the interview?",
    "What was each speaker's share?",
)
# Ordinary questions; a summary of something that isn't a transcript is one of them.
ORDINARY = (
    "What did Ana say in summary about the bridge?",
    "Summarize what Ana said about the bridge.",
    "Summarize the discussion about the remote control's price.",
    "What was said about the budget?",
    "What are the main points Ana made?",
    "What are the key arguments against the tax?",
    "Who spoke about the harbour?",
    "Who spoke most about the harbour?",
    "Who spoke to the minister?",
    "Who said that the bridge is unsafe?",
    "Who attended the wedding?",
    "Who was in the car?",
    "Who took part in the strike?",
    "What is the report about?",
    "What is the new law about?",
    "What did the professor talk about at the conference in Oslo?",
    "What did they talk about after the vote?",
    "What did Ben and Ana discuss?",
    "How many people spoke against the motion?",
    "How many people live in Ellery?",
    "Which speaker was against the plan?",
    "What topics will the next meeting cover?",
    "What happened in Berlin?",
    "What happened after the meeting?",
    "When is the next meeting?",
    "Who chairs the meeting?",
    "Why was the meeting adjourned?",
    "Was the summary approved?",
    "Who wrote the summary?",
    "Did anyone summarise the survey?",
    "What was the main reason for the delay?",
    "What is the most important topic for the mayor?",
    "Who paid most?",
    "Who has the most votes?",
    "How much did each household pay?",
    "How long did the talks take?",
    "Give me the names of the contractors.",
    "List the decisions.",
    "What is it about the plan that Ana dislikes?",
    "Who are the candidates?",
)
# Who asks for everybody's share gets what "Who spoke?" gets.
OTHERWISE: dict[str, Kind] = {
    "Who spoke the least?": "least_spoken",
    "How much did each person speak?": "speakers",
    "What share of the talking did each speaker have?": "speakers",
    "How long did each participant talk?": "speakers",
    "What percentage of the words did every speaker say?": "speakers",
    "What was each speaker's share?": "speakers",
}
WORDED: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("overview", OVERVIEW),
    ("speakers", SPEAKERS),
    ("most_spoken", MOST),
)
# Nothing here is called what those questions name.
TITLES = ("Council meeting on the bridge", "Talks on Ukraine go on", "ICSI research meeting Bdb001")


@pytest.mark.parametrize(
    ("question", "kind"), [(question, kind) for kind, asked in WORDED for question in asked]
)
def test_a_question_about_a_whole_transcript_is_recognised(question: str, kind: Kind) -> None:
    asked = recognise(question)
    assert asked is not None
    assert (asked.kind, asked.title) == (OTHERWISE.get(question, kind), None)


@pytest.mark.parametrize("question", ORDINARY)
def test_an_ordinary_question_is_not(question: str) -> None:
    asked = recognise(question)
    if asked is not None:
        assert asked.title is not None
        assert not any(names_title(asked.title, title) for title in TITLES)


@pytest.mark.parametrize(
    ("question", "pronoun"),
    [("What is it about?", True), ("Summarize this", True), ("What is this meeting about?", False)],
)
def test_a_pronoun_alone_may_mean_something_else(question: str, pronoun: bool) -> None:
    asked = recognise(question)
    assert asked is not None
    assert asked.pronoun is pronoun


def test_a_long_question_is_read_at_once() -> None:
    assert recognise("summarize " + "the whole meeting in a few " * 400) is not None


@pytest.mark.parametrize(
    ("question", "title", "found"),
    [
        ("Summarize meeting Bdb001", "ICSI research meeting Bdb001", True),
        ("Summarise the council meeting on the bridge.", "Council meeting on the bridge", True),
        ("What is “Talks on Ukraine go on” about?", "Talks on Ukraine go on", True),
        ("Who spoke most in the council meeting?", "Council meeting on the bridge", True),
        ("Who spoke in the Bdb001 meeting?", "ICSI research meeting Bdb001", True),
        ("Summarize the bridge", "Council meeting on the bridge", False),
        ("Summarize the discussion about the bridge", "Council meeting on the bridge", False),
        ("Summarize the budget meeting", "Council meeting on the bridge", False),
    ],
)
def test_a_transcript_can_be_named_by_its_title(question: str, title: str, found: bool) -> None:
    asked = recognise(question)
    assert asked is not None
    assert asked.title is not None
    assert names_title(asked.title, title) is found
