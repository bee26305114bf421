"""What a person decided about a file before it is taken in, as it is kept beside the import.

Values of the file to ours, what becomes of names of projects, and of rows that repeat what is
there. Nothing here is guessed: a guess is offered by the pages and stands here once it was left so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from content.imports.cells import Decided
from content.models import Import

# A project that only the file names is registered as closed.
CREATE = "create"


class Choice(StrEnum):
    """What becomes of a row that says what a lesson or an earlier row says."""

    new = "new"
    skip = "skip"
    occurrence = "occurrence"
    update = "update"


@dataclass(frozen=True, slots=True)
class Repeat:
    """The choice for one row, and the lesson or the earlier row that it repeats."""

    choice: Choice
    known_id: int | None = None
    of_row: int | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """Everything decided about one file.

    `projects` maps a name, folded, to a project's id, to `CREATE`, or to nothing; a name that is
    not in it is linked when exactly one project has it and registered when none does. `project_id`
    is the project of rows that name none.
    """

    values: Decided = field(default_factory=dict)
    projects: Mapping[str, int | str] = field(default_factory=dict)
    repeats: Mapping[int, Repeat] = field(default_factory=dict)
    project_id: int | None = None
    sheet: str = ""

    @classmethod
    def of(cls, row: Import) -> "Decisions":
        """The decisions as the import keeps them."""
        kept: Mapping[str, Any] = row.decided
        return cls(
            values=kept.get("values", {}),
            projects=kept.get("projects", {}),
            repeats={
                int(number): Repeat(Choice(said[0]), said[1], said[2])
                for number, said in kept.get("repeats", {}).items()
            },
            project_id=kept.get("project_id"),
            sheet=kept.get("sheet", ""),
        )
