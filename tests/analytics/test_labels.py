"""Names of themes: phrases as people wrote them, from headlines above all, each once."""

import numpy as np

from analytics.labels import name_themes

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
