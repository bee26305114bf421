"""Imports by pages and by command: seen before, run whole, done twice, taken back."""

import json
import re
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import func, select

from content import importing, lessons
from content.models import (
    Department,
    Import,
    ImportKind,
    ImportState,
    Lesson,
    LessonState,
    Occurrence,
    Project,
    ProjectState,
)
from content.types import SYSTEM
from portal import importer
from portal.cli import main
from portal.runtime import Runtime
from portal.worker.loop import drain
from tests.builders import NOW, Builders
from tests.conftest import csrf_of, post

ROWS = (
    "id,title,what happened,project,date\n"
    "A1,Order valves early,The foundry was late.,Eastbank,2024-05-06\n"
    "A2,,Permits took a year. Nobody knew.,Eastbank,\n"
    "A3,Only a headline,,,\n"
)


def counts(portal: Runtime) -> tuple[int, int]:
    with portal.database.reading() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) for table in (Lesson, Project)
        )


def take(portal: Runtime, path: Path, *, publish: bool = True) -> tuple[int, dict[str, int]]:
    reading = importer.read(path, path.name)
    with portal.database.writing() as session:
        row = importing.begin(
            session, filename=path.name, file=None, mapping=reading.mapping, publish=publish,
            by=SYSTEM, at=NOW,
        )  # fmt: skip
    report = importer.take(portal, row.id, reading, by=SYSTEM, progress=lambda _step, _share: None)
    return row.id, dict(report.counts)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "register.csv"
    path.write_text(ROWS, encoding="cp1252")
    return path


def test_new_then_unchanged_then_undone(portal: Runtime, table: Path) -> None:
    before = counts(portal)
    first, found = take(portal, table)
    assert found == {"new": 2, "refused": 1}
    assert counts(portal) == (2, 1)
    _, again = take(portal, table)
    assert again == {"unchanged": 2, "refused": 1}
    with portal.database.writing() as session:
        importing.undo(session, importing.get(session, first, by=SYSTEM), by=SYSTEM, at=NOW)
    assert counts(portal) == before


