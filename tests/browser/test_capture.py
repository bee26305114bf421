"""A lesson in five minutes on a phone: typing, two windows, what happened before, handing in."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visitor

EVENT = (
    "The butterfly valves came eleven weeks late, and the purchase order let us do nothing but "
    "telephone the foundry."
)


def begin(page: Page) -> None:
    """From the list of lessons to the second question."""
    page.goto("/lessons/")
    page.get_by_role("link", name="Record a lesson").first.click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="What happened?")).to_be_visible()


def test_a_lesson_in_five_minutes_on_a_phone(visitor: Visitor) -> None:
    page = visitor.sign_in("pm", size="phone")
    begin(page)
    expect(page.get_by_label("What happened?")).to_be_focused()
    page.keyboard.type("The marquee for the opening blew away in the first autumn storm.")
    expect(page.locator("#saved")).to_have_text(re.compile(r"Saved at \d\d:\d\d"))
    page.reload()
    expect(page.get_by_label("What happened?")).to_have_value(re.compile("^The marquee .* storm"))
    for text, question in (
        (None, "Why did it happen?"),
        ("Nobody had asked how much wind it stands.", "What do you know now?"),
        ("Tents have a wind class.", "What should the next project do?"),
        ("Ask for the wind class before a tent is hired.", "The point in one line"),
        ("Hire tents by their wind class", "Anything else?"),
    ):
        if text:
            page.keyboard.type(text)
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("heading", name=question, level=1)).to_be_visible()
    page.keyboard.press("Control+Shift+Enter")
    expect(page.get_by_label("Headline")).to_have_value("Hire tents by their wind class")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="This is what others will read")).to_be_visible()
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.get_by_text("Handed in. A reviewer looks at it next.")).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_two_windows_show_both_texts(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    begin(page)
    other = page.context.new_page()
    other.goto(page.url)
    page.get_by_label("What happened?").fill("It rained for a week.")
    expect(page.locator("#saved")).to_contain_text("Saved at")
    page.wait_for_function("document.querySelector('[name=draft_version]').value === '2'")
    other.get_by_label("What happened?").fill("It froze for a week.")
    box = other.locator("#conflict")
    expect(box).to_be_visible()
    expect(box).to_contain_text("It rained for a week.")
    expect(box).to_contain_text("It froze for a week.")
    other.get_by_role("link", name="Take the other").click()
    expect(other.get_by_label("What happened?")).to_have_value("It rained for a week.")
    expect(box).to_be_hidden()
    expect(other.locator("#saved")).to_contain_text("Saved at")
    page.get_by_label("What happened?").fill("It hailed for a week.")
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#saved")).to_contain_text("Saved at")
    page.reload()
    expect(page.get_by_label("What happened?")).to_have_value("It hailed for a week.")


def test_what_cannot_be_saved_says_so_and_is_saved_later(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    begin(page)

    def cut(route: Route) -> None:
        route.abort()

    page.route("**/save", cut)
    page.get_by_label("What happened?").fill("The line was cut.")
    expect(page.locator("#saved")).to_have_text(
        "Not saved: you are offline, the text is kept in this page."
    )
    page.unroute("**/save", cut)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#saved")).to_contain_text("Saved at")


def test_it_happened_before_and_is_added_there(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    begin(page)
    page.get_by_label("What happened?").fill(EVENT)
    before = page.locator("#beside li", has_text="Butterfly valves came eleven weeks late")
    expect(before).to_be_visible()
    expect(page.locator("#saved")).to_contain_text("Saved at")
    before.get_by_role("link", name="It happened to us too").click()
    expect(page.get_by_label("What was different?")).to_have_value(EVENT)
    page.get_by_label("What did it do there?").fill("The zebrawood pier opened late.")
    page.get_by_role("button", name="Add it").click()
    section = page.locator("#happened")
    expect(section).to_contain_text("The zebrawood pier opened late.")
    expect(section).to_contain_text("Happened 2 times")
    section.get_by_role("button", name="Delete the draft").click()
    expect(page.get_by_text("The draft is deleted.")).to_be_visible()
    page.go_back()
    page.reload()
    section.get_by_role("button", name="Withdraw").click()
    expect(section).not_to_contain_text("zebrawood")
    page.get_by_role("button", name="Undo").click()
    expect(section).to_contain_text("The zebrawood pier opened late.")
    section.get_by_role("button", name="Withdraw").click()
    expect(section).not_to_contain_text("zebrawood")


def test_changes_of_a_lesson_are_kept_while_one_types(visitor: Visitor) -> None:
    page = visitor.sign_in("reviewer")
    page.goto("/lessons/7/edit")
    learned = page.get_by_label("What did you learn?").input_value()
    page.get_by_label("Why did it happen?").fill("A cause that is not saved yet.")
    expect(page.locator("#saved")).to_contain_text("Saved at")
    page.goto("/lessons/7/edit")
    expect(page.get_by_text("You have unsaved changes")).to_be_visible()
    page.get_by_role("link", name="Take them up").click()
    expect(page.get_by_label("What did you learn?")).to_have_value(learned)
    expect(page.get_by_label("Why did it happen?")).to_have_value("A cause that is not saved yet.")
    page.goto("/lessons/7/edit")
    page.get_by_role("button", name="Discard them").click()
    page.goto("/lessons/7/edit")
    expect(page.get_by_text("You have unsaved changes")).to_have_count(0)


def test_the_coach_waits_beside_and_is_put_aside(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    begin(page)
    event = page.get_by_label("What happened?")
    event.fill("The ZQW report was forgotten by Peter Miller in March and the pump came late.")
    hints = page.locator(".hints")
    short, person = (hints.locator("li", has_text=text) for text in ("short form", "person"))
    expect(short).to_contain_text("ZQW")
    expect(page.locator("#announce")).to_have_text("2 hints for your text")
    person.locator("summary").click()
    expect(person).to_contain_text("name the role")
    event.press("End")
    event.press_sequentially(" The XPB was late.")
    expect(short).to_contain_text("ZQW, XPB")
    expect(person).to_contain_text("name the role")  # what was opened stays open
    expect(event).to_be_focused()
    short.get_by_role("button", name="Not here").click()
    expect(short).to_be_hidden()
    expect(person.get_by_role("button", name="Not here")).to_be_focused()
    event.press("End")
    event.press_sequentially(" The QDX too.")
    expect(short).to_contain_text("QDX")  # another short form is another hint
    expect(short).to_be_visible()
    short.get_by_role("button", name="Not here").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Back").click()
    expect(person).to_be_visible()
    expect(short).to_be_hidden()
    hints.get_by_role("button", name="Show again").click()
    expect(short).to_be_visible()
    short.get_by_role("button", name="Not here").click()
    begin(page)  # what was put aside there says nothing of another draft
    page.get_by_label("What happened?").fill("The ZQW came late in March, and we waited for days.")
    expect(short).to_be_visible()


def test_the_coach_stands_beside_the_form_with_all_fields(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/lessons/new?all=1")
    page.get_by_label("Headline").fill("Pump deliveries")
    page.get_by_label("What should the next project do?").fill("See the report of the board.")
    pointer = page.locator(".hints li", has_text="Only a pointer")
    expect(pointer).to_contain_text("See the report of the board.")
    expect(page.locator("#saved")).to_contain_text("Saved at")
    page.goto("/lessons/capture")
    page.get_by_role("link", name="Pump deliveries").first.click()
    expect(pointer).to_be_visible()  # a draft that is taken up has its hints again
