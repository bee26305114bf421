"""The text of a lesson: the fields that people write, what may stand in them, and how it is kept.

A revision and a proposed change keep the fields as plain values that JSON holds; `snapshot` makes
them and `taken_from` reads them back.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from content.errors import Invalid
from content.models import (
    Confidentiality,
    Lesson,
    LessonKind,
    LessonTopic,
    Phase,
    Priority,
    Project,
    Reach,
)
from content.types import trimmed

# The fields that a person writes, in the order of the form; a revision keeps all of them.
FIELDS = (
    "headline",
    "summary",
    "project_id",
    "department_id",
    "phase",
    "kind",
    "driving_event",
    "cause",
    "early_warning",
    "effect",
    "cost",
    "days",
    "affects",
    "lesson",
    "recommendation",
    "scope",
    "applies_to_types",
    "applies_to_sizes",
    "applies_to_methods",
    "category",
    "topics",
    "priority",
    "previously_identified",
    "date_occurred",
    "author_hidden",
    "confidentiality",
    "sanitised",
    "review_by",
    "evidence",
    "source_url",
)
# The texts of which at least one is needed: a headline alone teaches nothing.
TEXTS = ("summary", "driving_event", "cause", "effect", "lesson", "recommendation")
HEADLINE_MOST = 200  # characters, DESIGN: fields of a lesson
# Characters of one text: about 30 printed pages; the longest of NASA's has 40,000.
TEXT_MOST = 100_000
TOPICS_MOST = 50
TOPIC_MOST = 100


# Taking values --------------------------------------------------------------------------------


def take(session: Session, lesson: Lesson, values: Mapping[str, Any]) -> None:
    """Put the named fields into the row; what is not named stays.

    Raises:
        Invalid: see `create`.
    """
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of a lesson: {sorted(unknown)}")
    for name, value in values.items():
        if name == "topics":
            _take_topics(lesson, value)
        else:
            setattr(lesson, name, trimmed(value))
    _check(lesson)
    if "department_id" not in values and lesson.project_id is not None:
        # A lesson belongs to its project's department unless the form says otherwise.
        project = session.get(Project, lesson.project_id)
        lesson.department_id = project.department_id if project else None


def _take_topics(lesson: Lesson, topics: Sequence[str]) -> None:
    wanted = sorted({topic.strip().lower()[:TOPIC_MOST] for topic in topics if topic.strip()})
    if len(wanted) > TOPICS_MOST:
        raise Invalid("Too many topics.", {"topics": f"Name at most {TOPICS_MOST} topics."})
    kept = [row for row in lesson.topic_rows if row.topic in wanted]
    known = {row.topic for row in kept}
    lesson.topic_rows = kept + [LessonTopic(topic=t) for t in wanted if t not in known]


def _check(lesson: Lesson) -> None:
    problems: dict[str, str] = {}
    if not (lesson.headline or "").strip():
        problems["headline"] = "Say the point in one line."
    elif len(lesson.headline) > HEADLINE_MOST:
        problems["headline"] = f"At most {HEADLINE_MOST} characters; the rest fits below."
    if not any((getattr(lesson, name) or "").strip() for name in TEXTS):
        problems["driving_event"] = "Say at least what happened, or what you learned."
    for name in (*TEXTS, "early_warning", "sanitised", "evidence"):
        if len(getattr(lesson, name) or "") > TEXT_MOST:
            problems[name] = f"At most {TEXT_MOST} characters."
    if problems:
        raise Invalid("Please look at the fields below.", problems)


def require_whole(lesson: Lesson) -> None:
    """Pass when a reviewer has enough to decide on.

    Raises:
        Invalid: names each field that is missing.
    """
    missing = {
        name: "A reviewer needs this."
        for name in ("driving_event", "lesson", "recommendation")
        if not getattr(lesson, name).strip()
    }
    if missing:
        raise Invalid("Before it goes to review, say what happened, learned and advised.", missing)


# Keeping them ---------------------------------------------------------------------------------


def snapshot(lesson: Lesson) -> dict[str, Any]:
    """The fields as plain values that JSON keeps."""
    return {name: plain(getattr(lesson, name)) for name in FIELDS}


def plain(value: Any) -> Any:
    """A field's value as JSON keeps it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return list(value) if isinstance(value, list | tuple) else value


def taken_from(session: Session, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The fields out of what JSON kept of them, as the verbs take them."""
    values = {name: kept[name] for name in FIELDS if name in kept}
    for name, enum in _ENUMS.items():
        if values.get(name):
            values[name] = enum(values[name])
    for name in ("date_occurred", "review_by"):
        if values.get(name):
            values[name] = date.fromisoformat(values[name])
    if values.get("project_id") and session.get(Project, values["project_id"]) is None:
        values["project_id"] = None  # it went with the import that had registered it
    return values


_ENUMS: dict[str, type[StrEnum]] = {
    "phase": Phase,
    "kind": LessonKind,
    "scope": Reach,
    "priority": Priority,
    "confidentiality": Confidentiality,
}
