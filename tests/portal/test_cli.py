"""The command line: its help is the commands' own, and comes without loading them."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from portal.cli import COMMANDS, main
from tests.processes import ROOT

# What a person who asks for help need not wait for.
HEAVY = ("sqlalchemy", "flask", "numpy", "scipy", "sklearn", "whoosh", "pydantic", "waitress")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_says_of_a_command_what_the_command_says(name: str) -> None:
    context = click.Context(main)
    command = main.get_command(context, name)
    assert command is not None
    said = click.Command(name, help=COMMANDS[name][1]).get_short_help_str(200)
    assert said == command.get_short_help_str(200)


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert all(f"\n  {name} " in shown for name in COMMANDS)
    assert "Run the portal on the sample organisation." in shown


@pytest.mark.parametrize(
    ("what", "without"),
    [
        ("portal.cli, portal.supervisor", HEAVY),
        ("portal.app", ("scipy", "sklearn", "xlsxwriter", "docx", "openpyxl", "typst", "altair")),
        ("portal.worker.loop", ("flask", "scipy", "sklearn", "xlsxwriter", "docx", "openpyxl")),
    ],
    ids=["help", "web server", "worker"],
)
def test_nothing_heavy_is_loaded_before_it_is_used(what: str, without: tuple[str, ...]) -> None:
    code = f"import sys, {what}; print(*sorted(set(sys.modules) & set({without!r})))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_a_seed_that_cannot_be_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "docs.jsonl"
    source.write_text('{"id": "1", "text": "one", "label": "a"}', encoding="utf-8")
    for command in (["fit", "--output", str(tmp_path / "out.json")], ["evaluate"]):
        for seed in ("-1", str(2**32)):
            asked = ["themes", *command, "--input", str(source), "--seed", seed]
            done = CliRunner().invoke(main, asked)
            assert done.exit_code == 2
            assert "--seed" in done.output
