"""JSON Lines: one object a line. A line that is none is refused by its number; the others stay.

A file that is one JSON array of objects is taken as well, counting its objects as lines.
"""

import json
from collections.abc import Iterator

from content.errors import Refused
from content.imports.table import (
    RefusedRow,
    Row,
    SpooledRows,
    Table,
    bounded,
    check_count,
    column_names,
    shown,
)

_Scalar = str | int | float | bool | None
# Elements of one list.
MAX_LIST = 500
# What an object within a row is known by, first come first served.
_NAMES = ("name", "login", "title", "value")


def read_json(text: str) -> Table:
    """Return the objects of `text` as rows; raise `Refused` when there is none."""
    columns: dict[str, None] = {}
    rows = SpooledRows()
    refused: list[RefusedRow] = []
    for made in _objects(text):
        if isinstance(made, Row):
            rows.append(made)
            columns.update(dict.fromkeys(made.values))
        else:
            refused.append(made)
        check_count(len(rows) + len(refused))
    if not rows:
        reason = refused[0].reason if refused else "it is empty"
        raise Refused(f"The file holds no JSON object that can be taken: {reason}")
    names = tuple(columns)
    # Names are kept as they are; this only refuses what would be too many.
    column_names(names)
    return Table(names, rows, tuple(refused))


def _objects(text: str) -> Iterator[Row | RefusedRow]:
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Refused(f"The file is not valid JSON ({error}).") from error
        for number, item in enumerate(found, start=1):
            yield _row(item, number, str(item))
        return
    # Only line feeds part the lines: JSON allows other separators within texts.
    for number, line in enumerate(_lines(text), start=1):
        if not line.strip():
            continue
        try:
            yield _row(json.loads(line), number, line)
        except (ValueError, RecursionError) as error:
            yield RefusedRow(number, "", shown(line), f"The line is not valid JSON ({error}).")


def _lines(text: str) -> Iterator[str]:
    """Yield one line after the other, so that they do not all stand in memory once more."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def _row(item: object, number: int, line: str) -> Row | RefusedRow:
    if not isinstance(item, dict):
        return RefusedRow(number, "", shown(line), "The line is not a JSON object.")
    values: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for key, value in item.items():
        plain = [_named(part) for part in value] if isinstance(value, list) else _named(value)
        if isinstance(plain, list) and len(plain) <= MAX_LIST and all(map(_is_scalar, plain)):
            lists[key] = tuple(text for text in map(_text, plain) if text)
            values[key] = "; ".join(lists[key])
        elif _is_scalar(plain):
            values[key] = _text(plain)
        else:
            reason = "The value is nested. Write texts, numbers and lists of them only."
            return RefusedRow(number, key, shown(str(value)), reason)
    return bounded(Row(number, values, lists))


def _named(value: object) -> object:
    """Return what an object is called, as trackers write labels, people and milestones."""
    if isinstance(value, dict):
        return next((value[name] for name in _NAMES if _is_scalar(value.get(name, ()))), value)
    return value


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
