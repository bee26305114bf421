"""Old workbooks and exports of trackers, from the upload to the rows and back, with the worker."""

import csv
import re
from pathlib import Path

import openpyxl
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

HEADER = ("Ref", "Title", "What went on", "Lessons", "Proj.", "Stage", "Rating")
ROWS = (
    ("OLD-1", "Ask the water board for permits in week one", "The permit took a whole year.",
     "Permits decide the plan.", "Eastbank trunk main renewl", "Wrap it up", "hi"),
    ("OLD-2", "Ask the water board for permits in week one!", "It took us eleven months.",
     "Permits again.", "Pier renewal of 1998", "Design", "Low"),
    ("OLD-3", "Only a headline", "", "", "", "", ""),
)  # fmt: skip


def workbook(path: Path) -> Path:
    """A cover sheet, and a register whose header stands below a title."""
    book = openpyxl.Workbook()
    book.active.append(["Kept by the PMO until 2019"])
    book.active.append(["Ask Jo for the key"])
    sheet = book.create_sheet("Register")
    sheet.append(["Lessons of the old days"])
    sheet.append([])
    for row in (HEADER, *ROWS):
        sheet.append(list(row))
    book.save(path)
    return path


def go_on(page: Page) -> None:
    """Press the button of the step."""
    page.get_by_role("button", name=re.compile("^(Continue|Keep these)")).click()


def test_a_messy_workbook_becomes_lessons_and_is_taken_back(
    visitor: Visitor, tmp_path: Path
) -> None:
    page = visitor.sign_in("admin")
    page.goto("/imports/")
    page.get_by_label("File", exact=True).set_input_files(workbook(tmp_path / "old.xlsx"))
    page.get_by_role("button", name="Look at it").click()

    expect(page.get_by_role("heading", name="What is in the file")).to_be_visible()
    expect(page.get_by_label("Register")).to_be_checked()
    go_on(page)

    expect(page.get_by_role("heading", name="Which column is what")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("^What went on"))
    expect(row).to_contain_text("The permit took a whole year.")
    page.get_by_label("What went on").select_option("Driving event")
    page.get_by_label("Save this mapping as").fill("Register of the nineties")
    go_on(page)

    expect(page.get_by_text("Saved as “Register of the nineties”")).to_be_visible()
    page.get_by_label("Wrap it up").select_option("Closing")
    go_on(page)

    expect(page.get_by_role("heading", name="Which projects it names")).to_be_visible()
    chosen = page.get_by_label("Eastbank trunk main renewl", exact=True)
    expect(chosen).to_have_value("create")
    likest = chosen.locator("option", has_text="alike").first
    chosen.select_option(likest.get_attribute("value"))
    go_on(page)

    expect(page.get_by_role("heading", name="Rows that repeat something")).to_be_visible()
    expect(page.get_by_text("the same headline")).to_be_visible()
    page.get_by_text("Add it as an occurrence of the earlier row").click()
    go_on(page)

    expect(page.get_by_role("heading", name="As it will be")).to_be_visible()
    expect(page.get_by_text("The permit took a whole year.")).to_be_visible()
    expect(page.get_by_text("The row has no text beside its headline.")).to_be_visible()
    page.get_by_label("Published").check()
    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.get_by_role("heading", name="Take it back")).to_be_visible()
    figures = page.locator(".figures")
    expect(figures).to_contain_text("1new")
    expect(figures).to_contain_text("1added as occurrences")
    with page.expect_download() as report:
        page.get_by_role("link", name="Report, row by row").click()
    assert "Only a headline" in Path(report.value.path()).read_text(encoding="utf-8")
    address = page.url

    page.goto("/lessons/?text=water+board+for+permits")
    page.get_by_role("link", name="Ask the water board for permits in week one").click()
    expect(page.get_by_text("Pier renewal of 1998").first).to_be_visible()
    expect(page.get_by_text("It took us eleven months.")).to_be_visible()

    page.goto(address)
    page.get_by_role("button", name="Take the import back").click()
    expect(page.get_by_text("Everything it made has been taken back.")).to_be_visible()
    page.goto("/imports/")
    page.get_by_role("button", name="Forget it").click()
    expect(page.get_by_text("is forgotten")).to_be_visible()


JIRA = (
    ("Summary", "Issue key", "Issue id", "Issue Type", "Status", "Project key", "Project name",
     "Priority", "Resolution", "Created", "Resolved", "Labels", "Labels", "Description"),
    ("The ocelot feed stops at night", "ITD-901", "10101", "Bug", "Done", "ITD",
     "Enterprise data platform, first release", "Highest", "Fixed", "12/Jan/26 9:30 AM",
     "14/Jan/26 5:00 PM", "feed", "night", "It stopped\nat two."),
    ("", "ITD-902", "10102", "Task", "To Do", "ITD", "Enterprise data platform, first release",
     "Low", "", "13/Jan/26 9:30 AM", "", "", "", "Nobody said what."),
)  # fmt: skip


def test_issues_come_in_as_jira_exports_them_and_are_taken_back(
    visitor: Visitor, tmp_path: Path
) -> None:
    path = tmp_path / "jira.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(JIRA)
    page = visitor.sign_in("admin")
    page.goto("/imports/")
    page.get_by_label("Issues of projects, as exported by Jira").check()
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Look at it").click()

    expect(page.get_by_role("heading", name="Which column is what")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("^Summary"))
    expect(row).to_contain_text("the columns are those of an export from Jira")
    for heading in ("What its values mean", "Which projects it names"):
        go_on(page)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    go_on(page)
    expect(page.get_by_role("heading", name="As it will be")).to_be_visible()
    expect(page.get_by_text("An issue needs one.")).to_be_visible()
    expect(page.get_by_text("severity: critical")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Take it back")).to_be_visible()
    address = page.url

    page.goto("/projects/ITD-05")
    page.get_by_role("link", name="The ocelot feed stops at night").click()
    expect(page.get_by_text("It stopped")).to_be_visible()
    page.goto(address)
    page.get_by_role("button", name="Take the import back").click()
    expect(page.get_by_text("Everything it made has been taken back.")).to_be_visible()
    page.goto("/projects/ITD-05")
    expect(page.get_by_text("The ocelot feed stops at night")).to_have_count(0)
