"""Start packs: made on registering, answered four ways, returned at gates, printed and exported."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from analytics import candidates, packs
from analytics.startpack import PACK_MOST
from content import applications, gates
from content.models import (
    Answer,
    Application,
    Confidentiality,
    Job,
    Lesson,
    PackItem,
    Person,
    Phase,
    Priority,
    Project,
    Reach,
    StartPack,
)
from content.types import SYSTEM
from portal import packing
from portal.runtime import Runtime
from portal.worker.handlers import rebuild
from portal.worker.loop import drain
from portal.worker.mail import compose
from portal.worker.packmail import tell_managers
from tests.builders import NOW, Builders
from tests.conftest import post

ClientOf = Callable[..., FlaskClient]

FOUNDATION = {
    "headline": "Survey the soil before the foundation is designed",
    "driving_event": "The soil under the pumping station was softer than the drawings said.",
    "lesson": "Old drawings of the soil cannot be trusted.",
    "recommendation": "Order soil borings before the foundation of a pumping station is designed.",
}
INVOICES = {
    "headline": "Match invoices with orders each month",
    "driving_event": "Invoices were paid twice by the ledger.",
    "lesson": "Nobody compared invoices with orders.",
    "recommendation": "Compare invoices with orders at the end of each month.",
}
PIT = {
    "headline": "Keep the foundation pit dry with two pumps",
    "driving_event": "The foundation pit of the pumping station was flooded.",
    "lesson": "One pump is none in soft soil.",
    "recommendation": "Plan two pumps for the pit.",
}
DRY = {"lesson": "Idle pumps seize up.", "recommendation": "Run each pump for ten minutes."}
LATER = NOW + timedelta(days=30)


@pytest.fixture
def station(make: Builders, portal: Runtime) -> tuple[Project, None]:
    """An open project with a manager, beside lessons of others, all indexed."""
    other = make.project(type="construction", size="large")
    make.lesson(project_id=other.id, **FOUNDATION)
    make.lesson(project_id=other.id, **INVOICES)
    make.lesson(
        headline="Name one owner for each interface", scope=Reach.organisation,
        priority=Priority.high,
    )  # fmt: skip
    manager = make.person(name="Mara Manager")
    project = make.project(
        type="construction", size="large", manager_id=manager.id, name="Harbour pumping station",
        description="A pumping station with a deep foundation in soft soil.",
    )  # fmt: skip
    drain(portal)
    return project, None


def manager_of(portal: Runtime, project: Project) -> Person:
    with portal.database.reading() as session:
        found = session.get_one(Project, project.id).manager
        assert found is not None
        return found


def numbers_of(portal: Runtime, project: Project) -> list[int]:
    with portal.database.reading() as session:
        query = select(PackItem.lesson_id).join(PackItem.pack)
        mine = query.where(StartPack.project_id == project.id).order_by(PackItem.rank)
        return list(session.scalars(mine))


def lessons_of(portal: Runtime, project: Project) -> list[str]:
    with portal.database.reading() as session:
        row = session.get_one(Project, project.id)
        pack = packs.of_project(session, row, by=SYSTEM)
        return [found.lesson.headline for found in pack.rows] if pack else []


def test_the_likest_lesson_of_a_like_project_comes_first(
    portal: Runtime, station: tuple[Project, None]
) -> None:
    found = lessons_of(portal, station[0])
    assert found[0] == FOUNDATION["headline"]
    assert "Name one owner for each interface" in found


def test_registering_makes_the_pack_at_once(
    portal: Runtime, make: Builders, client_of: ClientOf, station: tuple[Project, None]
) -> None:
    browser = client_of("member")
    answer = post(
        browser, "/projects/new", code="NEW-9", name="Second pumping station", type="construction",
        description="Deep foundation in soft soil beside the harbour.",
    )  # fmt: skip
    assert answer.status_code == 302
    page = browser.get("/projects/NEW-9/pack").get_data(as_text=True)
    assert FOUNDATION["headline"] in page
    assert "Its words are" in page


def test_four_answers_and_progress(
    portal: Runtime, client_of: ClientOf, station: tuple[Project, None]
) -> None:
    project = station[0]
    browser = client_of(manager_of(portal, project))
    numbers = numbers_of(portal, project)
    url = f"/projects/{project.code}/pack"
    post(browser, f"{url}/{numbers[0]}", answer="applied", where="The tender", version=0)
    missing = post(browser, f"{url}/{numbers[1]}", answer="not applicable", version=0)
    assert missing.status_code == 400
    assert "Say why it does not fit" in missing.get_data(as_text=True)
    post(
        browser, f"{url}/{numbers[1]}", answer="later", phase="executing", version=0,
    )  # fmt: skip
    page = browser.get(url).get_data(as_text=True)
    assert f"<strong>2 of {len(numbers)}</strong> answered, 1 applied" in page
    assert FOUNDATION["headline"] not in page
    assert FOUNDATION["headline"] in browser.get(f"{url}?show=answered").get_data(as_text=True)
    post(browser, f"{url}/{numbers[0]}/withdraw")
    assert FOUNDATION["headline"] in browser.get(url).get_data(as_text=True)


def test_only_the_box_of_the_chosen_answer_counts(
    portal: Runtime, make: Builders, client_of: ClientOf, station: tuple[Project, None]
) -> None:
    project, page = station[0], make.page(title="Surveys", playbook="Building")
    browser, number = client_of(manager_of(portal, project)), numbers_of(portal, project)[0]
    url = f"/projects/{project.code}/pack/{number}"
    post(browser, url, answer="applied", where="Building: Surveys", phase="closing", version=0)
    with portal.database.reading() as session:
        (kept,) = session.scalars(select(Application))
        assert (kept.page_id, kept.where, kept.phase) == (page.id, "", None)
    post(browser, url, answer="later", where="Tender", phase="closing", version=1)
    with portal.database.reading() as session:
        (kept,) = session.scalars(select(Application))
        assert (kept.page_id, kept.where, kept.phase) == (None, "", Phase.closing)


def test_what_was_put_off_returns_at_its_gate(
    portal: Runtime, client_of: ClientOf, station: tuple[Project, None]
) -> None:
    project = station[0]
    browser = client_of(manager_of(portal, project))
    url = f"/projects/{project.code}/pack"
    number = numbers_of(portal, project)[0]
    post(browser, f"{url}/{number}", answer="later", phase="planning", version=0)
    assert FOUNDATION["headline"] not in browser.get(url).get_data(as_text=True)
    gate = browser.get(f"{url}/gate").get_data(as_text=True)
    assert "Put off to planning" in gate
    assert FOUNDATION["headline"] in gate
    assert post(browser, f"{url}/gate").status_code == 302
    assert "due again" in browser.get(url).get_data(as_text=True)
    with portal.database.reading() as session:
        row = session.get_one(Project, project.id)
        present = gates.present_phase(row)
        assert present is not None
        assert present.name is Phase.planning
    post(browser, f"{url}/gate/back")
    assert FOUNDATION["headline"] not in browser.get(url).get_data(as_text=True)


def test_a_gate_in_two_windows_is_passed_once(
    portal: Runtime, client_of: ClientOf, station: tuple[Project, None]
) -> None:
    project = station[0]
    browser = client_of(manager_of(portal, project))
    url = f"/projects/{project.code}/pack/gate"
    page = browser.get(url).get_data(as_text=True)
    assert '<input type="hidden" name="phase" value="initiating">' in page
    for _window in range(2):
        answer = post(browser, url, phase="initiating")
    said = browser.get(answer.headers["Location"]).get_data(as_text=True)
    assert "The project is in planning by now: the gate of initiating was not passed." in said
    with portal.database.reading() as session:
        present = gates.present_phase(session.get_one(Project, project.id))
        assert present is not None
        assert present.name is Phase.planning


def test_a_closed_project_waits_for_no_pack(make: Builders, client_of: ClientOf) -> None:
    project = make.project(closed=True)
    page = client_of("reviewer").get(f"/projects/{project.code}/pack").get_data(as_text=True)
    assert "This project has no start pack" in page
    assert "being put together" not in page


def test_a_new_lesson_that_fits_comes_in_and_is_news(
    portal: Runtime, make: Builders, station: tuple[Project, None]
) -> None:
    make.lesson(**PIT)
    drain(portal)
    assert "Keep the foundation pit dry with two pumps" in lessons_of(portal, station[0])
    assert tell_managers(portal, LATER) == 1
    mail = mails(portal)[-1]
    assert "1 new lesson fits your project" in mail["Subject"]
    text = mail.get_content()
    assert "Keep the foundation pit dry with two pumps" in text
    assert f"/projects/{station[0].code}/pack/" in text
    assert FOUNDATION["headline"] not in text
    assert tell_managers(portal, LATER) == 0


def test_a_manager_hears_nothing_of_what_they_do_not_read_or_have_answered(
    portal: Runtime, make: Builders, client_of: ClientOf, station: tuple[Project, None]
) -> None:
    hidden = make.lesson(**PIT)
    answered = make.lesson(**PIT | {"headline": "Test the pumps of the pit each week", **DRY})
    drain(portal)
    with portal.database.writing() as session:
        session.get_one(Lesson, hidden.id).confidentiality = Confidentiality.restricted
    browser = client_of(manager_of(portal, station[0]))
    url = f"/projects/{station[0].code}/pack/{answered.id}"
    assert post(browser, url, answer="already done", version=0).status_code == 302
    assert tell_managers(portal, LATER) == 0
    with portal.database.writing() as session:
        session.get_one(Lesson, hidden.id).confidentiality = Confidentiality.open
    assert tell_managers(portal, LATER) == 1


def test_what_a_manager_asked_for_is_no_news(
    portal: Runtime, make: Builders, client_of: ClientOf, station: tuple[Project, None]
) -> None:
    make.lesson(**PIT)
    rebuild(portal)
    portal.search.catch_up()
    browser = client_of(manager_of(portal, station[0]))
    assert post(browser, f"/projects/{station[0].code}/pack").status_code == 302
    assert PIT["headline"] in lessons_of(portal, station[0])
    assert tell_managers(portal, LATER) == 0


def test_what_was_answered_elsewhere_is_in_the_pack_too(
    portal: Runtime, make: Builders, station: tuple[Project, None]
) -> None:
    far = make.lesson(
        headline="Zebra crossings", driving_event="Stripes.", lesson="Paint.", recommendation="Wet."
    )
    project = station[0]
    packing.make(portal, project.id)
    assert "Zebra crossings" not in lessons_of(portal, project)
    with portal.database.writing() as session:
        lesson, row = session.get_one(Lesson, far.id), session.get_one(Project, project.id)
        applications.answer(session, lesson, row, {"answer": Answer.applied}, by=SYSTEM, at=NOW)
    packing.make(portal, project.id)
    assert "Zebra crossings" in lessons_of(portal, project)


def mails(portal: Runtime) -> list[EmailMessage]:
    with portal.database.reading() as session:
        rows = session.scalars(select(Job).where(Job.kind == "mail").order_by(Job.id))
        return [compose(portal.settings, dict(row.payload)) for row in rows if row.payload]


def test_a_pack_never_shows_what_its_reader_may_not_see(
    portal: Runtime, make: Builders, client_of: ClientOf, station: tuple[Project, None]
) -> None:
    make.lesson(
        **FOUNDATION | {"headline": "Secret foundation of the pumping station"},
        sanitised="Something happened.",
        confidentiality=Confidentiality.restricted,
    )
    drain(portal)
    packing.make(portal, station[0].id)
    assert "Secret foundation of the pumping station" not in lessons_of(portal, station[0])
    # A reviewer's eyes do not widen a pack that is made for its manager.
    packing.make(portal, station[0].id, by=make.person("reviewer").as_actor())
    assert "Secret foundation of the pumping station" not in lessons_of(portal, station[0])


def test_colleagues_learn_nothing_of_lessons_that_the_manager_alone_reads(
    portal: Runtime,
    make: Builders,
    client_of: ClientOf,
    station: tuple[Project, None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The ranks, the order and what is said of a lesson stay as they were.

    So they do where there are more lessons of the manager's than are looked at.
    """
    monkeypatch.setattr(packing, "LIKE_MOST", 3)
    monkeypatch.setattr(candidates, "BESIDE_MOST", 1)
    project, works = station[0], make.department()
    manager, colleague = manager_of(portal, project), client_of("member")
    with portal.database.writing() as session:
        session.get_one(Person, manager.id).department_id = works.id
    url = f"/projects/{project.code}/pack?show=all"

    def shown() -> list[str]:
        packing.make(portal, project.id)
        page = colleague.get(url).get_data(as_text=True).partition("Ranked ")[0]  # it has the time
        rows = page.split('class="pack-row"')
        return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows[1:]]

    before = shown()
    other = make.project(type="construction", size="large")
    for number in range(3):
        make.lesson(
            project_id=other.id,
            headline=f"Secret {number} of the pumping station with a deep foundation in soft soil",
            driving_event=f"{project.description} {'Mud. ' * number}", department_id=works.id,
            confidentiality=Confidentiality.department,
            lesson=f"{'wet pier dock '[number * 5:][:4] * 9}", recommendation=f"R{number}",
            scope=Reach.organisation, priority=Priority.high, date_occurred=NOW.date(),
        )  # fmt: skip
    drain(portal)
    portal.search.catch_up()
    assert shown() == before
    assert "very close" in before[0]
    # The manager has them in the pack, and before the others.
    assert client_of(manager).get(url).get_data(as_text=True).count("Secret") > 1
    assert lessons_of(portal, project)[0].startswith("Secret")


