"""Asking with JavaScript: streamed statements, what goes wrong, stop, retry, copy, history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from index.errors import ModelUnavailable, StorageError
from index.records import Filters
from qa.answer.engine import AnswerEvent, Event, RetrievalEvent, StatementEvent
from qa.answer.feedback import FeedbackFile
from qa.records import Answer, Ask
from tests.api.fakes import make_answer
from tests.browser.stage import Stage, StagedService, answer

pytestmark = pytest.mark.e2e

DOCUMENT = "000_fac1b7b31968a60e"
BERLIN = "The next round will be in Berlin."
WEEKS = "They promised to meet in two weeks."
Q = "Where and when do they meet?"


KEY = "'transcript-qa.conversations.1'"


def both(service: StagedService, ask: Ask) -> Answer:
    """Answer with a generated statement and a quoted one."""
    berlin, weeks = service.cite(DOCUMENT, BERLIN), service.cite(DOCUMENT, WEEKS, 2)
    return answer(
        ask,
        ("They meet in Berlin in two weeks.", (berlin, weeks)),
        (WEEKS, (weeks,)),
        short="Berlin",
        confidence=0.7,
    )


def ask(page: Page, question: str) -> None:
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")


def test_statements_stream_in_one_by_one(scene: Page, stage: Stage) -> None:
    stage.says(Q, both, held=True)
    scene.goto("/")
    ask(scene, Q)

    expect(scene.get_by_role("heading", name=Q)).to_be_visible()
    expect(scene.locator(".verdict")).to_contain_text("Reading")
    expect(scene.locator(".statement")).to_have_count(0)
    stage.step()
    expect(scene.locator(".statement")).to_have_count(1)
    expect(scene.locator(".verdict")).to_contain_text("Reading")
    stage.step()
    expect(scene.locator(".statement")).to_have_count(2)
    stage.step()

    expect(scene.locator(".short")).to_have_text("Berlin")
    expect(scene.locator(".confidence")).to_have_text("Likely")
    generated, quoted = scene.locator(".statement").all()
    expect(generated).to_contain_text("in the model’s words")
    expect(generated.locator("q")).to_have_count(0)
    expect(generated.locator(".chip")).to_have_text(["Source 1", "Source 2"])
    expect(quoted.locator("q")).to_have_text(WEEKS)
    expect(quoted).to_contain_text("MAYNES")


def test_the_answer_has_its_short_form_and_confidence_above_the_statements(
    scene: Page, stage: Stage
) -> None:
    stage.says(Q, both)
    scene.goto("/")
    ask(scene, Q)

    expect(scene.locator(".source")).to_have_count(2)
    order = scene.locator(".exchange").evaluate(
        """e => [...e.querySelectorAll('.question, .short, .statement, .source')]
            .map(x => x.className)"""
    )
    assert order == [
        "question",
        "short",
        "statement generated",
        "statement quoted",
        "source",
        "source",
    ]


def test_statements_are_read_out_as_they_come(scene: Page, stage: Stage) -> None:
    stage.says(Q, both, held=True)
    scene.goto("/")
    ask(scene, Q)

    expect(scene.locator(".statements")).to_have_attribute("aria-live", "polite")
    expect(scene.locator("#thread")).to_have_attribute("aria-busy", "true")
    for _ in range(3):
        stage.step()
        scene.wait_for_timeout(50)
    expect(scene.locator("#thread")).to_have_attribute("aria-busy", "false")
    expect(scene.get_by_role("status").filter(has_text="The answer is complete.")).to_have_count(1)
    expect(scene.get_by_label("Your question")).to_be_focused()


def test_stop_ends_the_stream_and_keeps_what_came(scene: Page, stage: Stage) -> None:
    stage.says(Q, both, held=True)
    scene.goto("/")
    ask(scene, Q)
    stage.step()
    expect(scene.locator(".statement")).to_have_count(1)
    scene.get_by_role("button", name="Stop").click()

    expect(scene.locator(".verdict")).to_contain_text("Stopped")
    expect(scene.locator(".statement")).to_have_count(1)
    expect(scene.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    stage.service.gate.set()
    stage.says(Q, both)
    scene.get_by_role("button", name="Ask again").click()
    expect(scene.locator(".short")).to_have_text("Berlin")
    expect(scene.locator(".exchange")).to_have_count(1)


def test_escape_stops_too(scene: Page, stage: Stage) -> None:
    stage.says(Q, both, held=True)
    scene.goto("/")
    ask(scene, Q)
    expect(scene.locator(".verdict")).to_contain_text("Reading")
    scene.keyboard.press("Escape")
    expect(scene.locator(".verdict")).to_contain_text("Stopped")


def test_an_outage_says_so_and_is_tried_again(scene: Page, stage: Stage) -> None:
    def fails(_: StagedService, __: Ask) -> Iterator[Event]:
        yield RetrievalEvent(())
        raise StorageError("disk")

    stage.plays(Q, fails)
    scene.goto("/")
    ask(scene, Q)

    alert = scene.get_by_role("alert")
    expect(alert).to_contain_text("it isn’t your question")
    expect(alert).to_contain_text("transcript-qa doctor")
    stage.says(Q, both)
    alert.get_by_role("button", name="Try again").click()
    expect(scene.locator(".short")).to_have_text("Berlin")
    expect(scene.get_by_role("alert")).to_have_count(0)


def test_a_model_that_is_missing_says_what_to_do(scene: Page, stage: Stage) -> None:
    stage.service.failure = ModelUnavailable("no model")
    scene.goto("/")
    ask(scene, "Anything at all?")
    expect(scene.get_by_role("alert")).to_contain_text("try again, or ask in mode")


def test_a_service_that_is_gone_is_said_to_be(scene: Page, stage: Stage) -> None:
    scene.goto("/")
    scene.route("**/v1/ask", lambda route: route.abort())
    ask(scene, Q)

    expect(scene.get_by_role("alert")).to_contain_text("can’t be reached")
    expect(scene.get_by_role("alert")).to_contain_text("Check that it is running")


def test_a_stream_that_breaks_keeps_the_verified_statements(scene: Page, stage: Stage) -> None:
    def breaks(route: Route) -> None:
        statement = {"text": "Kept.", "origin": "generated", "citations": []}
        data = json.dumps({"statement": statement, "citations": []})
        body = 'event: retrieval\r\ndata: {"hits": []}\r\n\r\n: ping\r\n\r\n'
        body += f"event: statement\r\ndata: {data}"
        route.fulfill(content_type="text/event-stream", body=f"{body}\r\n\r\n")

    scene.goto("/")
    scene.route("**/v1/ask", breaks)
    ask(scene, Q)

    expect(scene.locator(".statement")).to_contain_text("Kept.")
    expect(scene.get_by_role("alert")).to_contain_text("connection broke")


def test_a_question_that_cannot_be_answered_says_what_to_change(scene: Page) -> None:
    scene.goto("/")
    ask(scene, "?!")
    expect(scene.get_by_role("alert")).to_contain_text("holds no word")
    expect(scene.get_by_role("alert").get_by_role("button")).to_have_count(0)


def test_a_degraded_answer_says_what_is_missing(scene: Page, stage: Stage) -> None:
    def quoted(service: StagedService, ask: Ask) -> Answer:
        cited = service.cite(DOCUMENT, BERLIN)
        return answer(ask, (BERLIN, (cited,)), degraded=("llm_unavailable", "vectors_pending"))

    stage.says(Q, quoted)
    scene.goto("/")
    ask(scene, Q)
    expect(scene.locator(".notice")).to_have_count(2)
    expect(scene.locator(".notice").first).to_contain_text("quoted instead of phrased")


def test_an_abstention_says_why_and_shows_the_nearest(scene: Page) -> None:
    scene.goto("/")
    ask(scene, "What is the capital of Australia?")

    expect(scene.locator(".short")).to_contain_text("don't say")
    expect(scene.get_by_role("heading", name="Why there is no answer")).to_be_visible()
    nearest = scene.locator(".near .source")
    expect(nearest).to_have_count(2)
    nearest.first.click()
    expect(scene.locator(".panel mark")).to_be_in_viewport()


def test_how_much_was_read_is_not_said_to_be_all_that_was_searched(
    scene: Page, stage: Stage
) -> None:
    def found(service: StagedService, ask: Ask) -> Iterator[Event]:
        yield RetrievalEvent(service.search("round talks Berlin", Filters(), 1))
        yield AnswerEvent(make_answer(ask.question, ()))

    library = stage.service.library
    library.add("other.txt", library.transcripts[DOCUMENT][0])
    stage.plays(Q, found)
    scene.goto("/")
    ask(scene, Q)

    expect(scene.locator(".why p")).to_have_text(
        "Looked at the 1 nearest passage, in 1 transcript. "
        "Nothing in them answers this well enough to be quoted."
    )
    del library.transcripts["other"]


def test_an_empty_library_leads_to_the_upload(scene: Page, stage: Stage) -> None:
    library = stage.service.library
    library.deleted.add(DOCUMENT)
    scene.goto("/")
    ask(scene, Q)

    expect(scene.locator(".short")).to_have_text("There are no transcripts yet.")
    expect(scene.locator(".tips li")).to_have_count(1)
    expect(scene.get_by_role("heading", name="No transcripts yet")).to_have_count(0)
    library.deleted.discard(DOCUMENT)
    scene.get_by_role("link", name="Add the first transcript").click()
    expect(scene.get_by_role("heading", name="Add transcripts")).to_be_in_viewport()


def test_filters_that_nothing_matches_lead_to_the_question_without_them(
    scene: Page, stage: Stage
) -> None:
    scene.goto("/?speaker=NOBODY")
    ask(scene, "Where will the next round of talks be held?")

    expect(scene.locator(".short")).to_have_text("No transcript matches the filters.")
    expect(scene.locator(".why")).to_contain_text("Nothing matches the filters.")
    scene.get_by_role("link", name="ask without filters").click()
    expect(scene.locator(".statement q")).to_have_text(BERLIN)


def test_follow_ups_send_what_was_said_before(scene: Page, stage: Stage) -> None:
    follow = "And who said so?"

    def told(service: StagedService, ask: Ask) -> Answer:
        cited = service.cite(DOCUMENT, WEEKS)
        return answer(ask, (WEEKS, (cited,)), rewritten="Who said they meet in Berlin?")

    stage.says(Q, both)
    stage.says(follow, told)
    scene.goto("/")
    ask(scene, Q)
    expect(scene.locator(".short")).to_have_text("Berlin")
    ask(scene, follow)

    expect(scene.locator(".exchange")).to_have_count(2)
    expect(scene.locator(".understood")).to_contain_text("Who said they meet in Berlin?")
    (exchange,) = stage.service.asked[-1].history
    assert exchange.question == Q
    assert "in Berlin" in exchange.answer
    assert [cited.document_id for cited in exchange.citations] == [DOCUMENT, DOCUMENT]
    expect(scene.get_by_role("heading", name=follow)).to_be_in_viewport()


def test_the_answer_is_copied_with_its_citations(scene: Page, stage: Stage) -> None:
    stage.says(Q, both)
    scene.goto("/")
    ask(scene, Q)
    scene.get_by_role("button", name="Copy the answer with its citations").click()
    expect(scene.get_by_text("Copied")).to_be_visible()
    text = scene.evaluate("navigator.clipboard.readText()")
    assert text.splitlines()[:4] == [Q, "", "Berlin", ""]
    assert "They meet in Berlin in two weeks. [1][2]" in text
    assert f"[1] MAYNES, Talks on Ukraine go on, 27 January 2022: “{BERLIN}”" in text
    assert "https://radio.example/2022-01-27/talks" in text

    scene.get_by_role("button", name="Copy Markdown").click()
    scene.wait_for_timeout(100)
    markdown = scene.evaluate("navigator.clipboard.readText()")
    assert markdown.startswith(f"**{Q}**")
    assert "> “They promised to meet in two weeks\\.” \\[2\\]" in markdown
    assert "](<https://radio.example/2022-01-27/talks>)" in markdown


def test_a_link_to_share_asks_the_same_again(scene: Page, stage: Stage) -> None:
    stage.says(Q, both)
    scene.goto("/?" + urlencode({"speaker": "MAYNES"}))
    ask(scene, Q)
    scene.get_by_role("button", name="Copy link to share").click()
    scene.wait_for_timeout(100)
    link = scene.evaluate("navigator.clipboard.readText()")
    assert parse_qs(urlsplit(link).query) == {"question": [Q], "speaker": ["MAYNES"]}

    scene.goto(link)
    expect(scene.locator(".short")).to_have_text("Berlin")
    expect(scene.locator(".filter-chip")).to_have_text("MAYNES×")


def test_conversations_are_kept_here_and_opened_again(scene: Page, stage: Stage) -> None:
    stage.says(Q, both)
    stage.says("And then?", both)
    scene.goto("/")
    ask(scene, Q)
    expect(scene.locator(".short")).to_have_count(1)
    ask(scene, "And then?")
    expect(scene.locator(".short")).to_have_count(2)
    scene.reload()
    expect(scene.locator(".exchange")).to_have_count(2)

    scene.get_by_role("link", name="New chat").click()
    expect(scene.get_by_role("heading", name="What was said?")).to_be_visible()
    scene.get_by_role("button", name="History").click()
    dialog = scene.get_by_role("dialog", name="Earlier conversations")
    expect(dialog).to_contain_text("Kept in this browser only")
    dialog.get_by_role("button", name=Q).first.click()
    expect(scene.locator(".exchange")).to_have_count(2)
    scene.go_back()
    expect(scene.get_by_role("heading", name="What was said?")).to_be_visible()

    scene.get_by_role("button", name="History").click()
    dialog.get_by_role("button", name="Delete all").click()
    expect(dialog).to_contain_text("There are none yet")
    assert scene.evaluate("localStorage.length") == 0


def test_a_chat_that_is_opened_again_asks_with_its_filters(scene: Page, stage: Stage) -> None:
    stage.says(Q, both)
    stage.says("And then?", both)
    scene.goto("/?speaker=MAYNES&since=2022-01-01")
    ask(scene, Q)
    expect(scene.locator(".short")).to_have_text("Berlin")
    scene.get_by_role("link", name="New chat").click()
    expect(scene.locator(".filter-chip")).to_have_count(0)
    scene.get_by_role("button", name="History").click()
    scene.get_by_role("dialog").get_by_role("button", name=Q).first.click()

    expect(scene.locator(".only")).to_have_text("Only said by MAYNES, from 1 January 2022")
    expect(scene.locator(".filter-chip span")).to_have_text(["MAYNES", "from 2022-01-01"])
    ask(scene, "And then?")
    expect(scene.locator(".exchange")).to_have_count(2)
    filters = stage.service.asked[-1].filters
    assert (filters.speakers, filters.since) == (("MAYNES",), "2022-01-01")


def test_a_chat_without_filters_takes_off_those_that_were_on(scene: Page, stage: Stage) -> None:
    stage.says(Q, both)
    scene.goto("/")
    ask(scene, Q)
    expect(scene.locator(".short")).to_have_text("Berlin")
    scene.goto("/?speaker=INSKEEP")
    scene.get_by_role("button", name="History").click()
    scene.get_by_role("dialog").get_by_role("button", name=Q).first.click()

    expect(scene.locator(".exchange")).to_have_count(1)
    expect(scene.locator(".filter-chip")).to_have_count(0)


def test_an_answer_that_the_server_rendered_works_like_any_other(scene: Page, stage: Stage) -> None:
    stage.says(Q, both)
    scene.goto("/?" + urlencode({"question": Q}))

    expect(scene.locator(".actions")).to_be_visible()
    expect(scene.locator(".exchange")).to_have_count(1)
    expect(scene.locator(".statement")).to_have_count(2)
    scene.locator(".chip").first.click()
    expect(scene.locator(".panel mark")).to_have_text(BERLIN)
    ask(scene, "What is the capital of Australia?")
    expect(scene.locator(".exchange")).to_have_count(2)


def test_an_example_is_asked_by_a_click(scene: Page) -> None:
    scene.goto("/")
    scene.get_by_role("link", name="Where will the next round of talks be held?").click()
    expect(scene.locator(".statement q")).to_have_text(BERLIN)
    assert parse_qs(urlsplit(scene.url).query)["question"]


def test_thumbs_are_written_down_with_a_comment(scene: Page, stage: Stage) -> None:
    stage.says(Q, both)
    scene.goto("/")
    ask(scene, Q)
    scene.get_by_role("button", name="Not helpful").click()
    expect(scene.get_by_text("Thank you.")).to_be_visible()
    scene.get_by_role("textbox", name="Comment").fill("It was <b>Geneva</b>.")
    scene.get_by_role("button", name="Send").click()
    expect(scene.get_by_text("Thank you, noted.")).to_be_visible()

    (found,) = FeedbackFile(stage.service.settings.data_dir).all()
    assert (found.rating, found.comment) == ("down", "It was <b>Geneva</b>.")
    assert (found.question, found.short_answer) == (Q, "Berlin")
    assert len(found.citations) == 2


def test_a_statement_event_without_its_answer_is_not_remembered(scene: Page, stage: Stage) -> None:
    def fails(service: StagedService, ask: Ask) -> Iterator[Event]:
        whole = both(service, ask)
        yield StatementEvent(whole.statements[0], whole.citations)
        raise StorageError("disk")

    stage.plays(Q, fails)
    scene.goto("/")
    ask(scene, Q)
    expect(scene.get_by_role("alert")).to_be_visible()
    assert scene.evaluate("localStorage.length") == 0


def test_without_storage_everything_but_the_history_works(scene: Page, stage: Stage) -> None:
    scene.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"]) {
            Object.defineProperty(window, name, { get() { throw new Error("switched off"); } });
        }"""
    )
    stage.says(Q, both)
    scene.goto("/")
    ask(scene, Q)
    expect(scene.locator(".short")).to_have_text("Berlin")
    scene.get_by_role("button", name="History").click()
    expect(scene.get_by_role("dialog")).to_contain_text("There are none yet")


