"""A small cache of what is costly and never changes for its key (a hash of content in it)."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")

# Entries, not bytes: outlines and the like take some kilobytes each.
MOST = 256

_kept: OrderedDict[Hashable, Any] = OrderedDict()
_lock = Lock()


def cached(key: Hashable, make: Callable[[], T]) -> T:
    """What `make` gave for this key, made once; the oldest entries leave first."""
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            found: T = _kept[key]
            return found
    made = make()
    with _lock:
        _kept[key] = made
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return made
