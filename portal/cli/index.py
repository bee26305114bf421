"""The search index: build it anew, or say how it stands."""

import time

import click

from portal.cli import Context, pass_portal
from portal.worker.handlers import read_missing, rebuild
from search import index as search_index


@click.group()
def index() -> None:
    """The search index."""


@index.command(name="rebuild")
@pass_portal
def rebuild_command(portal: Context) -> None:
    """Build the index anew from the database; search goes on meanwhile."""
    began = time.monotonic()
    read_missing(portal.runtime)
    count = rebuild(portal.runtime)
    click.echo(f"Indexed {count} documents in {time.monotonic() - began:.1f} s.")


@index.command(name="status")
@pass_portal
def status_command(portal: Context) -> None:
    """Say how the index stands."""
    found = search_index.status(portal.runtime.settings.index_dir)
    click.echo(found.problem or f"{found.documents} documents, generation {found.generation}.")


COMMANDS = (index,)
