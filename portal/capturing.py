"""The questions of the capture pages, and what lies between what is typed and a lesson.

A draft holds text as a browser sends it. Here it becomes a form again, is compared with what
another window saved, and is held beside what others have learned.
"""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectMultipleField

from content import capture, coach, gates, lesson_texts, people, project_lists, projects
from content.access import scope_of
from content.coach import Hint
from content.db import now
from content.errors import NotFound
from content.models import CaptureDraft, Lesson, Project
from content.types import Kind
from portal import findings, forms
from portal.auth import actor
from portal.db import reading, runtime
from portal.findings import Finding
from portal.lesson_form import LessonForm
from search.engine import SearchRequest
from search.query import Query, parse


@dataclass(frozen=True, slots=True)
class Step:
    """One question: its address, what is asked, why, and the fields that it fills."""

    name: str
    title: str
    hint: str
    fields: tuple[str, ...]
    example: str = ""


STEPS = (
    Step(
        "project", "Which project?",
        "Where it happened, and when. What the portal knows of the project is filled in.",
        ("project_id", "date_occurred"),
    ),
    Step(
        "event", "What happened?", "So that a reader sees it happen: what, where, how much.",
        ("driving_event",),
        "The pump arrived in week 14; the pit it belongs in was ready in week 6.",
    ),
    Step(
        "cause", "Why did it happen?", "What led to it, not who. Ask “and why was that?” twice.",
        ("cause",),
        "The order waited for a drawing, and nobody had to say when the drawing was due.",
    ),
    Step(
        "learned", "What do you know now?",
        "What you did not know before, in one or two sentences that hold elsewhere too.",
        ("lesson",),
        "Parts that take long need an order date of their own, before the design is frozen.",
    ),
    Step(
        "advice", "What should the next project do?",
        "Something that a project manager can do on Monday.", ("recommendation",),
        "At the first gate, list all parts with more than ten weeks of delivery and order them.",
    ),
    Step(
        "point", "The point in one line",
        "Whoever reads only this line should know what to do, or what to avoid.",
        ("headline", "kind"),
        "Order parts that take long before the design is frozen",
    ),
    Step(
        "more", "Anything else?", "All of this may stay empty.",
        ("effect", "cost", "days", "phase", "category", "topics", "confidentiality", "sanitised",
         "author_hidden"),
    ),
    Step("check", "This is what others will read", "", ()),
)  # fmt: skip
QUESTIONS = STEPS[:-1]
BY_NAME = {step.name: step for step in STEPS}
# The step of a form that has all fields on one page.
ALL = Step("all", "All fields", "", (*lesson_texts.FIELDS, capture.BASE))
MINUTES = 5  # for all questions, as people who know what happened take them

# Likeness from which a published lesson counts as similar, and the telling words that both must
# have: below them words are shared by chance. Unrelated sentences reach 0.13 on the sample.
LIKE_LEAST = 0.14
SHARED_LEAST = 3
SIMILAR_MOST = 5
# Characters that must be there before anything is compared.
TYPED_LEAST = 25
# What a short form of a name looks like, wider than the coach takes it.
_CAPITALS = re.compile(r"[A-Z][A-Z&]{1,4}[A-Z]")
TELLING = 24  # words of the text that are looked for in what was found


def new_key() -> str:
    """The name of a draft in addresses: nobody guesses it, and it opens nothing to others."""
    return secrets.token_urlsafe(18)


# From text to forms ---------------------------------------------------------------------------


def draft_form(values: Mapping[str, Any], *, offers: bool = True) -> LessonForm:
    """The form of a lesson as far as it was typed; its token stands in the page's own field.

    Where the project is neither chosen nor checked it need not offer any.
    """
    form = LessonForm(formdata=MultiDict(_typed(values)), meta={"csrf": False})
    forms.offer(form.project_id, project_choices() if offers else ())
    return form


