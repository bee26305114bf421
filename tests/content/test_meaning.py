"""Vectors of the extra: what they are made of, and that no text changes another's."""

import numpy as np
import pytest

from content import meaning

TEXTS = ["The pump failed again.", "", "A pump, a pump and a valve.", "Permits came late."]


@pytest.fixture(scope="module")
def encoder() -> meaning.StaticEncoder:
    found = meaning.installed()
    if found is None:
        pytest.skip("the extra that brings word vectors, [semantic], is not installed")
    assert isinstance(found, meaning.StaticEncoder)
    return found


def test_a_word_counts_by_the_logarithm_of_its_frequency(encoder: meaning.StaticEncoder) -> None:
    numbers = encoder._tokenizer.encode(TEXTS[2], add_special_tokens=False).ids
    wanted = sum(
        (1 + np.log(numbers.count(number))) * encoder._table[number].astype(np.float64)
        for number in set(numbers)
    )
    (found,) = encoder.encode([TEXTS[2]])
    assert found == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-5)


def test_a_text_without_words_is_nothing(encoder: meaning.StaticEncoder) -> None:
    lengths = np.linalg.norm(encoder.encode(TEXTS), axis=1)
    assert lengths == pytest.approx([1, 0, 1, 1], abs=1e-5)
    assert encoder.encode([]).shape == (0, encoder.width)
    assert not encoder.encode([""]).any()


def test_other_texts_change_nothing(
    encoder: meaning.StaticEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = np.vstack([encoder.encode([text]) for text in TEXTS])
    assert np.array_equal(encoder.encode(TEXTS), alone)
    monkeypatch.setattr(meaning, "AT_ONCE", 2)
    assert np.array_equal(encoder.encode(TEXTS), alone)


def test_only_the_beginning_of_a_long_text_is_read(encoder: meaning.StaticEncoder) -> None:
    beginning = "pump " * (meaning.READ_MOST // 5)
    assert np.array_equal(encoder.encode([beginning + "valve " * 999]), encoder.encode([beginning]))
