"""Importing lessons and issues from the command line, and taking an import back."""

import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from content import importing, projects
from content.db import now
from content.errors import Invalid
from content.importing import Decisions
from content.imports import Report, write_report
from content.models import ImportKind
from content.types import SYSTEM
from portal import importer
from portal.cli import Context, pass_portal


@click.group(name="import")
def import_group() -> None:
    """Take lessons and issues in from files."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """What both kinds of import take."""
    existing = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in reversed(
        (
            click.argument("file", type=existing),
            click.option(
                "--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Say it of one field."
            ),
            click.option("--map-file", type=existing, help="TOML of the same."),
            click.option("--sheet", default="", help="Which sheet of a workbook; else the first."),
            click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing."),
            click.option(
                "--report", type=click.Path(path_type=Path), help="Where to write the report (CSV)."
            ),
        )
    ):
        command = option(command)
    return command


@import_group.command(name="lessons")
@_options
@click.option("--publish", is_flag=True, help="Take the lessons as validated.")
@pass_portal
def lessons_command(portal: Context, /, publish: bool, **asked: Any) -> None:
    """Import lessons from FILE: CSV, XLSX or JSON Lines, in any common encoding.

    Columns are recognised by their names; --map corrects that. A lesson with a known external id is
    changed or left alone, so importing the same file again changes nothing.
    """
    _import(portal, ImportKind.lessons, publish=publish, **asked)


@import_group.command(name="issues")
@_options
@click.option("--project", default="", metavar="CODE", help="The project of rows that name none.")
@pass_portal
def issues_command(portal: Context, /, project: str, **asked: Any) -> None:
    """Import project issues from FILE: an export of Jira, OpenProject or GitHub, or a table.

    Columns are recognised by their names; --map corrects that. An issue with a known number is
    changed or left alone.
    """
    decisions = Decisions(project_id=_project(portal, project) if project else None)
    _import(portal, ImportKind.issues, decisions=decisions, **asked)


def _project(portal: Context, code: str) -> int:
    with portal.runtime.database.reading() as session:
        return projects.by_code(session, code, by=SYSTEM).id


def _import(
    portal: Context,
    kind: ImportKind,
    *,
    file: Path,
    pairs: tuple[str, ...],
    map_file: Path | None,
    sheet: str,
    dry_run: bool,
    report: Path | None,
    publish: bool = False,
    decisions: Decisions = Decisions(),
) -> None:
    mapping = {**_from_file(map_file), **_from_pairs(pairs)}
    decided = replace(decisions, sheet=sheet)
    reading = importer.read(file, file.name, mapping, kind=kind, decisions=decided)
    for note in reading.table.notes:
        click.echo(note)
    click.echo("Columns: " + ", ".join(f"{f}={c}" for f, c in reading.mapping.items()))
    if dry_run:
        done = importer.dry_run(portal.runtime, reading)
        click.echo("Dry run: nothing was written.")
    else:
        done = _take(portal, file, reading, publish=publish)
    _say(done, report or file.with_suffix(".report.csv") if report or done.refused else None)


def _take(portal: Context, file: Path, reading: importer.Reading, *, publish: bool) -> Report:
    with portal.runtime.database.writing() as session:
        row = importing.begin(
            session,
            filename=file.name,
            file=None,
            mapping=reading.mapping,
            publish=publish,
            kind=reading.kind,
            by=SYSTEM,
            at=now(),
        )
    show = _progress()
    done = importer.take(portal.runtime, row.id, reading, by=SYSTEM, progress=show)
    click.echo(f"Import {row.id}. To take it back: portal import undo {row.id}")
    click.echo("The worker brings the search index up to date.")
    return done


def _progress() -> importer.Progress:
    def show(step: str, _share: float) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{step}\033[K", nl=False, err=True)

    return show


def _from_file(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{path.name} cannot be read: {error}") from error
    inner = values.get("map", values)
    wrong = [name for name, column in inner.items() if not isinstance(column, str)]
    if wrong:
        raise Invalid(f"{path.name}: give the column of {', '.join(wrong)} as text.")
    return dict(inner)


def _from_pairs(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        field, separator, column = pair.partition("=")
        if not separator or not field.strip():
            raise click.BadParameter(f"“{pair}” is not of the form field=column.")
        found[field.strip()] = column.strip()
    return found


def _say(done: Report, path: Path | None) -> None:
    counts = done.counts
    words = [f"{counts.get(name, 0)} {name}" for name in ("new", "changed", "unchanged", "refused")]
    click.echo(", ".join(words))
    if done.unmapped:
        click.echo(f"Columns not taken: {', '.join(done.unmapped)}")
    for row in done.refused[:20]:
        click.echo(f"  row {row.row}: {row.reason}")
    if len(done.refused) > 20:
        click.echo(f"  and {len(done.refused) - 20} more")
    if path is not None:
        write_report(done, path)
        click.echo(f"Report: {path}")


@import_group.command(name="undo")
@click.argument("import_id", type=int)
@pass_portal
def undo_command(portal: Context, import_id: int) -> None:
    """Take an import back whole; what people have worked with since stays."""
    with portal.runtime.database.reading() as session:
        importing.get(session, import_id, by=SYSTEM)
    counts = importer.take_back(portal.runtime, import_id, by=SYSTEM, progress=_progress())
    click.echo(", ".join(f"{count} {name}" for name, count in counts.items()))


@import_group.command(name="list")
@pass_portal
def list_command(portal: Context) -> None:
    """The imports so far."""
    with portal.runtime.database.reading() as session:
        for row in importing.listing(session, by=SYSTEM):
            counts = ", ".join(f"{count} {name}" for name, count in row.counts.items())
            click.echo(f"{row.id:>4}  {row.created_at:%Y-%m-%d %H:%M}  {row.state:<9} "
                       f"{row.filename}  {counts}")  # fmt: skip


COMMANDS = (import_group,)
