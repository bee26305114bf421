"""Making a data folder ready, step by step; each step looks whether it is done already."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select

from analytics import packs
from content import thesaurus
from content.db import now
from content.errors import Refused, Unavailable
from content.models import Person
from portal import migrate, packing
from portal.runtime import Runtime
from portal.worker.handlers import rebuild
from search import index

# What a data folder may hold; `--fresh` deletes a folder only when it knows everything in it.
KNOWN = {
    "portal.db",
    "prepared",
    "index",
    "files",
    "secret.key",
    "write.lock",
    "portal.toml",
    "reports",
}

Say = Callable[[str], None]


def require_ready(runtime: Runtime) -> None:
    """Pass when the database stands at this portal's migration.

    Raises:
        Unavailable: it does not; the message names the command that helps.
    """
    found = migrate.current(runtime.database) if _has_database(runtime) else None
    if found is None:
        raise Unavailable(
            f"There is no portal in {runtime.settings.data_dir} yet. "
            "Start with `portal init` (empty) or `portal demo` (sample organisation), "
            "or name another folder with --data-dir."
        )
    if found != migrate.head():
        raise Unavailable("The database is of another version. Run `portal migrate`.")


def _has_database(runtime: Runtime) -> bool:
    database = runtime.database.url.database
    return not runtime.database.is_sqlite or (database is not None and Path(database).exists())


def is_empty(runtime: Runtime) -> bool:
    """Whether nobody has an account yet."""
    with runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Person)) == 0


def holds_only_demo(runtime: Runtime) -> bool:
    """Whether the first accounts are those of the sample organisation."""
    with runtime.database.reading() as session:
        first = session.scalars(select(Person).order_by(Person.id).limit(1)).first()
    return first is not None and first.is_demo


def wipe(folder: Path) -> None:
    """Delete a data folder, and nothing that is not one.

    Raises:
        Refused: the folder holds something that no portal put there.
    """
    import shutil

    if not folder.exists():
        return
    strange = sorted(item.name for item in folder.iterdir() if item.name.split("-")[0] not in KNOWN)
    if strange:
        raise Refused(
            f"{folder} is not deleted: it also holds {', '.join(strange[:5])}. "
            "Remove that first, or choose another folder with --data-dir."
        )
    shutil.rmtree(folder)


def load_sample(runtime: Runtime) -> str:
    """Load the sample organisation into an empty database, whole or not at all."""
    from content.starter.load import load_organisation

    if not is_empty(runtime):
        if not holds_only_demo(runtime):
            raise Refused("This folder holds a real portal. Choose another with --data-dir.")
        return "Sample organisation is there"
    with runtime.database.writing() as session:
        counts = load_organisation(session, runtime.files, at=now())
    return "Loaded " + ", ".join(f"{count} {name}" for name, count in counts.items())


def load_thesaurus(runtime: Runtime) -> str:
    """Add the shipped entries of the thesaurus that this database never had."""
    with runtime.database.writing() as session:
        count = thesaurus.load_shipped(session, now())
    return f"Added {count} entries to the thesaurus" if count else "Thesaurus is there"


def make_packs(runtime: Runtime) -> str:
    """Put together the start packs of open projects that have none."""
    with runtime.database.reading() as session:
        wanted = packs.without_pack(session)
    for project_id in wanted:
        packing.make(runtime, project_id)
    return f"Start packs made: {len(wanted)}"


def make_index(runtime: Runtime) -> str:
    """Build the search index when it is missing or damaged."""
    found = index.status(runtime.settings.index_dir)
    if found.exists and not found.problem:
        return f"Search index is there, {found.documents} documents"
    return f"Indexed {rebuild(runtime)} documents"


def find_themes(runtime: Runtime) -> str:
    """Run the first theme run when there was none."""
    from analytics import catalogue, runs

    with runtime.database.reading() as session:
        newest = catalogue.newest(session)
        if newest is not None:
            return "Themes are there"
    summary = runs.run(runtime.database, by=None, at=now(), folder=runtime.settings.themes_dir)
    return f"Found {summary.themes} themes in {summary.texts} texts"


def tell_reviews(runtime: Runtime) -> str:
    """Tell what the sample's PMO decided about its themes, and what came of it; once."""
    from analytics import sample

    with runtime.database.writing() as session:
        count = sample.tell(session, at=now())
    return f"Told {count} reviews and their actions" if count else "Reviews are there"
