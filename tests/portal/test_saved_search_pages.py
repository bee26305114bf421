"""Keeping a search in pages, and the daily mail to those who follow one."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from content import jobs, lessons, searches
from content.models import Confidentiality, Follow, Job, Lesson, LessonState, SavedSearch
from content.types import SYSTEM
from portal import searching
from portal.worker import daily
from portal.worker.handlers import rebuild
from portal.worker.loop import drain
from portal.worker.mail import compose
from tests.builders import NOW, Builders
from tests.conftest import post

Clients = Callable[..., FlaskClient]


def text(browser: FlaskClient, path: str) -> str:
    return browser.get(path, follow_redirects=True).get_data(as_text=True)


def test_a_search_is_saved_opened_changed_removed_and_back(
    make: Builders, client_of: Clients
) -> None:
    browser = client_of("member")
    rebuild(make.portal)
    answer = post(
        browser,
        "/searches/",
        name="Late ones",
        address="q=late&page=3&sort=relevance&phase=planning",
    )
    assert answer.location == "/search?phase=planning&q=late"
    page = text(browser, "/searches/")
    assert "Late ones" in page
    assert "late · phase: planning" in page
    assert "nothing new" in page
    post(browser, "/searches/1/change", name="Later", follow="weekly")
    assert "Later" in text(browser, "/searches/")
    assert browser.get("/searches/1").location == "/search?phase=planning&q=late"
    post(browser, "/searches/1/remove")
    page = text(browser, "/searches/")
    assert "No saved search yet" in page
    undo = page.split('action="/searches/again')[1].split('"')[0].replace("&amp;", "&")
    post(browser, f"/searches/again{undo}")
    assert "Later" in text(browser, "/searches/")


def test_another_persons_search_is_not_there(make: Builders, client_of: Clients) -> None:
    post(client_of("member"), "/searches/", name="Mine", address="q=late")
    other = client_of("reviewer")
    assert other.get("/searches/1").status_code == 404
    assert post(other, "/searches/1/remove").status_code == 404


def test_odd_addresses_are_kept_as_plain_ones(make: Builders, client_of: Clients) -> None:
    browser = client_of("member")
    answer = post(browser, "/searches/", name="A", address="q=a&next=//evil.example&q=%0d%0aSet")
    assert answer.location is not None
    assert answer.location.startswith("/search?q=")
    assert "evil" not in answer.location


def test_what_an_address_stands_for(make: Builders) -> None:
    by = make.person().as_actor()
    address = "q=+late+&kind=lesson&kind=rubbish&state=draft&after=soon&sort=sideways&year=2025"
    args = MultiDict(parse_qsl(f"{address}&like=mine"))
    project = make.project(size="large")
    wanted = searching.request_of(args, by, mine=[project])
    assert (wanted.text, wanted.sort, wanted.after) == ("late", "relevance", None)
    assert [kind.value for kind in wanted.kinds] == ["lesson"]
    assert wanted.filters == {
        "year": ("2025",),
        "project_type": ("software",),
        "size": ("large",),
    }


@pytest.fixture
def follower(make: Builders) -> SavedSearch:
    person = make.person(name="Fay Follower", email="fay@example.org")
    with make.portal.database.writing() as session:
        return searches.save(session, "Pumps", "q=pump", Follow.daily, by=person.as_actor(), at=NOW)


def mails(make: Builders) -> list[Job]:
    with make.portal.database.reading() as session:
        return list(session.scalars(select(Job).where(Job.kind == "mail")))


def published(make: Builders, headline: str, **values: object) -> Lesson:
    row = make.lesson(LessonState.published, headline=headline, **values)
    with make.portal.database.writing() as session:
        found = lessons.get(session, row.id, by=SYSTEM)
        found.published_at = NOW + timedelta(hours=2)
    return row


def test_followers_are_told_once_what_is_new_for_them(
    make: Builders, follower: SavedSearch
) -> None:
    published(make, "Check the pump before spring")
    published(make, "The pump nobody may know", confidentiality=Confidentiality.restricted)
    rebuild(make.portal)
    assert daily.tell_followers(make.portal, NOW + timedelta(hours=10)) == 0
    assert daily.tell_followers(make.portal, NOW + timedelta(days=1)) == 1
    (mail,) = mails(make)
    message = compose(make.portal.settings, mail.payload)
    body = message.get_content()
    assert message["To"] == "fay@example.org"
    assert "Check the pump before spring" in body
    assert "nobody may know" not in body
    assert "/lessons/1" in body
    assert daily.tell_followers(make.portal, NOW + timedelta(days=2)) == 0
    assert len(mails(make)) == 1


def test_one_daily_job_is_always_ahead(make: Builders) -> None:
    with make.portal.database.writing() as session:
        daily.plan(session, at=NOW)
        daily.plan(session, at=NOW)
        (job,) = session.scalars(select(Job).where(Job.kind == daily.KIND))
        assert job.run_after - NOW < timedelta(days=1)
        assert job.run_after.hour == daily.HOUR.hour
        job.run_after = NOW
    assert drain(make.portal)
    with make.portal.database.reading() as session:
        assert jobs.is_waiting(session, daily.KIND)
        done = jobs.get(session, job.id)
        assert done.error is None
        assert done.result == {"mails": 0, "searches forgotten": 0}
