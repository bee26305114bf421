"""What the coach says of a lesson, and what it leaves alone."""

import csv
import time
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from content.coach import RULES, review, short_forms
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
        ({"recommendation": "A crane is a wonderful thing to have."}, "nothing to do"),
        ({"recommendation": "See the attached report."}, "only a pointer"),
        ({"lesson": "See lessons learned"}, "only a pointer"),
        ({"cause": "", "driving_event": "The crane stood still for nine days in March on site."},
         "is it told why?"),
        ({"effect": "", "headline": "Ask for the crane permit eight weeks ahead",
          "driving_event": "In March the permit of the crane came from the city in the afternoon.",
          "lesson": "The permit of a crane over a road takes the city office six weeks."},
         "is it told what it did?"),
        ({"driving_event": "The permit was not there, and the people who were on the site stood and"
          " looked at the crane, and then at the road, and they had no idea of what to do.",
          "effect": "", "cause": "", "lesson": "The permit of a crane takes long."},
         "no time or amount"),
        ({"cause": "The crane stood still for nine days, the permit was late."},
         "cause repeats the event"),
        ({"driving_event": "Mr. Smith forgot to ask the city for the permit of the crane."},
         "name of a person"),
        ({"driving_event": "The form lay in a drawer because Peter Miller was on leave in March."},
         "name of a person"),
        ({"cause": "The form was forgotten by Sandra Vogel."}, "name of a person"),
        ({"cause": "The site manager was careless."}, "blame"),
        ({"cause": "Their fault, as the gross negligence shows."}, "blame"),
        ({"lesson": "The ZQW takes six weeks."}, "is this short form known?"),
    ],
)  # fmt: skip
def test_each_rule_finds_its_fault(changed: dict[str, str], rule: str) -> None:
    assert rule in rules_of(**changed)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"headline": "Check drawings twice before ordering"}, "topic for a headline"),
        ({"lesson": "The zone quality walk (ZQW) takes six weeks; plan for it."},
         "is this short form known?"),
        ({"driving_event": "The Johnson Space Center closed for nine days because of a storm."},
         "name of a person"),
        ({"recommendation": "Book the laboratory before the design is frozen."}, "nothing to do"),
        ({"recommendation": "Allot more hours to each inspection."}, "nothing to do"),
        ({"recommendation": "Where a road is near, permits should be asked for."}, "nothing to do"),
        ({"recommendation": "The drawings were updated and the fitters trained."}, "nothing to do"),
        ({"recommendation": "Consider a swivel hook and a second sling for pumps."},
         "nothing to do"),
        ({"lesson": "As mean time to repair shows, a low MTR needs spare parts."},
         "is this short form known?"),
        ({"lesson": "The walk of the zone (ZQW) takes six weeks, and the ZQW is needed."},
         "is this short form known?"),
        ({"lesson": "The ZQW (zonal walk, done weekly) takes six weeks."},
         "is this short form known?"),
        ({"lesson": "Form ZQW 42 takes six weeks, and so does STS-36."},
         "is this short form known?"),
        ({"lesson": "It takes six weeks. NEVER ASK LATE AGAIN for a permit of this kind."},
         "is this short form known?"),
        ({"lesson": "The permit takes six weeks. References: ZQW report, John Smith has it."},
         "is this short form known?"),
        ({"lesson": "The PVC pipes, the VAT and the HVAC of the site take six weeks."},
         "is this short form known?"),
        ({"lesson": "It takes six weeks. References: John Smith said so in 1999."},
         "name of a person"),
        ({"lesson": "It takes six weeks, says “Permits of Cranes” by John Smith."},
         "name of a person"),
        ({"lesson": "It takes six weeks; contact John Smith of the city office."},
         "name of a person"),
        ({"cause": "A careless contact of two wires."}, "blame"),
        ({"driving_event": "A permit is what the city gives to whoever stops a road, and it takes"
          " the office long, so that cranes stand still where nobody thinks of it early enough.",
          "effect": "", "lesson": "The permit of a crane takes long."}, "no time or amount"),
        ({"headline": "Valve mistaken for a tap in the pump house"}, "topic for a headline"),
    ],
)  # fmt: skip
def test_what_is_well_said_is_left_alone(changed: dict[str, str], rule: str) -> None:
    assert rule not in rules_of(**changed)


