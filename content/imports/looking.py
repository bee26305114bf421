"""What stands in a table, counted once for the pages that ask a person about it.

Of every column: how often it is filled, some of its values, and all of them with their counts
while there are few. Values, projects and mappings are then decided without reading the file again.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rapidfuzz import fuzz, process, utils

from content.imports import values
from content.imports.cells import plain_value
from content.imports.issue_drafts import project_in
from content.imports.mapping import Confidence
from content.imports.table import Table, shown

# Different values of a column beyond which it is no list; characters of a value beyond which it is
# a text.
MAX_DISTINCT = 5_000
MAX_VALUE = 200
SAMPLES = 4
# Likeness from 0 to 100 from which a value is offered for one of ours (RapidFuzz's ratio: slips of
# the finger, not “wrap-up” for “start-up”), and names for a department or a project (its weighted
# ratio, which knows parts and other orders of words). What the weighted ratio finds of projects is
# measured again without its partial ratios, to which one word in common is 86 of 100.
ALIKE_VALUE = 84.0
ALIKE_NAME = 82.0
ALIKE_PROJECT = 60.0
# What a name loses that has a number which the other lacks: phase 2 is not phase 1, however alike
# the letters are. It takes any name below what is linked with many others at once.
OTHER_NUMBER = 12
# Names that are looked at for each that is offered.
LOOKED = 8
# What RapidFuzz's weighted ratio takes off where words stand in another order, or more of them.
REORDERED = 0.95
_NUMBER = re.compile(r"\d+")
# Words that initials leave out.
_SMALL = frozenset({"and", "of", "the", "for", "&"})


@dataclass(frozen=True, slots=True)
class LookedColumn:
    """One column; `counts` is None when its values are too many or too long to be a list.

    `projects` counts the projects that keys (`ABC-12`) and addresses of issues name.
    """

    name: str
    filled: int
    samples: tuple[str, ...]
    counts: Mapping[str, int] | None
    projects: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Look:
    """What stands in one file."""

    rows: int
    refused: int
    columns: tuple[LookedColumn, ...]
    notes: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    sheet: str = ""

    def column(self, name: str) -> LookedColumn | None:
        """One column by its name."""
        return next((column for column in self.columns if column.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Look":
        """Out of what `as_json` gave."""
        columns = tuple(
            LookedColumn(**{**column, "samples": tuple(column["samples"])})
            for column in kept["columns"]
        )
        lists = {name: tuple(kept[name]) for name in ("notes", "sheets")}
        return cls(**{**kept, **lists, "columns": columns})


class _Counting:
    """One column while its rows go by."""

    def __init__(self) -> None:
        self.filled = 0
        self.samples: dict[str, None] = {}
        self.counts: Counter[str] | None = Counter()
        self.projects: Counter[str] = Counter()

    def add(self, raw: str) -> None:
        value = plain_value(raw)
        if not value:
            return
        self.filled += 1
        if len(self.samples) < SAMPLES:
            self.samples[shown(value)] = None
        if len(value) > MAX_VALUE:
            self.counts = None
            return
        if self.counts is not None:
            self.counts[value] += 1
            if len(self.counts) > MAX_DISTINCT:
                self.counts = None
        if project := project_in(value):
            self.projects[project] += 1


def look_at(table: Table) -> Look:
    """Count what stands in every column."""
    counting = {name: _Counting() for name in table.columns}
    for row in table.rows:
        for name, value in row.values.items():
            counting[name].add(value)
    columns = tuple(
        LookedColumn(
            name,
            item.filled,
            tuple(item.samples),
            None if item.counts is None else dict(item.counts),
            dict(item.projects),
        )
        for name, item in counting.items()
    )
    return Look(
        len(table.rows), len(table.refused), columns, table.notes, table.sheets, table.sheet
    )


# Values ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Meant:
    """Which of our values one of the file's is taken for; empty: none."""

    ours: str
    confidence: Confidence


def guess_value(field: str, value: str, ours: Mapping[str, str]) -> Meant:
    """Tell which of `ours` (words that people may write, to our value) a value of the file means.

    A value that is only alike is offered with medium confidence and never taken unasked.
    """
    if field in values.CHOICES:
        known = values.choice(field, value)
        if known is not None:
            return Meant(known, Confidence.high)
        ours = values.CHOICES[field]
    exact = {name.casefold(): meant for name, meant in ours.items()}
    if value.casefold() in exact:
        return Meant(exact[value.casefold()], Confidence.high)
    names = field == "department"
    if names and (meant := _by_initials(value, ours)):
        return Meant(meant, Confidence.medium)
    best = process.extractOne(
        value, exact.keys(), scorer=fuzz.WRatio if names else fuzz.ratio,
        processor=utils.default_process, score_cutoff=ALIKE_NAME if names else ALIKE_VALUE,
    )  # fmt: skip
    if best is not None and len(value) > 2:
        return Meant(exact[best[0]], Confidence.medium)
    return Meant("", Confidence.low)


def _by_initials(value: str, ours: Mapping[str, str]) -> str:
    """The one value of ours whose words begin with these letters: IT, Information Technology."""
    letters = value.casefold().replace(".", "")
    meant = {
        ours[name] for name in ours
        if "".join(word[0] for word in name.casefold().split() if word not in _SMALL) == letters
    }  # fmt: skip
    return meant.pop() if len(letters) > 1 and len(meant) == 1 else ""


def likest(name: str, known: Mapping[int, str], many: int = 4) -> list[tuple[int, int]]:
    """The ids whose names are most like `name`, with likenesses from 0 to 100."""
    found = process.extract(
        name, known, scorer=fuzz.WRatio, processor=utils.default_process, limit=many * LOOKED,
        score_cutoff=ALIKE_PROJECT,
    )  # fmt: skip
    scored = [(key, round(_likeness(name, text))) for text, _, key in found]
    offered = [pair for pair in scored if pair[1] >= ALIKE_PROJECT]
    return sorted(offered, key=lambda pair: -pair[1])[:many]


def _likeness(name: str, other: str) -> float:
    one, two = utils.default_process(name), utils.default_process(other)
    alike = max(fuzz.ratio(one, two), REORDERED * fuzz.token_ratio(one, two))
    return alike if _numbers(name) <= _numbers(other) else alike - OTHER_NUMBER


def _numbers(name: str) -> set[str]:
    return {number.lstrip("0") for number in _NUMBER.findall(name)}
