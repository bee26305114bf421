"""Content requests in pages: asking from an empty search, answering, declining, undoing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from content import activity, requests
from content.models import ContentRequest, Job, Person, RequestState
from content.types import SYSTEM, Role
from portal.worker.handlers import rebuild
from portal.worker.loop import drain
from portal.worker.mail import compose
from tests.builders import NOW, Builders
from tests.conftest import csrf_of, post

Clients = Callable[..., FlaskClient]


def stored(make: Builders) -> list[ContentRequest]:
    with make.portal.database.reading() as session:
        return list(session.scalars(select(ContentRequest).order_by(ContentRequest.id)))


def ask(make: Builders, by: Person | None = None, **values: Any) -> ContentRequest:
    with make.portal.database.writing() as session:
        who = by.as_actor() if by else SYSTEM
        wanted = {"title": "How to hire a crane", **values}
        return requests.create(session, wanted, by=who, at=NOW)


def answer_it(browser: FlaskClient, row: ContentRequest, **fields: str) -> TestResponse:
    """Post the form that answers; `post` keeps the name `path` for itself."""
    data = {"csrf_token": csrf_of(browser), **fields}
    return browser.post(f"/requests/{row.id}/answer", data=data)


def undo_of(page: str) -> str:
    """The address that the toast's button posts to."""
    found = re.search(r'action="([^"]+)"><input[^>]*><button class="btn-undo"', page)
    assert found is not None
    return found[1].replace("&amp;", "&")


