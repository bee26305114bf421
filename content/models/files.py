"""Stored files: kept once by their hash, named by whoever points at them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from content.db import Base, UTCDateTime


class StoredFile(Base):
    """The bytes stand in the files folder under their SHA-256; this row says what they are."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size: Mapped[int]  # bytes
    format: Mapped[str] = mapped_column(String(20))  # docx, xlsx, pptx, pdf ...
    media_type: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class FilePassage(Base):
    """The words of one sheet, slide or page of a stored file: read from it once, for search.

    The rows can be deleted and read from the files again.
    """

    __tablename__ = "file_passage"

    file_id: Mapped[int] = mapped_column(
        ForeignKey("stored_file.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(String(200))  # "Sheet Risks", "Slide 2"
    text: Mapped[str] = mapped_column(Text)
