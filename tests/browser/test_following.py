"""Following and discussing: a feed, and a question to an author."""

import re
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.stories import hand_in, publish

# Looks at what the worker does, a tenth of a second apart.
LOOKS = 300
ATOM = "{http://www.w3.org/2005/Atom}"


def mail_with(log: Path, page: object, text: str) -> str:
    """The first mail in the worker's log that says it."""
    for _ in range(LOOKS):
        for mail in log.read_text().split("----- mail -----")[1:]:
            if text in mail and "----- end of mail -----" in mail:
                return mail.split("----- end of mail -----")[0]
        page.wait_for_timeout(100)  # type: ignore[attr-defined]  # a page of Playwright
    raise AssertionError(f"no mail says {text!r}")


def get(address: str) -> bytes:
    with urllib.request.urlopen(address) as answer:
        assert answer.headers.get_content_type() == "application/atom+xml"
        body: bytes = answer.read()
        return body


def test_a_feed_is_read_without_signing_in_until_its_address_is_void(visitor: Visitor) -> None:
    page = visitor.sign_in("admin")
    page.goto("/following/")
    page.get_by_role("button", name=re.compile("Make (my feed|new) addresses")).click()
    address = page.locator("code.address").first.inner_text()
    feed = ET.fromstring(get(address))
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    assert 0 < len(entries) <= 50
    # RFC 4287: what a feed and each of its entries must have, once.
    for part in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1, name
        moment = part.findtext(f"{ATOM}updated") or ""
        assert datetime.fromisoformat(moment).tzinfo is not None
    moments = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert moments == sorted(moments, reverse=True)
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries)
    link = entries[0].find(f"{ATOM}link")
    assert link is not None
    page.goto(link.get("href") or "")
    expect(page.locator("h1")).to_have_text(entries[0].findtext(f"{ATOM}title") or "")

    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(re.sub(r"/feeds/.", "/feeds/X", address))
    page.goto("/following/")
    page.get_by_role("button", name="Make new addresses").click()
    expect(page.locator("code.address").first).not_to_have_text(address)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(address)


def test_a_question_reaches_its_author_and_the_answer_comes_back(
    visitor: Visitor, portal_folder: Path
) -> None:
    author, reader = visitor.sign_in("pm"), visitor.sign_in("trainer")
    address = hand_in(author, "Feed the tapir before the tide table", "The tapir sank.")
    publish(visitor, address)
    reader.goto(address)
    reader.get_by_role("button", name="Yes", exact=True).click()
    expect(reader.get_by_text("You said yes.")).to_be_visible()
    reader.get_by_label("Say or ask something").fill("Which tide table was it?")
    reader.get_by_role("button", name="Ask the author").click()
    expect(reader.get_by_text("Asked; the author gets a mail.")).to_be_visible()
    mail = mail_with(portal_folder.parent / "demo.log", author, "Which tide table was it?")
    assert "To: pm@demo.example" in mail
    assert "Tomas Reiter asks" in mail

    author.goto(re.findall(r"http://\S+/comments/\d+", mail)[0])
    author.wait_for_url(re.compile(r"/lessons/\d+#discussion"))
    author.locator("summary", has_text="Answer").click()
    author.get_by_label("Your answer").fill("The one of the harbour master.")
    author.get_by_role("button", name="Answer", exact=True).click()
    reader.reload()
    expect(reader.locator(".answer .said")).to_contain_text("The one of the harbour master.")
    reader.get_by_role("button", name="Remove").first.click()
    question = reader.get_by_role("paragraph").filter(has_text="Which tide table was it?")
    expect(question).to_have_count(0)
    reader.get_by_role("button", name="Undo").click()
    expect(question).to_be_visible()
