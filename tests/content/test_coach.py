"""What the coach says of a lesson, and what it leaves alone."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from content.coach import RULES, review
from content.coach.draft import FIELDS

GOOD = {
    "headline": "Ask for the crane permit eight weeks ahead",
    "driving_event": "In March the crane stood still for nine days because the permit was late.",
    "cause": "Nobody knew that the city office needs six weeks when a road is closed.",
    "effect": "Two teams waited, and the handover moved to May.",
    "lesson": "The permit of a crane over a road takes the city office six weeks.",
    "recommendation": "The site manager asks for the permit when the crane is ordered.",
}


def rules_of(**changed: Any) -> set[str]:
    people = changed.pop("people", ())
    return {hint.rule for hint in review({**GOOD, **changed}, people=people)}


def test_a_good_lesson_gets_no_hint() -> None:
    assert review(GOOD) == []


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"headline": "Communication"}, "topic for a headline"),
        ({"recommendation": "Communicate better with stakeholders."}, "too general"),
        ({"recommendation": "Testing should be considered."}, "nothing to do"),
        ({"cause": "", "driving_event": "The crane stood still for nine days in March on site."},
         "no cause"),
        ({"cause": "The crane stood still for nine days, the permit was late."},
         "cause repeats the event"),
        ({"driving_event": "Mr. Smith forgot to ask the city for the permit of the crane."},
         "name of a person"),
        ({"cause": "The site manager was careless."}, "blame"),
        ({"lesson": "The ZQW takes six weeks."}, "unexplained acronym"),
    ],
)  # fmt: skip
def test_each_rule_finds_its_fault(changed: dict[str, str], rule: str) -> None:
    assert rule in rules_of(**changed)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"headline": "Check drawings twice before ordering"}, "topic for a headline"),
        ({"lesson": "The zone quality walk (ZQW) takes six weeks; plan for it."},
         "unexplained acronym"),
        ({"driving_event": "The Johnson Space Center closed for nine days because of a storm."},
         "name of a person"),
        ({"recommendation": "Book the laboratory before the design is frozen."}, "nothing to do"),
    ],
)  # fmt: skip
def test_what_is_well_said_is_left_alone(changed: dict[str, str], rule: str) -> None:
    assert rule not in rules_of(**changed)


def test_known_people_are_found_by_their_name() -> None:
    text = "Quirina Vasquelle had not signed in March, so that the crane waited nine days."
    assert "name of a person" in rules_of(driving_event=text, people=["Quirina Vasquelle"])


def test_every_rule_says_why_and_shows_better_words() -> None:
    for rule in RULES:
        assert rule.message.endswith((".", "?"))
        assert len(rule.example) > 20


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), st.one_of(st.text(max_size=300), st.none())))
def test_whatever_is_typed_has_an_answer(values: dict[str, Any]) -> None:
    for hint in review(values, people=["A B", ""]):
        assert hint.field in FIELDS or hint.field in ("cause", "effect")
        assert hint.message
