"""Following, feeds, comments, usefulness and review dates, as people meet them."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from content import people, review_dates
from content.db import now
from content.models import (
    Comment,
    Confidentiality,
    ContentRequest,
    Job,
    Lesson,
    Person,
    SavedSearch,
    Subscription,
)
from content.types import Role
from portal import feeds
from portal.runtime import Runtime
from portal.worker import daily
from portal.worker.loop import drain
from portal.worker.mail import compose
from tests.builders import NOW, Builders
from tests.conftest import post

ClientOf = Callable[..., FlaskClient]
ATOM = "{http://www.w3.org/2005/Atom}"


def mails(portal: Runtime, template: str) -> list[dict[str, Any]]:
    with portal.database.reading() as session:
        rows = session.scalars(select(Job).where(Job.kind == "mail")).all()
        return [dict(row.payload) for row in rows if row.payload.get("template") == template]


def comment_id(portal: Runtime) -> int:
    with portal.database.reading() as session:
        return session.scalars(select(Comment.id).order_by(Comment.id)).first() or 0


def text_of(browser: FlaskClient, path: str) -> str:
    return browser.get(path).get_data(as_text=True)


def leave(portal: Runtime, person: Person) -> None:
    with portal.database.writing() as session:
        session.get_one(Person, person.id).active = False


# Comments -------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [False, True])
def test_a_question_goes_to_the_author_and_the_answer_comes_back(
    hidden: bool, make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    author, asker = make.person(name="Ada Author"), make.person(name="Axel Asker")
    lesson = make.lesson(by=author, author_hidden=hidden)
    asks, answers = client_of(asker), client_of(author)
    url = f"/lesson/{lesson.id}/comments"
    post(asks, url, text="How long did it take?", ask="1")
    assert [mail["to"] for mail in mails(portal, "comment")] == [author.email]
    post(answers, url, text="Two weeks.", answers=comment_id(portal))
    answer = mails(portal, "comment")[1]
    assert answer["to"] == asker.email
    assert answer["who"] == ("The author" if hidden else "Ada Author")
    page = text_of(asks, f"/lessons/{lesson.id}")
    assert page.index("How long did it take?") < page.index("Two weeks.")
    assert ("Ada Author" in page) is not hidden


@pytest.mark.parametrize("hidden", [False, True])
def test_a_question_to_an_author_who_has_left_goes_to_the_manager_of_the_project(
    hidden: bool, make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    author, manager = make.person(), make.person()
    project = make.project(manager_id=manager.id)
    lesson = make.lesson(by=author, author_hidden=hidden, project_id=project.id)
    leave(portal, author)
    asks = client_of("member")
    page = text_of(asks, f"/lessons/{lesson.id}")
    # That the author of a lesson without a name has left would tell who it was.
    assert ("Ask about it" in page) is hidden
    assert ("Ask the project&#39;s manager" in page) is not hidden
    assert ("Its author is not here any more." in page) is not hidden
    answer = post(asks, f"/lesson/{lesson.id}/comments", text="How long?", ask="1")
    (mail,) = mails(portal, "comment")
    assert mail["to"] == manager.email
    said = "whoever answers for it" if hidden else "the project&#39;s manager"
    assert f"Asked; {said} gets a mail." in text_of(asks, answer.location)
    sent = compose(portal.settings, mail).get_content()
    assert "because you answer for this lesson" in sent


def test_a_question_about_what_nobody_owns_goes_to_the_pmo(
    make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    reviewers = [make.person("reviewer") for _ in range(2)]
    make.person("reviewer", active=False)
    gone, lesson = make.person(), make.lesson()
    left = make.lesson(by=gone, project_id=make.project(manager_id=gone.id).id)
    leave(portal, gone)
    asks = client_of("member")
    assert "Its author is not known." in text_of(asks, f"/lessons/{lesson.id}")
    for row in (lesson, left):
        assert "Ask the PMO" in text_of(asks, f"/lessons/{row.id}")
        post(asks, f"/lesson/{row.id}/comments", text="How long?", ask="1")
    expected = [person.email for person in reviewers] * 2
    assert [mail["to"] for mail in mails(portal, "comment")] == expected
    # Whoever asks and would be asked themselves leaves it to the others.
    own = make.lesson(by=reviewers[0])
    post(client_of(reviewers[0]), f"/lesson/{own.id}/comments", text="Who knows?", ask="1")
    assert mails(portal, "comment")[4:][0]["to"] == reviewers[1].email
    assert len(mails(portal, "comment")) == 5


def test_comments_are_changed_removed_and_brought_back(
    make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    lesson = make.lesson()
    page = f"/lessons/{lesson.id}"
    mine, other = client_of("member"), client_of("member")
    post(mine, f"/lesson/{lesson.id}/comments", text="<b>First</b>")
    number = comment_id(portal)
    assert "&lt;b&gt;First" in text_of(mine, page)
    assert post(other, f"/comments/{number}/edit", text="Mine").status_code == 404
    assert post(other, f"/comments/{number}/remove").status_code == 403
    post(mine, f"/comments/{number}/edit", text="Second")
    assert "edited" in text_of(mine, page)
    reviewer = client_of("reviewer")
    post(reviewer, f"/comments/{number}/remove")
    assert "Second" not in text_of(mine, page)
    post(reviewer, f"/comments/{number}/restore")
    assert "Second" in text_of(mine, page)


def test_who_reads_in_part_says_and_sees_nothing(make: Builders, client_of: ClientOf) -> None:
    lesson = make.lesson(confidentiality=Confidentiality.restricted, sanitised="Something.")
    post(client_of("reviewer"), f"/lesson/{lesson.id}/comments", text="Between us")
    member = client_of("member")
    assert "Between us" not in text_of(member, f"/lessons/{lesson.id}")
    for path in ("comments", "useful"):
        answer = post(member, f"/lesson/{lesson.id}/{path}", text="x", useful="yes")
        assert answer.status_code == 404
    assert post(member, f"/following/lesson/{lesson.id}").status_code == 404


def test_usefulness_is_shown_from_three_answers_on(make: Builders, client_of: ClientOf) -> None:
    lesson = make.lesson()
    for number, said in enumerate(("yes", "yes", "no")):
        browser = client_of("member")
        post(browser, f"/lesson/{lesson.id}/useful", useful=said)
        shown = "2 of 3 found it useful" in text_of(browser, f"/lessons/{lesson.id}")
        assert shown is (number == 2)
    post(browser, f"/lesson/{lesson.id}/useful", useful="")
    assert "found it useful" not in text_of(browser, f"/lessons/{lesson.id}")


# Following ------------------------------------------------------------------------------------


def test_what_changed_is_told_once_to_who_may_see_it(
    make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    project, lesson, page = make.project(), make.lesson(), make.page()
    browser = client_of("member")
    for kind, number in (("lesson", lesson.id), ("page", page.id), ("project", project.id)):
        post(browser, f"/following/{kind}/{number}", follow="daily")
    assert lesson.headline in text_of(browser, "/following/")
    make.lesson(project_id=project.id, headline="New in the project")
    make.lesson(
        project_id=project.id, headline="Secret", confidentiality=Confidentiality.restricted
    )
    post(client_of("member"), f"/lesson/{lesson.id}/comments", text="Nice.")
    # Builders write at a fixed day; here it is today, and everybody was told two days ago.
    with portal.database.writing() as session:
        for row in session.scalars(select(Lesson).where(Lesson.project_id == project.id)):
            row.published_at = now()
        for told in session.scalars(select(Subscription)):
            told.told_at -= timedelta(days=2)
    assert daily.tell_subscribers(portal, now()) == 1
    (mail,) = mails(portal, "following")
    lines = [line for thing in mail["things"] for line in thing["lines"]]
    assert "1 new comment" in lines
    assert "lesson: New in the project" in lines
    assert not any("Secret" in line for line in lines)
    assert daily.tell_subscribers(portal, now()) == 0


def test_following_can_be_ended(make: Builders, client_of: ClientOf) -> None:
    lesson = make.lesson()
    browser = client_of("member")
    post(browser, f"/following/lesson/{lesson.id}", follow="weekly")
    assert " Following</button>" in text_of(browser, f"/lessons/{lesson.id}")
    post(browser, f"/following/lesson/{lesson.id}", follow="stop", back="list")
    assert "Nothing yet" in text_of(browser, "/following/")


# Feeds ----------------------------------------------------------------------------------------

Feed = tuple[FlaskClient, str, Person]


@pytest.fixture
def feed(make: Builders, client_of: ClientOf, portal: Runtime) -> Feed:
    make.lesson(headline="Order early", topics=["contracts"])
    make.lesson(headline="Plan late", topics=["planning"])
    make.lesson(
        headline="Locked away", topics=["contracts"], confidentiality=Confidentiality.restricted
    )
    drain(portal)
    person = make.person()
    browser = client_of(person)
    post(browser, "/following/key")
    return browser, feed_of(browser), person


def feed_of(browser: FlaskClient) -> str:
    found = re.search(r"(/feeds/[^/]+/found\.atom)\?", text_of(browser, "/following/"))
    assert found is not None
    return found[1]


def titles(answer: bytes) -> list[str]:
    entries = ET.fromstring(answer).iter(f"{ATOM}entry")
    return sorted(str(entry.findtext(f"{ATOM}title")) for entry in entries)


def test_a_feed_shows_what_its_owner_may_see(feed: Feed, client: FlaskClient) -> None:
    answer = client.get(f"{feed[1]}?kind=lesson")
    assert answer.mimetype == "application/atom+xml"
    assert titles(answer.data) == ["Order early", "Plan late"]
    assert titles(client.get(f"{feed[1]}?topic=contracts").data) == ["Order early"]
    assert "Set-Cookie" not in answer.headers


def test_a_feed_begins_with_what_was_published_last(
    feed: Feed,
    make: Builders,
    client: FlaskClient,
    portal: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long ago it happened, and however many happened since."""
    late = make.lesson(headline="Of late", date_occurred=NOW.date())
    long_ago = make.lesson(headline="Long ago", date_occurred=date(1999, 5, 1))
    with portal.database.writing() as session:
        for hours, row in enumerate((late, long_ago), start=1):
            session.get_one(Lesson, row.id).published_at = NOW + timedelta(hours=hours)
    drain(portal)
    monkeypatch.setattr(feeds, "ENTRIES_MOST", 2)
    entries = list(ET.fromstring(client.get(f"{feed[1]}?kind=lesson").data).iter(f"{ATOM}entry"))
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Long ago", "Of late"]
    moments = [str(entry.findtext(f"{ATOM}updated")) for entry in entries]
    assert moments == sorted(moments, reverse=True)


