"""Recording a lesson one question at a time: drafts, their list, two windows, and handing in.

What is typed is kept by `save` while one types, and by each step as one goes on; without
JavaScript the steps alone do it.
"""

import re
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from content import capture, lesson_lists, lessons
from content.access import Action
from content.capture import NO_VERSION
from content.db import now
from content.errors import Conflict, Invalid
from content.models import CaptureDraft
from content.workflow import Move
from content.workshops import lessons as workshop_lessons
from portal import capturing, forms
from portal.auth import actor, allowed
from portal.capturing import ALL, BY_NAME, MINUTES, QUESTIONS, STEPS, Step, draft_form, sent
from portal.db import reading, writing
from portal.html import toast
from portal.lesson_form import LessonForm

bp = Blueprint("capture", __name__, url_prefix="/lessons/capture")
Reply = str | Response | tuple[str, int] | tuple[Response, int]
# What a select of projects sends; anything else was made by hand.
_ID = re.compile(r"[0-9]{1,18}")
STEP = "<any('{}'):name>".format("','".join(BY_NAME))


@bp.get("")
@allowed(Action.lesson_create)
def index() -> str:
    """What the person has begun, and a way to begin."""
    return render_template("capture/index.html", drafts=capture.of(reading(), by=actor()))


@bp.get("/new")
@allowed(Action.lesson_create)
def new() -> Response:
    """Begin: the first question, under a key of its own. Nothing is kept before it is answered."""
    known: dict[str, Any] = capturing.known_args()
    return redirect(_to(capturing.new_key(), STEPS[0].name, **known))


def _to(key: str, name: str, **known: Any) -> str:
    return url_for("capture.page", key=key, name=name, **known)


# One question ---------------------------------------------------------------------------------


@bp.get(f"/<key>/{STEP}")
@allowed(Action.lesson_create)
def page(key: str, name: str) -> Reply:
    """One question, with what was typed before; without any, the first one."""
    draft = capture.find(reading(), key, by=actor())
    if draft is None and name != STEPS[0].name:
        return redirect(_to(key, STEPS[0].name))
    form = draft_form(_values(draft), offers=name == STEPS[0].name)
    return _page(key, BY_NAME[name], form, draft)


def _values(draft: CaptureDraft | None) -> dict[str, Any]:
    return dict(draft.values) if draft is not None else capturing.first_values()


def _page(
    key: str,
    step: Step,
    form: LessonForm,
    draft: CaptureDraft | None,
    status: int = 200,
    **more: Any,
) -> Reply:
    place = STEPS.index(step)
    template = "capture/check.html" if step.name == "check" else "capture/step.html"
    known = {
        "key": key, "step": step, "steps": STEPS, "place": place, "form": form, "draft": draft,
        "many": len(QUESTIONS), "minutes": max(1, round(MINUTES * (1 - place / len(QUESTIONS)))),
        "version": draft.version if draft else NO_VERSION,
        "before": STEPS[place - 1] if place else None,
        "begun": capture.of(reading(), by=actor()) if draft is None else (),
        "topics": _topics() if step.name == "more" else (),
        # What the address says goes along until the draft has it.
        "known": {} if draft else capturing.known_args(),
        "origin": workshop_lessons.group_of(reading(), key) if draft else None,
    }  # fmt: skip
    return render_template(template, **{**known, **_beside(form, step), **more}), status


def _topics() -> list[str]:
    return [topic for topic, _ in lesson_lists.topics(reading(), by=actor(), limit=12)]


def _beside(form: LessonForm, step: Step) -> dict[str, Any]:
    """What stands beside a question: known facts, lessons that say the same, and hints."""
    return {
        "project": capturing.project_of(form) if step.name in ("project", "check") else None,
        "similar": () if step.name == "project" else capturing.similar(form),
        "hints": () if step.name == "project" else capturing.hints(form, step),
    }


@bp.post(f"/<key>/{STEP}")
@allowed(Action.lesson_create)
def answer(key: str, name: str) -> Reply:
    """Keep what was typed and go on, or back."""
    step = BY_NAME[name]
    draft = capture.find(reading(), key, by=actor())
    values = _sent(step, draft)
    try:
        with writing() as unit:
            draft = capture.save(
                unit, key, values, by=actor(), at=now(), version=_version(), step=_next(step)
            )
    except Conflict as error:
        return _conflict(key, step, values, error)
    except Invalid as error:
        form = draft_form({**_values(draft), **values})
        forms.take_back(form, error)
        return _page(key, step, form, capture.find(reading(), key, by=actor()), 400)
    form = draft_form(draft.values)
    if request.form.get("go") != "back" and not _is_valid(form, step):
        return _page(key, step, form, draft, 400)
    return redirect(_to(key, _next(step)))


def _sent(step: Step, draft: CaptureDraft | None) -> dict[str, Any]:
    """The fields of a step; another project than before brings its own facts along."""
    values = sent(step)
    chosen = values.get("project_id", "")
    if chosen and not _ID.fullmatch(chosen):
        chosen = values["project_id"] = ""
    if step.name == "project" and draft is None:
        values = {**capturing.first_values(), "phase": "", **values}
    before = draft.values.get("project_id") if draft else None
    if step.name == "project" and chosen and before != chosen:
        values |= capturing.facts_of(int(chosen))
    return values


def _is_valid(form: LessonForm, step: Step) -> bool:
    form.validate()
    for name in set(form.errors) - set(step.fields):
        form[name].errors = ()
    return not form.errors


