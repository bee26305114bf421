"""The form of a lesson: for capture, for review and for changes of published ones."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import Length

from content import lesson_texts, people, project_lists, remarks
from content.models import (
    AFFECTS,
    CATEGORIES,
    PROJECT_TYPES,
    Confidentiality,
    Lesson,
    LessonKind,
    Method,
    Phase,
    Priority,
    Reach,
    Size,
)
from portal import forms
from portal.auth import actor
from portal.db import reading


class LessonForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """The capture form: the first five fields are enough, the rest folds out."""

    headline = StringField("Headline", [Length(max=lesson_texts.HEADLINE_MOST)])
    driving_event = TextAreaField("What happened?")
    cause = TextAreaField("Why did it happen?")
    lesson = TextAreaField("What did you learn?")
    recommendation = TextAreaField("What should the next project do?")
    project_id = forms.number_select("Project")
    kind = forms.select("Problem or success", LessonKind)
    phase = forms.select("Phase", Phase)
    category = forms.select("Category", CATEGORIES)
    topics = forms.TopicsField("Topics")
    date_occurred = forms.day("When did it happen?")
    effect = TextAreaField("What did it do to the project?")
    cost = forms.amount("Cost", forms.MONEY_MOST)
    days = forms.amount("Days", forms.DAYS_MOST)
    affects = forms.checks("It touched", AFFECTS)
    early_warning = TextAreaField("What could have been seen earlier?")
    summary = TextAreaField("Summary")
    priority = forms.select("Priority", Priority)
    scope = forms.select("Holds for", Reach)
    applies_to_types = forms.checks("Project types it fits", PROJECT_TYPES)
    applies_to_sizes = forms.checks("Sizes it fits", Size)
    applies_to_methods = forms.checks("Methods it fits", Method)
    previously_identified = BooleanField("It had happened before")
    confidentiality = forms.select("Who may read it", Confidentiality, empty=None)
    sanitised = TextAreaField("Text for everyone else")
    author_hidden = BooleanField("Do not show my name to readers")
    evidence = TextAreaField("Evidence that the advice works")
    source_url = StringField("Source", [Length(max=500)])
    review_by = forms.day("Look at it again by")
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The fields as the verbs take them: the empty choice is None."""
        found = {name: self[name].data for name in lesson_texts.FIELDS if name in self}
        for name in ("phase", "kind", "category", "priority", "scope"):
            found[name] = found[name] or None
        found["phase"] = found["phase"] and Phase(found["phase"])
        found["kind"] = found["kind"] and LessonKind(found["kind"])
        found["priority"] = found["priority"] and Priority(found["priority"])
        found["scope"] = found["scope"] and Reach(found["scope"])
        found["confidentiality"] = Confidentiality(found["confidentiality"] or "open")
        return found


def lesson_form(lesson: Lesson | None = None) -> LessonForm:
    """The form with its choices, filled from a lesson when there is one."""
    form = LessonForm(obj=lesson)
    forms.offer(form.project_id, project_lists.choices(reading(), by=actor()))
    return form


# A kept text as people read it ----------------------------------------------------------------

_LABELS = {
    name: unbound.args[0]
    for name, unbound in vars(LessonForm).items()
    if name in lesson_texts.FIELDS and unbound.args
}


def label_of(field: str) -> str:
    """What the form calls a field, also one that it does not ask for."""
    return _LABELS.get(field) or remarks.label(field.removesuffix("_id"))


def kept_value(field: str, value: Any) -> str:
    """A value that a revision keeps, in words: names for numbers, nothing for what is empty."""
    if value in (None, "", []):
        return ""
    if field == "project_id":
        return dict(project_lists.choices(reading(), by=actor())).get(value, f"project {value}")
    if field == "department_id":
        return next((d.name for d in people.departments(reading()) if d.id == value), str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
