"""A person makes a token on the page, a program uses it, and the API's page explains the rest."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.test_accessibility import violations


def ask(url: str, secret: str, body: object = None) -> tuple[int, Any]:
    """One request of a program that knows nothing but the address and the token."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def make_token(page: Page, name: str, *labels: str) -> str:
    page.goto("/account")
    page.get_by_role("link", name="API tokens").click()
    page.get_by_label("What will use it?").fill(name)
    for label in labels:
        page.get_by_label(label).check()
    page.get_by_role("button", name="Make the token").click()
    return page.get_by_label("Token", exact=True).input_value()


def test_a_token_from_the_page_to_its_end(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    secret = make_token(page, "Nightly report", "Read lessons", "Log and change issues")
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
    api = f"{visitor.url}/api/v1"
    status, found = ask(f"{api}/lessons?limit=3", secret)
    assert (status, len(found["items"])) == (200, 3)
    status, problem = ask(f"{api}/search?q=supplier", secret)
    assert (status, "scope search" in problem["detail"]) == (403, True)
    code = next(one["project_code"] for one in found["items"] if one["project_code"])
    status, issue = ask(f"{api}/issues", secret, {"project_code": code, "title": "Seal worn"})
    assert (status, issue["status"]) == (201, "open")
    page.goto(issue["link"])
    expect(page.get_by_role("heading", name="Seal worn")).to_be_visible()

    page.goto("/account/tokens")
    expect(page.get_by_text("just now").first).to_be_visible()
    page.get_by_role("button", name="Revoke Nightly report").click()
    assert ask(f"{api}/lessons", secret)[0] == 401
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("works again")).to_be_visible()
    assert ask(f"{api}/lessons", secret)[0] == 200


def test_without_a_name_the_form_keeps_what_was_ticked(visitor: Visitor) -> None:
    page = visitor.sign_in("pm")
    page.goto("/account/tokens")
    page.get_by_label("Read issues").check()
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("alert")).to_contain_text("What will use it?")
    expect(page.get_by_label("Read issues")).to_be_checked()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_page_of_the_api(size: str, scheme: str, visitor: Visitor) -> None:
    page = visitor.sign_in("pm", size=size, color_scheme=scheme)
    for path in ("/account/tokens", "/api/"):
        page.goto(path)
        for fold in page.locator("details.fold").all()[:3]:
            fold.locator("summary").click()
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, path
        assert violations(page, scheme) == [], path
    expect(page.locator("#list_lessons")).to_contain_text("If-None-Match")
