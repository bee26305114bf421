"""What goes wrong in search, as sentences for people."""

from content.errors import Invalid


class BadLine(Invalid):
    """A line of a topics, qrels or run file that cannot be read."""

    def __init__(self, name: str, number: int, reason: str) -> None:
        super().__init__(f"{name}, line {number}: {reason}")
        self.number = number
