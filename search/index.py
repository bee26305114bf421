"""Writing the index: whole beside the old one, or one commit for a batch of changes.

Each rebuild stands in a folder of its own; the file ``current`` names the one in force and is
replaced at once, so that readers see the old index or the new one and never half of either.
``stamp`` changes at each commit and tells readers to look again. The folder is private to the
portal, because Whoosh opens an index by pickle.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whoosh import index as whoosh_index
from whoosh.query import Term

from content.types import Document, Kind
from search.schema import VERSION, fields_of, schema

# Megabytes that the writer holds before it writes a segment (64 of Whoosh's own makes many).
MEMORY = 256
# Documents between two reports of progress.
STEP = 200


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """How an index stands; `problem` says in words why it must be built anew."""

    exists: bool
    documents: int = 0
    generation: str = ""
    problem: str = ""


def rebuild(
    directory: Path,
    documents: Iterable[Document],
    *,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Build a new index of all documents and put it in force; answers how many there are."""
    _private(directory)
    with _lock(directory):
        folder = Path(tempfile.mkdtemp(prefix=f"v{VERSION}-", dir=directory))
        count = _fill(folder, documents, progress)
        _replace(directory / "current", folder.name)
        _touch(directory)
        _sweep(directory, keep=folder.name)
    return count


def _fill(
    folder: Path, documents: Iterable[Document], progress: Callable[[int], None] | None
) -> int:
    writer = whoosh_index.create_in(str(folder), schema()).writer(limitmb=MEMORY)
    count = 0
    try:
        for document in documents:
            writer.add_document(**fields_of(document))
            count += 1
            if progress is not None and count % STEP == 0:
                progress(count)
    except BaseException:
        writer.cancel()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    writer.commit(optimize=True)
    return count


def apply(
    directory: Path, documents: Iterable[Document], removed: Iterable[tuple[Kind, int]]
) -> None:
    """Replace the given objects in one commit: what `removed` names goes, `documents` come."""
    with _lock(directory):
        folder = current(directory)
        if folder is None:
            raise FileNotFoundError(f"no index in {directory}")
        writer = whoosh_index.open_dir(str(folder)).writer(limitmb=MEMORY)
        try:
            found = list(documents)
            gone = {*removed, *((doc.kind, doc.id) for doc in found)}
            for kind, object_id in sorted(gone):
                writer.delete_by_query(Term("object", f"{kind.value}:{object_id}"))
            for document in found:
                writer.add_document(**fields_of(document))
        except BaseException:
            writer.cancel()
            raise
        writer.commit()
        _touch(directory)


def status(directory: Path) -> IndexStatus:
    """How the index stands; never raises."""
    folder = current(directory)
    if folder is None:
        return IndexStatus(False, problem="There is no search index yet; build it.")
    if not folder.name.startswith(f"v{VERSION}-"):
        return IndexStatus(True, problem="The search index is of another version; build it anew.")
    try:
        reader = whoosh_index.open_dir(str(folder)).reader()
        try:
            return IndexStatus(True, reader.doc_count(), folder.name)
        finally:
            reader.close()
    except Exception as error:
        # A pickle that was cut short can fail in any way; each of them means the same here.
        reason = f"The search index is damaged ({type(error).__name__}); build it anew."
        return IndexStatus(True, problem=reason)


def current(directory: Path) -> Path | None:
    """The folder of the index in force, or None."""
    try:
        name = (directory / "current").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    folder = directory / name
    return folder if name and "/" not in name and folder.is_dir() else None


def stamp(directory: Path) -> int:
    """A number that changes with each commit; 0 when there is no index."""
    try:
        return (directory / "stamp").stat().st_mtime_ns
    except OSError:
        return 0


def _touch(directory: Path) -> None:
    _replace(directory / "stamp", "")


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)


def _sweep(directory: Path, *, keep: str) -> None:
    """Delete the indexes of before; a reader that has one open keeps its files by the system."""
    for item in directory.iterdir():
        if item.is_dir() and item.name != keep:
            shutil.rmtree(item, ignore_errors=True)


def _private(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)


@contextmanager
def _lock(directory: Path) -> Iterator[Any]:
    _private(directory)
    with (directory / "writer.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
