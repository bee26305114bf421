"""Which lessons fit a project: the ranking of its start pack, in plain values.

A lesson's score is a weighted sum of parts from 0 to 1: how like its words are to the project's
own, the same type, size, method and department, the phase that the project is in, whom the lesson
says it applies to, whether it holds for the whole organisation at high priority, how often others
applied it, and how recent it is. Each part that weighs something gives a sentence for the reader.

The ranking learns from answers. For each lesson the share of projects of the same kind that it
fitted (“applied” or “already done”, against “not applicable”; “later” says nothing) is estimated
with a prior: the lesson's share over all kinds, itself drawn to the share of all answers. With few
answers little changes, with many the kind's own answers decide (partial pooling by pseudo-counts;
Gelman et al., Bayesian Data Analysis, 3rd ed., section 5.3). The score is multiplied by that share
over the general one, within bounds, so that a lesson that often did not fit a kind of project sinks
for that kind, and for others less.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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
    "applied": 0.10,
    "recent": 0.04,
}
# Pseudo-answers that a share is drawn by: two answers of a kind weigh as much as the prior.
PRIOR = 2.0
# The share of fitting answers is worth at most this factor, up or down.
LEARNED_LEAST, LEARNED_MOST = 0.25, 1.5
# A lesson without likeness in words must come by another way to be in a pack at all.
SCORE_LEAST = 0.12
# Lessons of a pack: what a manager can answer in half an hour.
PACK_MOST = 30
# Share of words in common, of all words of both, from which two lessons say the same.
ALIKE = 0.55
# Years after which a lesson counts as old.
OLD = 8.0


@dataclass(frozen=True, slots=True)
class Profile:
    """The project that a pack is for."""

    type: str | None = None
    size: str | None = None
    method: str | None = None
    department: int | None = None
    phase: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lesson that might fit; the facts of its project stand in `profile`.

    `likeness` is that of its words to the project's, from 0 to 1; `words` are those by which
    near-duplicates are told.
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
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of a project of some kind to a lesson: whether it fitted."""

    lesson: int
    kind: str
    fitted: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A lesson of a pack: its score, why it was chosen, and the lessons folded under it."""

    id: int
    score: float
    reasons: tuple[str, ...]
    alike: tuple[int, ...] = ()


class Learned:
    """What the answers so far say about which lessons fit which kinds of project."""

    def __init__(self, answers: Iterable[Said] = ()) -> None:
        self._many: Counter[tuple[int, str | None]] = Counter()
        self._good: Counter[tuple[int, str | None]] = Counter()
        fitted = count = 0
        for said in answers:
            count, fitted = count + 1, fitted + said.fitted
            for key in ((said.lesson, None), (said.lesson, said.kind)):
                self._many[key] += 1
                self._good[key] += said.fitted
        self.general = (fitted + 1) / (count + 2)

    def share(self, lesson: int, kind: str | None) -> float:
        """The share of projects of `kind` that `lesson` is expected to fit, 0 to 1."""
        over_all = self._drawn((lesson, None), self.general)
        return self._drawn((lesson, kind or ""), over_all)

    def _drawn(self, key: tuple[int, str | None], prior: float) -> float:
        return (self._good[key] + PRIOR * prior) / (self._many[key] + PRIOR)

    def factor(self, lesson: int, kind: str | None) -> float:
        """What the answers make of a score."""
        ratio = self.share(lesson, kind) / self.general
        return min(max(ratio, LEARNED_LEAST), LEARNED_MOST)

    def said(self, lesson: int, kind: str | None) -> tuple[int, int]:
        """How many answers of projects of `kind` there are, and how many of them fitted."""
        key = (lesson, kind or "")
        return self._many[key], self._good[key]


def rank(
    project: Profile,
    candidates: Sequence[Candidate],
    learned: Learned,
    *,
    today: date,
    most: int = PACK_MOST,
) -> list[Choice]:
    """The lessons of a pack, the best first; the order of `candidates` changes nothing."""
    likest = max((c.likeness for c in candidates), default=0.0)
    favourite = max((c.applied for c in candidates), default=0)
    scored = []
    for candidate in candidates:
        parts = _parts(project, candidate, likest, favourite, today)
        factor = learned.factor(candidate.id, project.type)
        score = factor * sum(WEIGHTS[name] * value for name, value in parts.items())
        if score >= SCORE_LEAST:
            reasons = _reasons(project, candidate, parts, learned)
            scored.append((score, candidate, reasons))
    scored.sort(key=lambda row: (-round(row[0], 9), row[1].id))
    return _folded(scored, most)


def _parts(
    project: Profile, lesson: Candidate, likest: float, favourite: int, today: date
) -> dict[str, float]:
    own = lesson.profile
    years = (today - lesson.day).days / 365.25 if lesson.day else OLD
    return {
        "words": lesson.likeness / likest if likest > 0 else 0.0,
        "type": _same(project.type, own.type),
        "size": _same(project.size, own.size),
        "method": _same(project.method, own.method),
        "department": _same(project.department, own.department),
        "phase": _same(project.phase, own.phase),
        "applies": _applies(project, lesson),
        "corporate": float(lesson.corporate and lesson.high) or 0.4 * lesson.corporate,
        "applied": lesson.applied / favourite if favourite else 0.0,
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


def _reasons(
    project: Profile, lesson: Candidate, parts: Mapping[str, float], learned: Learned
) -> tuple[str, ...]:
    found: list[tuple[float, str]] = []
    if parts["words"] >= 0.35:
        close = "very close" if parts["words"] >= 0.75 else "close"
        found.append(
            (WEIGHTS["words"] * parts["words"], f"Its words are {close} to your project's.")
        )
    same = [
        str(value)
        for name, value in (
            ("type", project.type), ("size", project.size), ("method", project.method),
        )
        if parts[name] and value
    ]  # fmt: skip
    if same:
        weight = sum(WEIGHTS[n] * parts[n] for n in ("type", "size", "method"))
        found.append((weight, f"From a project like yours: {', '.join(same)}."))
    if parts["applies"] > 0:
        found.append((WEIGHTS["applies"], "By its author, it applies to projects like yours."))
    if parts["corporate"]:
        high = "High priority, and holds" if lesson.high else "Holds"
        found.append(
            (WEIGHTS["corporate"] * parts["corporate"], f"{high} for the whole organisation.")
        )
    if parts["phase"]:
        found.append((WEIGHTS["phase"], f"About the phase you are in: {project.phase}."))
    if parts["department"]:
        found.append((WEIGHTS["department"], "From your own department."))
    many, good = learned.said(lesson.id, project.type)
    if many and good * 2 >= many:
        of = "project" if many == 1 else "projects"
        found.append((0.12, f"It fitted {good} of {many} {project.type} {of} that answered."))
    elif lesson.applied:
        of = "project has" if lesson.applied == 1 else "projects have"
        found.append((0.08, f"{lesson.applied} {of} applied it."))
    found.sort(key=lambda row: -row[0])
    return tuple(sentence for _, sentence in found[:3])


def _folded(scored: Sequence[tuple[float, Candidate, tuple[str, ...]]], most: int) -> list[Choice]:
    """The best, with what says the same folded under the better one."""
    kept: list[tuple[float, Candidate, tuple[str, ...], list[int]]] = []
    for score, lesson, reasons in scored:
        twin = next((row for row in kept if alike(row[1].words, lesson.words)), None)
        if twin is not None:
            twin[3].append(lesson.id)
        elif len(kept) < most:
            kept.append((score, lesson, reasons, []))
    return [
        Choice(lesson.id, round(score, 6), reasons, tuple(others))
        for score, lesson, reasons, others in kept
    ]


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two lessons of these words say the same (Jaccard)."""
    if not one or not other:
        return False
    # The smaller set bounds the likeness: most pairs need no intersection.
    if min(len(one), len(other)) < ALIKE * max(len(one), len(other)):
        return False
    both = len(one & other)
    return both >= ALIKE * (len(one) + len(other) - both)
