"""What no protocol foresees, over real HTTP: a right answer or an honest outage, never a guess."""

from __future__ import annotations

import gzip
import json
import time
from email.utils import formatdate
from typing import Any

import pytest

from index.errors import ModelUnavailable
from qa.generation.instruct.reply import MOST_CHARS, JsonReader, LineReader
from qa.llm.protocol import retry_after
from tests.qa.generation.instruct.test_writer import BERLIN, asked, outage, talking, texts
from tests.qa.llm.scripted_server import (
    Fails,
    Says,
    ScriptedServer,
    Sends,
    Step,
    chunk,
    events,
    statements,
)

GOOD = statements(BERLIN)
STOP = chunk({}, "stop")
NO_FORM = Says("No.")


def pieces(text: str, size: int = 9) -> list[dict[str, Any]]:
    return [chunk({"content": text[n : n + size]}) for n in range(0, len(text), size)]


def streamed(*bodies: object, **how: Any) -> Sends:
    return Sends(events(*bodies, **how))


def item(**fields: object) -> Says:
    """Return a reply of one statement as a server sends it that keeps to no schema."""
    return Says(json.dumps({"statements": [{**BERLIN, **fields}], "insufficient": False}))


SPLIT = statements({**BERLIN, "quote": "é語😀"})
HALF = b'data: {"id":"x","choices":[{"index":0,"delta":{"content":"\\ud83d"}}]}\n\n'
BEFORE, BEHIND = GOOD[: GOOD.index(".")], GOOD[GOOD.index(".") :]
COUNTS = {"prompt_tokens": "7", "completion_tokens": None}


@pytest.mark.parametrize(
    "step",
    [
        streamed({"id": "x", "choices": []}, *pieces(GOOD), STOP),
        streamed(chunk({"content": None}), *pieces(GOOD), chunk({"content": None}, "stop")),
        streamed(*pieces(GOOD), STOP, line_end="\r\n"),
        streamed(*pieces(GOOD), STOP, done=False),
        Sends(b": waiting\n\nevent: message\nretry: 5\n" + events(*pieces(GOOD), STOP)),
        Sends(events(*pieces(SPLIT, 5), STOP), size=1),
        streamed(*pieces(GOOD), STOP, {"id": "x", "choices": [], "usage": COUNTS}),
        streamed(*pieces(GOOD), STOP, {"id": "x", "choices": [], "usage": [1]}),
        Sends(
            events(*pieces(BEFORE), done=False) + HALF + events(*pieces(BEHIND), STOP),
        ),
        item(cites="S2"),
        item(cites=2),
        item(cites=[2]),
        item(cites=["2"]),
        item(cites=["[S2]"]),
        item(cites=["S2 | MAYNES | 2022-01-27"]),
        item(cites=[True, 2.5, None, "S2"]),
        item(cites=["S" + "9" * 5000, "2 weeks", "S2"]),
        item(quote=["next", "round"], short=7),
        item(quote="\ud83d", short="\udc00"),
        item(text="The next round will be in Berlin.\ud83d"),
        item(text="The next round will be\x00 in Berlin\x1b."),
        item(text="The next round will be in Berlin [[9]7]."),
        Says("```json\n" + json.dumps({"answer": json.loads(GOOD)}) + "\n```"),
        Says(json.dumps({"thought": 'It says "Berlin", {S2}.', "n": 1, **json.loads(GOOD)})),
        Says(GOOD.replace('{"text"', '{"text": "The next round will be in Paris.", "text"')),
    ],
    ids=lambda step: f"{step}"[:90],
)
def test_what_can_be_understood_is(step: Step) -> None:
    answer, server = asked(step, mode="generate")
    assert texts(answer) == [BERLIN["text"]]
    assert [c.quote for c in answer.citations] == ["The next round will be in Berlin."]
    assert (answer.degraded, len(server.requests)) == ((), 1)
    json.dumps(answer.to_json(), ensure_ascii=False).encode()


