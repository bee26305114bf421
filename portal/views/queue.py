"""The review queue: what waits, whom it is with, and deciding on several at once."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from content import changes, lessons, people, project_lists, review_queue, validation
from content.access import Action
from content.db import now
from content.errors import Conflict, Invalid, PortalError
from content.models import CATEGORIES, Lesson
from content.review_queue import ItemKind, QueueFilter
from content.types import Actor
from content.workflow import Move
from portal import db, forms
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast
from portal.paging import Page

bp = Blueprint("queue", __name__, url_prefix="/lessons/queue")

SIZE = 50
# What can be asked of the address, so that a link back carries nothing else.
ASKED = ("text", "kind", "department", "project", "category", "who", "days", "page")
# Lessons that one toast names when they were left out; the rest are counted.
NAMED = 4
KINDS = (
    ("", "anything"),
    (ItemKind.lesson.value, "new lessons"),
    (ItemKind.change.value, "changes of published ones"),
    (ItemKind.answer.value, "answers to a rejection"),
)
AGES = (("", "any age"), ("3", "3 days and more"), ("7", "a week and more"),
        ("14", "two weeks and more"), ("30", "a month and more"))  # fmt: skip


@bp.get("")
@allowed(Action.queue_read)
def index() -> str:
    """What waits for a reviewer, oldest first, with its age."""
    session, at = reading(), now()
    page = Page.asked(SIZE)
    rows, total = review_queue.listing(
        session, wanted(request.args), by=actor(), at=at, offset=page.offset, limit=page.size
    )
    return render_template(
        "validation/queue.html",
        rows=rows,
        page=page.of(total),
        at=at,
        review_days=db.runtime().settings.review_days,
        choices=_choices(session),
        colleagues=validation.reviewers(session),
        back=back_of(request.args),
    )


def wanted(args: MultiDict[str, str]) -> QueueFilter:
    """What an address narrows the queue to."""
    kind = args.get("kind", "")
    return QueueFilter(
        text=args.get("text", "").strip()[:200],
        kind=ItemKind(kind) if kind in set(ItemKind) else None,
        department_id=args.get("department", type=int),
        project_id=args.get("project", type=int),
        category=args.get("category") or None,
        who=args.get("who", ""),
        days=args.get("days", type=int),
    )


def back_of(args: MultiDict[str, str]) -> str:
    """The part of an address that leads back to the queue as it is narrowed now."""
    return urlencode([(k, v) for k, v in args.items(multi=True) if k in ASKED and v])


def queue_url(back: str) -> str:
    """The queue as it was narrowed before."""
    kept = {k: v for k, v in parse_qsl(back) if k in ASKED}
    return url_for("queue.index", **kept)  # type: ignore[arg-type]  # names of arguments


def _choices(session: Session) -> dict[str, list[tuple[str, str]]]:
    mine = actor()
    holders = [p for p in review_queue.holders(session, by=mine) if p.id != mine.id]
    return {
        "kind": list(KINDS),
        "department": [
            ("", "any department"), *((str(d.id), d.name) for d in people.departments(session))
        ],
        "project": [
            ("", "any project"),
            *((str(number), name) for number, name in project_lists.choices(session, by=mine)),
        ],
        "category": forms.choices(CATEGORIES, "any category"),
        "who": [
            ("", "with anybody"), ("me", "with me"), ("nobody", "with nobody yet"),
            *((str(person.id), f"with {person.name}") for person in holders),
        ],
        "days": list(AGES),
    }  # fmt: skip


# Several at once ------------------------------------------------------------------------------

# One item of a bulk step: it does what it can and raises what a person should read.
Step = Callable[[Session, Lesson, ItemKind, int | None], None]


@bp.post("/<any('take','give-back','assign','publish'):step>")
@allowed(Action.queue_read)
def bulk(step: str) -> Response:
    """Do one thing with everything that is chosen, and say what was left out and why."""
    one = request.values.getlist("one")
    chosen = [_key(item) for item in one or request.values.getlist("item")]
    done: list[str] = []
    left: list[tuple[str, str]] = []
    try:
        with writing() as unit:
            do = _step(unit, step, now())
            for kind, number, version in filter(None, chosen):
                name = f"{kind} {number}"
                try:
                    with unit.begin_nested():
                        lesson = _lesson(unit, kind, number)
                        name = lesson.number
                        do(unit, lesson, kind, version)
                    done.append(f"{kind}:{number}")
                except PortalError as error:
                    left.append((name, error.message))
        _say(step, done, left)
    except Invalid as error:
        toast(error.message, kind="error")
    return redirect(queue_url(request.values.get("back", "")))


def _key(text: str) -> tuple[ItemKind, int, int | None] | None:
    kind, number, version = (*text.split(":"), "", "")[:3]
    if kind not in set(ItemKind) or not number.isdecimal():
        return None
    return ItemKind(kind), int(number), forms.number(version)


def _lesson(session: Session, kind: ItemKind, number: int) -> Lesson:
    if kind is ItemKind.change:
        return changes.get(session, number, by=actor()).lesson
    return lessons.get(session, number, by=actor())


def _step(session: Session, step: str, at: datetime) -> Step:
    by = actor()
    if step == "take":
        return lambda unit, row, _k, _v: validation.take_on(unit, row, by=by, at=at)
    if step == "give-back":
        return lambda unit, row, _k, _v: validation.give_back(unit, row, by=by, at=at)
    if step == "assign":
        person_id = request.values.get("person", type=int)
        if person_id is None:
            raise Invalid("Choose the colleague who shall look at it.")
        person = people.get(session, person_id)
        return lambda unit, row, _k, _v: validation.assign(unit, row, person, by=by, at=at)
    return lambda unit, row, kind, version: _publish(unit, row, kind, version, by, at)


def _publish(
    session: Session, row: Lesson, kind: ItemKind, version: int | None, by: Actor, at: datetime
) -> None:
    """Publish one of several; what needs to be looked at by itself is left out."""
    if kind is not ItemKind.lesson:
        raise Conflict("is decided on its own page")
    if row.reviewer_id not in (None, by.id) and row.reviewer is not None and row.reviewer.active:
        raise Conflict(f"{row.reviewer.name} has taken it on")
    validation.decide(session, row, Move.publish, by=by, at=at, version=version)


SAID = {
    "take": ("{} taken on", "give-back"),
    "give-back": ("{} given back", "take"),
    "assign": ("{} assigned", "give-back"),
    "publish": ("{} published", None),
}


def _say(step: str, done: list[str], left: list[tuple[str, str]]) -> None:
    """One toast for all."""
    said, back = SAID[step]
    count = f"{len(done)} {'item' if len(done) == 1 else 'items'}"
    text = said.format(count) + "." if done or not left else "Nothing was done."
    if not done and not left:
        text = "Choose at least one line first."
    if left:
        named = "; ".join(f"{name}: {why.rstrip('.')}" for name, why in left[:NAMED])
        more = f"; and {len(left) - NAMED} more" if len(left) > NAMED else ""
        text += f" Left out: {named}{more}."
    undo = url_for("queue.bulk", step=back, item=done) if done and back else None
    toast(text, undo=undo, kind="success" if done else "error")
