"""Theme pages: ordered by recurrence, with trends and tables, and decisions that can be undone."""

import html
import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from analytics import catalogue, decisions, runs
from analytics.models import Theme, ThemeAside, ThemeMember, ThemeRun, ThemeState
from analytics.texts import Selection
from content import jobs
from content.db import Database, now
from content.models import Confidentiality, Issue, Project, ProjectState
from content.types import SYSTEM, Kind
from portal.worker import daily, handlers
from portal.worker.loop import drain
from portal.worker.task import Stopped, Task
from tests.builders import NOW, Builders
from tests.conftest import post

ClientOf = Callable[..., FlaskClient]
PERMIT = "The road closure permit came late because the council office waited for a hearing."
SUPPLIER = "The supplier shipped the pumps late and the contract had no penalty or milestone."


@pytest.fixture
def themes(make: Builders) -> list[int]:
    """Themes over six closed projects; the supplier hits four of them."""
    department = make.department("Works")
    for number in range(6):
        project = make.project(closed=True, department_id=department.id)
        for text in (PERMIT, SUPPLIER)[: 1 if number > 3 else 2]:
            make.lesson(project_id=project.id, driving_event=text, headline=text[:60], days=3)
            make.issue(project, title=text[:50], description=text)
    runs.run(make.portal.database, by=None, at=NOW)
    with make.portal.database.reading() as session:
        return [theme.id for theme in catalogue.themes(session, by=SYSTEM)]


def test_the_list_says_how_often_and_whether_it_can_be_told(
    themes: list[int], client_of: ClientOf
) -> None:
    page = client_of("member").get("/themes/").get_data(as_text=True)
    assert "of 6 closed projects" in page
    assert "too few to tell" in page
    assert 'aria-label="Share of closed projects hit, by year: 2026' in page
    order = re.findall(r'href="/themes/(\d+)"', page)
    assert int(order[0]) in themes


def test_the_number_of_projects_on_the_list_opens_their_texts(
    themes: list[int], client_of: ClientOf
) -> None:
    member = client_of("member")
    page = member.get("/themes/?since=2026").get_data(as_text=True)
    links = re.findall(r'<strong><a href="([^"]+)"[^>]*>\d+</a></strong>', page)
    assert len(links) == len(themes)
    for link in links:
        assert "since=2026" in link
        assert texts_in(member.get(link.replace("&amp;", "&")).get_data(as_text=True)) > 0


def test_before_the_first_run_nothing_is_said_of_texts(client_of: ClientOf) -> None:
    page = client_of("reviewer").get("/themes/unplaced").get_data(as_text=True)
    assert "No run yet" in page
    assert "Every text has a theme" not in page


def test_weights_of_the_address_change_the_order_and_nothing_breaks(
    themes: list[int], client_of: ClientOf
) -> None:
    member = client_of("member")
    for query in ("w_projects=0&w_recent=100", "w_projects=x", "w_years=-5", "w_projects=0"):
        assert member.get(f"/themes/?{query}").status_code == 200


def test_tables_by_department_and_phase(themes: list[int], client_of: ClientOf) -> None:
    page = client_of("member").get("/themes/map").get_data(as_text=True)
    assert "Works" in page
    assert "heat-5" in page


def test_decisions_are_taken_told_and_undone(themes: list[int], client_of: ClientOf) -> None:
    reviewer = client_of("reviewer")
    theme = f"/themes/{themes[0]}"
    post(reviewer, f"{theme}/rename", name="Permits come late")
    page = reviewer.get(theme).get_data(as_text=True)
    assert "<h1>Permits come late</h1>" in page
    assert "later runs keep it" in page
    undo = re.search(r'action="(/themes/decisions/\d+/undo)"', page)
    assert undo is not None
    post(reviewer, undo[1])
    assert "<h1>Permits come late</h1>" not in reviewer.get(theme).get_data(as_text=True)


def test_a_merge_leads_to_the_other_theme(themes: list[int], client_of: ClientOf) -> None:
    reviewer = client_of("reviewer")
    answer = post(reviewer, f"/themes/{themes[1]}/merge", into=themes[0])
    assert answer.headers["Location"].endswith(f"/themes/{themes[0]}")
    assert "was merged into" in reviewer.get(f"/themes/{themes[1]}").get_data(as_text=True)
    assert "1 taken out by people" in reviewer.get("/themes/").get_data(as_text=True)


