"""Proposed groups of short notes: what is alike, into which group, and in whatever order."""

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.notes import PROPOSED_MOST, likeness, proposals

TEXTS = [
    "Matching street names by hand took three sprints",
    "Street names in the burst reports, three sprints of matching",
    "Access requests waited for days",
    "We waited days for every access request",
    "Good food at the demos",
]


def said(
    texts: list[str], placed: list[int | None] | None = None
) -> list[tuple[set[str], int | None]]:
    found = proposals(texts, placed or [None] * len(texts))
    return [({texts[place] for place in one.notes}, one.group) for one in found]


def test_notes_that_say_the_same_are_proposed_together() -> None:
    found = said(TEXTS)
    assert (set(TEXTS[:2]), None) in found
    assert (set(TEXTS[2:4]), None) in found
    assert len(found) == 2


def test_the_order_of_notes_changes_nothing() -> None:
    mixed = TEXTS[:]
    for seed in range(5):
        random.Random(seed).shuffle(mixed)
        assert said(mixed) == said(TEXTS)


def test_a_loose_note_goes_to_the_group_of_its_like() -> None:
    assert said(TEXTS, [7, None, None, None, None])[0:2] != []
    assert ({TEXTS[1]}, 7) in said(TEXTS, [7, None, None, None, None])
    assert said(TEXTS, [7, 7, 8, 8, None]) == []


def test_few_or_no_words_propose_nothing() -> None:
    for texts in ([], ["One"], ["?", "!"], ["", " "], ["1", "2", "3"]):
        assert said(texts) == []


def test_likeness_is_a_likeness() -> None:
    alike = likeness([*TEXTS, "", "…", TEXTS[0]])
    assert alike.shape == (8, 8)
    assert np.allclose(alike, alike.T)
    assert np.all((alike >= 0) & (alike <= 1))
    assert alike[0, 7] > 0.999
    assert alike[0, 5] == 0


def test_a_proposal_stays_small() -> None:
    found = said(["Valves came late"] * (PROPOSED_MOST + 5))
    assert [len(proposals(["Valves came late"] * 20, [None] * 20)[0].notes)] == [PROPOSED_MOST]
    assert found == [({"Valves came late"}, None)]


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.text(max_size=40), st.one_of(st.none(), st.integers(1, 3))), max_size=8)
)
def test_only_loose_notes_are_proposed_and_each_once(rows: list[tuple[str, int | None]]) -> None:
    placed = [place for _, place in rows]
    found = proposals([text for text, _ in rows], placed)
    places = [place for one in found for place in one.notes]
    assert len(places) == len(set(places))
    assert all(placed[place] is None for place in places)
    assert all(one.group is None or one.group in placed for one in found)
