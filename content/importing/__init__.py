"""Lessons and issues out of files: what each draft becomes, chunk by chunk, and taking it back.

`content.imports` reads a file and makes drafts; here they meet what the portal knows.
"""

from content.importing.decisions import CREATE, Choice, Decisions, Repeat
from content.importing.links import Linker
from content.importing.register import (
    begin,
    decide,
    delete_mapping,
    enqueue,
    finish,
    fitting_mapping,
    get,
    listing,
    map_columns,
    mappings,
    offer,
    require_open,
    save_mapping,
)
from content.importing.taking import CHUNK, changes, preview, take, values_of
from content.importing.taking_back import (
    UNDO_CHUNK,
    begin_undo,
    delete_lessons,
    edited_since,
    has_begun,
    registered,
    undo,
    undo_part,
)
from content.importing.taking_issues import preview_issues, take_issues

__all__ = [
    "CHUNK",
    "CREATE",
    "UNDO_CHUNK",
    "Choice",
    "Decisions",
    "Linker",
    "Repeat",
    "begin",
    "begin_undo",
    "changes",
    "decide",
    "delete_lessons",
    "delete_mapping",
    "edited_since",
    "enqueue",
    "finish",
    "fitting_mapping",
    "get",
    "has_begun",
    "listing",
    "map_columns",
    "mappings",
    "offer",
    "preview",
    "preview_issues",
    "registered",
    "require_open",
    "save_mapping",
    "take",
    "take_issues",
    "undo",
    "undo_part",
    "values_of",
]
