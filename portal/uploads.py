"""Taking an uploaded file: inspected by content first, then kept; never the other way round."""

from dataclasses import dataclass

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from content import files
from content.db import now
from content.documents import Inspected, inspect
from content.errors import Refused
from content.models import StoredFile
from portal.db import runtime

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Upload:
    """A file that passed inspection and stands in the files folder."""

    sha256: str
    filename: str
    inspected: Inspected


def take(file: FileStorage | None) -> Upload:
    """Inspect and keep an uploaded document.

    Raises:
        Refused: there is none, it is too large, or the inspection found a reason.
    """
    if file is None or not file.filename:
        raise Refused("Choose a file first.")
    most = runtime().settings.upload_mb * MEGABYTE
    data = file.stream.read(most + 1)
    if len(data) > most:
        raise Refused(f"The file is larger than {runtime().settings.upload_mb} MB.")
    inspected = inspect(data, file.filename)
    return Upload(runtime().files.put(data), file.filename, inspected)


def register(unit: Session, upload: Upload) -> StoredFile:
    """The row of an upload, in the unit of work that uses it."""
    return files.register(
        unit,
        sha256=upload.sha256,
        size=upload.inspected.size,
        format=upload.inspected.format,
        media_type=upload.inspected.media_type,
        at=now(),
    )
