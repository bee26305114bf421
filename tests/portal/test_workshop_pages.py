"""Closing workshops as people use them: the manager's pages, the room's, and who sees nothing."""

import re
import traceback
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import event, select
from structlog.testing import capture_logs

from content.models import Activity, Person, Project, Workshop
from content.types import SYSTEM
from content.workshops import groups, notes
from portal import create_app
from portal.app import limiter
from portal.runtime import Runtime
from portal.views.workshops import code_of
from tests.builders import Builders
from tests.conftest import csrf_of, post

ClientOf = Callable[..., FlaskClient]
QUESTIONS = ["What went well?", "What did not go well?", "What would we do differently?"]


@pytest.fixture
def manager(make: Builders) -> Person:
    return make.person(name="Mona Gerber")


@pytest.fixture
def project(make: Builders, manager: Person) -> Project:
    return make.project(manager_id=manager.id, name="Secretproject", code="SEC-1")


@pytest.fixture
def browser(client_of: ClientOf, manager: Person) -> FlaskClient:
    return client_of(manager)


def plan(browser: FlaskClient, project: Project, **fields: object) -> str:
    """Plan a workshop through the form; answers the address of its board."""
    given = {
        "title": "Looking back", "questions": QUESTIONS, "closes_at": "2027-06-01T12:00",
        "shows_notes": "y", **fields,
    }  # fmt: skip
    answer = post(browser, f"/workshops/new?project={project.code}", **given)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def text_of(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def link_of(browser: FlaskClient, board: str) -> str:
    found = re.search(r"/w/[a-z0-9-]+", text_of(browser, board))
    assert found is not None
    return found[0]


def say(visitor: FlaskClient, link: str, text: str, q: int = 1) -> None:
    answer = visitor.post(link, data={"csrf_token": csrf_of(visitor, link), "q": q, "text": text})
    assert answer.status_code == 302, answer.get_data(as_text=True)


def test_from_link_to_lesson(
    app: Flask, browser: FlaskClient, project: Project, client: FlaskClient
) -> None:
    board = plan(browser, project)
    link = link_of(browser, board)
    say(client, link, "Valves came late", 2)
    say(app.test_client(), link, "Order valves in week one", 3)
    page = text_of(browser, board)
    ticks = re.findall(r'name="notes" value="([0-9.]+)"', page)
    assert ticks == ["1.0", "2.0"]
    answer = post(browser, f"{board}/group", notes=ticks, into="new", title="Valves late")
    assert answer.headers["Location"].endswith("#group-1")
    answer = post(browser, f"{board}/groups/1/lesson")
    first = answer.headers["Location"]
    assert "Valves came late" in text_of(browser, first)
    key = first.split("/")[-2]
    check = text_of(browser, f"/lessons/capture/{key}/check")
    assert "Order valves in week one" in check
    assert "Go on with the lesson" in text_of(browser, board)
    version = re.search(r'name="draft_version" value="(\d+)"', check)
    assert "Valves late</a> of your workshop" in check
    done = post(browser, f"/lessons/capture/{key}/finish", draft_version=version[1], then="draft")
    assert done.headers["Location"] == f"{board}#group-1"
    page = text_of(browser, board)
    assert "Go on with the lesson" not in page
    assert "/lessons/1" in page


# Who may what ---------------------------------------------------------------------------------

# Every address of the manager's side, and what it answers to those who look after the project.
GETS = {"": 200, "/news?after=0&step=0": 200, "/edit": 200, "/sheet": 200, "/summary": 200,
        "/summary.pdf": 200, "/notes.csv": 200, "/notes.xlsx": 200}  # fmt: skip
POSTS = {"/group": 400, "/hide": 400, "/show": 400, "/undo/1": 404, "/groups/1": 404,
         "/groups/1/lesson": 404, "/edit": 400, "/renew": 302, "/end": 302, "/open": 302,
         "/remove": 302}  # fmt: skip
LOOKS_AFTER = {
    "manager": True, "reviewer": True, "admin": True,
    "colleague": False, "trainer": False, "nobody": False,
}  # fmt: skip


@pytest.mark.parametrize("who", LOOKS_AFTER)
def test_only_those_who_run_the_project_find_its_workshop(
    who: str, app: Flask, make: Builders, client_of: ClientOf, manager: Person, project: Project
) -> None:
    browser = client_of(manager)
    board = plan(browser, project)
    if who != "manager":
        role = {"colleague": "member"}.get(who, who)
        browser = app.test_client() if who == "nobody" else client_of(role)
    refused = 302 if who == "nobody" else 404
    for path, status in GETS.items():
        answer = browser.get(f"{board}{path}", buffered=True)
        assert answer.status_code == (status if LOOKS_AFTER[who] else refused), path
        assert LOOKS_AFTER[who] or b"Looking back" not in answer.data, path
    for path, status in POSTS.items():
        answer = post(browser, f"{board}{path}", step="up")
        assert answer.status_code == (status if LOOKS_AFTER[who] else refused), path
    asked = browser.get(f"/workshops/new?project={project.code}").status_code
    assert asked == (200 if LOOKS_AFTER[who] else 302 if who == "nobody" else 403)
    if who != "nobody":
        page = text_of(browser, f"/projects/{project.code}")
        assert ("Closing workshop" in page) is LOOKS_AFTER[who]


def test_whoever_has_the_link_sees_what_the_manager_chose_and_no_more(
    browser: FlaskClient, project: Project, client: FlaskClient, make: Builders
) -> None:
    board = plan(browser, project)
    link = link_of(browser, board)
    answer = client.get(link)
    page = answer.get_data(as_text=True)
    assert "Looking back" in page
    assert QUESTIONS[0] in page
    for secret in ("Secretproject", "SEC-1", "Mona Gerber", board):
        assert secret not in page
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
    for headers in (
        client.get(f"{link}/notes?seen=0").headers, client.get("/w/abcd-efgh").headers,
        client.post(link, data={"csrf_token": csrf_of(client, link), "text": ""}).headers,
    ):  # fmt: skip
        assert headers["Cache-Control"] == "no-store"
    assert client.get(board).status_code == 302  # the link opens nothing else


def test_a_wrong_link_and_a_replaced_one_lead_nowhere(
    browser: FlaskClient, project: Project, client: FlaskClient
) -> None:
    board = plan(browser, project)
    link = link_of(browser, board)
    say(client, link, "Valves came late")
    post(browser, f"{board}/renew")
    answer = client.get(link)
    assert answer.status_code == 404
    assert "The link may have been replaced" in answer.get_data(as_text=True)
    assert "Looking back" not in answer.get_data(as_text=True)
    token = csrf_of(client)
    assert client.post(link, data={"csrf_token": token, "text": "x"}).status_code == 404
    assert client.post(f"{link}/notes/1/back", data={"csrf_token": token}).status_code == 404
    assert client.get(link_of(browser, board)).status_code == 200
    assert client.get("/w/" + "%25" * 24).status_code == 404


def test_when_it_is_over_the_page_says_so_and_keeps_what_was_typed(
    browser: FlaskClient, project: Project, client: FlaskClient
) -> None:
    board = plan(browser, project)
    link = link_of(browser, board)
    say(client, link, "Valves came late")
    token = csrf_of(client, link)
    ended = post(browser, f"{board}/end")
    late = client.post(link, data={"csrf_token": token, "q": 1, "text": "Too late a note"})
    assert late.status_code == 409
    text = late.get_data(as_text=True)
    assert "takes no more notes" in text
    assert "Too late a note" in text
    assert "Valves came late" not in client.get(link).get_data(as_text=True)
    back = client.post(f"{link}/notes/1/back", data={"csrf_token": token})
    assert back.status_code == 409
    undo = re.search(r'action="([^"]*/open[^"]*)"', text_of(browser, ended.headers["Location"]))
    assert undo is not None
    post(browser, undo[1].replace("&amp;", "&"))
    assert 'until <time datetime="2027-06-01T12:00:00' in text_of(browser, board)
    say(client, link, "In time")


# The room -------------------------------------------------------------------------------------


def test_a_note_is_its_writers_to_take_back_and_nobody_elses(
    app: Flask, browser: FlaskClient, project: Project, client: FlaskClient
) -> None:
    link = link_of(browser, plan(browser, project))
    other = app.test_client()
    say(client, link, "Valves came <b>late</b>")
    assert "Take back" in text_of(client, link)
    seen = text_of(other, link)
    assert "Valves came &lt;b&gt;late" in seen
    assert "Take back" not in seen
    for visitor, status in ((other, 404), (client, 200)):
        token = csrf_of(visitor, link)
        answer = visitor.post(f"{link}/notes/1/back", data={"csrf_token": token, "q": 1})
        assert answer.status_code == status
    assert ">Valves came &lt;b&gt;late&lt;/b&gt;</textarea>" in answer.get_data(as_text=True)
    assert "Valves" not in text_of(other, link)


def test_without_brainwriting_nobody_sees_the_notes_of_others(
    app: Flask, browser: FlaskClient, project: Project, client: FlaskClient
) -> None:
    board = plan(browser, project, shows_notes="")
    link = link_of(browser, board)
    say(client, link, "Valves came late")
    assert "Valves" in text_of(client, link)
    assert "Valves" not in text_of(app.test_client(), link)
    assert "Valves" in text_of(browser, board)


@pytest.mark.parametrize(
    ("text", "said"), [(" ", "Write something first"), ("x" * 501, "At most 500 characters")]
)
def test_what_is_not_taken_stands_in_the_field_again(
    text: str, said: str, browser: FlaskClient, project: Project, client: FlaskClient
) -> None:
    link = link_of(browser, plan(browser, project))
    given = {"csrf_token": csrf_of(client, link), "q": 2, "text": text}
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.post(link, data=given, headers=headers)
        assert answer.status_code == 400
        page = answer.get_data(as_text=True)
        assert said in page
        assert text.strip() in page
        assert QUESTIONS[1] in page
        assert ("<!doctype" in page) is not bool(headers)


def test_a_note_needs_the_pages_own_form(
    browser: FlaskClient, project: Project, client: FlaskClient
) -> None:
    link = link_of(browser, plan(browser, project))
    assert client.post(link, data={"q": 1, "text": "From elsewhere"}).status_code == 400
    assert "From elsewhere" not in text_of(client, link)


def test_the_wall_answers_only_when_there_is_news(
    app: Flask, browser: FlaskClient, project: Project, client: FlaskClient
) -> None:
    board = plan(browser, project)
    link, htmx = link_of(browser, board), {"HX-Request": "true"}
    asks = re.search(r'hx-get="([^"]+/notes[^"]+)"', text_of(client, link))
    assert asks is not None
    again = asks[1].replace("&amp;", "&")
    assert client.get(again, headers=htmx).status_code == 204
    say(app.test_client(), link, "Valves came late")
    news = client.get(again, headers=htmx)
    assert "Valves came late" in news.get_data(as_text=True)
    assert client.get(again).headers["Location"].endswith("?q=1")
    post(browser, f"{board}/hide", notes="1.0")
    assert "Valves" not in text_of(client, link)
    post(browser, f"{board}/end")
    over = client.get(again, headers=htmx).get_data(as_text=True)
    assert "takes no more notes" in over
    assert "hx-get" not in over


def test_signed_in_people_are_nobody_here_too(
    browser: FlaskClient, project: Project, portal: Runtime
) -> None:
    link = link_of(browser, plan(browser, project))
    say(browser, link, "Valves came late")
    assert "Mona Gerber" not in text_of(browser, link)
    with portal.database.reading() as session:
        rows = session.scalars(select(Activity).where(Activity.object_kind == "workshop")).all()
        assert [row.verb for row in rows] == ["plan"]


def test_over_https_the_form_finds_its_way(
    portal: Runtime, browser: FlaskClient, project: Project
) -> None:
    """The referrer that the policy leaves is the one that the form's check asks for."""
    link = link_of(browser, plan(browser, project))
    portal.settings = replace(portal.settings, base_url="https://pmo.example.org")
    client = create_app(portal, testing=True).test_client()
    base = "https://pmo.example.org"
    page = client.get(link, base_url=base)
    assert page.headers["Referrer-Policy"] == "same-origin"
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.get_data(as_text=True))
    assert token is not None
    answer = client.post(
        link, base_url=base, data={"csrf_token": token[1], "q": 1, "text": "Valves"},
        headers={"Referer": f"{base}{link}"},
    )  # fmt: skip
    assert answer.status_code == 302