def decided(page: str) -> list[str]:
    """What the list of decisions says, the newest first."""
    part = page.partition('id="decided"')[2].partition("</section>")[0]
    rows = re.findall(r'activity-who">[^<]*</span>([^<]*)<', part)
    return [html.unescape(" ".join(row.split())) for row in rows]


def test_decisions_say_what_was_decided_and_stand_where_they_lead_to(
    themes: list[int], make: Builders, client_of: ClientOf
) -> None:
    reviewer, member = client_of("reviewer"), client_of("member")
    one, other = (f"/themes/{number}" for number in themes[:2])
    post(reviewer, f"{one}/rename", name="Permits & councils")
    post(reviewer, f"{other}/rename", name="Suppliers")
    post(reviewer, f"{one}/rename", name="")
    post(reviewer, f"{one}/rename", name="Permits")
    post(reviewer, f"{one}/stage", stage="confirmed")
    with make.portal.database.reading() as session:
        theme = session.get_one(Theme, themes[1])
        kind, number = decisions.texts_of(session, theme)[0]
    post(reviewer, f"{other}/move", text=f"{kind}:{number}", into=themes[0])
    post(reviewer, f"{other}/merge", into=themes[0])
    page = reviewer.get(one).get_data(as_text=True)
    assert decided(page) == [
        "merged “Suppliers” into it", "moved one text here from “Suppliers”",
        "set where it stands: confirmed", "named it “Permits”",
        "gave it back its phrases as a name", "named it “Permits & councils”",
    ]  # fmt: skip
    assert decided(reviewer.get(other).get_data(as_text=True)) == [
        "merged it into “Permits”", "moved one text to “Permits”", "named it “Suppliers”",
    ]  # fmt: skip
    # An old name may be gone because it said too much, and not every theme is open to everybody.
    for_all = decided(member.get(one).get_data(as_text=True))
    assert for_all == ["set where it stands", "named it", "named it", "named it"]
    # The merge is undone from the theme that holds the texts now.
    undo = re.search(r'action="(/themes/decisions/\d+/undo)"', page.partition('id="decided"')[2])
    assert undo is not None
    post(reviewer, undo[1])
    assert "was merged into" not in reviewer.get(other).get_data(as_text=True)


def test_what_is_missing_is_said_and_others_may_not_decide(
    themes: list[int], client_of: ClientOf
) -> None:
    reviewer = client_of("reviewer")
    post(reviewer, f"/themes/{themes[0]}/dismiss", reason="")
    assert "Say why it is no theme" in reviewer.get("/themes/").get_data(as_text=True)
    member = client_of("member")
    assert post(member, f"/themes/{themes[0]}/rename", name="Mine").status_code == 403
    assert "Decide</h2>" not in member.get(f"/themes/{themes[0]}").get_data(as_text=True)


# Numbers and what is behind them ----------------------------------------------------------------


def texts_in(page: str) -> int:
    return len(re.findall(r'<a class="title" href="/(?:lessons|issues)/\d+"', page))


def test_every_number_of_a_theme_opens_the_texts_behind_it(
    themes: list[int], client_of: ClientOf
) -> None:
    member = client_of("member")
    page = member.get(f"/themes/{themes[0]}").get_data(as_text=True)
    links = set(re.findall(r'href="(/themes/\d+/texts[^"]*)"', page))
    assert {re.sub(r"=.*", "", link.partition("?")[2]) for link in links} >= {
        "", "year", "department", "project"
    }  # fmt: skip
    for link in links:
        assert texts_in(member.get(link.replace("&amp;", "&")).get_data(as_text=True)) > 0, link
    for narrow in ("year=1999", "department=0", "kind=page", "project=none", "since=2027"):
        answer = member.get(f"/themes/{themes[0]}/texts?{narrow}").get_data(as_text=True)
        assert "No text fits" in answer, narrow