def test_two_ids_in_one_string_are_two() -> None:
    for cites in ("S2, S5", ["S2 S5"], ["[S2],[S5]"], ["S2 and S5"]):
        answer, _ = asked(item(cites=cites))
        assert len(answer.citations) == 2


@pytest.mark.parametrize(
    "step",
    [
        Sends(b""),
        Sends(b"<html><body>Log in</body></html>", kind="text/html"),
        Sends(b'{"choices": []}', kind="application/json"),
        Sends(b"\x1f\x8bnonsense", headers={"content-encoding": "gzip"}),
        Sends(
            gzip.compress(events(*pieces(GOOD), STOP), mtime=0),
            headers={"content-encoding": "gzip"},
        ),
        Sends(bytes(range(256)) * 10),
        streamed({"id": "x", "choices": []}),
        streamed({"id": "x", "choices": None}),
        streamed(chunk({"content": None}, "stop")),
        streamed(chunk({"content": [{"type": "text", "text": GOOD}]}), STOP),
        streamed(chunk(None), STOP),
        streamed(*pieces(GOOD)[:3], {"error": {"message": "out of memory", "code": 500}}),
        item(cites=None),
        item(cites=[{"id": "S2"}]),
        item(text=5),
        Says(json.dumps({"statements": BERLIN, "insufficient": False})),
        Says(json.dumps({"statements": "Berlin [S2]", "insufficient": False})),
        Says(json.dumps({"statements": ["Berlin [S2]"], "insufficient": False})),
        Says('{"statements": [{"text": ' + "[" * 40_000, size=4000),
        Says('{"statements": [], "x": ' + "[" * 40_000, size=4000),
    ],
    ids=lambda step: f"{step}"[:90],
)
def test_what_cannot_be_understood_is_an_outage(step: Step) -> None:
    outage(step)


@pytest.mark.parametrize("body", [{"statements": None, "insufficient": True}, {"insufficient": 1}])
def test_only_a_reply_that_says_so_finds_the_evidence_insufficient(body: dict[str, Any]) -> None:
    answer, _ = asked(Says(json.dumps(body)))
    assert answer.abstention is not None
    told = "no_evidence" if body["insufficient"] is True else "unsupported"
    assert answer.abstention.reason == told


@pytest.mark.parametrize(
    "text",
    [
        "The next round will be in Berlin, see evil.example/now.",
        "The next round will be in Berlin, see evil.example.",
        "The next round will be in [Berlin](//evil.example).",
        "The next round will be in [Berlin](now).",
        "The next round will be in Berlin. " * 40,
    ],
)
def test_a_statement_that_leads_elsewhere_or_has_no_end_goes(text: str) -> None:
    answer, _ = asked(item(text=text), item(text=text))
    assert answer.abstention is not None
    assert answer.abstention.reason == "unsupported"


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "TRANSCRIPT_QA_LLM_API_KEY"),
        (403, "TRANSCRIPT_QA_LLM_API_KEY"),
        (404, "TRANSCRIPT_QA_LLM_BASE_URL and the model's name"),
        (400, "the model's name and its context length"),
    ],
)
def test_a_refused_request_says_what_to_set_and_repeats_nothing_of_the_reply(
    status: int, advice: str
) -> None:
    step = Fails(status, body=b'{"error": {"message": "no model m for key sk-123"}}')
    with (
        talking(ScriptedServer(always=step)) as talk,
        pytest.raises(ModelUnavailable, match=advice) as told,
    ):
        talk.ask("generate")
    assert "sk-123" not in str(told.value)


def test_an_address_without_a_reply_says_what_to_set() -> None:
    with (
        talking(ScriptedServer(always=Sends(b"<html>", kind="text/html"))) as talk,
        pytest.raises(ModelUnavailable, match="LLM_BASE_URL, it usually ends in /v1"),
    ):
        talk.ask("generate")


