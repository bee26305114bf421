"""Documents that the portal writes, described once and written as PDF, Word or slides.

A `Paper` says what stands in it; `write_pdf` and `write_docx` write it. It knows nothing of
reviews, packs or pages: those say what their paper is made of.
"""

from portal.papers.blocks import (
    Bar,
    Bars,
    Block,
    Bullets,
    Heading,
    NewPage,
    Paper,
    Table,
    Text,
)
from portal.papers.pdf import write_pdf

__all__ = [
    "Bar", "Bars", "Block", "Bullets", "Heading", "NewPage", "Paper", "Table", "Text", "write_pdf",
]  # fmt: skip
