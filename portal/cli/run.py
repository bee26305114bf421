"""Running the portal: both processes together, or each for itself under another supervisor."""

import os
import signal

import click

from content.errors import Refused
from portal.cli import Context, pass_portal
from portal.runtime import settle
from portal.stopping import Stop
from portal.supervisor import Supervisor, require_free_port, stop_with_parent


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on.")
@pass_portal
def run(portal: Context, host: str | None, port: int | None) -> None:
    """Start web server and worker, and keep them running."""
    settings = portal.settings.listening(host, port)
    portal.runtime.close()  # looked into, so that a fault is told here and not by a child
    require_free_port(settings.host, settings.port)
    Supervisor(settings, click.echo).run(lambda: click.echo(f"Ready: {settings.address}"))


@click.command()
@click.option("--with-parent", is_flag=True, hidden=True)
@pass_portal
def serve(portal: Context, with_parent: bool) -> None:
    """Start the web server alone."""
    import waitress

    from portal import create_app

    settings = portal.settings
    if settings.demo and not settings.is_loopback:
        raise Refused("Demo accounts are for this machine only: bind to 127.0.0.1.")
    app = create_app(portal.runtime)
    server = waitress.create_server(
        app, host=settings.host, port=settings.port, threads=settings.threads, ident=""
    )
    if with_parent:
        stop_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
    signal.signal(signal.SIGTERM, _leave)
    settle()
    try:
        server.run()
    finally:
        server.close()
        portal.runtime.close()


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


@click.command()
@click.option("--with-parent", is_flag=True, hidden=True)
@pass_portal
def worker(portal: Context, with_parent: bool) -> None:
    """Start the worker alone: index, mail, imports, themes."""
    from portal.worker import run as work

    stop = Stop()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop.ask)
    if with_parent:
        stop_with_parent(stop.ask)
    settle()
    work(portal.runtime, stop)


@click.command(name="migrate")
@pass_portal
def migrate_command(portal: Context) -> None:
    """Bring the database to this version's tables."""
    from portal import migrate
    from portal.setup import load_thesaurus

    runtime = portal.bare_runtime()
    migrate.upgrade(runtime.database)
    click.echo(load_thesaurus(runtime))
    click.echo(f"The database is at {migrate.current(runtime.database)}.")


COMMANDS = (run, serve, worker, migrate_command)