def test_what_is_stored_and_broken_is_passed_over(scene: Page, stage: Stage) -> None:
    scene.goto("/")
    for stored in ("{", "[{}]", '[{"id": "1", "exchanges": []}]', "null", "7"):
        scene.evaluate("stored => localStorage.setItem(KEY, stored)".replace("KEY", KEY), stored)
        scene.reload()
        scene.get_by_role("button", name="History").click()
        expect(scene.get_by_role("dialog")).to_contain_text("There are none yet")


def test_the_oldest_conversations_make_room(scene: Page, stage: Stage) -> None:
    stage.says(Q, both)
    scene.goto("/")
    scene.evaluate(
        """() => {
            const filler = "x".repeat(100000);
            const exchanges = [{ question: "Old", filters: {}, filler }];
            const old = [...Array(49).keys()].map((n) => ({ id: `old-${n}`, exchanges }));
            while (old.length) {
                try {
                    localStorage.setItem("transcript-qa.conversations.1", JSON.stringify(old));
                    localStorage.setItem("filler", "x".repeat(5 * 2 ** 20
                        - localStorage["transcript-qa.conversations.1"].length - 2000));
                    return;
                } catch { old.pop(); }
            }
        }"""
    )
    ask(scene, Q)
    expect(scene.locator(".short")).to_have_text("Berlin")
    kept = scene.evaluate(
        "JSON.parse(localStorage['transcript-qa.conversations.1']).map((each) => each.id)"
    )
    assert len(kept) > 2
    assert not kept[0].startswith("old")
    assert kept[1:] == [f"old-{n}" for n in range(len(kept) - 1)]
