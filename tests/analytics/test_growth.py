"""Later runs: known themes keep their texts, new themes come of what remains, drift is seen."""

import random

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from analytics import difference, growth
from analytics.basis import Basis
from analytics.features import TextFeatures
from analytics.growth import LOOSE, OUT, grow
from analytics.themes import ThemeModel

SUBJECTS = {
    "permit": "permit road closure licence council wait application weeks granted office hearing",
    "supplier": "supplier delivery late contract penalty milestone pump order factory shipment",
    "data": "data migration duplicate record quality cleansing source field customer table",
    "training": "training operator course handover manual lesson classroom shift trainer",
    "budget": "budget forecast overrun invoice contingency reserve accrual estimate cost",
}
NEW = "ransomware attack password breach firewall encrypted phishing incident restore"


def texts_of(words: str, many: int, seed: int = 1) -> list[str]:
    draw = random.Random(f"{words}{seed}")
    return [" ".join(draw.choices(words.split(), k=16)) for _ in range(many)]


@pytest.fixture(scope="module")
def old() -> list[str]:
    return [text for words in SUBJECTS.values() for text in texts_of(words, 20)]


@pytest.fixture(scope="module")
def model(old: list[str]) -> ThemeModel:
    return ThemeModel(5).fit(old)


def test_new_texts_join_and_nobody_moves(old: list[str], model: ThemeModel) -> None:
    more = [text for words in SUBJECTS.values() for text in texts_of(words, 2, seed=2)]
    found = grow(model.basis_, old + more, [*model.labels_, *[LOOSE] * len(more)])
    assert found.labels[: len(old)].tolist() == model.labels_.tolist()
    joined = found.labels[len(old) :].reshape(5, 2)
    assert (joined[:, 0] == joined[:, 1]).all()
    assert len(set(joined[:, 0].tolist())) == 5
    assert found.born == ()
    assert found.since == pytest.approx(len(more) / (len(old) + len(more)))
    assert not difference.refit_due(found.drift, found.since)


def test_a_problem_nobody_knew_is_a_new_theme(old: list[str], model: ThemeModel) -> None:
    """Its words are in no text of the full fit, so that the axes of that cannot place it."""
    more = texts_of(NEW, 8)
    found = grow(model.basis_, old + more, [*model.labels_, *[LOOSE] * len(more)])
    assert found.born == (5,)
    assert found.labels.tolist() == [*model.labels_.tolist(), *[5] * len(more)]
    assert found.themes == 6


def test_a_few_texts_are_no_theme(old: list[str], model: ThemeModel) -> None:
    more = texts_of(NEW, growth.BORN_LEAST - 1)
    found = grow(model.basis_, old + more, [*model.labels_, *[LOOSE] * len(more)])
    assert found.born == ()
    assert found.labels[len(old) :].tolist() == [LOOSE] * len(more)


def test_what_people_took_out_stays_out(old: list[str], model: ThemeModel) -> None:
    known = model.labels_.tolist()
    known[3] = OUT
    more = texts_of(NEW, 8)
    found = grow(model.basis_, old + more, [*known, *[OUT] * len(more)])
    assert found.labels[3] == LOOSE
    assert found.labels[len(old) :].tolist() == [LOOSE] * len(more)


def test_where_people_put_a_text_there_it_stays(old: list[str], model: ThemeModel) -> None:
    known = [(label + 1) % 5 if place % 7 == 0 else label
             for place, label in enumerate(model.labels_.tolist())]  # fmt: skip
    found = grow(model.basis_, old, known)
    assert found.labels.tolist() == known


def test_halves_of_a_theme_are_suggested_as_one(old: list[str], model: ThemeModel) -> None:
    known = model.labels_.copy()
    half = np.flatnonzero(known == 2)[::2]
    known[half] = 5
    merges = grow(model.basis_, old, known).merges
    assert [pair[:2] for pair in merges] == [(2, 5)]
    assert merges[0][2] == pytest.approx(1, abs=0.1)


def test_texts_unlike_their_themes_are_drift(old: list[str], model: ThemeModel) -> None:
    """A third of their words are of one theme, the rest of all."""
    draw, others = random.Random(4), list(SUBJECTS.values())
    more = [
        " ".join(draw.choices(words.split(), k=7) + draw.choices(" ".join(others).split(), k=13))
        for words in others
        for _ in range(4)
    ]
    likely = [text for words in SUBJECTS.values() for text in texts_of(words, 4, seed=3)]
    known = [*model.labels_, *[LOOSE] * 20]
    assert grow(model.basis_, old + likely, known).drift < difference.DRIFT_MOST
    assert grow(model.basis_, old + more, known).drift > difference.DRIFT_MOST


def test_a_theme_born_since_is_drift_all_the_same(old: list[str], model: ThemeModel) -> None:
    """It holds the later texts well, and the full fit knew nothing of it."""
    more = texts_of(NEW, 20)
    found = grow(model.basis_, old + more, [*model.labels_, *[LOOSE] * len(more)])
    assert found.born
    again = grow(found.basis, old + more, found.labels.tolist())
    assert found.drift == again.drift > difference.DRIFT_MOST


@settings(max_examples=8)
@given(order=st.permutations(range(30)), cut=st.integers(1, 29))
def test_kept_labels_hold_whatever_is_known(order: list[int], cut: int) -> None:
    every = [text for words in list(SUBJECTS.values())[:3] for text in texts_of(words, 10)]
    texts = [every[place] for place in order]
    known = [place // 10 if number < cut else LOOSE for number, place in enumerate(order)]
    known = [sorted(set(known) - {LOOSE}).index(k) if k != LOOSE else k for k in known]
    found = grow(Basis.fit(TextFeatures(), texts[:cut]), texts, known)
    assert found.labels[:cut].tolist() == known[:cut]
    assert found.labels.max() == found.themes - 1
    assert not found.scores[found.labels < 0].any()
    assert not found.margins[found.labels < 0].any()