def test_known_people_are_found_by_their_name() -> None:
    text = "Quirina Vasquelle had not signed in March, so that the crane waited nine days."
    assert "name of a person" in rules_of(driving_event=text, people=["Quirina Vasquelle"])


GERMAN = {
    "headline": "Genehmigung",
    "driving_event": "Der Kran stand neun Tage still, weil die ZQW von Peter Müller nicht kam und"
    " niemand bei der Stadt nachgefragt hat.",
    "recommendation": "Die Kommunikation mit den Beteiligten ist zu verbessern.",
}
FRENCH = {
    "headline": "Communication",
    "driving_event": "La grue est restée neuf jours sur le chantier parce que le permis n'est pas"
    " arrivé, et la DQZ de Pierre Martin a été oubliée.",
    "recommendation": "Améliorer la communication avec les parties.",
}


@pytest.mark.parametrize("values", [GERMAN, FRENCH, {"headline": "Kommunikation"}])
def test_it_says_nothing_of_another_language(values: dict[str, str]) -> None:
    assert review(values) == []


def test_a_short_text_without_small_words_is_english_by_its_verbs() -> None:
    found = review({"recommendation": "Communicate better next time."})
    assert [hint.rule for hint in found] == ["too general"]


def test_a_foreign_word_in_an_english_lesson_silences_nothing() -> None:
    assert "too general" in rules_of(
        lesson="On site they call it “der lange Weg zur Genehmigung”.",
        recommendation="Communicate better with stakeholders.",
    )


def test_what_the_organisation_is_called_is_known() -> None:
    known = short_forms(["ZQW", "Rollout of XQP in Westbrook", "Finance"])
    assert known == {"ZQW", "XQP"}
    text = {**GOOD, "lesson": "The ZQW and the XQP take six weeks."}
    assert [hint.rule for hint in review(text)] == ["is this short form known?"]
    assert review(text, known=known) == []


def test_what_is_wrong_too_often_asks_and_claims_nothing() -> None:
    for rule in RULES:
        assert rule.asks == ("?" in rule.message)


def test_long_and_twisted_texts_take_no_time() -> None:
    """The patterns look back over names and capitals; nothing in them may grow without bound."""
    for twisted in ("A.-'" * 30, "John Smith, " * 200, "by Ab " * 300, "ABC (" * 300, "Dr. " * 400):
        began = time.process_time()
        review({"driving_event": f"It was the end of the day. contact {twisted * 3}"})
        assert time.process_time() - began < 2


def test_the_judgements_speak_of_rules_that_are_there() -> None:
    labels = Path(__file__).parents[1] / "bench" / "coach_labels.csv"
    with labels.open(encoding="utf-8", newline="") as lines:
        judged = list(csv.DictReader(lines))
    assert {row["rule"] for row in judged} - {""} <= {rule.name for rule in RULES}
    assert {row["verdict"] for row in judged} == {"true", "false"}
    # No word of the lessons stands there: a digest, or nothing.
    assert all(len(row["word"]) in (0, 12) for row in judged)


def test_every_rule_says_why_and_shows_better_words() -> None:
    for rule in RULES:
        assert rule.message.endswith((".", "?"))
        assert len(rule.example) > 20


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(FIELDS), st.one_of(st.text(max_size=300), st.none())))
def test_whatever_is_typed_has_an_answer(values: dict[str, Any]) -> None:
    for hint in review(values, people=["A B", ""]):
        assert hint.field in FIELDS or hint.field in ("cause", "effect")
        assert hint.message
