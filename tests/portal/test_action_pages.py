"""Actions from plan to measured effect: the board, the steps, what comes out, and who is told."""

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, select

from analytics import actions, decisions, effects
from analytics.models import Stage, Theme, ThemeDecision, ThemeMember, ThemeRun, ThemeState
from analytics.review_models import Action, ActionState, ReviewItem
from content import activity, jobs, library, playbooks
from content.db import now
from content.models import (
    Confidentiality,
    Issue,
    Job,
    Lesson,
    Person,
    Project,
    ProjectState,
    TemplateVersion,
)
from content.types import SYSTEM, Kind
from content.workflow import PageMove
from portal.runtime import Runtime
from portal.worker import actionmail
from portal.worker.loop import drain
from tests.builders import NOW, Builders
from tests.conftest import post

ClientOf = Callable[..., FlaskClient]
PERMIT = "The road closure permit came late because the council office waited for a hearing."
SUPPLIER = "The supplier shipped the pumps late and the contract had no penalty or milestone."
QUIET = "Nothing that anybody would call a permit or a supplier."


def project_with(
    make: Builders, *texts: str, starts: date = date(2024, 1, 1), closed: date = date(2025, 3, 1),
    **values: object,
) -> Project:  # fmt: skip
    project = make.project(starts_on=starts, **values)
    for text in texts:
        make.issue(project, title=text[:50], description=text)
    with make.portal.database.writing() as session:
        row = session.get_one(Project, project.id)
        row.state, row.closed_on, row.outcome = ProjectState.closed, closed, "delivered"
    return project


@pytest.fixture
def theme(make: Builders) -> int:
    """A theme about permits that hit eight closed projects; its one lesson is published."""
    for _ in range(8):
        project = project_with(make, PERMIT, SUPPLIER)
    make.lesson(
        headline="Ask for the road closure permit a season ahead", driving_event=PERMIT,
        lesson=PERMIT, recommendation="Ask the council office early.", project_id=project.id,
    )  # fmt: skip
    return themed(make.portal, PERMIT)


def name_of(text: str) -> str:
    """What `themed` calls the theme of a text."""
    return text[:40].rpartition(" ")[0]


def themed(portal: Runtime, text: str) -> int:
    """The theme that holds every issue and lesson with this text, as a run would have placed them.

    Clustering has its own tests; here what it found is given, so that counts are certain. Its name
    is made of whole words: one that no text of a theme holds does not stay in its name.
    """
    label = name_of(text)
    with portal.database.writing() as session:
        run = session.scalars(select(ThemeRun)).first() or ThemeRun(started_at=NOW, finished_at=NOW)
        session.add(run)
        session.flush()
        row = session.scalars(select(Theme).where(Theme.label == label)).first() or Theme(
            label=label, terms=[], state=ThemeState.current, first_run_id=run.id,
            last_run_id=run.id,
        )  # fmt: skip
        session.add(row)
        session.flush()
        placed = set(session.execute(select(ThemeMember.kind, ThemeMember.object_id)))
        texts = [
            *((Kind.lesson, n) for n in session.scalars(select(Lesson.id).where(
                Lesson.driving_event == text))),
            *((Kind.issue, n) for n in session.scalars(select(Issue.id).where(
                Issue.description == text))),
        ]  # fmt: skip
        session.add_all(
            ThemeMember(theme_id=row.id, kind=kind, object_id=number, score=0.5, rank=rank)
            for rank, (kind, number) in enumerate(texts, 1)
            if (kind, number) not in placed
        )
        return row.id


@pytest.fixture
def reviewer(make: Builders) -> Person:
    return make.person("reviewer", name="Rita Reviewer")


def make_action(browser: FlaskClient, theme: int, owner: int, **more: object) -> str:
    fields = {
        "title": "Ask for permits at gate one", "owner_id": owner, "due_on": "2027-12-31",
        "change": "training", "measure_on": "2029-01-01", **more,
    }  # fmt: skip
    answer = post(browser, f"/actions/new?theme={theme}", **fields)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def text_of(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.get_data(as_text=True).split())