def test_lessons_of_the_manager_take_no_places_and_hide_none(
    portal: Runtime, make: Builders, client_of: ClientOf, station: tuple[Project, None]
) -> None:
    """A colleague has a pack that is full, and sees what says the same as a hidden lesson."""
    project, works = station[0], make.department()
    manager, colleague = manager_of(portal, project), client_of("member")
    with portal.database.writing() as session:
        session.get_one(Person, manager.id).department_id = works.id
    other = make.project(type="construction", size="large")
    # Words of its own each, so that none is folded under another; the fourth has the first's.
    for number in range(PACK_MOST + 5):
        secret, twin = number < 3, number == 3
        mark = "a0" if twin else f"{chr(97 + number % 26)}{number // 26}"
        words = " ".join(f"{mark[0] * size}q{'xyz'[int(mark[1])]}" for size in range(4, 16))
        make.lesson(
            project_id=other.id, department_id=works.id, lesson=words,
            headline=f"{'Secret' if secret else 'Twin' if twin else 'Pump'} {number}",
            driving_event=project.description, recommendation=f"R{number}",
            scope=Reach.organisation if number < 4 else Reach.project,
            priority=Priority.high if secret else None,
            confidentiality=Confidentiality.department if secret else Confidentiality.open,
        )  # fmt: skip
    drain(portal)
    portal.search.catch_up()
    packing.make(portal, project.id)
    url = f"/projects/{project.code}/pack?show=all"
    theirs, mine = (
        re.findall(r'class="pack-head">.*?/lessons/\d+">([^<]+)<', browser.get(url).text)
        for browser in (colleague, client_of(manager))
    )
    assert (len(theirs), len(mine)) == (PACK_MOST, PACK_MOST)
    assert not any(row.startswith("Secret") for row in theirs)
    assert {"Secret 0", "Secret 1", "Secret 2"} <= set(mine)
    assert "Twin 3" in theirs
    assert "Twin 3" not in mine
    assert "1 more says the same" in client_of(manager).get(url).text


