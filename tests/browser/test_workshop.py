"""A closing workshop: the manager's link, two phones without names, groups, and a lesson."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor


def plan(page: Page) -> str:
    """From the project's page to the board; answers the link."""
    page.goto("/projects/ITD-05")
    page.get_by_role("link", name="Plan another").click()
    page.get_by_label("Title").fill("Looking back together")
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_text("The link is ready.")).to_be_visible()
    return page.get_by_label("Link for the team").input_value()


def add(phone: Page, text: str) -> None:
    phone.get_by_role("textbox").fill(text)
    phone.get_by_role("button", name="Add").click()
    expect(phone.locator("#wall")).to_contain_text(text)
    expect(phone.get_by_role("textbox")).to_have_value("")


def test_from_a_link_to_a_lesson(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    link = plan(page)
    one, two = visitor.window(size="phone"), visitor.window(size="phone")
    for phone in (one, two):
        phone.goto(link)
        expect(phone.get_by_role("heading", name="Looking back together")).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert "ITD-05" not in one.content()
    one.get_by_role("link", name="2. What did not go well?").click()
    add(one, "The tarpaulin tore in the first storm")
    expect(one.locator("#announce")).to_have_text("Added.")
    two.get_by_role("link", name="2. What did not go well?").click()
    expect(two.locator("#wall")).to_contain_text("tarpaulin tore")
    expect(two.get_by_role("button", name="Take back")).to_have_count(0)
    add(two, "Our tarpaulin was torn by a storm")
    add(two, "A slip of the finger")
    expect(one.locator("#wall")).to_contain_text("was torn")  # by itself, within seconds
    two.get_by_role("button", name="Take back: A slip").click()
    expect(two.get_by_role("textbox")).to_have_value("A slip of the finger")
    expect(two.locator("#wall")).not_to_contain_text("slip of the finger")
    # What is ticked on the board stays ticked while notes arrive.
    page.get_by_role("checkbox", name=re.compile("tarpaulin tore")).check()
    two.get_by_role("link", name="4. What would we do differently?").click()
    add(two, "Hire tarpaulins by their wind class")

    # The notes have come to the board meanwhile; what was taken back is gone with the next look.
    expect(page.locator("#loose-3")).to_contain_text("wind class")
    expect(page.get_by_role("checkbox", name=re.compile("tarpaulin tore"))).to_be_checked()
    page.get_by_role("link", name="Look for new ones").click()
    expect(page.locator("#board")).not_to_contain_text("slip of the finger")
    for note in ("tarpaulin tore", "was torn", "wind class"):
        page.get_by_role("checkbox", name=re.compile(note)).focus()
        page.keyboard.press("Space")
    page.get_by_label("Title of a new group").fill("Tarpaulins tear in storms")
    page.keyboard.press("Enter")
    group = page.locator(".heap", has_text="Tarpaulins tear in storms")
    expect(group.get_by_role("listitem")).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("No group yet")).to_be_visible()
    page.get_by_role("link", name="Suggest groups").click()
    found = page.locator(".suggestion", has_text="was torn")
    found.get_by_label("Title").fill("Tarpaulins tear in storms")
    found.get_by_role("button", name="Put together").click()
    page.get_by_role("checkbox", name=re.compile("wind class")).check()
    page.get_by_label("Put the ticked into").select_option("Tarpaulins tear in storms")
    page.locator(".workshop-bulk").get_by_role("button", name="Put together").click()
    expect(group.get_by_role("listitem")).to_have_count(3)

    group.get_by_role("button", name="Write the lesson").click()
    expect(page.get_by_label("What happened?")).to_have_value(
        "- The tarpaulin tore in the first storm\n- Our tarpaulin was torn by a storm"
    )
    page.get_by_role("button", name="Read it whole").click()
    expect(page.get_by_role("heading", name="Tarpaulins tear in storms")).to_be_visible()
    expect(page.get_by_text("ITD-05 Enterprise data platform")).to_be_visible()
    expect(page.get_by_text("- Hire tarpaulins by their wind class")).to_be_visible()
    page.get_by_role("link", name="Change what was learned").click()
    page.get_by_role("textbox").fill("Tarpaulins have a wind class.")
    page.get_by_role("button", name="Read it whole").click()
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.get_by_text("Handed in.")).to_be_visible()

    expect(group.get_by_role("link", name="Tarpaulins tear in storms")).to_be_visible()
    expect(group).to_contain_text("submitted")
    page.get_by_role("button", name="End it now").click()
    expect(page.get_by_text("takes no more notes", exact=True)).to_be_visible()
    expect(one.locator("#wall")).to_contain_text("takes no more notes")
    one.get_by_role("textbox").fill("One more")
    one.get_by_role("button", name="Add").click()
    expect(one.get_by_label("Your note, which was not taken")).to_have_value("One more")


def test_without_scripts(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    link = plan(page)
    phone = visitor.window(size="phone", java_script_enabled=False)
    phone.goto(link)
    phone.get_by_role("textbox").fill("It works on paper too")
    phone.get_by_role("button", name="Add").click()
    expect(phone.locator("#wall")).to_contain_text("It works on paper too")
    phone.get_by_role("button", name="Take back").click()
    expect(phone.locator("#wall")).to_contain_text("No note here yet")
    expect(phone.get_by_role("textbox")).to_have_value("It works on paper too")
    phone.get_by_role("button", name="Add").click()
    phone.get_by_role("link", name="Show what others have added").click()
    expect(phone.locator("#wall")).to_contain_text("It works on paper too")


def test_what_could_not_be_sent_stays_in_the_field(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    link = plan(page)
    phone = visitor.window(size="phone")
    phone.goto(link)
    phone.context.set_offline(True)
    phone.get_by_role("textbox").fill("Said in the cellar")
    phone.get_by_role("button", name="Add").click()
    expect(phone.get_by_text("Not sent: there is no connection.")).to_be_visible()
    expect(phone.get_by_role("textbox")).to_have_value("Said in the cellar")
    phone.context.set_offline(False)
    phone.get_by_role("button", name="Add").click()
    expect(phone.locator("#wall")).to_contain_text("Said in the cellar")