def said(answer: TestResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def verbs(make: Builders, row: ContentRequest) -> list[str]:
    with make.portal.database.reading() as session:
        return [line.verb for line in activity.of(session, requests.KIND, row.id)]


# Asking ---------------------------------------------------------------------------------------


def test_an_empty_search_leads_to_a_request(make: Builders, client_of: Clients) -> None:
    rebuild(make.portal)
    person = make.person()
    browser = client_of(person)
    page = browser.get("/search?q=crane %26 hire").text
    link = re.search(r'href="(/requests/new[^"]*)">', page)
    assert link is not None
    form = browser.get(link[1].replace("&amp;", "&")).text
    assert re.search(r'name="title"[^>]*value="crane &amp; hire"', form)
    answer = post(browser, "/requests/new", title="crane & hire", note="For a week.")
    [row] = stored(make)
    assert answer.location == f"/requests/{row.id}"
    assert (row.asked_by_id, row.owner_id, row.note) == (person.id, None, "For a week.")
    page = browser.get(answer.location).text
    assert "Asked. This page will say how it ends." in page
    assert "Nobody sees to it yet" in page


def test_a_very_long_search_can_still_be_asked_for(make: Builders, client_of: Clients) -> None:
    rebuild(make.portal)
    browser = client_of("member")
    page = browser.get("/search?q=" + "weighbridge" * 60).text
    link = re.search(r'href="(/requests/new[^"]*)"', page)
    assert link is not None
    title = re.search(r'name="title"[^>]*value="([^"]*)"', browser.get(link[1]).text)
    assert title is not None
    assert len(title[1]) <= requests.TITLE_MOST
    assert post(browser, "/requests/new", title=title[1]).status_code == 302


def test_a_search_without_words_offers_no_request(make: Builders, client_of: Clients) -> None:
    rebuild(make.portal)
    assert "/requests/new" not in client_of("member").get("/search?kind=issue").text


def test_undo_takes_the_request_back(make: Builders, client_of: Clients) -> None:
    browser = client_of("member")
    answer = post(browser, "/requests/new", title="Crane hire")
    [row] = stored(make)
    undo = undo_of(browser.get(answer.location).text)
    answer = post(browser, undo)
    assert answer.location == "/requests/"
    assert "“Crane hire” is no longer asked for." in browser.get(answer.location).text
    assert stored(make) == []
    assert verbs(make, row) == ["take back", "ask"]
    assert browser.get(f"/requests/{row.id}").status_code == 404


def test_one_button_makes_the_clicking_person_the_owner(make: Builders, client_of: Clients) -> None:
    person = make.person(Role.reviewer)
    browser = client_of(person)
    answer = post(browser, "/requests/", title="Crane hire")
    [row] = stored(make)
    assert (row.owner_id, row.asked_by_id, row.state) == (person.id, person.id, RequestState.open)
    post(browser, undo_of(browser.get(answer.location).text))
    assert stored(make) == []


def test_one_button_with_too_short_a_title_gives_the_form(
    make: Builders, client_of: Clients
) -> None:
    person = make.person(Role.reviewer)
    answer = post(client_of(person), "/requests/", title="PV")
    assert answer.status_code == 400
    page = answer.text
    assert 'action="/requests/new"' in page
    assert re.search(r'name="title"[^>]*value="PV"', page)
    assert re.search(rf'<option selected value="{person.id}">', page)
    assert "Say in 3 to 200 characters" in page
    assert stored(make) == []


def test_a_fault_keeps_what_was_typed(make: Builders, client_of: Clients) -> None:
    answer = post(client_of("member"), "/requests/new", title="ab", note="For a week.")
    assert answer.status_code == 400
    assert "For a week." in answer.text
    answer = post(client_of("member"), "/requests/new", title="Crane", due_on="soon")
    assert answer.status_code == 400
    assert stored(make) == []


def test_who_is_offered_as_owner(make: Builders, client_of: Clients) -> None:
    other, gone = make.person(name="Other Person"), make.person(name="Gone Person", active=False)
    member = make.person(name="Me Myself")
    page = client_of(member).get("/requests/new").text
    assert ">Me Myself</option>" in page
    assert "Other Person" not in page
    page = client_of("admin").get("/requests/new").text
    assert ">Other Person</option>" in page
    assert "Gone Person" not in page
    answer = post(client_of(member), "/requests/new", title="Crane", owner_id=str(other.id))
    assert answer.status_code == 400
    answer = post(client_of("admin"), "/requests/new", title="Crane", owner_id=str(gone.id))
    assert answer.status_code == 400
    answer = post(client_of("admin"), "/requests/new", title="Crane", owner_id="abc")
    assert answer.status_code == 400
    assert stored(make) == []


# Changing -------------------------------------------------------------------------------------


def test_a_new_owner_gets_a_mail(make: Builders, client_of: Clients) -> None:
    owner, row = make.person(name="Bo"), ask(make)
    reviewer = make.person(Role.reviewer, name="Ada")
    browser = client_of(reviewer)
    form = browser.get(f"/requests/{row.id}/edit").text
    assert re.search(r'name="title"[^>]*value="How to hire a crane"', form)
    answer = post(
        browser,
        f"/requests/{row.id}/edit",
        title=row.title,
        owner_id=str(owner.id),
        due_on="2026-12-01",
        version=str(row.version),
    )
    assert answer.status_code == 302
    with make.portal.database.reading() as session:
        job = session.scalars(select(Job).where(Job.kind == "mail")).one()
    message = compose(make.portal.settings, dict(job.payload))
    assert message["To"] == owner.email
    assert message["Subject"] == "Yours to answer: How to hire a crane"
    body = message.get_content()
    assert body.startswith("Dear Bo,")
    assert "Ada has asked you" in body
    assert f"{make.portal.settings.address}/requests/{row.id}\n" in body
    drain(make.portal)
    with make.portal.database.reading() as session:
        assert session.get_one(Job, job.id).payload == {}
    page = client_of(owner).get(f"/requests/{row.id}").text
    assert "Answer it" in page
    assert verbs(make, row) == ["edit", "ask"]


def test_the_second_of_two_writers_sees_both_texts(make: Builders, client_of: Clients) -> None:
    row = ask(make)
    old = row.version
    with make.portal.database.writing() as session:
        other = requests.get(session, row.id, by=SYSTEM)
        requests.edit(session, other, {"title": "Theirs", "note": "Their note."}, by=SYSTEM, at=NOW)
    browser = client_of("reviewer")
    answer = post(browser, f"/requests/{row.id}/edit", title="My title", version=str(old))
    assert answer.status_code == 409
    for part in ("Theirs", "Their note.", "My title", "Compare and save again"):
        assert part in answer.text
    [kept] = stored(make)
    assert kept.title == "Theirs"
    again = post(browser, f"/requests/{row.id}/edit", title="My title", version=str(kept.version))
    assert again.status_code == 302


def test_a_fault_in_a_change_keeps_what_was_typed(make: Builders, client_of: Clients) -> None:
    row = ask(make)
    browser = client_of("reviewer")
    for title in ("ab", "x" * 201):
        answer = post(browser, f"/requests/{row.id}/edit", title=title, note="Mine.")
        assert answer.status_code == 400
        assert "Mine." in answer.text
    assert stored(make)[0].title == row.title


# Deciding -------------------------------------------------------------------------------------


def test_answering_and_its_undo(make: Builders, client_of: Clients) -> None:
    row = ask(make)
    browser = client_of("reviewer")
    answer = answer_it(
        browser,
        row,
        path="http://localhost/playbooks/lifecycle/gates",
        text="See the second part.",
        version=str(row.version),
    )
    assert answer.location == f"/requests/{row.id}"
    [kept] = stored(make)
    assert (kept.state, kept.answer_path) == (
        RequestState.answered, "/playbooks/lifecycle/gates",
    )  # fmt: skip
    page = browser.get(answer.location).text
    assert 'href="/playbooks/lifecycle/gates"' in page
    assert "See the second part." in page
    assert "Answer it" not in page
    post(browser, undo_of(page))
    assert stored(make)[0].state is RequestState.open
    # Nothing of the answer is lost by the undo.
    page = browser.get(answer.location).text
    assert "See the second part.</textarea>" in page
    assert re.search(r'name="path"[^>]*value="/playbooks/lifecycle/gates"', page)
    assert verbs(make, row) == ["reopen", "answer", "ask"]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "Say where it is read, or write the answer here."),
        ("https://elsewhere.example/x", "begins with “/”"),
        ("http://localhost.evil.example/x", "begins with “/”"),
        ("//elsewhere.example", "begins with “/”"),
        ("x" * 301, "301"),
    ],
)
def test_a_faulty_answer_keeps_what_was_typed(
    path: str, why: str, make: Builders, client_of: Clients
) -> None:
    row = ask(make)
    text = "" if not path else "Words of mine."
    answer = answer_it(client_of("reviewer"), row, path=path, text=text)
    assert answer.status_code == 400
    assert text in answer.text
    assert path in answer.text
    if why != "301":
        assert why in answer.text
    assert stored(make)[0].state is RequestState.open


