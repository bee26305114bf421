"""No page asks the database more than twelve times, whoever looks and however much there is.

Every address that answers GET is walked on the sample organisation, as each role; one that is added
is walked by itself. What is sent as a file, a feed or an answer of the API is counted elsewhere.
"""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from analytics import agenda, catalogue, packs, reviews, room, runs
from analytics import sample as loop
from analytics.review_models import Action, Outcome, Review, ReviewState
from content.models import Application, Lesson, LessonState, Person, Project
from content.types import DEMO_PASSWORD
from portal import create_app, packing
from portal.runtime import Runtime, open_runtime
from portal.settings import Settings
from portal.worker.handlers import rebuild
from tests.builders import NOW
from tests.conftest import post

QUERIES_MOST = 12
ROLES = ("pm", "trainer", "reviewer", "admin")
# Files, feeds, the API and what monitors ask are no pages.
APART = ("api.", "api_docs.", "assets.", "exports.", "feeds.", "health.")
FILES = ("/download", ".docx", ".ics", "/export.", "/report", "/sheet")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, sample_folder: Path) -> Iterator[Runtime]:
    """The sample organisation with its index, its themes, a pack of each open project, and its
    reviews: those that were held, one that runs and one ahead.
    """
    folder = shutil.copytree(sample_folder, tmp_path_factory.mktemp("asked") / "data")
    runtime = open_runtime(Settings(data_dir=folder))
    rebuild(runtime)
    runs.run(runtime.database, by=None, at=NOW)
    with runtime.database.reading() as session:
        wanted = packs.without_pack(session)
    for project in wanted:
        packing.make(runtime, project)
    with runtime.database.writing() as session:
        loop.tell(session, at=NOW)
        _meet(session)
    yield runtime
    runtime.close()


def _meet(session: Session) -> None:
    """A review that runs, with points, notes, a decision and an action looked at; the next one,
    ahead; and a pair of themes that the newest run found alike.
    """
    lead, *others = [
        session.scalars(select(Person).where(Person.email == f"{who}@demo.example")).one()
        for who in ("reviewer", "pm", "trainer")
    ]
    by = lead.as_actor()
    themes = [theme.id for theme in catalogue.themes(session, by=by)]
    people = [lead.id, *(person.id for person in others)]
    for days, chosen in ((0, themes[:8]), (30, themes[4:10])):
        values = {"title": "Quarterly", "starts_at": NOW + timedelta(days), "names_votes": True}
        review = reviews.plan(session, values, chosen, people, by=by, at=NOW)
        for person in (lead, *others):
            given = {item.id: 1 for item in review.items[:4]}
            room.vote(session, review, given, by=person.as_actor(), at=NOW)
        if not days:
            reviews.move(session, review, ReviewState.running, by=by, at=NOW)
            first = review.items[0]
            room.take_notes(session, first, "Said.", by=by, at=NOW, version=first.notes_version)
            room.decide(session, first, Outcome.adopt, by=by, at=NOW)
            action = session.scalars(select(Action.id).limit(1)).one()
            agenda.look_at(session, review, action, looked=True, note="Yes.", by=by, at=NOW)
            room.reveal(session, review, True, by=by, at=NOW)
    run = catalogue.newest(session)
    assert run is not None
    run.difference = {**run.difference, "merges": [[themes[0], themes[1], 0.9]]}


def known(session: Session) -> dict[str, list[str]]:
    """What arguments of addresses are filled with: the fullest of each kind, and the oddest."""
    answered = (
        select(Application.lesson_id)
        .group_by(Application.lesson_id)
        .order_by(func.count().desc())
        .limit(1)
    )
    states = [select(Lesson.id).where(Lesson.state == state).limit(1) for state in LessonState]
    lessons = [session.scalar(query) for query in (answered, *states)]
    busiest = select(Application.project_id).group_by(Application.project_id)
    number = session.scalar(busiest.order_by(func.count().desc()).limit(1))
    busy = session.scalars(select(Project.code).where(Project.id == number)).one()
    run = catalogue.newest(session)
    assert run is not None
    acted = session.scalars(select(Action.theme_id)).all()
    return {
        "review_id": [str(number) for number in session.scalars(select(Review.id))],
        "action_id": [str(number) for number in session.scalars(select(Action.id))],
        "theme_id": [str(run.difference["merges"][0][0]), str(acted[0])],
        "lesson_id": [str(found) for found in lessons if found],
        "code": [busy, "ITD-05", "NET-01"],
        "book": ["project-lifecycle"],
        "slug": ["03-gates", "risk-register"],
        "number": ["1"],
    }


def addresses(app: Flask, values: dict[str, list[str]]) -> Iterator[str]:
    """Every page, its arguments filled; a search has words."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.startswith(APART):
            continue
        if any(part in rule.rule for part in FILES):
            continue
        names = sorted(rule.arguments)
        choices = [values.get(n, ["1"] if f"<int:{n}>" in rule.rule else []) for n in names]
        for filled in product(*choices):
            path = rule.rule
            for name, value in zip(names, filled, strict=True):
                path = re.sub(rf"<(?:[^<>]*:)?{name}>", value, path)
            yield path
    yield from (
        "/search?q=late+supplier", "/search/like?text=late+supplier", "/palette?q=permit",
        "/search/suggest?q=per", "/lessons/new?all=1", "/lessons/?sort=applied",
        "/projects/ITD-05/pack?show=all", "/lessons/queue?state=returned",
        f"/reviews/new?after={values['review_id'][-1]}",
        *(f"/actions/new?theme={theme}" for theme in values["theme_id"]),
    )  # fmt: skip


def signed_in(app: Flask, who: str) -> FlaskClient:
    browser = app.test_client()
    email = f"{who}@demo.example"
    assert post(browser, "/sign-in", email=email, password=DEMO_PASSWORD).status_code == 302
    return browser


@pytest.mark.parametrize("who", ROLES)
def test_no_page_asks_more_than_twelve_times(who: str, sample: Runtime) -> None:
    app = create_app(sample, testing=True)
    browser = signed_in(app, who)
    with sample.database.reading() as session:
        values = known(session)
    asked: list[str] = []

    def listen(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    event.listen(sample.database.engine, "before_cursor_execute", listen)
    try:
        found = {path: _count(browser, path, asked) for path in addresses(app, values)}
    finally:
        event.remove(sample.database.engine, "before_cursor_execute", listen)
    shown = {path: many for path, many in found.items() if many is not None}
    assert len(shown) > 30  # the walk opens what is there
    if who == "reviewer":  # and what has most on it
        rooms = [path for path in shown if path.endswith("/room")]
        assert len(rooms) == 1
        assert sum(path.startswith("/reviews/") for path in shown) >= 10
    assert {path: many for path, many in shown.items() if many > QUERIES_MOST} == {}


def _count(browser: FlaskClient, path: str, asked: list[str]) -> int | None:
    """How often one page asks; None where the person gets no page."""
    many = 0
    for _ in range(2):  # what is kept in memory is filled by the first
        asked.clear()
        if browser.get(path, buffered=True).status_code != 200:
            return None
        many = len(asked)
        if many <= QUERIES_MOST:
            break
    return many
