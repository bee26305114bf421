"""What a person may not see leaves no trace on any surface.

Each secret lesson holds two made-up words: one that is asked for everywhere, and one that must
come back nowhere. Every address that answers GET is walked, whoever adds it: an address with an
argument that nobody here knows how to fill fails the test.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import product
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics import runs
from analytics.models import Theme, ThemeMember, ThemeRun, ThemeState
from analytics.review_models import Action, ActionLesson, ActionState, ChangeKind
from content import discussion, following, lesson_texts, lessons, occurrences, tokens
from content.attachments import add as attach
from content.db import now
from content.models import (
    Confidentiality,
    Follow,
    Followed,
    Lesson,
    LessonState,
    Person,
    Project,
)
from content.types import SYSTEM, Kind, Role
from content.workshops import groups, notes, planning
from portal import feeds, packing
from portal.runtime import Runtime
from portal.worker import daily
from portal.worker.loop import drain
from tests.builders import NOW, Builders
from tests.conftest import post

ClientOf = Callable[..., FlaskClient]

# Kind of lesson: the word that is asked for, and the one that must not be told.
SECRETS: Mapping[str, tuple[str, str]] = {
    "department": ("qasdepo", "wertdepo"),
    "restricted": ("qasrest", "wertrest"),
    "masked": ("qasmask", "wertmask"),
    "draft": ("qasdraf", "wertdraf"),
    "submitted": ("qassubm", "wertsubm"),
    "returned": ("qasretu", "wertretu"),
    "rejected": ("qasreje", "wertreje"),
}
STATES = {
    "draft": LessonState.draft, "submitted": LessonState.submitted,
    "returned": LessonState.returned, "rejected": LessonState.rejected,
}  # fmt: skip
AUTHOR = "Wertonia Hiddenbury"
# Exports that are asked with filters too.
ASKED = ("lessons.csv", "lessons.json", "findings.csv")
# Who sees which of them whole: the table that the walk is held to.
SEES: Mapping[str, frozenset[str]] = {
    "outsider": frozenset(),
    "colleague": frozenset({"department"}),
    "reviewer": frozenset(SECRETS),
}


class Scene:
    """A portal with secrets, and how to fill the arguments of its addresses."""

    def __init__(self, make: Builders, portal: Runtime) -> None:
        self.make, self.portal = make, portal
        works, other = make.department("Works"), make.department("Other")
        self.people: dict[str, Person] = {
            # A trainer sees more rooms than a member, and no more lessons.
            "outsider": make.person(Role.trainer, department=other),
            "colleague": make.person(department=works),
            "manager": make.person(department=works),
            "reviewer": make.person(Role.reviewer),
        }
        self.author = make.person(name=AUTHOR)
        self.project = make.project(
            closed=True, department_id=works.id, manager_id=self.people["manager"].id
        )
        self.own = make.project(
            manager_id=self.people["outsider"].id, name="qasdepo qasrest qasmask",
            description=" ".join(asked for asked, _ in SECRETS.values()),
        )  # fmt: skip
        self.page = make.page()
        self.issue = make.issue(self.project)
        self.secrets = {kind: self._secret(kind, works.id) for kind in SECRETS}
        self.open = make.lesson(by=self.author, author_hidden=True, headline="Opendoor lesson")
        drain(portal)
        runs.run(portal.database, by=None, at=NOW)
        packing.make(portal, self.own.id)
        self._say()
        self._act()
        drain(portal)

    def _secret(self, kind: str, department: int) -> Lesson:
        asked, told = SECRETS[kind]
        levels = {"department": "department", "restricted": "restricted", "masked": "restricted"}
        row = self.make.lesson(
            STATES.get(kind, LessonState.published), by=None, headline=f"{asked} {told} headline",
            driving_event=f"{asked} {told} happened.", lesson=f"{asked} {told} learned.",
            recommendation=f"{asked} {told} advised.", cause=f"{told} cause", category=f"{told}cat",
            topics=[f"{asked}topic", f"{told}topic"], external_id=f"{told.upper()}-1",
            project_id=self.project.id, department_id=department,
            confidentiality=Confidentiality(levels.get(kind, "open")),
            sanitised="Something that everybody may know." if kind == "masked" else "",
        )  # fmt: skip
        file = self.make.file(told.encode(), "txt")
        with self.portal.database.writing() as session:
            attach(session, session.get_one(Lesson, row.id), file, f"{told}.txt", by=SYSTEM, at=NOW)
        return row

    def _act(self) -> None:
        """What is done about them: an action that answers the secrets, on a page for everybody."""
        with self.portal.database.writing() as session:
            issue = session.scalars(
                select(ThemeMember).where(ThemeMember.kind == Kind.issue)
            ).first()
            run = session.scalars(select(ThemeRun)).one()
            theme = session.get_one(Theme, issue.theme_id) if issue else Theme(
                label="Theme", state=ThemeState.current, first_run_id=run.id, last_run_id=run.id
            )  # fmt: skip
            session.add(theme)
            session.flush()
            if issue is None:
                session.add(ThemeMember(theme_id=theme.id, kind=Kind.issue,
                                        object_id=self.issue.id, score=0.5, rank=9))  # fmt: skip
            row = Action(
                theme_id=theme.id, title="Change the gate", state=ActionState.done,
                change=ChangeKind.page, page_id=self.page.id, created_at=NOW, started_at=NOW,
                done_at=NOW, due_on=NOW.date(), measure_on=NOW.date(), description="", evidence="x",
                owner_id=self.people["outsider"].id,
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add_all(
                ActionLesson(action_id=row.id, lesson_id=lesson.id)
                for lesson in self.secrets.values()
            )

    def _say(self) -> None:
        """What people said about the secrets."""
        reviewer = self.people["reviewer"].as_actor()
        with self.portal.database.writing() as session:
            for kind in ("department", "restricted", "masked"):
                told = SECRETS[kind][1]
                row = lessons.get(session, self.secrets[kind].id, by=reviewer)
                discussion.add(session, row, f"{told} comment", by=reviewer, at=NOW)
                occurrences.add(
                    session, row, {"project_id": self.own.id, "note": f"{told} too"}, by=reviewer,
                    at=NOW,
                )  # fmt: skip
            for person in self.people.values():
                by = person.as_actor()
                following.follow(
                    session, Followed.project, self.project.id, Follow.daily, by=by, at=NOW
                )
                following.renew_key(session, by=by, at=NOW)
            self._hold_workshop(session)

    def _hold_workshop(self, session: Session) -> None:
        """A workshop is for those who look after its project: here the reviewer alone."""
        told, by = SECRETS["draft"][1], self.people["reviewer"].as_actor()
        planned = {
            "title": f"{told} workshop", "questions": [f"{told} one?", f"{told} two?"],
            "closes_at": now() + timedelta(days=1), "shows_notes": True,
        }  # fmt: skip
        row = planning.plan(
            session, session.get_one(Project, self.project.id), planned, by=by, at=now()
        )
        note = notes.add(session, row, 0, f"{told} note", at=now())
        group = groups.place(session, row, {note.id: None}, f"{told} group", by=by, at=now())
        assert group is not None
        group.lesson_id = self.secrets["restricted"].id

    def values(self, name: str, rule: str, who: str) -> Sequence[str]:
        """What an argument of an address is filled with."""
        lessons_ = [str(row.id) for row in (*self.secrets.values(), self.open)]
        plain = {
            "lesson_id": lessons_, "code": [self.project.code, self.own.code],
            "issue_id": [str(self.issue.id)], "project_id": [str(self.project.id)],
            "book": ["lifecycle"], "slug": ["gates"], "number": ["1"], "key": ["x" * 20],
            "token": [self._feed(who)], "what": [], "format": [], "name": [], "version": ["x"],
        }  # fmt: skip
        choices = re.search(rf"<any\(([^)]*)\):{name}>", rule)
        if choices:
            return [part.strip("'") for part in choices[1].split(",")]
        if name in plain:
            return plain[name]
        # Whatever else is numbered: the first few, guessed.
        if f"<int:{name}>" in rule:
            return ["1", "2", "3", "8"]
        pytest.fail(f"nobody knows how to fill <{name}> of {rule}")

    def _feed(self, who: str) -> str:
        person = self.people[who]
        with self.portal.database.reading() as session:
            nonce = following.nonce(session, person.id)
        return feeds.token(self.portal.secret_key, person.id, nonce or "")

    def addresses(self, app: Flask, who: str) -> Iterator[str]:
        """Every address that answers GET, filled; lists with each secret asked for."""
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint == "assets.send":
                continue
            names = sorted(rule.arguments)
            for filled in product(*(self.values(name, rule.rule, who) for name in names)):
                path = rule.rule
                for name, value in zip(names, filled, strict=True):
                    path = re.sub(rf"<(?:[^<>]*:)?{name}>", value, path)
                yield path
                if not names or path.endswith(ASKED) or rule.endpoint.startswith("feeds."):
                    for asked in ("qasdepo", "qasrest", "qasmask"):
                        yield f"{path}?q={asked}&text={asked}&headline={asked}"
                        yield f"{path}?topic={asked}topic"
        yield f"/exports/lessons.csv?project={self.project.id}"
        for number in range(1, 7):
            yield f"/exports/theme.json?theme={number}"
        yield f"/lessons/?project={self.project.id}&sort=headline"


@pytest.fixture
def scene(make: Builders, portal: Runtime) -> Scene:
    return Scene(make, portal)


def body_of(answer: Any) -> str:
    """The words of an answer, also inside office files."""
    data = answer.data
    if data[:2] == b"PK":
        with ZipFile(io.BytesIO(data)) as archive:
            data = b"".join(archive.read(name) for name in archive.namelist())
    return data.decode("utf-8", "replace").lower()


@pytest.mark.parametrize("who", sorted(SEES))
def test_no_surface_tells_what_is_not_open(
    who: str, scene: Scene, app: Flask, client_of: ClientOf
) -> None:
    browser = client_of(scene.people[who])
    hidden = {told for kind, (_, told) in SECRETS.items() if kind not in SEES[who]}
    shown = {told for kind, (_, told) in SECRETS.items() if kind in SEES[who]}
    headers = {"Authorization": f"Bearer {token_of(scene, who)}"}
    seen: set[str] = set()
    leaks = []
    for address in scene.addresses(app, who):
        extra = headers if address.startswith("/api/v1") else {}
        answer = browser.get(address, headers=extra, buffered=True)
        assert answer.status_code < 500 or address.startswith("/readyz"), address
        body = body_of(answer)
        leaks += [f"{told} at {address}" for told in hidden if told in body]
        seen |= {told for told in shown if told in body}
    assert leaks == []
    assert seen == shown  # the walk finds what is open, so it would find a leak


def token_of(scene: Scene, who: str) -> str:
    with scene.portal.database.writing() as session:
        made = tokens.create(
            session, "walk", list(tokens.TokenScope), None,
            by=scene.people[who].as_actor(), at=now(),
        )  # fmt: skip
        return made[1]


def test_the_hidden_author_of_an_open_lesson_is_on_no_reading_page(
    scene: Scene, client_of: ClientOf
) -> None:
    number = scene.open.id
    for who in ("outsider", "colleague", "reviewer"):
        browser = client_of(scene.people[who])
        for address in (
            f"/lessons/{number}", f"/lessons/{number}/revisions", "/lessons/", "/search?q=opendoor",
            "/exports/lessons.csv", "/exports/lessons.json",
        ):  # fmt: skip
            assert AUTHOR not in browser.get(address, buffered=True).get_data(as_text=True), address


def test_guessed_posts_change_nothing(scene: Scene, app: Flask, client_of: ClientOf) -> None:
    """An outsider posts to every address of a secret lesson: refused, and nothing is different."""
    browser = client_of(scene.people["outsider"])
    number = scene.secrets["restricted"].id
    with scene.portal.database.reading() as session:
        before = lesson_texts.snapshot(session.get_one(Lesson, number))
        version = session.get_one(Lesson, number).version
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or "lesson_id" not in rule.arguments:
            continue
        if rule.rule.startswith("/api/"):
            continue
        names = sorted(rule.arguments - {"lesson_id"})
        for filled in product(*(scene.values(name, rule.rule, "outsider") for name in names)):
            path = re.sub(r"<(?:[^<>]*:)?lesson_id>", str(number), rule.rule)
            for name, value in zip(names, filled, strict=True):
                path = re.sub(rf"<(?:[^<>]*:)?{name}>", value, path)
            answer = post(browser, path, reason="x", answer="applied", headline="x", text="x")
            assert answer.status_code in (302, 400, 403, 404, 405), path
            assert SECRETS["restricted"][1] not in body_of(answer), path
    with scene.portal.database.reading() as session:
        row = session.get_one(Lesson, number)
        assert lesson_texts.snapshot(row) == before
        assert row.version == version


def test_mails_tell_nothing_either(scene: Scene) -> None:
    daily.tell_subscribers(scene.portal, now())
    daily.tell_followers(scene.portal, now())
    from content.models import Job

    outsider = scene.people["outsider"].email
    with scene.portal.database.reading() as session:
        rows = session.scalars(select(Job).where(Job.kind == "mail")).all()
        mails = [str(row.payload) for row in rows if row.payload.get("to") == outsider]
    for _, told in SECRETS.values():
        assert not any(told in mail.lower() for mail in mails)


def test_an_inactive_or_unknown_person_sees_nothing(
    scene: Scene, app: Flask, client: FlaskClient
) -> None:
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.arguments:
            body = body_of(client.get(rule.rule, follow_redirects=True))
            assert not any(told in body for _, told in SECRETS.values()), rule.rule
