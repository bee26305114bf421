"""What is searched for: each search counts once, is counted rightly, and tells nobody's name."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from content import insight
from content.errors import Forbidden, Invalid
from content.insight import Counted, MonthCounted
from content.models import AskedSearch
from content.types import SYSTEM, Actor, Role
from tests.builders import NOW, Builders

MEMBER = Actor(id=7, name="Quentin Zweig", role=Role.member, department_id=3)
REVIEWER = Actor(id=8, name="Ada", role=Role.reviewer)


def ask(
    session: Session,
    mark: str,
    words: str,
    found: int = 0,
    *,
    at: datetime = NOW,
    by: Actor = MEMBER,
    opened: bool = False,
) -> None:
    insight.asked(session, f"mark-{mark:0>4}", words, found, by=by, at=at)
    if opened:
        insight.opened(session, f"mark-{mark:0>4}")


def rows(session: Session) -> list[AskedSearch]:
    session.expire_all()
    return list(session.scalars(select(AskedSearch).order_by(AskedSearch.id)))


def test_a_search_is_kept_with_role_and_day(session: Session) -> None:
    ask(session, "1", "  Crane\n HIRE  permit ", 3)
    [row] = rows(session)
    assert (row.text, row.folded) == ("Crane HIRE permit", "crane hire permit")
    assert (row.role, row.asked_on, row.found, row.opened) == (Role.member, NOW.date(), 3, False)


def test_who_types_on_counts_once_with_what_they_ended_at(session: Session) -> None:
    ask(session, "1", "crane", 9)
    ask(session, "1", "crane hire", 0)
    ask(session, "2", "crane", 9)
    assert [(row.text, row.found) for row in rows(session)] == [("crane hire", 0), ("crane", 9)]


def test_a_post_that_comes_late_leaves_the_opening(session: Session) -> None:
    ask(session, "1", "crane", 9, opened=True)
    ask(session, "1", "crane", 9)
    assert rows(session)[0].opened


@pytest.mark.parametrize("nothing", ["", "   ", "\n\t", "\0", "\u200b"])
def test_an_empty_search_is_none(nothing: str, session: Session) -> None:
    ask(session, "1", nothing)
    assert rows(session) == []


def test_a_long_search_is_cut(session: Session) -> None:
    ask(session, "1", "İ" * 400)
    [row] = rows(session)
    assert len(row.text) == len(row.folded) == insight.TEXT_MOST


@pytest.mark.parametrize(
    "mark", ["", "short", "x" * 41, "a b c d e f g", "né-à-Paris-1", "12345678\n"]
)
def test_a_mark_that_no_page_makes_is_refused(mark: str, session: Session) -> None:
    with pytest.raises(Invalid):
        insight.asked(session, mark, "crane", 1, by=MEMBER, at=NOW)
    with pytest.raises(Invalid):
        insight.opened(session, mark)
    assert rows(session) == []


def test_opening_an_unknown_search_changes_nothing(session: Session) -> None:
    ask(session, "1", "crane", 1)
    insight.opened(session, "mark-0002")
    assert not rows(session)[0].opened


def test_two_posts_at_the_same_moment_are_one_search(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second has looked before the first was written; the database tells it."""
    ask(session, "1", "crane", 1)
    look, looks = insight._replace, iter((False, True))

    def too_early(unit: Session, mark: str, values: dict[str, Any]) -> bool:
        return next(looks) and look(unit, mark, values)

    monkeypatch.setattr(insight, "_replace", too_early)
    ask(session, "1", "crane hire", 2)
    assert [(row.text, row.found) for row in rows(session)] == [("crane hire", 2)]


# The property: nothing tells who asked ---------------------------------------------------------


def test_no_column_can_name_a_person() -> None:
    table = inspect(AskedSearch).local_table
    names = {"id", "mark", "asked_on", "role", "text", "folded", "found", "opened"}
    assert {column.name for column in table.columns} == names
    assert not table.foreign_keys
    # A day, not a moment: a moment could be laid beside the times of somebody's other acts.
    assert table.c.asked_on.type.python_type is date


PEOPLE = st.builds(
    Actor,
    id=st.integers(1, 10_000),
    name=st.text(min_size=1, max_size=30),
    role=st.just(Role.trainer),
    department_id=st.none() | st.integers(1, 99),
)


@given(one=PEOPLE, other=PEOPLE, seconds=st.integers(0, 60 * 60 * 14))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_people_of_a_role_leave_the_same_rows(
    one: Actor, other: Actor, seconds: int, make: Builders
) -> None:
    """Whoever of a role asks, and at whatever time of the day: the whole table is the same."""
    later = NOW + timedelta(seconds=seconds)
    assert left_behind(make, one, NOW) == left_behind(make, other, later)


