"""Drafts of lessons, each made a lesson, a change of one, or one more occurrence of one.

A draft whose external id is known changes that lesson (or, where nothing differs, leaves it alone);
a draft without one is known again by its headline and texts; what a person decided about a row goes
before both. What cannot be linked (a department, a person) is told in the report and not invented.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from content import lesson_texts, lessons, occurrences
from content.access import Action, can
from content.errors import Conflict, PortalError
from content.importing.decisions import Choice, Decisions, Repeat
from content.importing.links import Linker, Register
from content.imports import LessonDraft, ReportRow
from content.models import (
    PROJECT_TYPES,
    Confidentiality,
    Import,
    ImportedLesson,
    Lesson,
    LessonKind,
    Method,
    Phase,
    Priority,
    Reach,
    Size,
)
from content.types import Actor

# Rows in one unit of work: other writers wait about half a second.
CHUNK = 100


def take(
    session: Session,
    row: Import,
    drafts: Sequence[LessonDraft],
    *,
    by: Actor,
    at: datetime,
    linker: Linker | None = None,
) -> list[ReportRow]:
    """Take in a chunk of drafts; answers what became of each.

    A whole file is taken with one `linker`, which reads the portal's names once.
    """
    linker = linker or Linker(session, Decisions.of(row))
    linker.recall(session, drafts)
    taking = _Taking(session, row, linker, by, at)
    return [taking.take(draft) for draft in drafts]


def preview(
    session: Session, drafts: Sequence[LessonDraft], linker: Linker | None = None
) -> list[ReportRow]:
    """What would become of each draft, leaving repeats aside; writes nothing."""
    linker = linker or Linker(session)
    linker.recall(session, drafts)
    rows = []
    for draft in drafts:
        lesson = linker.known(draft)
        values, notes = values_of(linker, draft, lambda _name: None)
        outcome = "new" if lesson is None else "changed" if changes(lesson, values) else "unchanged"
        rows.append(ReportRow.of(_noted(draft, notes), outcome))
    return rows


def changes(lesson: Lesson, values: Mapping[str, Any]) -> list[str]:
    """The fields of a lesson that `values` would change."""
    before = lesson_texts.snapshot(lesson)
    return [name for name, value in values.items() if before[name] != lesson_texts.plain(value)]


class _Taking:
    """One chunk in one unit of work."""

    def __init__(
        self, session: Session, row: Import, linker: Linker, by: Actor, at: datetime
    ) -> None:
        self.session, self.row, self.linker, self.by, self.at = session, row, linker, by, at
        self.register: Register = linker.registrar(session, row, by=by, at=at)

    def take(self, draft: LessonDraft) -> ReportRow:
        said = self.linker.decisions.repeats.get(draft.row)
        lesson = self.linker.known(draft)
        notes: list[str] = []
        if said is not None:
            if said.choice is Choice.skip:
                return ReportRow.of(draft, "skipped")
            target = self._target(said)
            if said.choice is Choice.occurrence and target is not None:
                found = self._occurrence(target, draft, notes)
                if found is not None:
                    return found
            if said.choice is Choice.update and target is not None:
                lesson = target
            elif said.choice in (Choice.new, Choice.occurrence) and lesson is not None:
                draft = self._anew(draft, lesson, notes)
                lesson = None
        values, more = values_of(self.linker, draft, self.register)
        self._lasted(values.get("project_id"), draft)
        self.linker.belongs(self.session, values.get("project_id"), values.get("department_id"))
        return self._write(draft, lesson, values, [*notes, *more])

    def _lasted(self, project_id: int | None, draft: LessonDraft) -> None:
        today = self.at.date()
        self.linker.lasted(self.session, project_id, draft.date_occurred, today=today)

    def _target(self, said: Repeat) -> Lesson | None:
        known_id = said.known_id or self.linker.became.get(said.of_row or 0)
        return self.session.get(Lesson, known_id) if known_id else None

    def _anew(self, draft: LessonDraft, known: Lesson, notes: list[str]) -> LessonDraft:
        if not draft.external_id:
            return draft
        notes.append(f"the id {known.external_id} is another lesson's and was left out")
        return replace(draft, external_id=None)

    def _occurrence(self, lesson: Lesson, draft: LessonDraft, notes: list[str]) -> ReportRow | None:
        project_id, note = self.linker.project(draft.project, self.register)
        self._lasted(project_id, draft)
        said = {
            "project_id": project_id,
            "occurred_on": draft.date_occurred,
            "effect": (draft.effect or "")[: occurrences.TEXT_MOST],
            "cost": draft.cost,
            "days": draft.days,
            "note": _told(draft)[: occurrences.TEXT_MOST],
        }
        try:
            occurrences.add(
                self.session, lesson, said, by=self.by, at=self.at, import_id=self.row.id
            )
        except Conflict as error:
            if lesson.project_id == project_id and project_id is not None:
                return ReportRow.of(_noted(draft, [error.message]), "skipped")
            notes.append(f"taken as new: {error.message}")
        except PortalError as error:
            notes.append(f"taken as new: {error.message}")
        else:
            told = [f"added to {lesson.number}", *([note] if note else [])]
            return ReportRow.of(_noted(draft, told), "occurrence")
        return None

    def _write(
        self, draft: LessonDraft, lesson: Lesson | None, values: dict[str, Any], notes: list[str]
    ) -> ReportRow:
        if lesson is None:
            lesson, outcome, before = self._bring_in(draft, values), "new", None
        elif not can(self.by, Action.lesson_edit, lesson):
            told = [*notes, f"{lesson.number} is there and is not yours to change"]
            return ReportRow.of(_noted(draft, told), "refused")
        else:
            before = None
            outcome = "unchanged"
            if changes(lesson, values):
                before = lessons.newest_revision(self.session, lesson.id)
                lessons.edit(self.session, lesson, values, by=self.by, at=self.at, tells=False)
                outcome = "changed"
        if outcome != "unchanged":
            self._remember(lesson, draft, before)
        if draft.row in self.linker.repeated:
            self.linker.became[draft.row] = lesson.id
        return ReportRow.of(_noted(draft, notes), outcome)

    def _bring_in(self, draft: LessonDraft, values: dict[str, Any]) -> Lesson:
        lesson = lessons.bring_in(
            self.session,
            values,
            external_id=draft.external_id,
            import_id=self.row.id,
            author_id=self._author(draft),
            publish=self.row.publish,
            by=self.by,
            at=self.at,
        )
        self.linker.made(lesson)
        return lesson

    def _author(self, draft: LessonDraft) -> int | None:
        named = self.linker.people.get((draft.author or "").casefold())
        # A draft needs somebody who can work on it; a published lesson keeps an unknown author
        # unknown.
        return named if named is not None or self.row.publish else self.by.id

    def _remember(self, lesson: Lesson, draft: LessonDraft, before: int | None) -> None:
        """Keep what undoing needs; a file that names a lesson twice is remembered once."""
        after = 1
        if before is not None:
            self.session.flush()
            after = lessons.newest_revision(self.session, lesson.id)
            kept = self.session.scalars(
                select(ImportedLesson).where(
                    ImportedLesson.import_id == self.row.id, ImportedLesson.lesson_id == lesson.id
                )
            ).first()
            if kept is not None:
                kept.revision_after = after
                return
        self.session.add(
            ImportedLesson(
                import_id=self.row.id,
                lesson_id=lesson.id,
                row=draft.row,
                revision_before=before,
                revision_after=after,
            )
        )


def _told(draft: LessonDraft) -> str:
    """What an occurrence says of the row that it came from."""
    texts = (draft.driving_event, draft.summary, draft.cause, draft.lesson, draft.recommendation)
    return "\n\n".join((draft.headline, *(text for text in texts if text)))


def _noted(draft: LessonDraft, notes: Sequence[str]) -> LessonDraft:
    return replace(draft, notes=(*draft.notes, *notes)) if notes else draft


_COPIED = (
    "headline",
    "summary",
    "driving_event",
    "cause",
    "early_warning",
    "effect",
    "lesson",
    "recommendation",
    "evidence",
    "sanitised",
)
_AS_IS = ("cost", "days", "category", "previously_identified", "date_occurred", "review_by")
_ENUMS: Mapping[str, Any] = {
    "phase": Phase,
    "kind": LessonKind,
    "priority": Priority,
    "scope": Reach,
}


def values_of(
    linker: Linker, draft: LessonDraft, register: Register
) -> tuple[dict[str, Any], list[str]]:
    """The draft's fields as a lesson's, and notes of what could not be linked.

    Fields that the file says nothing about are left out, so that importing again never empties
    what a person has added since.
    """
    values: dict[str, Any] = {
        name: getattr(draft, name)
        for name in (*_COPIED, *_AS_IS)
        if getattr(draft, name) is not None
    }
    for name, enum in _ENUMS.items():
        if getattr(draft, name) is not None:
            values[name] = enum(getattr(draft, name))
    if draft.topics:
        values["topics"] = sorted({topic.lower() for topic in draft.topics})
    if draft.confidentiality is not None:
        values["confidentiality"] = Confidentiality(draft.confidentiality)
    if draft.author_hidden is not None:
        values["author_hidden"] = draft.author_hidden
    marks = [
        name
        for name in ("scope", "quality", "stakeholders", "safety")
        if getattr(draft, f"affects_{name}")
    ]
    if marks:
        values["affects"] = marks
    values.update(_fits(draft.applies_to or ()))
    notes = _links(linker, draft, values, register)
    return values, notes


def _fits(named: Sequence[str]) -> dict[str, list[str]]:
    """What a lesson applies to, sorted into types, sizes and methods."""
    found: dict[str, list[str]] = {}
    for name in named:
        word = name.casefold()
        for field, known in (
            ("applies_to_sizes", set(Size)),
            ("applies_to_methods", set(Method)),
            ("applies_to_types", set(PROJECT_TYPES)),
        ):
            if word in known:
                found.setdefault(field, []).append(word)
                break
        else:
            found.setdefault("applies_to_types", []).append(name)
    return found


def _links(
    linker: Linker, draft: LessonDraft, values: dict[str, Any], register: Register
) -> list[str]:
    notes = []
    if draft.department:
        department = linker.departments.get(draft.department.casefold())
        if department is not None:
            values["department_id"] = department
        else:
            notes.append(f"department “{draft.department}” is not known here and was left out")
    if draft.author and draft.author.casefold() in linker.shared_names:
        notes.append("several people here have the author's name, which was left out")
    elif draft.author and draft.author.casefold() not in linker.people:
        notes.append("the author has no account here and was left out")
    project, note = linker.project(draft.project, register)
    if project is not None:
        values["project_id"] = project
    return [*notes, note] if note else notes
