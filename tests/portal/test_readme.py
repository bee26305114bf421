"""README tells the truth about settings and commands."""

import re
from dataclasses import fields
from pathlib import Path

from portal.cli import COMMANDS
from portal.settings import Settings

README = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_documented_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`)? ?\| (.+) \|$", README, re.MULTILINE)
    documented = {name: (default, meaning) for name, default, meaning in rows}
    actual = {item.name: (str(item.default), item.metadata["help"]) for item in fields(Settings)}
    assert documented == actual


def test_every_command_shown_exists() -> None:
    shown = re.findall(r"^ {4}(?:PORTAL_\S+ )*portal (?:--\S+ \S+ )*([a-z]+)", README, re.MULTILINE)
    assert set(shown) <= set(COMMANDS)
    assert {"search", "evaluate", "index", "themes", "import", "init", "run"} <= set(shown)


def test_the_two_commands_open_it() -> None:
    start = README[:900]
    assert "python3 -m portal demo" in start
    assert "python3 -m portal test" in start
