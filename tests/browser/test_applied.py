"""Applied is counted: one project's answer moves the lesson, the list and the first number."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.stories import hand_in, publish, until_found

PROJECT = "ITD-05 Enterprise data platform, first release"
HEADLINE = "Number the lemur crates on both ends"


def counted(page: Page) -> tuple[int, int, int]:
    """The dashboard's first number: percent, and the two counts that it is made of."""
    page.goto("/")
    first = page.locator(".figures a").first
    many, applied = re.findall(r"\d+", first.get_attribute("title") or "")[:2]
    percent = first.locator("strong").inner_text().removesuffix(" %")
    return int(percent), int(applied), int(many)


def test_an_answer_is_counted_wherever_the_lesson_stands(visitor: Visitor) -> None:
    address = hand_in(visitor.sign_in("trainer"), HEADLINE, "Two lemur crates were swapped.")
    publish(visitor, address)
    page = visitor.sign_in("pm")
    _, applied_before, many = counted(page)
    page.goto(address)
    page.locator("summary", has_text="Did your project use this?").click()
    page.get_by_label("Project", exact=True).select_option(label=PROJECT)
    page.get_by_role("radio", name="Applied: we do what it says").check()
    page.get_by_role("textbox", name=re.compile("^Where")).fill("The packing list")
    page.get_by_role("textbox", name=re.compile("^What came of it")).fill(
        "No crate was swapped again."
    )
    page.get_by_role("button", name="Save the answer").click()
    applied = page.locator("#applied")
    expect(applied).to_contain_text("Applied by 1 project")
    expect(applied).to_contain_text("ITD-05")
    expect(applied).to_contain_text("No crate was swapped again.")
    expect(applied).to_contain_text("Paula Meyer")

    page.goto("/lessons/?sort=applied&text=lemur")
    expect(page.locator(".row-list li").first).to_contain_text("applied 1")
    page.goto("/lessons/?sort=applied")
    counts = [int(n) for n in re.findall(r"applied (\d+)", page.locator(".row-list").inner_text())]
    assert counts == sorted(counts, reverse=True)
    page.goto("/projects/ITD-05")
    expect(page.get_by_role("link", name=HEADLINE).first).to_be_visible()
    until_found(page, "/search?q=lemur", "applied 1 time")
    assert counted(page) == (
        round(100 * (applied_before + 1) / many), applied_before + 1, many
    )  # fmt: skip