def test_a_pack_reads_lessons_by_number_and_walks_none(
    portal: Runtime, make: Builders, station: tuple[Project, None]
) -> None:
    """However many lessons there are: a join or a condition more can make SQLite read them all."""
    asked: list[tuple[str, Any]] = []

    def listen(_c: object, _cursor: object, statement: str, given: Any, *_more: object) -> None:
        asked.append((statement, given))

    event.listen(portal.database.engine, "before_cursor_execute", listen)
    try:
        with portal.database.reading() as session:
            project = packs.load(session, station[0].id)
            assert project is not None
            packs.choose(session, project, {1: 0.5, 2: 0.1}, by=SYSTEM, at=NOW)
    finally:
        event.remove(portal.database.engine, "before_cursor_execute", listen)
    steps: set[str] = set()
    with portal.database.reading() as session:
        for statement, given in asked:
            if statement.startswith("SELECT"):
                plan = session.connection().exec_driver_sql(
                    f"EXPLAIN QUERY PLAN {statement}", given
                )
                steps |= {row[3] for row in plan}
    ways = [step for step in steps if re.match(r"(SCAN|SEARCH) lesson\b", step)]
    assert len(ways) > 1
    by_number = ("USING INTEGER PRIMARY KEY", "ix_lesson_corporate")
    assert [step for step in ways if not any(way in step for way in by_number)] == []


