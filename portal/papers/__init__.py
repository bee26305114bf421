"""Documents that the portal writes, described once and written as PDF, Word or slides.

A `Paper` says what stands in it; `write_pdf` and `write_docx` write it. A `Deck` is the same for
slides, which `write_pptx` writes. It knows nothing of
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
from portal.papers.slides import Deck, Slide, write_pptx
from portal.papers.word import write_docx

__all__ = [
    "Bar", "Bars", "Block", "Bullets", "Deck", "Heading", "NewPage", "Paper", "Slide", "Table",
    "Text", "write_docx", "write_pdf", "write_pptx",
]  # fmt: skip
