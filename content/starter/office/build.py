"""Write every template of the library from its source.

python -m content.starter.office.build [--out DIR]
"""

import argparse
from pathlib import Path

from content.starter.office import docx, pptx, xlsx
from content.starter.office.package import repacked
from content.starter.office.source import Source, load, slugs

BUILDERS = {"docx": docx.build, "xlsx": xlsx.build, "pptx": pptx.build}


def built(source: Source) -> bytes:
    """The bytes of one template; the same for the same source."""
    return repacked(BUILDERS[source["format"]](source), source["published_on"])


def main(arguments: list[str] | None = None) -> None:
    """Build all of them beside their sources, or in another folder."""
    parser = argparse.ArgumentParser(description="Build the standard templates.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "library")
    folder = parser.parse_args(arguments).out
    for slug in slugs():
        source = load(slug)
        path = folder / f"{slug}.{source['format']}"
        path.write_bytes(built(source))
        print(path.name)


if __name__ == "__main__":
    main()
