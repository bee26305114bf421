"""Which lessons fit a project: the ranking of its start pack, in plain values.

A lesson's score is a weighted sum of parts from 0 to 1: how like its words are to the project's
own, the same type, size, method and department, the phase that the project is in, whom the lesson
says it applies to, whether it holds for the whole organisation at high priority, and how recent it
is. Each part that weighs something gives a sentence for the reader. What projects answered so far
multiplies the sum (`analytics/learned`); how often a lesson was applied is no part of its own,
because it says as much about how often it was seen (held-back answers of the sample were ordered
worse with it). Lessons that say the same are folded under the best of them.

A pack may hold lessons that not everybody reads, and is seen by people who read less than its
manager. What is said of a lesson is therefore measured by lessons alone that everybody reads: how
like the likest is, and which words are rare. For the same reason a lesson that not everybody reads
takes nobody's place and hides nothing: the pack holds as many of the others as it would without it,
each in a row of its own, and who looks gets the best of what they see (`of_reader`).
"""

import re
from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

import Stemmer

from analytics.learned import Kind, Learned

# Parts of the score. Chosen by judgement, words first: type and phase are what people filter by.
WEIGHTS: Mapping[str, float] = {
    "words": 0.40,
    "type": 0.14,
    "size": 0.05,
    "method": 0.07,
    "department": 0.06,
    "phase": 0.06,
    "applies": 0.08,
    "corporate": 0.22,
    "recent": 0.04,
}
# A lesson without likeness in words must come by another way to be in a pack at all.
SCORE_LEAST = 0.12
# Lessons of a pack: what a manager can answer in half an hour.
PACK_MOST = 30
# Lessons that are looked at for what says the same, for each that is shown.
FOLDED_FROM = 3
# Share of words in common, of all words of both, from which two lessons say the same.
ALIKE = 0.55
# Years after which a lesson counts as old.
OLD = 8.0
# Likeness at which words are like at all, and very like; below the second, even the likest lesson
# has not the full weight of words. Among the sample's lessons the likest for a project
# reaches 0.18 to 0.35, the tenth 0.1.
LIKE_SOME, LIKE_MUCH = 0.08, 0.18
# Words of both that a reason names, each at least this long, and not in more than this share of
# the lessons that are looked at.
NAMED, NAMED_LEAST, NAMED_SHARE = 3, 6, 0.2

