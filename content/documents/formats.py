"""The formats that the library takes, with their names and media types."""

from dataclasses import dataclass

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."


@dataclass(frozen=True, slots=True)
class Format:
    """One file format: `name` is also its extension."""

    name: str
    media_type: str
    label: str
    extensions: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every extension that files of this format carry."""
        return (self.name, *self.extensions)


FORMATS: dict[str, Format] = {
    made.name: made
    for made in (
        Format("docx", _OOXML + "wordprocessingml.document", "Word document"),
        Format("xlsx", _OOXML + "spreadsheetml.sheet", "Excel workbook"),
        Format("pptx", _OOXML + "presentationml.presentation", "PowerPoint presentation"),
        Format("odt", _ODF + "text", "OpenDocument text"),
        Format("ods", _ODF + "spreadsheet", "OpenDocument spreadsheet"),
        Format("odp", _ODF + "presentation", "OpenDocument presentation"),
        Format("odg", _ODF + "graphics", "OpenDocument drawing"),
        Format("pdf", "application/pdf", "PDF document"),
        Format("md", "text/markdown", "Markdown text", ("markdown",)),
        Format("csv", "text/csv", "Comma-separated table", ("tsv",)),
        Format("txt", "text/plain", "Plain text", ("text",)),
    )
}


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that was looked at and may come in.

    `parts` names its sheets or slides; a running text has none.
    """

    format: str
    media_type: str
    size: int
    title: str = ""
    parts: tuple[str, ...] = ()
