"""Pages of lists: which one was asked for, and how many there are."""

from dataclasses import dataclass, replace

from flask import request

SIZE = 25
# No list is read this far by hand; a larger number is a slip or a robot.
MOST = 100_000


@dataclass(frozen=True)
class Page:
    """One page of a list; `number` counts from 1."""

    number: int = 1
    size: int = SIZE
    total: int = 0

    @classmethod
    def asked(cls, size: int = SIZE) -> "Page":
        """The page that the address names."""
        number = request.args.get("page", 1, type=int)
        return cls(min(max(number, 1), MOST), size)

    @property
    def offset(self) -> int:
        """How many rows come before it."""
        return (self.number - 1) * self.size

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // self.size))

    def of(self, total: int) -> "Page":
        """The same page, knowing how many rows there are in all."""
        return replace(self, total=total)
