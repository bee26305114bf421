"""Every list that can be exported: its columns, and its rows as the person who asks sees them.

A list takes exactly the filters of its page, read from the same address by the same function, and
its rows come from the same verbs: an export never holds what its page does not show. Columns are
named as imports and the API name them, so that an export of lessons can be imported again.
"""

from portal.listings import (
    administration,
    applications,
    lessons,
    library,
    projects,
    search,
    themes,
    validation,
)
from portal.listings.listing import Asking, Listing

__all__ = ["LISTINGS", "Asking", "Listing"]

LISTINGS = {
    name: listing
    for room in (
        lessons,
        applications,
        validation,
        projects,
        library,
        themes,
        search,
        administration,
    )
    for name, listing in room.LISTINGS.items()
}
