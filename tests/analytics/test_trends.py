"""Rates, trends and effects: known values, bounds, and honesty about few projects."""

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from analytics.trends import (
    Reading,
    Verdict,
    armitage,
    effect,
    power_of_halving,
    rate,
    recurrence,
    trend,
    trends,
)

COUNTS = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_wilson_by_hand() -> None:
    """Ten of twenty: the middle is a half, the width 1.96/1.192 * sqrt(.0125 + .0024)."""
    found = rate(10, 20)
    assert found.low == pytest.approx(0.2993, abs=1e-4)
    assert found.high == pytest.approx(0.7007, abs=1e-4)
    assert rate(0, 10).low == 0
    assert rate(0, 10).high == pytest.approx(0.2775, abs=1e-4)


@given(COUNTS)
def test_an_interval_holds_its_share(counts: tuple[int, int]) -> None:
    found = rate(*counts)
    assert 0 <= found.low <= found.share <= found.high <= 1


@pytest.mark.parametrize("counts", [(5, 4), (-1, 3)])
def test_what_cannot_be_is_an_error(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        rate(*counts)


def test_two_periods_are_fishers_test() -> None:
    """1 of 9 against 11 of 12: the table of Fisher's exact test, one-sided 0.0003, mid-p less."""
    rising, falling = armitage([1, 11], [9, 12])
    exact = 1 - sum(
        math.comb(12, k) * math.comb(9, 12 - k) / math.comb(21, 12) for k in range(3, 11)
    )
    here = math.comb(12, 11) * math.comb(9, 1) / math.comb(21, 12)
    assert rising == pytest.approx(exact - here / 2)
    assert rising + falling == pytest.approx(1)


def test_exact_and_normal_agree_where_they_meet() -> None:
    hits, projects = [10, 14, 18, 24], [62, 62, 62, 62]
    exact = armitage(hits, projects)[0]
    normal = armitage([h * 4 for h in hits], [n * 4 for n in projects])[0]
    assert exact == pytest.approx(0.003, abs=0.002)
    assert normal < exact


@given(st.lists(COUNTS, min_size=2, max_size=6))
def test_turned_around_rising_is_falling(counts: list[tuple[int, int]]) -> None:
    hits, projects = [h for h, _ in counts], [n for _, n in counts]
    rising, falling = armitage(hits, projects)
    back = armitage(hits[::-1], projects[::-1])
    assert (rising, falling) == pytest.approx((back[1], back[0]), abs=1e-9)
    assert 0 <= rising <= 1 + 1e-9


@pytest.mark.parametrize(
    ("hits", "projects", "verdict"),
    [
        ([1, 2, 4, 7, 9], [10] * 5, Verdict.rising),
        ([9, 7, 4, 2, 1], [10] * 5, Verdict.falling),
        ([4, 5, 4, 5, 4], [10] * 5, Verdict.steady),
        ([0, 0, 0, 0, 8], [10] * 5, Verdict.new),
        ([6, 7, 6, 5, 0], [10] * 5, Verdict.gone),
        ([1, 2, 1], [3, 3, 3], Verdict.too_few),
        ([1, 1, 1, 0], [20] * 4, Verdict.too_few),
    ],
)
def test_verdicts(hits: list[int], projects: list[int], verdict: Verdict) -> None:
    assert trend(hits, projects).verdict is verdict


def test_many_at_once_need_more() -> None:
    """What looks like a rise alone is one of forty looks."""
    close = [2, 3, 4, 6, 6]
    steady = [4, 4, 4, 4, 4]
    alone = trend(close, [10] * 5)
    assert alone.verdict is Verdict.rising
    among = trends([close, *[steady] * 39], [10] * 5)
    assert among[0].verdict is Verdict.steady


def test_the_sentence_of_the_issue() -> None:
    found = effect(12, 40, 5, 31)
    assert found.sentence.startswith(
        "12 of 40 before, 5 of 31 after; ratio 0.54, 95 % interval 0.21 to 1.30"
    )
    assert found.reading is Reading.open
    assert found.sentence.endswith("not yet distinguishable from no change")
    assert "->" not in found.sentence


def test_clear_effects_and_few_projects() -> None:
    assert effect(60, 100, 20, 100).reading is Reading.less
    assert effect(20, 100, 60, 100).reading is Reading.more
    assert effect(5, 15, 2, 15).reading is Reading.too_few
    assert "nothing to compare" in effect(3, 10, 0, 0).sentence


def test_of_all_on_both_sides_the_ratio_is_not_certain() -> None:
    few, many = effect(10, 10, 10, 10), effect(300, 300, 300, 300)
    assert few.ratio == many.ratio == 1
    assert few.low < 0.8
    assert few.high > 1.25
    assert few.low < many.low < 1 < many.high < few.high


def test_what_none_was_hit_by_before_has_no_ratio() -> None:
    """It can only have come: whether it has, the interval says."""
    some, more = effect(0, 40, 1, 31), effect(0, 40, 9, 31)
    assert "no ratio, as none was hit before, 95 % interval 0.34 or more" in some.sentence
    assert some.reading is not Reading.more
    assert more.reading is Reading.more


@given(COUNTS, COUNTS)
def test_an_effect_has_an_interval_around_its_ratio(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    found = effect(*before, *after)
    assert found.low <= found.high
    if before[1] and after[1]:
        assert found.low <= found.ratio * (1 + 1e-9)
        assert found.high >= found.ratio * (1 - 1e-9)


def test_power_grows_with_projects() -> None:
    powers = [power_of_halving(0.3, n, n) for n in (15, 40, 100, 400)]
    assert powers == sorted(powers)
    assert powers[0] < 0.2
    assert powers[-1] > 0.95


def test_recurrence_has_its_parts() -> None:
    found = recurrence(
        hit=9, projects=36, years_hit=2, years=4, departments=[3, 3, 3], severity=0.5,
        months_since=24,
    )  # fmt: skip
    assert found.parts == pytest.approx(
        {"projects": 0.5, "years": 0.5, "departments": 1.0, "severity": 0.5, "recent": 0.5}
    )
    assert found.score == pytest.approx(0.5 * 0.85 + 0.15)
    unknown = recurrence(
        hit=9, projects=36, years_hit=2, years=4, departments=[9, 0, 0], severity=None,
        months_since=None,
    )  # fmt: skip
    assert set(unknown.parts) == {"projects", "years", "departments"}
    with pytest.raises(ValueError, match="weights"):
        recurrence(
            hit=1, projects=1, years_hit=1, years=1, departments=[1], severity=None,
            months_since=None, weights={"projects": -1},
        )  # fmt: skip
