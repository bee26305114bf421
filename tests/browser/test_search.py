"""Search as a person uses it: while typing, with slips, by mouse and by keyboard alone."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor


def shown(page: Page) -> str:
    return page.locator(".found-line p").inner_text()


def test_findings_come_while_typing_and_back_works(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/search")
    box = page.get_by_role("combobox", name="What do you want to know?")
    box.press_sequentially("permit", delay=20)
    page.wait_for_url(re.compile(r"q=permit$"))
    expect(page.locator(".found-line p")).to_contain_text("for “permit”")
    box.press_sequentially(" crane", delay=20)
    page.wait_for_url(re.compile(r"q=permit(\+|%20)crane$"))
    expect(page.locator(".found-line p")).to_contain_text("for “permit crane”")
    page.go_back()
    page.wait_for_url(re.compile(r"q=permit$"))
    expect(page.locator(".found-line p")).to_contain_text("for “permit”")


def test_a_slip_is_corrected_and_can_be_kept(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/search?q=suplier")
    expect(page.locator(".corrected")).to_contain_text("Showing findings for supplier")
    expect(
        page.locator(".finding mark", has_text=re.compile("supplier", re.I)).first
    ).to_be_visible()
    page.get_by_role("link", name="Search as typed").click()
    expect(page.get_by_text("Nothing found")).to_be_visible()


def test_nothing_found_leads_on(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/search?q=permit&phase=closing&project_type=research")
    wider = page.locator(".wider a").first
    if page.locator(".empty").count():
        wider.click()
        expect(page.locator(".finding").first).to_be_visible()
    page.goto("/search?q=xylophone")
    page.get_by_role("link", name="Ask for it").click()
    expect(page.get_by_label("What is missing?")).to_have_value("xylophone")
    page.goto("/search?q=xylophone")
    page.get_by_role("link", name="Record a lesson").click()
    page.get_by_role("button", name="Next").click()
    page.goto(page.url.replace("/event", "/point"))
    expect(page.get_by_label("Headline")).to_have_value("xylophone")


def test_years_are_chosen_by_keyboard_and_several_stay(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/search?q=supplier&kind=lesson")
    years = page.locator('.years input[name="year"]')
    years.first.focus()
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("year="))
    page.locator('.years input[name="year"]').nth(1).focus()
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("year=.*year="))
    expect(page.locator('.years input[name="year"]:checked')).to_have_count(2)


def test_projects_like_mine(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/search?q=supplier")
    everything = shown(page)
    page.get_by_role("switch", name="Projects like mine").check()
    page.wait_for_url(re.compile("like=mine"))
    expect(page.locator(".found-line p")).not_to_have_text(everything)


def test_an_example_of_the_syntax_goes_into_the_box(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/search?q=delay")
    page.get_by_text("How to ask").click()
    page.get_by_role("button", name="cause:weather").click()
    page.wait_for_url(re.compile("cause%3Aweather"))
    assert page.locator("#q").input_value() == "delay cause:weather"
    assert page.evaluate("document.getSelection().toString()") in ("weather", "")


def test_completions_come_from_what_is_there(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/search")
    page.locator("#q").press_sequentially("contr", delay=20)
    option = page.locator("#completions option[value^='contract']")
    expect(option.first).to_be_attached()


def test_a_pasted_text_finds_its_like(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/search/like")
    page.get_by_label("Your text").fill(
        "The supplier delivered the pumps six weeks late and the contract had no penalty for it."
    )
    page.get_by_role("button", name="Find what is like it").click()
    expect(page.locator(".finding").first).to_be_visible()


def test_a_lesson_shows_what_is_like_it_and_what_goes_with_it(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/lessons/1")
    similar = page.get_by_role("region", name="Similar lessons")
    expect(similar.get_by_role("link").first).to_be_visible()
    here = page.url
    similar.get_by_role("link").first.click()
    assert page.url != here


def test_what_is_asked_and_not_found_reaches_the_pmo_without_a_name(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/search?q=quokkasafari")
    with page.expect_response(lambda answer: "/search/asked" in answer.url) as told:
        page.wait_for_timeout(0)
    assert told.value.status == 204
    reviewer = visitor.sign_in("reviewer")
    reviewer.goto("/insight/")
    expect(reviewer.get_by_role("link", name="quokkasafari").first).to_be_visible()
    assert "Paula" not in reviewer.locator("main").inner_text()
    row = reviewer.get_by_role("row").filter(has_text="quokkasafari").first
    row.get_by_role("button", name="Request content").click()
    expect(reviewer.get_by_role("heading", level=1)).to_contain_text("quokkasafari")


def test_without_javascript_all_of_it_is_a_form(visitor: Visitor) -> None:
    page = visitor.window(java_script_enabled=False)
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("pm@demo.example")
    page.get_by_label("Password", exact=True).fill("northmere demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/search")
    page.locator("#q").fill("suplier late")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".corrected")).to_be_visible()
    page.locator('.facet input[name="phase"]').first.check()
    page.get_by_role("button", name="Narrow").click()
    assert "phase=" in page.url
    expect(page.locator(".finding").first).to_be_visible()