def mails(portal: Runtime, template: str) -> list[dict[str, object]]:
    with portal.database.reading() as session:
        rows = session.scalars(select(Job).where(Job.kind == "mail")).all()
        return [dict(row.payload) for row in rows if row.payload.get("template") == template]


def stage_of(portal: Runtime, theme: int) -> Stage:
    with portal.database.reading() as session:
        return session.get_one(Theme, theme).stage


# From plan to effect --------------------------------------------------------------------------


def test_an_action_to_its_effect(
    theme: int, make: Builders, client_of: ClientOf, reviewer: Person, portal: Runtime
) -> None:
    browser = client_of(reviewer)
    action = make_action(browser, theme, reviewer.id)
    assert mails(portal, "action")[0]["to"] == reviewer.email
    assert stage_of(portal, theme) is Stage.confirmed
    assert "8 of 8</strong> closed projects" in text_of(browser, action)
    post(browser, f"{action}/start")
    assert stage_of(portal, theme) is Stage.in_action
    assert "the theme hit 8 of 8 closed projects" in text_of(browser, action)
    post(browser, f"{action}/finish", evidence="")
    assert "Say by what one sees" in text_of(browser, action)
    post(browser, f"{action}/finish", evidence="The checklist has it.")
    assert stage_of(portal, theme) is Stage.monitoring
    assert "nothing to compare yet" in text_of(browser, action)
    with portal.database.writing() as session:
        row = session.scalars(select(Action)).one()
        row.in_force_on = after = now().date() - timedelta(days=500)
        row.measure_on = now().date()
    for number in range(12):
        text = PERMIT if number == 0 else QUIET
        project_with(
            make, text, starts=after + timedelta(days=10), closed=after + timedelta(days=300)
        )
    themed(portal, PERMIT)
    page = text_of(browser, action)
    assert re.search(r"8 of 8 before, \d of 12 after; ratio 0\.\d\d, 95 % interval", page)
    assert "not what made them differ" in page
    # Each number opens the texts behind it.
    sides = page.partition("Which projects</summary>")[2].partition("</details>")[0].split("</p>")
    counts = re.findall(r"(\d+) of (\d+)</td>", page)
    assert [int(projects) for _, projects in counts] == [8, 12]
    for side, (hits, projects) in zip(sides[:2], counts, strict=True):
        links = re.findall(r'href="(/themes/\d+/texts[^"]*)"', side)
        assert len(links) == int(hits)
        assert len(links) + side.count('href="/projects/') == int(projects)
        for link in links:
            assert "No text fits" not in text_of(browser, link)
    # On the day of looking the theme is closed by itself, once, with the reason and a way back.
    actionmail.tell_owners(portal, now())
    assert stage_of(portal, theme) is Stage.closed
    with portal.database.writing() as session:
        decision = session.scalars(select(ThemeDecision).order_by(ThemeDecision.id.desc())).first()
        assert decision is not None
        assert "8 of 8 before" in decision.reason
        number = decision.id
    assert "lower after than before" in str(mails(portal, "actiondue"))
    post(browser, f"/themes/decisions/{number}/undo")
    actionmail.tell_owners(portal, now())
    assert stage_of(portal, theme) is Stage.monitoring


def test_a_closed_theme_recurs_when_its_rate_is_back(
    theme: int, make: Builders, portal: Runtime, reviewer: Person
) -> None:
    day = now().date() - timedelta(days=800)
    for number in range(24):
        # Twelve without a hit close the theme; of the twelve after that each one is hit again.
        back = number >= 12
        closed = now().date() - timedelta(days=30 if back else 500)
        project_with(make, PERMIT if back else QUIET, starts=day + timedelta(days=5), closed=closed)
    themed(portal, PERMIT)
    with portal.database.writing() as session:
        row = Action(
            theme_id=theme, title="Ask early", state=ActionState.done, owner_id=reviewer.id,
            change="training", created_at=NOW, started_at=NOW, done_at=NOW, in_force_on=day,
            due_on=day, measure_on=now().date() - timedelta(days=400), description="", evidence="x",
        )  # fmt: skip
        session.add(row)
        when = now() - timedelta(days=300)
        decisions.set_stage(session, row.theme or session.get_one(Theme, theme), Stage.closed,
                            by=SYSTEM, at=when)  # fmt: skip
    actionmail.tell_owners(portal, now())
    assert stage_of(portal, theme) is Stage.recurred


