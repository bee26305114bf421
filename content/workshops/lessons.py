"""A group of notes becomes a lesson: which note fits which field, and who is writing it.

What comes out is a draft like any other (`content/capture`): its writer edits it, hands it in, and
the group shows what became of it.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from content import activity, capture
from content.errors import Conflict
from content.lesson_texts import HEADLINE_MOST
from content.models import CaptureDraft, LessonKind, Workshop, WorkshopGroup, WorkshopNote
from content.types import Actor
from content.workshops.groups import notes_of
from content.workshops.planning import require_manager

# What a question asks for, by its words: the first that fits decides, else it is what happened.
FIELD_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "recommendation",
        re.compile(
            r"\b(differently|next time|recommend\w*|advi[cs]e|should|improve\w*|change|start doing"
            r"|stop doing|keep doing|tell the next)\b"
        ),
    ),
    ("cause", re.compile(r"\b(why|cause[sd]?|reasons?|led to|come from)\b")),
    ("effect", re.compile(r"\b(effects?|consequences?|impact|cost us|results? of)\b")),
    ("lesson", re.compile(r"\b(learn\w*|know now|understood)\b")),
)
EVENT = "driving_event"
_BAD = re.compile(r"\b(not|n't|wrong|bad\w*|problems?|fail\w*|hinder\w*|annoy\w*|poor\w*)\b|n't\b")
_GOOD = re.compile(r"\b(well|good|success\w*|proud|worked|helped|liked)\b")


def field_of(question: str) -> str:
    """The field of a lesson that answers to a question belong into."""
    asked = question.lower()
    return next((name for name, words in FIELD_WORDS if words.search(asked)), EVENT)


def kind_of(question: str) -> LessonKind | None:
    """Whether a question asks for problems or successes; None when for neither."""
    asked = question.lower().replace("’", "'")
    if _BAD.search(asked):
        return LessonKind.problem
    return LessonKind.success if _GOOD.search(asked) else None


def first_values(
    workshop: Workshop, row: WorkshopGroup, notes: Sequence[WorkshopNote]
) -> dict[str, Any]:
    """The fields of a draft as far as a group fills them, in the words of its notes."""
    texts: Mapping[str, list[str]] = defaultdict(list)
    for note in notes:
        texts[field_of(workshop.questions[note.question])].append(note.text)
    kinds = [kind_of(workshop.questions[note.question]) for note in notes]
    found = {name: "\n".join(f"- {line}" for line in lines) for name, lines in texts.items()}
    problems, successes = kinds.count(LessonKind.problem), kinds.count(LessonKind.success)
    if problems != successes:
        kind = LessonKind.problem if problems > successes else LessonKind.success
        found["kind"] = kind.value
    return {"headline": row.title[:HEADLINE_MOST], **found}


def begin(
    session: Session,
    workshop: Workshop,
    row: WorkshopGroup,
    known: Mapping[str, Any],
    *,
    key: str,
    by: Actor,
    at: datetime,
    instead: bool = False,
) -> str:
    """Begin the group's lesson, or go on with it; answers the key of the draft.

    `known` is what the project tells of its lessons, `key` names the draft when a new one is made.
    `instead` takes the writing over from somebody else, whose draft stays theirs.

    Raises:
        Conflict: it has a lesson, or somebody else is writing it.
    """
    require_manager(by, workshop)
    if row.removed_at is not None:
        raise Conflict(f"“{row.title}” was dissolved in between.")
    if row.lesson_id is not None:
        raise Conflict(f"“{row.title}” has its lesson already.")
    draft = _draft(session, row)
    if draft is not None and draft.person_id == by.id:
        return draft.key
    if draft is not None and not instead:
        raise Conflict(f"{draft.person.name} is writing the lesson of “{row.title}” already.")
    values = {**known, **first_values(workshop, row, notes_of(session, row))}
    capture.save(session, key, values, by=by, at=at, version=capture.NO_VERSION, step="event")
    row.draft_key = key
    detail = {"group": row.id}
    activity.record(session, "workshop", workshop.id, "begin a lesson", by=by, at=at, detail=detail)
    session.flush()
    return key


def _draft(session: Session, row: WorkshopGroup) -> CaptureDraft | None:
    if row.draft_key is None:
        return None
    query = select(CaptureDraft).where(
        CaptureDraft.key == row.draft_key, CaptureDraft.discarded_at.is_(None)
    )
    return session.scalars(query).first()


def group_of(session: Session, key: str) -> WorkshopGroup | None:
    """The group that a draft was begun from; whoever may read the draft may know it."""
    query = select(WorkshopGroup).where(
        WorkshopGroup.draft_key == key, WorkshopGroup.removed_at.is_(None)
    )
    return session.scalars(query).first()


def part(
    session: Session, workshop: Workshop, row: WorkshopGroup, *, by: Actor, at: datetime
) -> None:
    """Take the lesson off a group, so that another can be written; the lesson stays."""
    require_manager(by, workshop)
    row.lesson_id = row.draft_key = None
    session.flush()
    detail = {"group": row.id}
    activity.record(session, "workshop", workshop.id, "part a lesson", by=by, at=at, detail=detail)
    session.flush()
