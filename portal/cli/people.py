"""A portal for real use: an empty database with its first administrator."""

import secrets

import click

from content import people as verbs
from content.db import now
from content.types import SYSTEM, Role
from portal import migrate
from portal.cli import Context, pass_portal
from portal.setup import is_empty, load_thesaurus, make_index


@click.command()
@click.option("--admin", required=True, help="E-mail address of the first administrator.")
@click.option("--name", default="Administrator", show_default=True, help="Their name.")
@click.option("--starter/--no-starter", default=True, help="Load the playbooks and templates.")
@pass_portal
def init(portal: Context, admin: str, name: str, starter: bool) -> None:
    """Make an empty portal with one administrator."""
    from content.starter.load import load_library

    runtime = portal.bare_runtime()
    migrate.upgrade(runtime.database)
    if not is_empty(runtime):
        raise click.ClickException(f"There is a portal in {runtime.settings.data_dir} already.")
    password = secrets.token_urlsafe(12)
    hashed = verbs.hash_password(password)
    with runtime.database.writing() as session:
        person = verbs.invite(
            session,
            email=admin,
            name=name,
            role=Role.admin,
            department_id=None,
            by=SYSTEM,
            at=now(),
        )
        verbs.set_password(session, person, hashed, by=SYSTEM, at=now())
        if starter:
            load_library(session, runtime.files, owner=person, at=now())
    click.echo(load_thesaurus(runtime))
    click.echo(make_index(runtime))
    click.echo(f"Administrator {admin}, password {password}  (change it after signing in)")


COMMANDS = (init,)