def test_rows_without_an_id_are_known_again_by_their_text(portal: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("headline,lesson\nOne,Learned one.\nTwo,Learned two.\n")
    assert take(portal, path)[1] == {"new": 2}
    assert take(portal, path)[1] == {"unchanged": 2}


def test_undo_restores_what_it_changed_and_keeps_what_people_wrote(
    portal: Runtime, table: Path
) -> None:
    take(portal, table)
    table.write_text(ROWS.replace("Order valves early", "Order valves at once")
                     .replace("Nobody knew", "Everybody knew"))  # fmt: skip
    second, found = take(portal, table)
    assert found == {"changed": 2, "refused": 1}
    with portal.database.writing() as session:
        edited = session.scalars(select(Lesson).where(Lesson.external_id == "A2")).one()
        lessons.edit(session, edited, {"cause": "Written by hand."}, by=SYSTEM, at=NOW)
    with portal.database.writing() as session:
        row = importing.get(session, second, by=SYSTEM)
        done = importing.undo(session, row, by=SYSTEM, at=NOW)
    assert (done["restored"], done["kept"]) == (1, 1)
    with portal.database.reading() as session:
        texts = {row.external_id: row for row in session.scalars(select(Lesson))}
        assert texts["A1"].headline == "Order valves early"
        assert texts["A2"].cause == "Written by hand."


def test_what_a_person_added_is_not_emptied_by_importing_again(
    portal: Runtime, table: Path
) -> None:
    take(portal, table)
    with portal.database.writing() as session:
        row = session.scalars(select(Lesson).where(Lesson.external_id == "A1")).one()
        lessons.edit(session, row, {"recommendation": "Order in May."}, by=SYSTEM, at=NOW)
    assert take(portal, table)[1] == {"unchanged": 2, "refused": 1}


def test_the_pages_show_run_and_take_back(
    portal: Runtime, make: Builders, client_of: Callable[..., FlaskClient]
) -> None:
    reviewer = make.person("reviewer")
    browser = client_of(reviewer)
    address = upload(browser, portal, ROWS.encode(), "old.csv")
    page = browser.get(address, follow_redirects=True).get_data(as_text=True)
    assert "Which column is what" in page
    assert counts(portal)[0] == 0
    assert client_of("reviewer").get(address).status_code in (403, 404)
    assert client_of("member").get("/imports/").status_code == 403

    columns = {"to-0": "external_id", "to-1": "headline", "to-2": "lesson", "to-3": "project"}
    post(browser, f"{address}/columns", **columns, **{"to-4": "date_occurred"})
    post(browser, f"{address}/projects", **{"n-0": "Eastbank", "p-0": "create"})
    browser.get(f"{address}/preview")
    drain(portal)
    page = browser.get(f"{address}/preview").get_data(as_text=True)
    assert "Order valves early" in page
    assert "A lesson needs a headline and one text" in page
    assert counts(portal) == (0, 0)
    post(browser, f"{address}/run", publish="1")
    drain(portal)
    done = browser.get(address).get_data(as_text=True)
    assert "Take the import back" in done
    report = browser.get(f"{address}/report")
    assert b"refused" in report.data
    with portal.database.reading() as session:
        found = session.scalars(select(Lesson)).all()
        assert {row.state for row in found} == {LessonState.published}
        assert all(row.lesson for row in found)
    post(browser, f"{address}/undo")
    drain(portal)
    assert counts(portal) == (0, 0)


def upload(browser: FlaskClient, portal: Runtime, data: bytes, name: str, **more: str) -> str:
    """Send a file and let the worker look at it; answers the address of the import."""
    form = {"csrf_token": csrf_of(browser, "/"), "file": (BytesIO(data), name), **more}
    answer = browser.post("/imports/", data=form, content_type="multipart/form-data")
    assert answer.status_code == 302
    drain(portal)
    return answer.location


def test_a_stopped_import_leaves_nothing(portal: Runtime, tmp_path: Path, make: Builders) -> None:
    path = tmp_path / "many.csv"
    rows = (f"X{n},Headline {n},Text {n}\n" for n in range(250))
    path.write_text("id,title,lesson\n" + "".join(rows))
    reading = importer.read(path, path.name)
    with portal.database.writing() as session:
        row = importing.begin(
            session, filename="many.csv", file=None, mapping={}, publish=False, by=SYSTEM, at=NOW
        )

    class Stop(Exception):
        """The progress report says no."""

    def progress(_step: str, share: float) -> None:
        if share > 0.5:
            raise Stop

    with pytest.raises(Stop):
        importer.take(portal, row.id, reading, by=SYSTEM, progress=progress)
    assert counts(portal)[0] == 200
    importer.abandon(portal, row.id, by=SYSTEM)
    assert counts(portal)[0] == 0
    with portal.database.reading() as session:
        assert session.get_one(Import, row.id).state is ImportState.undone


def command(folder: Path, *words: str):
    return CliRunner().invoke(main, ["--data-dir", str(folder), *words])


def test_the_command_line_from_nothing(tmp_path: Path, table: Path) -> None:
    folder = tmp_path / "real"
    assert command(folder, "search", "x").exit_code == 1
    made = command(folder, "init", "--admin", "boss@example.org", "--no-starter")
    assert made.exit_code == 0, made.output
    assert "password" in made.output
    assert command(folder, "init", "--admin", "other@example.org").exit_code == 1
    dry = command(folder, "import", "lessons", str(table), "--dry-run")
    assert "2 new" in dry.output
    bad = command(folder, "import", "lessons", str(table), "--map", "headline=nowhere")
    assert bad.exit_code == 1
    assert "nowhere" in bad.output
    done = command(folder, "import", "lessons", str(table), "--publish")
    assert "2 new, 0 changed, 0 unchanged, 1 refused" in done.output
    assert (tmp_path / "register.report.csv").exists()
    assert command(folder, "index", "rebuild").exit_code == 0
    found = json.loads(command(folder, "search", "foundry", "--json").output)
    assert [finding["external_id"] for finding in found["findings"]] == ["A1"]
    topics, qrels, run = (tmp_path / name for name in ("t.tsv", "q.txt", "run.trec"))
    topics.write_text("1\tvalves " + "foundry " * 2000 + "\n")
    qrels.write_text("1 0 A1 2\n")
    done = command(folder, "search", "--topics", str(topics), "--run", str(run), "--limit", "5")
    assert done.exit_code == 0, done.output
    assert run.read_text().split()[:4] == ["1", "Q0", "A1", "1"]
    measured = command(folder, "evaluate", "--topics", str(topics), "--qrels", str(qrels))
    assert "nDCG@10     1.0000" in measured.output
    undone = command(folder, "import", "undo", "1")
    assert "2 removed" in undone.output


# The steps --------------------------------------------------------------------------------------

REGISTER = (
    "ref,title,went on,learned,proj,stage,sort,dept\n"
    "B1,Order valves early,The foundry was late.,Order early.,Harbor crane,Desing,technolgy,Eng\n"
    "B2,Ask for permits,It took a year.,Ask first.,Pier,closing,weather,Nobody\n"
)
FIELDS = ("external_id", "headline", "driving_event", "lesson", "project", "phase", "category",
          "department")  # fmt: skip


def columns(*fields: str) -> dict[str, str]:
    return {f"to-{place}": name for place, name in enumerate(fields)}


def text_of(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, (answer.status_code, answer.location)
    return answer.get_data(as_text=True)


def test_values_and_projects_are_decided_and_kept_for_the_next_file(
    portal: Runtime, make: Builders, client_of: Callable[..., FlaskClient]
) -> None:
    browser = client_of("admin")
    crane = make.project(name="Harbour crane")
    address = upload(browser, portal, REGISTER.encode(), "a.csv")
    answer = post(browser, f"{address}/columns", **columns(*FIELDS), save_as="Old register")
    assert answer.location == f"{address}/values"
    page = text_of(browser, f"{address}/values")
    assert "spelt nearly so" in page
    said = [("phase", "Desing", "planning"), ("category", "technolgy", "technology"),
            ("category", "weather", "="), ("department", "Nobody", "")]  # fmt: skip
    form = {f"{key}-{n}": part for n, row in enumerate(said)
            for key, part in zip("fvo", row, strict=True)}  # fmt: skip
    answer = post(browser, f"{address}/values", **form, keep="1")
    assert answer.location == f"{address}/projects"
    page = text_of(browser, f"{address}/projects")
    assert "% alike" in page
    answer = post(browser, f"{address}/projects", **{"n-0": "Pier", "p-0": "", "c-0": "NO-SUCH"})
    assert answer.status_code == 400
    assert b"NO-SUCH" in answer.data
    names = {"n-0": "Harbor crane", "p-0": str(crane.id), "n-1": "Pier", "p-1": ""}
    post(browser, f"{address}/projects", **names)
    browser.get(f"{address}/preview")
    drain(portal)
    assert "technology" in text_of(browser, f"{address}/preview")
    post(browser, f"{address}/run", publish="0")
    drain(portal)
    with portal.database.reading() as session:
        rows = session.scalars(select(Lesson).order_by(Lesson.external_id)).all()
        told = [(row.project_id, row.phase, row.category, row.department_id) for row in rows]
    assert told == [(crane.id, "planning", "technology", None), (None, "closing", "weather", None)]

    second = upload(browser, portal, REGISTER.replace("B", "C").encode(), "b.csv")
    assert "saved under “Old register”" in text_of(browser, f"{second}/columns")
    with portal.database.reading() as session:
        row = session.scalars(select(Import).order_by(Import.id.desc())).first()
        assert row.decided["values"]["phase"] == {"Desing": "planning"}


def test_two_columns_for_one_field_are_told_and_what_was_chosen_stays(
    portal: Runtime, client_of: Callable[..., FlaskClient]
) -> None:
    browser = client_of("reviewer")
    address = upload(browser, portal, ROWS.encode(), "a.csv")
    answer = post(browser, f"{address}/columns", **columns("", "headline", "headline", "", ""))
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert "title is Headline already." in page
    assert page.count('<option value="headline" selected>') == 2


def test_known_lessons_are_shown_beside_rows_and_become_occurrences(
    portal: Runtime, make: Builders, client_of: Callable[..., FlaskClient]
) -> None:
    browser = client_of("reviewer")
    known = make.lesson(headline="Order valves early!", driving_event="The foundry had no room.")
    address = upload(browser, portal, ROWS.encode(), "a.csv")
    fields = ("external_id", "headline", "driving_event", "project", "date_occurred")
    post(browser, f"{address}/columns", **columns(*fields))
    browser.get(f"{address}/repeats")
    drain(portal)
    page = text_of(browser, f"{address}/repeats")
    assert "The foundry had no room." in page
    assert "The foundry was late." in page
    post(browser, f"{address}/repeats", **{"r-2": "occurrence"})
    assert "added as occurrences" in text_of(browser, f"{address}/preview")
    post(browser, f"{address}/run", publish="1")
    drain(portal)
    with portal.database.reading() as session:
        occurrence = session.scalars(select(Occurrence)).one()
        assert (occurrence.lesson_id, occurrence.project.name) == (known.id, "Eastbank")
    post(browser, f"{address}/undo")
    drain(portal)
    assert counts(portal) == (1, 0)


def test_a_file_that_is_no_table_is_refused_in_words(
    portal: Runtime, client_of: Callable[..., FlaskClient]
) -> None:
    browser = client_of("reviewer")
    address = upload(browser, portal, b"%PDF-1.7 nothing", "a.csv")
    assert "The file is not a table" in text_of(browser, address)


def test_an_import_that_is_cut_off_begins_afresh(portal: Runtime, table: Path) -> None:
    reading = importer.read(table, table.name)
    with portal.database.writing() as session:
        row = importing.begin(
            session, filename="a.csv", file=None, mapping={}, publish=True, by=SYSTEM, at=NOW
        )
        drafts, _ = next(reading.chunks())
        importing.take(session, row, drafts[:1], by=SYSTEM, at=NOW)
        row.state = ImportState.running
    report = importer.take(portal, row.id, reading, by=SYSTEM, progress=lambda _step, _share: None)
    assert report.counts == {"new": 2, "refused": 1}
    assert counts(portal) == (2, 1)


def test_issues_by_the_command_line(tmp_path: Path) -> None:
    folder, path = tmp_path / "real", tmp_path / "jira.csv"
    command(folder, "init", "--admin", "boss@example.org", "--no-starter")
    path.write_text("Issue key,Summary,Status\nNET-1,Pump leaks,Resolved\n,Whose is it,Open\n")
    done = command(folder, "import", "issues", str(path))
    assert "1 new, 0 changed, 0 unchanged, 1 refused" in done.output, done.output
    assert "names no project" in done.output
    assert "1 removed" in command(folder, "import", "undo", "1").output


def test_what_an_import_made_is_listed_and_its_steps_lead_back_to_it(
    portal: Runtime, make: Builders, client_of: Callable[..., FlaskClient]
) -> None:
    browser = client_of("admin")
    make.lesson(headline="Something older")
    address = upload(browser, portal, ROWS.encode(), "a.csv")
    fields = ("external_id", "headline", "driving_event", "project", "date_occurred")
    post(browser, f"{address}/columns", **columns(*fields))
    post(browser, f"{address}/run", publish="1")
    drain(portal)
    page = text_of(browser, address)
    assert "<strong>1</strong>project registered" in page
    link = f"/lessons/?import={address.rsplit('/', 1)[1]}"
    assert link in page
    listed = text_of(browser, link)
    assert "Order valves early" in listed
    assert "Something older" not in listed
    # Who may not import is not told what came with one.
    assert "Something older" in text_of(client_of("member"), link)
    for step in ("columns", "values", "projects", "repeats", "preview"):
        answer = browser.get(f"{address}/{step}")
        assert (answer.status_code, answer.location) == (302, address), step
    assert "has been run already" in text_of(browser, address)


def test_the_likest_project_is_named_and_linking_is_offered_when_one_is_nearly_sure(
    portal: Runtime, make: Builders, client_of: Callable[..., FlaskClient]
) -> None:
    browser = client_of("admin")
    make.project(name="Harbour crane")
    address = upload(browser, portal, REGISTER.encode(), "a.csv")
    post(browser, f"{address}/columns", **columns(*FIELDS))
    page = text_of(browser, f"{address}/projects")
    assert "2 names to decide" in page
    assert "in the register already" not in page
    assert re.search(r"9\d % alike</span> \S+ Harbour crane</td>", page)
    assert "Link all that are" in page
    other = upload(browser, portal, REGISTER.replace("Harbor crane", "Jetty").encode(), "b.csv")
    post(browser, f"{other}/columns", **columns(*FIELDS))
    assert "Link all that are" not in text_of(browser, f"{other}/projects")


def test_projects_of_the_past_are_closed_on_the_day_of_their_last_row(
    portal: Runtime, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "headline,lesson,project,date\nOne,L one.,Pier,2019-05-06\nTwo,L two.,Pier,2021-02-03\n"
        "Three,L three.,Pier,2020-01-01\nFour,L four.,Quay,\nFive,L five.,Known,2022-01-01\n"
        "Six,L six.,Pier,2098-01-01\n"
    )
    with portal.database.writing() as session:
        session.add(
            Project(code="KNOWN", name="Known", state=ProjectState.open, created_at=NOW,
                    updated_at=NOW)
        )  # fmt: skip
    number, _ = take(portal, path)
    with portal.database.reading() as session:
        days = dict(session.execute(select(Project.name, Project.closed_on)).all())
        assert days == {"Pier": date(2021, 2, 3), "Quay": None, "Known": None}
        report = session.get_one(Import, number).report_file
        assert report is not None
        said = portal.files.read(report.sha256).decode()
    assert "“Pier” was not known and is registered as closed on the day of its last row" in said
    issues = tmp_path / "issues.csv"
    issues.write_text("Title,Project,Created,Closed\nA,Weir,2018-01-01,2018-03-04\n")
    reading = importer.read(issues, issues.name, kind=ImportKind.issues)
    with portal.database.writing() as session:
        row = importing.begin(
            session, filename="i", file=None, mapping=reading.mapping, publish=False,
            kind=ImportKind.issues, by=SYSTEM, at=NOW,
        )  # fmt: skip
    importer.take(portal, row.id, reading, by=SYSTEM, progress=lambda _step, _share: None)
    with portal.database.reading() as session:
        weir = session.scalars(select(Project).where(Project.name == "Weir")).one()
        assert weir.closed_on == date(2018, 3, 4)


def test_projects_of_the_past_belong_to_the_department_that_most_rows_name(
    portal: Runtime, make: Builders, tmp_path: Path
) -> None:
    with portal.database.writing() as session:
        session.add_all([Department(code="NET", name="Networks"), Department(code="IT", name="IT")])
    path = tmp_path / "a.csv"
    path.write_text(
        "headline,lesson,project,department\nOne,L one.,Pier,IT\nTwo,L two.,Pier,Networks\n"
        "Three,L three.,Pier,NET\nFour,L four.,Quay,Nobody\n"
    )
    take(portal, path)
    with portal.database.reading() as session:
        found = {row.name: row.department for row in session.scalars(select(Project))}
        assert (found["Pier"].code, found["Quay"]) == ("NET", None)
