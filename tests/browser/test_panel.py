"""The source beside the answer: the cited words to the character, and the way between citations."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote, urlencode

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from index.records import Metadata, Transcript, Turn
from qa.records import Answer, Ask
from tests.api.fakes import make_citation, read
from tests.browser.stage import Stage, StagedService, answer

pytestmark = pytest.mark.e2e

DOCUMENT = "000_fac1b7b31968a60e"
Q = "Where and when do they meet?"
BERLIN = "The next round will be in Berlin."
WEEKS = "They promised to meet in two weeks."
TROOPS = "Those hundred thousand Russian troops are near Ukraine's border."


def three(service: StagedService, ask: Ask) -> Answer:
    quotes = (WEEKS, BERLIN, TROOPS)
    cited = [service.cite(DOCUMENT, quote, n) for n, quote in enumerate(quotes, start=1)]
    return answer(ask, *((each.quote, (each,)) for each in cited))


def ask(page: Page, question: str = Q) -> None:
    page.goto("/")
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".actions")).to_be_visible()


def narrow(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})


def test_where_there_is_room_the_first_source_is_beside_the_answer(
    scene: Page, stage: Stage
) -> None:
    stage.says(Q, three)
    ask(scene)

    expect(scene.locator(".panel mark")).to_have_text(WEEKS)
    expect(scene.locator(".panel mark")).to_be_in_viewport()
    expect(scene.locator(".panel-title")).to_contain_text("Talks on Ukraine go on")
    expect(scene.locator(".panel-head .meta")).to_contain_text("MAYNES")
    expect(scene.locator(".panel-head .meta")).to_contain_text("27 January 2022")
    expect(scene.get_by_label("Your question")).to_be_focused()


def test_a_number_opens_its_source_and_closing_leads_back(scene: Page, stage: Stage) -> None:
    stage.says(Q, three)
    ask(scene)
    chip = scene.locator(".chip").nth(2)
    chip.click()

    expect(scene.locator(".panel mark")).to_have_text(TROOPS)
    expect(scene.locator(".panel-title")).to_be_focused()
    expect(scene.locator(".panel .count")).to_have_text("Source 3 of 3")
    expect(scene.locator(".chip[aria-current]")).to_have_text("Source 3")
    scene.keyboard.press("Escape")
    expect(scene.locator(".panel mark")).to_have_count(0)
    expect(chip).to_be_focused()


def test_arrow_keys_lead_to_the_next_and_the_previous_citation(scene: Page, stage: Stage) -> None:
    stage.says(Q, three)
    ask(scene)
    scene.locator(".chip").first.focus()
    scene.keyboard.press("Enter")

    mark = scene.locator(".panel mark")
    expect(mark).to_have_text(WEEKS)
    for key, quote in (
        ("ArrowRight", BERLIN),
        ("ArrowRight", TROOPS),
        ("ArrowRight", TROOPS),
        ("ArrowLeft", BERLIN),
    ):
        scene.keyboard.press(key)
        expect(mark).to_have_text(quote)
        expect(mark).to_be_in_viewport()
    expect(scene.locator("#announcer")).to_contain_text(f"Source 2 of 3: MAYNES, “{BERLIN}”")
    scene.get_by_role("button", name="Next citation").click()
    expect(mark).to_have_text(TROOPS)
    expect(scene.get_by_role("button", name="Next citation")).to_be_disabled()
    assert scene.evaluate("document.querySelector('.panel').contains(document.activeElement)")


def test_the_keyboard_alone_leads_from_the_question_to_the_source_and_back(
    scene: Page, stage: Stage
) -> None:
    stage.says(Q, three)
    scene.goto("/")
    scene.keyboard.type(Q)
    scene.keyboard.press("Enter")
    expect(scene.locator(".actions")).to_be_visible()
    order = []
    for _ in range(20):
        scene.keyboard.press("Shift+Tab")
        order.append(scene.evaluate("document.activeElement.className || 'other'"))
        if order[-1] == "chip":
            break
    assert order[:7] == [
        "quiet thumb down",
        "quiet thumb up",
        "quiet",
        *["quiet copy"] * 3,
        "source",
    ]
    scene.keyboard.press("Enter")
    expect(scene.locator(".panel mark")).to_have_text(TROOPS)
    scene.keyboard.press("ArrowLeft")
    expect(scene.locator(".panel mark")).to_have_text(BERLIN)
    scene.keyboard.press("Escape")
    expect(scene.locator(".chip").nth(2)).to_be_focused()


ODD = (
    "👩‍👩‍👧🎉 before it, ",
    "e\u0301e\u0301 \U0001d4d7\U0001d4ee said",
    " 𠀀 “quoted” ",
    "🇺🇦 went\u200d on 👍🏽",
    " and after.",
)


def test_what_is_highlighted_is_the_quote_whatever_characters_stand_before_it(
    scene: Page, stage: Stage
) -> None:
    text = "Odd 🎉 title\n20220101\nhttps://x.example/\nANNA: " + "".join(ODD) + "\nBOB: 🎉 Yes.\n"
    service = stage.service
    service.library.add("odd.txt", read(text))
    info = service.library.document("odd")
    turns = service.library.turns("odd")
    quotes = (ODD[1], ODD[3], "🎉 Yes.", "👩‍👩‍👧🎉", "\u0301e")

    def odd(_: StagedService, ask: Ask) -> Answer:
        cited = [
            make_citation(
                info,
                next(turn for turn in turns if turn.char_end > text.index(quote)),
                text.index(quote),
                quote,
                number,
            )
            for number, quote in enumerate(quotes, start=1)
        ]
        return answer(ask, *((each.quote, (each,)) for each in cited))

    stage.says(Q, odd)
    ask(scene)
    for number, quote in enumerate(quotes):
        scene.locator(".chip").nth(number).click()
        expect(scene.locator(".panel .count")).to_have_text(f"Source {number + 1} of 5")
        expect(scene.locator(".panel mark")).to_be_visible()
        assert scene.locator(".panel mark").all_text_contents() == [quote]
        assert scene.locator(".panel .turn p").all_text_contents() == ["".join(ODD), "🎉 Yes."]
    service.library.delete("odd")


def test_a_span_over_two_turns_is_highlighted_in_both(scene: Page, stage: Stage) -> None:
    service = stage.service
    text = service.library.text(DOCUMENT)
    start, end = text.index("it's early."), text.index("talking slowly")

    def over(_: StagedService, ask: Ask) -> Answer:
        info = service.library.document(DOCUMENT)
        turn = service.library.turns(DOCUMENT)[1]
        return answer(ask, ("Both.", (make_citation(info, turn, start, text[start:end]),)))

    stage.says(Q, over)
    ask(scene)
    expect(scene.locator(".panel mark")).to_have_text(
        ["it's early.", "The United States and Russia are "], use_inner_text=False
    )


def test_times_are_shown_where_the_source_has_them(scene: Page, stage: Stage) -> None:
    said = "It began at noon."
    timed = Transcript(
        Metadata("Timed"), said, (Turn(0, "ANNA", 0, len(said), 3_661_000, 3_665_000),), "webvtt"
    )
    stage.service.library.add("timed.vtt", timed)
    stage.says(Q, lambda service, ask: answer(ask, (said, (service.cite("timed", said),))))
    ask(scene)
    expect(scene.locator(".panel-head .when")).to_have_text("1:01:01")
    expect(scene.locator(".source .when")).to_have_text("1:01:01")
    stage.service.library.delete("timed")


def test_the_way_out_leads_to_the_words_and_runs_nothing(scene: Page, stage: Stage) -> None:
    def linked(service: StagedService, ask: Ask) -> Answer:
        cited = service.cite(DOCUMENT, BERLIN)
        fragment = "https://radio.example/t#:~:text=The%20next,in%20Berlin."
        evil = replace(
            service.cite(DOCUMENT, WEEKS, 2), url="javascript:window.ran=1", link="javascript:1"
        )
        return answer(ask, (BERLIN, (replace(cited, link=fragment),)), (WEEKS, (evil,)))

    stage.says(Q, linked)
    ask(scene)
    out = scene.locator(".panel").get_by_role("link", name="Original page")
    expect(out).to_have_attribute("rel", "noopener noreferrer external")
    assert unquote(out.get_attribute("href") or "").endswith("#:~:text=The next,in Berlin.")
    scene.locator(".chip").nth(1).click()
    expect(scene.locator(".panel mark")).to_have_text(WEEKS)
    expect(out).to_have_count(0)


def test_a_source_that_is_gone_says_so(scene: Page, stage: Stage) -> None:
    stage.service.library.add(
        "gone.txt", read("Gone\n20220101\nhttps://x.example/\nANNA: Words.\n")
    )
    stage.says(Q, lambda service, ask: answer(ask, ("Words.", (gone,))))
    gone = stage.service.cite("gone", "Words.")
    stage.service.library.delete("gone")
    ask(scene)
    expect(scene.locator(".panel").get_by_role("alert")).to_contain_text("was deleted")


def test_on_a_small_screen_the_source_covers_the_page_until_closed(
    scene: Page, stage: Stage
) -> None:
    narrow(scene)
    stage.says(Q, three)
    ask(scene)
    expect(scene.locator(".panel")).to_be_hidden()
    scene.locator(".chip").nth(1).click()

    expect(scene.locator(".panel mark")).to_have_text(BERLIN)
    expect(scene.locator(".panel mark")).to_be_in_viewport()
    box = scene.locator(".panel").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 740}
    for _ in range(12):
        scene.keyboard.press("Tab")
        inside = "document.activeElement === document.body"
        inside += " || document.activeElement.closest('.panel') !== null"
        assert scene.evaluate(inside)
    scene.get_by_role("button", name="Close the source").click()
    expect(scene.locator(".panel")).to_be_hidden()
    expect(scene.locator(".chip").nth(1)).to_be_focused()


# A day of talk; the cited turn stands near its end.
TURNS = 3000
# The longest that a person waits without noticing a wait; three times what an idle machine needs.
OPEN_MS = 300


def long_transcript() -> str:
    lines = [
        f"{'ANNA' if n % 2 else 'BORIS'}: Turn number {n} says 🎉 that the ferry number {n * 7} "
        f"left from gate {n % 12} a little after the hour, as it does on most days of the year."
        for n in range(TURNS)
    ]
    return "A very long day\n20220101\nhttps://x.example/\n" + "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def long_day(stage_server: Stage) -> str:
    stage_server.service.library.add("long.txt", read(long_transcript()))
    return "the ferry number 17500 left from gate 4"


def test_a_transcript_of_three_thousand_turns_opens_at_the_words(
    scene: Page, stage: Stage, long_day: str
) -> None:
    narrow(scene)
    stage.says(Q, lambda service, ask: answer(ask, (long_day, (service.cite("long", long_day),))))
    ask(scene)
    took = scene.evaluate(
        """async () => {
            const started = performance.now();
            document.querySelector(".chip").click();
            for (;;) {
                await new Promise(requestAnimationFrame);
                const mark = document.querySelector(".panel mark");
                const top = mark?.getBoundingClientRect().top;
                if (top > 0 && top < innerHeight) return performance.now() - started;
            }
        }"""
    )
    print(f"opened after {took:.0f} ms")
    expect(scene.locator(".panel mark")).to_have_text(long_day)
    assert scene.locator(".panel .turn").count() < 400
    assert took <= OPEN_MS


def test_scrolling_leads_through_all_of_it_and_nothing_jumps(
    scene: Page, stage: Stage, long_day: str
) -> None:
    stage.says(Q, lambda service, ask: answer(ask, (long_day, (service.cite("long", long_day),))))
    ask(scene)
    mark = scene.locator(".panel mark")
    mark.wait_for()
    scene.wait_for_timeout(300)
    expect(mark).to_be_in_viewport()
    before = mark.bounding_box()
    # Far enough up that turns are added above, and back.
    moved = scene.evaluate(
        """async () => {
            const body = document.querySelector(".panel-body");
            const count = () => document.querySelectorAll(".panel .turn").length;
            const first = count();
            const top = () => document.querySelector(".panel mark").getBoundingClientRect().top;
            let jumps = 0;
            for (const by of [...Array(40).fill(-150), ...Array(40).fill(150)]) {
                const was = top();
                body.scrollTop += by;
                await new Promise(requestAnimationFrame);
                await new Promise(requestAnimationFrame);
                jumps = Math.max(jumps, Math.abs(top() - was + by));
            }
            return { jumps, more: count() - first };
        }"""
    )
    after = mark.bounding_box()
    assert before
    assert after
    assert moved["jumps"] <= 2
    assert moved["more"] > 0
    assert abs(before["y"] - after["y"]) <= 2
    # To either end.
    for step, said in ((-(10**6), "Turn number 0 "), (10**6, f"Turn number {TURNS - 1} ")):
        found = scene.evaluate(
            """async ([step, said]) => {
                const body = document.querySelector(".panel-body");
                for (let n = 0; n < 200; n++) {
                    body.scrollTop += step;
                    await new Promise(requestAnimationFrame);
                    await new Promise(requestAnimationFrame);
                    const turns = document.querySelectorAll(".panel .turn");
                    if ([turns[0], turns[turns.length - 1]].some(
                        (turn) => turn.textContent.includes(said))) return true;
                }
                return false;
            }""",
            [step, said],
        )
        assert found


def test_the_page_of_it_shows_the_part_with_the_words(
    open_stage: BrowserContext, stage: Stage, long_day: str
) -> None:
    page = open_stage.new_page()
    cited = stage.service.cite("long", long_day)
    query = {"start": cited.char_start, "end": cited.char_end}
    page.goto(f"/documents/long?{urlencode(query)}#cite")

    expect(page.locator("mark#cite")).to_have_text(long_day)
    expect(page.locator("mark#cite")).to_be_in_viewport()
    assert page.locator(".turn").count() <= 150
    expect(page.get_by_text("Part 17 of 20").first).to_be_visible()
    page.get_by_role("link", name="Earlier turns").click()
    expect(page.get_by_text("Part 16 of 20").first).to_be_visible()
    page.get_by_role("link", name="Go to the cited words").click()
    expect(page.locator("mark#cite")).to_be_in_viewport()
