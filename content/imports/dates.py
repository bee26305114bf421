"""Dates as people and programs write them; the order of day and month is told by the column.

An impossible date is None with a note, never a guess.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# Years that a lesson can come from or be reviewed in.
FIRST_YEAR, LAST_YEAR = 1900, 2100
# Two-digit years up to this are of this century (POSIX, strptime).
PIVOT = 68
# Day 0 of spreadsheets; serial 60 is their 29 February 1900, which never was.
EXCEL_DAY_0 = date(1899, 12, 30)
# Serials taken for dates: 1954 to 2064. Smaller numbers may be counts, larger ones keys.
FIRST_SERIAL, LAST_SERIAL = 20_000, 60_000

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero",
            "feb february februar février fevrier febrero",
            "mar march märz marz mars marzo",
            "apr april avril abril",
            "may mai mayo",
            "jun june juni juin junio",
            "jul july juli juillet julio",
            "aug august août aout agosto",
            "sep sept september septembre septiembre",
            "oct october oktober okt octobre octubre",
            "nov november novembre noviembre",
            "dec december dezember dez décembre decembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
_TIME = r"(?:[T\s,]+\d{1,2}[:.]\d{2}.{0,30})?"
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", re.DOTALL)
_COMPACT = re.compile(r"((?:19|20)\d{2})([01]\d)([0-3]\d)(?:T?\d{4,6}Z?)?")
_NUMERIC = re.compile(
    rf"(\d{{1,2}})\s?[-/.]\s?(\d{{1,2}})\s?[-/.]\s?(\d{{4}}|\d{{2}}){_TIME}", re.DOTALL
)
_DAY_NAME = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|\.)?[\s\-./]*(?:of\s)?([^\W\d_]{{3,10}})\.?[\s\-./,']*(\d{{4}}|\d{{2}}){_TIME}",
    re.DOTALL,
)
_NAME_DAY = re.compile(
    rf"([^\W\d_]{{3,10}})\.?[\s\-./]*(\d{{1,2}})(?:st|nd|rd|th)?[\s\-./,]+(\d{{4}}|\d{{2}}){_TIME}",
    re.DOTALL,
)
_NAME_YEAR = re.compile(r"([^\W\d_]{3,10})\.?[\s\-./,]*(\d{4})")
_MONTH_YEAR = re.compile(r"(?:(\d{1,2})[/.\-](\d{4})|(\d{4})[/.\-](\d{1,2}))")
_YEAR = re.compile(r"(?:19|20)\d{2}")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """How a column writes dates: day first, month first, or nobody can know (None)."""

    day_first: bool | None = None
    given: bool = False
    mixed: bool = False


def order_of(values: Iterable[str], day_first: bool | None = None) -> Order:
    """Tell the order of day and month from the values that allow one order only."""
    days = months = 0
    for value in values:
        found = _NUMERIC.fullmatch(_bare(value))
        if found:
            first, second = int(found[1]), int(found[2])
            days += first > 12 >= second
            months += second > 12 >= first
    if day_first is not None:
        return Order(day_first, given=True)
    if days and months:
        return Order(
            days > months if max(days, months) > 10 * min(days, months) else None, mixed=True
        )
    return Order(bool(days) if days or months else None)


def read_date(value: str, order: Order) -> tuple[date | None, str]:
    """Return the date and a note (empty when there is nothing to say)."""
    text = _bare(value)
    if not text:
        return None, ""
    numeric = _NUMERIC.fullmatch(text)
    if numeric:
        return _numeric(numeric, value, order)
    for reader in (_iso, _named, _partial, _serial):
        found, note = reader(text)
        if found or note:
            return found, note
    return None, f"date {value[:40]!r} is not a date and was left out"


def could_be_date(value: str) -> bool:
    """Whether a value reads as a date in some order."""
    return read_date(value, Order())[0] is not None


def _bare(value: str) -> str:
    return _WEEKDAY.sub("", " ".join(value.split()), count=1)[:80]


def _numeric(found: re.Match[str], value: str, order: Order) -> tuple[date | None, str]:
    first, second, year = int(found[1]), int(found[2]), _year(found[3])
    read = value.strip()[:40]
    if first > 12 or second > 12 or first == second:
        made = _date(year, second, first) if first > 12 else _date(year, first, second)
        return made, "" if made else f"date {read!r} is impossible and was left out"
    day_first = True if order.day_first is None else order.day_first
    made = _date(year, second, first) if day_first else _date(year, first, second)
    if not made:
        return None, f"date {read!r} is impossible and was left out"
    how = "day first" if day_first else "month first"
    if order.given:
        return made, ""
    if order.day_first is None:
        return made, f"date {read} read as {how}; day and month may be exchanged"
    return made, f"date {read} read as {how}, as other rows show"


def _iso(text: str) -> tuple[date | None, str]:
    found = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if not found:
        return None, ""
    made = _date(int(found[1]), int(found[2]), int(found[3]))
    return made, "" if made else f"date {text[:40]!r} is impossible and was left out"


def _named(text: str) -> tuple[date | None, str]:
    found = _DAY_NAME.fullmatch(text)
    if found and (month := _MONTHS.get(found[2].lower())):
        made = _date(_year(found[3]), month, int(found[1]))
        return made, "" if made else f"date {text[:40]!r} is impossible and was left out"
    found = _NAME_DAY.fullmatch(text)
    if found and (month := _MONTHS.get(found[1].lower())):
        made = _date(_year(found[3]), month, int(found[2]))
        return made, "" if made else f"date {text[:40]!r} is impossible and was left out"
    return None, ""


def _partial(text: str) -> tuple[date | None, str]:
    """Read a month or a year as its first day, and say so."""
    made = None
    if found := _NAME_YEAR.fullmatch(text):
        made = _date(int(found[2]), _MONTHS.get(found[1].lower(), 0), 1)
    elif found := _MONTH_YEAR.fullmatch(text):
        month, year = (found[1], found[2]) if found[1] else (found[4], found[3])
        made = _date(int(year), int(month), 1)
    elif _YEAR.fullmatch(text):
        made = _date(int(text), 1, 1)
    return made, f"date {text!r} has no day; read as {made.isoformat()}" if made else ""


def _serial(text: str) -> tuple[date | None, str]:
    found = _SERIAL.fullmatch(text)
    if not found or not FIRST_SERIAL <= int(found[1]) <= LAST_SERIAL:
        return None, ""
    made = EXCEL_DAY_0 + timedelta(days=int(found[1]))
    return made, f"date {text} read as a spreadsheet's day number, {made.isoformat()}"


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year <= PIVOT else 1900)


def _date(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
