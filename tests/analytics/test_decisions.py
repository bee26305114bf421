"""Decisions about themes: they act at once, hold in the next run, and can be undone."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics import catalogue, decisions, runs, standing
from analytics.models import Stage, Theme, ThemeMember
from analytics.trends import Verdict
from content import activity
from content.errors import Conflict, Forbidden, Invalid
from content.types import Actor, Kind
from tests.builders import NOW, Builders

PERMIT = "The road closure permit came late because the council office waited for a hearing."
SUPPLIER = "The supplier shipped the pumps late and the contract had no penalty or milestone."
DATA = "Customer records were migrated twice and the duplicate data had to be cleansed by hand."


@pytest.fixture
def reviewer(make: Builders) -> Actor:
    """Three problems in each of six closed projects, clustered."""
    for _ in range(6):
        project = make.project(closed=True)
        for text in (PERMIT, SUPPLIER, DATA):
            make.lesson(project_id=project.id, driving_event=text, headline=text[:60], days=4)
            make.issue(project, title=text[:50], description=text)
    runs.run(make.portal.database, by=None, at=NOW)
    return make.person("reviewer").as_actor()


@pytest.fixture
def unit(make: Builders, reviewer: Actor) -> Iterator[Session]:
    with make.portal.database.writing() as session:
        yield session


def shown(session: Session, by: Actor) -> list[Theme]:
    return list(catalogue.themes(session, by=by))


def texts_of(session: Session, theme: Theme) -> list[tuple[Kind, int]]:
    query = select(ThemeMember.kind, ThemeMember.object_id).where(ThemeMember.theme_id == theme.id)
    return [(kind, number) for kind, number in session.execute(query.order_by(ThemeMember.rank))]


def run_again(make: Builders) -> None:
    runs.run(make.portal.database, by=None, at=NOW)


def test_a_name_holds_in_the_next_run(make: Builders, reviewer: Actor) -> None:
    database = make.portal.database
    with database.writing() as session:
        theme = shown(session, reviewer)[0]
        decisions.rename(session, theme, "Late permits", by=reviewer, at=NOW)
        number = theme.id
    run_again(make)
    with database.reading() as session:
        assert catalogue.get(session, number, by=reviewer).title == "Late permits"
        assert activity.of(session, "theme", number)[0].verb == "rename"


def test_two_themes_cannot_have_one_name(unit: Session, reviewer: Actor) -> None:
    first, second = shown(unit, reviewer)[:2]
    decisions.rename(unit, first, "Late", by=reviewer, at=NOW)
    with pytest.raises(Invalid):
        decisions.rename(unit, second, "late", by=reviewer, at=NOW)


def test_a_merge_holds_and_can_be_undone(make: Builders, reviewer: Actor) -> None:
    database = make.portal.database
    with database.writing() as session:
        first, second = shown(session, reviewer)[:2]
        before = {first.id: first.size, second.id: second.size}
        done = decisions.merge(session, second, first, by=reviewer, at=NOW)
        assert first.size == sum(before.values())
        number = done.id
    run_again(make)
    with database.writing() as session:
        sizes = {theme.id: theme.size for theme in shown(session, reviewer)}
        assert sizes[min(before)] == sum(before.values()) or sum(before.values()) in sizes.values()
        assert second.id not in sizes
        decisions.undo(session, decisions.get(session, number, by=reviewer), by=reviewer, at=NOW)
        sizes = {theme.id: theme.size for theme in shown(session, reviewer)}
        assert {key: sizes[key] for key in before} == before
        with pytest.raises(Conflict):
            decisions.undo(
                session, decisions.get(session, number, by=reviewer), by=reviewer, at=NOW
            )


def test_a_moved_text_stays_where_it_was_put(make: Builders, reviewer: Actor) -> None:
    database = make.portal.database
    with database.writing() as session:
        first, second = shown(session, reviewer)[:2]
        text = texts_of(session, first)[-1]
        decisions.move(session, first, text, second, by=reviewer, at=NOW)
        out = texts_of(session, first)[-1]
        decisions.move(session, first, out, None, by=reviewer, at=NOW)
    for _ in range(2):
        run_again(make)
        with database.reading() as session:
            assert text in texts_of(session, catalogue.get(session, second.id, by=reviewer))
            held = {t for theme in shown(session, reviewer) for t in texts_of(session, theme)}
            assert out not in held


def test_a_split_makes_a_theme_of_its_own(make: Builders, reviewer: Actor) -> None:
    database = make.portal.database
    with database.writing() as session:
        theme = shown(session, reviewer)[0]
        some = texts_of(session, theme)[:3]
        done = decisions.split(session, theme, some, "A part", by=reviewer, at=NOW)
        made = done.detail["made"]
        with pytest.raises(Invalid):
            decisions.split(session, theme, [], "None", by=reviewer, at=NOW)
    run_again(make)
    with database.reading() as session:
        found = catalogue.get(session, made, by=reviewer)
        assert found.title == "A part"
        assert sorted(texts_of(session, found)) == sorted(some)
        assert catalogue.is_shown(found)


def test_no_theme_is_not_shown_again(make: Builders, reviewer: Actor) -> None:
    database = make.portal.database
    with database.writing() as session:
        theme = shown(session, reviewer)[0]
        with pytest.raises(Invalid):
            decisions.dismiss(session, theme, by=reviewer, at=NOW, reason=" ")
        done = decisions.dismiss(session, theme, by=reviewer, at=NOW, reason="Only words.")
    run_again(make)
    with database.writing() as session:
        assert theme.id not in {one.id for one in shown(session, reviewer)}
        assert [one.id for one in decisions.taken_out(session, by=reviewer)] == [theme.id]
        decisions.undo(session, decisions.get(session, done.id, by=reviewer), by=reviewer, at=NOW)
        assert theme.id in {one.id for one in shown(session, reviewer)}


def test_only_the_pmo_decides(make: Builders, unit: Session, reviewer: Actor) -> None:
    theme = shown(unit, reviewer)[0]
    somebody = Actor(id=reviewer.id, name="x", role=reviewer.role.member)
    with pytest.raises(Forbidden):
        decisions.set_stage(unit, theme, Stage.confirmed, by=somebody, at=NOW)


def test_standings_count_closed_projects_and_not_texts(unit: Session, reviewer: Actor) -> None:
    rows = standing.standings(unit, shown(unit, reviewer), by=reviewer, today=NOW.date())
    assert {row.projects for row in rows} == {6}
    assert {row.hit for row in rows} == {6}
    assert all(sum(rate.projects for rate in row.trend.rates) == 6 for row in rows)
    assert all(row.trend.verdict is Verdict.too_few for row in rows)
    assert sum(row.days for row in rows) == 6 * 3 * 4
    assert standing.rate_of(rows[0]).startswith("6 of 6 closed projects (100%")
