"""The command line: one group, settings as options, the runtime made when a command needs it.

Every setting can be given in the environment too (`PORTAL_DATA_DIR=x portal search …`).
"""

from pathlib import Path
from typing import Any

import click

from content.errors import PortalError
from portal import logs
from portal.runtime import Runtime, open_runtime
from portal.settings import Settings, load


class Group(click.Group):
    """A group that shows the domain's errors as sentences, not as stack traces."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a `PortalError` ends it with status 1 and its message."""
        try:
            return super().invoke(ctx)
        except PortalError as error:
            reasons = getattr(error, "fields", {}).values()
            lines = [error.message, *(r for r in reasons if r != error.message)]
            raise click.ClickException("\n".join(lines)) from error


class Context:
    """What commands share: settings at once, the runtime on first use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._runtime: Runtime | None = None

    @property
    def runtime(self) -> Runtime:
        """The portal's parts, over a database that is migrated.

        Raises:
            Unavailable: there is no database here yet, or it is older than the portal.
        """
        if self._runtime is None:
            from portal.setup import require_ready

            self._runtime = open_runtime(self.settings)
            require_ready(self._runtime)
        return self._runtime

    def bare_runtime(self) -> Runtime:
        """The portal's parts, whatever the database's state."""
        return open_runtime(self.settings)


pass_portal = click.make_pass_decorator(Context)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder for all data.")
@click.pass_context
def main(ctx: click.Context, data_dir: Path | None) -> None:
    """The PMO portal: lessons, playbooks, templates, themes and reviews in one place."""
    settings = load({"data_dir": data_dir})
    logs.configure(settings.log_level, as_json=settings.log_json)
    ctx.obj = Context(settings)


def _register() -> None:
    from portal.cli import demo, imports, index, people, run, search, themes

    for module in (run, demo, search, index, themes, imports, people):
        for command in module.COMMANDS:
            main.add_command(command)


_register()
