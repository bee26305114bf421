"""WCAG 2.2 AA by axe on every page, in both colour schemes; no page is wider than a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import SIZES, Visitor

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# Of the hundreds of points of a map, which one template line writes, the first ones of each theme.
LOOKED_AT = {"exclude": [[".map-theme a:nth-of-type(n+6)"]]}
COLOURS = ["color-contrast", "link-in-text-block"]
# The account that sees most of each page, and the pages it sees.
PAGES = {
    "reviewer": (
        "/",
        "/lessons/",
        "/lessons/1",
        "/lessons/1/revisions",
        "/lessons/new?all=1",
        "/lessons/capture",
        "/lessons/capture/new",
        "/lessons/1/occurrences/new",
        "/lessons/queue",
        "/projects/",
        "/projects/NET-01",
        "/projects/new",
        "/issues/",
        "/issues/1",
        "/issues/1/edit",
        "/imports/",
        "/themes/",
        "/themes/1",
        "/themes/map",
        "/themes/run",
        "/themes/run/new",
        "/themes/1/split",
        "/themes/1/texts",
        "/themes/unplaced",
        "/reviews/",
        "/reviews/new",
        "/search?q=late+supplier",
        "/search?q=qqqqzzzz",
        "/search?q=suplier+contrat&phase=planning",
        "/search/like",
        "/thesaurus/",
        "/thesaurus/new?terms=punch+list",
        "/insight/",
        "/requests/",
        "/requests/new",
        "/account",
        "/nowhere",
    ),
    "trainer": (
        "/",
        "/playbooks/",
        "/playbooks/project-lifecycle",
        "/playbooks/project-lifecycle/03-gates",
        "/playbooks/project-lifecycle/03-gates/edit",
        "/playbooks/new",
        "/library/",
        "/library/risk-register",
        "/library/project-charter",
        "/library/new",
        "/library/risk-register/version",
        "/library/risk-register/edit",
    ),
    "admin": ("/", "/admin/", "/admin/activity", "/people/", "/people/1", "/people/invite"),
    "pm": (
        "/",
        "/searches/",
        "/projects/ITD-05",
        "/projects/ITD-05/edit",
        "/projects/ITD-05/close",
        "/workshops/new?project=ITD-05",
        "/workshops/1?suggest=1",
        "/workshops/1/edit",
        "/workshops/1/sheet",
        "/workshops/1/summary",
    ),
}


AXE = Axe().axe_script
ARRIVED = "Promise.allSettled(document.getAnimations().map(animation => animation.finished))"


def violations(page: Page, scheme: str = "light") -> list[str]:
    # A message fades in: half-way there its letters are pale, and no one reads them yet.
    page.evaluate(ARRIVED)
    # The colours alone differ between the schemes, so that the second one is asked for them only.
    wanted = RULES["runOnly"] if scheme == "light" else {"type": "rule", "values": COLOURS}
    # Of what passes nothing is wanted: to tell all of it takes as long as to find it.
    asked = {"runOnly": wanted, "resultTypes": ["violations"]}
    # Read once a page: to look at it again in other colours it is there already.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("([where, asked]) => axe.run(where, asked)", [LOOKED_AT, asked])
    return [
        f"{v['id']}: {[node['html'][:160] for node in v['nodes'][:3]]}" for v in found["violations"]
    ]


@pytest.mark.parametrize("who", PAGES)
def test_every_page_in_both_schemes_and_on_a_phone(who: str, visitor: Visitor) -> None:
    page = visitor.sign_in(who)
    wrong = {path: found for path in PAGES[who] if (found := wrongs(page, path))}
    assert wrong == {}


def wrongs(page: Page, path: str) -> list[str]:
    """What is wrong with a page: loaded once, then looked at in the other scheme and narrowed."""
    page.goto(path)
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {one}" for one in violations(page, "dark")]
    width, height = SIZES["phone"]
    page.set_viewport_size({"width": width, "height": height})
    if (own := page.evaluate("document.documentElement.scrollWidth")) > width:
        found.append(f"{own} wide on a phone of {width}")
    page.emulate_media(color_scheme="light")
    width, height = SIZES["desktop"]
    page.set_viewport_size({"width": width, "height": height})
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_before_signing_in(scheme: str, visitor: Visitor) -> None:
    page = visitor.window(color_scheme=scheme)
    for path in ("/sign-in", "/forgotten-password", "/password/unknown"):
        page.goto(path)
        assert violations(page) == [], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_room_of_a_workshop(scheme: str, visitor: Visitor) -> None:
    board = visitor.sign_in("pm")
    board.goto("/workshops/1")
    link = board.get_by_label("Link for the team").input_value()
    page = visitor.window(size="phone", color_scheme=scheme)
    for path in (link, f"{link}?q=2", "/w/abcd-efgh"):
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
