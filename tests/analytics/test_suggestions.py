"""Suggestions: right more often than chance, honest, the same every time, and total."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from analytics.suggestions import RULED_OUT, SURE, LabelSuggester

WORDS = {
    "suppliers": "supplier delivery contract penalty vendor shipment",
    "testing": "test defect acceptance regression script coverage",
    "training": "course trainer user lesson classroom exercise",
}


def corpus(count: int = 90, seed: int = 0) -> tuple[list[str], list[set[str]]]:
    """Texts that mostly use the words of their labels."""
    draw = np.random.default_rng(seed)
    names = list(WORDS)
    common = ["project", "plan", "week", "team", "meeting", "report", "manager", "decision"]
    texts, labels = [], []
    for number in range(count):
        mine = {names[number % 3]} | ({names[(number + 1) % 3]} if number % 5 == 0 else set())
        words = [draw.choice(WORDS[name].split(), 6) for name in sorted(mine)]
        texts.append(" ".join([*np.concatenate(words), *draw.choice(common, 8)]))
        labels.append(mine)
    return texts, labels


def test_labels_are_found_with_confidence() -> None:
    model = LabelSuggester().fit(*corpus())
    (best, *rest) = model.suggest("The vendor paid a penalty for the late shipment.")
    assert best.label == "suppliers"
    assert best.confidence > 0.5 > max(row.confidence for row in rest)
    assert model.predict(["A regression test found the defect."]) == [["testing"]]


def test_the_confidence_is_what_held_on_texts_that_were_not_learned() -> None:
    model = LabelSuggester().fit(*corpus(300))
    texts, labels = corpus(300, seed=1)
    known = np.array([[name in found for name in model.labels_] for found in labels])
    shares = model.predict_proba(texts)
    assert shares.min() >= RULED_OUT
    assert shares.max() <= SURE
    assert abs(shares.mean() - known.mean()) < 0.03
    assert ((shares > 0.5) == known).mean() > 0.95


def test_learning_twice_gives_the_same() -> None:
    texts, labels = corpus()
    one, two = (LabelSuggester().fit(texts, labels).scores(texts) for _ in range(2))
    assert np.array_equal(one, two)


def test_it_is_an_estimator() -> None:
    model = LabelSuggester(penalty=2.0, least_often=4)
    assert clone(model).get_params() == {"penalty": 2.0, "least_often": 4}
    with pytest.raises(NotFittedError):
        model.predict(["A text"])
    with pytest.raises(ValueError, match="2 texts and 1"):
        model.fit(["a", "b"], [{"x"}])


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        ([], []),
        (["One text."], [{"x"}]),
        (["the of and"] * 5, [{"x"}] * 5),
        (["alpha", "beta", "gamma"], [{"x"}] * 3),
        (["Many words here"] * 4, [set()] * 4),
    ],
)
def test_too_little_to_learn_from_suggests_nothing(
    texts: list[str], labels: list[set[str]]
) -> None:
    model = LabelSuggester().fit(texts, labels)
    assert model.suggest("alpha beta") == []
    assert model.predict_proba(["alpha"]).shape == (1, 0)


FITTED = LabelSuggester().fit(*corpus())


@settings(max_examples=60)
@given(st.text(max_size=300))
def test_any_text_can_be_asked(text: str) -> None:
    found = FITTED.suggest(text, most=2)
    assert len(found) <= 2
    assert all(0 <= row.confidence <= 1 for row in found)
    assert [r.confidence for r in found] == sorted((r.confidence for r in found), reverse=True)
