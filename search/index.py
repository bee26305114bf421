"""Writing the index: whole beside the old one, or one commit for a batch of changes.

Each rebuild stands in a folder of its own; the file ``current`` names the one in force and is
replaced at once, so that readers see the old index or the new one and never half of either.
``stamp`` changes at each commit and tells readers to look again. The folder is private to the
portal, because Whoosh opens an index by pickle.
"""

import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from whoosh import index as whoosh_index

from content import meaning
from content.types import Document, Kind
from search.codec import Codec
from search.collecting import ColumnsWriter
from search.columns import KINDS, Columns
from search.schema import VERSION, read, schema

# Megabytes that the writer holds before it sorts to disk (64 of Whoosh's own makes many runs).
MEMORY = 256
# Documents between two reports of progress.
STEP = 200
# Documents of one segment in a rebuild: the writer's memory is bounded by it.
SEGMENT_MOST = 50_000
# A commit merges segments when so many are of a size (sizes grow by this factor), as in the
# log-structured merge tree of O'Neil and others (1996): each document is merged a few times only.
TIER = 8
# Digits in base `TIER` of the size from which on a segment is left alone: merging 4,096 documents
# takes two seconds, and a change must be found within that time.
DIGITS_MOST = 4


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
    count = 0
    made: _Writer | None = None
    # Millions of postings wait in lists, and none of them is garbage: looking for some takes a
    # fifth of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        whoosh_index.create_in(str(folder), schema())
        for document in documents:
            made = made or _Writer(folder)
            made.add(document)
            count += 1
            if progress is not None and count % STEP == 0:
                progress(count)
            if made.columns.size >= SEGMENT_MOST:
                made.commit()
                made = None
        if made is not None:
            made.commit()
    except BaseException:
        if made is not None:
            made.cancel()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        if collecting:
            gc.enable()
    return count


def apply(
    directory: Path, documents: Iterable[Document], removed: Iterable[tuple[Kind, int]]
) -> None:
    """Replace the given objects in one commit: what `removed` names goes, `documents` come."""
    found = list(documents)
    with _lock(directory):
        folder = current(directory)
        if folder is None:
            raise FileNotFoundError(f"no index in {directory}")
        writer = _Writer(folder)
        try:
            writer.remove({*removed, *((doc.kind, doc.id) for doc in found)})
            for document in found:
                writer.add(document)
            writer.commit(merging=True)
        except BaseException:
            writer.cancel()
            raise
        _touch(directory)


class _Writer:
    """Whoosh's writer and the columns of its segment, kept in step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        opened = whoosh_index.open_dir(str(folder))
        self._writer = opened.writer(limitmb=MEMORY, codec=Codec())
        # One file for all would be mapped and copied whole by each reader: 500 MB at 100,000.
        self._writer.compound = False
        self.columns = ColumnsWriter(meaning.installed())
        self._gone: dict[str, set[int]] = {}
        self._done = False

    def add(self, document: Document) -> None:
        """Add a document to the segment that is being written."""
        words = read(document)
        self._writer.add_document(**{name: found for name, found in words.fields.items() if found})
        self.columns.add(document, words)

    def remove(self, keys: Iterable[tuple[Kind, int]]) -> None:
        """Mark every document of the given objects deleted."""
        wanted = {(KINDS.index(kind), object_id) for kind, object_id in keys}
        ids = np.array(sorted({object_id for _, object_id in wanted}), np.int64)
        base = 0
        for segment in self._writer.segments:
            columns = self._columns_of(segment)
            rows = np.flatnonzero(np.isin(columns.plain["id"], ids)).tolist()
            kinds, its = columns.plain["kind"], columns.plain["id"]
            gone = {
                row
                for row in rows
                if (int(kinds[row]), int(its[row])) in wanted and not segment.is_deleted(row)
            }
            for row in gone:
                self._writer.delete_document(base + row)
            self._gone[segment.segment_id()] = gone
            base += segment.doc_count_all()

    def commit(self, *, merging: bool = False) -> None:
        """Write the segment and its columns; `merging` joins small segments into it."""
        before = {segment.segment_id() for segment in self._writer.segments}
        for segment in self._writer.segments:
            if gone := self._gone.get(segment.segment_id()):
                self._columns_of(segment).forget(sorted(gone))
        new = self._writer.newsegment
        policy = self._merge if merging else _keep
        # Columns stand before the segment is in force, so that no reader finds it without them.
        self._writer.commit(
            mergetype=lambda writer, segments: self._with_columns(policy(writer, segments), new)
        )
        self._done = True
        after = whoosh_index.open_dir(str(self.folder))
        for name in before - {segment.segment_id() for segment in after._segments()}:
            shutil.rmtree(self.folder / f"columns-{name}", ignore_errors=True)

    def _with_columns(self, kept: list[Any], new: Any) -> list[Any]:
        if self.columns.size:
            self.columns.save(self.folder / f"columns-{new.segment_id()}")
        return kept

    def _merge(self, writer: Any, segments: Sequence[Any]) -> list[Any]:
        from whoosh.reading import SegmentReader

        chosen = _to_merge(segments)
        for segment in chosen:
            if segment.doc_count():
                reader = SegmentReader(writer.storage, writer.schema, segment)
                writer.add_reader(reader)
                reader.close()
                rows = [r for r in range(segment.doc_count_all()) if not segment.is_deleted(r)]
                self.columns.take(self._columns_of(segment), rows)
        return [segment for segment in segments if segment not in chosen]

    def _columns_of(self, segment: Any) -> Columns:
        return Columns(self.folder / f"columns-{segment.segment_id()}")

    def cancel(self) -> None:
        """Leave everything as it was."""
        if not self._done and not self._writer.is_closed:
            self._writer.cancel()


def _keep(_writer: Any, segments: list[Any]) -> list[Any]:
    return segments


def _to_merge(segments: Sequence[Any]) -> list[Any]:
    """The segments up to the highest tier that is full; when none is, only empty ones."""
    tiers: dict[int, list[Any]] = {}
    for segment in segments:
        tiers.setdefault(_tier(segment), []).append(segment)
    full = max(
        (tier for tier, found in tiers.items() if len(found) >= TIER and tier <= DIGITS_MOST),
        default=0,
    )
    return [segment for segment in segments if not segment.doc_count() or _tier(segment) <= full]


def _tier(segment: Any) -> int:
    return len(np.base_repr(segment.doc_count(), TIER))


def status(directory: Path) -> IndexStatus:
    """How the index stands; never raises."""
    folder = current(directory)
    if folder is None:
        return IndexStatus(False, problem="There is no search index yet; build it.")
    if not is_of_this_version(folder):
        return IndexStatus(True, problem="The search index is of another version; build it anew.")
    try:
        opened = whoosh_index.open_dir(str(folder))
        for segment in opened._segments():
            Columns(folder / f"columns-{segment.segment_id()}")
        opened.reader().close()
        return IndexStatus(True, opened.doc_count(), folder.name)
    except Exception as error:
        # A pickle that was cut short can fail in any way; each of them means the same here.
        reason = f"The search index is damaged ({type(error).__name__}); build it anew."
        return IndexStatus(True, problem=reason)


def is_of_this_version(folder: Path) -> bool:
    """Whether an index has the fields, the analysis and the codec of this portal."""
    return folder.name.startswith(f"v{VERSION}-")


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
