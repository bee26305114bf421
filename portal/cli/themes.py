"""Themes from the command line: a run over the portal's own texts, or a fit of any file."""

from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from analytics import catalogue, runs
from analytics.texts import Selection
from content import people
from content.db import now
from content.errors import Invalid
from content.types import SYSTEM
from portal.cli import Context, pass_portal

_DAY = click.DateTime(["%Y-%m-%d"])
# What NumPy takes, less one: stability is measured by the seed after it.
_SEED = click.IntRange(0, 2**32 - 2)


@click.group()
def themes() -> None:
    """Recurring themes."""


def _show(step: str, share: float) -> None:
    click.echo(f"{share:4.0%}  {step}", err=True)


@themes.command()
@click.option("--from", "closed_from", type=_DAY, help="Projects closed on this day or later.")
@click.option("--to", "closed_to", type=_DAY, help="Projects closed on this day or before.")
@click.option("--department", "departments", multiple=True, help="Code of a department.")
@click.option("--type", "types", multiple=True, help="Type of project.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(["lesson", "issue"]),
              help="Left out: both.")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Find all themes anew; shown in the portal to keep.")
@click.option("--fineness", type=click.FloatRange(0.25, 4),
              help="How many of those: 0.5 half, 2 twice; left out: as before.")  # fmt: skip
@pass_portal
def run(
    portal: Context,
    closed_from: datetime | None,
    closed_to: datetime | None,
    departments: tuple[str, ...],
    types: tuple[str, ...],
    kinds: tuple[str, ...],
    fresh: bool,
    fineness: float | None,
) -> None:
    """Find themes in the lessons and issues of closed projects."""
    database = portal.runtime.database
    with database.reading() as session:
        selection = Selection.of({
            "closed_from": closed_from and closed_from.date(),
            "closed_to": closed_to and closed_to.date(),
            "departments": _departments(session, departments), "types": types, "kinds": kinds,
        })  # fmt: skip
    found = runs.run(
        database, by=None, at=now(), selection=selection, fresh=fresh, fineness=fineness,
        progress=_show, folder=portal.runtime.settings.themes_dir,
        least=portal.runtime.settings.theme_texts_least,
    )  # fmt: skip
    click.echo(
        f"Run {found.run_id}: {found.themes} themes in {found.texts} texts, "
        f"{found.kept} of them known before."
    )
    if found.proposed:
        click.echo("Nothing has changed yet: keep or drop it on the page of themes.")
        return
    with database.reading() as session:
        for row in catalogue.seen(session, by=SYSTEM):
            click.echo(f"{row.projects:>4} projects {row.texts:>5} texts  {row.theme.title}")


def _departments(session: Session, codes: tuple[str, ...]) -> list[int]:
    known = {row.code: row.id for row in people.departments(session)}
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise Invalid(f"No department has the code {unknown[0]}; there are {', '.join(known)}.")
    return [known[code] for code in codes]


@themes.command()
@click.option("--input", "source", type=click.Path(exists=True, path_type=Path), required=True,
              help="JSON Lines: id, text, optional project and date.")  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path), required=True, help="JSON to write.")
@click.option("--themes", "count", type=click.IntRange(1), help="How many; left out: found.")
@click.option("--seed", type=_SEED, default=0, show_default=True)
@click.option("--semantic", is_flag=True, help="Compare meanings too; needs the extra.")
@click.option(
    "--fineness", default=1.0, show_default=True, help="0.5: half as many themes; 2: twice."
)
def fit(
    source: Path, output: Path, count: int | None, seed: int, semantic: bool, fineness: float
) -> None:
    """Cluster a file of texts, without a database."""
    from analytics.fit import fit_file

    found = fit_file(
        source, output, themes=count, seed=seed, semantic=semantic, fineness=fineness,
        progress=_show,
    )  # fmt: skip
    click.echo(f"{found.themes} themes in {found.documents} texts written to {output}.")


@themes.command()
@click.option("--input", "source", type=click.Path(exists=True, path_type=Path), required=True,
              help="JSON Lines: text and label, optional id.")  # fmt: skip
@click.option("--themes", "count", type=click.IntRange(2), help="How many; left out: the labels.")
@click.option("--seed", type=_SEED, default=0, show_default=True)
@click.option("--semantic", is_flag=True, help="Compare meanings too; needs the extra.")
def evaluate(source: Path, count: int | None, seed: int, semantic: bool) -> None:
    """Measure the clustering on labelled texts."""
    from analytics.evaluate import evaluate_file

    found = evaluate_file(source, themes=count, seed=seed, semantic=semantic, progress=_show)
    for name, value in found.rows():
        click.echo(f"{name:<44}{value}")


COMMANDS = (themes,)