def test_an_action_given_up_leaves_the_theme_confirmed(
    theme: int, client_of: ClientOf, reviewer: Person, portal: Runtime
) -> None:
    browser = client_of(reviewer)
    action = make_action(browser, theme, reviewer.id)
    post(browser, f"{action}/start")
    post(browser, f"{action}/cancel")
    assert stage_of(portal, theme) is Stage.confirmed
    post(browser, f"{action}/reopen")
    assert stage_of(portal, theme) is Stage.in_action


def test_projects_that_the_indicator_leaves_out_are_compared_beside_it(
    theme: int, make: Builders, portal: Runtime, reviewer: Person
) -> None:
    day = now().date() - timedelta(days=500)
    room = make.department()
    for _ in range(3):
        project_with(
            make, PERMIT, starts=day + timedelta(days=9), closed=day + timedelta(days=200),
            type="construction", size="small", method="agile", department_id=room.id,
        )  # fmt: skip
    themed(portal, PERMIT)
    with portal.database.reading() as session:
        known = effects.record(session, by=SYSTEM)
        for narrow in (
            {"indicator_type": "construction"}, {"indicator_size": "small"},
            {"indicator_method": "agile"}, {"indicator_department_id": room.id},
        ):  # fmt: skip
            row = Action(theme_id=theme, done_at=now(), in_force_on=day, **narrow)
            found = effects.outcome(known, row)
            assert found is not None
            assert found.others is not None
            assert (found.effect.before.projects, found.effect.after.projects) == (0, 3)
            assert (found.others.before.projects, found.others.after.projects) == (8, 0)


# What comes out -------------------------------------------------------------------------------


def publish(portal: Runtime, page_id: int) -> None:
    with portal.database.writing() as session:
        from content.models import Page

        page = session.get_one(Page, page_id)
        values = {"title": page.title, "source": "## Ask early\n\nNew.", "change_note": "Permits."}
        row = playbooks.write(session, page, values, by=SYSTEM, at=now())
        for step in (PageMove.submit, PageMove.publish):
            playbooks.move(session, row, step, by=SYSTEM, at=now())


def test_a_published_page_is_known_told_once_and_offered_as_evidence(
    theme: int, make: Builders, client_of: ClientOf, reviewer: Person, portal: Runtime
) -> None:
    page = make.page(title="Gates")
    browser = client_of(reviewer)
    action = make_action(browser, theme, reviewer.id, change="playbook page", page_id=page.id)
    publish(portal, page.id)  # before it starts: not its doing
    drain(portal)
    post(browser, f"{action}/start")
    assert "It has come out" not in text_of(browser, action)
    publish(portal, page.id)
    drain(portal)
    with portal.database.writing() as session:
        jobs.enqueue(session, playbooks.RELEASE_JOB, {"kind": "page", "id": page.id}, by=SYSTEM,
                     at=now())  # fmt: skip
    drain(portal)  # a job that runs twice tells nothing twice
    text = text_of(browser, action)
    evidence = re.search(r"Page “Gates”, revision 3, published [^<]*?\.", text)
    assert evidence
    assert "revision 2" not in text
    assert "revision 3 has come out" in text_of(browser, "/actions/")
    number = int(action.rsplit("/", 1)[1])
    with portal.database.reading() as session:
        log = activity.of(session, "action", number)
        assert [row.verb for row in log].count("saw revision 3 come out") == 1
    post(browser, f"{action}/finish", evidence=evidence[0], in_force_on=str(now().date()))
    assert evidence[0] in text_of(browser, action)
    assert "In force since" in text_of(browser, action)