def test_the_list_is_narrowed_and_its_export_follows(
    themes: list[int], make: Builders, client_of: ClientOf
) -> None:
    member = client_of("member")
    for narrow in ("", "?type=software", "?since=2026&until=2026", "?verdict=too+few+to+tell"):
        page = member.get(f"/themes/{narrow}").get_data(as_text=True)
        rows = member.get(f"/exports/themes.json{narrow}").get_json()
        listed = [int(n) for n in re.findall(r'<h2><a class="title" href="/themes/(\d+)"', page)]
        assert [int(row["link"].rsplit("/", 1)[1]) for row in rows] == listed
        assert len(listed) == len(themes)
        assert {row["of"] for row in rows} == {6}
    for narrow in ("?type=construction", "?until=2025", "?verdict=rising", "?department=0"):
        assert "No theme fits" in member.get(f"/themes/{narrow}").get_data(as_text=True), narrow
        assert member.get(f"/exports/themes.json{narrow}").get_json() == []


def test_weights_are_kept_for_everybody_and_taken_back(
    themes: list[int], client_of: ClientOf
) -> None:
    reviewer, member = client_of("reviewer"), client_of("member")
    assert post(member, "/themes/weights", w_recent="100").status_code == 403
    post(reviewer, "/themes/weights", w_recent="100")
    assert 'name="w_recent" min="0" max="100" step="5" value="100"' in member.get(
        "/themes/"
    ).get_data(as_text=True)
    page = reviewer.get("/themes/").get_data(as_text=True)
    undo = re.search(r'action="(/themes/weights/\d+/undo)"', page)
    assert undo is not None
    post(reviewer, undo[1])
    assert 'name="w_recent" min="0" max="100" step="5" value="15"' in member.get(
        "/themes/"
    ).get_data(as_text=True)
    post(reviewer, "/themes/weights", w_recent="0")
    assert "one of them must count" in reviewer.get("/themes/").get_data(as_text=True)


def test_what_fits_no_theme_is_shown_and_put_into_one(
    themes: list[int], make: Builders, client_of: ClientOf
) -> None:
    with make.portal.database.writing() as session:
        theme = catalogue.get(session, themes[0], by=SYSTEM)
        first = catalogue.members(session, theme, by=SYSTEM)[0]
        text = (first.kind, first.id)
        decisions.move(session, theme, [text], None, by=SYSTEM, at=NOW)
    member, reviewer = client_of("member"), client_of("reviewer")
    assert ">1 fits none<" in member.get("/themes/").get_data(as_text=True)
    assert first.title in member.get("/themes/unplaced").get_data(as_text=True)
    assert len(member.get("/exports/unplaced.json").get_json()) == 1
    post(reviewer, "/themes/unplaced", text=f"{first.kind}:{first.id}", into=themes[0])
    assert "Every text has a theme" in member.get("/themes/unplaced").get_data(as_text=True)
    post(reviewer, "/themes/unplaced", into=themes[0])
    assert "Choose the texts first" in reviewer.get("/themes/").get_data(as_text=True)


def test_a_split_is_suggested_and_adjusted(themes: list[int], client_of: ClientOf) -> None:
    reviewer = client_of("reviewer")
    page = reviewer.get(f"/themes/{themes[0]}/split").get_data(as_text=True)
    every = re.findall(r'name="text" value="(\w+:\d+)"( checked)?', page)
    going = [name for name, checked in every if checked]
    assert 0 < len(every) - len(going) < len(every) or not going
    chosen = [name for name, _ in every][:2]
    answer = post(reviewer, f"/themes/{themes[0]}/split", text=chosen, name="Two of them")
    made = reviewer.get(answer.headers["Location"]).get_data(as_text=True)
    assert "<h1>Two of them</h1>" in made
    assert texts_in(made) == 2
    answer = post(reviewer, f"/themes/{themes[0]}/split", name="None")
    assert answer.headers["Location"].endswith("/split")


# The map ----------------------------------------------------------------------------------------


