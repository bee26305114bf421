"""False alarms and intervals of trends and effects, in simulation with overdispersion.

    python -m tests.bench.bench_trends [--rounds 4000]

Projects differ in how prone they are to a problem, and one that is hit logs it many times: its
propensity is beta-distributed, the number of its texts negative binomial. Nothing changes in truth;
counted is how often “rising” and “an effect” are said at a nominal 5 %. Beside ours stand the tests
that count texts (Poisson), in the same worlds. Then how often the interval of the ratio holds the
true one, and how often a halving is seen; beside it the interval of the logarithm.
"""

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analytics.trends import Reading, armitage, effect

LEVEL = 0.05
World = tuple[NDArray[np.int64], NDArray[np.int64]]


def projects(rng: np.random.Generator, many: int, share: float) -> World:
    """Of each project: whether it was hit, and how many texts say so."""
    prone = rng.beta(share * 2, (1 - share) * 2, many)
    hit = rng.random(many) < prone
    texts = np.where(hit, 1 + rng.negative_binomial(0.7, 0.2, many), 0)
    return hit.astype(np.int64), texts.astype(np.int64)


def false_rising(rng: np.random.Generator, rounds: int, many: int, periods: int) -> None:
    """Print how often a rise is seen where there is none."""
    ours = texts = 0
    for _ in range(rounds):
        share = rng.uniform(0.15, 0.5)
        worlds = [projects(rng, many, share) for _ in range(periods)]
        hits = [int(hit.sum()) for hit, _ in worlds]
        rising, _ = armitage(hits, [many] * periods)
        ours += rising < LEVEL
        counts = np.array([said.sum() for _, said in worlds])
        texts += poisson_trend(counts) < LEVEL
    print(f"rising, {periods} periods of {many:>3} projects: ours {ours / rounds:6.1%}   "
          f"counting texts {texts / rounds:6.1%}")  # fmt: skip


def poisson_trend(counts: NDArray[np.int64]) -> float:
    """One-sided p of a rise of Poisson counts (score test, periods as scores)."""
    scores = np.arange(len(counts)) - (len(counts) - 1) / 2
    mean = counts.mean()
    if not mean:
        return 1.0
    z = float(scores @ counts) / np.sqrt(mean * float(scores @ scores))
    return float(stats.norm.sf(z))


def effects(rng: np.random.Generator, rounds: int, before: int, after: int, ratio: float) -> None:
    """Print false alarms, coverage and power at a true ratio."""
    said = held = texts = 0
    log_said = log_held = 0
    for _ in range(rounds):
        share = rng.uniform(0.25, 0.5)
        first, first_texts = projects(rng, before, share)
        second, second_texts = projects(rng, after, share * ratio)
        found = effect(int(first.sum()), before, int(second.sum()), after)
        said += found.reading in (Reading.less, Reading.more)
        held += found.low <= ratio <= found.high
        low, high = logarithms(int(first.sum()), before, int(second.sum()), after)
        log_said += not low <= 1 <= high
        log_held += low <= ratio <= high
        texts += poisson_ratio(
            first_texts.sum() / before, second_texts.sum() / after, before, after
        )
    name = "no change" if ratio == 1 else f"ratio {ratio}"
    print(f"effect, {before:>3} before, {after:>3} after, {name:<10}: said {said / rounds:6.1%}, "
          f"interval holds {held / rounds:6.1%}   by logarithms {log_said / rounds:6.1%}, "
          f"{log_held / rounds:6.1%}   texts say {texts / rounds:6.1%}")  # fmt: skip


def poisson_ratio(before: float, after: float, many: int, others: int) -> bool:
    """Whether two Poisson rates differ at 5 % (Wald on the logarithm)."""
    if not before or not after:
        return False
    z = np.log(after / before) / np.sqrt(1 / (before * many) + 1 / (after * others))
    return bool(abs(z) > stats.norm.ppf(1 - LEVEL / 2))


def logarithms(first: int, before: int, second: int, after: int) -> tuple[float, float]:
    """The rival: the interval of the logarithm with a half added to each count."""
    some, other = (first + 0.5) / (before + 0.5), (second + 0.5) / (after + 0.5)
    spread = np.sqrt(
        1 / (first + 0.5) - 1 / (before + 0.5) + 1 / (second + 0.5) - 1 / (after + 0.5)
    )
    reach = stats.norm.ppf(1 - LEVEL / 2) * spread
    return other / some * np.exp(-reach), other / some * np.exp(reach)


def against_statsmodels() -> None:
    """Print the largest difference of our interval to statsmodels', where that is there."""
    compare: Callable[..., tuple[float, float]]
    try:
        from statsmodels.stats.proportion import (  # type: ignore[import-not-found,unused-ignore]
            confint_proportions_2indep as compare,
        )
    except ImportError:
        print("statsmodels is not there: its interval is not compared")
        return
    worst = 0.0
    for hits, many, others, after in ((12, 40, 5, 31), (1, 20, 2, 30), (30, 60, 29, 61)):
        found = effect(hits, many, others, after)
        theirs = compare(others, after, hits, many, compare="ratio", method="score")
        worst = max(worst, abs(found.low - theirs[0]), abs(found.high - theirs[1]))
    print(f"largest difference to statsmodels' interval by scores: {worst:.1e}")


def main() -> None:
    """Simulate and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rounds", type=int, default=4_000)
    rounds = reader.parse_args().rounds
    rng = np.random.default_rng(7)
    for many, periods in ((8, 5), (15, 4), (30, 4), (80, 4)):
        false_rising(rng, rounds, many, periods)
    for before, after in ((15, 15), (40, 31), (60, 40), (100, 100)):
        effects(rng, rounds, before, after, 1.0)
    for before, after in ((15, 15), (40, 31), (100, 100)):
        effects(rng, rounds, before, after, 0.5)
    against_statsmodels()


if __name__ == "__main__":
    main()
