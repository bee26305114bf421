"""Every setting: one table of name, default and meaning.

A value is taken from the command line, else from the environment (``PORTAL_<NAME>``), else from
the TOML file named by ``PORTAL_CONFIG`` (or ``portal.toml`` in the data folder), else from the
table. Nothing else in the portal reads the environment.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from content.errors import Invalid

PREFIX = "PORTAL_"
CONFIG_NAME = "portal.toml"


def _setting(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"help": meaning})


@dataclass(frozen=True)
class Settings:
    """All settings with their defaults; README lists the same table."""

    data_dir: Path = _setting(Path("portal-data"), "Folder for database, files, index and keys")
    database_url: str = _setting("", "SQLAlchemy URL; empty means SQLite in the data folder")
    host: str = _setting("127.0.0.1", "Address that the web server listens on")
    port: int = _setting(8000, "Port that the web server listens on")
    threads: int = _setting(8, "Threads of the web server")
    base_url: str = _setting("", "Public address, used in mails; empty means host and port")
    trusted_proxies: int = _setting(0, "Proxies in front whose X-Forwarded headers are believed")
    organisation: str = _setting("", "Name shown in the header; empty means the portal's own")
    demo: bool = _setting(False, "Show the demo accounts on the sign-in page (loopback only)")
    sign_in_days: int = _setting(14, "Days until a person must sign in again")
    upload_mb: int = _setting(25, "Largest upload of a document, in megabytes")
    import_mb: int = _setting(100, "Largest import file, in megabytes")
    api_per_minute: int = _setting(600, "Requests a minute that one API token may make")
    review_days: int = _setting(7, "Days until reviewers are reminded of what waits for review")
    theme_texts_least: int = _setting(30, "Lessons and issues that a theme run needs at least")
    theme_schedule: str = _setting("quarter", "When themes are looked for: each quarter, or never")
    action_days: int = _setting(7, "Days before an action is due on which its owner is reminded")
    mail: str = _setting("console", "How mail leaves: console (the worker's log) or smtp")
    mail_from: str = _setting("portal@localhost", "Sender of the portal's mails")
    smtp_host: str = _setting("localhost", "Mail server")
    smtp_port: int = _setting(587, "Port of the mail server")
    smtp_user: str = _setting("", "Account at the mail server; empty means none")
    smtp_password: str = _setting("", "Password at the mail server")
    smtp_tls: bool = _setting(True, "Use STARTTLS with the mail server")
    log_level: str = _setting("info", "debug, info, warning or error")
    log_json: bool = _setting(False, "Log as JSON lines instead of text")

    @property
    def url(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'portal.db'}"

    @property
    def index_dir(self) -> Path:
        """Where the search index stands; it can be deleted and rebuilt."""
        return self.data_dir / "index"

    @property
    def files_dir(self) -> Path:
        """Where stored files stand."""
        return self.data_dir / "files"

    @property
    def themes_dir(self) -> Path:
        """What theme runs learned; may be deleted."""
        return self.data_dir / "themes"

    @property
    def address(self) -> str:
        """The address that people type, without a slash at its end."""
        if self.base_url:
            return self.base_url.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def listening(self, host: str | None, port: int | None) -> "Settings":
        """The same settings at another address; None keeps what is there."""
        return replace(self, host=host or self.host, port=port or self.port)

    @property
    def is_https(self) -> bool:
        """Whether people come by HTTPS, so that cookies must not travel otherwise."""
        return self.base_url.startswith("https://")


def load(
    given: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """The settings in force; `given` holds what the command line said (None means not said).

    Raises:
        Invalid: a value cannot be read, or the file names a setting that does not exist.
    """
    environ = os.environ if environ is None else environ
    said = {name: value for name, value in (given or {}).items() if value is not None}
    said = {**_from_environment(environ), **said}
    data_dir = Path(said.get("data_dir", Settings.data_dir))
    values = {**_from_file(environ, data_dir), **said}
    return Settings(**{name: _read(name, value) for name, value in values.items()})


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    names = {f"{PREFIX}{item.name.upper()}": item.name for item in fields(Settings)}
    return {name: environ[key] for key, name in names.items() if key in environ}


def _from_file(environ: Mapping[str, str], data_dir: Path) -> dict[str, Any]:
    named = environ.get(f"{PREFIX}CONFIG")
    path = Path(named) if named else data_dir / CONFIG_NAME
    if not path.is_file():
        if named:
            raise Invalid(f"The settings file {path} does not exist.")
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"The settings file {path} cannot be read: {error}") from error
    unknown = sorted(set(values) - {item.name for item in fields(Settings)})
    if unknown:
        raise Invalid(f"The settings file {path} names unknown settings: {', '.join(unknown)}.")
    return values


_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def _read(name: str, value: Any) -> Any:
    """The value in the type of its setting's default."""
    wanted = type(getattr(Settings, name))
    if issubclass(wanted, Path):
        return Path(value).expanduser()
    if wanted is bool and not isinstance(value, bool):
        lowered = str(value).strip().lower()
        if lowered not in _TRUE | _FALSE:
            raise Invalid(f"The setting {name} must be true or false, not “{value}”.")
        return lowered in _TRUE
    if wanted is int:
        try:
            return int(value)
        except (TypeError, ValueError):
            message = f"The setting {name} must be a whole number, not “{value}”."
            raise Invalid(message) from None
    return value if wanted is bool else str(value)