def test_a_new_version_of_a_template_is_known_too(
    theme: int, make: Builders, client_of: ClientOf, reviewer: Person, portal: Runtime
) -> None:
    with portal.database.writing() as session:
        values = {"title": "Risk register", "summary": "For risks."}
        file = session.merge(make_file(portal, session, b"one"))
        template = library.create(session, values, file, by=SYSTEM, at=NOW)
        number = template.id
    browser = client_of(reviewer)
    action = make_action(browser, theme, reviewer.id, change="template", template_id=number)
    post(browser, f"{action}/start")
    with portal.database.writing() as session:
        template = session.get_one(TemplateVersion, 1).template
        library.publish(session, template, make_file(portal, session, b"two"),
                        change_note="Permits have a row.", by=SYSTEM, at=now())  # fmt: skip
    drain(portal)
    assert "Template “Risk register”, version 2" in text_of(browser, action)
    assert "answers" in text_of(browser, "/library/risk-register")


def make_file(portal: Runtime, session: object, data: bytes) -> object:
    from content import files as stored

    return stored.register(
        session, sha256=portal.files.put(data), size=len(data), format="txt",  # type: ignore[arg-type]
        media_type="text/plain", at=NOW,
    )  # fmt: skip


def test_a_page_names_the_lessons_it_answers_to_those_who_may_read_them(
    theme: int, make: Builders, client_of: ClientOf, reviewer: Person, portal: Runtime
) -> None:
    page = make.page(title="Gates")
    browser = client_of(reviewer)
    with portal.database.reading() as session:
        lesson = session.scalars(select(Lesson.id)).one()
    action = make_action(
        browser, theme, reviewer.id, change="playbook page", page_id=page.id, lessons=[lesson]
    )
    headline = "Ask for the road closure permit a season ahead"
    member = client_of("member")
    for who in (browser, member):
        text = text_of(who, "/playbooks/lifecycle/gates")
        assert "answers 1 lesson and the theme" in text
        assert headline in text
    with portal.database.writing() as session:
        session.get_one(Lesson, lesson).confidentiality = Confidentiality.restricted
    assert headline not in text_of(member, "/playbooks/lifecycle/gates")
    assert headline not in text_of(member, action)
    assert "What came of it" in text_of(browser, f"/lessons/{lesson}")
    assert "Ask for permits at gate one" in text_of(browser, f"/lessons/{lesson}")
    assert headline in text_of(browser, "/playbooks/lifecycle/gates")
    # Whoever does not see it cannot take it away by saving the form.
    owner = make.person()
    with portal.database.writing() as session:
        row = session.scalars(select(Action)).one()
        row.owner_id = owner.id
        actions.edit(session, row, {"title": "Another title"}, by=owner.as_actor(), at=now(),
                     lessons=[])  # fmt: skip
        assert [one.lesson_id for one in row.lessons] == [lesson]


# Reminders ------------------------------------------------------------------------------------


def test_each_reminder_goes_out_once(
    theme: int, make: Builders, client_of: ClientOf, reviewer: Person, portal: Runtime
) -> None:
    owner = make.person(name="Olga Owner")
    make_action(client_of(reviewer), theme, owner.id, due_on="2027-06-10", measure_on="2028-06-10")

    def told(year: int, month: int, day: int) -> list[object]:
        before = len(mails(portal, "actiondue"))
        at = now().replace(year=year, month=month, day=day)
        actionmail.tell_owners(portal, at)
        actionmail.tell_owners(portal, at)
        return [mail["to"] for mail in mails(portal, "actiondue")[before:]]

    assert told(2027, 6, 2) == []
    assert told(2027, 6, 3) == [owner.email]
    assert told(2027, 6, 9) == []
    assert told(2027, 6, 11) == [owner.email]
    assert told(2027, 6, 17) == []
    assert told(2027, 6, 18) == [owner.email]
    assert told(2027, 6, 25) == [owner.email, reviewer.email]  # the planner from the third week on
    with portal.database.writing() as session:
        row = session.scalars(select(Action)).one()
        actions.start(session, row, by=SYSTEM, at=now())
        actions.finish(session, row, "Seen.", by=SYSTEM, at=now())
    assert told(2027, 7, 8) == []
    assert told(2028, 6, 10) == [owner.email, reviewer.email]
    assert told(2028, 7, 10) == []