def test_the_map_links_themes_and_texts_and_says_the_same_as_a_table(
    themes: list[int], client_of: ClientOf
) -> None:
    page = client_of("member").get("/themes/map").get_data(as_text=True)
    drawing = page.partition('<svg class="map"')[2].partition("</svg>")[0]
    linked = re.findall(r'<a href="/themes/(\d+)" aria-label="Theme', drawing)
    assert sorted(map(int, linked)) == sorted(themes)
    assert len(re.findall(r'<a href="/(?:lessons|issues)/\d+" aria-label="[^"]', drawing)) == 20
    assert "style=" not in drawing
    table = page[page.index("The map as a table") :]
    assert all(f'href="/themes/{number}"' in table for number in themes)
    assert re.search(
        r'href="/themes/\d+/texts\?department=\d+" aria-label="[^"]+, Works: \d"', page
    )


# Runs -------------------------------------------------------------------------------------------


def test_a_run_is_chosen_done_and_said_in_words(
    themes: list[int], make: Builders, client_of: ClientOf
) -> None:
    reviewer = client_of("reviewer")
    answer = post(reviewer, "/themes/run", chosen="1", closed_from="2026-05-01",
                  closed_to="2026-04-01", kinds="lesson")  # fmt: skip
    assert answer.status_code == 400
    assert "The period ends before it begins" in answer.get_data(as_text=True)
    assert "Choose at least one" in post(reviewer, "/themes/run", chosen="1").get_data(as_text=True)
    post(reviewer, "/themes/run", chosen="1", kinds=["lesson", "issue"], types="construction")
    drain(make.portal)
    page = reviewer.get("/themes/").get_data(as_text=True)
    assert "There is nothing to cluster: no closed project that was chosen" in page
    post(reviewer, "/themes/run", chosen="1", kinds="issue", types="software")
    drain(make.portal)
    page = reviewer.get("/themes/").get_data(as_text=True)
    assert "Too few lessons and issues of closed projects (found 10, needed 30)" in page
    for number in range(30):
        make.issue(make.project(closed=True), title=PERMIT[:50], description=f"{PERMIT} {number}")
    post(reviewer, "/themes/run", chosen="1", kinds="issue", types="software")
    drain(make.portal)
    page = client_of("member").get("/themes/run").get_data(as_text=True)
    assert "Issues of closed projects" in page
    assert "of type software" in page
    assert "The run before looked at others" in page
    assert "SHA-256" not in page
    assert "SHA-256" in reviewer.get("/themes/run").get_data(as_text=True)


def test_a_run_finds_as_finely_as_the_slider_stands(
    themes: list[int], make: Builders, client_of: ClientOf
) -> None:
    reviewer = client_of("reviewer")
    slider = r'type="range"[^>]* min="-2" max="2" step="0.5" value="([^"]+)"'
    at_first = re.search(slider, reviewer.get("/themes/run/new").get_data(as_text=True))
    assert at_first is not None
    assert float(at_first[1]) == 0
    for asked, fineness in (("1", 2.0), ("-1.5", 2**-1.5), ("99", 4.0), ("nan", None), ("x", None)):
        post(reviewer, "/themes/run", chosen="1", kinds="issue", fresh="1", doublings=asked)
        with make.portal.database.writing() as session:
            job = jobs.latest(session, "theme run")
            assert job is not None
            assert job.payload["fineness"] == fineness
            jobs.ask_to_stop(session, job.id, at=NOW)
            job.finished_at = NOW
    refused = post(
        reviewer, "/themes/run", chosen="1", doublings="1", closed_from="2026-02-01",
        closed_to="2026-01-01",
    )  # fmt: skip
    stands = re.search(slider, refused.get_data(as_text=True))
    assert stands is not None
    assert float(stands[1]) == 1
    with make.portal.database.writing() as session:
        run = catalogue.newest(session)
        assert run is not None
        run.parameters = {**run.parameters, "fineness": 2.0}
    page = reviewer.get("/themes/run").get_data(as_text=True)
    assert "2.0 times as many as the portal finds" in page


