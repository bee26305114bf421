"""Review in a real browser: keys, a remark and its way back, edits, a merge, an unseen change."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.stories import hand_in


def focus_line(page: Page, headline: str) -> None:
    """Go down the queue by keyboard until the line has the focus."""
    for _ in range(60):
        page.keyboard.press("j")
        if page.evaluate("document.activeElement.textContent") == headline:
            return
    raise AssertionError(f"no line says {headline}")


def test_a_lesson_is_reviewed_by_keyboard_returned_and_published_with_edits(
    visitor: Visitor,
) -> None:
    headline = "Weigh the okapi crates before the crane is booked"
    author, reviewer = visitor.sign_in("pm"), visitor.sign_in("reviewer")
    address = hand_in(author, headline, "The crane could not lift the okapi crates.")

    reviewer.goto("/lessons/queue")
    reviewer.keyboard.press("?")
    expect(reviewer.locator("#keys")).to_be_visible()
    reviewer.keyboard.press("Escape")
    focus_line(reviewer, headline)
    reviewer.keyboard.press("t")
    expect(reviewer.get_by_text("1 item taken on.")).to_be_visible()
    focus_line(reviewer, headline)
    reviewer.keyboard.press("x")
    expect(reviewer.locator("[data-chosen]")).to_have_text("1 chosen")
    reviewer.keyboard.press("Enter")
    expect(reviewer.get_by_text("You have taken it on.")).to_be_visible()
    reviewer.locator("summary", has_text="Remark on Why did it happen?").click()
    reviewer.get_by_label("Remark on Why did it happen?", exact=True).fill("Whom: the shipper?")
    reviewer.get_by_role("button", name="Return", exact=True).click()
    expect(reviewer.get_by_text("Returned to its author with your remarks.")).to_be_visible()

    author.goto(f"{address}/edit")
    expect(author.locator("#remark-cause")).to_contain_text("Whom: the shipper?")
    author.get_by_label("Why did it happen?").fill("Nobody had asked the shipper.")
    author.get_by_role("button", name="Hand in for review").click()
    expect(author.get_by_text("Handed in. A reviewer looks at it next.")).to_be_visible()

    reviewer.goto(f"{address}/review")
    expect(reviewer.locator(".thread .settled", has_text="Whom: the shipper?")).to_be_visible()
    reviewer.keyboard.press("e")
    advice = reviewer.get_by_label("What should the next project do?")
    advice.fill("Weigh every crate of each kind.")
    reviewer.get_by_role("button", name="Save and publish").click()
    expect(reviewer.get_by_text("Published with your edits.")).to_be_visible()

    author.goto(f"{address}/revisions")
    expect(author.locator(".diff ins")).to_have_text("every")


def test_keys_do_nothing_while_one_types_and_publishing_asks_first(visitor: Visitor) -> None:
    headline = "Count the narwhal tickets by hand once"
    address = hand_in(visitor.sign_in("pm"), headline, "The narwhal counter lost tickets.")
    page = visitor.sign_in("reviewer")
    page.goto(f"{address}/review")
    page.keyboard.press("r")
    page.keyboard.type("a rather early text")
    expect(page.get_by_label("Or say what is missing")).to_have_value("a rather early text")
    page.get_by_label("Or say what is missing").fill("")
    page.locator("main").focus()
    page.keyboard.press("a")
    expect(page.locator("#confirm")).to_contain_text(headline)
    page.keyboard.press("Escape")
    expect(page.locator("#confirm")).to_be_hidden()
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Published. Everybody who may read it")).to_be_visible()


def test_a_lesson_that_says_the_same_is_merged_and_taken_back(visitor: Visitor) -> None:
    author, page = visitor.sign_in("pm"), visitor.sign_in("reviewer")
    author.goto("/lessons/3")
    headline = author.locator("h1").inner_text()
    event = author.locator(".lesson-text").inner_text()[:600]
    address = hand_in(author, f"{headline} again"[:200], event)
    page.goto(f"{address}/review")
    page.locator(".near li").first.get_by_role("button", name=re.compile("Merge")).click()
    expect(page.get_by_text("Kept as one more time of")).to_be_visible()
    author.goto(address)
    expect(author.get_by_text("Kept with another lesson:")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("It waits for review again.")).to_be_visible()


def test_a_rejected_author_answers_and_the_lesson_is_taken_back_into_review(
    visitor: Visitor,
) -> None:
    headline = "Count the axolotl tanks before the van is booked"
    author, reviewer = visitor.sign_in("pm"), visitor.sign_in("reviewer")
    address = hand_in(author, headline, "One axolotl tank stood on the street overnight.")
    reviewer.goto(f"{address}/review")
    reviewer.get_by_role("button", name="Reject").click()
    expect(reviewer.get_by_role("heading", name=headline)).to_be_visible()  # not without a reason
    reviewer.get_by_label("Or say what is missing").fill("We know this from the okapi crates.")
    reviewer.get_by_role("button", name="Reject").click()
    expect(reviewer.get_by_text("Rejected; its author reads your reason")).to_be_visible()

    author.goto("/")
    author.get_by_role("link", name=headline).first.click()
    expect(author.get_by_text("We know this from the okapi crates.").first).to_be_visible()
    author.get_by_label("Answer the reviewer").fill("Crates can stand in the rain.")
    author.get_by_role("button", name="Send the answer").click()
    expect(author.get_by_text("Your answer is with the reviewer.")).to_be_visible()

    reviewer.goto("/lessons/queue?kind=answer")
    reviewer.get_by_role("link", name=headline).click()
    expect(reviewer.get_by_text("Crates can stand in the rain.")).to_be_visible()
    reviewer.get_by_role("button", name="Take it back into review").click()
    reviewer.goto(f"{address}/review")
    expect(reviewer.get_by_label("Remark on Category", exact=True)).to_have_count(0)
    reviewer.get_by_role("button", name=re.compile("^Use .* as category$")).first.click()
    expect(reviewer.locator("summary", has_text="Remark on Category")).to_be_visible()
    reviewer.get_by_role("button", name="Publish", exact=True).click()
    author.goto(address)
    expect(author.get_by_text("published", exact=True).first).to_be_visible()


def test_a_change_of_a_published_lesson_is_out_of_sight_until_accepted(visitor: Visitor) -> None:
    reviewer, reader = visitor.sign_in("reviewer"), visitor.sign_in("trainer")
    author = visitor.sign_in("pm")
    address = hand_in(author, "Label the quagga valves", "Two quagga valves were swapped.")
    reviewer.goto(f"{address}/review")
    reviewer.get_by_role("button", name="Publish", exact=True).click()
    author.goto(address)
    author.get_by_role("link", name="Propose a change").click()
    author.get_by_label("What should the next project do?").fill("Weigh and label each crate.")
    author.get_by_label("Why it changes").fill("A weight alone did not help.")
    author.get_by_role("button", name="Hand in the change").click()
    expect(author.get_by_text("Readers go on with the text in force")).to_be_visible()

    reader.goto(address)
    expect(reader.locator(".recommendation")).to_contain_text("Weigh one crate of each kind.")
    expect(reader.get_by_text("under review")).to_have_count(0)

    reviewer.goto("/lessons/queue?kind=change")
    reviewer.get_by_role("link", name="Label the quagga valves").click()
    expect(reviewer.locator(".diff ins").first).to_be_visible()
    reviewer.get_by_role("button", name="Accept").click()
    expect(reviewer.get_by_text("Accepted. Everybody reads the new text now.")).to_be_visible()
    reader.reload()
    expect(reader.locator(".recommendation")).to_contain_text("Weigh and label each crate.")
