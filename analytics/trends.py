"""Is a problem growing, and did a change help? Counted in closed projects that it hit or did not.

Texts are never counted: one project logs a problem many times, so that tests on counts of texts cry
wolf (at a nominal 5 % they did in 25 to 36 of 100 simulated cases; tests/bench/bench_trends.py).
A project counts once. Every rate has its interval, and where there are too few projects to see even
a halving, that is what is said.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from analytics.ratio import interval

# Error of an interval and of a verdict.
LEVEL = 0.05
# With fewer closed projects, hits or periods than these no trend is looked for.
PROJECTS_LEAST, HITS_LEAST, PERIODS_LEAST = 12, 4, 3
# Up to so many projects the exact distribution is computed; beyond, the normal one is as good.
EXACT_MOST = 250
# A comparison that would see a halving less often than this says nothing either way.
POWER_LEAST = 0.2
# What recurrence is made of, and what each part weighs unless a person says otherwise.
PARTS: Mapping[str, float] = {
    "projects": 0.40, "years": 0.15, "departments": 0.15, "severity": 0.15, "recent": 0.15,
}  # fmt: skip


class Verdict(StrEnum):
    """What the rates of the periods say."""

    new = "new"
    rising = "rising"
    steady = "steady"
    falling = "falling"
    gone = "gone"
    too_few = "too few to tell"


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of so many closed projects were hit, with the interval of the share."""

    hits: int
    projects: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share that was hit; 0 where there was no project."""
        return self.hits / self.projects if self.projects else 0.0


def quantile(share: float) -> float:
    """The value that so large a share of the standard normal distribution stays below."""
    from scipy.special import ndtri  # half a second, and most pages show no interval

    return float(ndtri(share))


def cumulative(value: float) -> float:
    """The share of the standard normal distribution below a value."""
    from scipy.special import ndtr

    return float(ndtr(value))


def rate(hits: int, projects: int, *, level: float = LEVEL) -> Rate:
    """The share of projects that were hit, with Wilson's interval.

    Wilson 1927; recommended for small numbers by Brown, Cai and DasGupta, Statistical Science 2001.

    Raises:
        ValueError: more hits than projects, or less than none.
    """
    if not 0 <= hits <= projects:
        raise ValueError(f"{hits} hits of {projects} projects cannot be")
    if projects == 0:
        return Rate(0, 0, 0.0, 1.0)
    z = quantile(1 - level / 2)
    share, scale = hits / projects, 1 + z * z / projects
    middle = (share + z * z / (2 * projects)) / scale
    width = z / scale * math.sqrt(share * (1 - share) / projects + (z / (2 * projects)) ** 2)
    # Rounding must not push the interval past the share at its ends.
    return Rate(
        hits, projects, min(max(middle - width, 0.0), share), max(min(middle + width, 1.0), share)
    )


# Trend ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trend:
    """The rates of the periods, in order, and what they say.

    `p_rising` and `p_falling` are one-sided; None where there were too few to test.
    """

    rates: tuple[Rate, ...]
    verdict: Verdict
    p_rising: float | None = None
    p_falling: float | None = None


def trend(hits: Sequence[int], projects: Sequence[int], *, level: float = LEVEL) -> Trend:
    """The trend of one theme over periods in order (`hits[i]` of `projects[i]`, both (n_periods,)).

    Rising and falling are Cochran-Armitage tests with the periods as scores (Armitage, Biometrics
    1955), each one-sided at `level`, exact given the total (with the mid-p correction of Lancaster
    1961) as long as there are few projects. New: hit first in the last third of the periods. Gone:
    not hit in the last third, though at the rate before it would have been with a chance of 95 %.
    """
    rates = tuple(rate(h, n) for h, n in zip(hits, projects, strict=True))
    total, hit = sum(projects), sum(hits)
    periods = sum(1 for n in projects if n)
    if total < PROJECTS_LEAST or hit < HITS_LEAST or periods < PERIODS_LEAST:
        return Trend(rates, Verdict.too_few)
    rising, falling = armitage(hits, projects)
    verdict = _edge(hits, projects, level) or (
        Verdict.rising if rising < level else Verdict.falling if falling < level else Verdict.steady
    )
    return Trend(rates, verdict, rising, falling)


def trends(
    hits: Sequence[Sequence[int]], projects: Sequence[int], *, level: float = LEVEL
) -> list[Trend]:
    """The trends of many themes over the same projects, corrected for being tested at once.

    The share of false alarms among the alarms is held at `level` (Benjamini and Hochberg, Journal
    of the Royal Statistical Society B 1995), over the rising and the falling apart.
    """
    found = [trend(one, projects, level=level) for one in hits]
    rising = _controlled([one.p_rising for one in found])
    falling = _controlled([one.p_falling for one in found])
    corrected = []
    for one, up, down in zip(found, rising, falling, strict=True):
        verdict = one.verdict
        if (verdict is Verdict.rising and up >= level) or (
            verdict is Verdict.falling and down >= level
        ):
            verdict = Verdict.steady
        corrected.append(Trend(one.rates, verdict, one.p_rising, one.p_falling))
    return corrected


def _controlled(values: Sequence[float | None]) -> list[float]:
    tested = [place for place, value in enumerate(values) if value is not None]
    found = [1.0] * len(values)
    if tested:
        from scipy.stats import false_discovery_control

        adjusted = false_discovery_control([values[place] for place in tested])
        for place, value in zip(tested, adjusted, strict=True):
            found[place] = float(value)
    return found


def _edge(hits: Sequence[int], projects: Sequence[int], level: float) -> Verdict | None:
    """Whether a theme began or ended within the periods."""
    last = max(1, len(hits) // 3)
    before, after = sum(hits[:-last]), sum(hits[-last:])
    projects_before, projects_after = sum(projects[:-last]), sum(projects[-last:])
    if not projects_before or not projects_after:
        return None
    if not before and _chance_of_none(after, projects_after, projects_before) < level:
        return Verdict.new
    if not after and _chance_of_none(before, projects_before, projects_after) < level:
        return Verdict.gone
    return None


def _chance_of_none(hits: int, projects: int, others: int) -> float:
    """The chance that none of `others` were hit, given all hits (hypergeometric)."""
    from scipy.stats import hypergeom

    return float(hypergeom.pmf(0, projects + others, hits, others))


def armitage(hits: Sequence[int], projects: Sequence[int]) -> tuple[float, float]:
    """One-sided p of a rising and of a falling rate (Cochran-Armitage, scores 0, 1, 2 ...)."""
    found, many = np.asarray(hits, np.int64), np.asarray(projects, np.int64)
    scores = np.arange(len(found))
    total, hit = int(many.sum()), int(found.sum())
    if not 0 < hit < total:
        return 1.0, 1.0
    statistic = int(scores @ found)
    if total <= EXACT_MOST:
        chances = _distribution(many, hit)
        here = chances[statistic] / 2
        return float(chances[statistic + 1 :].sum() + here), float(chances[:statistic].sum() + here)
    share = hit / total
    mean = share * float(scores @ many)
    spread = float((scores**2) @ many) - float(scores @ many) ** 2 / total
    variance = share * (1 - share) * spread * total / (total - 1)
    if variance <= 0:
        return 1.0, 1.0
    z = (statistic - mean) / math.sqrt(variance)
    return cumulative(-z), cumulative(z)


def _distribution(projects: NDArray[np.int64], hit: int) -> NDArray[np.float64]:
    """The chance of each value of the statistic, given how many projects were hit in all."""
    most = hit * (len(projects) - 1)
    # table[k, s]: ways (as shares of the largest) to hit k projects so far with statistic s.
    table = np.zeros((hit + 1, most + 1))
    table[0, 0] = 1.0
    for score, many in enumerate(projects.tolist()):
        new = np.zeros_like(table)
        ways = [math.comb(many, k) for k in range(min(many, hit) + 1)]
        for k, way in enumerate(ways):
            moved = k * score
            if moved <= most:
                new[k:, moved:] += table[: hit + 1 - k, : most + 1 - moved] * float(way)
        table = new / new.max()
    chances: NDArray[np.float64] = table[hit] / table[hit].sum()
    return chances


# Effect ---------------------------------------------------------------------------------------


class Reading(StrEnum):
    """What a comparison says."""

    less = "lower"
    more = "higher"
    open = "not yet distinguishable from no change"
    too_few = "too few to tell"


@dataclass(frozen=True, slots=True)
class Effect:
    """Hit rates before and after a change, and their ratio with its interval.

    `power` is the chance that a halving would have been seen with as many projects.
    """

    before: Rate
    after: Rate
    ratio: float
    low: float
    high: float
    power: float
    reading: Reading

    @property
    def sentence(self) -> str:
        """The comparison in words, with its numbers and its doubt."""
        counts = (
            f"{self.before.hits} of {self.before.projects} before, "
            f"{self.after.hits} of {self.after.projects} after"
        )
        if not self.before.projects or not self.after.projects:
            return f"{counts}: nothing to compare yet"
        shown = f"{counts}; {self._ratio}, 95 % interval {self._interval}"
        if self.reading is Reading.too_few:
            seen = round(self.power * 100)
            return f"{shown}: too few to tell (a halving would be seen in {seen} of 100 such cases)"
        if self.reading is Reading.open:
            return f"{shown}: not yet distinguishable from no change"
        return f"{shown}: {self.reading.value} after than before"

    @property
    def _ratio(self) -> str:
        return f"ratio {self.ratio:.2f}" if self.before.hits else "no ratio, as none was hit before"

    @property
    def _interval(self) -> str:
        return (
            f"{self.low:.2f} to {self.high:.2f}" if self.before.hits else f"{self.low:.2f} or more"
        )


def effect(
    hits_before: int,
    projects_before: int,
    hits_after: int,
    projects_after: int,
    *,
    level: float = LEVEL,
) -> Effect:
    """The rate among projects after a change over the rate before it.

    The ratio is of plain shares, its interval that of `ratio.interval`: it has an answer too where
    none or all were hit. Where none was hit before there is no ratio; it then is infinite, or 1
    when none was hit after either.
    Nothing here says what caused a difference.

    Raises:
        ValueError: see `rate`.
    """
    before, after = rate(hits_before, projects_before), rate(hits_after, projects_after)
    if not projects_before or not projects_after:
        return Effect(before, after, math.nan, 0.0, math.inf, 0.0, Reading.too_few)
    reach = quantile(1 - level / 2)
    low, high = interval(hits_before, projects_before, hits_after, projects_after, reach)
    ratio = after.share / before.share if before.share else math.inf if after.share else 1.0
    power = power_of_halving(
        before.share or (0.5 / projects_before), projects_before, projects_after
    )
    reading = (
        Reading.less if high < 1 else Reading.more if low > 1
        else Reading.too_few if power < POWER_LEAST else Reading.open
    )  # fmt: skip
    return Effect(before, after, ratio, low, high, power, reading)


def power_of_halving(share: float, before: int, after: int, *, level: float = LEVEL) -> float:
    """The chance to see a rate of `share` (above 0) halved, with so many projects on each side."""
    if not before or not after:
        return 0.0
    half = share / 2
    pooled = (share * before + half * after) / (before + after)
    # The deviation of the difference if there were none, and as it really is.
    assumed = math.sqrt(pooled * (1 - pooled) * (1 / before + 1 / after))
    true = math.sqrt(share * (1 - share) / before + half * (1 - half) / after)
    return cumulative((half - quantile(1 - level / 2) * assumed) / true)


# Recurrence -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How much a theme recurs, 0 to 1, and the parts that make it up, each 0 to 1."""

    score: float
    parts: Mapping[str, float]


