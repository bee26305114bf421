"""Every verb that changes something, tried by every role: who may is a table."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from analytics import catalogue
from content import (
    departments,
    importing,
    issues,
    lessons,
    library,
    people,
    playbooks,
    projects,
    review_queue,
)
from content.errors import Forbidden, NotFound
from content.models import Issue, Lesson, LessonState, Page, Playbook, Project, StoredFile, Template
from content.types import SYSTEM, Actor, Role
from content.workflow import Move, PageMove
from content.workshops import planning
from tests.builders import NOW, Builders

MEMBER, TRAINER, REVIEWER, ADMIN = Role.member, Role.trainer, Role.reviewer, Role.admin
EVERYBODY = set(Role)
TEXTS = {"headline": "H", "driving_event": "E", "lesson": "L", "recommendation": "R"}
PAGE = {"title": "T", "source": "S", "change_note": "N"}

Verb = Callable[[Session, Actor], object]


def lesson(session: Session, state: LessonState) -> Lesson:
    return next(row for row in session.query(Lesson) if row.state is state)


def move(state: LessonState, step: Move) -> Verb:
    return lambda s, who: lessons.move(s, lesson(s, state), step, by=who, at=NOW, reason="Why.")


def first(session: Session, table: type) -> object:
    return session.query(table).first()


VERBS: dict[str, tuple[Verb, set[Role]]] = {
    "create a lesson": (lambda s, who: lessons.create(s, TEXTS, by=who, at=NOW), EVERYBODY),
    "edit another's draft": (
        lambda s, who: lessons.edit(
            s, lesson(s, LessonState.draft), {"cause": "C"}, by=who, at=NOW
        ),
        {REVIEWER, ADMIN},
    ),
    "submit another's draft": (move(LessonState.draft, Move.submit), set()),
    "publish": (move(LessonState.submitted, Move.publish), {REVIEWER, ADMIN}),
    "return": (move(LessonState.submitted, Move.return_), {REVIEWER, ADMIN}),
    "reject": (move(LessonState.submitted, Move.reject), {REVIEWER, ADMIN}),
    "retire": (move(LessonState.published, Move.retire), {REVIEWER, ADMIN}),
    "read the queue": (lambda s, who: review_queue.count(s, by=who, at=NOW), {REVIEWER, ADMIN}),
    "import": (
        lambda s, who: importing.begin(
            s, filename="a.csv", file=None, mapping={}, publish=True, by=who, at=NOW
        ),
        {REVIEWER, ADMIN},
    ),
    "log an issue": (
        lambda s, who: issues.create(s, first(s, Project).id, {"title": "T"}, by=who, at=NOW),
        EVERYBODY,
    ),
    "edit another's issue": (
        lambda s, who: issues.edit(s, first(s, Issue), {"title": "T"}, by=who, at=NOW),
        {REVIEWER, ADMIN},
    ),
    "register a project": (
        lambda s, who: projects.create(s, {"code": "N", "name": "N"}, by=who, at=NOW),
        EVERYBODY,
    ),
    "edit another's project": (
        lambda s, who: projects.edit(s, first(s, Project), {"name": "N"}, by=who, at=NOW),
        {REVIEWER, ADMIN},
    ),
    "close another's project": (
        lambda s, who: projects.close(
            s, first(s, Project), closed_on=NOW.date(), outcome="delivered", summary="",
            waiver_reason="None.", by=who, at=NOW,
        ),
        {REVIEWER, ADMIN},
    ),
    "plan another's workshop": (
        lambda s, who: planning.plan(
            s, first(s, Project),
            {"title": "T", "questions": ["A?", "B?"], "closes_at": NOW + timedelta(days=1)},
            by=who, at=NOW,
        ),
        {REVIEWER, ADMIN},
    ),
    "make a playbook": (
        lambda s, who: playbooks.create_playbook(s, title="P", summary="", by=who, at=NOW),
        {TRAINER, ADMIN},
    ),
    "write a page": (
        lambda s, who: playbooks.create_page(s, first(s, Playbook), PAGE, by=who, at=NOW),
        {TRAINER, ADMIN},
    ),
    "approve another's page": (
        lambda s, who: playbooks.move(
            s, first(s, Page).revisions[0], PageMove.publish, by=who, at=NOW
        ),
        {TRAINER, REVIEWER, ADMIN},
    ),
    "publish a template": (
        lambda s, who: library.publish(
            s, first(s, Template), first(s, StoredFile), change_note="N", by=who, at=NOW
        ),
        {TRAINER, ADMIN},
    ),
    "retire a template": (
        lambda s, who: library.set_retired(s, first(s, Template), True, by=who, at=NOW),
        {TRAINER, ADMIN},
    ),
    "invite": (
        lambda s, who: people.invite(
            s, email="n@example.org", name="N", role=MEMBER, department_id=None, by=who, at=NOW
        ),
        {ADMIN},
    ),
    "deactivate": (
        lambda s, who: people.set_active(
            s, people.by_email(s, "other@example.org"), False, by=who, at=NOW
        ),
        {ADMIN},
    ),
    "make a department": (
        lambda s, who: departments.add(s, code="NEW", name="New", by=who, at=NOW), {ADMIN},
    ),
    "look at themes": (lambda s, who: catalogue.themes(s, by=who), EVERYBODY),
}  # fmt: skip


@pytest.fixture
def scene(make: Builders) -> Builders:
    """One of everything, none of it belonging to the people who try."""
    other = make.person(email="other@example.org")
    project = make.project(manager_id=other.id)
    for state in (LessonState.draft, LessonState.submitted, LessonState.published):
        make.lesson(state, by=other, project_id=project.id)
    make.issue(project, by=other)
    page = make.page(published=False)
    make.file(b"two")  # first in the table: the file that replaces the one in force
    file_id = make.file(b"one").id
    with make.portal.database.writing() as session:
        row = playbooks.revisions(session, session.get_one(Page, page.id), by=SYSTEM)[0]
        playbooks.move(session, row, PageMove.submit, by=SYSTEM, at=NOW)
        in_force = session.get_one(StoredFile, file_id)
        library.create(session, {"title": "T", "summary": "S."}, in_force, by=SYSTEM, at=NOW)
    return make


@pytest.mark.parametrize("name", VERBS)
def test_who_may(name: str, scene: Builders) -> None:
    verb, allowed = VERBS[name]
    for role in Role:
        actor = scene.person(role).as_actor()
        assert tried(scene, verb, actor) == (role in allowed), (name, role)


class Undo(Exception):
    """Takes back what a verb did, so that the next role finds the scene as it was."""


def tried(scene: Builders, verb: Verb, actor: Actor) -> bool:
    """Whether the verb let the actor through; nothing of it stays."""
    try:
        with scene.portal.database.writing() as session:
            verb(session, actor)
            raise Undo
    except Undo:
        return True
    except (Forbidden, NotFound):
        return False
