"""The jobs that people come for, done in a real browser on the sample organisation."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor


def test_a_project_manager_finds_what_others_learned(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.keyboard.press("/")
    page.keyboard.type("what went wrong when requirements changed late")
    page.keyboard.press("Enter")
    expect(page.locator(".finding").first).to_be_visible()
    assert page.locator(".finding mark").count() > 0
    page.locator(".tabs a", has_text="Lessons").click()
    expect(page.locator(".finding-kind").first).to_contain_text("Lesson")
    address = page.url
    page.locator(".finding h2 a").first.click()
    expect(page.locator(".recommendation")).to_be_visible()
    page.go_back()
    assert page.url == address


def test_facets_narrow_and_the_address_follows(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/search?q=supplier&kind=lesson")
    before = _total(page)
    box = page.locator('.facet input[name="phase"]').first
    box.check()
    page.wait_for_url(re.compile("phase="))
    assert 0 < _total(page) < before
    page.reload()
    expect(page.locator('.facet input[name="phase"]:checked')).to_have_count(1)


def _total(page: Page) -> int:
    text = page.locator(".found-line").inner_text()
    return int(re.sub(r"\D", "", text.split(" for ")[0]))


def test_a_lesson_goes_from_capture_to_search(visitor: Visitor) -> None:
    author = visitor.sign_in("pm")
    author.goto("/lessons/new?all=1")
    author.get_by_label("Headline").fill("Weigh the zebrawood crates before the crane is booked")
    author.get_by_label("What happened?").fill("The crane could not lift the zebrawood crates.")
    author.get_by_label("Why did it happen?").fill("Nobody had weighed them.")
    author.get_by_label("What did you learn?").fill("A packing list is no weight.")
    author.get_by_label("What should the next project do?").fill("Weigh one crate of each kind.")
    author.get_by_role("button", name="Hand in for review").click()
    expect(author.get_by_text("Handed in. A reviewer looks at it next.")).to_be_visible()
    expect(author.get_by_role("button", name="Publish")).to_have_count(0)

    reviewer = visitor.sign_in("reviewer")
    reviewer.goto("/lessons/queue")
    reviewer.get_by_role("link", name="Weigh the zebrawood crates").click()
    reviewer.get_by_role("button", name="Publish").click()
    expect(reviewer.get_by_text("Published. Everybody who may read it")).to_be_visible()

    author.goto("/search?q=zebrawood")
    for _ in range(20):  # the worker has two seconds; each round asks the server anew
        if author.locator(".finding").count():
            break
        author.wait_for_timeout(100)
        author.reload()
    expect(author.locator(".finding h2").first).to_contain_text("zebrawood crates")


def test_undo_takes_a_step_back(visitor: Visitor) -> None:
    page = visitor.sign_in("reviewer")
    page.goto("/lessons/3")
    page.get_by_role("textbox", name="Reason").fill("No longer true.")
    page.get_by_role("button", name="Retire").click()
    expect(page.locator(".meta .badge-note").first).to_have_text("retired")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".meta .badge-note").first).to_have_text("published")


def test_a_trainer_writes_and_another_person_approves(visitor: Visitor) -> None:
    trainer = visitor.sign_in("trainer")
    trainer.goto("/playbooks/closing-and-learning")
    trainer.locator(".book-pages a.title").first.click()
    address = trainer.url
    trainer.get_by_role("link", name="Change").click()
    text = trainer.get_by_label("Text", exact=True)
    text.fill(text.input_value() + "\n\n## The heron rule\n\nCount the herons.\n")
    expect(trainer.locator("#preview h2", has_text="The heron rule")).to_be_visible()
    trainer.get_by_label("What changes, and why").fill("Adds the heron rule.")
    trainer.get_by_role("button", name="Send to review").click()
    expect(trainer.get_by_text("Sent to review.")).to_be_visible()

    reader = visitor.sign_in("pm")
    reader.goto(address)
    expect(reader.get_by_role("heading", name="The heron rule")).to_have_count(0)

    reviewer = visitor.sign_in("reviewer")
    reviewer.goto("/playbooks/")
    reviewer.locator("section", has_text="Waits for your approval").locator("a.title").first.click()
    expect(reviewer.locator(".diff ins", has_text="heron rule").first).to_be_visible()
    reviewer.get_by_role("button", name="Approve and publish").click()
    reader.reload()
    expect(reader.get_by_role("heading", name="The heron rule")).to_be_visible()


def test_a_template_is_downloaded_under_its_name(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.sign_in("pm")
    page.goto("/library/")
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("Download Risk register")).click()
    assert waiting.value.suggested_filename == "Risk register.xlsx"
    waiting.value.save_as(tmp_path / "register.xlsx")
    assert (tmp_path / "register.xlsx").read_bytes()[:2] == b"PK"


def test_themes_run_from_the_button(visitor: Visitor) -> None:
    page = visitor.sign_in("reviewer")
    page.goto("/themes/")
    before = page.locator(".theme h2").all_inner_texts()
    page.get_by_role("link", name="Look again").click()
    page.get_by_role("button", name="Look for themes").click()
    expect(page.get_by_role("link", name="Look again")).to_be_visible(timeout=60_000)
    # Other tests may have published lessons meanwhile, which may make a theme: none is lost.
    assert set(before) <= set(page.locator(".theme h2").all_inner_texts())
    page.locator(".theme h2 a").first.click()
    assert page.locator(".row-list li").count() > 2


def test_everything_by_keyboard(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-q")).to_be_focused()
    page.keyboard.type("templ")
    expect(page.locator("#palette-found a").first).to_contain_text("Templates")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/library/"))
    page.locator(".menu-account summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()


def test_colours_can_be_chosen_and_stay(visitor: Visitor) -> None:
    page = visitor.sign_in("pm", color_scheme="light")
    page.locator(".menu-account summary").click()
    page.get_by_label("Dark").check()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_it_works_without_javascript(visitor: Visitor) -> None:
    page = visitor.sign_in("pm", java_script_enabled=False)
    page.get_by_label("What do you want to know?").fill("permit late")
    page.locator(".home-head").get_by_role("button", name="Search").click()
    expect(page.locator(".finding").first).to_be_visible()
    page.locator('.facet input[name="phase"]').first.check()
    page.get_by_role("button", name="Narrow").click()
    assert "phase=" in page.url
    page.goto("/lessons/new?all=1")
    page.get_by_label("Headline").fill("Only a headline")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert page.get_by_label("Headline").input_value() == "Only a headline"
    page.locator(".menu-account summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