def left_behind(make: Builders, who: Actor, at: datetime) -> list[tuple[object, ...]]:
    with make.portal.database.writing() as session:
        session.execute(text("DELETE FROM asked_search"))
        ask(session, "1", "crane hire", 4, by=who, at=at, opened=True)
        ask(session, "2", "weighbridge", 0, by=who, at=at)
        found = [tuple(row) for row in session.execute(text("SELECT * FROM asked_search"))]
        assert session.scalar(text("SELECT count(*) FROM activity")) == 0
        assert session.scalar(text("SELECT count(*) FROM job")) == 0
    return found


# Reading --------------------------------------------------------------------------------------


READS: list[Callable[[Session, Actor], object]] = [
    lambda s, by: insight.most_asked(s, by=by, at=NOW),
    lambda s, by: insight.unanswered(s, by=by, at=NOW),
    lambda s, by: insight.unopened(s, by=by, at=NOW),
    lambda s, by: insight.counted(s, by=by, at=NOW),
    lambda s, by: insight.by_month(s, by=by, at=NOW),
]


@pytest.mark.parametrize("read", READS)
def test_only_those_who_oversee_read(
    read: Callable[[Session, Actor], object], session: Session
) -> None:
    for role in Role:
        who = Actor(id=1, name="A", role=role)
        if role in (Role.reviewer, Role.admin):
            read(session, who)
            continue
        with pytest.raises(Forbidden):
            read(session, who)


def test_searches_that_fold_alike_are_one_line(session: Session) -> None:
    ask(session, "1", "Crane  Hire", 2, at=NOW - timedelta(days=3), opened=True)
    ask(session, "2", "crane hire", 2)
    ask(session, "3", "CRANE HIRE", 2)
    ask(session, "4", "permit", 1)
    first, second = insight.most_asked(session, by=REVIEWER, at=NOW)
    assert (first.text, first.times, first.last_asked) == ("CRANE HIRE", 3, NOW.date())
    assert first.opened_share == pytest.approx(1 / 3)
    assert (second.text, second.times, second.opened_share) == ("permit", 1, 0.0)


def test_the_most_frequent_come_first_and_lines_are_bounded(session: Session) -> None:
    for number in range(insight.LINES_MOST + 5):
        ask(session, str(number), f"search {number}")
    ask(session, "9999", "search 5")
    found = insight.unanswered(session, by=REVIEWER, at=NOW, limit=10_000)
    assert len(found) == insight.LINES_MOST
    assert (found[0].text, found[0].times) == ("search 5", 2)
    assert len(insight.unanswered(session, by=REVIEWER, at=NOW, limit=3)) == 3
    assert len(insight.unanswered(session, by=REVIEWER, at=NOW, limit=-1)) == 1


def test_without_an_answer_is_what_found_nothing(session: Session) -> None:
    ask(session, "1", "weighbridge", 0)
    ask(session, "2", "crane", 1)
    assert [row.text for row in insight.unanswered(session, by=REVIEWER, at=NOW)] == ["weighbridge"]


def test_without_a_click_is_what_was_found_twice_and_never_opened(session: Session) -> None:
    for number, (words, found, opened) in enumerate(
        [
            ("left", 2, False), ("left", 3, False),
            ("once", 2, False),
            ("opened", 2, False), ("opened", 2, True),
            ("nothing", 0, False), ("nothing", 0, False),
        ]
    ):  # fmt: skip
        ask(session, str(number), words, found, opened=opened)
    assert [row.text for row in insight.unopened(session, by=REVIEWER, at=NOW)] == ["left"]


def test_a_period_and_a_role_narrow_every_read(session: Session) -> None:
    october = datetime.fromisoformat("2026-10-31T23:59:59+00:00")
    november = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
    ask(session, "1", "old", at=october)
    ask(session, "2", "new", at=november)
    ask(session, "3", "theirs", at=november, by=REVIEWER)

    def texts(**narrowed: Any) -> set[str]:
        found = insight.unanswered(session, by=REVIEWER, at=NOW, **narrowed)
        return {row.text for row in found}

    assert texts() == {"old", "new", "theirs"}
    assert texts(month="2026-10") == {"old"}
    assert texts(month="2026-11") == {"new", "theirs"}
    assert texts(month="2026-11", role=Role.member) == {"new"}
    assert texts(month="2026-12") == set()
    assert insight.counted(session, by=REVIEWER, at=NOW, month="2026-10").times == 1
    assert insight.counted(session, by=REVIEWER, at=NOW, role=Role.reviewer).times == 1


