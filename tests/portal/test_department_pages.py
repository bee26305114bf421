"""Departments in pages: made, renamed, removed while unused, and in the log."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from content.models import Activity, Department, Job
from portal.runtime import Runtime
from tests.builders import Builders
from tests.conftest import post

PLACE = "/admin/departments/"
ClientOf = Callable[..., FlaskClient]


def page(browser: FlaskClient) -> str:
    return browser.get(PLACE).get_data(as_text=True)


def only(portal: Runtime) -> Department:
    with portal.database.reading() as session:
        return session.scalars(select(Department)).one()


def test_a_department_is_made_renamed_and_offered(portal: Runtime, client_of: ClientOf) -> None:
    admin = client_of("admin")
    assert "No department yet" in page(admin)
    post(admin, PLACE, code=" net ", name="Network   Engineering")
    made = only(portal)
    assert (made.code, made.name) == ("NET", "Network Engineering")
    assert f'<option value="{made.id}">Network Engineering' in admin.get("/projects/new").get_data(
        as_text=True
    )
    post(admin, f"{PLACE}{made.id}", code="GRD", name="Grids")
    assert only(portal).name == "Grids"
    with portal.database.reading() as session:
        said = session.scalars(
            select(Activity.verb).where(Activity.object_kind == "department")
        ).all()
        assert said == ["create", "rename"]
        # What is found names its department.
        assert session.scalars(select(Job).where(Job.kind == "index rebuild")).one()
    assert "Grids" in admin.get("/admin/activity?kind=department").get_data(as_text=True)


def test_names_that_cannot_be_are_told_beside_the_field(
    portal: Runtime, make: Builders, client_of: ClientOf
) -> None:
    admin = client_of("admin")
    post(admin, PLACE, code="NET", name="Networks")
    for code, name, reason in (
        ("net", "Others", "NET is another department&#39;s code."),
        ("OPS", "NETWORKS", "There is a department NETWORKS already."),
        ("A/B", "Others", "Give up to 20 letters"),
        ("OPS", " ", "Give a name"),
    ):
        answer = post(admin, PLACE, code=code, name=name)
        assert answer.status_code == 400, (code, name)
        shown = answer.get_data(as_text=True)
        assert reason in shown
        assert f'value="{code}"' in shown
    # Saved as it is, it is in nobody's way.
    assert post(admin, f"{PLACE}{only(portal).id}", code="NET", name="Networks").status_code == 302


def test_only_an_unused_department_is_removed(
    portal: Runtime, make: Builders, client_of: ClientOf
) -> None:
    admin = client_of("admin")
    post(admin, PLACE, code="NET", name="Networks")
    made = only(portal)
    project = make.project(department_id=made.id)
    assert "1 project<" in page(admin)
    assert "Remove it" not in page(admin)
    post(admin, f"{PLACE}{made.id}/remove")
    assert "To Networks belong 0 people, 1 projects" in page(admin)
    assert only(portal).id == made.id
    with portal.database.writing() as session:
        session.merge(project).department_id = None
    post(admin, f"{PLACE}{made.id}/remove")
    assert "No department yet" in page(admin)
    assert admin.get("/admin/activity?kind=department").status_code == 200


def test_nobody_but_an_administrator_keeps_them(portal: Runtime, client_of: ClientOf) -> None:
    for role in ("member", "trainer", "reviewer"):
        browser = client_of(role)
        assert browser.get(PLACE).status_code in (403, 404)
        assert post(browser, PLACE, code="X", name="X").status_code in (403, 404)
    with portal.database.reading() as session:
        assert session.scalars(select(Department)).all() == []


def test_an_empty_portal_tells_its_administrator_where_to_begin(
    make: Builders, client_of: ClientOf
) -> None:
    admin = client_of("admin")
    assert "First steps" in admin.get("/").get_data(as_text=True)
    assert "First steps" not in client_of("member").get("/").get_data(as_text=True)
    for place, said in (("/lessons/", "No lesson yet"), ("/projects/", "No project yet")):
        assert said in admin.get(place).get_data(as_text=True)
        assert said not in admin.get(f"{place}?phase=closing").get_data(as_text=True)
    make.project()
    assert "First steps" not in admin.get("/").get_data(as_text=True)
