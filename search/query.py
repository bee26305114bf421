"""What a person typed, understood: a total parser, so that no text is an error.

Plain words are joined by OR and ranked. ``"two words"`` keeps words together, ``+word`` must be
there, ``-word`` must not, ``phase:planning`` looks in a facet or field, ``year:2025``,
``after:2025-01-31`` and ``before:…`` in time. Whatever is odd becomes plain words, and a note
says so.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from search.analysis import words
from search.schema import FACETS, SEARCHABLE

_PART = re.compile(
    r'(?P<sign>[+-]?)(?:(?P<field>[A-Za-z_]{2,20}):)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))'
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a query is read: characters and terms; None means all."""

    characters: int | None = 1_000
    terms: int | None = 64

    @classmethod
    def none(cls) -> "Limits":
        """For topics of any length."""
        return cls(None, None)


PERSON = Limits()


@dataclass(frozen=True, slots=True)
class Alternative:
    """Other words for the same, by the thesaurus; all of them must be there."""

    stems: tuple[str, ...]
    weight: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """Words that belong together: one word, the parts of one, or a phrase."""

    stems: tuple[str, ...]
    phrase: bool = False
    field: str | None = None
    text: str = ""  # as it was typed
    others: tuple[Alternative, ...] = ()
    quoted: bool = False  # meant as it stands: neither corrected nor found by other words

    @property
    def is_plain(self) -> bool:
        """Whether it is one word that may stand anywhere."""
        return len(self.stems) == 1 and not (self.field or self.others or self.phrase)


@dataclass(frozen=True, slots=True)
class Query:
    """The parts of a query; `notes` say what was taken otherwise than it was typed."""

    text: str = ""
    should: tuple[Clause, ...] = ()
    must: tuple[Clause, ...] = ()
    must_not: tuple[Clause, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    after: date | None = None
    before: date | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for by words."""
        return not (self.should or self.must)

    @property
    def stems(self) -> frozenset[str]:
        """Every stem that a highlight marks."""
        clauses = (*self.should, *self.must)
        others = {stem for clause in clauses for other in clause.others for stem in other.stems}
        return frozenset(stem for clause in clauses for stem in clause.stems) | others


@dataclass
class _Parts:
    should: list[Clause] = field(default_factory=list)
    must: list[Clause] = field(default_factory=list)
    must_not: list[Clause] = field(default_factory=list)
    filters: list[tuple[str, str]] = field(default_factory=list)
    after: date | None = None
    before: date | None = None
    notes: list[str] = field(default_factory=list)
    terms: int = 0


def parse(text: str, limits: Limits = PERSON) -> Query:
    """Understand any text."""
    parts = _Parts()
    if limits.characters is not None and len(text) > limits.characters:
        text = text[: limits.characters]
        parts.notes.append(f"Only the first {limits.characters} characters were read.")
    for found in _PART.finditer(text):
        if limits.terms is not None and parts.terms >= limits.terms:
            parts.notes.append(f"Only the first {limits.terms} words were read.")
            break
        _take(parts, found)
    return Query(
        text, tuple(parts.should), tuple(parts.must), tuple(parts.must_not),
        tuple(parts.filters), parts.after, parts.before, tuple(dict.fromkeys(parts.notes)),
    )  # fmt: skip


def _take(parts: _Parts, found: re.Match[str]) -> None:
    sign, name = found["sign"], (found["field"] or "").lower()
    phrase = found["phrase"] is not None
    value = found["phrase"] if phrase else found["word"]
    if name in ("after", "before") and _take_day(parts, name, value):
        return
    if name in FACETS and not sign and value:
        parts.filters.append((name, value.lower()))
        return
    if name and name not in SEARCHABLE:
        parts.notes.append(f"“{found['field']}:” is no field, so it was taken as plain words.")
        value, name = f"{found['field']} {value}", ""
    stems = tuple(word.stem for word in words(value))
    if not stems:
        return
    parts.terms += len(stems)
    clause = Clause(stems, phrase and len(stems) > 1, name or None, value, quoted=phrase)
    target = {"+": parts.must, "-": parts.must_not}.get(sign, parts.should)
    target.append(clause)


def _take_day(parts: _Parts, name: str, value: str) -> bool:
    """Read a day, a month or a year; a month or year means its first day."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", value)
    try:
        day = date(*(int(part or 1) for part in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        parts.notes.append(f"“{value}” is not a date such as 2025-01-31.")
        return False
    setattr(parts, name, day)
    return True
