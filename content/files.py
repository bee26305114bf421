"""The files folder: bytes kept once under their SHA-256, written whole or not at all.

It refuses paths from outside: a file is found by its hash only.
"""

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.errors import Unavailable
from content.models import StoredFile


class FileStore:
    """The folder where stored files stand, two levels deep by their hash."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Keep `data` and answer its SHA-256; the same bytes are kept once."""
        digest = hashlib.sha256(data).hexdigest()
        target = self.path(digest)
        if target.exists():
            return digest
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        Path(handle.name).replace(target)
        return digest

    def path(self, sha256: str) -> Path:
        """Where the file with this hash stands, whether or not it is there."""
        return self.root / sha256[:2] / sha256

    def read(self, sha256: str) -> bytes:
        """The bytes.

        Raises:
            Unavailable: the file is missing from the folder.
        """
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise Unavailable(
                "The file is missing from the files folder. Restore it from a backup."
            ) from None


def register(
    session: Session, *, sha256: str, size: int, format: str, media_type: str, at: datetime
) -> StoredFile:
    """The row of a file that was put, made when it is new."""
    row = session.scalars(select(StoredFile).where(StoredFile.sha256 == sha256)).first()
    if row is None:
        row = StoredFile(
            sha256=sha256, size=size, format=format, media_type=media_type, created_at=at
        )
        session.add(row)
        session.flush()
    return row
