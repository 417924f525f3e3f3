from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.cli import run
from api.cli.ingest import Report, find, pace
from index.errors import ModelUnavailable, StorageError
from index.ingest.progress import Progress
from index.records import Accepted, CheckResult, Refused
from qa.records import Ask, Rejected
from qa.settings import Settings
from tests.api.fakes import SEED_NAME, TALKS, FakeService, make_close, make_reply, make_service

DOCUMENT = SEED_NAME.removesuffix(".txt")
QUESTION = "Where will the next round be held?"


class Ran:
    """A command that has run: its exit code and what it printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Terminal:
    """Runs commands over one service."""

    def __init__(self, capsys: pytest.CaptureFixture[str], service: FakeService) -> None:
        self._capsys = capsys
        self.service = service

    def __call__(self, *arguments: str) -> Ran:
        def open_fake(settings: Settings) -> FakeService:
            return self.service

        with pytest.raises(SystemExit) as end:
            run(arguments, open_fake)
        out, err = self._capsys.readouterr()
        return Ran(int(end.value.code or 0), out, err)


@pytest.fixture
def terminal(
    capsys: pytest.CaptureFixture[str], service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    monkeypatch.setenv("COLUMNS", "200")
    return Terminal(capsys, service)


def test_an_answer_is_printed_with_its_sources(terminal: Terminal) -> None:
    ran = terminal("ask", QUESTION)

    assert ran.code == 0
    assert "The next round will be in Berlin. [1]" in ran.out
    assert "MAYNES · Talks on Ukraine go on · 2022-01-27" in ran.out
    assert terminal.service.closed


def test_an_abstention_is_no_failure(terminal: Terminal) -> None:
    ran = terminal("ask", "What is the capital of Australia?")

    assert ran.code == 0
    assert "don't say" in ran.out
    assert "nearest" in ran.out


def test_the_closest_passage_is_printed_first_and_marked_as_such(terminal: Terminal) -> None:
    scripted = terminal.service.scripted = make_close(terminal.service, QUESTION)
    assert scripted.abstention is not None
    ran = terminal("ask", QUESTION)
    shown = terminal("ask", QUESTION, "--json").json["abstention"]

    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "The transcripts don't clearly say. The closest passage is below."
    assert lines[2] == "The closest passage:"
    assert lines[3] == f"[1] “{scripted.abstention.closest[0].quote}”"
    assert lines[6] == "Also near:"
    assert ran.out.count(scripted.abstention.closest[0].quote) == 1
    assert [each["number"] for each in shown["closest"]] == [1]
    assert [each["number"] for each in shown["nearest"]] == [1, 2, 3]


def test_a_reply_to_small_talk_is_all_that_is_printed(terminal: Terminal) -> None:
    terminal.service.scripted = make_reply("Hi", "not_a_question", "Hello. Ask me.")

    assert terminal("ask", "Hi").out == "Hello. Ask me.\n"


@pytest.mark.parametrize("command", ["ask", "search"])
def test_what_has_nothing_to_search_says_what_to_do(terminal: Terminal, command: str) -> None:
    filtered = terminal(command, QUESTION, "--speaker", "NOBODY")
    terminal.service.library.delete(DOCUMENT)
    empty = terminal(command, QUESTION)

    assert (filtered.code, empty.code) == (0, 0)
    assert filtered.out == "No transcript matches the filters.\nWiden or leave out --speaker.\n"
    assert empty.out == (
        "There are no transcripts yet.\n"
        "Add some with `transcript-qa ingest PATH`, then ask again.\n"
    )


def test_explain_tells_aside_what_was_rejected_and_why(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = terminal.service.ask(Ask(QUESTION))
    failed = Rejected("The next round will be in Paris.", ("name", "weak"), 0.12)
    rejecting = replace(answered, rejected=(failed,))
    monkeypatch.setattr(terminal.service, "ask", lambda ask: rejecting)

    plain = terminal("ask", QUESTION, "--json")
    ran = terminal("ask", QUESTION, "--json", "--explain")

    assert ran.json == plain.json
    assert "Paris" not in plain.err
    assert "rejected, a name that the quotes don't have there, the quotes hardly back it" in ran.err
    assert "(support 0.12): The next round will be in Paris." in ran.err
    assert "quoted, support 1.00 by [1]: The next round will be in Berlin." in ran.err


def test_the_json_of_ask_is_that_of_http(terminal: Terminal) -> None:
    client = TestClient(create_app(terminal.service, terminal.service.settings))

    printed = terminal("ask", QUESTION, "--json").json

    assert printed == client.post("/v1/ask", json={"question": QUESTION}).json()


def test_the_json_of_search_is_that_of_http(terminal: Terminal) -> None:
    client = TestClient(create_app(terminal.service, terminal.service.settings))

    printed = terminal("search", QUESTION, "--limit", "1", "--json").json

    asked = {"query": QUESTION, "limit": 1}
    assert printed == client.post("/v1/search", json=asked).json()


def test_options_of_ask_reach_the_engine(terminal: Terminal) -> None:
    terminal(
        *("ask", QUESTION, "--speaker", "MAYNES", "--speaker", "INSKEEP", "--document", DOCUMENT),
        *("--since", "2022-01-01", "--until", "2022-02-01", "--mode", "quote", "--json"),
    )

    (asked,) = terminal.service.asked
    assert asked.filters.speakers == ("MAYNES", "INSKEEP")
    assert asked.filters.document_ids == (DOCUMENT,)
    assert (asked.filters.since, asked.filters.until) == ("2022-01-01", "2022-02-01")
    assert asked.mode == "quote"


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["ask", ""], 2, "invalid_query"),
        (["ask", "x" * 20_000], 2, "invalid_query"),
        (["ask", "?!"], 2, "invalid_query"),
        (["ask", "who", "--since", "2022-02-30"], 2, "invalid_query"),
        (["ask", "who", "--speaker", ""], 2, "invalid_query"),
        (["ask", "who", "--document", "nope"], 1, "unknown_document"),
        (["documents", "show", "nope"], 1, "unknown_document"),
        (["documents", "delete", "../x"], 1, "unknown_document"),
    ],
)
def test_failures_are_one_line_and_a_problem_where_json_was_asked_for(
    terminal: Terminal, arguments: Sequence[str], code: int, problem: str
) -> None:
    plain = terminal(*arguments)
    assert (plain.code, plain.out) == (code, "")
    assert plain.err.startswith("error: ")
    assert plain.err.count("\n") == 1

    asked_json = terminal(*arguments, "--json")
    assert asked_json.code == code
    assert asked_json.json["code"] == problem


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["ask"],
        ["ask", "who", "--mode", "guess"],
        ["search", "who", "--limit", "0"],
        ["ingest", "/no/such/file"],
        ["ingest"],
        ["serve", "--port", "70000"],
    ],
)
def test_wrong_usage_ends_with_2(terminal: Terminal, arguments: Sequence[str]) -> None:
    ran = terminal(*arguments)

    assert (ran.code, ran.out) == (2, "")
    assert "Error" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "--json"],
        ["--json", "ask"],
        ["ask", "who", "--json", "--mode", "guess"],
        ["ask", "who", "--mode", "guess", "--json"],
        ["search", "who", "--json", "--limit", "many"],
        ["ingest", "--json", "/no/such/file"],
        ["frobnicate", "--json"],
    ],
)
def test_wrong_usage_is_a_problem_in_json_too(terminal: Terminal, arguments: Sequence[str]) -> None:
    ran = terminal(*arguments)

    assert ran.code == 2
    assert (ran.json["code"], ran.json["status"]) == ("wrong_usage", 422)
    assert ran.json["detail"] in " ".join(ran.err.split())


def test_help_and_no_words_at_all_are_answered(terminal: Terminal) -> None:
    asked = terminal("ask", "--help")

    assert (asked.code, "Usage:" in asked.out) == (0, True)
    assert "Usage:" in terminal().out + terminal().err


def test_an_outage_ends_with_1(terminal: Terminal) -> None:
    terminal.service.failure = ModelUnavailable("no model")

    ran = terminal("ask", "who", "--mode", "generate")

    assert ran.code == 1
    assert ran.err == "error: no model\n"


def test_a_setting_that_does_not_fit_is_named(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRANSCRIPT_QA_PORT", "many")

    ran = terminal("documents", "list")

    assert ran.code == 2
    assert "TRANSCRIPT_QA_PORT" in ran.err


def test_a_model_that_is_only_a_name_is_refused_at_the_start(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRANSCRIPT_QA_LLM", "some-model")

    for arguments in (("ask", QUESTION), ("doctor",), ("serve", "--port", "0")):
        ran = terminal(*arguments)
        assert ran.code == 2
        assert ran.err == (
            "error: the setting TRANSCRIPT_QA_LLM_BASE_URL doesn't fit: the model 'some-model' has "
            "no address; set it, or TRANSCRIPT_QA_LLM to `embedded` or `none`\n"
        )


def test_documents_are_listed_shown_and_deleted(terminal: Terminal) -> None:
    assert "Talks on Ukraine go on" in terminal("documents", "list").out
    listed = terminal("documents", "list", "--json").json["documents"]
    assert listed == [terminal("documents", "show", DOCUMENT, "--json").json]
    assert "INSKEEP, MAYNES" in terminal("documents", "show", DOCUMENT).out

    deleted = terminal("documents", "delete", DOCUMENT, "--json").json

    assert deleted == {"document_id": DOCUMENT, "deleted": True}
    assert terminal("documents", "show", DOCUMENT).code == 1
    assert "no documents" in terminal("documents", "list").out


def test_every_document_is_listed_over_many_pages(terminal: Terminal) -> None:
    terminal.service.library = make_service(*((f"d{n:04}.txt", TALKS) for n in range(501))).library

    assert len(terminal("documents", "list", "--json").json["documents"]) == 501


def test_doctor_says_what_is_fine(terminal: Terminal) -> None:
    ran = terminal("doctor")

    assert ran.code == 0
    assert "ok  database: 1 document" in ran.out


def test_doctor_waits_for_a_word_of_the_language_model(terminal: Terminal) -> None:
    terminal("doctor")

    assert terminal.service.model_asked


def test_doctor_says_what_is_not_and_what_to_do(terminal: Terminal) -> None:
    terminal.service.checks += (CheckResult("index", False, "3 of 5", "restart"),)

    assert "what to do: restart" in terminal("doctor").out
    ran = terminal("doctor", "--json")
    assert ran.code == 1
    assert [check["ok"] for check in ran.json["checks"]] == [True, False]
    assert ran.json["ok"] is False


def test_doctor_examines_what_cannot_even_be_opened(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(settings: Settings) -> FakeService:
        raise StorageError("the disk is full")

    with pytest.raises(SystemExit) as end:
        run(["doctor", "--json"], refuse)

    assert end.value.code == 1
    (check,) = json.loads(capsys.readouterr().out)["checks"]
    assert check["detail"] == "the disk is full"


def test_control_characters_of_a_source_do_not_reach_the_terminal(terminal: Terminal) -> None:
    text = "Title \x1b[31mred\n20220101\nhttps://x.example/\nA: The \x1b]0;owned\x07 ship sank.\n"
    terminal.service.library = make_service(("odd.txt", text)).library

    for arguments in (["ask", "Which ship sank?"], ["documents", "list"], ["search", "ship sank"]):
        ran = terminal(*arguments)
        assert "ship" in ran.out or "red" in ran.out
        assert "\x1b" not in ran.out
        assert "\x07" not in ran.out


def write(folder: Path, **files: bytes) -> None:
    for name, data in files.items():
        path = folder / name.replace("__", "/").replace("_txt", ".txt").replace("DOT", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def test_files_are_found_sorted_below_folders_without_the_hidden(tmp_path: Path) -> None:
    write(tmp_path, b_txt=b"", a_txt=b"", sub__c_txt=b"", DOThidden=b"", DOTgit__config=b"")

    found = list(find([tmp_path, tmp_path / "a.txt"]))

    assert [(file.key, file.named) for file in found] == [
        ("a.txt", False),
        ("b.txt", False),
        ("sub/c.txt", False),
        ("a.txt", True),
    ]


def test_ingest_prints_a_line_per_transcript_and_a_summary(
    terminal: Terminal, tmp_path: Path
) -> None:
    write(tmp_path, one_txt=TALKS.encode(), sub__two_txt=TALKS.encode(), bad_txt=b"")

    ran = terminal("ingest", str(tmp_path))

    assert ran.code == 0
    assert ran.out.splitlines() == [
        "refused    bad.txt  empty",
        "new        one.txt  one",
        "new        sub/two.txt  two",
    ]
    assert "2 new, 1 refused" in ran.err
    assert "refused bad.txt: empty: The file is empty." in ran.err


def test_ingest_prints_one_json_document(terminal: Terminal, tmp_path: Path) -> None:
    write(tmp_path, one_txt=TALKS.encode(), bad_txt=b"")

    ran = terminal("ingest", str(tmp_path), "--json")

    (accepted,) = ran.json["documents"]
    assert (accepted["name"], accepted["document_id"], accepted["status"]) == (
        "one.txt",
        "one",
        "new",
    )
    assert [each["code"] for each in ran.json["refused"]] == ["empty"]


def test_ingest_fails_when_nothing_was_accepted(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal("ingest", str(tmp_path)).code == 1
    write(tmp_path, bad_txt=b"")
    assert terminal("ingest", str(tmp_path)).code == 1


def test_ingest_fails_when_a_named_file_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    write(tmp_path, one_txt=TALKS.encode(), bad_txt=b"")

    ran = terminal("ingest", str(tmp_path / "one.txt"), str(tmp_path / "bad.txt"))

    assert ran.code == 1
    assert "1 new, 1 refused" in ran.err


def test_ingest_never_lets_one_file_take_anothers_place(terminal: Terminal, tmp_path: Path) -> None:
    write(tmp_path, a__x_txt=TALKS.encode(), b__x_txt=TALKS.encode() + b"MAYNES: More.\n")

    ran = terminal("ingest", str(tmp_path / "a"), str(tmp_path / "b"))

    assert ran.code == 1
    assert "same_name" in ran.err
    assert terminal.service.library.text("x") == TALKS


def test_a_run_failed_by_the_rule_that_help_states() -> None:
    fine = Accepted("a", "a", "v", "new")
    bad = Refused("b", "empty", "empty")

    assert Report().failed(frozenset())
    assert not Report([fine]).failed(frozenset({"a"}))
    assert not Report([fine], [bad]).failed(frozenset({"a"}))
    assert Report([fine], [bad]).failed(frozenset({"b"}))
    assert Report([fine], [bad], unreadable=1).failed(frozenset())


@pytest.mark.parametrize(("more", "waited"), [((), True), (("--no-wait",), False)])
def test_ingest_waits_for_the_vectors_unless_told_not_to(
    terminal: Terminal, tmp_path: Path, more: Sequence[str], waited: bool
) -> None:
    (tmp_path / "talk.txt").write_text(TALKS)

    ran = terminal("ingest", str(tmp_path), *more)

    assert ran.code == 0
    assert terminal.service.library.waited is waited


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (Progress(0, 0, 0, 0, 0.0), ""),
        (Progress(1, 100, 0, 0, 1.0), "9 s left"),
        (Progress(1, 100, 50, 0, 10.0), "5 passages/s, 1 min 30 s left"),
        (Progress(10, 1000, 50, 0, 10.0), "5 passages/s, 0 s left"),
    ],
)
def test_the_pace_is_said_as_far_as_it_is_known(done: Progress, said: str) -> None:
    assert pace(done, 1000) == said


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_server_for_every_network_has_to_be_told_its_names(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    served = []
    monkeypatch.setattr("api.cli.serve._run", lambda *_: served.append(host))

    refused = terminal("serve", "--host", host, "--port", "0")
    assert (refused.code, served) == (2, [])
    assert "TRANSCRIPT_QA_ALLOWED_HOSTS" in refused.err

    monkeypatch.setenv("TRANSCRIPT_QA_ALLOWED_HOSTS", "qa.example")
    if host != "::":
        assert terminal("serve", "--host", host, "--port", "0").code == 0
        assert served == [host]
