"""Which column of a table is which field of a lesson or an issue.

A guess by name, checked against the values of the first rows, with how sure it is and why; a
person may change every part.
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from content.errors import Invalid
from content.imports import values
from content.imports.dates import could_be_date
from content.imports.fields import CHOICES, DATES, FIELDS, LISTS, MARKS, NUMBERS, TEXTS
from content.imports.issue_fields import (
    ISSUE_CHOICES,
    ISSUE_DATES,
    ISSUE_FIELDS,
    ISSUE_NUMBERS,
    ISSUE_TEXTS,
    TRACKERS,
    Tracker,
)
from content.imports.table import Row

# Likeness of two names from which one is taken for a misspelling of the other.
_ALIKE = 0.88
# Share of a column's values that our lists or dates must know, where its name says nothing.
_MOSTLY = 0.8
# Mean characters from which a column without a known name is taken for the text of the register.
_LONG = 60
_MARKS = re.compile(r"[\W_]+")
# A name up to what only narrows it: `Title of the lesson`, `Delay in days`, `Cost (EUR)`.
_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]?")
_TURNED = re.compile(r"\s(?:of|for|in|on|by|to|from)\s", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class Confidence(StrEnum):
    """How sure a guess is: by name and values, by one of them, or by a part of the name or less."""

    high = "high"
    medium = "medium"
    low = "low"


@dataclass(frozen=True, slots=True)
class Guess:
    """The column of one field, how sure that is, and why in words for a person."""

    column: str
    confidence: Confidence
    why: str


def guess_columns(
    columns: Sequence[str],
    sample_rows: Sequence[Row] = (),
    fields: Mapping[str, Sequence[str]] = FIELDS,
) -> dict[str, Guess]:
    """Return a guess for every field whose column can be told, those by values alone too."""
    tracker = tracker_of(columns) if fields is ISSUE_FIELDS else None
    found = _by_tracker(tracker, columns) if tracker else {}
    if not found:
        found = _by_name(columns, sample_rows, fields)
    if not tracker:
        found |= _by_head(_left(columns, found), sample_rows, fields, set(found))
    found |= _by_values(_left(columns, found), sample_rows, fields, set(found))
    return {field: found[field] for field in fields if field in found}


def _left(columns: Sequence[str], found: Mapping[str, Guess]) -> list[str]:
    taken = {guess.column for guess in found.values()}
    return [name for name in columns if name not in taken]


def guess_mapping(
    columns: Sequence[str],
    sample_rows: Sequence[Row] = (),
    fields: Mapping[str, Sequence[str]] = FIELDS,
) -> dict[str, str]:
    """Return field -> column for every field whose column is told by its name."""
    guessed = guess_columns(columns, sample_rows, fields)
    sure = (item for item in guessed.items() if item[1].confidence is not Confidence.low)
    return {field: guess.column for field, guess in sure}


def tracker_of(columns: Sequence[str]) -> Tracker | None:
    """Return the program whose export has these columns."""
    names = {_plain(column) for column in columns}
    return next((tracker for tracker in TRACKERS if tracker.marks <= names), None)


def _by_tracker(tracker: Tracker, columns: Sequence[str]) -> dict[str, Guess]:
    names = {_plain(column): column for column in reversed(columns)}
    found: dict[str, Guess] = {}
    for field, headers in tracker.fields.items():
        header = next((header for header in headers if header in names), None)
        if header:
            why = f"the columns are those of an export from {tracker.name}"
            found[field] = Guess(names[header], Confidence.high, why)
    return found


def _by_name(
    columns: Sequence[str], rows: Sequence[Row], fields: Mapping[str, Sequence[str]]
) -> dict[str, Guess]:
    names = {_plain(column): column for column in reversed(columns)}
    free = dict(names)
    found: dict[str, Guess] = {}
    for similar in (False, True):
        for field, synonyms in fields.items():
            if field in found:
                continue
            for synonym in synonyms:
                name = _find(synonym, free, similar)
                if name and _fits(field, free[name], rows):
                    found[field] = _named(field, free.pop(name), rows, similar=similar)
                    break
    return found


def _named(field: str, column: str, rows: Sequence[Row], *, similar: bool) -> Guess:
    if similar:
        return Guess(column, Confidence.medium, "the column is called nearly so")
    if not any(row.values.get(column, "").strip() for row in rows):
        return Guess(column, Confidence.medium, "by its name; the first rows say nothing here")
    if field in (*CHOICES, *ISSUE_CHOICES) and _share_known(field, _filled(column, rows)) < 0.5:
        return Guess(column, Confidence.medium, "by its name; many of its values are not ours")
    return Guess(column, Confidence.high, "by its name, and its values fit")


def _by_head(
    free: Sequence[str], rows: Sequence[Row], fields: Mapping[str, Sequence[str]], taken: set[str]
) -> dict[str, Guess]:
    """Tell fields by the word that a longer name is about: `Extra cost (EUR)`, `Date of entry`."""
    found: dict[str, Guess] = {}
    for column in free:
        bare = _BRACKETS.sub("", column)
        words = _WORDS.findall(_TURNED.split(bare)[0].casefold())
        for name in (_plain(bare), words[-1] if words else ""):
            field = next((field for field, names in fields.items() if name in names), None)
            if field and field not in taken | found.keys() and _fits(field, column, rows):
                why = f"its name is about “{name}”" if name != _plain(bare) else "by its name"
                found[field] = Guess(column, Confidence.low, why)
                break
    return found


def _by_values(
    free: Sequence[str], rows: Sequence[Row], fields: Mapping[str, object], taken: set[str]
) -> dict[str, Guess]:
    """Tell fields by what stands in columns whose names are not known."""
    left = {name: filled for name in free if (filled := _filled(name, rows))}
    found: dict[str, Guess] = {}

    def take(field: str, column: str, why: str) -> None:
        found[field] = Guess(column, Confidence.low, why)
        left.pop(column)

    for field in (*CHOICES, *ISSUE_CHOICES):
        if field in fields and field not in taken and field not in found:
            best = max(left, key=lambda name: _share_known(field, left[name]), default="")
            if best and len(set(left[best])) > 1 and _share_known(field, left[best]) >= _MOSTLY:
                take(field, best, "its values are those of our list")
    day = "raised_on" if "raised_on" in fields else "date_occurred"
    if day not in taken:
        best = next((name for name, items in left.items() if _share_dates(items) >= _MOSTLY), "")
        if best:
            take(day, best, "its values are dates")
    _texts(left, taken, fields, take)
    return found


def _texts(
    left: Mapping[str, list[str]],
    taken: set[str],
    fields: Mapping[str, object],
    take: Callable[[str, str, str], None],
) -> None:
    means = {name: sum(map(len, items)) / len(items) for name, items in left.items()}
    text = "description" if "title" in fields else "driving_event"
    longest = max(means, key=lambda name: means[name], default="")
    if longest and text not in taken and means[longest] >= _LONG:
        take(text, longest, "it holds the longest texts")
        means.pop(longest)
    title = "title" if "title" in fields else "headline"
    if title not in taken:
        several = {
            name: mean for name, mean in means.items()
            if 15 <= mean <= 200 and len(set(left[name])) > 0.8 * len(left[name])
        }  # fmt: skip
        if several:
            take(title, max(several, key=lambda name: several[name]), "it holds short texts")


def _filled(column: str, rows: Sequence[Row]) -> list[str]:
    return [value.strip() for row in rows if (value := row.values.get(column, "")).strip()]


def _share_known(field: str, items: Sequence[str]) -> float:
    known = sum(len(item) <= 60 and values.choice(field, item) is not None for item in items)
    return known / max(1, len(items))


def _share_dates(items: Sequence[str]) -> float:
    long_enough = sum(len(item) >= 6 and could_be_date(item) for item in items)
    return long_enough / max(1, len(items))


def check_mapping(
    mapping: Mapping[str, str],
    columns: Sequence[str],
    fields: Mapping[str, Sequence[str]] = FIELDS,
) -> dict[str, str]:
    """Return `mapping` with columns as they are spelt in the table; raise `Invalid` otherwise."""
    spelt = {_plain(column): column for column in reversed(columns)}
    checked: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for field, column in mapping.items():
        if field not in fields:
            wrong[field] = f"There is no field {field}. Fields: {', '.join(fields)}."
        elif column in columns:
            checked[field] = column
        elif _plain(column) in spelt:
            checked[field] = spelt[_plain(column)]
        else:
            wrong[field] = f"There is no column {column}. Columns: {', '.join(columns)}."
    if wrong:
        raise Invalid("The mapping does not fit: " + " ".join(wrong.values()), wrong)
    return checked


def fits_columns(mapping: Mapping[str, str], columns: Sequence[str]) -> bool:
    """Whether a file has every column that a saved mapping takes."""
    names = {_plain(column) for column in columns}
    return bool(mapping) and all(_plain(column) in names for column in mapping.values())


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
    found = _filled(column, rows)
    if not found:
        return True
    if field in (*DATES, *ISSUE_DATES):
        return sum(map(could_be_date, found)) * 2 >= len(found)
    if field in (*NUMBERS, *ISSUE_NUMBERS):
        return sum(any(map(str.isdigit, value)) for value in found) * 2 >= len(found)
    if field in (*TEXTS, *LISTS, *ISSUE_TEXTS, "headline", "title", "category"):
        # A number is a key into some other table, not a text.
        return not all(map(_NUMBER.fullmatch, found))
    if field in MARKS:
        return all(len(value) <= 20 for value in found)
    return True