def recurrence(
    *,
    hit: int,
    projects: int,
    years_hit: int,
    years: int,
    departments: Sequence[int],
    severity: float | None,
    months_since: float | None,
    weights: Mapping[str, float] = PARTS,
) -> Recurrence:
    """The weighted mean of five parts; parts that nobody knows are left out of it.

    Projects: the share of closed projects hit, as its square root, so that the first ones count
    most. Years: the share of years with a hit. Departments: how evenly hits are spread over the
    departments (`departments` are hits of each; entropy over its maximum). Severity: the mean, 0
    to 1. Recent: 1 for a hit this month, a half after two years.

    Raises:
        ValueError: a weight is negative, or all are nothing.
    """
    if any(value < 0 for value in weights.values()) or not sum(weights.values()):
        raise ValueError("weights are not negative, and not all nothing")
    parts = {
        "projects": math.sqrt(hit / projects) if projects else 0.0,
        "years": years_hit / years if years else 0.0,
        "departments": _evenness(departments),
    }
    if severity is not None:
        parts["severity"] = severity
    if months_since is not None:
        parts["recent"] = 0.5 ** (max(months_since, 0.0) / 24)
    known = sum(weights.get(name, 0.0) for name in parts)
    score = sum(weights.get(name, 0.0) * value for name, value in parts.items())
    return Recurrence(score / known if known else 0.0, parts)


def _evenness(hits: Sequence[int]) -> float:
    """Shannon's entropy of the shares over that of an even spread; 0 for one department."""
    shares = np.array([h for h in hits if h > 0], float)
    if len(hits) < 2 or len(shares) < 2:
        return 0.0
    shares /= shares.sum()
    return float(-(shares * np.log(shares)).sum() / math.log(len(hits)))
