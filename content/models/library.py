"""The library of standard templates: documents to download, each with its versions."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from content.db import Base, UTCDateTime, choice
from content.models.files import StoredFile
from content.models.people import Person
from content.models.projects import Phase


class Template(Base):
    """A standard document to download; its newest version is the one in force."""

    __tablename__ = "template"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text, default="")
    when_to_use: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(String(40), default="")
    phase: Mapped[Phase | None] = mapped_column(choice(Phase, "template_phase"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column()

    owner: Mapped[Person | None] = relationship()
    versions: Mapped[list["TemplateVersion"]] = relationship(
        order_by="TemplateVersion.number.desc()", back_populates="template"
    )

    __mapper_args__ = {"version_id_col": version}


class TemplateVersion(Base):
    """One file of a template, never changed once it is there."""

    __tablename__ = "template_version"
    __table_args__ = (UniqueConstraint("template_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[int] = mapped_column(ForeignKey("template.id"), index=True)
    number: Mapped[int]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    change_note: Mapped[str] = mapped_column(String(500), default="")
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    template: Mapped[Template] = relationship(back_populates="versions")
    file: Mapped[StoredFile] = relationship()
    published_by: Mapped[Person | None] = relationship()