def test_a_name_that_was_wrong_for_a_while_costs_no_form() -> None:
    steps = (Fails(404), Fails(404), Fails(404), Says(GOOD))
    with talking(ScriptedServer(*steps)) as talk:
        assert talk.ask().degraded == ("llm_unavailable",)
        assert texts(talk.ask()) == [BERLIN["text"]]
    asked_for = [(r.get("response_format") or {}).get("type") for r in talk.server.requests]
    assert asked_for == ["json_schema", "json_object", None, "json_schema"]


def test_a_pause_is_taken_from_a_date_too_and_a_long_one_is_an_outage_at_once() -> None:
    now = 1_700_000_000.0
    assert retry_after(formatdate(now + 8, usegmt=True), now) == 8
    for nothing in (None, "soon", "-5", "nan", formatdate(now - 8), "Mon, 99 Foo 2020"):
        assert retry_after(nothing, now) is None
    for long in ("1000000000", "inf", formatdate(time.time() + 3600, usegmt=True)):
        server = ScriptedServer(always=Fails(429, {"retry-after": long}))
        with talking(server) as talk, pytest.raises(ModelUnavailable, match="ask again later"):
            talk.ask("generate")
        assert (talk.pauses, len(server.requests)) == ([], 1)


def test_a_reply_without_an_end_is_left_where_no_answer_is_that_long() -> None:
    endless = '{"statements": [{"text": "' + "so " * (5_000_000 // 3)
    server = ScriptedServer(always=streamed(*pieces(endless, 5000), STOP))
    with talking(server, 60.0) as talk, pytest.raises(ModelUnavailable, match="was cut off"):
        talk.ask("generate")


def test_reading_takes_time_in_proportion_to_the_reply() -> None:
    reader = JsonReader()
    started = time.process_time()
    for n in range(0, MOST_CHARS, 4):
        assert list(reader.feed('{"statements": [{"text": "' if n == 0 else "a {}")) == []
    assert time.process_time() - started < 5, "twenty thousand pieces took a minute, each read anew"


def test_thoughts_in_lines_are_no_statements_nor_json() -> None:
    thought = "<think>\nParis, perhaps. [S2]\nINSUFFICIENT\n</think>\n"
    line = "- The next round will be in Berlin. [S2]"
    answer, _ = asked(NO_FORM, NO_FORM, Says(thought + line))
    assert texts(answer) == [BERLIN["text"]]
    reader = LineReader()
    told = list(reader.feed(f"{GOOD}\n<think>Rome [S1]</think>{line} <think>and [S4]\n[S3] no\n"))
    assert [(claim.text, claim.cites) for claim in told] == [(BERLIN["text"], (2,))]
    assert not reader.end().insufficient


def test_an_id_without_measure_in_a_line_is_unknown() -> None:
    huge = Says(f"The next round will be in Berlin. [S{'9' * 3000}]")
    answer, _ = asked(NO_FORM, NO_FORM, huge, huge)
    assert answer.abstention is not None
    assert answer.abstention.reason == "unsupported"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"statements": [{**BERLIN, "text": "a" + " " * 90_000 + "b"}]}),
        json.dumps({"statements": [{**BERLIN, "text": "[1" * 30_000 + "]" * 30_000}]}),
        json.dumps({"statements": [{**BERLIN, "cites": ["S1" + " " * 90_000 + "x"]}]}),
        json.dumps({"statements": [{**BERLIN, "cites": ["S1"] * 10_000}]}),
        '"statements":' * 7000,
        '<think>{"statements":' * 4000,
        "<think></think>" * 6000 + "- a [S1]\n",
        ("- a [S1" + " " * 3900 + "\n") * 25,
        "- a [S1" + " " * 90_000 + "x\n",
        "[S1" * 30_000 + "\n",
    ],
    ids=lambda text: text[:30],
)
def test_no_reply_is_made_that_takes_long_to_read(text: str) -> None:
    started = time.process_time()
    for reader in (JsonReader(), LineReader()):
        for n in range(0, len(text), 13):
            list(reader.feed(text[n : n + 13]))
        list(reader.last())
        reader.end()
    assert time.process_time() - started < 3, "one of these took a minute"
