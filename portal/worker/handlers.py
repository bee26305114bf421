"""What each kind of job does. Every handler can be repeated: it looks at what is there now."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from analytics import wording
from content import findable, lessons, passages, playbooks, projects, thesaurus
from content.db import now
from content.models import StoredFile
from content.types import Kind
from portal import packing
from portal.runtime import Runtime
from portal.worker import actionmail, daily, imports
from portal.worker.mail import send_mail
from portal.worker.task import Task
from search import index
from search import thesaurus as synonyms

Result = dict[str, object]


def index_changes(runtime: Runtime, named: Iterable[tuple[Kind, int]]) -> None:
    """Bring the named objects in the index to their present state, in one commit."""
    keys = sorted(named)
    found = index.status(runtime.settings.index_dir)
    if not found.exists or found.problem:
        # A damaged or missing index heals here: the database holds all it held.
        rebuild(runtime)
        return
    with runtime.database.reading() as session:
        documents = findable.changed(session, keys)
    index.apply(runtime.settings.index_dir, documents, keys)


def follow_changes(runtime: Runtime, payloads: Sequence[Mapping[str, Any]]) -> None:
    """Have themes and the index follow what changed of the named objects."""
    keys = {(Kind(item["kind"]), int(item["id"])) for item in payloads}
    with runtime.database.reading() as session:
        unsaid = wording.unsaid(session, keys)
    if unsaid:
        with runtime.database.writing() as session:
            wording.take_out(session, unsaid)
    index_changes(runtime, keys)


def rebuild(runtime: Runtime, progress: Callable[[int], None] | None = None) -> int:
    """Build the index anew from the database; readers keep the old one until it is whole."""
    with runtime.database.reading() as session:
        documents = findable.everything(session)
        count = index.rebuild(runtime.settings.index_dir, documents, progress=progress)
    # It stands in the same folder: whoever lost the one has lost the other.
    write_thesaurus(runtime)
    return count


def write_thesaurus(runtime: Runtime, _payloads: Sequence[Mapping[str, Any]] = ()) -> None:
    """Give search the thesaurus as it is now; once for however many changes."""
    with runtime.database.reading() as session:
        synonyms.write(runtime.settings.index_dir, thesaurus.groups(session))


def rebuild_index(task: Task) -> Result:
    """The job that rebuilds the index."""

    def show(count: int) -> None:
        task.progress(f"{count} documents read", 0.5)

    return {"documents": rebuild(task.runtime, show)}


def run_themes(task: Task) -> Result:
    """The job that finds themes in the texts that its payload chooses."""
    from analytics import runs, stages, texts

    found = runs.run(
        task.runtime.database,
        by=None,
        at=now(),
        selection=texts.Selection.of(task.payload.get("corpus", {})),
        least=task.runtime.settings.theme_texts_least,
        fresh=bool(task.payload.get("fresh")),
        fineness=task.payload.get("fineness"),
        folder=task.runtime.settings.themes_dir,
        progress=task.progress,
        job_id=task.job_id,
    )
    with task.runtime.database.writing() as session:
        stages.look_again(session, at=now())
    return {"themes": found.themes, "texts": found.texts, "proposed": found.proposed}


def read_file(task: Task) -> Result:
    """The job that reads the words of a stored file."""
    return {"passages": read_words(task.runtime, int(task.payload["file"]))}


def read_missing(runtime: Runtime) -> int:
    """Read at once what nobody has read of the files that are held; answers how many files."""
    with runtime.database.reading() as session:
        numbers = [file.id for file in passages.missing(session)]
    for file_id in numbers:
        read_words(runtime, file_id)
    return len(numbers)


def read_words(runtime: Runtime, file_id: int) -> int:
    """Keep the words of a stored file, parsed before the unit of work; answers the passages."""
    with runtime.database.reading() as session:
        file = session.get(StoredFile, file_id)
        if file is None:
            return 0
        path, format_ = runtime.files.path(file.sha256), file.format
    if not path.exists():
        # Not noted as a file without words: it is read when a backup has brought it back.
        return 0
    found = passages.extract(path, format_)
    with runtime.database.writing() as session:
        if session.get(StoredFile, file_id) is None:
            return 0
        passages.store(session, file_id, found)
        passages.reindex_holders(session, file_id, at=now())
    return len(found)


HANDLERS: dict[str, Callable[[Task], Result]] = {
    daily.KIND: daily.run,
    "index rebuild": rebuild_index,
    "mail": send_mail,
    passages.JOB: read_file,
    "theme run": run_themes,
    **imports.HANDLERS,
}
BATCHED: dict[str, Callable[[Runtime, Sequence[Mapping[str, Any]]], None]] = {
    "index": follow_changes,
    thesaurus.JOB: write_thesaurus,
    projects.PACK_JOB: packing.make_waiting,
    lessons.FOLLOW_JOB: packing.follow,
    playbooks.RELEASE_JOB: actionmail.notice_releases,
}
