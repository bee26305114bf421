"""Take README's two pictures of a running demo.

python -m tests.pictures.take http://127.0.0.1:8000
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from content.types import DEMO_PASSWORD
from tests.browser.conftest import launch

QUERY = "what went wrong when requirements changed late"
HERE = Path(__file__).parent


def main(url: str) -> None:
    """Sign in as the reviewer and write both pictures."""
    with sync_playwright() as playwright:
        page = launch(playwright).new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{url}/sign-in")
        page.get_by_label("E-mail").fill("reviewer@demo.example")
        page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(f"{url}/")
        page.screenshot(path=HERE / "home.png")
        page.goto(f"{url}/search?q={QUERY}")
        page.screenshot(path=HERE / "search.png")


if __name__ == "__main__":
    main(sys.argv[1])
