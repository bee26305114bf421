"""A workshop and its link: planning, changing, ending, a new link, and who looks after it.

To everybody else a workshop does not exist: its notes were given to the project's manager and the
PMO. The log names what was done, and never the link.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from content import activity
from content.access import Action, can, require
from content.errors import Conflict, Invalid, NotFound
from content.models import Project, Workshop, WorkshopGroup, WorkshopNote
from content.types import Actor

FIELDS = ("title", "questions", "closes_at", "shows_notes")
TITLE_MOST = 200
QUESTION_MOST = 200
# One question is a poll; more than six tire a room.
QUESTIONS_LEAST, QUESTIONS_MOST = 2, 6
DEFAULT_QUESTIONS = (
    "What went well?",
    "What did not go well?",
    "What surprised us?",
    "What would we do differently?",
)
# Workshops of one project: more are tries that nobody deleted.
MOST = 20
# How long a link takes notes unless somebody says otherwise, and at most.
OPEN_FOR, OPEN_MOST = timedelta(days=7), timedelta(days=365)
# People type the address from paper: no letter or digit that looks like another one.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
# 20 letters of 31 are 99 bits: nobody guesses one in any time.
TOKEN_LETTERS, TOKEN_PART = 20, 4
# What was taken back is an empty row.
THERE = WorkshopNote.text != ""


def new_token() -> str:
    """What stands in the link, in parts that people can type: `k7fm-2qxw-9tzb-h3rd-x8cn`."""
    return spelled("".join(secrets.choice(LETTERS) for _ in range(TOKEN_LETTERS)))


def spelled(text: str) -> str:
    """A token as it is kept, however it was typed; what is no letter of it is left out."""
    letters = "".join(letter for letter in text.lower() if letter in LETTERS)[: TOKEN_LETTERS + 1]
    return "-".join(letters[at : at + TOKEN_PART] for at in range(0, len(letters), TOKEN_PART))


def is_open(workshop: Workshop, at: datetime) -> bool:
    """Whether its link takes notes."""
    return at < workshop.closes_at


# Verbs ----------------------------------------------------------------------------------------


def plan(
    session: Session, project: Project, values: Mapping[str, Any], *, by: Actor, at: datetime
) -> Workshop:
    """Make a workshop with a link of its own.

    Raises:
        Invalid: the title or questions are missing, it closes in the past, or there are too many.
    """
    require(by, Action.workshop_manage, project)
    if len(of_project(session, project, by=by)) >= MOST:
        raise Invalid(f"This project has {MOST} workshops. Delete the empty ones first.")
    workshop = Workshop(project_id=project.id, token=new_token(), by_id=by.id, created_at=at)
    _take(workshop, values, at)
    session.add(workshop)
    session.flush()
    activity.record(session, "workshop", workshop.id, "plan", by=by, at=at)
    return workshop


def change(
    session: Session,
    workshop: Workshop,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> None:
    """Change what is asked, and until when.

    Raises:
        Conflict: somebody saved it since `version`.
        Invalid: see `plan`; or a question that has notes would go.
    """
    require_manager(by, workshop)
    if version is not None and version != workshop.version:
        raise Conflict(
            "Somebody changed this workshop while you were writing. Compare, save again."
        )
    _keep_answered(session, workshop, values.get("questions", workshop.questions))
    _take(workshop, values, at)
    session.flush()
    activity.record(session, "workshop", workshop.id, "change", by=by, at=at)


def end(session: Session, workshop: Workshop, *, by: Actor, at: datetime) -> None:
    """Take no more notes."""
    require_manager(by, workshop)
    if is_open(workshop, at):
        workshop.closes_at = at
        session.flush()
        activity.record(session, "workshop", workshop.id, "end", by=by, at=at)


def open_again(
    session: Session, workshop: Workshop, until: datetime, *, by: Actor, at: datetime
) -> None:
    """Take notes again.

    Raises:
        Invalid: `until` is past, or too far away.
    """
    require_manager(by, workshop)
    _take(workshop, {"closes_at": until}, at)
    session.flush()
    activity.record(session, "workshop", workshop.id, "open again", by=by, at=at)


def renew(session: Session, workshop: Workshop, *, by: Actor, at: datetime) -> None:
    """Give it a new link; the old one, and every sheet with it, ends."""
    require_manager(by, workshop)
    workshop.token = new_token()
    session.flush()
    activity.record(session, "workshop", workshop.id, "renew the link", by=by, at=at)


def remove(session: Session, workshop: Workshop, *, by: Actor, at: datetime) -> None:
    """Delete a workshop that nobody has added a note to.

    Raises:
        Conflict: there are notes.
    """
    require_manager(by, workshop)
    if row_count(session, workshop, THERE):
        raise Conflict("There are notes in it. Hide those that should not be seen.")
    activity.record(session, "workshop", workshop.id, "remove", by=by, at=at)
    session.delete(workshop)
    session.flush()


def _take(workshop: Workshop, values: Mapping[str, Any], at: datetime) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of a workshop: {sorted(unknown)}")
    problems: dict[str, str] = {}
    if "title" in values:
        workshop.title = values["title"].strip()
        if not workshop.title or len(workshop.title) > TITLE_MOST:
            problems["title"] = f"Give it a title of up to {TITLE_MOST} characters."
    if "questions" in values:
        workshop.questions = [q.strip() for q in values["questions"] if q.strip()]
        problems |= _question_problems(workshop.questions)
    if "closes_at" in values:
        problems |= _time_problems(workshop.closes_at, values["closes_at"], at)
        workshop.closes_at = values["closes_at"] or at
    if "shows_notes" in values:
        workshop.shows_notes = bool(values["shows_notes"])
    if problems:
        raise Invalid("Please look at the fields below.", problems)


def _question_problems(questions: Sequence[str]) -> dict[str, str]:
    if not QUESTIONS_LEAST <= len(questions) <= QUESTIONS_MOST:
        return {"questions": f"Ask {QUESTIONS_LEAST} to {QUESTIONS_MOST} questions."}
    if any(len(question) > QUESTION_MOST for question in questions):
        return {"questions": f"A question has at most {QUESTION_MOST} characters."}
    if len({question.casefold() for question in questions}) < len(questions):
        return {"questions": "Two questions are the same."}
    return {}


def _time_problems(before: datetime | None, until: datetime | None, at: datetime) -> dict[str, str]:
    if until is None:
        return {"closes_at": "Say until when the link takes notes."}
    if until == before:
        return {}  # one that has ended can still be renamed
    if until <= at:
        return {"closes_at": "That is past. To take no more notes, end the workshop on its page."}
    if until > at + OPEN_MOST:
        return {"closes_at": "At most a year ahead: a link that lives longer is forgotten."}
    return {}


def _keep_answered(session: Session, workshop: Workshop, questions: Sequence[str]) -> None:
    """Notes name their question by its place: one that has notes, and those before it, stay."""
    newest = select(func.max(WorkshopNote.question)).where(
        WorkshopNote.workshop_id == workshop.id, THERE
    )
    last = session.scalar(newest)
    if last is None:
        return
    places = list(questions[: last + 1])
    if len(places) <= last or not all(question.strip() for question in places):
        message = f"There are notes already: the first {last + 1} can be reworded, not taken out."
        raise Invalid("Please look at the fields below.", {"questions": message})


# Reads ----------------------------------------------------------------------------------------


def require_manager(by: Actor, workshop: Workshop) -> None:
    """Pass when `by` looks after the workshop.

    Raises:
        NotFound: they do not, and need not know that there is one.
    """
    if not can(by, Action.workshop_manage, workshop.project):
        raise NotFound("There is nothing here, or it is not open to you.")


def get(session: Session, workshop_id: int, *, by: Actor) -> Workshop:
    """One workshop that `by` looks after.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    workshop = session.get(Workshop, workshop_id, options=[joinedload(Workshop.project)])
    if workshop is None:
        raise NotFound("There is nothing here, or it is not open to you.")
    require_manager(by, workshop)
    return workshop


