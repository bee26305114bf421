"""Dates, choices, numbers: as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.imports import values
from content.imports.dates import Order, order_of, read_date

UNKNOWN = Order()


@pytest.mark.parametrize(
    "text",
    [
        "2014-06-13", "2014-6-13", "2014/06/13", "2014.06.13", "20140613", "2014-06-13T10:11:12Z",
        "2014-06-13 10:11:12+02:00", "13/6/14", "6/13/14", "13.06.2014", "13-06-2014", "06-13-2014",
        "13-Jun-2014", "13-Jun-14", "13 June 2014", "13th of June 2014", "June 13, 2014",
        "Jun 13 2014", "13. Juni 2014", "Fri, 13 Jun 2014 10:00:00 GMT", "6/13/2014 0:00",
        " 13 / 06 / 2014 ", "41803",
    ],
)  # fmt: skip
def test_every_way_to_write_a_day(text):
    assert read_date(text, UNKNOWN)[0] == date(2014, 6, 13)


def test_a_spreadsheets_day_number_is_told():
    found, note = read_date("41803", UNKNOWN)
    assert found == date(2014, 6, 13)
    assert "day number" in note


@pytest.mark.parametrize(
    ("text", "day"), [("June 2014", (2014, 6)), ("6/2014", (2014, 6)), ("2014", (2014, 1))]
)
def test_a_part_of_a_date_is_told(text, day):
    found, note = read_date(text, UNKNOWN)
    assert found == date(*day, 1)
    assert "has no day" in note


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "31/31/2014",
        "30 February 2014",
        "2014-13-40",
        "0/0/00",
        "123456",
        "1/1/9999",
        "12:30",
    ],
)
def test_no_date_is_missing_with_a_note(text):
    found, note = read_date(text, UNKNOWN)
    assert found is None
    assert text in note


def test_the_column_tells_the_order():
    order = order_of(["6/7/14", "6/13/14", "1/2/03"])
    assert read_date("6/7/14", order) == (
        date(2014, 6, 7),
        "date 6/7/14 read as month first, as other rows show",
    )
    assert read_date("6/7/14", order_of(["13/6/14"]))[0] == date(2014, 7, 6)


def test_an_order_that_nobody_can_know_is_told():
    found, note = read_date("6/7/14", order_of(["1/2/03", "6/7/14"]))
    assert found == date(2014, 7, 6)
    assert "may be exchanged" in note
    assert read_date("6/7/14", order_of(["13/1/14", "1/13/14"]))[1].endswith("may be exchanged")


def test_the_order_can_be_given():
    assert read_date("6/7/14", order_of(["13/6/14"], day_first=False)) == (date(2014, 6, 7), "")


@pytest.mark.parametrize(("text", "year"), [("1/1/68", 2068), ("1/1/69", 1969), ("1/1/99", 1999)])
def test_two_digit_years(text, year):
    assert read_date(text, UNKNOWN)[0] == date(year, 1, 1)


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_told(text):
    found, note = read_date(text, UNKNOWN)
    assert found is not None or note or not text.strip()


@given(
    st.dates(date(1970, 1, 1), date(2068, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%d-%b-%y"]),
)
def test_dates_come_back(day, form):
    assert read_date(day.strftime(form), UNKNOWN) == (day, "")


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("priority", "H", "high"),
        ("priority", "1 - critical", "high"),
        ("severity", "L", "low"),
        ("phase", "Execution", "executing"),
        ("phase", "Implementation Phase", "executing"),
        ("phase", "PHASE D", "executing"),
        ("phase", "Implementation / Phase C", "executing"),
        ("phase", "Formulation", "planning"),
        ("phase", "close-out", "closing"),
        ("phase", "Monitoring & Control", "monitoring"),
        ("phase", "Spring", None),
        ("kind", "Went well", "success"),
        ("kind", "Negative", "problem"),
        ("priority", "P1", "high"),
        ("priority", "Moderate", "medium"),
        ("confidentiality", "Confidential", "restricted"),
        ("scope", "Organisation-wide", "organisation"),
    ],
)
def test_choices(field, text, value):
    assert values.choice(field, text) == value


@pytest.mark.parametrize(
    ("text", "number"),
    [("12500", 12500), ("€ 12,500.00", 12500), ("12.500,00 €", 12500), ("12,500", 12500),
     ("1.5", 2), ("12.5k", 12500), ("1.2 million", 1_200_000), ("-300", -300), ("10 to 20", None),
     ("much", None), ("9" * 20, None), ("1'200", 1200), ("$1,234,567", 1234567)],
)  # fmt: skip
def test_amounts(text, number):
    assert values.whole_number(text) == number


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("12", 12),
        ("3 weeks", 15),
        ("2 days", 2),
        ("1 month", 21),
        ("10 working days", 10),
        ("a lot", None),
    ],
)
def test_days(text, days):
    assert values.days(text) == days


@pytest.mark.parametrize(
    ("text", "value"), [("Yes", True), ("FALSE", False), ("1", True), ("maybe", None)]
)
def test_marks(text, value):
    assert values.mark(text) is value
