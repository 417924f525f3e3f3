from __future__ import annotations

import pytest

from qa.question.small_talk import SmallTalk, small_talk

# The first half of each list was looked at while the patterns were written, the second was not.
GREETINGS: tuple[tuple[str, SmallTalk], ...] = (
    ("Hi", "greeting"),
    ("Hello!", "greeting"),
    ("hey there", "greeting"),
    ("Good morning", "greeting"),
    ("Hi, how are you?", "greeting"),
    ("Thanks", "thanks"),
    ("Thank you so much for your help!", "thanks"),
    ("ok great, thanks", "thanks"),
    ("bye", "farewell"),
    ("OK", "empty"),
)
GREETINGS_HELD_BACK: tuple[tuple[str, SmallTalk], ...] = (
    ("Hellooo", "greeting"),
    ("Good evening, everyone.", "greeting"),
    ("hey, what’s up?", "greeting"),
    ("Hi again", "greeting"),
    ("Cheers, that was really helpful", "thanks"),
    ("thank u", "thanks"),
    ("Thanks a lot, bye!", "thanks"),
    ("See you later", "farewell"),
    ("hmm", "empty"),
    ("Can you tell me a joke?", "empty"),
)
ABILITY = (
    "What can you do?",
    "what can you do for me",
    "What can I ask you?",
    "How can you help me?",
    "Help!",
    "Who are you?",
    "How does this work?",
    "What kind of questions can I ask?",
    "Hi! What can you do?",
    "What questions can you answer?",
)
ABILITY_HELD_BACK = (
    "What else can you do?",
    "What are you able to do?",
    "what are your capabilities",
    "Could you please tell me what you can do?",
    "How do I use this?",
    "What should I ask?",
    "are you a robot?",
    "Hello, can you help me?",
    "What is this tool for?",
    "How do I use this app?",
)
QUESTIONS = (
    "Hi-fi sales rose by how much?",
    "Hi, where will the next round of talks be held?",
    "Who said hello to the minister?",
    "Thanks to whom was the bridge finished?",
    "What can you do about inflation, according to Lagarde?",
    "What can the council do?",
    "What are you going to do about the roof, asked who?",
    "What is this about?",
    "What is the help line's number?",
    "Who can help tenants?",
    "How does the pump work?",
    "How can residents help?",
    "Good Morning America's ratings?",
    "When is Thanksgiving?",
    "Who are the speakers?",
    "Who are you referring to?",
    "more",
    "and why?",
    "Who said that?",
    "What about Germany?",
    "Summarize this meeting",
    "What was decided?",
    "What questions did the auditor ask?",
    "Are you sure that Berlin is the venue?",
    "OK Corral: when was the fight?",
    "No new taxes?",
    "What do you know about the budget?",
    "Tell me about the merger",
    "Did the test pass?",
    "Budget",
    "What should I do?",
)


@pytest.mark.parametrize(("text", "kind"), [*GREETINGS, *GREETINGS_HELD_BACK])
def test_small_talk_is_told_by_its_kind(text: str, kind: SmallTalk) -> None:
    assert small_talk(text) == kind


@pytest.mark.parametrize("text", [*ABILITY, *ABILITY_HELD_BACK])
def test_what_asks_about_the_service_is_told(text: str) -> None:
    assert small_talk(text) == "ability"


@pytest.mark.parametrize("text", QUESTIONS)
def test_questions_are_not_taken_for_small_talk(text: str) -> None:
    assert small_talk(text) is None
    assert small_talk(text, follows=True) is None


def test_how_it_works_asks_of_what_was_asked_before() -> None:
    assert small_talk("How does it work?") == "ability"
    assert small_talk("How does it work?", follows=True) is None
    assert small_talk("What can it do?", follows=True) is None


def test_a_long_run_of_small_talk_ends() -> None:
    assert small_talk("ok " * 600 + "where is it?") is None
