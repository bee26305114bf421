"""Write requirements.lock from pyproject.toml: one file, three sections, hashes, no addresses.

    python -m tests.lock

Needs `uv` on the path. The sections say who needs a package: the portal itself, its tests, or
the checks. `portal/__main__.py` installs by section.
"""

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = ["hatchling", "editables"]
SECTIONS = (("portal", []), ("test", ["test"]), ("check", ["test", "dev"]))


def compiled(extras: list[str], pins: str) -> dict[str, str]:
    """Name and marker of each locked package, to its lines."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *BUILD]
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    command = ["uv", "pip", "compile", "-q", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"]
    if pins:
        command += ["--constraint", pins]
    done = subprocess.run(
        [*command, "-"], input="\n".join(wanted), capture_output=True, text=True, check=True
    )
    blocks = re.split(r"\n(?=\S)", done.stdout.strip())
    return {block.split("\\")[0].strip(): block for block in blocks}


def main() -> None:
    """Compile the widest set first, so that the narrower ones take the same versions."""
    widest = compiled(["test", "dev"], "")
    pins = ROOT / ".lock-pins"
    pins.write_text("\n".join(widest), encoding="utf-8")
    try:
        text, seen = "# Written by `python -m tests.lock`.\n", set[str]()
        for title, extras in SECTIONS:
            blocks = compiled(extras, str(pins))
            text += f"\n# section: {title}\n"
            text += "\n".join(block for name, block in blocks.items() if name not in seen) + "\n"
            seen |= set(blocks)
    finally:
        pins.unlink()
    (ROOT / "requirements.lock").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
