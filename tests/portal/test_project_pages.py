"""Projects, playbooks and templates in pages: closures, approvals, uploads, downloads, queries."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from content.models import LessonState
from content.starter.load import STARTER
from portal.runtime import Runtime
from tests.builders import Builders
from tests.conftest import csrf_of, post

Clients = Callable[..., FlaskClient]
REGISTER = (Path(str(STARTER)) / "library" / "risk-register.xlsx").read_bytes()
CHARTER = (Path(str(STARTER)) / "library" / "project-charter.docx").read_bytes()


def text(browser: FlaskClient, path: str) -> str:
    return browser.get(path, follow_redirects=True).get_data(as_text=True)


def upload(browser: FlaskClient, path: str, data: bytes, name: str, **fields: str):
    form = {"csrf_token": csrf_of(browser, "/"), "file": (BytesIO(data), name), **fields}
    return browser.post(path, data=form, content_type="multipart/form-data")


def test_a_closure_needs_lessons_or_a_reason(make: Builders, client_of: Clients) -> None:
    manager = make.person()
    project = make.project(manager_id=manager.id)
    browser = client_of(manager)
    path = f"/projects/{project.code}/close"
    fields = {"closed_on": "2026-03-31", "outcome": "delivered"}
    refused = post(browser, path, **fields)
    assert refused.status_code == 400
    assert "No lesson has been handed in" in refused.get_data(as_text=True)
    assert post(browser, path, **fields, waiver_reason="Stopped in a week.").status_code == 302
    assert "Stopped in a week." in text(browser, f"/projects/{project.code}")
    post(browser, f"/projects/{project.code}/reopen")
    make.lesson(LessonState.submitted, project_id=project.id)
    assert post(browser, path, **fields).status_code == 302


def test_only_its_manager_and_the_pmo_change_a_project(make: Builders, client_of: Clients) -> None:
    project = make.project(manager_id=make.person().id)
    assert client_of("member").get(f"/projects/{project.code}/edit").status_code == 403
    assert client_of("reviewer").get(f"/projects/{project.code}/edit").status_code == 200


def test_a_document_is_inspected_kept_and_sent_under_its_name(
    make: Builders, client_of: Clients
) -> None:
    manager = make.person()
    project = make.project(manager_id=manager.id)
    browser = client_of(manager)
    path = f"/projects/{project.code}/documents"
    upload(browser, path, CHARTER, "x.docx", title='Charter "final"')
    upload(browser, path, CHARTER, "x.pdf")
    page = text(browser, f"/projects/{project.code}")
    assert "Documents 1" in page
    answer = browser.get(f"{path}/1")
    assert answer.data == CHARTER
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "wordprocessingml" in answer.headers["Content-Type"]


def with_macro() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(REGISTER)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    return out.getvalue()


def bomb() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * 80_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (with_macro(), "register.xlsx"),
        (REGISTER, "register.docx"),
        (REGISTER[: len(REGISTER) // 2], "register.xlsx"),
        (bomb(), "register.xlsx"),
        (b"MZ\x90\x00 program", "register.xlsx"),
        (b"", "register.xlsx"),
    ],
)
def test_a_template_that_is_not_sound_is_refused_with_the_reason(
    data: bytes, name: str, client_of: Clients
) -> None:
    browser = client_of("trainer")
    answer = upload(browser, "/library/new", data, name, title="Register", summary="Keeps risks.")
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert "field-error" in page
    assert 'value="Keeps risks."' in page
    assert "No template fits" in text(browser, "/library/")


def test_versions_stay_and_the_newest_is_in_force(client_of: Clients) -> None:
    browser = client_of("trainer")
    upload(browser, "/library/new", REGISTER, "a.xlsx", title="Risk register", summary="Risks.")
    again = upload(
        browser, "/library/risk-register/version", REGISTER, "a.xlsx", change_note="Same."
    )
    assert again.status_code == 400
    done = upload(browser, "/library/risk-register/version", CHARTER, "b.docx", change_note="Word.")
    assert done.status_code == 302
    member = client_of("member")
    newest = member.get("/library/risk-register/download")
    assert newest.data == CHARTER
    assert 'filename="Risk register.docx"' in newest.headers["Content-Disposition"]
    older = member.get("/library/risk-register/download?version=1")
    assert older.data == REGISTER
    assert post(member, "/library/risk-register/retire").status_code == 403


def test_readers_keep_the_published_text_until_another_person_approves(
    make: Builders, client_of: Clients
) -> None:
    trainer = make.person("trainer")
    make.page("## Old rule", title="Gates")
    writer, reader = client_of(trainer), client_of("member")
    path = "/playbooks/lifecycle/gates"
    fields = {"title": "Gates", "source": "## New rule", "change_note": "Newer.", "then": "submit"}
    assert post(writer, f"{path}/edit", **fields).status_code == 302
    assert "New rule" not in text(reader, path)
    assert reader.get(f"{path}?revision=2").status_code == 404
    assert post(writer, f"{path}/2/publish").status_code == 403
    reviewer = client_of("reviewer")
    assert "New rule" in text(reviewer, f"{path}/review/2")
    assert post(reviewer, f"{path}/2/publish").status_code == 302
    assert "New rule" in text(reader, path)
    assert "Old rule" in text(reader, f"{path}?revision=1")


def test_a_page_that_was_never_published_is_not_there_for_readers(
    make: Builders, client_of: Clients
) -> None:
    make.page(published=False, title="Secret plan")
    reader = client_of("member")
    assert reader.get("/playbooks/lifecycle/secret-plan").status_code == 404
    assert "Secret plan" not in text(reader, "/playbooks/lifecycle") + text(reader, "/playbooks/")


def test_a_preview_is_safe(client_of: Clients) -> None:
    browser = client_of("trainer")
    source = "## Hi\n\n<script>x</script> [a](javascript:x) [b](page:lifecycle/gates)"
    shown = post(browser, "/playbooks/preview", source=source).get_data(as_text=True)
    assert "<h2" in shown
    assert "<script" not in shown
    assert 'href="javascript' not in shown
    assert 'href="/playbooks/lifecycle/gates"' in shown


@pytest.fixture
def count(portal: Runtime) -> list[str]:
    """The statements that run, as they run."""
    statements: list[str] = []
    event.listen(
        portal.database.engine, "before_cursor_execute",
        lambda _c, _cur, statement, *_: statements.append(statement),
    )  # fmt: skip
    return statements


def test_lists_run_as_many_queries_for_many_rows_as_for_few(
    make: Builders, client_of: Clients, count: list[str]
) -> None:
    reviewer = client_of("reviewer")
    paths = ("/", "/lessons/", "/lessons/queue", "/projects/", "/issues/", "/playbooks/",
             "/library/", "/themes/", "/imports/")  # fmt: skip

    def fill(many: int) -> dict[str, int]:
        for _ in range(many):
            project = make.project(department_id=make.department().id)
            make.lesson(project_id=project.id, by=make.person())
            make.lesson(LessonState.submitted, project_id=project.id, by=make.person())
            make.issue(project)
            make.page(title=f"Page {project.id}")
        found = {}
        for path in paths:
            count.clear()
            assert reviewer.get(path).status_code == 200
            found[path] = len(count)
        return found

    few = fill(26)  # more rows than a page holds: below that nothing has to be counted
    assert fill(12) == few
    assert max(few.values()) <= 12
