"""Recording a lesson in pages, without JavaScript: the questions, two windows, whose draft."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from content import activity, gates, occurrences
from content.db import now
from content.models import (
    CaptureDraft,
    Confidentiality,
    Lesson,
    LessonState,
    Person,
    Phase,
    Project,
)
from content.types import SYSTEM
from portal.worker.loop import drain
from tests.builders import NOW, Builders
from tests.conftest import post

Clients = Callable[..., FlaskClient]
KEY = "a-key-of-sixteen-letters"
HERE = f"/lessons/capture/{KEY}"
EVENT = "The crane stood still for nine days because its permit for the bridge was missing."


def text(writer: FlaskClient, path: str) -> str:
    return writer.get(path, follow_redirects=True).get_data(as_text=True)


def drafts(make: Builders) -> list[CaptureDraft]:
    with make.portal.database.reading() as session:
        return list(session.scalars(select(CaptureDraft).order_by(CaptureDraft.id)))


def lessons_of(make: Builders) -> list[Lesson]:
    with make.portal.database.reading() as session:
        return list(session.scalars(select(Lesson).order_by(Lesson.id)))


@pytest.fixture
def manager(make: Builders) -> Person:
    return make.person(name="Ines Calder")


@pytest.fixture
def writer(manager: Person, client_of: Clients) -> FlaskClient:
    return client_of(manager)


def begin(writer: FlaskClient, **fields: object) -> int:
    """Answer the first question; the version that the draft has then."""
    answer = post(writer, f"{HERE}/project", draft_version=0, go="on", project_id="", **fields)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return 1


def test_every_link_leads_to_the_questions(writer: FlaskClient, make: Builders) -> None:
    project = make.project()
    answer = writer.get(f"/lessons/new?project={project.id}&headline=Weigh+it&_external=1")
    assert answer.location == f"/lessons/capture/new?project={project.id}&headline=Weigh+it"
    first = writer.get(answer.location)
    assert re.fullmatch(
        rf"/lessons/capture/[\w-]{{24}}/project\?project={project.id}&headline=Weigh\+it",
        first.location,
    )
    assert drafts(make) == []  # looking keeps nothing
    page = text(writer, first.location)
    assert "All fields on one page" in page
    sent = re.search(r'method="post" action="([^"]+)" novalidate data-capture="([^"]+)"', page)
    assert sent is not None
    for address, version in ((sent[2], 0), (sent[1], 1)):
        fields = {"step": "project", "project_id": project.id, "draft_version": version}
        assert post(writer, unescape(address), **fields).status_code in (200, 302)
        assert drafts(make)[0].values["headline"] == "Weigh it"


def test_a_lesson_is_handed_in_question_by_question(
    make: Builders, manager: Person, writer: FlaskClient
) -> None:
    project = make.project(manager_id=manager.id, department_id=make.department("Roads").id)
    page = text(writer, f"{HERE}/project")
    for shown in ("1 of 7", "about 5 minutes", f'<option selected value="{project.id}">', "Roads"):
        assert shown in page, shown
    answers = (
        ("project", {"project_id": project.id, "date_occurred": "2026-10-05"}, "event"),
        ("event", {"driving_event": EVENT}, "cause"),
        ("cause", {"cause": "Nobody had asked for it."}, "learned"),
        ("learned", {"lesson": "A permit takes six weeks."}, "advice"),
        ("advice", {"recommendation": "Ask for the permit before booking the crane."}, "point"),
        ("point", {"headline": "Ask for permits first", "kind": "problem"}, "more"),
        ("more", {"phase": "planning", "topics": "cranes", "days": "9", "cost": ""}, "check"),
    )
    for version, (name, fields, after) in enumerate(answers):
        answer = post(writer, f"{HERE}/{name}", draft_version=version, go="on", **fields)
        assert (answer.status_code, answer.location) == (302, f"{HERE}/{after}")
    page = text(writer, f"{HERE}/check")
    for shown in (EVENT, "Ask for permits first", "Roads", "planning", "cranes", "everybody"):
        assert shown in page, shown
    answer = post(writer, f"{HERE}/finish", then="submit", draft_version=7)
    (lesson,) = lessons_of(make)
    assert answer.location == f"/lessons/{lesson.id}"
    assert (lesson.state, lesson.headline, lesson.driving_event, lesson.project_id) == (
        LessonState.submitted, "Ask for permits first", EVENT, project.id,
    )  # fmt: skip
    assert (lesson.phase, lesson.days, lesson.date_occurred) == (
        Phase.planning, 9, date(2026, 10, 5),
    )  # fmt: skip
    assert (lesson.topics, lesson.department_id) == (["cranes"], project.department_id)
    assert drafts(make) == []
    with make.portal.database.reading() as session:
        assert [row.verb for row in activity.of(session, "lesson", lesson.id)] == [
            "submit", "create",
        ]  # fmt: skip
    assert f'action="/lessons/{lesson.id}/withdraw"' in text(writer, "/")


def test_facts_come_from_the_project(make: Builders, manager: Person, writer: FlaskClient) -> None:
    one, other = make.project(manager_id=manager.id), make.project()
    with make.portal.database.writing() as session:
        row = session.get_one(Project, other.id)
        for _ in range(2):
            gates.pass_gate(session, row, on=date(2026, 1, 1), by=SYSTEM, at=NOW)
    assert f'<option selected value="{one.id}">' in text(writer, f"{HERE}/project")
    page = text(writer, f"{HERE}/project?project={other.id}")
    assert f'<option selected value="{other.id}">' in page
    assert f'value="{now().date().isoformat()}"' in page
    post(writer, f"{HERE}/project", draft_version=0, project_id=one.id, go="on")
    assert drafts(make)[0].values["phase"] == "initiating"
    post(writer, f"{HERE}/project", draft_version=1, project_id=other.id, go="on")
    assert drafts(make)[0].values["phase"] == "executing"
    # A phase that was chosen stays while the project does.
    post(writer, f"{HERE}/more", draft_version=2, phase="closing", go="back")
    post(writer, f"{HERE}/project", draft_version=3, project_id=other.id, go="on")
    assert drafts(make)[0].values["phase"] == "closing"


def test_a_project_that_is_none_is_not_taken(writer: FlaskClient, make: Builders) -> None:
    for version, odd in enumerate(("x", "²", "-1", "9" * 30, "")):
        fields = {"step": "project", "project_id": odd, "draft_version": version}
        answer = post(writer, f"{HERE}/save", **fields)
        assert answer.status_code == 200, odd
        assert writer.get(f"{HERE}/check").status_code == 200
        assert drafts(make)[0].values["project_id"] == ""
    fields = {"step": "project", "project_id": 4_711, "draft_version": 1}
    assert post(writer, f"{HERE}/save", **fields).status_code == 404


def test_hints_say_what_a_reader_misses_and_hinder_nobody(writer: FlaskClient) -> None:
    begin(writer)
    vague = "Communicate better next time."
    answer = post(writer, f"{HERE}/beside", step="advice", recommendation=vague)
    assert "What a reader may miss" in answer.get_data(as_text=True)
    post(writer, f"{HERE}/advice", draft_version=1, recommendation=vague, go="on")
    page = text(writer, f"{HERE}/check")
    for shown in ("What a reader may miss", "Why, and how it could read", "Hand in for review"):
        assert shown in page, shown


def test_a_short_form_in_the_name_of_a_project_is_known(
    writer: FlaskClient, make: Builders
) -> None:
    make.project(code="ZQW-1", name="Rollout of XQP in Westbrook")
    many = " ".join(f"The K{a}{b} stood." for a in "QXZVW" for b in "QXZVW")
    for typed, unknown in (
        ("The XQP took six weeks.", False),
        ("The XQPs took six weeks.", False),
        ("The XKP took six weeks.", True),
        (f"The XQP took six weeks. {many}", True),
    ):
        answer = post(writer, f"{HERE}/beside", step="event", driving_event=typed)
        page = answer.get_data(as_text=True)
        assert ("know this short form" in page) is unknown, typed
        assert "XQP" not in page


def test_back_keeps_what_was_typed_and_a_fault_is_shown(writer: FlaskClient) -> None:
    begin(writer)
    answer = post(writer, f"{HERE}/cause", draft_version=1, cause="No drawing.", go="back")
    assert answer.location == f"{HERE}/event"
    assert "No drawing." in text(writer, f"{HERE}/cause")
    answer = post(writer, f"{HERE}/more", draft_version=2, cost="much", effect="Late.", go="on")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Not a valid integer value" in page
    assert 'value="much"' in page
    assert "Late." in page


def test_what_is_missing_is_named_with_the_way_to_it(writer: FlaskClient, make: Builders) -> None:
    begin(writer)
    answer = post(writer, f"{HERE}/finish", then="submit", draft_version=1)
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert f'href="{HERE}/point">The point in one line</a>: Say the point' in page
    post(writer, f"{HERE}/point", draft_version=1, headline="Weigh it", go="on")
    post(writer, f"{HERE}/event", draft_version=2, driving_event=EVENT, go="check")
    page = post(writer, f"{HERE}/finish", then="submit", draft_version=3).get_data(as_text=True)
    assert f'href="{HERE}/advice">' in page
    assert lessons_of(make) == []
    answer = post(writer, f"{HERE}/finish", then="draft", draft_version=3)
    (lesson,) = lessons_of(make)
    assert (answer.location, lesson.state) == (f"/lessons/{lesson.id}", LessonState.draft)


def test_a_draft_without_a_headline_stays_a_draft(writer: FlaskClient, make: Builders) -> None:
    begin(writer)
    answer = post(writer, f"{HERE}/finish", then="draft", draft_version=1)
    assert answer.location == "/lessons/capture"
    assert (lessons_of(make), len(drafts(make))) == ([], 1)
    assert "Kept among your drafts" in text(writer, "/lessons/capture")


# Two windows ----------------------------------------------------------------------------------


def test_two_windows_meet_and_neither_text_is_lost(writer: FlaskClient, make: Builders) -> None:
    begin(writer)
    post(writer, f"{HERE}/event", draft_version=1, driving_event="Theirs: it rained.", go="on")
    mine = {"driving_event": "Mine: it froze.", "go": "on"}
    answer = post(writer, f"{HERE}/event", draft_version=1, **mine)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    for shown in ("Theirs: it rained.", "Mine: it froze.", "Keep mine", "Take the other"):
        assert shown in page, shown
    assert drafts(make)[0].values["driving_event"] == "Theirs: it rained."
    version = re.search(r'name="draft_version" value="(\d+)"', page)
    assert version is not None
    answer = post(writer, f"{HERE}/event", draft_version=version[1], **{**mine, "go": "event"})
    assert answer.location == f"{HERE}/event"
    assert drafts(make)[0].values["driving_event"] == "Mine: it froze."


def test_saving_while_typing_answers_the_time_or_both_texts(
    writer: FlaskClient, make: Builders
) -> None:
    fields = {"step": "event", "driving_event": "It rained."}
    answer = post(writer, f"{HERE}/save", draft_version=0, **fields)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["version"] == 1
    assert answer.json["saved_at"] == drafts(make)[0].saved_at.isoformat()
    # The same text again is no second text: the answer to the first may have been lost.
    assert post(writer, f"{HERE}/save", draft_version=0, **fields).status_code == 200
    fields["driving_event"] = "It froze."
    answer = post(writer, f"{HERE}/save", draft_version=0, **fields)
    assert (answer.status_code, answer.json) == (
        409,
        {
            "message": "This was changed in another window. Both texts are below.",
            "version": 1,
            "differences": [
                {
                    "name": "driving_event", "label": "What happened?", "theirs": "It rained.",
                    "mine_shown": "It froze.", "theirs_shown": "It rained.",
                }
            ],
        },
    )  # fmt: skip
    assert post(writer, f"{HERE}/save", draft_version=1, step="nothing").status_code == 400
    long = {"step": "event", "driving_event": "x" * 100_001}
    answer = post(writer, f"{HERE}/save", draft_version=1, **long)
    assert (answer.status_code, answer.json) == (400, {"message": "At most 100,000 characters."})
    assert writer.post(f"{HERE}/save", data=fields).status_code == 400  # no token


def test_handing_in_what_another_window_changed_asks_to_read_again(
    writer: FlaskClient, make: Builders
) -> None:
    begin(writer)
    post(writer, f"{HERE}/event", draft_version=1, driving_event=EVENT, go="on")
    answer = post(writer, f"{HERE}/finish", then="draft", draft_version=1)
    assert answer.status_code == 409
    assert "Changed in another window" in answer.get_data(as_text=True)
    assert lessons_of(make) == []


# Drafts ---------------------------------------------------------------------------------------


def test_the_draft_of_another_person_is_not_there(
    writer: FlaskClient, client_of: Clients, make: Builders
) -> None:
    begin(writer)
    post(writer, f"{HERE}/event", draft_version=1, driving_event=EVENT, go="on")
    lesson = make.lesson()
    for other in (client_of("admin"), client_of("member")):
        for name in ("project", "event", "check"):
            assert other.get(f"{HERE}/{name}").status_code == 404, name
        for path in ("event", "save", "beside", "finish", "delete", "restore"):
            answer = post(other, f"{HERE}/{path}", draft_version=2, step="event", driving_event="x")
            assert answer.status_code == 404, path
        assert other.get(f"/lessons/new?draft={KEY}").status_code == 404
        for path in (f"/lessons/{lesson.id}", f"/lessons/{lesson.id}/occurrences/new"):
            assert other.get(f"{path}?draft={KEY}").status_code == 404
        assert EVENT not in text(other, "/lessons/capture")
    assert drafts(make)[0].values["driving_event"] == EVENT


def test_drafts_are_listed_taken_up_deleted_and_brought_back(writer: FlaskClient) -> None:
    assert "Nothing begun" in text(writer, "/lessons/capture")
    begin(writer)
    post(writer, f"{HERE}/event", draft_version=1, driving_event=EVENT, go="on")
    page = text(writer, "/lessons/capture")
    assert EVENT[:40] in page
    assert f'href="{HERE}/cause"' in page
    assert "You have begun 1 lesson" in text(writer, "/lessons/capture/new")
    post(writer, f"{HERE}/delete")
    page = text(writer, "/lessons/capture")
    assert "Nothing begun" in page
    assert f'action="{HERE}/restore"' in page
    post(writer, f"{HERE}/restore")
    assert EVENT[:40] in text(writer, "/lessons/capture")


def test_all_fields_on_one_page_go_on_with_the_draft(writer: FlaskClient, make: Builders) -> None:
    begin(writer)
    post(writer, f"{HERE}/event", draft_version=1, driving_event=EVENT, go="on")
    path = f"/lessons/new?draft={KEY}"
    page = text(writer, path)
    assert EVENT in page
    assert f'data-capture="{HERE}/save"' in page
    answer = post(writer, path, draft_key=KEY, headline="Weigh it", driving_event=EVENT)
    assert (answer.status_code, len(lessons_of(make)), drafts(make)) == (302, 1, [])


def test_changes_of_a_lesson_are_kept_and_taken_up(
    writer: FlaskClient, make: Builders, manager: Person
) -> None:
    lesson = make.lesson(LessonState.draft, by=manager)
    path = f"/lessons/{lesson.id}/edit"
    fields = {"step": "all", "of_lesson": lesson.id, "headline": lesson.headline, "version": 1}
    typed = {**fields, "cause": "Nobody signed.", "affects": ["quality", "scope"]}
    assert post(writer, f"{HERE}/save", draft_version=0, **typed).status_code == 200
    page = text(writer, path)
    assert "You have unsaved changes" in page
    assert "Nobody signed." not in page
    page = text(writer, f"{path}?draft={KEY}")
    assert "Nobody signed." in page
    assert len(re.findall(r'<input checked[^>]*name="affects"', page)) == 2
    assert "You have unsaved changes" not in page
    assert f'href="{path}?draft={KEY}"' in text(writer, "/lessons/capture")
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None
    assert version[1] == "1"
    answer = post(writer, path, **{**typed, "driving_event": "It rained.", "draft_key": KEY})
    assert answer.status_code == 302
    assert (lessons_of(make)[0].cause, drafts(make)) == ("Nobody signed.", [])


def test_nobody_keeps_changes_of_a_lesson_that_is_not_theirs(
    client_of: Clients, make: Builders, manager: Person
) -> None:
    lesson = make.lesson(LessonState.draft, by=manager)
    fields = {"step": "all", "of_lesson": lesson.id, "cause": "x", "draft_version": 0}
    assert post(client_of("member"), f"{HERE}/save", **fields).status_code == 404
    published = make.lesson(by=manager)
    fields["of_lesson"] = published.id
    assert post(client_of("member"), f"{HERE}/save", **fields).status_code == 403
    assert drafts(make) == []


# Beside the question --------------------------------------------------------------------------


def crane(make: Builders, **values: object) -> Lesson:
    lesson = make.lesson(
        headline="Ask for the crane's permit before it is booked",
        driving_event="The crane waited because the permit for the bridge was missing for days.",
        **values,
    )
    # A word that one lesson alone has likens it to none.
    make.lesson(headline="A crane without a permit is missing at the bridge")
    for number in range(12):
        make.lesson(headline=f"Invoices {number}", driving_event="The ledger was closed too early.")
    drain(make.portal)
    return lesson


def test_a_similar_lesson_is_shown_on_the_next_question(
    writer: FlaskClient, make: Builders
) -> None:
    lesson = crane(make)
    begin(writer)
    assert "Did it happen before?" not in text(writer, f"{HERE}/event")
    post(writer, f"{HERE}/event", draft_version=1, driving_event=EVENT, go="on")
    page = text(writer, f"{HERE}/cause")
    assert f'href="/lessons/{lesson.id}/occurrences/new?draft={KEY}"' in page
    assert re.search(r"Both speak of .*permit", page)
    assert "Invoices" not in page
    answer = post(writer, f"{HERE}/beside", step="event", driving_event=EVENT, draft_version=2)
    assert f"/lessons/{lesson.id}/occurrences" in answer.get_data(as_text=True)
    assert "<html" not in answer.get_data(as_text=True)
    for other in ("Yesterday we had soup, and everybody enjoyed the canteen.", "The crane."):
        answer = post(writer, f"{HERE}/beside", step="event", driving_event=other)
        assert "Did it happen before?" not in answer.get_data(as_text=True), other


def test_a_lesson_that_is_read_in_part_is_not_offered(
    writer: FlaskClient, client_of: Clients, make: Builders
) -> None:
    lesson = crane(
        make, confidentiality=Confidentiality.restricted,
        sanitised="The crane stood still because its permit for the bridge was missing.",
    )  # fmt: skip
    for who, shown in ((writer, False), (client_of("reviewer"), True)):
        key = f"/lessons/capture/{'r' * 20 if shown else KEY}"
        answer = post(who, f"{key}/beside", step="event", driving_event=EVENT)
        assert (f"/lessons/{lesson.id}" in answer.get_data(as_text=True)) is shown


# It happened to us too ------------------------------------------------------------------------


def test_a_draft_becomes_an_occurrence(
    writer: FlaskClient, make: Builders, manager: Person
) -> None:
    lesson, project = make.lesson(), make.project(manager_id=manager.id, name="Riverside")
    post(
        writer, f"{HERE}/project", draft_version=0, project_id=project.id,
        date_occurred="2026-10-05", go="on",
    )  # fmt: skip
    post(writer, f"{HERE}/event", draft_version=1, driving_event=EVENT, go="on")
    path = f"/lessons/{lesson.id}/occurrences/new"
    page = text(writer, f"{path}?draft={KEY}")
    for shown in (f'<option selected value="{project.id}">', "2026-10-05", EVENT):
        assert shown in page, shown
    answer = post(
        writer, path, draft=KEY, project_id=project.id, occurred_on="2026-10-05",
        effect="Two weeks lost.", note="In the rain.", days="9",
    )  # fmt: skip
    assert answer.location == f"/lessons/{lesson.id}?draft={KEY}#happened"
    page = text(writer, answer.location)
    for shown in (
        "Happened 2 times", "Riverside", "Two weeks lost.", "In the rain.", "9 working days",
        "added by you", "says the same now", f'action="{HERE}/delete"',
    ):  # fmt: skip
        assert shown in page, shown
    undo = re.search(r'action="(/lessons/\d+/occurrences/\d+/withdraw)"[^>]*>.*?Undo', page)
    assert undo is not None
    assert "happened 2 times" in text(writer, "/lessons/")
    post(writer, undo[1])
    assert "Two weeks lost." not in text(writer, f"/lessons/{lesson.id}")
    assert "happened 2 times" not in text(writer, "/lessons/")
    post(writer, undo[1].replace("withdraw", "restore"))
    assert "Two weeks lost." in text(writer, f"/lessons/{lesson.id}")


def test_the_form_of_an_occurrence_keeps_what_was_typed(
    writer: FlaskClient, make: Builders
) -> None:
    lesson, project = make.lesson(), make.project()
    path = f"/lessons/{lesson.id}/occurrences/new"
    answer = post(writer, path, project_id="", cost="x", note="In the rain.")
    assert answer.status_code == 400
    assert "In the rain." in answer.get_data(as_text=True)
    answer = post(writer, path, project_id="")
    assert "Say at least which project" in answer.get_data(as_text=True)
    fields = {"project_id": project.id, "occurred_on": "2026-10-05", "note": "In the rain."}
    assert post(writer, path, **fields).status_code == 302
    answer = post(writer, path, **fields)
    assert answer.status_code == 409
    assert "In the rain." in answer.get_data(as_text=True)


def test_who_reads_a_lesson_in_part_neither_adds_nor_sees_occurrences(
    writer: FlaskClient, client_of: Clients, make: Builders
) -> None:
    lesson = make.lesson(confidentiality=Confidentiality.restricted, sanitised="Not weighed.")
    project = make.project(name="Riverside")
    with make.portal.database.writing() as session:
        row = occurrences.add(
            session, session.get_one(Lesson, lesson.id),
            {"project_id": project.id, "note": "Weighbridge"}, by=SYSTEM, at=NOW,
        )  # fmt: skip
    drain(make.portal)
    path = f"/lessons/{lesson.id}/occurrences"
    assert writer.get(f"{path}/new").status_code == 404
    assert post(writer, f"{path}/new", note="x").status_code == 404
    assert post(writer, f"{path}/{row.id}/withdraw").status_code == 404
    for address in (f"/lessons/{lesson.id}", "/lessons/", "/search?q=weighbridge"):
        page = text(writer, address)
        for kept_back in ("happened 2", "Happened 2", "Riverside</a>", "Weighbridge"):
            assert kept_back not in page, (address, kept_back)
    reviewer = client_of("reviewer")
    assert "Weighbridge" in text(reviewer, f"/lessons/{lesson.id}")
    assert f"/lessons/{lesson.id}" in text(reviewer, "/search?q=weighbridge")


def test_an_occurrence_does_not_tell_who_the_hidden_author_is(
    writer: FlaskClient, client_of: Clients, make: Builders, manager: Person
) -> None:
    lesson = make.lesson(by=manager, author_hidden=True)
    path = f"/lessons/{lesson.id}/occurrences/new"
    post(writer, path, project_id=make.project().id, note="Mine.")
    helper = make.person(name="Bruno Falk")
    post(client_of(helper), path, project_id=make.project().id, note="Theirs.")
    page = text(client_of("member"), f"/lessons/{lesson.id}")
    for shown in ("Mine.", "Theirs."):
        assert shown in page
    for kept_back in ("Ines Calder", "Bruno Falk", "add occurrence"):
        assert kept_back not in page, kept_back


def test_only_its_writer_or_a_reviewer_withdraws(
    writer: FlaskClient, client_of: Clients, make: Builders
) -> None:
    lesson = make.lesson()
    post(writer, f"/lessons/{lesson.id}/occurrences/new", note="In the rain.", project_id="")
    move = f"/lessons/{lesson.id}/occurrences/1/withdraw"
    member = client_of("member")
    assert move not in text(member, f"/lessons/{lesson.id}")
    assert post(member, move).status_code == 403
    assert post(writer, f"/lessons/{make.lesson().id}/occurrences/1/withdraw").status_code == 404
    assert post(client_of("reviewer"), move).status_code == 302


def test_what_is_typed_is_escaped(writer: FlaskClient, make: Builders) -> None:
    evil = "<script>alert(1)</script> crane permit bridge missing"
    crane(make)
    begin(writer)
    post(writer, f"{HERE}/event", draft_version=1, driving_event=evil, go="on")
    post(writer, f"/lessons/{make.lesson().id}/occurrences/new", note=evil, project_id="")
    paths = ("event", "cause", "check")
    pages = [text(writer, f"{HERE}/{name}") for name in paths]
    pages += [text(writer, "/lessons/capture"), text(writer, "/lessons/14")]
    answer = post(writer, f"{HERE}/event", draft_version=1, driving_event=evil + "!", go="on")
    pages.append(answer.get_data(as_text=True))
    for page in pages:
        assert "<script>alert" not in page