def _typed(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Values of a draft as a browser would send them."""
    found = []
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            if one not in (None, "", False):
                found.append((name, "y" if one is True else str(one)))
    return found


def project_choices() -> list[tuple[int, str]]:
    """All projects, those of the person first."""
    mine = {project.id for project in project_lists.managed_by(reading(), by=actor())}
    return sorted(
        project_lists.choices(reading(), by=actor()), key=lambda pair: pair[0] not in mine
    )


def sent(step: Step) -> dict[str, Any]:
    """The fields of a step as the browser sent them; boxes without a tick are there as well."""
    values: dict[str, Any] = {}
    for name in step.fields:
        kind = getattr(LessonForm, name, None)
        if _is(kind, BooleanField):
            values[name] = name in request.form
        elif _is(kind, SelectMultipleField):
            values[name] = request.form.getlist(name)
        elif name in request.form:
            values[name] = request.form[name]
    return values


def _is(unbound: Any, field: type) -> bool:
    return unbound is not None and issubclass(unbound.field_class, field)


# What is known --------------------------------------------------------------------------------


def known_args() -> dict[str, str]:
    """What the address says of a new lesson; no other word of it is passed on."""
    return {name: request.args[name] for name in ("project", "headline") if name in request.args}


def first_values() -> dict[str, Any]:
    """What a new draft starts with: the project, its phase, today, and what the address says."""
    facts: dict[str, Any] = {"date_occurred": now().date().isoformat()}
    if request.args.get("headline"):
        facts["headline"] = request.args["headline"][: lesson_texts.HEADLINE_MOST]
    project_id = request.args.get("project", type=int) or _own_project()
    return {**facts, **facts_of(project_id)} if project_id else facts


def _own_project() -> int | None:
    mine = project_lists.managed_by(reading(), by=actor())
    return mine[0].id if mine else None


def facts_of(project_id: int) -> dict[str, Any]:
    """What a project tells of its lessons: itself, and the phase that it is in."""
    project = projects.get(reading(), project_id, by=actor())
    phase = gates.present_phase(project, now().date())
    return {"project_id": str(project_id), "phase": phase.name.value if phase else ""}


def project_of(form: LessonForm) -> Project | None:
    """The project that is chosen, if it is one."""
    number = form.project_id.data
    try:
        return projects.get(reading(), number, by=actor()) if number else None
    except NotFound:
        return None  # it went with the import that had registered it


# Two windows ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of which two windows say two things: as it is sent, and as people read it."""

    name: str
    label: str
    theirs: Any
    mine_shown: str
    theirs_shown: str


def differences(step: Step, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[Difference]:
    """The fields of a step in which two windows differ."""
    form = draft_form({})
    words = {str(value): text for value, text, *_ in form.project_id.choices}
    return [
        Difference(
            name, form[name].label.text, theirs.get(name, ""),
            _shown(name, mine.get(name), words), _shown(name, theirs.get(name), words),
        )
        for name in step.fields
        if name in form and name != capture.BASE and _differ(mine.get(name), theirs.get(name))
    ]  # fmt: skip


def _differ(one: Any, other: Any) -> bool:
    return (one or "") != (other or "")


def _shown(name: str, value: Any, projects_by_id: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    text = str(value or "")
    return projects_by_id.get(text, text) if name == "project_id" else text


# Drafts of forms with all fields --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Autosave:
    """Where a form with all fields keeps what is typed, and what was left there before."""

    key: str
    version: int
    draft: CaptureDraft | None = None  # what the form shows
    waiting: CaptureDraft | None = None  # what it could take up
    lesson_id: int | None = None


def autosave_of(lesson: Lesson | None = None) -> Autosave:
    """The draft that the address or the form names, or room for a new one."""
    key = request.form.get("draft_key") or request.args.get("draft") or new_key()
    draft = capture.find(reading(), key, by=actor())
    if draft is not None and draft.lesson_id != (lesson.id if lesson else None):
        key, draft = new_key(), None
    waiting = capture.of_lesson(reading(), lesson, by=actor()) if lesson and not draft else None
    version = draft.version if draft else capture.NO_VERSION
    return Autosave(key, version, draft, waiting, lesson.id if lesson else None)


# Beside the question --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Similar:
    """A published lesson that may say the same, and the telling words that both have."""

    finding: Finding
    shared: tuple[str, ...]

    @property
    def id(self) -> int:
        """The lesson's number in addresses."""
        return int(self.finding.url.rsplit("/", 1)[-1])


def similar(form: LessonForm) -> list[Similar]:
    """The published lessons that may say what is being typed; none that shares words by chance."""
    headline = form.headline.data or ""
    typed = [form[name].data or "" for name in ("driving_event", "cause", "lesson", "effect")]
    text = "\n".join(filter(None, typed))
    if len(text) + len(headline) < TYPED_LEAST:
        return []
    near = _near(text, headline)
    words = runtime().search.telling_words(f"{headline}\n{text}", TELLING) if near else ()
    query = parse(" ".join(words)) if near else Query()
    rows = findings.of_hits(reading(), near, query, by=actor())
    found = [Similar(row, _shared(words, row)) for row in rows]
    return [row for row in found if len(row.shared) >= SHARED_LEAST]


def _near(text: str, headline: str) -> Sequence[Any]:
    """Lessons that are read whole: to what is seen in part nothing can be added."""
    wanted = SearchRequest(kinds=(Kind.lesson,), limit=SIMILAR_MOST)
    found = runtime().search.like_text(text, scope_of(actor()), wanted, headline=headline).findings
    return [hit for hit in found if hit.score >= LIKE_LEAST and hit.key == f"lesson:{hit.id}"]


def _shared(words: Sequence[str], row: Finding) -> tuple[str, ...]:
    return tuple(word for word in words if word not in row.match.missing)


def hints(form: LessonForm, step: Step) -> list[Hint]:
    """What a reader will miss in what this question asks for; on the last page, in everything."""
    values = {name: form[name].data for name in lesson_texts.FIELDS if name in form}
    named = people.names(reading(), by=actor())
    found = coach.review(values, people=named, known=_known_here(values.values()))
    fields = step.fields or lesson_texts.FIELDS
    # What is not typed yet is no fault before its question has come.
    return [
        hint
        for hint in found
        if hint.field in fields and (values.get(hint.field) or not step.fields)
    ]


def _known_here(texts: Iterable[Any]) -> frozenset[str]:
    """The short forms in what departments and projects are called; whoever reads here knows them.

    Only those that `texts` may hold are looked for: this is asked at every pause of who types.
    """
    typed = [text for text in texts if isinstance(text, str)]
    words = frozenset(word for text in typed for word in _CAPITALS.findall(text))
    if not words:
        return frozenset()
    departments = people.departments(reading())
    called = [name for one in departments for name in (one.code, one.name)]
    return coach.short_forms([*called, *project_lists.names_with(reading(), words, by=actor())])
