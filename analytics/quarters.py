"""Quarters of years: the periods by which the PMO's figures are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Some days, from the first to the last."""

    first: date
    last: date

    def __contains__(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """One quarter of a year; `number` is 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """The quarter that a day lies in."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def named(cls, text: str) -> "Quarter | None":
        """The quarter of a name such as ``2026-Q3``; None when it is not one."""
        year, _, number = text.partition("-Q")
        if not (year.isascii() and year.isdigit() and len(year) == 4 and number in set("1234")):
            return None
        return cls(int(year), int(number)) if 1900 <= int(year) <= 9000 else None

    def plus(self, count: int) -> "Quarter":
        """The quarter so many later; earlier when negative."""
        place = self.year * 4 + self.number - 1 + count
        return Quarter(place // 4, place % 4 + 1)

    @property
    def span(self) -> Span:
        """Its days."""
        after = self.plus(1)
        first = date(self.year, self.number * 3 - 2, 1)
        return Span(first, date(after.year, after.number * 3 - 2, 1) - timedelta(days=1))

    @property
    def name(self) -> str:
        """As an address says it, such as ``2026-Q3``."""
        return f"{self.year}-Q{self.number}"

    @property
    def title(self) -> str:
        """As people say it."""
        return f"Q{self.number} {self.year}"


def until(day: date, count: int) -> list[Quarter]:
    """The last `count` quarters up to the one that `day` lies in, the oldest first."""
    last = Quarter.of(day)
    return [last.plus(place - count + 1) for place in range(count)]


def span_of(quarters: Sequence[Quarter]) -> Span:
    """From the first day of the first quarter to the last day of the last."""
    return Span(quarters[0].span.first, quarters[-1].span.last)
