"""Words and runs of words are counted as scikit-learn counts them."""

from collections import Counter

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer

from analytics.words import PHRASED, WORD, Words

WORDS = st.sampled_from(
    ["pump", "Valve", "seal", "the", "road", "пусконаладка", "x1", "9th", "été"]
)
TEXTS = st.lists(st.lists(WORDS, max_size=12).map(" ".join), min_size=1, max_size=8)
OTHERS = ["pump valve seal road", "new pump seal", "", "the the pump, x1-road"]


def counted(words: Words, matrix: object) -> list[Counter[str]]:
    """Of each text, how often each term stands in it."""
    dense = matrix.toarray()  # type: ignore[attr-defined]
    return [
        Counter({t: int(n) for t, n in zip(words.terms_, row, strict=True) if n}) for row in dense
    ]


def theirs(vectorizer: CountVectorizer, matrix: object) -> list[Counter[str]]:
    """The same of scikit-learn's."""
    names = vectorizer.get_feature_names_out()
    dense = matrix.toarray()  # type: ignore[attr-defined]
    return [Counter({t: int(n) for t, n in zip(names, row, strict=True) if n}) for row in dense]


@settings(max_examples=60)
@given(texts=TEXTS, least=st.integers(1, 3), most=st.sampled_from([0.5, 1.0]))
def test_counts_are_those_of_scikit_learn(texts: list[str], least: int, most: float) -> None:
    ours = Words(longest=3, min_df=least, max_df=most)
    other = CountVectorizer(
        ngram_range=(1, 3), min_df=least, max_df=most, stop_words="english", token_pattern=WORD
    )
    found = ours.fit_transform(texts)
    try:
        expected = other.fit_transform(texts)
    except ValueError:  # it refuses bounds that leave nothing, or that cross
        assert not found.shape[1] or least > most * len(texts)
        return
    assert counted(ours, found) == theirs(other, expected)
    assert counted(ours, ours.transform(OTHERS)) == theirs(other, other.transform(OTHERS))


def test_the_most_frequent_are_kept() -> None:
    words = Words(longest=2, max_features=2)
    found = words.fit_transform(["pump valve pump valve", "pump road"])
    assert list(words.terms_) == ["pump", "valve"]
    assert found.toarray().tolist() == [[2, 2], [1, 0]]


@pytest.mark.parametrize("texts", [[""], ["the and of"], ["123 !!!", "４５"]])
def test_texts_without_words_have_no_column(texts: list[str]) -> None:
    words = Words()
    assert words.fit_transform(texts).shape == (len(texts), 0)
    assert words.transform(["pump"]).shape == (1, 0)
    assert len(words.terms_) == 0


def test_without_a_bridge_runs_stand_in_the_text_as_they_are_read() -> None:
    words = Words(3, pattern=PHRASED, stop={"the", ""}, bridge=False)
    words.fit(["pump the valve, seal 9 road\npermit late"])
    assert sorted(words.terms_) == [
        "late", "permit", "permit late", "pump", "road", "seal", "valve",
    ]  # fmt: skip


def test_the_order_of_texts_changes_no_column() -> None:
    texts = ["pump valve", "road permit pump", "valve seal"]
    one, other = Words(), Words()
    first, second = one.fit_transform(texts), other.fit_transform(texts[::-1])
    assert list(one.terms_) == list(other.terms_)
    assert np.array_equal(first.toarray(), second.toarray()[::-1])


def test_the_contract_of_estimators() -> None:
    assert clone(Words(longest=3, min_df=2)).get_params()["longest"] == 3
