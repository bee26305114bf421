"""A review from the list of themes to its minutes: two people, two devices, one of them by keys."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.test_accessibility import violations

# The project manager of the demo.
MANAGER = "Paula Meyer"
TITLE = "Improvement review of the browsers"


def plan(page: Page) -> str:
    """Plan a review over the three most recurring themes, with the manager invited."""
    page.goto("/themes/")
    page.get_by_role("link", name="Reviews").click()
    page.get_by_role("link", name="Plan a review").first.click()
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Begins (UTC)").fill("2031-05-06T09:00")
    page.get_by_role("textbox", name="Where").fill("Room 4")
    for box in page.get_by_role("group", name="Themes").get_by_role("checkbox").all()[3:]:
        box.uncheck()
    page.get_by_role("group", name="People").get_by_label(MANAGER, exact=True).check()
    page.get_by_role("button", name="Plan and invite").click()
    expect(page.get_by_text("2 people are invited by mail")).to_be_visible()
    return page.url


def vote(page: Page, first: int, second: int) -> None:
    """Give points to the first and the second theme."""
    for place, points in ((0, first), (1, second)):
        row = page.locator(".ballot-item").nth(place)
        row.locator("label.btn").filter(has_text=re.compile(rf"^{points} ")).click()


def begin(page: Page) -> None:
    """Begin, and go on to the first theme: actions of an earlier review, if any, come before it."""
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url(re.compile("/room$"))
    here = page.locator(".agenda-list [aria-current]")
    if "Actions of the last review" in here.inner_text():
        page.get_by_role("button", name=re.compile("^(Save and go on|Go on)")).click()
    expect(here).to_contain_text("1. ")


def test_a_review_from_themes_to_minutes(visitor: Visitor) -> None:
    lead = visitor.sign_in("reviewer")
    phone = visitor.sign_in("pm", size="phone")
    review = plan(lead)
    assert violations(lead) == []

    # Beforehand, in silence, on the phone.
    phone.goto(review)
    phone.get_by_role("link", name="Vote").click()
    vote(phone, 3, 3)
    expect(phone.get_by_text("1 too many: take some back")).to_be_visible()
    vote(phone, 1, 3)
    expect(phone.get_by_text("1 point left")).to_be_visible()
    assert violations(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_role("button", name="Give my points").click()
    expect(phone.get_by_text("Your points are given")).to_be_visible()
    lead.reload()
    expect(lead.locator("#voted")).to_have_text(re.compile("1 of 2 have voted"))
    expect(lead.locator(".agenda-table")).to_contain_text("hidden until shown")

    # In the room: both at the first theme, with one clock.
    begin(lead)
    phone.goto(f"{review}/room")
    before = phone.locator(".clock-digits").inner_text()
    expect(phone.locator(".clock-digits")).not_to_have_text(before)
    lead.get_by_role("button", name="Pause").click()
    expect(phone.locator(".clock")).to_contain_text("paused")
    lead.get_by_role("button", name="Show the votes").click()
    expect(phone.locator(".agenda-list")).to_contain_text("3 points")
    expect(phone.locator(".agenda-list")).not_to_contain_text("(")  # no names

    # Notes appear while they are written; the decision when it is taken. By keys only.
    lead.get_by_label("Notes").focus()
    lead.keyboard.type("Permits need eight weeks.")
    expect(lead.locator("#saved")).to_contain_text("Saved at")
    expect(phone.locator("#status")).to_contain_text("Permits need eight weeks.")
    lead.keyboard.press("Tab")
    expect(lead.get_by_label("Open", exact=True)).to_be_focused()
    lead.keyboard.press("ArrowRight")
    expect(lead.get_by_label("Adopt: change something")).to_be_checked()
    lead.keyboard.press("Enter")
    expect(lead.get_by_text("Saved.", exact=True)).to_be_visible()
    expect(phone.locator("#status")).to_contain_text("adopted")
    for page in (lead, phone):
        assert violations(page) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390

    # On to the next; the phone comes along.
    lead.get_by_role("button", name=re.compile("Save and go on")).click()
    expect(lead.locator(".agenda-list [aria-current]")).to_contain_text("2. ")
    expect(phone.locator(".agenda-list [aria-current]")).to_contain_text("2. ")
    lead.get_by_text("Reject: leave it").click()
    lead.get_by_role("button", name="Save", exact=True).click()
    expect(lead.get_by_role("alert")).to_contain_text("Say why.")
    lead.get_by_label(re.compile("^Why")).fill("Outside of what we decide.")
    lead.get_by_role("button", name="Save", exact=True).click()

    # To the minutes.
    lead.get_by_role("link", name="Close the review").click()
    lead.get_by_label(re.compile("^In short")).fill("One change, one rejected.")
    lead.get_by_role("button", name="Close and send the minutes").click()
    expect(lead.get_by_text("Closed; the minutes go out by mail.")).to_be_visible()
    expect(lead.locator(".agenda-table")).to_contain_text("adopted")
    expect(phone).to_have_url(review)  # the room is closed: the phone comes along by itself
    for said in ("One change, one rejected.", "Permits need eight weeks.", "Outside of what we"):
        expect(phone.get_by_text(said)).to_be_visible()
    assert violations(lead) == []
    for name, ending in (("PDF", "pdf"), ("Word", "docx"), ("Slides", "pptx")):
        lead.locator("summary", has_text="Minutes").click()
        with lead.expect_download() as taken:
            lead.get_by_role("link", name=name, exact=True).click()
        assert taken.value.suggested_filename.endswith(f"-minutes.{ending}")
        lead.keyboard.press("Escape")


def test_two_who_take_notes_lose_nothing(visitor: Visitor) -> None:
    first = visitor.sign_in("reviewer")
    review = plan(first)
    begin(first)
    second = visitor.sign_in("admin")
    second.goto(f"{review}/room")
    first.get_by_label("Notes").fill("What the first one heard.")
    expect(first.locator("#saved")).to_contain_text("Saved at")
    second.get_by_label("Notes").fill("What the second one heard.")
    expect(second.locator("#saved")).to_contain_text("somebody wrote meanwhile")
    expect(second.locator("#saved blockquote")).to_have_text("What the first one heard.")
    second.get_by_role("button", name="Keep both").click()
    expect(second.get_by_label("Notes")).to_have_value(
        "What the first one heard.\n\nWhat the second one heard."
    )
    second.goto(review)
    second.get_by_role("button", name="Close and send the minutes").click()


def test_what_is_typed_stays_when_the_review_is_closed_meanwhile(visitor: Visitor) -> None:
    lead, scribe = visitor.sign_in("reviewer"), visitor.sign_in("admin")
    review = plan(lead)
    begin(lead)
    scribe.goto(f"{review}/room")
    scribe.get_by_text("Reject: leave it").click()
    scribe.get_by_label("Why").fill("It belongs to the next budget.")
    lead.goto(review)
    lead.get_by_role("button", name="Close and send the minutes").click()
    expect(lead.get_by_text("closed").first).to_be_visible()
    # The page says so by itself, and goes on showing what is being typed.
    scribe.get_by_label("Notes").fill("A sentence that nobody has kept.")
    expect(scribe.locator("#saved")).to_contain_text("Not saved")
    expect(scribe.get_by_text("nothing more is saved")).to_be_visible()
    expect(scribe.get_by_label("Notes")).to_have_value("A sentence that nobody has kept.")
    scribe.get_by_role("button", name="Save", exact=True).click()
    expect(scribe.get_by_role("alert")).to_contain_text("This review was closed while you wrote")
    expect(scribe.get_by_label("Notes")).to_have_value("A sentence that nobody has kept.")
    expect(scribe.get_by_label("Why")).to_have_value("It belongs to the next budget.")
    assert violations(scribe) == []
    scribe.get_by_role("link", name="To the minutes").click()
    expect(scribe.get_by_text("A sentence that nobody has kept.")).to_have_count(0)


def test_voting_works_without_a_script(visitor: Visitor) -> None:
    lead = visitor.sign_in("reviewer")
    review = plan(lead)
    plain = visitor.sign_in("pm", java_script_enabled=False)
    plain.goto(f"{review}/vote")
    vote(plain, 2, 3)
    plain.get_by_role("button", name="Give my points").click()
    expect(plain.get_by_text("1 of 2 have voted")).to_be_visible()
    lead.get_by_role("button", name="Cancel the review").click()
    expect(lead.get_by_text("Cancelled; people are told")).to_be_visible()


def test_times_are_those_of_the_reader_and_utc_without_scripts(visitor: Visitor) -> None:
    page = visitor.sign_in("reviewer", timezone_id="Europe/Berlin")
    page.goto("/reviews/new")
    begins = page.get_by_label("Begins (your time, ")
    begins.fill("2031-07-06T11:00")
    expect(page.get_by_label(re.compile(r"^Begins \(your time, (CEST|GMT\+2)\)"))).to_be_visible()
    page.get_by_label("Title").fill("")
    page.get_by_role("button", name="Plan and invite").click()
    # The form comes back with what is wrong, and says the time as it was typed.
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.get_by_label("Begins (your time, ")).to_have_value("2031-07-06T11:00")
    page.get_by_label("Title").fill("A review in summer time")
    page.get_by_role("button", name="Plan and invite").click()
    line = page.locator(".meta").first
    expect(line).to_contain_text(re.compile(r"6 Jul 2031, 11:00 (CEST|GMT\+2) to 12:\d\d"))
    expect(page.locator(".agenda-table td time").first).to_have_text("11:00")
    plain = visitor.sign_in("reviewer", java_script_enabled=False)
    plain.goto(page.url)
    expect(plain.locator(".meta").first).to_contain_text("6 Jul 2031, 09:00 UTC to 10:")
    page.get_by_role("link", name="Change").click()
    expect(page.get_by_label("Begins (your time, ")).to_have_value("2031-07-06T11:00")
    page.get_by_role("button", name="Save").click()
    expect(line).to_contain_text("6 Jul 2031, 11:00")
