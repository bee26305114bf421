"""The thesaurus while searching: other words for what was typed, less certain than the words.

A term of several words is found where its words follow each other in the query, the longest first.
The words in quotes, in a field or after a minus are taken as they are.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from content.types import SynonymGroup
from search.analysis import words
from search.query import Alternative, Clause, Query

# What another word counts beside the one that was typed: below 1, so that the typed one leads.
WEIGHT = 0.7
# Words of the longest term that is looked for.
LONGEST = 6
NAME = "thesaurus.json"

Stems = tuple[str, ...]


class Thesaurus:
    """Terms and what else means the same."""

    def __init__(self, groups: Iterable[SynonymGroup]) -> None:
        self._others: dict[Stems, dict[Stems, str]] = {}
        for group in groups:
            stemmed = [(_stems(term), term) for term in group.terms]
            known = [(stems, term) for stems, term in stemmed if stems]
            for stems, _ in known if group.both_ways else known[:1]:
                found = self._others.setdefault(stems, {})
                found.update({other: term for other, term in known if other != stems})

    @classmethod
    def none(cls) -> "Thesaurus":
        """One without terms."""
        return cls(())

    def expand(self, query: Query) -> Query:
        """The query with other words beside its own."""
        if not self._others:
            return query
        return replace(
            query,
            should=tuple(self._expanded(query.should)),
            must=tuple(map(self._one, query.must)),
        )

    def _one(self, clause: Clause) -> Clause:
        if clause.quoted or clause.field:
            return clause
        others = self._others.get(clause.stems, {})
        return replace(clause, others=_alternatives(others)) if others else clause

    def _expanded(self, clauses: Sequence[Clause]) -> Iterable[Clause]:
        at = 0
        while at < len(clauses):
            for many in range(min(LONGEST, len(clauses) - at), 1, -1):
                run = clauses[at : at + many]
                if any(clause.quoted or clause.field for clause in run):
                    continue
                stems = tuple(stem for clause in run for stem in clause.stems)
                if stems in self._others:
                    text = " ".join(clause.text for clause in run)
                    others = _alternatives(self._others[stems])
                    yield Clause(stems, text=text, others=others)
                    at += many
                    break
            else:
                yield self._one(clauses[at])
                at += 1


def _alternatives(others: dict[Stems, str]) -> tuple[Alternative, ...]:
    return tuple(Alternative(stems, WEIGHT, term) for stems, term in others.items())


def _stems(term: str) -> Stems:
    return tuple(word.stem for word in words(term))


def write(directory: Path, groups: Iterable[SynonymGroup]) -> None:
    """Put the thesaurus beside the index, whole or not at all; engines take it up by themselves."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows = [{"terms": list(group.terms), "both_ways": group.both_ways} for group in groups]
    handle, name = tempfile.mkstemp(dir=directory, prefix=".new-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(rows, file, ensure_ascii=False)
    Path(name).replace(directory / NAME)


def stamp(directory: Path) -> int:
    """A number that changes with each `write`; 0 when there is none."""
    try:
        return (directory / NAME).stat().st_mtime_ns
    except OSError:
        return 0


def load(directory: Path) -> Thesaurus:
    """The thesaurus that is in force; without terms when there is none or it is damaged."""
    try:
        rows = json.loads((directory / NAME).read_text(encoding="utf-8"))
        return Thesaurus(SynonymGroup(tuple(row["terms"]), bool(row["both_ways"])) for row in rows)
    except (OSError, ValueError, KeyError, TypeError):
        return Thesaurus.none()
