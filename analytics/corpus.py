"""Texts to cluster: out of JSON Lines, with names masked, in an order of their own.

A line that cannot be taken is an error with its number: a file that is half read would give
themes of half the truth.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from content.errors import Invalid
from content.types import ThemeText

# Characters of one text: 15 times the longest of NASA's lessons.
TEXT_MOST = 1_000_000
# Lines of a file: about two days of the time it takes to place them.
LINES_MOST = 100_000_000
# Names shorter than this are words of the language too often.
NAME_LEAST = 3


def read(path: Path) -> list[ThemeText]:
    """The texts of a JSON Lines file: `id`, `text`, optional `project` and `date` on each line.

    Raises:
        Invalid: a line is no such object (with its number), or an id stands there twice.
    """
    return list(stream(path))


def stream(path: Path) -> Iterator[ThemeText]:
    """As `read`, one by one; of the texts that went by only a hash of the id is kept."""
    seen: set[bytes] = set()
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            if number > LINES_MOST:
                raise Invalid(f"{path.name} has more than {LINES_MOST:,} lines; split it.")
            text = _text(line, number)
            mark = place_of(text.id)
            if mark in seen:
                raise Invalid(f"Line {number}: the id {text.id} stands there twice.")
            seen.add(mark)
            yield text
    if not seen:
        raise Invalid(f"{path.name} holds no text.")


def place_of(name: str) -> bytes:
    """A hash of an id: a draw that depends on nothing else (birthday bound: 10 to the 9 ids)."""
    return hashlib.blake2b(name.encode(), digest_size=10).digest()


def _text(line: str, number: int) -> ThemeText:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise Invalid(f"Line {number} is not JSON: {error.msg}.") from error
    except RecursionError:
        raise Invalid(f"Line {number} is nested too deeply.") from None
    if not isinstance(row, dict) or row.get("id") in (None, ""):
        raise Invalid(f"Line {number}: give an object with an id and a text.")
    text = row.get("text")
    if not isinstance(text, str):
        raise Invalid(f"Line {number}: the text must be there and be a string.")
    if len(text) > TEXT_MOST:
        raise Invalid(f"Line {number}: the text is longer than {TEXT_MOST:,} characters.")
    return ThemeText(str(row["id"]), text, str(row.get("project") or ""), _day(row.get("date")))


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def ordered(texts: Iterable[ThemeText]) -> list[ThemeText]:
    """The texts by id, so that the order they came in changes nothing."""
    return sorted(texts, key=lambda text: text.id)


def masked(texts: Sequence[str], names: Iterable[str]) -> list[str]:
    """The texts without the given names: an owner in common is no problem in common."""
    wanted = sorted({n.strip() for n in names if len(n.strip()) >= NAME_LEAST})
    wanted.sort(key=len, reverse=True)
    if not wanted:
        return list(texts)
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, wanted)) + r")\b", re.IGNORECASE)
    return [pattern.sub(" ", text) for text in texts]
