"""Settings: the command line over the environment over the file over the table."""

from pathlib import Path

import pytest

from content.errors import Invalid
from portal.settings import Settings, load


def test_the_order_of_sources(tmp_path: Path) -> None:
    (tmp_path / "portal.toml").write_text('port = 1\nthreads = 1\norganisation = "File"\n')
    environ = {"PORTAL_DATA_DIR": str(tmp_path), "PORTAL_PORT": "2", "PORTAL_THREADS": "2"}
    found = load({"port": 3, "host": None}, environ)
    assert (found.port, found.threads, found.organisation) == (3, 2, "File")
    assert found.host == Settings.host


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"PORTAL_PORT": "many"}, "port must be a whole number"),
        ({"PORTAL_SMTP_TLS": "perhaps"}, "smtp_tls must be true or false"),
        ({"PORTAL_CONFIG": "/nowhere.toml"}, "does not exist"),
    ],
)
def test_bad_values_are_named(environ: dict[str, str], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        load({}, environ)


def test_an_unknown_setting_in_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "portal.toml").write_text("prot = 1\n")
    with pytest.raises(Invalid, match="prot"):
        load({"data_dir": tmp_path}, {})


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("x.y", False)],
)
def test_loopback_is_known(host: str, loopback: bool) -> None:
    assert Settings(host=host).is_loopback is loopback
