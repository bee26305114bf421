"""Themes in a real browser: looked into, split, pinned, on the map by keyboard, run again."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor


def open_theme(page: Page, place: int) -> str:
    """Open a theme of the list; answers its title."""
    page.goto("/themes/")
    link = page.locator(".theme-list h2 a").nth(place)
    title = link.inner_text()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    return title


def undo(page: Page) -> None:
    """Take back what the toast has just said."""
    page.locator("[data-toast]").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back.")).to_be_visible()


def test_a_number_opens_the_texts_behind_it(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    open_theme(page, 0)
    hits = page.get_by_role("link", name=re.compile(r"Texts of the \d+ projects closed in")).first
    hits.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Texts of")
    shown = page.locator(".row-list > li")
    count = shown.count()
    assert count > 0
    page.get_by_label("Kind").select_option("issue")  # narrows at once
    expect(page).to_have_url(re.compile("kind=issue"))
    assert shown.count() < count


def test_a_theme_is_split_as_suggested_and_put_together_again(visitor: Visitor) -> None:
    page = visitor.sign_in("reviewer")
    title = open_theme(page, 2)
    address = page.url
    page.get_by_role("link", name="Split it").click()
    going = page.get_by_role("group", name="Theme of their own").get_by_role("checkbox")
    assert going.count() > 1
    first = going.first
    first.focus()
    page.keyboard.press("Space")  # one of them stays after all
    count = page.locator("input[name=text]:checked").count()
    page.get_by_label("Name of the new theme").fill("The okapi half")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The okapi half")
    expect(page.get_by_role("link", name=f"{count} texts", exact=True)).to_be_visible()
    undo(page)
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.goto("/themes/")
    expect(page.get_by_text("The okapi half")).to_have_count(0)


def test_a_doubtful_text_is_pinned(visitor: Visitor) -> None:
    page = visitor.sign_in("reviewer")
    open_theme(page, 1)
    doubtful = page.get_by_role("region", name="Doubtful")
    doubtful.get_by_role("checkbox").first.check()
    doubtful.get_by_role("button", name="Put them there").click()
    expect(page.get_by_text("Later runs leave the texts there.")).to_be_visible()
    expect(page.get_by_text("pinned one text here")).to_be_visible()
    undo(page)


def test_the_map_is_walked_by_keyboard(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/themes/map")
    page.get_by_role("region", name="Map of themes").focus()
    page.keyboard.press("Tab")
    name = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert name.startswith("Theme ")
    page.keyboard.press("Tab")
    dot = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/(lessons|issues)/\d+$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(dot[:20])


def test_a_run_is_chosen_and_a_fresh_start_looked_at_before_it_is_kept(visitor: Visitor) -> None:
    page = visitor.sign_in("reviewer")
    page.goto("/themes/")
    before = page.locator(".theme-list > li").count()
    page.get_by_role("link", name="Look again").click()
    page.get_by_label("Find all themes anew").check()
    page.get_by_label("How finely").press("ArrowRight")
    page.get_by_label("How finely").press("ArrowRight")
    page.get_by_role("button", name="Look for themes").click()
    # The page asks for the progress by itself, and is told when the run is over.
    waiting = page.get_by_role("heading", name="A fresh start waits for you")
    expect(waiting).to_be_visible(timeout=60_000)
    assert page.locator(".theme-list > li").count() == before
    found = re.search(r"with (\d+) themes", page.locator("section", has=waiting).inner_text())
    assert found is not None
    assert int(found[1]) > 1.3 * before  # twice as many, of which each is large enough to stay
    page.get_by_role("button", name="Drop it").click()
    expect(page.get_by_text("Dropped; the themes stay as they are.")).to_be_visible()
    expect(waiting).to_have_count(0)


def test_map_and_tables_stand_whole_on_paper(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/themes/map")
    page.set_viewport_size({"width": 680, "height": 900})  # A4 within its margins
    page.emulate_media(media="print")
    for what in (".map", ".heat"):
        for part in page.locator(what).all():
            box = part.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 680, what
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
