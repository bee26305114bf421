"""The command line: one group, settings as options, the runtime made when a command needs it.

Every setting can be given in the environment too (`PORTAL_DATA_DIR=x portal search …`). Heavy
parts are imported by the command that needs them, so that the supervisor starts its children at
once.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from content.errors import PortalError
from portal.settings import Settings, load

if TYPE_CHECKING:
    from portal.runtime import Runtime

# Where each command stands, and its sentence in `--help`. Its module is loaded when the command is
# asked for, because the web server need not know how to import a spreadsheet, and help need not
# load anything. A test holds the sentences equal to those of the commands.
COMMANDS = {
    "run": ("run", "Start web server and worker, and keep them running."),
    "serve": ("run", "Start the web server alone."),
    "worker": ("run", "Start the worker alone: index, mail, imports, themes."),
    "migrate": ("run", "Bring the database to this version's tables."),
    "demo": ("demo", "Run the portal on the sample organisation."),
    "search": ("search", "Search everything for TEXT, or each line of --topics into a TREC --run."),
    "evaluate": (
        "search", "Measure the ranking against judged topics: nDCG@10, MAP, Recall@100."
    ),
    "index": ("index", "The search index."),
    "themes": ("themes", "Recurring themes."),
    "import": ("imports", "Take lessons and issues in from files."),
    "init": ("people", "Make an empty portal with one administrator."),
}  # fmt: skip


class Group(click.Group):
    """Commands loaded when asked for; the domain's errors shown as sentences, not stack traces."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, out of its module."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"portal.cli.{COMMANDS[cmd_name][0]}")
        found: click.Command = next(c for c in module.COMMANDS if c.name == cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with their sentences, none of them loaded."""
        room = formatter.width - 6 - max(map(len, COMMANDS))
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, click.Command(name, help=said).get_short_help_str(room))
                    for name, (_, said) in sorted(COMMANDS.items())
                ]
            )

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

            self._runtime = self.bare_runtime()
            require_ready(self._runtime)
        return self._runtime

    def bare_runtime(self) -> Runtime:
        """The portal's parts, whatever the database's state."""
        from portal import logs
        from portal.runtime import open_runtime

        logs.configure(self.settings.log_level, as_json=self.settings.log_json)
        return open_runtime(self.settings)


pass_portal = click.make_pass_decorator(Context)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder for all data.")
@click.pass_context
def main(ctx: click.Context, data_dir: Path | None) -> None:
    """The PMO portal: lessons, playbooks, templates, themes and reviews in one place."""
    ctx.obj = Context(load({"data_dir": data_dir}))