# Without its cache, which costs more than it saves where most words are new.
_STEMMER = Stemmer.Stemmer("english", maxCacheSize=0)
_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True)
class Profile:
    """The project that a pack is for."""

    type: str | None = None
    size: str | None = None
    method: str | None = None
    department: int | None = None
    phase: str | None = None
    text: str = ""  # of the project its own words; of a lesson's project, what happened there


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lesson that might fit; the facts of its project stand in `profile`.

    `likeness` is that of its words to the project's, from 0 to 1; `text` is what it says, by which
    near-duplicates are told; `is_open` says that everybody reads it.
    """

    id: int
    likeness: float
    profile: Profile
    types: frozenset[str] = frozenset()
    sizes: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    corporate: bool = False
    high: bool = False
    applied: int = 0
    day: date | None = None
    text: str = ""
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """A lesson of a pack: its score, why it was chosen, and the lessons folded under it."""

    id: int
    score: float
    reasons: tuple[str, ...]
    alike: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Scored:
    """A candidate with its score and the parts of it."""

    score: float
    lesson: Candidate
    parts: Mapping[str, float]
    words: frozenset[str]


def rank(
    project: Profile,
    candidates: Sequence[Candidate],
    learned: Learned,
    *,
    today: date,
    most: int = PACK_MOST,
    stay: Collection[int] = (),
) -> list[Choice]:
    """The lessons of a pack, the best first; the order of `candidates` changes nothing.

    Those of `stay` are in it whatever their score; of the others that everybody reads, at most the
    best `most`, and those between them that not everybody reads.
    """
    likest = max((c.likeness for c in candidates if c.is_open), default=0.0)
    kind = Kind(project.type, project.method)
    scored = []
    for lesson in candidates:
        parts = _parts(project, lesson, likest, today)
        factor = learned.factor(lesson.id, kind, lesson.profile.type)
        score = factor * sum(WEIGHTS[name] * value for name, value in parts.items())
        if score >= SCORE_LEAST or lesson.id in stay:
            scored.append((-round(score, 9), lesson.id, lesson, parts))
    scored.sort(key=lambda row: row[:2])
    places = accumulate((row[2].is_open for row in scored), initial=0)
    looked_at = [
        _Scored(-score, lesson, parts, words_of(lesson.text))
        for place, (score, number, lesson, parts) in zip(places, scored, strict=False)
        if place < FOLDED_FROM * most or number in stay
    ]
    kept = _folded(looked_at, most, stay)
    read = [row.lesson for row in looked_at if row.lesson.is_open][:most]
    stems = {
        number: _stems(lesson)
        for number, lesson in {c.id: c for c in (*read, *(row.lesson for row, _ in kept))}.items()
    }
    telling = _telling(project, [stems[lesson.id] for lesson in read])
    return [
        Choice(
            row.lesson.id, round(row.score, 6),
            _reasons(project, row, learned, _named(telling, stems[row.lesson.id])),
            tuple(others),
        )
        for row, others in kept
    ]  # fmt: skip


def _parts(project: Profile, lesson: Candidate, likest: float, today: date) -> dict[str, float]:
    own = lesson.profile
    years = (today - lesson.day).days / 365.25 if lesson.day else OLD
    return {
        "words": min(lesson.likeness / max(likest, LIKE_MUCH), 1.0),
        "type": _same(project.type, own.type),
        "size": _same(project.size, own.size),
        "method": _same(project.method, own.method),
        "department": _same(project.department, own.department),
        "phase": _same(project.phase, own.phase),
        "applies": _applies(project, lesson),
        "corporate": float(lesson.corporate and lesson.high) or 0.4 * lesson.corporate,
        "recent": min(max(1 - years / OLD, 0.0), 1.0),
    }


def _same(one: object, other: object) -> float:
    return float(one is not None and one == other)


def _applies(project: Profile, lesson: Candidate) -> float:
    """From -1 to 1: of what the lesson says it applies to, how much the project is."""
    asked = [
        (project.type, lesson.types),
        (project.size, lesson.sizes),
        (project.method, lesson.methods),
    ]
    said = [1.0 if own in named else -1.0 for own, named in asked if named and own is not None]
    return sum(said) / len(said) if said else 0.0


# Why a lesson was chosen -----------------------------------------------------------------------


def _reasons(
    project: Profile, row: _Scored, learned: Learned, telling: Sequence[str]
) -> tuple[str, ...]:
    """At most three sentences, the weightiest first; `telling` are the words that both have."""
    lesson, parts = row.lesson, row.parts
    found: list[tuple[float, str]] = []
    if lesson.likeness >= LIKE_SOME and parts["words"] >= 0.35:
        found.append((WEIGHTS["words"] * parts["words"], _close(lesson, telling)))
    same = [name for name in ("type", "size", "method") if parts[name]]
    if same:
        values = ", ".join(str(getattr(project, name)) for name in same)
        weight = sum(WEIGHTS[name] for name in same)
        found.append((weight, f"Same {_listed(same)}: {values}."))
    if parts["applies"] > 0:
        found.append((WEIGHTS["applies"], "Its author says that it holds for projects like yours."))
    if parts["corporate"]:
        high = "High priority, holds" if lesson.high else "Holds"
        found.append(
            (WEIGHTS["corporate"] * parts["corporate"], f"{high} for the whole organisation.")
        )
    if parts["phase"]:
        found.append((WEIGHTS["phase"], f"About the phase you are in: {project.phase}."))
    if parts["department"]:
        found.append((WEIGHTS["department"], "From your own department."))
    if used := _used(project, lesson, learned):
        found.append(used)
    found.sort(key=lambda reason: -reason[0])
    return tuple(sentence for _, sentence in found[:3])


def _close(lesson: Candidate, telling: Sequence[str]) -> str:
    close = "very close" if lesson.likeness >= LIKE_MUCH else "close"
    named = f": {', '.join(telling)}" if telling else ""
    return f"Its words are {close} to your description{named}."


def _used(project: Profile, lesson: Candidate, learned: Learned) -> tuple[float, str] | None:
    many, good = learned.said(lesson.id, project.type)
    if many and good * 2 >= many and project.type:
        of = "project" if many == 1 else "projects"
        return 0.12, f"It fitted {good} of {many} {project.type} {of} that answered."
    if lesson.applied:
        of = "project has" if lesson.applied == 1 else "projects have"
        return 0.08, f"{lesson.applied} {of} applied it."
    return None


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _telling(project: Profile, lessons: Sequence[set[str]]) -> Mapping[str, str]:
    """The project's words that few of the lessons have, by their stems, the rarest first.

    Of each lesson its stems are given.
    """
    own = {
        _STEMMER.stemWord(word): word
        for word in sorted(words_of(project.text))
        if len(word) >= NAMED_LEAST
    }
    having: Counter[str] = Counter()
    for lesson in lessons:
        having.update(own.keys() & lesson)
    most = max(NAMED_SHARE * len(lessons), 1)
    few = sorted((having[stem], stem) for stem in own if having[stem] <= most)
    return {stem: own[stem] for _, stem in few}


def _named(telling: Mapping[str, str], stems: set[str]) -> list[str]:
    return [word for stem, word in telling.items() if stem in stems][:NAMED]


def _stems(lesson: Candidate) -> set[str]:
    return set(_STEMMER.stemWords(list(words_of(f"{lesson.text} {lesson.profile.text}"))))


# What says the same -----------------------------------------------------------------------------


def _folded(
    rows: Sequence[_Scored], most: int, stay: Collection[int]
) -> list[tuple[_Scored, list[int]]]:
    """The best, with what says the same folded under the better one.

    Under a lesson that not everybody reads nothing is hidden: what is alike is named there and has
    its own row beside it.
    """
    kept: list[tuple[_Scored, list[int]]] = []
    places = 0
    for row in rows:
        own = row.lesson.id in stay
        if not own and _is_folded(row, kept):
            continue
        if places < most or own:
            kept.append((row, []))
            places += row.lesson.is_open
    return kept


def _is_folded(row: _Scored, kept: Sequence[tuple[_Scored, list[int]]]) -> bool:
    """Name a lesson under what it is alike to, down to the first of those that everybody reads."""
    for other, others in kept:
        if alike(other.words, row.words):
            others.append(row.lesson.id)
            if other.lesson.is_open:
                return True
    return False


def of_reader(
    rows: Iterable[tuple[int, Sequence[int]]],
    seen: Container[int],
    stay: Container[int],
    most: int = PACK_MOST,
) -> dict[int, list[int]]:
    """The rows of a pack for one person: lessons, each with those that are folded under it.

    `rows` are all of the pack, the best first, `seen` what the person reads; of it the best `most`
    have a row, and those of `stay` whatever their place.
    """
    found: dict[int, list[int]] = {}
    under: dict[int, list[int]] = {}
    for number, others in rows:
        if number not in seen:
            continue
        above = None if number in stay else under.get(number)
        if above is None:
            if len(found) >= most and number not in stay:
                continue
            above = found[number] = []
        fresh = [n for n in others if n in seen and n not in stay and n not in under]
        above += fresh
        under |= dict.fromkeys(fresh, above)
    return found


def words_of(text: str) -> frozenset[str]:
    """The words of a text that say something."""
    return frozenset(_WORD.findall(text.lower()))


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two lessons of these words say the same (Jaccard)."""
    if not one or not other:
        return False
    # The smaller set bounds the likeness: most pairs need no intersection.
    if min(len(one), len(other)) < ALIKE * max(len(one), len(other)):
        return False
    both = len(one & other)
    return both >= ALIKE * (len(one) + len(other) - both)
