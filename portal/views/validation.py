"""The review of one lesson: its fields beside remarks, the decision, and what its author says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from content import changes, lesson_lists, lesson_texts, lessons, people, remarks, validation
from content.access import Action, can, require
from content.db import now
from content.errors import Conflict, Invalid
from content.models import Lesson, LessonChange, LessonState, Remark
from content.workflow import Move
from portal import forms, suggesting
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.html import toast
from portal.lesson_form import LessonForm, lesson_form
from portal.suggesting import Beside
from portal.views.queue import queue_url

bp = Blueprint("validation", __name__, url_prefix="/lessons/<int:lesson_id>")

Answer = str | Response | tuple[str, int]

# Fields that a reviewer always sees, and those that are shown when they say something.
ALWAYS = ("headline", "driving_event", "cause", "lesson", "recommendation")
SHOWN = (
    *ALWAYS, "summary", "effect", "early_warning", "evidence", "sanitised",
)  # fmt: skip
# Fields that are facts, in one table with one remark each.
FACTS = (
    "project_id", "kind", "phase", "category", "topics", "date_occurred", "cost", "days",
    "affects", "scope", "applies_to_types", "applies_to_sizes", "applies_to_methods", "priority",
    "previously_identified", "confidentiality", "review_by", "source_url",
)  # fmt: skip
# What the parts of a form for remarks are called.
REMARK, ANSWER = "remark-", "answer-"


@bp.app_template_global("remark_label")
def remark_label(field: str) -> str:
    """What people call the field that a remark stands beside."""
    return remarks.label(field)


# On the page of a lesson ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Section:
    """What the page of a lesson says of its review, to those whom it concerns."""

    changes: Sequence[LessonChange] = ()
    mine: LessonChange | None = None
    remarks: Sequence[Remark] = ()
    into: Lesson | None = None
    proposes: bool = False
    reviews: bool = False
    unmerges: bool = False
    answers: bool = False
    waits: bool = field(default=False)


def section(session: Session, lesson: Lesson) -> Section:
    """The banner of changes under way, the remarks, and the way into review."""
    by = actor()
    if not can(by, Action.review_read, lesson):
        return Section()
    under_way = changes.under_way(session, lesson, by=by)
    in_review = lesson.state in (
        LessonState.submitted, LessonState.returned, LessonState.rejected,
    )  # fmt: skip
    merged = validation.merged_here(lesson)
    return Section(
        changes=under_way,
        mine=next((row for row in under_way if row.by_id == by.id), None),
        remarks=remarks.of_lesson(session, lesson, by=by) if in_review else (),
        into=lesson.superseded_by if merged else None,
        proposes=can(by, Action.lesson_change, lesson) and not can(by, Action.lesson_edit, lesson),
        reviews=lesson.state in (LessonState.submitted, LessonState.rejected)
        and can(by, Action.lesson_decide, lesson),
        unmerges=merged and can(by, Action.lesson_decide, lesson),
        answers=lesson.state is LessonState.rejected and can(by, Action.lesson_submit, lesson),
        waits=lesson.state is LessonState.submitted,
    )


# The page of a reviewer -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """What a reviewer has typed so far, kept when the page is shown again."""

    remarks: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    message: str = ""


@bp.get("/review")
@allowed(Action.lesson_decide)
def page(lesson_id: int) -> Answer:
    """A lesson with the room for remarks beside each field, and the decision."""
    return _page(lesson_id, Typed())


def _page(lesson_id: int, typed: Typed, status: int = 200) -> Answer:
    session = reading()
    lesson = lessons.get(session, lesson_id, by=actor())
    require(actor(), Action.queue_read)
    form = lesson_form(lesson)
    rows = remarks.of_lesson(session, lesson, by=actor())
    return render_template(
        "validation/page.html",
        lesson=lesson,
        form=form,
        shown=[n for n in SHOWN if n in ALWAYS or getattr(lesson, n)],
        facts=[(n, text) for n in FACTS if (text := shown_value(lesson, form, n))],
        said=by_field(rows),
        by_writer=remarks.by_writer,
        typed=typed,
        decides=can(actor(), Action.lesson_decide, lesson),
        colleagues=validation.reviewers(session),
        log=validation.log(session, lesson),
        back=request.values.get("back", ""),
        shows_author=not lesson.author_hidden,
        label=remarks.label,
        beside=_beside(lesson) if _shows_beside(lesson) else None,
    ), status


def _shows_beside(lesson: Lesson) -> bool:
    """On the page itself where no script can ask for it, or where it was just used."""
    asked = request.method == "POST" or request.args.get("beside")
    return bool(asked) and can(actor(), Action.lesson_decide, lesson)


def by_field(rows: Sequence[Remark]) -> dict[str, list[Remark]]:
    """The remarks of a lesson by the field that they stand beside."""
    found: dict[str, list[Remark]] = {}
    for row in rows:
        found.setdefault(row.field, []).append(row)
    return found


def shown_value(lesson: Lesson, form: LessonForm, name: str) -> str:
    """A fact as people read it; empty when it is not given."""
    if name == "project_id":
        return f"{lesson.project.code} {lesson.project.name}" if lesson.project else ""
    value = getattr(lesson, name)
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)


def _typed(error: Invalid | Conflict | None = None) -> Typed:
    return Typed(
        remarks=_texts(REMARK),
        reason=request.form.get("reason", ""),
        errors=error.fields if isinstance(error, Invalid) else {},
        message=error.message if error else "",
    )


def _texts(prefix: str) -> dict[str, str]:
    """What was typed beside fields, by field."""
    return {
        name.removeprefix(prefix): text
        for name, text in request.form.items()
        if name.startswith(prefix) and _is_field(name.removeprefix(prefix))
    }


def _is_field(name: str) -> bool:
    return name == remarks.WHOLE or name in lesson_texts.FIELDS


def _version() -> int | None:
    return forms.number(request.form.get("version"))


# Deciding -------------------------------------------------------------------------------------

SAID = {
    "publish": "Published. Everybody who may read it finds it within seconds.",
    "return": "Returned to its author with your remarks.",
    "reject": "Rejected; its author reads your reason and may answer.",
}


@bp.post("/review/<any('publish','return','reject'):step>")
@allowed(Action.lesson_decide)
def decide(lesson_id: int, step: str) -> Answer:
    """Publish, return or reject, with what was remarked beside the fields."""
    try:
        with writing() as unit:
            lesson = lessons.get(unit, lesson_id, by=actor())
            validation.decide(
                unit, lesson, Move(step), by=actor(), at=now(), said=_texts(REMARK),
                reason=request.form.get("reason", ""), version=_version(),
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _page(lesson_id, _typed(error), 400 if isinstance(error, Invalid) else 409)
    toast(SAID[step])
    return redirect(queue_url(request.form.get("back", "")))


@bp.route("/review/edit", methods=["GET", "POST"])
@allowed(Action.lesson_decide)
def edit(lesson_id: int) -> Answer:
    """Edit what was handed in and publish it in one step; the author sees the difference."""
    lesson = lessons.get(reading(), lesson_id, by=actor())
    require(actor(), Action.lesson_decide, lesson)
    form = lesson_form(lesson)
    if request.method == "GET":
        form.version.data = str(lesson.version)
        return _edit_page(form, lesson)
    if not form.validate():
        return _edit_page(form, lesson, 400)
    try:
        with writing() as unit:
            row = lessons.get(unit, lesson_id, by=actor())
            validation.publish_edited(
                unit, row, form.values(), by=actor(), at=now(), version=_version()
            )
    except (Invalid, Conflict) as error:
        return _edit_refused(form, lesson_id, error)
    toast("Published with your edits. Its author sees what you changed, word by word.")
    return redirect(queue_url(request.form.get("back", "")))


def _edit_refused(form: LessonForm, lesson_id: int, error: Invalid | Conflict) -> Answer:
    lesson = lessons.get(reading(), lesson_id, by=actor())
    if isinstance(error, Invalid):
        forms.take_back(form, error)
        return _edit_page(form, lesson, 400)
    form.form_errors.append(error.message)
    form.version.data = str(lesson.version)
    return _edit_page(form, lesson, 409, theirs=lesson_texts.snapshot(lesson))


def _edit_page(form: LessonForm, lesson: Lesson, status: int = 200, theirs: Any = None) -> Answer:
    topics = [topic for topic, _ in lesson_lists.topics(reading(), by=actor(), limit=60)]
    return render_template(
        "validation/edit.html", form=form, lesson=lesson, theirs=theirs, topic_choices=topics,
        noted=(), back=request.values.get("back", ""),
    ), status  # fmt: skip


@bp.post("/review/assign")
@allowed(Action.queue_read)
def assign(lesson_id: int) -> Response:
    """Take a lesson on, give it back, or give it to a colleague."""
    who = request.form.get("who", "")
    try:
        with writing() as unit:
            lesson = lessons.get(unit, lesson_id, by=actor())
            if who == "me":
                validation.take_on(unit, lesson, by=actor(), at=now())
            elif who.isdecimal():
                person = people.get(unit, int(who))
                validation.assign(unit, lesson, person, by=actor(), at=now())
            else:
                validation.give_back(unit, lesson, by=actor(), at=now())
    except Conflict as error:
        toast(error.message, kind="error")
    return _to_review(lesson_id)


def _to_review(lesson_id: int) -> Response:
    back = request.form.get("back", "")
    return redirect(url_for("validation.page", lesson_id=lesson_id, back=back or None))


# Rejected, and what its author says -----------------------------------------------------------


@bp.post("/answer")
@allowed(Action.lesson_submit)
def answer(lesson_id: int) -> Response:
    """What the author says to a rejection."""
    try:
        with writing() as unit:
            lesson = lessons.get(unit, lesson_id, by=actor())
            text = request.form.get("answer", "")
            validation.answer_rejection(unit, lesson, text, by=actor(), at=now())
    except (Invalid, Conflict) as error:
        toast(error.message, kind="error")
    else:
        toast("Your answer is with the reviewer.")
    return redirect(url_for("lessons.page", lesson_id=lesson_id, _anchor="review"))


@bp.post("/review/<any('reconsider','stay'):step>")
@allowed(Action.lesson_decide)
def after_answer(lesson_id: int, step: str) -> Answer:
    """Take a rejected lesson back into the queue, or stay with the rejection."""
    try:
        with writing() as unit:
            lesson = lessons.get(unit, lesson_id, by=actor())
            if step == "reconsider":
                validation.reconsider(unit, lesson, by=actor(), at=now())
            else:
                reason = request.form.get("reason", "")
                validation.keep_rejected(unit, lesson, reason, by=actor(), at=now())
    except (Invalid, Conflict) as error:
        return _page(lesson_id, _typed(error), 400 if isinstance(error, Invalid) else 409)
    if step == "reconsider":
        toast("It waits for review again.")
        return _to_review(lesson_id)
    toast("Its author reads your word.")
    return redirect(queue_url(request.form.get("back", "")))


# What stands beside it ------------------------------------------------------------------------


@bp.get("/review/beside")
@allowed(Action.lesson_decide)
def beside(lesson_id: int) -> Answer:
    """Suggestions and similar lessons, which the page asks for once it stands."""
    lesson = lessons.get(reading(), lesson_id, by=actor())
    return render_template("validation/_beside.html", lesson=lesson, beside=_beside(lesson))


def _beside(lesson: Lesson) -> Beside:
    require(actor(), Action.lesson_decide, lesson)
    return suggesting.beside(runtime(), reading(), lesson, by=actor())


@bp.post("/review/use")
@allowed(Action.lesson_decide)
def use(lesson_id: int) -> Answer:
    """Take a suggestion, or take it away again; what was typed beside it stays on the page."""
    what, _, label = request.form.get("use", "").partition(":")
    try:
        with writing() as unit:
            lesson = lessons.get(unit, lesson_id, by=actor())
            require(actor(), Action.lesson_decide, lesson)
            values = _with(lesson, what, label)
            lessons.edit(unit, lesson, values, by=actor(), at=now(), version=_version())
    except (Invalid, Conflict) as error:
        return _page(lesson_id, _typed(error), 400 if isinstance(error, Invalid) else 409)
    return _page(lesson_id, _typed())


def _with(lesson: Lesson, what: str, label: str) -> dict[str, Any]:
    """The fields with the suggestion taken: a topic more or less, or a category."""
    if what == "category":
        return {"category": label or None}
    if what == "topic" and label:
        return {"topics": [*lesson.topics, label]}
    if what == "no-topic":
        return {"topics": [topic for topic in lesson.topics if topic != label]}
    raise Invalid("This is no suggestion.")


# Joining --------------------------------------------------------------------------------------


@bp.post("/review/merge")
@allowed(Action.lesson_decide)
def merge(lesson_id: int) -> Answer:
    """Keep a lesson as one more time that a published one happened."""
    try:
        with writing() as unit:
            lesson = lessons.get(unit, lesson_id, by=actor())
            into = lessons.get(unit, request.form.get("into", 0, type=int), by=actor())
            validation.merge(unit, lesson, into, by=actor(), at=now(), version=_version())
            number = into.number
    except (Invalid, Conflict) as error:
        return _page(lesson_id, _typed(error), 409)
    undo = url_for("validation.unmerge", lesson_id=lesson_id)
    toast(f"Kept as one more time of {number}. Its author is told.", undo=undo)
    return redirect(queue_url(request.form.get("back", "")))


@bp.post("/review/unmerge")
@allowed(Action.lesson_decide)
def unmerge(lesson_id: int) -> Response:
    """Take a merge back."""
    with writing() as unit:
        lesson = lessons.get(unit, lesson_id, by=actor())
        validation.unmerge(unit, lesson, by=actor(), at=now())
    toast("It waits for review again.")
    return redirect(url_for("validation.page", lesson_id=lesson_id))


# The author's side ----------------------------------------------------------------------------


def put_remarks(session: Session, form: LessonForm, lesson: Lesson) -> list[Remark]:
    """Set what reviewers remarked beside the fields of the author's form; answers those remarks."""
    if lesson.state is not LessonState.returned:
        return []
    waiting = remarks.asked(remarks.of_lesson(session, lesson, by=actor()))
    for name, rows in waiting.items():
        if name in form:
            form[name].remarks = rows
    return [row for rows in waiting.values() for row in rows]


def take_answers(session: Session, lesson: Lesson) -> None:
    """Keep what the author said to remarks instead of changing the field."""
    said = _texts(ANSWER)
    if any(text.strip() for text in said.values()):
        remarks.answer(session, lesson, said, by=actor(), at=now())
