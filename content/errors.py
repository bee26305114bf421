"""The tree of what can go wrong in the domain.

    PortalError
    ├── NotFound            it does not exist, or the actor may not know that it does
    ├── Forbidden           the actor sees it, and may not do this with it
    ├── Invalid             what was given cannot be taken; `fields` says where and why
    ├── Conflict            somebody changed it in between, or the state does not allow the move
    ├── Refused             a file or row was refused; the message gives the reason
    └── Unavailable         a part that is needed is not there (index, worker, mail server)

Raised here, mapped to HTTP once in `portal/errors.py`. Every message says what is wrong, where
(row, field, file), and what to do; it is shown to people as it stands.
"""

from collections.abc import Mapping


class PortalError(Exception):
    """The root: anything a person should read rather than a developer."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(PortalError):
    """It does not exist, or must not be seen to exist."""


class Forbidden(PortalError):
    """The actor may see the object and may not do this."""


class Invalid(PortalError):
    """Input that cannot be taken; `fields` maps a field's name to its reason."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields: dict[str, str] = dict(fields or {})


class Conflict(PortalError):
    """The object changed in between, or its state does not allow the move."""


class Refused(PortalError):
    """A file or a row was refused; the message gives the reason."""


class Unavailable(PortalError):
    """Something this needs is not there now."""
