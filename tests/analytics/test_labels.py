"""Names of themes: phrases as people wrote them, from headlines above all, each once."""

import re

import numpy as np
import pytest

from analytics.labels import name_themes
from analytics.phrases import Company

PERMIT = [
    f"Road closure permit was late\nThe council waited for the road closure permit. Case {n}: NASA "
    f"and others {word}."
    for n, word in enumerate(("agreed", "asked", "hoped", "paid", "wrote", "rang"))
]
PUMP = [
    f"Pump seal leaked again\nWater stood in the shaft, and NASA {word} the pump seal."
    for word in ("changed", "saw", "missed", "drew", "bought", "sold")
]
LABELS = np.array([0] * len(PERMIT) + [1] * len(PUMP))


def test_a_name_is_made_of_phrases_that_stand_in_the_texts() -> None:
    first, second = name_themes([*PERMIT, *PUMP], LABELS, 2)
    assert first.name.startswith("Road closure permit")
    assert second.name.startswith("Pump seal")
    for label, texts in ((first, PERMIT), (second, PUMP)):
        assert all(any(term in text.lower() for text in texts) for term in label.terms)


def test_no_phrase_reaches_over_a_stop_word_or_a_full_stop() -> None:
    terms = name_themes([*PERMIT, *PUMP], LABELS, 2)[0].terms
    assert not any("permit late" in term or "permit case" in term for term in terms)


def test_words_are_spelled_as_most_texts_spell_them() -> None:
    texts = [f"On {word}\nThe crane of NASA {word} at Mars." for word in ("one", "two", "three")]
    others = [f"On {word}\nA form {word} in the office." for word in ("four", "five", "six")]
    name = name_themes([*texts, *others], np.array([0, 0, 0, 1, 1, 1]), 2)[0].name
    assert {"NASA", "Mars"} <= set(name.replace(",", "").split())


def test_themes_that_say_the_same_have_names_of_their_own() -> None:
    names = [label.name for label in name_themes(["pump seal"] * 4, np.array([0, 0, 1, 1]), 2)]
    assert len(set(names)) == 2


def test_a_theme_across_projects_is_not_named_after_one() -> None:
    texts = [f"Eastbank weir\nEastbank weir permit {n}" for n in range(4)] + [
        f"Late\npermit hearing {word}" for word in ("a", "b", "c")
    ]
    groups = ["E"] * 4 + ["F", "G", "H"]
    others = ["Pump\npump seal"] * 6
    labels = np.array([0] * 7 + [1] * 6)
    found = name_themes([*texts, *others], labels, 2, [*groups, *"IJKLMN"])
    assert "weir" not in found[0].name.lower()
    assert "permit" in found[0].name.lower()


def test_texts_without_words_have_a_number() -> None:
    assert name_themes(["12", "--"], np.array([0, 0]), 1)[0].name == "Theme 1"


def test_a_name_is_of_things_and_not_of_what_is_done_or_how_they_are() -> None:
    verbs = ("asked", "rang", "wrote", "paid", "came", "went", "sat", "stood")
    texts = [
        f"Old boiler asked\nThey asked the {word} council. The old boiler house was shut, and we "
        f"asked them for the old boiler."
        for word in verbs
    ]
    others = [f"Tram {word}\nThe tram {word} on a hill. We saw it." for word in verbs]
    label = name_themes([*texts, *others], np.array([0] * 8 + [1] * 8), 2)[0]
    assert not {"asked", "old"} & set(re.findall(r"\w+", label.name.lower()))
    assert "boiler" in label.name.lower()
    # What tells the theme apart is among its terms all the same.
    assert any("old boiler" in term for term in label.terms)


def test_of_a_large_theme_what_few_texts_say_is_no_part_of_its_name() -> None:
    rare = ["the drawing office", "the drawing office", *["the yard"] * 98]
    texts = [f"Pump seal\nThe pump seal leaked {n} in {at}." for n, at in enumerate(rare)]
    others = [f"Tram\nThe tram stood on hill {n}." for n in range(100)]
    name = name_themes([*texts, *others], np.array([0] * 100 + [1] * 100), 2)[0].name
    assert "pump seal" in name.lower()
    assert "drawing" not in name.lower()


def test_names_do_not_depend_on_the_order_of_texts() -> None:
    texts, labels = [*PERMIT, *PUMP], LABELS
    turned = np.arange(len(texts))[::-1]
    again = name_themes([texts[place] for place in turned], labels[turned], 2)
    assert [label.name for label in again] == [
        label.name for label in name_themes(texts, labels, 2)
    ]


@pytest.mark.parametrize("text", ["", "12", "--", "'t", "Ärger mit dem Förderband", "\n\n"])
def test_of_what_is_not_known_nothing_is_left_out(text: str) -> None:
    company = Company().fit([text])
    assert company.names("förderband")
    assert company.names("dem förderband")
    assert not company.names("förderband late")
