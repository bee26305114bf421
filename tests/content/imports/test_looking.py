"""Names of an old register beside those of the portal: a number is never a slip of the finger."""

import pytest

from content.imports.looking import likest

KNOWN = {
    1: "Smart meter roll-out, phase 2 (38,000 meters)",
    2: "Smart meter roll-out, phase 1 (12,000 meters)",
    3: "Kelder works UV upgrade 1",
}


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Smart meter rollout phase 1", 2),
        ("Smart meter rollout phase 2", 1),
        ("Smart meter rollout phase 01", 2),
        ("Smart meter roll-out 38,000", 1),
    ],
)
def test_the_project_with_the_same_number_is_the_likest(name: str, first: int) -> None:
    found = likest(name, KNOWN)
    assert found[0][0] == first
    assert found[0][1] > found[1][1]


def test_another_number_is_never_nearly_sure_and_is_still_offered() -> None:
    assert likest("Kelder works UV upgrade 2", KNOWN)[0] == (3, 84)
    assert likest("Kelder works UV upgrade 1", KNOWN)[0] == (3, 100)


def test_one_word_in_common_makes_no_two_names_alike() -> None:
    known = {1: "Shift planning with the works council", 2: "Kelder works UV upgrade 1"}
    assert [key for key, _ in likest("Kelder UV", known)] == [2]
    assert likest("Bridge works", known) == []


def test_a_name_without_a_number_is_as_like_to_each() -> None:
    found = dict(likest("Smart meter roll-out", KNOWN))
    assert found[1] == found[2]