# Board, rights and errors ---------------------------------------------------------------------


def test_the_board_is_narrowed_and_exported(
    theme: int, make: Builders, client_of: ClientOf, reviewer: Person
) -> None:
    browser, owner = client_of(reviewer), make.person(name="Olga Owner")
    make_action(browser, theme, owner.id, title="Late one", due_on="2025-01-01")
    make_action(browser, theme, reviewer.id, title="Own one")
    board = text_of(browser, "/actions/")
    assert board.index("Late one") < board.index("Own one")
    assert "overdue since" in board
    for query, shown, hidden in (
        ("late=1", "Late one", "Own one"), ("mine=1", "Own one", "Late one"),
        (f"owner={owner.id}", "Late one", "Own one"),
    ):  # fmt: skip
        for view in ("board", "list"):
            text = text_of(browser, f"/actions/?view={view}&{query}")
            assert shown in text
            assert hidden not in text
        export = browser.get(f"/exports/actions.csv?{query}").get_data(as_text=True)
        assert shown in export
        assert hidden not in export
    assert "No action is like that" in text_of(browser, "/actions/?state=done")
    assert "Late one" in text_of(client_of(owner), "/")


@pytest.mark.parametrize("format", ["csv", "json", "xlsx", "html"])
def test_several_actions_are_exported_in_every_form(
    format: str, theme: int, make: Builders, client_of: ClientOf, reviewer: Person, portal: Runtime
) -> None:
    browser = client_of(reviewer)
    project_with(make, SUPPLIER)
    project_with(make, QUIET)
    for number in (theme, themed(portal, SUPPLIER), themed(portal, QUIET)):
        make_action(browser, number, reviewer.id, title=f"Ask early, {number}")
    answer = browser.get(f"/exports/actions.{format}", buffered=True)
    if format == "xlsx":
        assert len(list(load_workbook(io.BytesIO(answer.data)).active.iter_rows())) == 4
    else:
        assert answer.get_data(as_text=True).count("Ask early, ") == 3


def test_the_indicator_is_fixed_at_the_start(
    theme: int, client_of: ClientOf, reviewer: Person
) -> None:
    browser = client_of(reviewer)
    action = make_action(browser, theme, reviewer.id)
    post(browser, f"{action}/start")
    fields = {
        "title": "Ask for permits at gate two", "owner_id": reviewer.id, "due_on": "2027-12-31",
        "change": "training",
    }  # fmt: skip
    for more in ({"measure_on": "2030-01-01"}, {"indicator_size": "small"}):
        answer = post(browser, f"{action}/edit", **fields, **more)
        assert answer.status_code == 409
        assert "was fixed when the action started" in answer.get_data(as_text=True)
    assert post(browser, f"{action}/edit", **fields).status_code == 302
    assert "gate two" in text_of(browser, action)


def test_its_owner_and_the_pmo_change_an_action(
    theme: int, make: Builders, client_of: ClientOf, reviewer: Person
) -> None:
    owner = make.person()
    action = make_action(client_of(reviewer), theme, owner.id)
    stranger = client_of("member")
    assert post(stranger, f"{action}/start").status_code == 403
    assert stranger.get(f"{action}/edit").status_code == 403
    assert client_of(owner).get(f"{action}/edit").status_code == 200
    nothing = post(client_of(owner), f"{action}/edit", title="Ask", change="", due_on="2026-12-01")
    assert nothing.status_code == 400
    assert "Choose what changes." in nothing.get_data(as_text=True)
    assert post(client_of(owner), f"{action}/start").status_code == 302
    board = text_of(stranger, "/actions/")
    assert "In progress" in board
    assert "Ask for permits at gate one" in board


