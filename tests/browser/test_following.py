"""Following and discussing: a topic, a lesson, the mail of the day, a feed, a question."""

import re
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from email import message_from_string, policy
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from content.db import now
from content.models import SavedSearch, Subscription
from portal.runtime import open_runtime
from portal.settings import Settings
from portal.worker import daily
from tests.browser.conftest import Visitor
from tests.browser.stories import LOOKS, hand_in, publish, until_found

MAIL = "----- mail -----(.*?)----- end of mail -----"
ATOM = "{http://www.w3.org/2005/Atom}"


def send_day(folder: Path, url: str) -> None:
    """Let a day pass since people were last told, and do what the worker does once a day."""
    runtime = open_runtime(Settings(data_dir=folder, base_url=url))
    with runtime.database.writing() as session:
        for kind in (SavedSearch, Subscription):
            for row in session.scalars(select(kind)):
                row.told_at -= timedelta(days=1)
    daily.tell_followers(runtime, now())
    daily.tell_subscribers(runtime, now())
    runtime.close()


def mail_with(log: Path, page: object, text: str) -> str:
    """The first mail in the worker's log that says it: its head, and its text as it is read."""
    for _ in range(LOOKS):
        for mail in re.findall(MAIL, log.read_text(), re.DOTALL):
            found = message_from_string(mail.lstrip("\n"), policy=policy.default)
            body = found.get_body(("plain",))  # an invitation carries a calendar entry beside
            assert body is not None
            said = f"To: {found['To']}\nSubject: {found['Subject']}\n\n{body.get_content()}"
            if text in said:
                return said
        page.wait_for_timeout(100)  # type: ignore[attr-defined]  # a page of Playwright
    raise AssertionError(f"no mail says {text!r}")


def test_what_is_followed_comes_by_mail(visitor: Visitor, portal_folder: Path) -> None:
    page = visitor.sign_in("pm")
    page.goto("/following/")
    page.get_by_label("Topic or project type").select_option("acceptance")
    page.get_by_label("Tell me").select_option("once a day")
    page.get_by_role("button", name="Follow it").click()
    expect(page.get_by_role("link", name="Topic: acceptance")).to_be_visible()
    page.goto("/lessons/3")
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_role("button", name="Following")).to_be_visible()

    other = visitor.sign_in("trainer")
    other.goto("/lessons/3")
    other.get_by_label("Say or ask something").fill("We wrote the sad cases down first.")
    other.get_by_role("button", name="Comment", exact=True).click()
    said = other.get_by_role("paragraph").filter(has_text="We wrote the sad cases down first.")
    expect(said).to_be_visible()
    headline = "Let the ocelot users accept what they will use"
    address = hand_in(other, headline, "The ocelot users saw it late.", topics="acceptance")
    publish(visitor, address)
    until_found(page, "/search?q=ocelot", headline)

    send_day(portal_folder, visitor.url)
    mail = mail_with(portal_folder.parent / "demo.log", page, "Topic: acceptance: 1 new")
    assert "To: pm@demo.example" in mail
    assert headline in mail
    assert address in mail
    assert f"{visitor.url}/searches/" in mail  # where it can be ended
    mail = mail_with(portal_folder.parent / "demo.log", page, "1 new comment")
    assert "Subject: New in what you follow" in mail
    assert f"{visitor.url}/lessons/3" in mail

    page.goto("/following/")
    page.get_by_label("How often you are told about").select_option("follow no longer")
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_text("You no longer follow")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Following")).to_be_visible()


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
