"""What the answers of projects teach: which lessons fit which kinds of project.

A lesson fits a project that answers “applied” or “already done”, and does not fit one that answers
“not applicable”; “later” says nothing. The share that fits is estimated with a beta prior, that is
(fitted + PRIOR * p) / (answers + PRIOR), where p is the share expected before these answers were
seen: few answers change little, many decide (partial pooling by pseudo-counts; Gelman et al.,
Bayesian Data Analysis, 3rd ed., sections 2.4 and 5.3). The expectation grows finer step by step:

1. all answers (the newest, see `candidates`), drawn to one half;
2. answers of this type of project to lessons from that type of project, drawn to 1;
3. answers to this lesson, drawn to 1; with 2 it gives what is expected of this lesson for this
   type, as the product of both over the general share (as if they told apart);
4. answers of this type of project to this lesson, drawn to 3;
5. those of this type and method, drawn to 4.

`factor` is the last share over the first, within bounds, and multiplies the score of a lesson: one
that often did not fit a kind of project sinks for that kind, and for others less.

Measured (tests/bench/bench_startpack.py): on the sample's answers, those of each project held back
in turn, 0.74 of the pairs of a lesson that fitted and one that did not stand right, without
learning 0.67; the gain is 0.06 (95 % between 0.03 and 0.10). From only those answers that were
given before the project's own it is 0.04 (0.02 to 0.06). Which ten come first gains nothing that
chance may not bring: learning pushes down more than it lifts. Read these figures as too bright: the
sample's answers are invented, and `PRIOR` was chosen on them. Of answers drawn from known shares,
one answer a lesson and type orders 0.65 of the pairs right, four 0.77, sixteen 0.81, chance 0.50.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

# Pseudo-answers by which a share is drawn: four answers weigh as much as what was expected. With
# two, the first answers that a portal gets move the order more than they tell; with eight, little
# is left of a lesson's own answers.
PRIOR = 4.0
# The share of fitting answers is worth at most this factor, down or up.
LEAST, MOST = 0.25, 1.5
# No expectation is a certainty.
SURE = 0.02


@dataclass(frozen=True, slots=True)
class Kind:
    """The kind of a project, as answers are told apart."""

    type: str | None = None
    method: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """How many projects of one kind answered a lesson, and how many of them it fitted."""

    lesson: int
    kind: Kind
    many: int
    fitted: int


@dataclass(frozen=True, slots=True)
class Crossed:
    """The same for all lessons from one type of project (`source`), asked of another (`type`)."""

    source: str | None
    type: str | None
    many: int
    fitted: int


class Learned:
    """Shares of fitting answers; nothing is learned from no answers."""

    def __init__(
        self,
        said: Iterable[Said] = (),
        crossed: Iterable[Crossed] = (),
        *,
        overall: tuple[int, int] = (0, 0),
    ) -> None:
        """`overall`: how many answers there are of all projects, and how many fitted."""
        self._many: Counter[tuple[object, ...]] = Counter()
        self._good: Counter[tuple[object, ...]] = Counter()
        for row in said:
            kind = row.kind
            for key in ((row.lesson,), (row.lesson, kind.type), (row.lesson, *_both(kind))):
                self._add(key, row.many, row.fitted)
        for cross in crossed:
            self._add(("from", cross.source, cross.type), cross.many, cross.fitted)
        self._add(("all",), *overall)
        self.general = self._drawn(("all",), 0.5)

    def _add(self, key: tuple[object, ...], many: int, good: int) -> None:
        self._many[key] += many
        self._good[key] += good

    def _drawn(self, key: tuple[object, ...], expected: float) -> float:
        return (self._good[key] + PRIOR * expected) / (self._many[key] + PRIOR)

    def share(self, lesson: int, kind: Kind, source: str | None = None) -> float:
        """The share of projects of `kind` that the lesson is expected to fit, from 0 to 1.

        `source` is the type of the project that the lesson comes from.
        """
        of_types = self._drawn(("from", source, kind.type), self.general)
        of_lesson = self._drawn((lesson,), self.general)
        expected = min(max(of_types * of_lesson / self.general, SURE), 1 - SURE)
        of_type = self._drawn((lesson, kind.type), expected)
        return self._drawn((lesson, *_both(kind)), of_type)

    def factor(self, lesson: int, kind: Kind, source: str | None = None) -> float:
        """What the answers make of a score: below 1 it sinks, above it rises."""
        return min(max(self.share(lesson, kind, source) / self.general, LEAST), MOST)

    def said(self, lesson: int, type: str | None) -> tuple[int, int]:
        """How many projects of a type answered the lesson, and how many of them it fitted."""
        return self._many[(lesson, type)], self._good[(lesson, type)]


def _both(kind: Kind) -> tuple[object, object]:
    return kind.type, ("by", kind.method)
