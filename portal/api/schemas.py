"""The kinds of value that requests and answers are made of, strict enough to say no by themselves.

What a schema can say it says: lengths, ranges, choices, and that a text has a visible letter. So a
body that fits is refused only for what stands in the database.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from content.access import shows_author
from content.models import Lesson, Project
from content.types import Actor
from portal.db import runtime
from portal.forms import DAYS_MOST, MONEY_MOST

# PostgreSQL cannot keep the character zero, and nobody types it.
PLAIN = r"^[^\x00]*$"
# At least one letter that is neither blank nor a control character.
VISIBLE = r"^[^\x00]*[^\x00-\x20\x7f-\xa0\s][^\x00]*$"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _iso_day(value: Any) -> Any:
    if isinstance(value, str):
        if not _DAY.fullmatch(value):
            raise ValueError("Write the day as 2026-03-31.")
        return date.fromisoformat(value)
    if value is not None and not isinstance(value, date):
        raise ValueError("Write the day as 2026-03-31.")
    return value


def _whole(value: Any) -> Any:
    # JSON has one kind of number: 3.0 is the whole number 3.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _flag(value: Any) -> Any:
    # The words of JSON; Python would take “yes”, “on” and 1 as well.
    words = {"true": True, "false": False}
    if isinstance(value, str) and value not in words:
        raise ValueError("Give true or false.")
    return words.get(value, value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_iso_day)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Text = Annotated[str, Field(pattern=PLAIN)]
Line = Annotated[str, Field(pattern=VISIBLE, min_length=1)]
# Bounds stand before the function that reads the number: pydantic writes them into the schema then.
WHOLE = BeforeValidator(_whole)
Money = Annotated[
    int,
    Field(ge=0, le=MONEY_MOST, description="Whole units of the organisation's currency."),
    WHOLE,
]
Days = Annotated[int, Field(ge=0, le=DAYS_MOST, description="Working days."), WHOLE]
Link = Annotated[str, WithJsonSchema({"type": "string", "format": "uri"})]
Code = Annotated[Line, Field(max_length=40, description="The code of a project.")]


class Body(BaseModel):
    """What every body has: exact types, and no field that is not known."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class Change(Body):
    """What changes in a row that is there."""

    @model_validator(mode="after")
    def _names_something(self) -> "Change":
        if not self.model_fields_set:
            raise ValueError("Name at least one field that changes.")
        return self


def require_said(body: BaseModel, *names: str) -> None:
    """Pass when one of the fields has a visible letter; the twin of `says` in the schema.

    Raises:
        ValueError: none has.
    """
    if not any(re.search(VISIBLE, getattr(body, name) or "") for name in names):
        raise ValueError(f"Say something in one of {', '.join(names)}.")


class Shown(BaseModel):
    """What every answer has: the fields are documented where they stand."""

    model_config = ConfigDict(
        use_attribute_docstrings=True, json_schema_serialization_defaults_required=True
    )


class Facts(Shown):
    """The part of a list that is not its rows."""

    total: int
    """How many rows the list has on all pages."""
    page: int
    limit: int


def change_of(example: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """For the schema of a change: nothing has a default, because what is not named stays."""

    def without_defaults(schema: dict[str, Any]) -> None:
        for one in schema["properties"].values():
            one.pop("default", None)
        schema["minProperties"] = 1
        schema["examples"] = [example]

    return without_defaults


def says(name: str) -> dict[str, Any]:
    """The schema of whatever says something in this field."""
    return {"required": [name], "properties": {name: {"type": "string", "pattern": VISIBLE}}}


def link(path: str) -> str:
    """The address of a page of the portal."""
    return runtime().settings.address + path


def author_of(lesson: Lesson, by: Actor) -> str | None:
    """The author's name, unless they asked to stay hidden from whoever looks."""
    return lesson.author.name if lesson.author and shows_author(by, lesson) else None


def project_facts(project: Project | None) -> dict[str, Any]:
    """The two fields by which anything names its project."""
    if project is None:
        return {"project": None, "project_code": None}
    return {"project": project.name, "project_code": project.code}


def named(body: BaseModel) -> dict[str, Any]:
    """The fields that a body names; what it does not name stays as it is."""
    return {name: getattr(body, name) for name in body.model_fields_set}
