"""Themes from the command line: a run over the portal's own texts, or a fit of any file."""

from pathlib import Path

import click

from analytics import catalogue, runs
from content.db import now
from portal.cli import Context, pass_portal


@click.group()
def themes() -> None:
    """Recurring themes."""


def _show(step: str, share: float) -> None:
    click.echo(f"{share:4.0%}  {step}", err=True)


@themes.command()
@pass_portal
def run(portal: Context) -> None:
    """Find themes in the lessons and issues of closed projects."""
    found = runs.run(portal.runtime.database, by=None, at=now(), progress=_show)
    click.echo(
        f"Run {found.run_id}: {found.themes} themes in {found.texts} texts, "
        f"{found.kept} of them known before."
    )
    with portal.runtime.database.reading() as session:
        from content.types import SYSTEM

        for row in catalogue.seen(session, by=SYSTEM):
            click.echo(f"{row.projects:>4} projects {row.texts:>5} texts  {row.theme.title}")


@themes.command()
@click.option("--input", "source", type=click.Path(exists=True, path_type=Path), required=True,
              help="JSON Lines: id, text, optional project and date.")  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path), required=True, help="JSON to write.")
@click.option("--themes", "count", type=click.IntRange(1), help="How many; left out: found.")
@click.option("--seed", default=0, show_default=True)
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
@click.option("--seed", default=0, show_default=True)
@click.option("--semantic", is_flag=True, help="Compare meanings too; needs the extra.")
def evaluate(source: Path, count: int | None, seed: int, semantic: bool) -> None:
    """Measure the clustering on labelled texts."""
    from analytics.evaluate import evaluate_file

    found = evaluate_file(source, themes=count, seed=seed, semantic=semantic, progress=_show)
    for name, value in found.rows():
        click.echo(f"{name:<44}{value}")


COMMANDS = (themes,)
