"""A real portal on the sample organisation, in its own processes, and a real Chromium before it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from content.types import DEMO_PASSWORD
from tests.processes import ROOT, free_port, wait_until_ready

# Chromium in a container: no sandbox as root, and no calls home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}


def chromium() -> str | None:
    """Where Debian puts Chromium, or what stands on the path.

    The build without windows comes first: on the same pages it takes a quarter of the time.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, and skip it with the reason where there is no Chromium."""
    here = Path(__file__).parent
    reason = "there is no Chromium here; install the package chromium-headless-shell"
    skip = pytest.mark.skip(reason=reason)
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if chromium() is None:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def portal_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the running portal keeps its data; its log, with the mails, lies beside."""
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="session")
def portal_url(portal_folder: Path) -> Iterator[str]:
    """The address of `portal demo`, started as the README says and stopped as by Ctrl-C."""
    port, folder = free_port(), portal_folder
    command = [sys.executable, "-m", "portal", "demo", "--port", str(port)]
    log = folder.parent / "demo.log"
    with log.open("wb") as out:
        running = subprocess.Popen(
            [*command, "--data-dir", str(folder)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    url = f"http://127.0.0.1:{port}"
    wait_until_ready(url, running, log)
    yield url
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=30) == 0, log.read_text()


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        yield launch(playwright)


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium, driven by Playwright."""
    return playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))


class Visitor:
    """Opens windows that are signed in, and closes them at the end of the test."""

    def __init__(self, browser: Browser, url: str, kept: dict[str, Any]) -> None:
        self.browser = browser
        self.url = url
        self.kept = kept
        self.contexts: list[BrowserContext] = []

    def window(self, *, size: str = "desktop", **options: object) -> Page:
        """A fresh window; requests that leave the portal fail the test."""
        width, height = SIZES[size]
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, base_url=self.url, **options
        )
        self.contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: self._inside(request.url))
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        return page

    def _inside(self, address: str) -> None:
        assert address.startswith((self.url, "data:", "about:", "blob:")), address

    def sign_in(self, who: str, **options: object) -> Page:
        """A window of one of the demo accounts, signed in through the form the first time.

        Later windows take the cookies along, as another tab does: the portal takes no more than
        thirty sign-ins a minute. Where a test has signed the account out, the form is used again.
        """
        page = self.window(**options)
        if who in self.kept:
            page.context.add_cookies(self.kept[who])
            page.goto("/")
            if page.url == f"{self.url}/":
                return page
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill(f"{who}@demo.example")
        page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(f"{self.url}/")
        self.kept[who] = page.context.cookies()
        return page


@pytest.fixture(scope="session")
def kept() -> dict[str, Any]:
    """The cookies of accounts that are signed in."""
    return {}


@pytest.fixture
def visitor(chrome: Browser, portal_url: str, kept: dict[str, Any]) -> Iterator[Visitor]:
    """Windows on the running portal."""
    found = Visitor(chrome, portal_url, kept)
    yield found
    for context in found.contexts:
        context.close()
