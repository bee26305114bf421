"""Made-up lessons in any number: pseudo-English words whose frequency falls by Zipf's law.

The same seed gives the same lessons, so that an index can be kept between runs. The words mean
nothing: this measures time and memory, never how good a ranking is.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from content.types import Document, Kind, Scope
from search.analysis import STOP

SYLLABLES = [first + second for first in "bcdfghlmnprstvw" for second in "aeiou"]
# Endings that a stemmer cuts, so that several words share a stem as in English.
ENDINGS = ("", "n", "r", "s", "t", "l", "ng", "ment", "tion", "ing", "ed", "er", "al", "ive")
# Words of the language: an English corpus of this size holds as many that are no typos.
VOCABULARY = 60_000
# Words of a query have these places in the order of frequency: 30 stands in half of all lessons
# (before it come what stop words are in English), 3,000 in one of a hundred.
ASKED_FROM, ASKED_TO = 30, 3_000
PHASES = ("initiation", "planning", "execution", "monitoring", "closing")
CATEGORIES, DEPARTMENTS, YEARS, PROJECTS = 13, 9, 15, 3_000
HEADLINE = 8  # words
# One lesson of ten is for its department only.
RESTRICTED = 0.1
# A member of department 3, who sees 91 of 100 lessons.
MEMBER = Scope(frozenset({"all", "person:7", "department:3"}))


@lru_cache(maxsize=1)
def vocabulary() -> tuple[str, ...]:
    """All words, the most frequent first."""
    rng = np.random.default_rng(1)
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        parts = rng.integers(0, len(SYLLABLES), rng.integers(1, 5))
        word = "".join(SYLLABLES[part] for part in parts) + ENDINGS[rng.integers(len(ENDINGS))]
        if len(word) > 2 and word not in STOP:
            found[word] = None
    return tuple(found)


def lessons(count: int, words: int = 240, seed: int = 2) -> Iterator[Document]:
    """Lessons of about `words` words each, numbered from 1."""
    rng = np.random.default_rng(seed)
    known = np.array(vocabulary())
    edges = np.cumsum(1 / np.arange(1, VOCABULARY + 1))
    edges /= edges[-1]
    for number in range(1, count + 1):
        length = int(np.clip(rng.normal(words, words / 4), words / 4, words * 2.5))
        drawn = known[np.searchsorted(edges, rng.random(length + HEADLINE))].tolist()
        yield _lesson(number, drawn[:HEADLINE], drawn[HEADLINE:], rng)


def _lesson(
    number: int, headline: list[str], text: list[str], rng: np.random.Generator
) -> Document:
    phase, category, department, year, project = (
        int(rng.integers(many)) for many in (len(PHASES), CATEGORIES, DEPARTMENTS, YEARS, PROJECTS)
    )
    first, second, third = len(text) // 6, len(text) // 2, len(text) * 3 // 4
    parts = {
        "summary": text[:first],
        "event": text[first:second],
        "lesson": text[second:third],
        "recommendation": text[third:],
    }
    seen_by = f"department:{department}" if rng.random() < RESTRICTED else "all"
    return Document(
        kind=Kind.lesson,
        id=number,
        external_id=f"S-{number}",
        title=" ".join(headline),
        texts={name: " ".join(part) + "." for name, part in parts.items()},
        keywords=(f"category {category}",),
        facets={
            "phase": (PHASES[phase],),
            "category": (f"category {category}",),
            "department": (f"department {department}",),
            "year": (str(2010 + year),),
            "project": (f"P-{project}",),
            "state": ("published",),
        },
        day=date(2010 + year, 1, 1) + timedelta(days=int(rng.integers(365))),
        audience=("oversight", seen_by),
    )


def queries(words: int, count: int, seed: int = 5, *, repeating: bool = True) -> list[str]:
    """Queries of so many words, frequent and rare; without `repeating` no word comes twice."""
    rng = np.random.default_rng(seed)
    places = np.arange(ASKED_FROM, ASKED_TO)
    # Evenly over the logarithm of the place.
    shares = (1 / places) / (1 / places).sum()
    drawn = rng.choice(places, (count, words), replace=repeating, p=shares)
    known = vocabulary()
    return [" ".join(known[place] for place in row) for row in drawn.tolist()]