def test_a_run_that_was_stopped_or_killed_leaves_all_as_it_was(
    themes: list[int], make: Builders, client_of: ClientOf
) -> None:
    reviewer, database = client_of("reviewer"), make.portal.database

    def standing_now() -> tuple[catalogue.Figures, list[tuple[int, int]]]:
        with database.reading() as session:
            rows = [(row.theme.id, row.texts) for row in catalogue.seen(session, by=SYSTEM)]
            return catalogue.figures(session, by=SYSTEM), rows

    before = standing_now()
    for number in range(20):
        make.issue(make.project(closed=True), title=SUPPLIER[:50], description=str(number))
    post(reviewer, "/themes/run")
    with database.writing() as session:
        job = jobs.claim(session, "worker", at=now(), kinds=("theme run",))
        assert job is not None
        jobs.ask_to_stop(session, job.id, at=now())
    task = Task(make.portal, job.id, job.payload)
    with pytest.raises(Stopped):
        handlers.run_themes(task)
    assert standing_now() == before

    class Killed(BaseException):
        """As when the process ends in the middle of the writing unit."""

    def kill(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO theme_member"):
            raise Killed

    event.listen(database.engine, "before_cursor_execute", kill)
    try:
        with pytest.raises(Killed):
            runs.run(database, by=None, at=now())
    finally:
        event.remove(database.engine, "before_cursor_execute", kill)
    assert standing_now() == before
    runs.run(database, by=None, at=now())
    assert standing_now() != before


def test_a_fresh_start_is_looked_at_then_kept_or_dropped(
    themes: list[int], make: Builders, client_of: ClientOf
) -> None:
    reviewer = client_of("reviewer")
    for step, said in (("drop", "Dropped"), ("keep", "Kept")):
        runs.run(make.portal.database, by=None, at=NOW, fresh=True)
        page = reviewer.get("/themes/").get_data(as_text=True)
        assert "no text would change its theme" in page
        assert "waits for you" not in client_of("member").get("/themes/").get_data(as_text=True)
        form = re.search(rf'action="(/themes/run/proposed/\d+/{step})"', page)
        assert form is not None
        post(reviewer, form[1])
        page = reviewer.get("/themes/").get_data(as_text=True)
        assert said in page
        assert "waits for you" not in page


def test_a_quarter_begins_with_one_run(themes: list[int], make: Builders) -> None:
    later = NOW.replace(year=2027, month=1, day=1)
    with make.portal.database.writing() as session:
        assert daily.look_for_themes(session, at=NOW) is None  # there was one in this quarter
        job = daily.look_for_themes(session, at=later)
        assert job is not None
        job.created_at = later
        assert daily.look_for_themes(session, at=later.replace(day=2)) is None


def test_a_suggested_merge_is_rejected_once_for_all(
    themes: list[int], make: Builders, client_of: ClientOf
) -> None:
    with make.portal.database.writing() as session:
        run = catalogue.newest(session)
        assert run is not None
        run.difference = {"merges": [[themes[0], themes[1], 0.93]]}
    reviewer = client_of("reviewer")
    question = "Is it the same as"
    for number in themes[:2]:
        assert question in reviewer.get(f"/themes/{number}").get_data(as_text=True)
    assert question not in client_of("member").get(f"/themes/{themes[0]}").get_data(as_text=True)
    post(reviewer, f"/themes/{themes[1]}/apart", into=themes[0])
    page = reviewer.get(f"/themes/{themes[0]}").get_data(as_text=True)
    assert question not in page


# Who sees what ----------------------------------------------------------------------------------


def test_a_theme_of_restricted_texts_is_nowhere_for_others(
    make: Builders, client_of: ClientOf
) -> None:
    many(make.portal.database, themes=2, texts=20)
    works = make.department("Works")
    project = make.project(closed=True, department_id=works.id)
    secret = make.lesson(
        project_id=project.id, department_id=works.id, headline="Zoborian quarrel",
        confidentiality=Confidentiality.restricted, sanitised="Something.",
    )  # fmt: skip
    with make.portal.database.writing() as session:
        open_ = catalogue.themes(session, by=SYSTEM)[0].id
        hidden = Theme(
            label="Theme 99", terms=[], state=ThemeState.current, first_run_id=1, last_run_id=1
        )
        session.add(hidden)
        session.flush()
        session.add(ThemeMember(theme_id=hidden.id, kind=Kind.lesson, object_id=secret.id,
                                score=0.9, rank=1))  # fmt: skip
        run = catalogue.newest(session)
        assert run is not None
        run.layout = {**run.layout, str(hidden.id): [9.0, 9.0]}
        run.moves = {f"lesson:{secret.id:09}": [open_, hidden.id]}
        number = hidden.id
    colleague, reviewer = client_of(make.person(department=works)), client_of("reviewer")
    for address in (
        "/themes/", "/themes/map", "/themes/run", "/themes/unplaced", "/exports/themes.json",
        f"/themes/{open_}", f"/themes/{open_}/texts", f"/exports/theme.json?theme={open_}",
    ):  # fmt: skip
        page = colleague.get(address, buffered=True).get_data(as_text=True)
        for trace in ("Theme 99", "Zoborian", f'/themes/{number}"'):
            assert trace not in page, (address, trace)
    for address in (
        f"/themes/{number}", f"/themes/{number}/texts", f"/exports/theme.json?theme={number}"
    ):  # fmt: skip
        assert colleague.get(address).status_code == 404, address
        assert reviewer.get(address, buffered=True).status_code == 200, address
    assert "Theme 99" in reviewer.get("/themes/").get_data(as_text=True)
    assert "Theme 99" in reviewer.get("/themes/run").get_data(as_text=True)


# Many -------------------------------------------------------------------------------------------


def test_pages_of_many_themes_take_few_queries(make: Builders, client_of: ClientOf) -> None:
    many(make.portal.database, themes=40, texts=2_000)
    with make.portal.database.reading() as session:
        number = catalogue.themes(session, by=SYSTEM)[0].id
    for who in ("reviewer", "member"):
        browser = client_of(who)
        for address in (
            "/themes/", "/themes/?type=software&since=2020", f"/themes/{number}",
            f"/themes/{number}/texts?year=2026", "/themes/unplaced", "/themes/map", "/themes/run",
        ):  # fmt: skip
            browser.get(address)
            count = 0

            def listen(*_: object) -> None:
                nonlocal count
                count += 1

            event.listen(make.portal.database.engine, "before_cursor_execute", listen)
            try:
                assert browser.get(address).status_code == 200
            finally:
                event.remove(make.portal.database.engine, "before_cursor_execute", listen)
            assert count <= 12, (who, address, count)


def test_projects_of_no_department_can_be_chosen(
    themes: list[int], client_of: ClientOf, make: Builders
) -> None:
    with make.portal.database.writing() as session:
        for project in session.query(Project):
            project.department_id = None
    member = client_of("member")
    every = member.get(f"/exports/theme.json?theme={themes[0]}").get_json()
    chosen = member.get(f"/exports/theme.json?theme={themes[0]}&department=0").get_json()
    assert every
    assert chosen == every
    nobodys = Selection(departments=(0,))
    assert runs.run(make.portal.database, by=None, at=NOW, selection=nobodys).texts > 0


def many(database: Database, *, themes: int, texts: int) -> None:
    """Themes over issues of fifty closed projects, written as a run leaves them."""
    with database.writing() as session:
        run = ThemeRun(started_at=NOW, finished_at=NOW, texts=texts, projects=50)
        made = {"created_at": NOW, "updated_at": NOW}
        projects = [
            Project(
                code=f"M{n}", name=f"Many {n}", state=ProjectState.closed, type="software",
                closed_on=date(2020 + n % 7, 5, 1), **made,
            )
            for n in range(50)
        ]  # fmt: skip
        session.add_all([run, *projects])
        session.flush()
        rows = [
            Theme(label=f"Theme {n}", terms=["word"], state=ThemeState.current, size=1,
                  first_run_id=run.id, last_run_id=run.id)
            for n in range(themes)
        ]  # fmt: skip
        issues = [
            Issue(
                project_id=projects[n % 50].id, title=f"Issue {n}", description="Words.",
                status="open", **made,
            )
            for n in range(texts)
        ]  # fmt: skip
        session.add_all([*rows, *issues])
        session.flush()
        run.layout = {str(row.id): [float(n % 7), float(n // 7)] for n, row in enumerate(rows)}
        for n, issue in enumerate(issues[:-9]):
            session.add(
                ThemeMember(theme_id=rows[n % themes].id, kind=Kind.issue, object_id=issue.id,
                            score=0.7, rank=n // themes + 1)
            )  # fmt: skip
        for issue in issues[-9:]:
            session.add(ThemeAside(kind=Kind.issue, object_id=issue.id, looked_at=True))
