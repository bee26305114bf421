"""How the sample organisation uses what it knows: its searches, lessons applied, a workshop."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from content import activity, applications
from content.models import (
    Answer,
    Application,
    AskedSearch,
    Lesson,
    Page,
    Phase,
    Project,
    Workshop,
    WorkshopGroup,
    WorkshopNote,
)
from content.starter.source import STARTER, moment, toml
from content.types import Role
from content.workshops.planning import new_token


def load_searches(session: Session, at: datetime) -> int:
    """Load what the sample's people have searched for, counted back from `at`."""
    rows = [
        AskedSearch(
            mark=f"sample-{place}-{days}",
            asked_on=at.date() - timedelta(days=days),
            role=Role(row["role"]),
            text=row["text"],
            folded=row["text"].lower(),
            found=row["found"],
            opened=row["opened"],
        )
        for place, row in enumerate(toml(STARTER / "searches.toml")["search"])
        for days in row["days"]
    ]
    session.add_all(rows)
    return len(rows)


def load_applications(session: Session) -> int:
    """What the sample projects said to each other's lessons, as far as it is not there yet."""
    lessons = {row.external_id: row for row in session.scalars(select(Lesson))}
    projects = {row.code: row for row in session.scalars(select(Project))}
    pages = {
        f"{page.playbook.slug}/{page.slug}": page
        for page in session.scalars(select(Page).options(joinedload(Page.playbook)))
    }
    asked = select(Application.lesson_id, Application.project_id)
    there = {(lesson_id, project_id) for lesson_id, project_id in session.execute(asked)}
    added = 0
    for row in sorted(toml(STARTER / "applications.toml")["application"], key=lambda r: r["on"]):
        lesson, project = lessons[row["lesson"]], projects[row["project"]]
        if (lesson.id, project.id) not in there:
            _application(session, row, lesson, project, pages)
            added += 1
    return added


def _application(
    session: Session,
    row: Mapping[str, Any],
    lesson: Lesson,
    project: Project,
    pages: Mapping[str, Page],
) -> None:
    said, at = Answer(row["answer"]), moment(row["on"])
    session.add(
        Application(
            lesson=lesson,
            project=project,
            answer=said,
            page=pages[row["page"]] if "page" in row else None,
            phase=Phase(row["phase"]) if "phase" in row else None,
            **{name: row.get(name, "") for name in ("where", "reason", "result")},
            by=project.manager,
            at=at,
        )
    )
    assert project.manager is not None  # each sample project has one
    activity.record(
        session,
        "lesson",
        lesson.id,
        applications.APPLY if said is Answer.applied else applications.ANSWER,
        by=project.manager.as_actor(),
        at=at,
        detail={"project": project.id, "answer": said.value},
    )


def load_workshops(session: Session, at: datetime) -> int:
    """Workshops whose links are open, each with a link of its own."""
    projects = {row.code: row for row in session.scalars(select(Project))}
    rows = toml(STARTER / "workshops.toml")["workshop"]
    for row in rows:
        session.add(_workshop(row, projects[row["project"]], at))
    return len(rows)


def _workshop(row: Mapping[str, Any], project: Project, at: datetime) -> Workshop:
    groups = [WorkshopGroup(title=title, position=i) for i, title in enumerate(row["groups"])]
    hour = at.replace(minute=0, second=0, microsecond=0)
    return Workshop(
        project=project,
        title=row["title"],
        questions=row["questions"],
        token=new_token(),
        by=project.manager,
        created_at=at - timedelta(days=1),
        closes_at=at + timedelta(days=row["open_days"]),
        groups=groups,
        notes=[
            WorkshopNote(
                question=note["question"] - 1,
                text=note["text"],
                group=groups[note["group"] - 1] if "group" in note else None,
                added_at=hour,
            )
            for note in row["note"]
        ],
    )
