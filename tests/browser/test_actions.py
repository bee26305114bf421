"""The loop in a real browser: a theme, an action, a page that comes out, and the measured effect.

Projects that start after a change take a year to close. The portal here is a real server over a
real database of its own, in which the test lets that year pass.
"""

import io
import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from waitress.server import create_server

from analytics.review_models import Action
from content import people
from content.db import now
from content.models import Person
from content.types import DEMO_PASSWORD, Role
from portal import create_app
from portal.runtime import Runtime
from portal.worker import actionmail
from portal.worker.loop import drain
from tests.browser.conftest import Visitor
from tests.browser.test_accessibility import violations
from tests.builders import Builders
from tests.portal.test_action_pages import PERMIT, QUIET, project_with, themed


@pytest.fixture
def served(portal: Runtime, make: Builders, chrome: Browser) -> Iterator[Visitor]:
    """Windows on a real server over the database of this test, with the accounts of the demo."""
    for who, role in (
        ("reviewer", Role.reviewer),
        ("trainer", Role.trainer),
        ("admin", Role.admin),
    ):
        make.person(role, email=f"{who}@demo.example", name=who.capitalize())
    with portal.database.writing() as session:
        hashed = people.hash_password(DEMO_PASSWORD)
        for person in session.scalars(select(Person)):
            person.password_hash = hashed
    server = create_server(create_app(portal), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    found = Visitor(chrome, f"http://127.0.0.1:{server.effective_port}", {})
    yield found
    for context in found.contexts:
        context.close()
    server.close()
    thread.join(timeout=10)


def test_the_loop_from_a_theme_to_a_shown_effect(
    served: Visitor, portal: Runtime, make: Builders
) -> None:
    for _ in range(12):
        project_with(make, PERMIT)
    make.lesson(headline="Ask for the permit a season ahead", driving_event=PERMIT, lesson=PERMIT)
    make.page(title="Gates")
    theme = themed(portal, PERMIT)
    reviewer, trainer = served.sign_in("reviewer"), served.sign_in("trainer")

    # Plan it, with its indicator, and see how surely it will show.
    reviewer.goto(f"/themes/{theme}")
    reviewer.get_by_role("link", name="Plan an action").click()
    reviewer.get_by_label("What is done").fill("Ask for permits at the first gate")
    reviewer.get_by_label("Who does it").select_option("Trainer")
    reviewer.get_by_label("Until when").fill(str(now().date() + timedelta(days=30)))
    expect(reviewer.get_by_label("Playbook page")).to_be_hidden()
    reviewer.get_by_label("What changes").select_option("playbook page")
    reviewer.get_by_label("Playbook page").select_option("Lifecycle: Gates")
    expect(reviewer.get_by_label("Ask for the permit a season ahead")).to_be_checked()
    reviewer.get_by_label("Effect is looked at on").fill(str(now().date() + timedelta(days=400)))
    reviewer.get_by_label("Size").select_option("Small")
    expect(reviewer.locator("#expected")).to_contain_text("No project of this kind is closed yet")
    reviewer.get_by_label("Size").select_option("all sizes")
    expect(reviewer.locator("#expected")).to_contain_text("12 of 12")
    reviewer.get_by_role("button", name="Plan it").click()
    expect(reviewer.get_by_text("Planned; its owner is told by mail.")).to_be_visible()
    action = reviewer.url

    # Its owner starts it from home, and writes the page; another person approves.
    trainer.goto("/")
    trainer.get_by_role("link", name="Ask for permits at the first gate").click()
    trainer.get_by_role("button", name="Start", exact=True).click()
    expect(trainer.get_by_text("Started. What is measured is fixed now.")).to_be_visible()
    trainer.goto("/playbooks/lifecycle/gates")
    expect(trainer.get_by_text("This page answers 1 lesson and the theme")).to_be_visible()
    trainer.get_by_role("link", name="Change", exact=True).click()
    trainer.get_by_label("Text", exact=True).fill("## Permits\n\nAsk the council a season ahead.")
    trainer.get_by_label("What changes, and why").fill("Permits are asked for at gate 1.")
    trainer.get_by_role("button", name="Send to review").click()
    reviewer.goto("/playbooks/lifecycle/gates")
    reviewer.get_by_role("link", name="See what it changes").click()
    reviewer.get_by_role("button", name="Approve and publish").click()
    drain(portal)

    # The action knows; one click finishes it.
    trainer.goto(action)
    expect(trainer.get_by_text("Page “Gates”, revision 2, published")).to_be_visible()
    assert violations(trainer) == []
    trainer.get_by_role("button", name="Done: this is the evidence").click()
    expect(trainer.get_by_text("nothing to compare yet")).to_be_visible()

    # A year goes by.
    with portal.database.writing() as session:
        row = session.scalars(select(Action)).one()
        row.in_force_on = day = now().date() - timedelta(days=400)
        row.measure_on = now().date()
    for number in range(14):
        project_with(
            make, PERMIT if number < 2 else QUIET,
            starts=day + timedelta(days=20), closed=day + timedelta(days=300),
        )  # fmt: skip
    themed(portal, PERMIT)
    actionmail.tell_owners(portal, now())

    # The effect stands there in words and drawn; the theme is closed; the PMO's page counts it.
    reviewer.goto(action)
    sentence = reviewer.locator(".effect-sentence")
    expect(sentence).to_contain_text("12 of 12 before, 2 of 14 after; ratio 0.14, 95 % interval")
    expect(sentence).to_contain_text("lower after than before")
    expect(reviewer.get_by_role("img", name=re.compile("Started after it: 14 %"))).to_be_visible()
    assert violations(reviewer) == []
    reviewer.goto(f"/themes/{theme}")
    expect(
        reviewer.get_by_text("By the effect of “Ask for permits at the first gate”")
    ).to_be_visible()
    reviewer.goto("/performance/")
    done = reviewer.locator("#done")
    expect(done).to_contain_text("1 of 1 actions done")
    assert violations(reviewer) == []
    reviewer.get_by_text("Export", exact=True).click()
    with reviewer.expect_download() as download:
        reviewer.get_by_role("link", name="Excel with charts").click()
    book = load_workbook(io.BytesIO(download.value.path().read_bytes()))
    assert book["Actions done in time"]["C12"].value == 1
    done.get_by_role("link", name="1 of 1 actions done").click()
    expect(reviewer.get_by_role("link", name="Ask for permits at the first gate")).to_be_visible()


def test_the_board_by_keyboard_and_on_a_phone(
    served: Visitor, portal: Runtime, make: Builders
) -> None:
    project_with(make, PERMIT)
    theme = themed(portal, PERMIT)
    with portal.database.writing() as session:
        owner = session.scalars(select(Person).where(Person.name == "Trainer")).one()
        for number, state in enumerate(("planned", "planned", "in progress")):
            session.add(
                Action(
                    theme_id=theme, title=f"Action {number}", state=state, change="training",
                    owner_id=owner.id, due_on=now().date() + timedelta(days=number),
                    measure_on=now().date() + timedelta(days=400), created_at=now(),
                    description="", evidence="",
                )
            )  # fmt: skip
    page = served.sign_in("reviewer")
    page.goto("/actions/")
    for key, title in (("j", 0), ("j", 1), ("l", 2), ("h", 0), ("k", 0)):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.textContent") == f"Action {title}"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Action 0", level=1)).to_be_visible()
    phone = served.sign_in("trainer", size="phone")
    for address in ("/actions/", "/actions/?view=list", "/performance/", page.url):
        phone.goto(address)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, address
        assert violations(phone) == [], address
