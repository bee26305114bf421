"""What forms of several nouns share: choices with an empty first one, dates, topics, and taking a
domain `Invalid` back to its fields.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from content.errors import Invalid

# What a money or day field takes: more is a slip of the finger.
MONEY_MOST = 10_000_000_000
DAYS_MOST = 20_000


def choices(values: Iterable[str], empty: str | None = "not given") -> list[tuple[str, str]]:
    """The choices of a select, with an empty one first unless one of the values must be taken."""
    first = [("", empty)] if empty is not None else []
    return [*first, *((str(value), str(value).capitalize()) for value in values)]


def options(pairs: Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    """Pairs of value and words as WTForms takes them."""
    return [SelectChoice(value, text) for value, text in pairs]


def checks(label: str, values: Iterable[str]) -> Any:
    """A group of checkboxes over plain words."""
    return SelectMultipleField(
        label,
        choices=options((str(value), str(value).capitalize()) for value in values),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )


def select(
    label: str, values: Iterable[str] | type[StrEnum], empty: str | None = "not given"
) -> Any:
    """A select over plain words; unknown words stay choosable when kept.

    It may stay empty, which reads `empty`; with None there is no empty choice.
    """
    return SelectField(label, choices=options(choices(values, empty)), validate_choice=False)


def number_select(label: str) -> Any:
    """A select over ids that may stay empty; its choices are set for each request."""
    return SelectField(label, coerce=whole, validate_choice=True)


def offer(field: Any, pairs: Iterable[tuple[int, str]], empty: str = "not given") -> None:
    """Set the choices of a `number_select`, an empty one first."""
    field.choices = [SelectChoice("", empty), *options(pairs)]


def whole(value: Any) -> int | None:
    """An id out of a form, or None for the empty choice."""
    if value in (None, "", "None"):
        return None
    return int(value)


def number(typed: object) -> int | None:
    """A whole number out of what was sent, such as the version that was shown; else None."""
    text = str(typed or "")
    return int(text) if text.isdecimal() else None


def day(label: str) -> Any:
    """A date that may stay empty."""
    return DateField(label, [Optional()])


def amount(label: str, most: int) -> Any:
    """A whole number from 0 that may stay empty."""
    limit = NumberRange(0, most, f"Give a whole number from 0 to {most:,}.")
    return IntegerField(label, [Optional(), limit])


class TopicsField(StringField):  # type: ignore[misc]  # WTForms ships no types
    """Words separated by commas."""

    def _value(self) -> str:
        return ", ".join(self.data or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        """Split what was typed."""
        text = valuelist[0] if valuelist else ""
        self.data = [part.strip() for part in text.split(",") if part.strip()]


def take_back(form: FlaskForm, error: Invalid) -> None:
    """Put the domain's reasons beside the form's fields; what has no field goes on top."""
    for name, reason in error.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, reason]
        else:
            form.form_errors.append(reason)
    if not error.fields:
        form.form_errors.append(error.message)
