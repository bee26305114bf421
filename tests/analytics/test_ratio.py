"""The interval of a ratio: its definition, its corners, and how often it holds the truth."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from analytics.ratio import interval, score
from analytics.trends import quantile

REACH = quantile(0.975)
Counts = tuple[int, int]
counts = st.integers(1, 200).flatmap(lambda many: st.tuples(st.integers(0, many), st.just(many)))


@given(counts, counts)
def test_the_ends_are_just_not_ruled_out(before: Counts, after: Counts) -> None:
    low, high = interval(*before, *after, REACH)
    assert (low == 0) == (not after[0])
    assert (high == math.inf) == (not before[0])
    for end, edge in ((low, REACH), (high, -REACH)):
        if end and math.isfinite(end):
            assert score(*before, *after, end) == pytest.approx(edge, abs=1e-4)


@given(counts, counts)
def test_sides_change_places(before: Counts, after: Counts) -> None:
    low, high = interval(*before, *after, REACH)
    turned = interval(*after, *before, REACH)
    expected = (1 / high if high else math.inf, 1 / low if low else math.inf)
    assert turned == pytest.approx(expected, rel=1e-6)


@given(counts, counts, st.floats(0.01, 50), st.floats(1.01, 5))
def test_a_higher_ratio_scores_lower(
    before: Counts, after: Counts, ratio: float, more: float
) -> None:
    assert score(*before, *after, ratio * more) <= score(*before, *after, ratio) + 1e-9


def test_a_ratio_of_one_is_the_test_of_two_shares() -> None:
    pooled = 17 / 71
    spread = math.sqrt(pooled * (1 - pooled) * (1 / 40 + 1 / 31) * 71 / 70)
    assert float(score(12, 40, 5, 31)) == pytest.approx((5 / 31 - 12 / 40) / spread)


@pytest.mark.parametrize("many", [(15, 15), (40, 31)])
def test_it_holds_the_truth_in_95_of_100_cases(many: tuple[int, int]) -> None:
    """Summed over all that may be counted, not drawn."""
    before, after = (np.arange(side + 1) for side in many)
    ends = np.array([[interval(a, many[0], b, many[1], REACH) for b in after] for a in before])
    for ratio, share in itertools.product((0.5, 1.0), np.linspace(0.25, 0.5, 6)):
        chances = np.outer(
            binom.pmf(before, many[0], share), binom.pmf(after, many[1], share * ratio)
        )
        held = chances[(ends[..., 0] <= ratio) & (ratio <= ends[..., 1])].sum()
        assert 0.93 <= held <= 0.97, (ratio, share)
