"""Mails on the console: what a person has to read and follow is readable there."""

from dataclasses import replace

import pytest

from portal.runtime import Runtime
from portal.worker.mail import compose, deliver

TOKEN = "x" * 120
PAYLOAD = {"template": "invite", "to": "renee@example.org", "name": "Renée Élodie", "token": TOKEN}


def test_the_console_shows_names_and_links_whole(
    portal: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(portal.settings, organisation="Ålesund “Vann”")
    deliver(compose(settings, PAYLOAD), settings)
    shown = capsys.readouterr().err
    assert shown.startswith("----- mail -----\nFrom: ")
    assert "\nTo: renee@example.org\nSubject: " in shown
    assert "Renée Élodie" in shown
    assert f"{settings.address}/password/{TOKEN}" in shown.split()
    assert shown.endswith("\n----- end of mail -----\n")
