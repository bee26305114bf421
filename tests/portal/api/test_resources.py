"""Lessons, projects, issues, packs and search through the API, as far as the pages go."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.access import reads_whole
from content.models import Lesson, LessonState
from content.types import Role
from portal import packing
from portal.runtime import Runtime
from portal.worker.handlers import rebuild
from tests.builders import Builders
from tests.portal.api.conftest import Program

Programs = Callable[..., Program]
NEW = {
    "headline": "Agree criteria before signing",
    "driving_event": "The handover was refused.",
    "lesson": "Late criteria are argued about.",
    "recommendation": "Sign them first.",
}


# Reading again, writing safely ----------------------------------------------------------------


def test_what_did_not_change_is_not_sent_again(program: Programs, make: Builders) -> None:
    lesson = make.lesson()
    caller = program("reviewer")
    first = caller.get(f"/lessons/{lesson.id}")
    tag = first.headers["ETag"]
    again = caller.get(f"/lessons/{lesson.id}", headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    changed = caller.patch(f"/lessons/{lesson.id}", {"cause": "No template."}, tag)
    assert changed.status_code == 200
    assert changed.json["cause"] == "No template."
    later = caller.get(f"/lessons/{lesson.id}", headers={"If-None-Match": tag})
    assert later.status_code == 200
    assert later.headers["ETag"] == changed.headers["ETag"] != tag


def test_the_second_of_two_writers_is_told(program: Programs, make: Builders) -> None:
    issue = make.issue()
    one, two = program("reviewer"), program("admin")
    tag = one.get(f"/issues/{issue.id}").headers["ETag"]
    assert one.patch(f"/issues/{issue.id}", {"resolution": "Seal."}, tag).status_code == 200
    assert two.patch(f"/issues/{issue.id}", {"resolution": "Pump."}, tag).status_code == 412
    assert two.patch(f"/issues/{issue.id}", {"resolution": "Pump."}).status_code == 428
    assert one.get(f"/issues/{issue.id}").json["resolution"] == "Seal."
    assert two.patch(f"/issues/{issue.id}", {"resolution": "Pump."}, "*").status_code == 200


# Lists ----------------------------------------------------------------------------------------


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 9), sort=st.sampled_from(["newest", "oldest", "headline", "changed"]))
def test_the_pages_of_a_list_are_the_list(
    limit: int, sort: str, many: tuple[Program, list[int]]
) -> None:
    caller, ids = many
    path: str | None = f"/lessons?limit={limit}&sort={sort}"
    seen: list[int] = []
    while path:
        answer = caller.get(path)
        assert answer.json["total"] == len(ids)
        seen += [one["id"] for one in answer.json["items"]]
        path = following(answer.headers["Link"], "next")
    assert sorted(seen) == ids


def following(header: str, rel: str) -> str | None:
    parts = (part.partition("; rel=") for part in header.split(", "))
    return next((url[1:-1] for url, _, name in parts if name == f'"{rel}"'), None)


@pytest.fixture
def many(program: Programs, make: Builders) -> tuple[Program, list[int]]:
    return program("reviewer"), [make.lesson().id for _ in range(11)]


def test_filters_are_those_of_the_page(program: Programs, make: Builders) -> None:
    dept = make.department()
    project = make.project(code="P-1", department_id=dept.id)
    caller = program()
    mine = make.lesson(LessonState.draft, by=caller.person, phase="planning")
    other = make.lesson(project_id=project.id, category="cost", topics=["pumps"])

    def found(query: str) -> list[int]:
        return [one["id"] for one in caller.get(f"/lessons?{query}").json["items"]]

    assert found("mine=true") == [mine.id]
    assert found("state=draft") == [mine.id]
    for query in ("project_code=P-1", f"department_code={dept.code}", "category=cost",
                  "topic=pumps", f"text={other.headline[-7:]}"):  # fmt: skip
        assert found(query) == [other.id], query
    assert found("project_code=P-9") == []


# Lessons --------------------------------------------------------------------------------------


def test_a_lesson_from_draft_to_published(program: Programs, make: Builders) -> None:
    make.project(code="P-1")
    author, reviewer = program(), program("reviewer")
    fits = {"sizes": ["small"]}
    made = author.post("/lessons", {**NEW, "project_code": "P-1", "applies_to": fits})
    assert made.status_code == 201
    at = made.headers["Location"]
    assert made.json["state"] == "draft"
    assert made.json["applies_to"]["sizes"] == ["small"]
    assert author.get(at).json == made.json
    assert made.json["moves"] == ["submit"]
    assert author.post(f"{at}/moves", {"move": "publish"}).status_code == 403
    handed = author.post(f"{at}/moves", {"move": "submit"})
    assert handed.json["state"] == "submitted"
    stale = {"If-Match": made.headers["ETag"]}
    assert reviewer.post(f"{at}/moves", {"move": "publish"}, headers=stale).status_code == 412
    refused = reviewer.post(f"{at}/moves", {"move": "return"})
    assert (refused.status_code, set(refused.json["fields"])) == (409, {"reason"})
    assert reviewer.post(f"{at}/moves", {"move": "publish"}).json["state"] == "published"
    assert author.post(f"{at}/moves", {"move": "submit"}).status_code == 409
    said = [row["number"] for row in author.get(f"{at}/revisions").json["items"]]
    assert said == [1]


def test_happened_again(program: Programs, make: Builders) -> None:
    make.project(code="P-2")
    lesson = make.lesson()
    caller = program()
    where = f"/lessons/{lesson.id}/occurrences"
    made = caller.post(where, {"project_code": "P-2", "occurred_on": "2026-05-04", "days": 3})
    assert made.status_code == 201
    assert caller.get(where).json["items"] == [made.json]


@pytest.mark.parametrize("role", list(Role))
def test_nobody_reads_more_than_on_the_pages(role: Role, program: Programs, make: Builders) -> None:
    caller, author = program(role.value), make.person()
    for state in (LessonState.draft, LessonState.published, LessonState.retired):
        for kept in ("open", "department", "restricted", "sanitised"):
            lesson = make.lesson(
                state, by=author, cause=f"Secret cause {state} {kept}.",
                confidentiality="restricted" if kept == "sanitised" else kept,
                sanitised="What all may know." if kept == "sanitised" else "",
            )  # fmt: skip
            look_at(lesson, caller, make)


def look_at(lesson: Lesson, caller: Program, make: Builders) -> None:
    """Compare what the API tells of a lesson with the access table."""
    with make.portal.database.reading() as session:
        whole = reads_whole(caller.person.as_actor(), session.get_one(Lesson, lesson.id))
    in_part = bool(lesson.sanitised) and lesson.state is LessonState.published and not whole
    answer = caller.get(f"/lessons/{lesson.id}")
    assert answer.status_code == (200 if whole or in_part else 404)
    assert (answer.json.get("cause") == lesson.cause) == whole
    listed = caller.get("/lessons?limit=100").json["items"]
    told = [one for one in listed if lesson.headline in one.values() or lesson.cause in str(one)]
    assert whole or not told
    if in_part:
        assert set(answer.json) == {"whole", "id", "sanitised", "phase", "date_occurred",
                                    "confidentiality", "state", "link"}  # fmt: skip
    for part in ("revisions", "applications", "occurrences"):
        status = caller.get(f"/lessons/{lesson.id}/{part}").status_code
        assert status == (200 if whole else 404), part
    if not whole:
        assert caller.get(f"/lessons?text={lesson.headline}").json["total"] == 0


def test_a_hidden_author_is_nobody(program: Programs, make: Builders) -> None:
    author = program(make.person(name="Ada Hidden"))
    lesson = make.lesson(by=author.person, author_hidden=True)
    for path in (f"/lessons/{lesson.id}", f"/lessons/{lesson.id}/revisions", "/lessons"):
        assert "Ada Hidden" not in program("admin").get(path).get_data(as_text=True), path
        assert "Ada Hidden" in author.get(path).get_data(as_text=True), path


# Projects, issues, packs, search --------------------------------------------------------------


def test_a_project_from_registration_to_its_end(program: Programs, make: Builders) -> None:
    make.person(email="boss@example.org", name="The Boss")
    caller = program()
    made = caller.post("/projects", {"code": "NET-7", "name": "Network", "size": "large",
                                     "sponsor_email": "boss@example.org"})  # fmt: skip
    assert (made.status_code, made.json["manager"]) == (201, caller.person.name)
    assert made.json["sponsor"] == "The Boss"
    at = made.headers["Location"]
    changed = caller.patch(at, {"sponsor_email": None, "budget": 5}, made.headers["ETag"])
    assert (changed.json["sponsor"], changed.json["budget"]) == (None, 5)
    assert program().patch(at, {"budget": 6}, "*").status_code == 403
    end = {"closed_on": date(2026, 11, 1).isoformat(), "outcome": "delivered"}
    refused = caller.post(f"{at}/closing", end)
    assert (refused.status_code, set(refused.json["fields"])) == (409, {"waiver_reason"})
    closed = caller.post(f"{at}/closing", {**end, "waiver_reason": "A week long."})
    assert closed.json["state"] == "closed"
    listed = caller.get("/projects?mine=true&state=closed").json["items"]
    assert [one["code"] for one in listed] == ["NET-7"]


def test_an_issue_is_logged_and_closed(program: Programs, make: Builders) -> None:
    make.project(code="P-1")
    caller = program()
    made = caller.post("/issues", {"project_code": "P-1", "title": "Pump", "external_id": "J-1"})
    assert (made.status_code, made.json["external_id"]) == (201, "J-1")
    closed = caller.patch(made.headers["Location"], {"status": "closed"}, made.headers["ETag"])
    assert closed.json["closed_on"] is not None
    assert program().patch(made.headers["Location"], {"title": "Mine"}, "*").status_code == 403
    assert caller.get("/issues?status=open").json["total"] == 0


def test_a_start_pack_is_answered(program: Programs, make: Builders, portal: Runtime) -> None:
    caller = program()
    project = make.project(code="P-1", manager_id=caller.person.id)
    lesson = make.lesson(scope="organisation", priority="high")
    assert caller.get("/projects/P-1/pack").status_code == 404
    assert program().ask("POST", "/projects/P-1/pack").status_code == 403
    made = caller.ask("POST", "/projects/P-1/pack")
    assert made.status_code == 200
    packing.make(portal, project.id)
    said = {"lesson_id": lesson.id, "answer": "applied", "where": "Contract", "version": 0}
    given_ = caller.post("/projects/P-1/answers", said)
    assert (given_.status_code, given_.json["where"]) == (200, "Contract")
    assert caller.post("/projects/P-1/answers", said).status_code == 409  # somebody was first
    assert program().post("/projects/P-1/answers", said).status_code == 403
    hidden = make.lesson(confidentiality="restricted", sanitised="Something.")
    for number in (hidden.id, 9_999):  # not open and not there answer alike
        unknown = caller.post("/projects/P-1/answers", {**said, "lesson_id": number})
        assert (unknown.status_code, set(unknown.json["fields"])) == (409, {"lesson_id"})
    assert caller.get(f"/lessons/{lesson.id}").json["applied"] == 1
    listed = caller.get(f"/lessons/{lesson.id}/applications").json["items"]
    assert [one["project_code"] for one in listed] == ["P-1"]
    assert caller.get("/projects/P-1/answers").json["total"] == 1
    gone = caller.ask("DELETE", f"/projects/P-1/answers/{lesson.id}")
    assert (gone.status_code, gone.data) == (204, b"")
    assert caller.ask("DELETE", f"/projects/P-1/answers/{lesson.id}").status_code == 404
    assert caller.get(f"/lessons/{lesson.id}").json["applied"] == 0


def test_search_finds_what_the_page_finds(
    program: Programs, make: Builders, portal: Runtime
) -> None:
    make.lesson(headline="Seals of the pump wear out")
    make.lesson(headline="Seals kept secret", confidentiality="restricted")
    rebuild(portal)
    found = program().get("/search?q=seals&kind=lesson").json
    assert [one["title"] for one in found["items"]] == ["Seals of the pump wear out"]
    assert found["total"] == 1
    assert sum(one["count"] for one in found["facets"]["kind"]) == 1
    assert program("reviewer").get("/search?q=seals").json["total"] == 2
    corrected = program().get("/search?q=sealz").json["corrected"]
    assert corrected == [{"typed": "sealz", "meant": "seals"}]
