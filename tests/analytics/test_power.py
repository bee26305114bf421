"""How surely a halving is seen: against simulation, and what must hold whatever the counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.power import AFTER_MOST, after_needed, chance_to_see
from analytics.trends import Reading, effect


@pytest.mark.parametrize(("hits", "before", "after"), [(6, 15, 15), (40, 100, 100), (5, 20, 60)])
def test_it_is_what_the_test_itself_does(hits: int, before: int, after: int) -> None:
    draws = np.random.default_rng(4).binomial(after, hits / before / 2, size=4_000)
    seen = {
        count: effect(hits, before, count, after).reading is Reading.less
        for count in set(draws.tolist())
    }
    share = np.mean([seen[count] for count in draws.tolist()])
    # Four standard errors of the simulation.
    assert chance_to_see(hits, before, after) == pytest.approx(share, abs=4 * 0.5 / 4_000**0.5)


def test_few_projects_see_little_and_many_see_it() -> None:
    """The figures that people are told: under one in four with 15 a side, most with 100."""
    assert chance_to_see(6, 15, 15) < 1 / 4
    assert chance_to_see(40, 100, 100) > 0.8


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 80))
def test_it_is_a_chance(hits: int, more: int, after: int) -> None:
    assert 0 <= chance_to_see(hits, hits + more, after) <= 1


@given(st.integers(1, 60), st.integers(0, 60))
def test_needed_is_the_fewest(hits: int, more: int) -> None:
    found = after_needed(hits, hits + more)
    if found is None:
        assert chance_to_see(hits, hits + more, AFTER_MOST) < 0.8
    else:
        assert chance_to_see(hits, hits + more, found) >= 0.8


def test_nothing_before_shows_nothing_and_nonsense_is_refused() -> None:
    assert chance_to_see(0, 30, 30) == 0
    assert after_needed(0, 30) is None
    with pytest.raises(ValueError, match="cannot be"):
        chance_to_see(4, 3, 5)
