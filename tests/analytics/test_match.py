"""Themes keep their identity from run to run."""

import hypothesis.strategies as st
from hypothesis import given, settings

from analytics.match import match

labels = st.dictionaries(st.integers(0, 40).map(str), st.integers(0, 5), max_size=40)


def test_the_same_partition_under_other_numbers_matches_whole() -> None:
    old = {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3}
    new = {"a": 9, "b": 9, "c": 8, "d": 8, "e": 7}
    assert match(old, new) == {9: 1, 8: 2, 7: 3}


def test_a_theme_that_split_goes_on_in_its_larger_part() -> None:
    old = dict.fromkeys("abcdef", 1)
    new = {**dict.fromkeys("abcd", 5), **dict.fromkeys("ef", 6)}
    assert match(old, new) == {5: 1, 6: None}


def test_a_first_run_has_only_new_themes() -> None:
    assert match({}, {"a": 0, "b": 1}) == {0: None, 1: None}


@settings(max_examples=80)
@given(old=labels, new=labels)
def test_no_old_theme_goes_on_twice(old: dict[str, int], new: dict[str, int]) -> None:
    found = match(old, new)
    assert set(found) == set(new.values())
    kept = [theme for theme in found.values() if theme is not None]
    assert len(kept) == len(set(kept))
