"""The form of an action: what is done, by whom, until when, and how its effect is measured."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Length

from analytics import actions, catalogue
from analytics.models import Theme
from analytics.review_models import Action, ChangeKind
from content import library, people, playbooks
from content.models import PROJECT_TYPES, Method, Size
from content.types import Kind
from portal import forms
from portal.auth import actor
from portal.db import reading

# Lessons of a theme that are offered as answered, the most typical; those that are chosen first.
OFFERED, CHOSEN = 12, 3


class ActionForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What is done, by whom, until when, and how its effect is measured."""

    title = StringField("What is done", [Length(max=actions.TITLE_MOST)])
    description = TextAreaField("How", [Length(max=actions.TEXT_MOST)])
    owner_id = forms.number_select("Who does it")
    due_on = forms.day("Until when")
    change = forms.select("What changes", ChangeKind, "choose one")
    page_id = forms.number_select("Playbook page")
    template_id = forms.number_select("Template")
    lessons = forms.checks("Lessons it answers", ())
    indicator_type = forms.select("Type", PROJECT_TYPES, "all types")
    indicator_department_id = forms.number_select("Department")
    indicator_size = forms.select("Size", Size, "all sizes")
    indicator_method = forms.select("Method", Method, "all methods")
    measure_on = forms.day("Effect is looked at on")
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The fields as the verb takes them."""
        found = {name: self[name].data for name in actions.FIELDS}
        known = found["change"] in set(ChangeKind)
        found["change"] = ChangeKind(found["change"]) if known else None
        for name in ("indicator_type", "indicator_size", "indicator_method"):
            found[name] = found[name] or None
        if found["change"] is not ChangeKind.page:
            found["page_id"] = None
        if found["change"] is not ChangeKind.template:
            found["template_id"] = None
        return found

    def lesson_ids(self) -> list[int]:
        """The lessons that were ticked."""
        return [int(number) for number in self.lessons.data or () if str(number).isdecimal()]


def made(theme: Theme, row: Action | None = None) -> ActionForm:
    """The form against a theme, over `row` when it is there, with everything to choose from."""
    session, form = reading(), ActionForm(obj=row)
    everybody = [(p.id, p.name) for p in people.listing(session, by=actor()) if p.active]
    forms.offer(form.owner_id, everybody, "choose one")
    forms.offer(form.page_id, playbooks.page_choices(session, by=actor()), "choose one")
    forms.offer(form.template_id, library.choices(session, by=actor()), "choose one")
    rooms = [(room.id, room.name) for room in people.departments(session)]
    forms.offer(form.indicator_department_id, rooms, "all departments")
    _offer_lessons(form, theme, row)
    return form


def _offer_lessons(form: ActionForm, theme: Theme, row: Action | None) -> None:
    """The most typical lessons of the theme; those of the action stand first and are ticked."""
    members = catalogue.members(reading(), theme, by=actor(), kinds=(Kind.lesson,))
    lessons = {member.id: member.title for member in members}
    kept = [one.lesson_id for one in row.lessons if one.lesson_id in lessons] if row else []
    shown = dict.fromkeys([*kept, *lessons])
    form.lessons.choices = forms.options(
        (str(number), lessons[number]) for number in list(shown)[: max(OFFERED, len(kept))]
    )
    if not form.is_submitted():
        ticked = kept if row is not None else list(lessons)[:CHOSEN]
        form.lessons.data = [str(number) for number in ticked]
