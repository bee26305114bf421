"""The PMO's page: what is counted, that it opens, that it tells nothing that is not open, files."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import event

from analytics import decisions, ledger, performance
from analytics.models import Stage, Theme
from analytics.performance import KINDS
from analytics.quarters import Quarter, until
from analytics.review_models import Action, ActionState, ChangeKind, Review, ReviewState
from content.models import Answer, Confidentiality, Lesson, Person
from content.types import SYSTEM
from portal.runtime import Runtime
from tests.builders import NOW, Builders
from tests.portal.test_action_pages import PERMIT, QUIET, project_with, text_of, themed

ClientOf = Callable[..., FlaskClient]
TODAY = date(2026, 11, 20)


@pytest.fixture
def scene(make: Builders, portal: Runtime) -> int:
    """Four closed projects, two of them hit by a theme; the third hit one started knowing it."""
    room = make.department("Works")
    for closed in (date(2026, 2, 10), date(2026, 3, 10)):
        project_with(make, PERMIT, starts=date(2025, 6, 1), closed=closed)
    project_with(make, QUIET, starts=date(2026, 1, 1), closed=date(2026, 8, 1))
    repeated = project_with(
        make, PERMIT, starts=date(2026, 4, 1), closed=date(2026, 9, 1), department_id=room.id
    )
    other = make.project(manager_id=make.person().id)
    lesson = make.lesson(project_id=repeated.id, department_id=room.id)
    theme = themed(portal, PERMIT)
    with portal.database.writing() as session:
        row = session.get_one(Lesson, lesson.id)
        row.submitted_at = datetime(2026, 9, 1, tzinfo=UTC)
        row.published_at = datetime(2026, 9, 11, tzinfo=UTC)
        from content import applications

        applications.answer(
            session, row, other, {"answer": Answer.applied, "where": "At the gate."}, by=SYSTEM,
            at=datetime(2026, 10, 2, tzinfo=UTC),
        )  # fmt: skip
        decisions.set_stage(session, session.get_one(Theme, theme), Stage.confirmed, by=SYSTEM,
                            at=datetime(2026, 8, 1, tzinfo=UTC))  # fmt: skip
        session.add(Review(
            title="Summer review", state=ReviewState.closed, starts_at=NOW, summary="",
            created_at=NOW, closed_at=datetime(2026, 7, 9, tzinfo=UTC),
        ))  # fmt: skip
        session.add(Action(
            theme_id=theme, title="Late one", state=ActionState.planned, change=ChangeKind.other,
            created_at=datetime(2026, 7, 1, tzinfo=UTC), due_on=date(2026, 8, 31), description="",
            evidence="",
        ))  # fmt: skip
    return theme


def counted(portal: Runtime, who: Person | None = None) -> dict[str, performance.Figure]:
    with portal.database.reading() as session:
        found = ledger.read(session, by=who.as_actor() if who else SYSTEM)
        return {row.kind.key: row for row in performance.figures(found, today=TODAY, quarters=4)}


def test_each_figure_counts_what_it_says(scene: int, portal: Runtime) -> None:
    found = counted(portal)
    shares = {key: (row.now.counted, row.now.things) for key, row in found.items()}
    assert shares == {
        "applied": (1, 1), "repeats": (1, 1), "closings": (1, 4), "days": (1, 1),
        "themes": (1, 1), "actions": (1, 1), "done": (0, 0), "reviews": (1, 1),
    }  # fmt: skip
    assert found["days"].now.median == pytest.approx(10)
    by_quarter = {key: [(p.counted, p.things) for p in row.points] for key, row in found.items()}
    # Q1 to Q4 of 2026; what stands at the end of a quarter, or what happened in it.
    assert by_quarter["repeats"] == [(0, 0), (0, 0), (1, 1), (0, 0)]
    assert by_quarter["applied"] == [(0, 0), (0, 0), (0, 1), (1, 1)]
    assert by_quarter["actions"] == [(0, 0), (0, 0), (1, 1), (1, 1)]
    assert by_quarter["reviews"] == [(0, 0), (0, 0), (1, 1), (0, 0)]
    assert dict(found["themes"].parts)["confirmed"] == 1
    assert dict(found["actions"].parts)["up to half a year"] == 1
    assert [point.partial for point in found["done"].points] == [False, False, False, True]


def test_a_theme_counts_as_known_only_before_the_project_started(
    scene: int, make: Builders, portal: Runtime
) -> None:
    project_with(make, PERMIT, starts=date(2026, 3, 10), closed=date(2026, 9, 9))
    themed(portal, PERMIT)
    # It started on the day on which the second one was closed, so nobody could have known.
    assert counted(portal)["repeats"].now.things == 1


def test_what_one_may_not_read_is_not_counted(scene: int, make: Builders, portal: Runtime) -> None:
    member = make.person()
    before = counted(portal, member)
    make.lesson(confidentiality=Confidentiality.restricted)
    after = counted(portal, member)
    for key in KINDS:
        assert (before[key].now, before[key].points) == (after[key].now, after[key].points)
    assert counted(portal)["applied"].now.things == before["applied"].now.things + 1


def test_every_number_opens_what_is_behind_it(
    scene: int, portal: Runtime, client_of: ClientOf
) -> None:
    browser = client_of("reviewer")
    page = text_of(browser, "/performance/?quarters=12")
    for key, kind in KINDS.items():
        assert kind.title in page
        assert f"/performance/{key}?" in page
        text = text_of(browser, f"/performance/{key}?quarters=12")
        assert kind.definition.replace("'", "&#39;") in text
    assert "Late one" in text_of(browser, "/performance/actions?part=up+to+half+a+year")
    assert "Summer review" in text_of(browser, "/performance/reviews?quarter=2026-Q3")
    assert "Nothing behind it" in text_of(browser, "/performance/reviews?quarter=2026-Q1")
    # A review is for those who were invited to it.
    stranger = client_of("member")
    assert "Summer review" not in text_of(stranger, "/performance/reviews?quarter=2026-Q3")
    assert "Late one" in text_of(stranger, "/performance/actions")
    for wrong in ("reviews?quarter=2026-Q9", "actions?part=x", "nothing"):
        assert browser.get(f"/performance/{wrong}").status_code == 404


def test_a_department_narrows_the_figures(
    scene: int, make: Builders, portal: Runtime, client_of: ClientOf
) -> None:
    with portal.database.reading() as session:
        room = next(n for n, name in ledger.read(session, by=SYSTEM).departments if name == "Works")
    text = text_of(client_of("member"), f"/performance/repeats?quarters=12&department={room}")
    assert "<strong>1 of 1</strong>" in text


def test_the_workbook_has_a_sheet_and_a_native_chart_for_each_figure(
    scene: int, client_of: ClientOf
) -> None:
    data = client_of("member").get("/performance/figures.xlsx?quarters=12").data
    book = load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Overview", *(kind.title for kind in KINDS.values())]
    assert book["Repeat rate"]["A5"].value.startswith("Q")
    with ZipFile(io.BytesIO(data)) as archive:
        charts = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
        assert len(charts) == len(KINDS)
        assert any("errBars" in archive.read(name).decode() for name in charts)


def test_the_pdf_is_tagged_and_says_the_same(scene: int, client_of: ClientOf) -> None:
    reader = PdfReader(io.BytesIO(client_of("member").get("/performance/figures.pdf").data))
    assert "/StructTreeRoot" in reader.trailer["/Root"]
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for kind in KINDS.values():
        assert kind.title in text


def test_rows_for_other_programs(scene: int, client_of: ClientOf) -> None:
    rows = client_of("member").get("/exports/performance.json?quarters=4").get_json()
    assert len(rows) == 4 * len(KINDS)
    assert {row["quarter"] for row in rows} == {q.name for q in until(date.today(), 4)}  # noqa: DTZ011


def test_the_page_asks_as_often_for_many_as_for_few(
    scene: int, make: Builders, portal: Runtime, client_of: ClientOf
) -> None:
    browser, statements = client_of("reviewer"), []
    event.listen(
        portal.database.engine, "before_cursor_execute",
        lambda _c, _cur, statement, *_: statements.append(statement),
    )  # fmt: skip

    def asked() -> int:
        statements.clear()
        assert browser.get("/performance/").status_code == 200
        return len(statements)

    few = asked()
    for _ in range(6):
        project_with(make, PERMIT, QUIET)
        make.lesson(by=make.person())
    themed(portal, QUIET)
    assert asked() == few <= 12


def test_quarters_follow_each_other() -> None:
    assert Quarter.of(date(2026, 11, 20)) == Quarter(2026, 4)
    assert Quarter(2026, 1).plus(-1) == Quarter(2025, 4)
    assert Quarter.named("2026-Q3") == Quarter(2026, 3)
    assert Quarter.named("2026-Q5") is None
    assert Quarter(2025, 4).span.last + timedelta(days=1) == Quarter(2026, 1).span.first
    assert performance.percentile([1.0, 2.0, 3.0, 10.0], 0.9) == 10.0
    assert performance.percentile([float(n) for n in range(1, 11)], 0.9) == 9.0
