"""The words of a PDF, page by page, read in a process of its own with bounded time and memory.

A PDF can be made so that reading it takes forever; the process is ended then, and the file has no
words. It runs as ``python -m content.documents.pdftext FILE`` and writes one JSON line a page.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path

from content.types import Passage

PAGES_MOST = 300
SECONDS = 20
# Bytes of memory of the process.
MEMORY = 1_500_000_000


def text_of_pdf(path: Path) -> list[Passage]:
    """The text of each page that has some; what was read before a limit was reached."""
    command = [sys.executable, "-m", "content.documents.pdftext", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS + 10, check=False)
        lines = done.stdout.decode("utf-8", "replace").splitlines()
    except subprocess.TimeoutExpired as late:
        lines = (late.stdout or b"").decode("utf-8", "replace").splitlines()[:-1]
    found = []
    for line in lines:
        try:
            number, text = json.loads(line)
        except ValueError:
            continue  # the line that a limit cut short
        found.append(Passage(f"Page {number}", text))
    return found


def _read(path: str) -> None:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        for number, page in enumerate(PdfReader(path).pages[:PAGES_MOST], 1):
            text = " ".join((page.extract_text() or "").split())
            if text:
                sys.stdout.write(json.dumps([number, text]) + "\n")
                sys.stdout.flush()
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, MemoryError):
        # A damaged file fails anywhere in the library; what was read until then stands.
        return


if __name__ == "__main__":
    _read(sys.argv[1])
