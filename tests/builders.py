"""Builders of valid rows for tests: every argument has a default, every row can be told apart."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from content import files as stored
from content import issues, lessons, playbooks, projects
from content.models import (
    Department,
    Issue,
    Lesson,
    LessonState,
    Page,
    Person,
    Project,
    ProjectState,
    StoredFile,
    Workshop,
)
from content.types import SYSTEM, Role
from content.workflow import Move, PageMove
from content.workshops import groups, notes, planning
from portal.runtime import Runtime

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
# Tests sign in often, so the hash is made once.
_HASH: list[str] = []


def password_hash() -> str:
    """The hash of `PASSWORD`, as light as argon2id goes: a hash says itself how it was made."""
    if not _HASH:
        _HASH.append(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD))
    return _HASH[0]


class Builders:
    """Each method writes in a unit of its own and answers a detached row."""

    def __init__(self, portal: Runtime) -> None:
        self.portal = portal
        self._number = count(1)

    def department(self, name: str | None = None) -> Department:
        n = next(self._number)
        with self.portal.database.writing() as session:
            row = Department(code=f"D{n}", name=name or f"Department {n}")
            session.add(row)
        return row

    def person(
        self, role: Role | str = Role.member, department: Department | None = None, **values: Any
    ) -> Person:
        n = next(self._number)
        with self.portal.database.writing() as session:
            row = Person(
                email=values.pop("email", f"person{n}@example.org"),
                name=values.pop("name", f"Person {n}"),
                role=Role(role),
                department_id=department.id if department else None,
                password_hash=password_hash(),
                active=values.pop("active", True),
                created_at=NOW,
                **values,
            )
            session.add(row)
        return row

    def project(self, *, closed: bool = False, **values: Any) -> Project:
        n = next(self._number)
        with self.portal.database.writing() as session:
            row = projects.create(
                session,
                {
                    "code": f"P-{n:03}",
                    "name": f"Project {n}",
                    "type": "software",
                    "starts_on": date(2025, 1, 6),
                    **values,
                },
                by=SYSTEM,
                at=NOW,
            )
            if closed:
                row.state, row.closed_on, row.outcome = (
                    ProjectState.closed,
                    date(2026, 3, 31),
                    "delivered",
                )
        return row

    def lesson(
        self, state: LessonState = LessonState.published, by: Person | None = None, **values: Any
    ) -> Lesson:
        """A lesson taken to `state` by the verbs themselves (draft, submitted or beyond)."""
        n = next(self._number)
        actor = by.as_actor() if by else SYSTEM
        texts = {
            "headline": f"Agree acceptance criteria early, case {n}",
            "driving_event": f"Acceptance of part {n} was refused at the handover.",
            "lesson": "Criteria written down late are argued about.",
            "recommendation": "Agree and sign the criteria before the work starts.",
            "date_occurred": date(2026, 2, 3),
        }
        external_id = values.pop("external_id", None)
        with self.portal.database.writing() as session:
            row = lessons.create(
                session, {**texts, **values}, by=actor, at=NOW, external_id=external_id
            )
            for step in _PATH[state]:
                lessons.move(session, row, step, by=SYSTEM, at=NOW, reason="For the test.")
        return row

    def issue(
        self, project: Project | None = None, by: Person | None = None, **values: Any
    ) -> Issue:
        n = next(self._number)
        project = project or self.project()
        with self.portal.database.writing() as session:
            return issues.create(
                session,
                project.id,
                {
                    "title": f"Pump {n} stands still",
                    "description": "No spare seal.",
                    "severity": "high",
                    "raised_on": date(2026, 1, 5),
                    **values,
                },
                by=by.as_actor() if by else SYSTEM,
                at=NOW,
            )

    def workshop(self, project: Project, **values: Any) -> Workshop:
        """A workshop with a note in a group, and a loose one."""
        planned = {
            "title": "Looking back", "questions": ["What went well?", "What did not go well?"],
            "closes_at": NOW + timedelta(days=300), "shows_notes": True, **values,
        }  # fmt: skip
        with self.portal.database.writing() as session:
            row = planning.plan(
                session, session.get_one(Project, project.id), planned, by=SYSTEM, at=NOW
            )
            note = notes.add(session, row, 1, "The valves came late", at=NOW)
            notes.add(session, row, 0, "The night shift helped", at=NOW)
            groups.place(session, row, {note.id: None}, "Valves late", by=SYSTEM, at=NOW)
        return row

    def page(
        self,
        source: str = "## Why\n\nBecause.",
        *,
        title: str = "Gates",
        published: bool = True,
        by: Person | None = None,
        playbook: str = "Lifecycle",
    ) -> Page:
        actor = by.as_actor() if by else SYSTEM
        with self.portal.database.writing() as session:
            book = _playbook(session, playbook)
            row = playbooks.create_page(
                session,
                book,
                {"title": title, "source": source, "change_note": "First."},
                by=actor,
                at=NOW,
            )
            if published:
                revision = playbooks.revisions(session, row, by=SYSTEM)[0]
                playbooks.move(session, revision, PageMove.submit, by=SYSTEM, at=NOW)
                playbooks.move(session, revision, PageMove.publish, by=SYSTEM, at=NOW)
        return row

    def file(self, data: bytes = b"hello", format: str = "txt") -> StoredFile:
        with self.portal.database.writing() as session:
            return stored.register(
                session,
                sha256=self.portal.files.put(data),
                size=len(data),
                format=format,
                media_type="text/plain",
                at=NOW,
            )


def _playbook(session: Session, title: str) -> Any:
    from content.models import Playbook

    slug = playbooks.slug_of(title)
    found = session.scalars(select(Playbook).where(Playbook.slug == slug)).first()
    return found or playbooks.create_playbook(
        session, title=title, summary="How we work.", by=SYSTEM, at=NOW
    )


_PATH = {
    LessonState.draft: (),
    LessonState.submitted: (Move.submit,),
    LessonState.returned: (Move.submit, Move.return_),
    LessonState.rejected: (Move.submit, Move.reject),
    LessonState.published: (Move.submit, Move.publish),
    LessonState.retired: (Move.submit, Move.publish, Move.retire),
}
