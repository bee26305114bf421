"""The query parser is total and bounded; highlights are segments of the text itself."""

import hypothesis.strategies as st
from hypothesis import given, settings

from search.analysis import words
from search.highlight import mark, snippet
from search.query import Limits, parse

queries = st.text(max_size=300) | st.lists(
    st.sampled_from(
        ['"', "+", "-", ":", "phase:", "after:", "2025-13-99", "late", "é", " ", "(", "\x00"]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=200)
@given(text=queries)
def test_any_text_is_a_query(text: str) -> None:
    query = parse(text)
    assert all(clause.stems for clause in (*query.should, *query.must, *query.must_not))


@settings(max_examples=100)
@given(text=st.text(max_size=400), wanted=st.text(max_size=40))
def test_marking_keeps_every_character(text: str, wanted: str) -> None:
    segments = mark(text, parse(wanted))
    assert "".join(segment.text for segment in segments) == text


def test_limits_hold_for_people_and_not_for_topics() -> None:
    long = "supplier " * 500
    assert len(parse(long).should) <= 64
    assert parse(long).notes
    assert len(parse(long, Limits.none()).should) == 500


def test_odd_fields_become_words_and_are_told() -> None:
    query = parse("colour:green late")
    assert [clause.stems for clause in query.should] == [("colour", "green"), ("late",)]
    assert "colour" in query.notes[0]


def test_the_sentence_with_most_words_is_shown() -> None:
    text = "All went well. The supplier delivered the pumps late. Then it rained."
    segments = snippet([text], parse("late suppliers"))
    assert "".join(s.text for s in segments) == "The supplier delivered the pumps late."
    assert [s.text for s in segments if s.hit] == ["supplier", "late"]


def test_a_long_sentence_is_cut_around_the_word() -> None:
    text = "word " * 200 + "needle " + "word " * 200
    shown = "".join(s.text for s in snippet([text], parse("needle")))
    assert "needle" in shown
    assert len(shown) < 260


def test_words_of_compounds_stand_at_one_place() -> None:
    found = [(w.stem, w.position) for w in words("kick-off meeting")]
    assert found == [("kick", 0), ("kickoff", 0), ("meet", 2)]
