"""Every page of the portal answers, for every role, with rows behind it and with none."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from content.access import Action, can
from content.models import LessonState
from content.types import Role
from portal.auth import policy_of
from tests.builders import Builders

ROLES = tuple(Role)
# What stands for a variable part of an address.
VALUES = {
    "lesson_id": "1", "issue_id": "1", "project_id": "1", "person_id": "1", "theme_id": "1",
    "import_id": "1", "mapping_id": "1", "job_id": "1", "document_id": "1", "code": "P-1",
    "book": "lifecycle",
    "slug": "gates", "number": "1", "step": "submit", "token": "x", "version": "x", "name": "x",
    "entry_id": "1", "saved_id": "1", "attachment_id": "1", "request_id": "1", "change_id": "1",
    "object_id": "1", "comment_id": "1", "key": "a-key-of-sixteen", "occurrence_id": "1",
    "decision_id": "1", "review_id": "1", "item_id": "1", "action_id": "1",
    "token_id": "1", "run_id": "1", "weights_id": "1",
    "workshop_id": "1", "group_id": "1", "note_id": "1", "department_id": "1",
}  # fmt: skip


def addresses(app: Flask) -> list[tuple[str, str, object]]:
    """Method, address and policy of every view."""
    found = []
    for rule in app.url_map.iter_rules():
        address = rule.rule
        for _ in rule.arguments:
            before, _, rest = address.partition("<")
            inside, _, after = rest.partition(">")
            choice = re.match(r"any\('([^']+)'", inside)
            value = choice[1] if choice else VALUES[inside.rpartition(":")[2]]
            address = before + value + after
        for method in sorted(rule.methods & {"GET", "POST"}):
            found.append((method, address, policy_of(app.view_functions[rule.endpoint])))
    return found


@pytest.fixture
def filled(make: Builders) -> Builders:
    """A portal with one of everything."""
    project = make.project(code="P-1")
    closed = make.project(closed=True, code="P-0")
    for state in (LessonState.draft, LessonState.submitted, LessonState.published):
        make.lesson(state, project_id=project.id)
    make.lesson(project_id=closed.id)
    make.issue(project)
    make.department()
    make.page()
    make.workshop(project)
    return make


def test_every_view_answers_every_role_as_the_access_table_says(
    app: Flask, filled: Builders, client_of: Callable[..., FlaskClient]
) -> None:
    wrong = []
    for role in ROLES:
        person = filled.person(role)
        browser = client_of(person)
        for method, address, policy in addresses(app):
            if policy == "public":
                continue
            if address.startswith("/api/v1/"):  # it takes tokens only, see tests/portal/api
                assert browser.open(address, method=method).status_code == 401
                continue
            answer = browser.open(address, method=method, data={})
            may = can(person.as_actor(), Action(policy))
            # A form without its token is a 400; what the object itself forbids is a 403 or 404.
            fine = answer.status_code < 500 if may else answer.status_code in (400, 403)
            if not fine:
                wrong.append((role.value, method, address, answer.status_code))
    assert wrong == []


def test_strangers_are_sent_to_the_sign_in_page(app: Flask, client: FlaskClient) -> None:
    for method, address, policy in addresses(app):
        if policy == "public" or method == "POST" or address.startswith("/api/v1/"):
            continue
        answer = client.open(address, method=method)
        assert answer.status_code == 302, (method, address)
        assert "/sign-in" in answer.location


@pytest.mark.parametrize("role", ROLES)
def test_pages_of_an_empty_portal_say_what_to_do(
    role: Role, app: Flask, client_of: Callable[..., FlaskClient]
) -> None:
    browser = client_of(role.value)
    for path in ("/", "/lessons/", "/projects/", "/playbooks/", "/library/", "/themes/",
                 "/search", "/issues/", "/account"):  # fmt: skip
        assert browser.get(path).status_code == 200, path


@pytest.mark.parametrize(
    "path",
    ["/lessons/{}", "/workshops/{}", "/reviews/{}/minutes.pdf", "/lessons/?department={}",
     "/actions/?theme={}", "/performance/?department={}", "/exports/lessons.csv?project={}",
     "/reviews/new?after={}"],
)  # fmt: skip
def test_a_number_that_no_row_can_have_leads_nowhere(
    path: str, client_of: Callable[..., FlaskClient]
) -> None:
    assert client_of("reviewer").get(path.format("9" * 30)).status_code == 404
