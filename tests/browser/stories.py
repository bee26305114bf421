"""What several stories begin with: a lesson that somebody wrote and a reviewer published."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

# Looks at what the worker does, a tenth of a second apart.
LOOKS = 300


def hand_in(page: Page, headline: str, event: str, **more: str) -> str:
    """Fill the form with all fields and hand it in; `more` goes by the names of its fields."""
    page.goto("/lessons/new?all=1")
    page.evaluate("document.querySelectorAll('details.fold').forEach(fold => { fold.open = true })")
    page.get_by_label("Headline").fill(headline)
    page.get_by_label("What happened?").fill(event)
    page.get_by_label("Why did it happen?").fill("Nobody had asked.")
    page.get_by_label("What did you learn?").fill("A packing list is no weight.")
    page.get_by_label("What should the next project do?").fill("Weigh one crate of each kind.")
    for name, value in more.items():
        field = page.locator(f"[name={name}]")
        if field.get_attribute("type") == "checkbox":
            field.check()
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.get_by_text("Handed in. A reviewer looks at it next.")).to_be_visible()
    return page.url


def publish(visitor: Visitor, address: str) -> None:
    """A reviewer approves what was handed in."""
    page = visitor.sign_in("reviewer")
    page.goto(f"{address}/review")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Published. Everybody who may read it")).to_be_visible()


def until_found(page: Page, path: str, text: str) -> None:
    """Look at a page until the worker has brought the text there."""
    for _ in range(LOOKS):
        page.goto(path)
        if page.locator("main").get_by_text(text).count():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{path} never shows {text!r}")
