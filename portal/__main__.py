"""`python3 -m portal …` on a machine with only Python: make `.venv`, install, go on inside.

This file uses the standard library alone. When every package is there already (an activated
environment, `uv run`, an installed wheel), it installs nothing and goes straight on.
"""

import hashlib
import importlib.metadata
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
OLDEST = (3, 11)
# Sections of the lock file that a command needs.
SECTIONS = {"test": ("portal", "test"), "check": ("portal", "test", "check")}
RUNTIME = ("portal",)


def main() -> int:
    """Run the command here, or in the environment that has its packages."""
    if sys.version_info < OLDEST:
        print(f"The portal needs Python {OLDEST[0]}.{OLDEST[1]} or newer.", file=sys.stderr)
        return 1
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    sections = SECTIONS.get(command, RUNTIME)
    if not is_complete(sections):
        return continue_inside(sections)
    if command in SECTIONS:
        return run_checks(command, sys.argv[sys.argv.index(command) + 1 :])
    from portal.cli import main as run

    run(prog_name="portal")
    return 0


def locked(sections: tuple[str, ...]) -> str:
    """The lock file's lines of these sections."""
    parts = re.split(r"^# section: (\w+)\n", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    by_name = dict(zip(parts[1::2], parts[2::2], strict=True))
    return "\n".join(by_name[name] for name in sections)


def is_complete(sections: tuple[str, ...]) -> bool:
    """Whether this interpreter has every package of the sections, in whatever version fits it."""
    if not LOCK.exists():
        return True  # an installed wheel: its installer saw to the packages
    for line in locked(sections).splitlines():
        found = re.match(r"([A-Za-z0-9_.-]+)==\S+\s*(;?)", line)
        if found is None or found[2]:
            continue  # a hash, or a package for other systems only
        try:
            importlib.metadata.version(found[1])
        except importlib.metadata.PackageNotFoundError:
            return False
    return True


def continue_inside(sections: tuple[str, ...]) -> int:
    """Make the environment complete and replace this process by one inside it."""
    python = VENV / "bin" / "python"
    if Path(sys.prefix) == VENV and not python.exists():
        print(f"{VENV} is broken; delete it and try again.", file=sys.stderr)
        return 1
    stamp = VENV / ".installed"
    text = locked(sections)
    mark = hashlib.sha256(text.encode()).hexdigest()
    known = stamp.read_text(encoding="ascii").split() if stamp.exists() else []
    if not (python.exists() and mark in known):
        problem = make(python) or install(python, text)
        if problem:
            print(problem, file=sys.stderr)
            return 1
        stamp.write_text("\n".join([*known, mark]), encoding="ascii")
    # -P would lose the checkout; the folder of this file is what `-m portal` must find.
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))
    )
    os.execv(python, [str(python), "-m", "portal", *sys.argv[1:]])
    raise AssertionError("execv does not come back")


def say(step: str, seconds: float | None = None) -> None:
    """One line of progress."""
    took = "" if seconds is None else f"  {seconds:.1f} s"
    print(f"{'…' if seconds is None else '✓'} {step}{took}", flush=True)


def make(python: Path) -> str:
    """Make the virtual environment; an empty answer means it is there."""
    if python.exists():
        return ""
    say("Making .venv")
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        say("Made .venv", time.monotonic() - began)
        return ""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (
        "Python cannot make virtual environments here. On Debian or Ubuntu install the package "
        f"python{version}-venv (or python3-venv) and try again.\n{done.stdout}{done.stderr}"
    )


def install(python: Path, text: str) -> str:
    """Install the locked packages and the project; an empty answer means it worked."""
    began = time.monotonic()
    say("Installing packages into .venv (a minute or two, once)")
    wanted = VENV / "wanted.txt"
    wanted.write_text(text, encoding="utf-8")
    # Compiling every module would take as long as fetching them; Python does it on first use.
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--no-compile", "--no-input"]
    for what in (
        # The lock names every package. Left to look for dependencies, pip takes the newest release
        # for one asked with an extra (`coverage[toml]`) and then refuses it: it is not the locked.
        ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(wanted)],
        ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    ):
        done = subprocess.run([*pip, *what], capture_output=True, text=True, check=False)
        if done.returncode:
            return f"The packages could not be installed:\n{done.stdout}{done.stderr}"
    say("Installed packages", time.monotonic() - began)
    return ""


def run_checks(command: str, words: list[str]) -> int:
    """`portal test [pytest options]` and `portal check`, from the checkout."""
    python = [sys.executable, "-m"]
    # Two at a time: files that share a running portal stay together.
    tests = [*python, "pytest", "-n", "2", "--dist", "loadfile", *words]
    checks = (
        [*python, "ruff", "check", "."],
        [*python, "ruff", "format", "--check", "."],
        [*python, "mypy"],
        [str(Path(sys.executable).with_name("lint-imports"))],
    )
    # Tests start the portal many times over: what Python compiled once is kept for the next start.
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    for step in (tests,) if command == "test" else checks:
        done = subprocess.run(step, cwd=ROOT, env=environ, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