def test_others_read_and_do_not_answer(
    portal: Runtime, client_of: ClientOf, station: tuple[Project, None]
) -> None:
    project = station[0]
    browser = client_of("member")
    url = f"/projects/{project.code}/pack"
    page = browser.get(url).get_data(as_text=True)
    assert FOUNDATION["headline"] in page
    assert 'name="answer"' not in page
    number = numbers_of(portal, project)[0]
    assert post(browser, f"{url}/{number}", answer="applied", version=0).status_code == 403
    assert post(browser, f"{url}/gate").status_code == 403


def test_exports_hold_every_lesson(
    portal: Runtime, client_of: ClientOf, station: tuple[Project, None]
) -> None:
    from openpyxl import load_workbook

    project = station[0]
    browser = client_of(manager_of(portal, project))
    url = f"/projects/{project.code}/pack/export"
    sheet = load_workbook(io.BytesIO(browser.get(f"{url}.xlsx").data)).active
    assert sheet is not None
    assert [cell.value for cell in sheet["C"]][1:] == lessons_of(portal, project)
    document = ZipFile(io.BytesIO(browser.get(f"{url}.docx").data)).read("word/document.xml")
    assert FOUNDATION["headline"] in document.decode()


def test_home_begins_with_the_share_of_lessons_that_others_applied(
    portal: Runtime, make: Builders, client_of: ClientOf, station: tuple[Project, None]
) -> None:
    project = station[0]
    browser = client_of(manager_of(portal, project))
    assert "<strong>0 %</strong>of 3 lessons applied" in browser.get("/").get_data(as_text=True)
    numbers = numbers_of(portal, project)
    url = f"/projects/{project.code}/pack"
    post(browser, f"{url}/{numbers[0]}", answer="applied", where="The tender", version=0)
    post(browser, f"{url}/{numbers[1]}", answer="already done", version=0)
    assert "<strong>33 %</strong>of 3 lessons applied" in browser.get("/").get_data(as_text=True)
    page = browser.get(f"/projects/{project.code}").get_data(as_text=True)
    assert "1 applied of 2 answered" in page
    assert "The tender" in page
    # What a person does not read counts in neither part.
    with portal.database.writing() as session:
        session.get_one(Lesson, numbers[0]).confidentiality = Confidentiality.restricted
    page = browser.get("/").get_data(as_text=True)
    assert "<strong>0 %</strong>of 2 lessons applied" in page
    page = browser.get(f"/projects/{project.code}").get_data(as_text=True)
    assert "0 applied of 1 answered" in page