def test_declining_needs_a_reason_and_shows_it(make: Builders, client_of: Clients) -> None:
    row = ask(make)
    browser = client_of("reviewer")
    answer = post(browser, f"/requests/{row.id}/decline", reason="  ")
    assert answer.status_code == 400
    assert "Say why, so that whoever asked knows where to turn." in answer.text
    assert '<details class="fold mt-3" open>' in answer.text
    reason = "The supplier’s own manual says it."
    post(browser, f"/requests/{row.id}/decline", reason=reason, version=str(row.version))
    [kept] = stored(make)
    assert (kept.state, kept.answer) == (RequestState.declined, reason)
    page = client_of("member").get(f"/requests/{row.id}").text
    assert "Why it was declined" in page
    assert reason in page


@pytest.mark.parametrize(("step", "field"), [("answer", "text"), ("decline", "reason")])
def test_what_changed_meanwhile_is_told_and_nothing_typed_is_lost(
    step: str, field: str, make: Builders, client_of: Clients
) -> None:
    row = ask(make)
    old = str(row.version)
    with make.portal.database.writing() as session:
        other = requests.get(session, row.id, by=SYSTEM)
        requests.edit(session, other, {"note": "New."}, by=SYSTEM, at=NOW)
    browser = client_of("reviewer")
    address = f"/requests/{row.id}/{step}"
    answer = post(browser, address, **{field: "Words of mine.", "version": old})
    assert answer.status_code == 409
    assert "Words of mine." in answer.text
    assert "Somebody saved this request" in answer.text
    [kept] = stored(make)
    assert kept.state is RequestState.open
    assert f'name="version" value="{kept.version}"' in answer.text
    fields = {field: "Words of mine.", "version": str(kept.version)}
    assert post(browser, address, **fields).status_code == 302
    # Closed by now: the words are shown again here too.
    answer = post(browser, address, **{field: "And more words."})
    assert answer.status_code == 409
    assert "And more words." in answer.text


