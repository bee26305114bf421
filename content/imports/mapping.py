"""Which column of a table is which field of a lesson.

A guess by name, checked against the values of the first rows; a person may change every part.
"""

import difflib
import re
from collections.abc import Mapping, Sequence

from content.errors import Invalid
from content.imports.dates import could_be_date
from content.imports.fields import DATES, FIELDS, LISTS, MARKS, NUMBERS, TEXTS
from content.imports.table import Row

# Likeness of two names from which one is taken for a misspelling of the other.
_ALIKE = 0.88
_MARKS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def guess_mapping(columns: Sequence[str], sample_rows: Sequence[Row] = ()) -> dict[str, str]:
    """Return field -> column for every field whose column can be told."""
    names = {_plain(column): column for column in reversed(columns)}
    free = dict(names)
    mapping: dict[str, str] = {}
    for similar in (False, True):
        for field, synonyms in FIELDS.items():
            if field in mapping:
                continue
            for synonym in synonyms:
                found = _find(synonym, free, similar)
                if found and _fits(field, free[found], sample_rows):
                    mapping[field] = free.pop(found)
                    break
    return {field: mapping[field] for field in FIELDS if field in mapping}


def check_mapping(mapping: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """Return `mapping` with columns as they are spelt in the table; raise `Invalid` otherwise."""
    spelt = {_plain(column): column for column in reversed(columns)}
    checked: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for field, column in mapping.items():
        if field not in FIELDS:
            wrong[field] = f"There is no field {field}. Fields: {', '.join(FIELDS)}."
        elif column in columns:
            checked[field] = column
        elif _plain(column) in spelt:
            checked[field] = spelt[_plain(column)]
        else:
            wrong[field] = f"There is no column {column}. Columns: {', '.join(columns)}."
    if wrong:
        raise Invalid("The mapping does not fit: " + " ".join(wrong.values()), wrong)
    return checked


def unmapped(columns: Sequence[str], mapping: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns that no field takes, so that a person sees what is left behind."""
    taken = set(mapping.values())
    return tuple(column for column in columns if column not in taken)


def _plain(name: str) -> str:
    return _MARKS.sub("", name).casefold()


def _find(synonym: str, free: Mapping[str, str], similar: bool) -> str | None:
    if not similar:
        return synonym if synonym in free else None
    if len(synonym) < 6:
        return None
    close = difflib.get_close_matches(synonym, free, n=1, cutoff=_ALIKE)
    return close[0] if close else None


def _fits(field: str, column: str, rows: Sequence[Row]) -> bool:
    """Whether the column's first values could be this field's."""
    values = [value.strip() for row in rows if (value := row.values.get(column, "")).strip()]
    if not values:
        return True
    if field in DATES:
        return sum(map(could_be_date, values)) * 2 >= len(values)
    if field in NUMBERS:
        return sum(any(map(str.isdigit, value)) for value in values) * 2 >= len(values)
    if field in (*TEXTS, *LISTS, "headline", "category"):
        # A number is a key into some other table, not a text.
        return not all(map(_NUMBER.fullmatch, values))
    if field in MARKS:
        return all(len(value) <= 20 for value in values)
    return True