def test_the_reads_go_back_twelve_months(session: Session) -> None:
    ask(session, "1", "just in", at=datetime.fromisoformat("2025-12-01T00:00:00+00:00"))
    ask(session, "2", "just out", at=datetime.fromisoformat("2025-11-30T23:00:00+00:00"))
    assert [row.text for row in insight.most_asked(session, by=REVIEWER, at=NOW)] == ["just in"]
    assert insight.months(NOW)[0] == date(2026, 11, 1)
    assert insight.months(NOW)[-1] == date(2025, 12, 1)
    assert len(insight.months(NOW)) == insight.MONTHS


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "november", "0000-01", "2026-11-02"])
def test_a_month_is_written_as_year_and_month(month: str, session: Session) -> None:
    with pytest.raises(Invalid):
        insight.counted(session, by=REVIEWER, at=NOW, month=month)


def test_searches_are_counted(session: Session) -> None:
    ask(session, "1", "weighbridge", 0)
    ask(session, "2", "crane", 2, opened=True)
    ask(session, "3", "permit", 1)
    ask(session, "4", "seal", 5)
    found = insight.counted(session, by=REVIEWER, at=NOW)
    assert found == Counted(times=4, unanswered=1, opened=1)
    assert (found.unanswered_share, found.opened_share) == (0.25, 0.25)


def test_nothing_asked_is_counted_as_nothing(session: Session) -> None:
    found = insight.counted(session, by=REVIEWER, at=NOW)
    assert found == Counted(0, 0, 0)
    assert (found.unanswered_share, found.opened_share) == (0.0, 0.0)
    assert insight.by_month(session, by=REVIEWER, at=NOW) == []


def test_months_are_counted_and_empty_ones_between_are_shown(session: Session) -> None:
    ask(session, "1", "weighbridge", 0, at=NOW)
    ask(session, "2", "crane", 2, at=NOW - timedelta(days=62), opened=True)
    ask(session, "3", "crane", 2, at=NOW - timedelta(days=62), by=REVIEWER)
    assert insight.by_month(session, by=REVIEWER, at=NOW) == [
        MonthCounted(date(2026, 11, 1), Counted(1, 1, 0)),
        MonthCounted(date(2026, 10, 1), Counted()),
        MonthCounted(date(2026, 9, 1), Counted(2, 0, 1)),
    ]
    narrowed = insight.by_month(session, by=REVIEWER, at=NOW, role=Role.reviewer)
    assert narrowed[-1] == MonthCounted(date(2026, 9, 1), Counted(1, 0, 0))


# Forgetting -----------------------------------------------------------------------------------


def test_what_is_too_old_is_forgotten(session: Session) -> None:
    limit = NOW - insight.KEEP
    ask(session, "1", "too old", at=limit - timedelta(days=1))
    ask(session, "2", "old enough", at=limit)
    assert insight.forget_before(session, limit.date()) == 1
    assert [row.text for row in rows(session)] == ["old enough"]
    assert insight.forget_before(session, limit.date()) == 0


def test_asking_forgets_nothing(session: Session) -> None:
    ask(session, "1", "ancient", at=NOW - timedelta(days=2_000), by=SYSTEM)
    ask(session, "2", "new")
    assert len(rows(session)) == 2


def test_only_what_was_asked_on_several_days_completes_a_search(session: Session) -> None:
    for day in range(3):
        at = NOW + timedelta(days=day)
        insight.asked(session, f"mark-often-{day}", "Supplier late", 4, by=SYSTEM, at=at)
        insight.asked(session, f"mark-empty-{day}", "supplier zzz", 0, by=SYSTEM, at=at)
        insight.asked(session, f"mark-same-{day}", "supplier 100%", 2, by=SYSTEM, at=NOW)

    def reads(_text: str) -> bool:
        return True

    assert insight.frequent(session, "supp", reads, by=SYSTEM) == ["Supplier late"]
    assert insight.frequent(session, "SUPPLIER L", reads, by=SYSTEM) == ["Supplier late"]
    assert insight.frequent(session, "%", reads, by=SYSTEM) == []
    assert insight.frequent(session, "s", reads, by=SYSTEM) == []


def test_a_search_whose_words_are_not_read_gives_its_place_to_the_next(session: Session) -> None:
    for day in range(3):
        at = NOW + timedelta(days=day)
        for number in range(6):
            for again in range(9 - number):
                mark = f"mark-{day}-{number}-{again}"
                insight.asked(session, mark, f"merger {number}", 4, by=SYSTEM, at=at)
    found = insight.frequent(session, "merger", lambda text: text[-1] in "135", by=SYSTEM, limit=2)
    assert found == ["merger 1", "merger 3"]