def test_a_lesson_answers_by_its_number(make: Builders, client_of: Clients) -> None:
    row, lesson = ask(make), make.lesson(external_id="NET-01-L03")
    answer_it(client_of("reviewer"), row, path="NET-01-L03")
    assert stored(make)[0].answer_path == f"/lessons/{lesson.id}"


def test_others_read_and_do_not_decide(make: Builders, client_of: Clients) -> None:
    row = ask(make, owner_id=make.person(name="Bo").id)
    for role in ("member", "trainer"):
        browser = client_of(role)
        page = browser.get(f"/requests/{row.id}").text
        assert "Bo sees to it." in page
        for absent in ("Answer it", "Decline it", "/edit"):
            assert absent not in page
        assert browser.get(f"/requests/{row.id}/edit").status_code == 403
        for step in ("answer", "decline", "reopen", "edit", "take-back"):
            answer = post(browser, f"/requests/{row.id}/{step}", text="T", reason="R", title="Ttt")
            assert answer.status_code == 403, step
    assert stored(make)[0].version == row.version


# The list -------------------------------------------------------------------------------------


def test_tabs_show_their_requests(make: Builders, client_of: Clients) -> None:
    me = make.person()
    ask(make, me, title="Mine alone", owner_id=me.id)
    late = ask(make, title="Somebody else’s", due_on=NOW.date().replace(year=2020))
    with make.portal.database.writing() as session:
        row = requests.create(session, {"title": "Turned down"}, by=SYSTEM, at=NOW)
        requests.decline(session, row, "No.", by=SYSTEM, at=NOW)
    browser = client_of(me)
    for query, there, absent in (
        ("", {"Mine alone", late.title, "overdue"}, {"Turned down"}),
        ("?which=nonsense", {"Mine alone", late.title}, {"Turned down"}),
        ("?which=mine", {"Mine alone"}, {late.title, "Turned down"}),
        ("?which=declined", {"Turned down"}, {"Mine alone", "overdue"}),
        ("?which=answered", {"No request here"}, {"Mine alone"}),
        ("?which=all&text=turned", {"Turned down"}, {"Mine alone"}),
        ("?text=weighbridge", {"No request fits", "Ask for “weighbridge”"}, {"Mine alone"}),
    ):
        answer = browser.get(f"/requests/{query}")
        assert answer.status_code == 200
        text = said(answer)
        assert {word for word in there if word not in text} == set(), query
        assert {word for word in absent if word in text} == set(), query
    assert "Open 2 Mine 1 Answered 0 Declined 1 All 3" in said(browser.get("/requests/"))


def test_the_list_has_pages(make: Builders, client_of: Clients) -> None:
    for number in range(27):
        ask(make, title=f"Request {number:02}")
    browser = client_of("member")
    assert "Page 1 of 2 More" in said(browser.get("/requests/"))
    second = said(browser.get("/requests/?page=2"))
    assert "Back Page 2 of 2" in second
    assert "Request 00" in second


def test_the_list_asks_the_database_as_often_however_long_it_is(
    make: Builders, client_of: Clients
) -> None:
    browser = client_of("reviewer")

    def asked() -> int:
        seen: list[str] = []
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(make.portal.database.engine, "before_cursor_execute", listen)
        assert browser.get("/requests/").status_code == 200
        event.remove(make.portal.database.engine, "before_cursor_execute", listen)
        return len(seen)

    ask(make)
    few = asked()
    for _ in range(10):
        person = make.person()
        ask(make, person, owner_id=person.id)
    assert asked() == few