def _next(step: Step) -> str:
    if request.form.get("go") in BY_NAME:
        return request.form["go"]
    place = STEPS.index(step) + (-1 if request.form.get("go") == "back" else 1)
    return STEPS[min(max(place, 0), len(STEPS) - 1)].name


def _version() -> int:
    return request.form.get("draft_version", NO_VERSION, type=int)


def _conflict(key: str, step: Step, values: dict[str, Any], error: Conflict) -> Reply:
    """Both texts side by side; one's own is in the form, so that going on keeps it."""
    draft = capture.find(reading(), key, by=actor())
    stored = dict(draft.values) if draft else {}
    found = capturing.differences(step, values, stored)
    form = draft_form({**stored, **values})
    return _page(key, step, form, draft, 409, differences=found, said=error.message)


@bp.post("/<key>/save")
@allowed(Action.lesson_create)
def save(key: str) -> Reply:
    """Keep what is being typed; answers when, or with what the other window says."""
    step = _step_sent()
    draft = capture.find(reading(), key, by=actor())
    values = _sent(step, draft)
    try:
        with writing() as unit:
            draft = capture.save(
                unit, key, values, by=actor(), at=now(), version=_version(), step=step.name,
                lesson=_lesson(unit),
            )  # fmt: skip
    except Conflict as error:
        return _two_windows(key, step, values, error)
    except Invalid as error:
        return jsonify(message=" ".join(error.fields.values()) or error.message), 400
    return jsonify(saved_at=draft.saved_at.isoformat(), version=draft.version)


def _step_sent() -> Step:
    name = request.form.get("step", "")
    return ALL if name == ALL.name else BY_NAME.get(name) or abort(400)


def _lesson(unit: Any) -> Any:
    number = request.form.get("of_lesson", type=int)
    return lessons.get(unit, number, by=actor()) if number else None


def _two_windows(key: str, step: Step, values: dict[str, Any], error: Conflict) -> Reply:
    found = capture.find(reading(), key, by=actor())
    rows = capturing.differences(step, values, found.values if found else {})
    return jsonify(
        message=error.message,
        version=found.version if found else NO_VERSION,
        differences=[
            {"name": row.name, "label": row.label, "theirs": row.theirs,
             "mine_shown": row.mine_shown, "theirs_shown": row.theirs_shown}
            for row in rows
        ],
    ), 409  # fmt: skip


@bp.post("/<key>/beside")
@allowed(Action.lesson_create)
def beside(key: str) -> str:
    """The similar lessons and the hints for what is being typed; nothing is kept."""
    step = _step_sent()
    draft = capture.find(reading(), key, by=actor())
    form = draft_form({**_values(draft), **_sent(step, draft)}, offers=False)
    return render_template(
        "capture/_beside.html", key=key, step=step, form=form, **_beside(form, step)
    )


# The end --------------------------------------------------------------------------------------


@bp.post("/<key>/finish")
@allowed(Action.lesson_create)
def finish(key: str) -> Reply:
    """Make the lesson: handed in for review, or kept as a draft among one's lessons."""
    draft = capture.find(reading(), key, by=actor())
    if draft is None:
        toast("That draft is not there any more: it was handed in or deleted.", kind="error")
        return redirect(url_for("capture.index"))
    form, check = draft_form(draft.values), BY_NAME["check"]
    if draft.version != _version():
        said = "This was changed in another window. Read it again, then hand it in."
        return _page(key, check, form, draft, 409, said=said)
    submit = request.form.get("then") == "submit"
    try:
        if not form.validate():
            raise Invalid("Please look at the fields below.")
        with writing() as unit:
            lesson = lessons.create(unit, form.values(), by=actor(), at=now())
            if submit:
                lessons.move(unit, lesson, Move.submit, by=actor(), at=now())
            origin = workshop_lessons.group_of(unit, key)
            capture.forget(unit, key, by=actor(), lesson=lesson)
    except Invalid as error:
        return _unfinished(key, form, error, submit)
    undo = url_for("lessons.move", lesson_id=lesson.id, step="withdraw") if submit else None
    said = "Handed in. A reviewer looks at it next." if submit else "Kept among your lessons."
    toast(said, undo=undo)
    if origin is not None:
        # Back to the board, where the next group waits.
        board, place = origin.workshop_id, f"group-{origin.id}"
        return redirect(url_for("workshop_board.page", workshop_id=board, _anchor=place))
    return redirect(url_for("lessons.page", lesson_id=lesson.id))


def _unfinished(key: str, form: LessonForm, error: Invalid, submit: bool) -> Reply:
    """What is missing, with the way to it; a draft that is no lesson yet stays what it is."""
    if not submit:
        toast("Kept among your drafts. With a headline and a text it becomes a lesson.")
        return redirect(url_for("capture.index"))
    if error.fields:
        forms.take_back(form, error)
    return _page(key, BY_NAME["check"], form, capture.find(reading(), key, by=actor()), 400)


@bp.post("/<key>/<any('delete','restore'):step>")
@allowed(Action.lesson_create)
def move(key: str, step: str) -> Response:
    """Delete a draft, or bring it back."""
    with writing() as unit:
        if step == "delete":
            capture.discard(unit, key, by=actor(), at=now())
        else:
            capture.restore(unit, key, by=actor())
    if step == "delete":
        toast("The draft is deleted.", undo=url_for("capture.move", key=key, step="restore"))
    else:
        toast("The draft is there again.")
    return redirect(url_for("capture.index"))
