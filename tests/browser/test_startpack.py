"""A start pack from registering a project to its first gate, as its manager goes through it."""

import re
from io import BytesIO

from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests.browser.conftest import Visitor

PROJECT = {
    "Code": "PCK-01",
    "Name": "Second pressure zone, Hollins district",
    "What it is about": "New pressure zone with valve chambers, trial holes, road closures, "
    "a trunk main and cut-overs at night in the Hollins district.",
}


def row(page: Page, place: int) -> Locator:
    return page.locator(".pack-row").nth(place)


def headline(found: Locator) -> str:
    return found.locator(".title").inner_text()


def answer(found: Locator, text: str) -> Locator:
    """Choose an answer by its label, as a finger does."""
    found.get_by_text(text, exact=True).click()
    return found


def register(page: Page, **more: str) -> None:
    page.goto("/projects/new")
    for label, text in {**PROJECT, **more}.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Type").select_option("construction")
    page.get_by_role("button", name=re.compile("Register|Save")).click()
    page.wait_for_url("**/projects/*-*")


def test_from_registering_to_the_first_gate(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    register(page)
    pack = page.get_by_role("region", name="Start pack")
    expect(pack).to_contain_text("lessons fit this project, 0 answered")
    pack.get_by_role("link", name=re.compile("Answer the")).click()
    expect(row(page, 0).locator(".pack-why")).to_contain_text("close to your description: ")
    total = page.locator(".pack-row").count()

    first, second, third, fourth = (headline(row(page, place)) for place in range(4))
    applied = answer(row(page, 0), "Applied")
    applied.get_by_label(re.compile("^Where")).fill("Tender, clause 12")
    applied.get_by_role("button", name="Save").click()
    expect(row(page, 0)).to_contain_text("Tender, clause 12")
    expect(page.locator("#pack-progress")).to_contain_text(f"1 of {total} answered")
    answer(row(page, 1), "Already done").get_by_role("button", name="Save").click()
    expect(page.locator("#pack-progress")).to_contain_text("2 applied or done before")
    unfit = answer(row(page, 2), "Not applicable")
    unfit.get_by_role("button", name="Save").click()
    expect(row(page, 2)).to_contain_text("Say why it does not fit")
    row(page, 2).get_by_label("Why it does not fit").fill("We cross no road.")
    row(page, 2).get_by_role("button", name="Save").click()
    expect(row(page, 2)).to_contain_text("We cross no road.")
    later = answer(row(page, 3), "Later")
    later.get_by_label("Come back to it in").select_option("planning")
    later.get_by_role("button", name="Save").click()
    expect(page.locator("#pack-progress")).to_contain_text(f"4 of {total} answered")

    # One is taken back, in place.
    row(page, 1).get_by_role("button", name="Take back").click()
    expect(row(page, 1).get_by_role("button", name="Save")).to_be_hidden()
    expect(page.locator("#pack-progress")).to_contain_text(f"3 of {total} answered")

    page.goto("/projects/PCK-01/pack?show=answered")
    # The worker may have ranked the pack anew meanwhile, so their order is not fixed.
    expect(page.locator(".pack-row .title")).to_have_count(3)
    assert {*page.locator(".pack-row .title").all_inner_texts()} == {first, third, fourth}
    page.get_by_role("link", name="Initiating is done").click()
    expect(page.get_by_role("region", name="Put off to planning")).to_contain_text(fourth)
    expect(page.get_by_role("region", name="Waiting for an answer")).to_contain_text(second)
    page.get_by_role("button", name=re.compile("Initiating is done")).click()
    page.wait_for_url("**/pack")
    returned = page.locator(".pack-row").filter(has_text=fourth)
    expect(returned).to_contain_text("due again")
    expect(page.locator(".pack-row").filter(has_text=second)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".pack-row").filter(has_text=fourth)).to_have_count(0)

    page.goto("/projects/PCK-01")
    answers = page.get_by_role("region", name="Lessons of others")
    expect(answers).to_contain_text("1 applied of 3 answered")

    # On paper: boxes to tick, no buttons.
    page.goto("/projects/PCK-01/pack?show=all")
    page.emulate_media(media="print")
    expect(row(page, 1).locator(".print-only").first).to_be_visible()
    expect(page.get_by_role("button", name="Save").first).to_be_hidden()
    expect(page.locator(".pack-row")).to_have_count(total)


def test_answers_by_keyboard(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/projects/ITD-05/pack")
    name = headline(row(page, 0))
    row(page, 0).get_by_role("radio", name="Applied").focus()
    page.keyboard.press("ArrowRight")
    expect(row(page, 0).get_by_role("radio", name="Already done")).to_be_checked()
    page.keyboard.press("Enter")
    expect(row(page, 0)).to_contain_text("already done")
    expect(row(page, 0)).to_contain_text(name)
    # The keyboard goes on where it was.
    expect(row(page, 0).get_by_role("link", name=re.compile("Change"))).to_be_focused()


def test_answers_without_javascript(visitor: Visitor) -> None:
    page = visitor.window(java_script_enabled=False)
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("pm@demo.example")
    page.get_by_label("Password", exact=True).fill("northmere demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/projects/ITD-05/pack")
    name = headline(row(page, 0))
    answer(row(page, 0), "Not applicable")
    row(page, 0).get_by_label("Why it does not fit").fill("Our data stay where they are.")
    row(page, 0).get_by_role("button", name="Save").click()
    expect(page.get_by_text("Answered: not applicable.")).to_be_visible()
    page.goto("/projects/ITD-05/pack?show=answered")
    expect(page.locator(".pack-row").filter(has_text=name)).to_contain_text("Our data stay")


def test_a_new_lesson_that_fits_comes_into_the_pack(visitor: Visitor) -> None:
    manager = visitor.sign_in("pm")
    about = "A fence with deep posts around the quokka sanctuary, so that quokkas do not dig out."
    register(manager, Code="PCK-02", Name="Quokka sanctuary fence", **{"What it is about": about})
    author, reviewer = visitor.sign_in("trainer"), visitor.sign_in("reviewer")
    author.goto("/lessons/new?all=1")
    author.get_by_label("Headline").fill("Fence posts of a quokka sanctuary need deep holes")
    author.get_by_label("What happened?").fill("Quokkas dug under the sanctuary fence twice.")
    author.get_by_label("What did you learn?").fill("A fence ends where a quokka stops digging.")
    author.get_by_label("What should the next project do?").fill("Dig each fence post in deep.")
    author.get_by_role("button", name="Hand in for review").click()
    expect(author.get_by_text("Handed in. A reviewer looks at it next.")).to_be_visible()
    number = re.search(r"/lessons/(\d+)", author.url)
    assert number is not None
    reviewer.goto(f"/lessons/{number[1]}/review")
    reviewer.get_by_role("button", name="Publish").click()
    expect(reviewer.get_by_text("Published. Everybody who may read it")).to_be_visible()
    # The worker finds it by itself.
    found = manager.locator(".pack-row").filter(has_text="Fence posts of a quokka")
    for _ in range(40):
        manager.goto("/projects/PCK-02/pack")
        if found.count():
            break
        manager.wait_for_timeout(250)
    expect(found.locator(".pack-why")).to_contain_text("close to your description: ")


def test_a_pack_on_paper_begins_below_its_heading(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/projects/ITD-05/pack?show=all")
    first = page.locator(".pack-row .title").first.inner_text()
    sheets = PdfReader(BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages
    assert len(sheets) > 2
    text = " ".join(sheets[0].extract_text().split())
    assert "Start pack" in text
    assert first in text
