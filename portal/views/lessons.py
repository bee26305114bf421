"""The pages of lessons: the list, the capture form, the lesson, its revisions, the queue."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from analytics import answers
from content import (
    activity,
    applications,
    attachments,
    capture,
    diff,
    lesson_lists,
    lesson_texts,
    lessons,
    occurrences,
    people,
)
from content.access import Action, can, reads_whole, require, shows_author
from content.db import now
from content.errors import Conflict, Invalid
from content.lesson_lists import LessonFilter
from content.models import (
    CATEGORIES,
    Activity,
    Lesson,
    LessonKind,
    LessonState,
    Phase,
)
from content.workflow import APART, MOVE_RULES, Move
from portal import capturing, forms, related
from portal.auth import actor, allowed
from portal.capturing import Autosave
from portal.db import reading, writing
from portal.html import toast
from portal.lesson_form import LessonForm, kept_value, label_of, lesson_form
from portal.paging import Page
from portal.views import discussion
from portal.views import validation as review
from portal.views.applications import section as applied_section
from portal.views.occurrences import section as happened_section

bp = Blueprint("lessons", __name__, url_prefix="/lessons")
Answer = str | Response | tuple[str, int]


# Lists ----------------------------------------------------------------------------------------


@bp.get("/")
@allowed(Action.lesson_read)
def index() -> str:
    """The lessons that the person may see, narrowed and in order."""
    wanted = asked_for()
    page = Page.asked()
    rows, total = lesson_lists.listing(
        reading(), wanted, by=actor(), offset=page.offset, limit=page.size
    )
    whole = [row.id for row in rows if reads_whole(actor(), row)]
    return render_template(
        "lessons/index.html",
        rows=rows,
        page=page.of(total),
        wanted=wanted,
        choices=_filter_choices(),
        applied=applications.counts(reading(), whole),
        happened=occurrences.counts(reading(), whole),
    )


def asked_for() -> LessonFilter:
    """What the address narrows the list to."""
    args = request.args
    state = args.get("state", "")
    return LessonFilter(
        text=args.get("text", "").strip()[:200],
        state=LessonState(state) if state in set(LessonState) else None,
        phase=args.get("phase"),
        kind=args.get("kind"),
        category=args.get("category"),
        topic=args.get("topic"),
        department_id=args.get("department", type=int),
        project_id=args.get("project", type=int),
        author_id=actor().id if args.get("mine") else None,
        import_id=args.get("import", type=int) if can(actor(), Action.lesson_import) else None,
        due=now().date() if args.get("due") else None,
        sort=args.get("sort", "newest"),
    )


def _filter_choices() -> dict[str, list[tuple[str, str]]]:
    found = people.departments(reading())
    return {
        "phase": forms.choices(Phase, "any phase"),
        "kind": forms.choices(LessonKind, "any kind"),
        "category": forms.choices(CATEGORIES, "any category"),
        "department": [("", "any department"), *((str(d.id), d.name) for d in found)],
        "state": forms.choices(LessonState, "any state"),
        "sort": [
            ("newest", "newest first"),
            ("oldest", "oldest first"),
            ("headline", "by headline"),
            ("changed", "last changed"),
            ("applied", "most applied"),
        ],
    }


# One lesson -----------------------------------------------------------------------------------


@bp.get("/<int:lesson_id>")
@allowed(Action.lesson_read)
def page(lesson_id: int) -> str:
    """One lesson, whole or in its sanitised form."""
    session = reading()
    lesson = lessons.get(session, lesson_id, by=actor())
    if not reads_whole(actor(), lesson):
        return render_template("lessons/sanitised.html", lesson=lesson)
    return render_template(
        "lessons/page.html",
        lesson=lesson,
        steps=lessons.steps_for(lesson, by=actor()),
        rules=MOVE_RULES,
        history=_history(lesson),
        applied=applied_section(session, lesson),
        happened=happened_section(session, lesson),
        review=review.section(session, lesson),
        shows_author=shows_author(actor(), lesson),
        files=attachments.listing(session, lesson, by=actor()),
        related=related.to_lesson(session, lesson, by=actor()),
        acted=answers.of_lesson(session, lesson, by=actor()),
        talk=discussion.section(session, lesson),
        asked_if_true=discussion.is_asked(lesson),
    )


def _history(lesson: Lesson) -> list[Activity]:
    """The log; without the answers of projects where the author is hidden, because a manager who
    answers stands below with their project, and the hour would tell who “the author” is.
    """
    rows = activity.of(reading(), "lesson", lesson.id)
    if shows_author(actor(), lesson) or can(actor(), Action.system_manage):
        return list(rows)
    told = {*applications.VERBS, *occurrences.VERBS}
    return [row for row in rows if row.verb not in told]


@bp.get("/<int:lesson_id>/revisions")
@allowed(Action.lesson_read)
def revisions(lesson_id: int) -> str:
    """What changed from one saved text to the next."""
    session = reading()
    lesson = lessons.get(session, lesson_id, by=actor())
    rows = lessons.revisions(session, lesson, by=actor())
    by_number = {row.number: row for row in rows}
    newest = max(by_number, default=0)
    new = by_number.get(request.args.get("to", type=int) or newest) or abort(404)
    old = by_number.get(request.args.get("from", type=int) or new.number - 1)
    changes = [
        (
            label_of(name),
            diff.word_diff(
                kept_value(name, old.values.get(name)) if old else "", kept_value(name, value)
            ),
        )
        for name, value in new.values.items()
        if (old.values.get(name) if old else None) != value and (old or value)
    ]
    return render_template(
        "lessons/revisions.html",
        lesson=lesson,
        rows=rows,
        old=old,
        new=new,
        changes=changes,
        shows_author=shows_author(actor(), lesson),
        related=related.to_lesson(session, lesson, by=actor()),
    )


# Writing --------------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@allowed(Action.lesson_create)
def new() -> Answer:
    """All fields on one page; whoever asks for neither that nor a draft gets the questions."""
    if request.method == "GET" and not {"all", "draft"} & set(request.args):
        known: dict[str, Any] = capturing.known_args()
        return redirect(url_for("capture.new", **known))
    kept = capturing.autosave_of()
    if request.method == "GET":
        values = kept.draft.values if kept.draft else capturing.first_values()
        return _form_page(capturing.draft_form(values), None, kept=kept)
    form = lesson_form()
    if request.form.get("then") == "hints":
        return _form_page(form, None, kept=kept, coached=True)
    if not form.validate():
        return _form_page(form, None, 400, kept=kept, coached=True)
    try:
        with writing() as unit:
            lesson = lessons.create(unit, form.values(), by=actor(), at=now())
            submitted = _submit_too(unit, lesson)
            capture.forget(unit, kept.key, by=actor(), lesson=lesson)
    except Invalid as error:
        forms.take_back(form, error)
        return _form_page(form, None, 400, kept=kept, coached=True)
    return _saved(lesson, submitted)


@bp.route("/<int:lesson_id>/edit", methods=["GET", "POST"])
@allowed(Action.lesson_edit)
def edit(lesson_id: int) -> Answer:
    """Change a lesson; what somebody else saved meanwhile is not overwritten."""
    lesson = lessons.get(reading(), lesson_id, by=actor())
    require(actor(), Action.lesson_edit, lesson)
    kept = capturing.autosave_of(lesson)
    form = lesson_form(lesson)
    if request.method == "GET":
        form.version.data = str(lesson.version)
        form = capturing.draft_form(kept.draft.values) if kept.draft else form
        return _form_page(form, lesson, kept=kept)
    if not form.validate():
        return _form_page(form, lesson, 400, kept=kept)
    version = forms.number(form.version.data)
    try:
        with writing() as unit:
            row = lessons.get(unit, lesson_id, by=actor())
            lessons.edit(unit, row, form.values(), by=actor(), at=now(), version=version)
            review.take_answers(unit, row)
            submitted = _submit_too(unit, row)
            capture.forget_changes(unit, row, by=actor())
    except (Invalid, Conflict) as error:
        return _refused(form, lesson_id, error)
    return _saved(row, submitted)


def _refused(form: LessonForm, lesson_id: int, error: Invalid | Conflict) -> Answer:
    """The form again with everything that was typed; after a conflict with what the other saved."""
    lesson = lessons.get(reading(), lesson_id, by=actor())
    kept = capturing.autosave_of(lesson)
    if isinstance(error, Invalid):
        forms.take_back(form, error)
        return _form_page(form, lesson, 400, kept=kept)
    form.form_errors.append(error.message)
    form.version.data = str(lesson.version)
    return _form_page(form, lesson, 409, theirs=lesson_texts.snapshot(lesson), kept=kept)


def _submit_too(unit: Any, lesson: Lesson) -> bool:
    if request.form.get("then") != "submit" or not can(actor(), Action.lesson_submit, lesson):
        return False
    lessons.move(unit, lesson, Move.submit, by=actor(), at=now())
    return True


def _saved(lesson: Lesson, submitted: bool) -> Response:
    if submitted:
        undo = url_for("lessons.move", lesson_id=lesson.id, step="withdraw")
        toast("Handed in. A reviewer looks at it next.", undo=undo)
    else:
        toast("Saved.")
    return redirect(url_for("lessons.page", lesson_id=lesson.id))


def _form_page(
    form: LessonForm,
    lesson: Lesson | None,
    status: int = 200,
    theirs: Any = None,
    *,
    kept: Autosave,
    coached: bool = False,
) -> Answer:
    topics = [topic for topic, _ in lesson_lists.topics(reading(), by=actor(), limit=60)]
    return render_template(
        "lessons/form.html", form=form, lesson=lesson, theirs=theirs, topic_choices=topics,
        kept=kept, noted=review.put_remarks(reading(), form, lesson) if lesson else (),
        beside=_beside(form, kept) if coached else None,
    ), status  # fmt: skip


def _beside(form: LessonForm, kept: Autosave) -> dict[str, Any]:
    """What stands beside what was sent; who has JavaScript sees it while they type."""
    return {
        "key": kept.key, "step": capturing.ALL, "similar": capturing.similar(form),
        "hints": capturing.hints(form, capturing.ALL),
    }  # fmt: skip


# Steps of the life cycle ----------------------------------------------------------------------

# What a toast says after a step, and the step that takes it back.
SAID: dict[Move, tuple[str, Move | None]] = {
    Move.submit: ("Handed in. A reviewer looks at it next.", Move.withdraw),
    Move.withdraw: ("Taken back; it is a draft again.", Move.submit),
    Move.return_: ("Returned to its author with your reason.", None),
    Move.reject: ("Rejected; its author reads your reason.", None),
    Move.reopen: ("It is a draft again.", None),
    Move.publish: ("Published. Everybody who may read it finds it within seconds.", None),
    Move.assign_action: ("An action is assigned.", None),
    Move.implement: ("Marked as implemented.", None),
    Move.verify: ("Marked as verified.", None),
    Move.supersede: ("Superseded; it is no longer found.", Move.restore),
    Move.retire: ("Retired; it is no longer found.", Move.restore),
    Move.restore: ("It is published again.", None),
}


@bp.post("/<int:lesson_id>/<any('{}'):step>".format("','".join(m for m in Move if m not in APART)))
@allowed(Action.lesson_read)
def move(lesson_id: int, step: str) -> Answer:
    """Take one step of the life cycle."""
    wanted = Move(step)
    try:
        with writing() as unit:
            lesson = lessons.get(unit, lesson_id, by=actor())
            reason = request.form.get("reason", "")
            lessons.move(unit, lesson, wanted, by=actor(), at=now(), reason=reason)
    except Invalid as error:
        toast(error.message + "".join(f" {r}" for r in error.fields.values()), kind="error")
        return redirect(url_for("lessons.page", lesson_id=lesson_id))
    said, back = SAID[wanted]
    undo = url_for("lessons.move", lesson_id=lesson_id, step=back) if back else None
    toast(said, undo=undo)
    return redirect(_after(lesson_id, wanted))


def _after(lesson_id: int, step: Move) -> str:
    """A reviewer who decided goes on with the queue."""
    decided = step in (Move.publish, Move.return_, Move.reject)
    if decided and request.form.get("from") == "queue":
        return url_for("queue.index")
    return url_for("lessons.page", lesson_id=lesson_id)
