"""The people and the lessons of the table, and what people said and follow, in a real portal."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from analytics import actions, agenda, reviews, runs
from analytics.models import Theme, ThemeMember
from analytics.review_models import Action, ActionLesson, ChangeKind, Review
from content import discussion, following, lessons, occurrences, searches, tokens
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
from content.tokens import TokenScope
from content.types import SYSTEM, Kind, Role
from content.workflow import Move
from content.workshops import groups, notes, planning
from portal import create_app, feeds, packing
from portal.runtime import Runtime
from portal.worker.loop import drain
from tests.builders import NOW, PASSWORD, Builders
from tests.conftest import post
from tests.portal.surfaces.table import EACH_KIND, LESSONS, PEOPLE, asked, hints, told

# Nobody but an administrator learns that she wrote the lesson without a name.
SHY = "Wertonia Hiddenbury"
SANITISED = "Something that everybody may know."
TOPIC = "qastopic"
BEFORE = NOW - timedelta(days=3)  # when people began to follow
STATES: Mapping[str, LessonState] = {
    "draft": LessonState.draft, "submitted": LessonState.submitted,
    "returned": LessonState.returned, "rejected": LessonState.rejected,
}  # fmt: skip
LEVELS: Mapping[str, Confidentiality] = {
    "department": Confidentiality.department, "restricted": Confidentiality.restricted,
    "sanitised": Confidentiality.restricted, "retired-department": Confidentiality.department,
    "retired-restricted": Confidentiality.restricted,
}  # fmt: skip
# Who manages an open project that all lessons of the scene fit.
MANAGERS = ("manager", "trainer")
# What all lessons of the scene share, so that they are found together, in one pack and one theme.
STORY = (
    "The crane could not lift the pump because nobody had weighed the pump before the crane came."
)


class Scene:
    """A portal with people in it; `tell` adds the lessons of the table."""

    def __init__(self, portal: Runtime) -> None:
        self.portal, self.make = portal, Builders(portal)
        self.app: Flask = create_app(portal, testing=True)
        works, other = self.make.department("Works"), self.make.department("Other")
        self.department = works
        self.people: dict[str, Person] = {
            "author": self.make.person(),
            "manager": self.make.person(department=works),
            "colleague": self.make.person(department=works),
            "outsider": self.make.person(department=other),
            "trainer": self.make.person(Role.trainer, department=other),
            "reviewer": self.make.person(Role.reviewer),
            "admin": self.make.person(Role.admin),
        }
        assert tuple(self.people) == PEOPLE
        self.shy = self.make.person(name=SHY)
        self.project = self.make.project(
            closed=True, department_id=works.id, manager_id=self.people["manager"].id,
            name="The crane",
        )  # fmt: skip
        self.others = [self.make.project(closed=True) for _ in range(3)]
        # Open projects whose packs would hold every lesson of the scene.
        self.own = {
            who: self.make.project(
                manager_id=self.people[who].id, name=f"Crane of {who}", description=STORY
            )
            for who in MANAGERS
        }
        self.page, self.issue = self.make.page(), self.make.issue(self.project)
        self.lessons: dict[str, Lesson] = {}
        self._browsers: dict[str, FlaskClient] = {}
        self._secrets: dict[str, str] = {}
        for number, project in enumerate((self.project, *self.others)):
            for case in ("spring", "autumn"):
                self.make.lesson(
                    project_id=project.id, headline=f"Weigh the pump first, {case} {number}",
                    driving_event=STORY, topics=["cranes"],
                )  # fmt: skip
        self._follow()
        drain(portal)
        runs.run(portal.database, by=None, at=NOW)
        self._review()
        self.settle()

    def find_themes(self) -> None:
        """A run over all that is there now, in which what is told stands beside what is open."""
        runs.run(self.portal.database, by=None, at=NOW)
        self.put_in_theme()

    def settle(self) -> None:
        """Do what waits, and make the packs."""
        drain(self.portal)
        for project in self.own.values():
            packing.make(self.portal, project.id)
        drain(self.portal)

    def _follow(self) -> None:
        """Everybody follows the project and keeps a search for the secrets."""
        wanted = f"q={'+'.join(asked(row) for row in LESSONS)}"
        with self.portal.database.writing() as session:
            for person in self.people.values():
                by = person.as_actor()
                following.follow(
                    session, Followed.project, self.project.id, Follow.daily, by=by, at=BEFORE
                )
                following.renew_key(session, by=by, at=BEFORE)
                searches.save(session, "Secrets", wanted, Follow.daily, by=by, at=BEFORE)

    def _review(self) -> None:
        """Everybody is asked to a review of a theme; an action about a playbook page follows."""
        by = self.people["reviewer"].as_actor()
        planned = {"title": "Cranes", "starts_at": NOW + timedelta(days=9)}
        changed = {
            "title": "Change the gate", "owner_id": self.people["trainer"].id,
            "due_on": BEFORE.date(), "measure_on": NOW.date(), "change": ChangeKind.page,
            "page_id": self.page.id,
        }  # fmt: skip
        with self.portal.database.writing() as session:
            theme = session.scalars(select(Theme).order_by(Theme.id).limit(1)).one()
            people = [person.id for person in self.people.values()]
            review = reviews.plan(session, planned, [theme.id], people, by=by, at=NOW)
            row = actions.create(
                session, theme, changed, by=by, at=NOW, item_id=review.items[0].id
            )  # fmt: skip
            actions.start(session, row, by=by, at=NOW)

    # The lessons of the table -----------------------------------------------------------------

    def tell(self, *rows: str) -> None:
        """Add lessons of the table, with all that is said about them."""
        for row in rows:
            self.lessons[row] = self._lesson(row)
        for row in rows:
            self._say(row)
        if {"draft", "restricted"} <= set(rows):
            self._hold_workshop()
        self.settle()

    def put_in_theme(self) -> None:
        """Whatever the run made of them, every lesson stands in a theme, which a review prepares
        again, and the action answers every one of them.
        """
        with self.portal.database.writing() as session:
            theme = session.scalars(select(Theme).order_by(Theme.id)).first()
            assert theme is not None
            held = set(session.scalars(select(ThemeMember.object_id)))
            session.add_all(
                ThemeMember(
                    theme_id=theme.id, kind=Kind.lesson, object_id=lesson.id,
                    score=0.9,
                    rank=0 if row in EACH_KIND else 100,  # a page names the first ones only
                )
                for row, lesson in self.lessons.items()
                if lesson.id not in held
            )  # fmt: skip
            action = session.scalars(select(Action)).one()
            answered = {row.lesson_id for row in action.lessons}
            action.lessons.extend(
                ActionLesson(lesson_id=lesson.id)
                for lesson in self.lessons.values()
                if lesson.id not in answered
            )
            session.flush()
            agenda.prepare(session, session.scalars(select(Review)).one(), at=NOW)

    def _lesson(self, row: str) -> Lesson:
        ask, tell = asked(row), told(row)
        # Enough words of its own that no start pack folds it away as said already.
        own = " ".join(f"{tell}{letter}" for letter in "bcdfghjklmnpqrstvwxz")
        lesson = self.make.lesson(
            STATES.get(row, LessonState.published),
            by=self.shy if row == "unsigned" else self.people["author"],
            headline=f"{ask} {tell} headline, weigh the pump first",
            driving_event=f"{STORY} {hints(row)} {tell} happened.", lesson=f"{ask} {tell} {own}.",
            recommendation=f"{ask} {tell} advised.", cause=f"{tell} {own}", category=f"{tell}cat",
            topics=[TOPIC, f"{tell}topic"], external_id=f"{tell.upper()}-1",
            project_id=self.project.id, department_id=self.department.id,
            confidentiality=LEVELS.get(row, Confidentiality.open),
            sanitised=SANITISED if row == "sanitised" else "",
            author_hidden=row == "unsigned",
        )  # fmt: skip
        file = self.make.file(told(row).encode(), "txt")
        with self.portal.database.writing() as session:
            found = session.get_one(Lesson, lesson.id)
            attach(session, found, file, f"{tell}.txt", by=SYSTEM, at=NOW)
        return lesson

    def _say(self, row: str) -> None:
        """What people say about a published lesson, before it is taken out of use."""
        if row in STATES:
            return
        by, tell = self.people["reviewer"].as_actor(), told(row)
        with self.portal.database.writing() as session:
            lesson = lessons.get(session, self.lessons[row].id, by=by)
            discussion.add(session, lesson, f"{tell} comment", by=by, at=NOW)
            values = {"project_id": self.others[0].id, "note": f"{tell} too"}
            occurrences.add(session, lesson, values, by=by, at=NOW)
            if row.startswith("retired"):
                lessons.move(session, lesson, Move.retire, by=by, at=NOW, reason=f"{tell} gone")

    def _hold_workshop(self) -> None:
        """A workshop is for those who look after its project, and for the reviewer."""
        tell, by = told("draft"), self.people["reviewer"].as_actor()
        planned = {
            "title": f"{tell} workshop", "questions": [f"{tell} one?", f"{tell} two?"],
            "closes_at": now() + timedelta(days=1), "shows_notes": True,
        }  # fmt: skip
        with self.portal.database.writing() as session:
            project = session.get_one(Project, self.project.id)
            row = planning.plan(session, project, planned, by=by, at=now())
            note = notes.add(session, row, 0, f"{tell} note", at=now())
            group = groups.place(session, row, {note.id: None}, f"{tell} group", by=by, at=now())
            assert group is not None
            group.lesson_id = self.lessons["restricted"].id

    # How its people come in -------------------------------------------------------------------

    def browser(self, who: str) -> FlaskClient:
        """A browser that is signed in as `who`, or as nobody."""
        if who not in self._browsers:
            browser = self.app.test_client()
            if who != "nobody":
                post(browser, "/sign-in", email=self.people[who].email, password=PASSWORD)
            self._browsers[who] = browser
        return self._browsers[who]

    def secret(self, who: str) -> str:
        """A token of the API that may do all that its person may."""
        if who not in self._secrets:
            with self.portal.database.writing() as session:
                by = self.people[who].as_actor()
                made = tokens.create(session, "walk", list(TokenScope), None, by=by, at=NOW)
            self._secrets[who] = made[1]
        return self._secrets[who]

    def feed(self, who: str) -> str:
        """The part of a feed's address that says whose it is."""
        person = self.people[who]
        with self.portal.database.reading() as session:
            nonce = following.nonce(session, person.id)
        return feeds.token(self.portal.secret_key, person.id, nonce or "")