def test_a_browser_has_a_limit_and_the_room_goes_on(
    portal: Runtime, browser: FlaskClient, project: Project
) -> None:
    link = link_of(browser, plan(browser, project))
    app = create_app(portal)
    try:
        client, other = app.test_client(), app.test_client()
        page = client.get(link).get_data(as_text=True)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token is not None
        given = {"csrf_token": token[1], "q": 1}
        seen = [
            client.post(link, data={**given, "text": f"Note {n}"}).status_code for n in range(21)
        ]
        assert seen == [302] * 20 + [429]
        say(other, link, "Still welcome")
        guesses = [other.get(f"/w/abcd-{n}").status_code for n in range(61)]
        assert (guesses[0], guesses[60]) == (404, 429)
    finally:
        limiter.reset()
        limiter.enabled = False


def test_a_fault_leaves_no_link_in_the_log(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(notes, "by_token", fault)
    with capture_logs() as told:
        assert client.get("/w/abcd-efgh-jkmn-pqrs-tuvw").status_code == 500
    assert [(line["event"], line["path"]) for line in told] == [("request failed", "/w/<token>")]
    written = "".join(traceback.format_exception(*told[0]["exc_info"]))
    assert "broken" in written
    assert "abcd-efgh" not in caplog.text + written


# The board ------------------------------------------------------------------------------------


@pytest.fixture
def board(browser: FlaskClient, project: Project, client: FlaskClient) -> str:
    """A workshop with four notes."""
    found = plan(browser, project)
    link = link_of(browser, found)
    for text, q in (
        ("Valves came late", 2), ("Late valves", 1), ("Good food", 1), ("Mona Gerber was slow", 2)
    ):  # fmt: skip
        say(client, link, text, q)
    return found


def test_grouping_hiding_and_undo(browser: FlaskClient, board: str) -> None:
    post(browser, f"{board}/group", notes=["1.0", "2.0"], into="new", title="Valves")
    page = text_of(browser, board)
    assert "2 notes are in “Valves”." in page
    undo = re.search(r'action="(/workshops/1/undo/\d+)"', page)
    assert undo is not None
    assert 'value="1.1"' in page
    post(browser, undo[1])
    page = text_of(browser, board)
    assert "Undone." in page
    assert 'value="1.0"' in page
    assert "No group yet" in page
    post(browser, f"{board}/hide", notes=["3.0"])
    assert "Hidden notes" in text_of(browser, board)
    assert "Good food" not in text_of(browser, f"{board}/summary")
    assert "Good food" not in text_of(browser, f"{board}/notes.csv")
    post(browser, f"{board}/show", notes=["3.0"])
    assert "Good food" in text_of(browser, f"{board}/summary")


def test_groups_are_suggested_and_nothing_is_moved(browser: FlaskClient, board: str) -> None:
    page = text_of(browser, f"{board}?suggest=1")
    assert 'name="title" maxlength="200" value="Late valves"' in page
    assert "No group yet" in page
    post(browser, f"{board}/group", notes=["1.0"], into="new", title="Suppliers")
    page = text_of(browser, f"{board}?suggest=1")
    assert "Add to “Suppliers”" in page
    answer = post(browser, f"{board}/group", notes=["2.0"], into="1", suggest="1")
    assert answer.headers["Location"].endswith("?suggest=1")
    assert "Nothing that is not in a group" in text_of(browser, f"{board}?suggest=1")


def test_a_note_about_a_person_is_hinted_at(browser: FlaskClient, board: str) -> None:
    page = text_of(browser, board)
    assert page.count("About a person?") == 1
    assert "“Mona Gerber”" in page


def test_who_is_slower_keeps_ticks_and_title(
    browser: FlaskClient, board: str, client_of: ClientOf
) -> None:
    reviewer = client_of("reviewer")
    post(reviewer, f"{board}/group", notes=["1.0"], into="new", title="Suppliers")
    answer = post(browser, f"{board}/group", notes=["1.0", "2.0"], into="new", title="Mine")
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "Somebody else was quicker" in page
    assert 'value="Mine"' in page
    assert 'value="1.1" checked' in page
    assert 'value="2.0" checked' in page
    assert (
        post(browser, f"{board}/group", notes=["1.1", "2.0"], into="new", title="Mine").status_code
        == 302
    )
    late = post(reviewer, f"{board}/groups/2", step="rename", title="Theirs", was="Ours")
    assert late.status_code == 409


def test_news_for_the_board(
    browser: FlaskClient, board: str, client_of: ClientOf, client: FlaskClient
) -> None:
    asks = re.search(r'hx-get="([^"]+/news[^"]+)"', text_of(browser, board))
    assert asks is not None
    again = asks[1].replace("&amp;", "&")
    assert browser.get(again).status_code == 204
    say(client, link_of(browser, board), "A fifth note", 3)
    news = text_of(browser, again)
    assert 'hx-swap-oob="beforeend:#loose-2"' in news
    assert "A fifth note" in news
    assert "Somebody else" not in news
    post(client_of("reviewer"), f"{board}/group", notes=["5.0"], into="new", title="X")
    assert "Somebody else has moved notes" in text_of(browser, again)


def test_groups_are_renamed_moved_and_taken_apart(browser: FlaskClient, board: str) -> None:
    post(browser, f"{board}/group", notes=["1.0", "2.0"], into="new", title="Valves")
    post(browser, f"{board}/group", notes=["3.0"], into="new", title="Food")
    post(browser, f"{board}/groups/1", step="rename", title="Late valves!", was="Valves")
    undo = re.search(r'action="([^"]*step=rename[^"]*)"', text_of(browser, board))
    assert undo is not None
    post(browser, undo[1].replace("&amp;", "&"))
    assert ">Valves</h3>" in text_of(browser, board)
    post(browser, f"{board}/groups/1", step="rename", title="Late valves!", was="Valves")
    post(browser, f"{board}/groups/2", step="up")
    page = text_of(browser, board)
    assert page.index('id="group-2"') < page.index('id="group-1"')
    post(browser, f"{board}/groups/1", step="dissolve")
    page = text_of(browser, board)
    assert 'id="group-1"' not in page
    assert "“Late valves!” is taken apart." in page
    post(browser, f"{board}/groups/1?step=restore")
    assert 'id="group-1"' in text_of(browser, board)
    assert post(browser, f"{board}/groups/1", step="explode").status_code == 400
    assert post(browser, f"{board}/groups/1", step="rename", title=" ").status_code == 400


def test_what_came_out_goes_along(browser: FlaskClient, board: str, make: Builders) -> None:
    post(browser, f"{board}/group", notes=["1.0", "2.0"], into="new", title="=Valves")
    text = text_of(browser, f"{board}/notes.csv")
    assert "'=Valves,What did not go well?,Valves came late" in text
    workbook = load_workbook(BytesIO(browser.get(f"{board}/notes.xlsx").data))
    rows = list(workbook.active.iter_rows(values_only=True))
    assert rows[0][:3] == ("Group", "Question", "Note")
    assert len(rows) == 5
    pages = PdfReader(BytesIO(browser.get(f"{board}/summary.pdf").data)).pages
    printed = "".join(page.extract_text() for page in pages)
    summary = text_of(browser, f"{board}/summary")
    assert "Valves came late" in printed
    assert summary.index("=Valves") < summary.index("In no group") < summary.index("Good food")


def test_the_sheet_has_the_address_as_text_and_as_a_code(browser: FlaskClient, board: str) -> None:
    page = text_of(browser, f"{board}/sheet")
    link = re.search(r'class="sheet-link">([^<]+)<', page)
    assert link is not None
    assert link[1].endswith(link_of(browser, board))
    assert str(code_of(link[1])) in page
    assert "style=" not in page


def test_planning_says_what_is_missing_and_keeps_the_rest(
    browser: FlaskClient, project: Project
) -> None:
    answer = post(
        browser, f"/workshops/new?project={project.code}", title="", questions=["Why us?", ""],
        closes_at="2020-01-01T12:00",
    )  # fmt: skip
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    for said in ("Give it a title", "Ask 2 to 6 questions", "That is past", 'value="Why us?"'):
        assert said in page


def test_two_who_change_it(browser: FlaskClient, board: str, client_of: ClientOf) -> None:
    fields = {"title": "One", "questions": QUESTIONS, "closes_at": "2027-06-01T12:00", "version": 1}
    assert post(browser, f"{board}/edit", **fields).status_code == 302
    late = post(client_of("reviewer"), f"{board}/edit", **{**fields, "title": "Two"})
    assert late.status_code == 409
    assert 'value="Two"' in late.get_data(as_text=True)
    assert "Somebody changed this workshop" in late.get_data(as_text=True)


def test_closing_offers_it_and_counts_its_lessons(
    browser: FlaskClient, project: Project, make: Builders
) -> None:
    close = f"/projects/{project.code}/close"
    assert "plan a closing workshop" in text_of(browser, close)
    board = plan(browser, project)
    say(browser, link_of(browser, board), "Valves came late")
    assert "1 note is in no group yet" in text_of(browser, close)
    post(browser, f"{board}/group", notes=["1.0"], into="new", title="Valves")
    assert "0 of 1 group has a lesson" in text_of(browser, close)


def test_a_board_of_many_notes_takes_few_queries(
    browser: FlaskClient, project: Project, portal: Runtime
) -> None:
    board = plan(browser, project)
    with portal.database.writing() as session:
        row = session.scalars(select(Workshop)).one()
        for n in range(60):
            notes.add(session, row, n % 3, f"Note {n}", at=row.created_at)
        for n in range(1, 41, 4):
            groups.place(
                session, row, dict.fromkeys(range(n, n + 4)), "", by=SYSTEM, at=row.created_at
            )
    told: list[str] = []

    def count(*args: Any) -> None:
        told.append(args[2])

    event.listen(portal.database.engine, "before_cursor_execute", count)
    try:
        text_of(browser, board)
    finally:
        event.remove(portal.database.engine, "before_cursor_execute", count)
    assert len(told) <= 12, told
