"""`portal demo`: the sample organisation, running, from nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from content.errors import Refused
from content.types import DEMO_PASSWORD
from portal.cli import Context, pass_portal
from portal.settings import Settings, load
from portal.supervisor import Supervisor, require_free_port

if TYPE_CHECKING:
    from portal.runtime import Runtime

# Written when everything is prepared; holds the names of the migrations that it was prepared with.
PREPARED = "prepared"


@click.command()
@click.option("--fresh", is_flag=True, help="Delete the data folder first.")
@click.option("--host", help="Address to listen on; only this machine's own.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--data-dir", type=click.Path(), help="Folder for all data.")
@pass_portal
def demo(
    portal: Context, fresh: bool, host: str | None, port: int | None, data_dir: str | None
) -> None:
    """Run the portal on the sample organisation."""
    settings = _settings(portal.settings, host=host, port=port, data_dir=data_dir)
    require_free_port(settings.host, settings.port)
    if fresh:
        from portal import setup

        setup.wipe(settings.data_dir)
    if is_prepared(settings.data_dir):
        click.echo(f"✓ Data are there in {settings.data_dir}")
    else:
        _prepare(replace_context(portal, settings))
    click.echo("… Starting worker and web server")
    began = time.monotonic()
    Supervisor(settings, click.echo).run(lambda: _welcome(settings, time.monotonic() - began))
    click.echo("Stopped.")


def _settings(
    settings: Settings, *, host: str | None, port: int | None, data_dir: str | None
) -> Settings:
    if data_dir is not None:
        settings = load({"data_dir": data_dir})
    name = settings.organisation or "Northmere Utilities"
    settings = replace(settings.listening(host, port), demo=True, organisation=name)
    if not settings.is_loopback:
        raise Refused(
            f"The demo accounts have a known password, so the demo does not listen on "
            f"{settings.host}. Use 127.0.0.1, or `portal init` and `portal run` for real use."
        )
    return settings


def replace_context(portal: Context, settings: Settings) -> Context:
    """The context under the settings of the demo."""
    return portal if portal.settings == settings else Context(settings)


def _migrations() -> str:
    """The names of this portal's migrations, read without loading them."""
    folder = Path(__file__).parent.parent / "migrations" / "versions"
    return "\n".join(sorted(path.name for path in folder.glob("0*.py")))


def is_prepared(data_dir: Path) -> bool:
    """Whether an earlier start prepared this folder for the same tables; the processes look
    again, and what the index lacks the worker mends.
    """
    try:
        return (data_dir / PREPARED).read_text(encoding="utf-8") == _migrations()
    except OSError:
        return False


def _prepare(portal: Context) -> None:
    runtime = portal.bare_runtime()
    prepare(runtime)
    runtime.close()
    (portal.settings.data_dir / PREPARED).write_text(_migrations(), encoding="utf-8")


def prepare(runtime: Runtime) -> None:
    """Each step of making a sample portal, with a line of progress."""
    from portal import setup

    for title, step in (
        ("Preparing the database", lambda: _migrate(runtime)),
        ("Loading the sample organisation", lambda: setup.load_sample(runtime)),
        ("Loading the thesaurus", lambda: setup.load_thesaurus(runtime)),
        ("Building the search index", lambda: setup.make_index(runtime)),
        ("Putting start packs together", lambda: setup.make_packs(runtime)),
        ("Finding themes", lambda: setup.find_themes(runtime)),
        ("Holding the sample's reviews", lambda: setup.tell_reviews(runtime)),
    ):
        _show(title, step)


def _migrate(runtime: Runtime) -> str:
    from portal import migrate

    migrate.upgrade(runtime.database)
    return f"Database is ready in {runtime.settings.data_dir}"


def _show(title: str, step: Callable[[], str]) -> None:
    click.echo(f"… {title}")
    began = time.monotonic()
    done = step()
    click.echo(f"✓ {done}  {time.monotonic() - began:.1f} s")


def _welcome(settings: Settings, seconds: float) -> None:
    click.echo(f"✓ Worker and web server are up  {seconds:.1f} s")
    click.echo(f"\nReady: {settings.address}\n")
    click.echo(f"Sign in with one of these; the password of all is “{DEMO_PASSWORD}”:")
    for name, role in (
        ("pm", "project manager"),
        ("trainer", "trainer"),
        ("reviewer", "PMO reviewer"),
        ("admin", "administrator"),
    ):
        click.echo(f"  {name + '@demo.example':<24}{role}")
    click.echo("\nCtrl-C stops everything; the data stay.")


COMMANDS = (demo,)