@dataclass(frozen=True, slots=True)
class Overview:
    """A workshop at a glance."""

    workshop: Workshop
    notes: int
    groups: int
    with_lesson: int


def of_project(session: Session, project: Project, *, by: Actor) -> list[Overview]:
    """The workshops of a project, the newest first; none for whoever does not look after it."""
    if not can(by, Action.workshop_manage, project):
        return []
    notes = _count(WorkshopNote, WorkshopNote.hidden_at.is_(None), THERE)
    there = WorkshopGroup.removed_at.is_(None)
    groups = _count(WorkshopGroup, there)
    done = _count(WorkshopGroup, there, WorkshopGroup.lesson_id.is_not(None))
    query = select(Workshop, notes, groups, done).where(Workshop.project_id == project.id)
    return [Overview(*row) for row in session.execute(query.order_by(Workshop.id.desc()))]


def _count(table: type[WorkshopNote] | type[WorkshopGroup], *conditions: Any) -> Any:
    query = select(func.count()).where(table.workshop_id == Workshop.id, *conditions)
    return query.correlate(Workshop).scalar_subquery()


def row_count(session: Session, workshop: Workshop, *conditions: Any) -> int:
    """How many notes were ever added to it, or those of some condition."""
    query = select(func.count()).where(WorkshopNote.workshop_id == workshop.id, *conditions)
    return session.scalar(query) or 0