def test_a_feed_that_did_not_change_is_not_sent_again(feed: Feed, client: FlaskClient) -> None:
    mark = client.get(feed[1]).headers["ETag"]
    assert client.get(feed[1], headers={"If-None-Match": mark}).status_code == 304


def test_void_and_foreign_addresses_are_not_there(
    feed: Feed, client: FlaskClient, portal: Runtime, make: Builders
) -> None:
    browser, path, person = feed
    assert client.get("/feeds/guess/found.atom").status_code == 404
    other = make.person()
    with portal.database.writing() as session:
        saved = SavedSearch(
            person_id=other.id, name="x", address="q=early", looked_at=NOW, told_at=NOW,
            created_at=NOW,
        )  # fmt: skip
        session.add(saved)
        session.flush()
        number = saved.id
    assert client.get(path.replace("found.atom", f"search/{number}.atom")).status_code == 404
    post(browser, "/following/key")
    assert client.get(path).status_code == 404
    again = feed_of(browser)
    assert client.get(again).status_code == 200
    with portal.database.writing() as session:
        people.get(session, person.id).active = False
    assert client.get(again).status_code == 404


# Review dates and requests --------------------------------------------------------------------


def test_its_owner_is_asked_once_and_confirms(
    make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    author, today = make.person(), now().date()
    lesson = make.lesson(by=author, review_by=today - timedelta(days=3))
    make.lesson(by=author, review_by=today + timedelta(days=30))
    with portal.database.writing() as session:
        assert review_dates.ask(session, at=now()) == 1
        assert review_dates.ask(session, at=now()) == 0
    (mail,) = mails(portal, "stilltrue")
    assert [row["headline"] for row in mail["lessons"]] == [lesson.headline]
    browser, page = client_of(author), f"/lessons/{lesson.id}"
    assert "Is this still true?" in text_of(browser, page)
    assert "Is this still true?" not in text_of(client_of("member"), page)
    assert lesson.headline in text_of(browser, "/lessons/?due=1")
    post(browser, f"/lesson/{lesson.id}/confirm")
    assert "Is this still true?" not in text_of(browser, page)
    with portal.database.reading() as session:
        assert session.get_one(Lesson, lesson.id).review_by == today + timedelta(days=365)


def test_without_a_date_a_year_is_long(make: Builders, portal: Runtime) -> None:
    lesson = make.lesson(by=make.person())
    with portal.database.writing() as session:
        row = session.get_one(Lesson, lesson.id)
        row.published_at = now() - timedelta(days=400)
        session.flush()
        assert review_dates.is_due_now(row, now().date())
        found = session.scalars(select(Lesson.id).where(review_dates.is_due(now().date())))
        assert list(found) == [lesson.id]


def test_whoever_asked_for_content_hears_of_the_answer(
    make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    asker = make.person(Role.member)
    post(client_of(asker), "/requests/new", title="How to hand over a pump")
    with portal.database.reading() as session:
        number = session.scalars(select(ContentRequest.id)).one()
    answer = post(client_of("reviewer"), f"/requests/{number}/decline", reason="Nobody knows.")
    assert answer.status_code == 302
    assert mails(portal, "answered")[0]["to"] == asker.email


# Topics and project types ---------------------------------------------------------------------


def test_a_topic_is_followed_in_one_step_and_taken_back(
    make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    make.lesson(topics=["contracts"])
    browser = client_of("member")
    assert '<option value="topic:contracts">' in text_of(browser, "/following/")
    assert "Follow this topic" in text_of(browser, "/lessons/?topic=contracts")
    post(browser, "/following/subject", subject="topic:contracts", follow="daily")
    with portal.database.reading() as session:
        saved = session.scalars(select(SavedSearch)).one()
        assert (saved.name, saved.address) == ("Topic: contracts", "kind=lesson&topic=contracts")
    page = text_of(browser, "/following/")
    assert "Topic: contracts" in page
    post(browser, f"/searches/{saved.id}/remove")
    with portal.database.reading() as session:
        assert session.scalars(select(SavedSearch)).all() == []


@pytest.mark.parametrize("subject", ["", "topic:", "author:3", "state:draft"])
def test_nothing_else_is_followed_that_way(
    subject: str, client_of: ClientOf, portal: Runtime
) -> None:
    post(client_of("member"), "/following/subject", subject=subject)
    with portal.database.reading() as session:
        assert session.scalars(select(SavedSearch)).all() == []


def test_a_topic_of_lessons_out_of_sight_is_not_offered(
    make: Builders, client_of: ClientOf
) -> None:
    make.lesson(topics=["merger"], confidentiality=Confidentiality.restricted)
    assert "merger" not in text_of(client_of("member"), "/following/")
    assert "merger" in text_of(client_of("reviewer"), "/following/")


def test_a_project_says_whether_it_is_followed(make: Builders, client_of: ClientOf) -> None:
    project, browser = make.project(), client_of("member")
    address = f"/projects/{project.code}"
    assert " Follow</button>" in text_of(browser, address)
    post(browser, f"/following/project/{project.id}", follow="daily")
    assert " Following</button>" in text_of(browser, address)


def test_what_a_reviewer_took_away_its_writer_does_not_bring_back(
    make: Builders, client_of: ClientOf, portal: Runtime
) -> None:
    lesson, writer, reviewer = make.lesson(), client_of("member"), client_of("reviewer")
    post(writer, f"/lesson/{lesson.id}/comments", text="Rather rude.")
    number = comment_id(portal)
    post(reviewer, f"/comments/{number}/remove")
    assert post(writer, f"/comments/{number}/restore").status_code == 403
    assert "Rather rude." not in text_of(writer, f"/lessons/{lesson.id}")
    assert post(reviewer, f"/comments/{number}/restore").status_code == 302
    post(writer, f"/comments/{number}/remove")
    assert post(writer, f"/comments/{number}/restore").status_code == 302
    assert "Rather rude." in text_of(writer, f"/lessons/{lesson.id}")