def test_an_action_against_a_theme_of_secrets_is_not_there(
    theme: int, make: Builders, client_of: ClientOf, reviewer: Person, portal: Runtime
) -> None:
    """Its theme has no text that a member may read: neither it nor the action is told of."""
    owner, page = make.person(), make.page(title="Gates")
    action = make_action(
        client_of(reviewer), theme, owner.id, change="playbook page", page_id=page.id
    )
    with portal.database.writing() as session:
        for row in session.scalars(select(ThemeMember).where(ThemeMember.kind == "issue")):
            session.delete(row)
        lesson = session.scalars(select(Lesson)).one()
        lesson.confidentiality = Confidentiality.restricted
    stranger = client_of("member")
    assert stranger.get(action).status_code == 404
    for path in ("/actions/", "/actions/?view=list", "/playbooks/lifecycle/gates",
                 "/exports/actions.csv"):  # fmt: skip
        assert "Ask for permits at gate one" not in stranger.get(path).get_data(as_text=True), path
    assert client_of(owner).get(action).status_code == 200  # who was asked to do it knows of it


def test_an_action_of_a_merged_theme_is_told_with_the_theme_that_holds_its_texts(
    theme: int, make: Builders, client_of: ClientOf, reviewer: Person, portal: Runtime
) -> None:
    """What the merged theme was called came from texts that a member may not read."""
    project_with(make, SUPPLIER)
    project_with(make, QUIET)
    ends = [themed(portal, text) for text in (SUPPLIER, QUIET)]
    action = make_action(client_of(reviewer), theme, reviewer.id)
    with portal.database.writing() as session:
        session.get_one(Theme, theme).name = "Zanzibar permits"
        session.scalars(select(Lesson)).one().confidentiality = Confidentiality.restricted
        chain = [session.get_one(Theme, number) for number in (theme, *ends)]
        for row, into in pairwise(chain):
            decisions.merge(session, row, into, by=reviewer.as_actor(), at=NOW)
    stranger = client_of("member")
    for path in (action, "/actions/", "/actions/?view=list", "/exports/actions.csv"):
        page = stranger.get(path).get_data(as_text=True)
        assert "Ask for permits at gate one" in page, path
        assert "Zanzibar" not in page, path
        assert name_of(QUIET) in page, path


def test_a_plan_needs_its_owner_day_and_measure(theme: int, client_of: ClientOf) -> None:
    browser = client_of("reviewer")
    answer = post(browser, f"/actions/new?theme={theme}", title="Kept")
    assert answer.status_code == 400
    text = answer.get_data(as_text=True)
    for part in (
        "Kept",
        "Choose what changes",
        "Choose who does it",
        "Say until when",
        "before it starts when",
    ):
        assert part in text
    early = {
        "title": "Kept",
        "change": "training",
        "due_on": "2027-05-01",
        "measure_on": "2027-04-01",
    }
    assert "Choose a later day" in post(browser, f"/actions/new?theme={theme}", **early).get_data(
        as_text=True
    )


def test_the_form_says_how_surely_a_halving_would_be_seen(
    theme: int, make: Builders, client_of: ClientOf
) -> None:
    for year in (2022, 2023, 2024, 2025):
        project_with(make, QUIET, starts=date(year, 1, 10), closed=date(year, 6, 10))
    browser = client_of("reviewer")
    ahead = {"due_on": str(now().date()), "measure_on": str(now().date() + timedelta(days=365))}
    answer = post(browser, f"/actions/expected?theme={theme}", **ahead)
    text = " ".join(answer.get_data(as_text=True).split())
    assert "8 of 12</strong> closed projects" in text
    assert re.search(r"about <strong>\d+</strong> will have started", text)
    assert re.search(r"seen in <strong>\d+ of 100</strong>", text)
    again = post(browser, f"/actions/new?theme={theme}", title="Kept", count="1", **ahead)
    assert again.status_code == 200
    assert "Kept" in again.get_data(as_text=True)


def test_a_day_in_force_lies_between_start_and_today(
    theme: int, client_of: ClientOf, reviewer: Person
) -> None:
    browser = client_of(reviewer)
    action = make_action(browser, theme, reviewer.id)
    post(browser, f"{action}/start")
    for day in ("2020-01-01", "2099-01-01", "nonsense"):
        post(browser, f"{action}/finish", evidence="Seen.", in_force_on=day)
        assert "In force since</dt>" not in text_of(browser, action)


def test_themes_that_nobody_acted_on_are_compared_over_the_same_days(
    make: Builders, portal: Runtime
) -> None:
    """Where every rate falls, a fall says little of the action."""
    day = now().date() - timedelta(days=500)
    texts = ("Alpha is late.", "Beta is late.", "Gamma is late.", "Delta is late.", "Seldom.")
    for number in range(8):
        project_with(make, *(texts if number < 2 else texts[:4]))
    for number in range(8):
        # Of the action's theme a half comes back, of two others nothing, of one everything.
        again = [text for text in (texts[0] if number < 4 else "", texts[3]) if text]
        project_with(make, *again, starts=day + timedelta(days=9), closed=day + timedelta(days=200))
    acted, *_ = [themed(portal, text) for text in texts]
    with portal.database.reading() as session:
        row = Action(theme_id=acted, done_at=now(), in_force_on=day)
        found = effects.outcome(effects.record(session, by=SYSTEM), row)
    assert found is not None
    assert found.effect.ratio == pytest.approx(0.5)
    assert found.themes == effects.OtherThemes(themes=3, as_far=2, ratio=0.0)  # one is too rare


@pytest.mark.parametrize("item", ["999999", "other"])
def test_an_action_stands_on_the_agenda_of_its_own_theme_only(
    theme: int, item: str, make: Builders, client_of: ClientOf, reviewer: Person, portal: Runtime
) -> None:
    browser = client_of(reviewer)
    if item == "other":
        project_with(make, QUIET)
        other = themed(portal, QUIET)
        post(
            browser, "/reviews/new", title="Autumn", starts_at="2026-12-01T09:00", minutes=60,
            themes=[other], people=[reviewer.id],
        )  # fmt: skip
        with portal.database.reading() as session:
            item = str(session.scalars(select(ReviewItem.id)).one())
    answer = post(
        browser, f"/actions/new?theme={theme}&item={item}", title="Ask", owner_id=reviewer.id,
        due_on="2027-12-31", change="training", measure_on="2029-01-01",
    )  # fmt: skip
    assert answer.status_code == 404


def test_a_day_of_looking_may_lie_as_far_ahead_as_one_can_type(
    theme: int, client_of: ClientOf, reviewer: Person
) -> None:
    browser = client_of(reviewer)
    fields = {"due_on": "2027-12-31", "measure_on": "9999-12-31", "owner_id": reviewer.id}
    answer = post(browser, f"/actions/expected?theme={theme}", **fields)
    assert answer.status_code == 200
    action = make_action(browser, theme, reviewer.id, measure_on="9999-12-31")
    assert browser.get(action).status_code == 200


def test_the_effects_of_one_mail_are_read_once(
    theme: int, client_of: ClientOf, reviewer: Person, portal: Runtime
) -> None:
    browser = client_of(reviewer)
    for _ in range(3):
        action = make_action(browser, theme, reviewer.id)
        post(browser, f"{action}/start")
        post(browser, f"{action}/finish", evidence="Seen.")
    with portal.database.writing() as session:
        for row in session.scalars(select(Action)):
            row.due_on, row.measure_on = date(2026, 1, 1), date(2026, 1, 2)
    read = []

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "UNION ALL" in statement and "theme_member" in statement:
            read.append(statement)

    event.listen(portal.database.engine, "before_cursor_execute", listen)
    try:
        assert actionmail.tell_owners(portal, now()) == 1
    finally:
        event.remove(portal.database.engine, "before_cursor_execute", listen)
    assert len(mails(portal, "actiondue")[0]["items"]) == 3  # type: ignore[arg-type]
    assert len(read) == 2  # once for everybody, for the stages, and once as the reader sees it
