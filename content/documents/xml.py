"""A look at XML before any library parses it: no document types, no entities, bounded depth.

The parser is expat with every door to entities shut, so a bomb is refused at its first line.
"""

from xml.parsers import expat

from content.errors import Refused

# Elements within elements. Word's deepest real part (tables in text boxes) stays below 60.
MAX_DEPTH = 250


class _Check:
    def __init__(self, name: str) -> None:
        self.name = name
        self.depth = 0

    def doctype(self, *_: object) -> None:
        raise Refused(
            f"The file's part {self.name} declares a document type or entities, which office "
            "programs never do. This is a known attack. Save the file anew from your office "
            "program and upload that."
        )

    def start(self, _tag: str, _attributes: object) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Refused(f"The file's part {self.name} is nested deeper than {MAX_DEPTH} levels.")

    def end(self, _tag: str) -> None:
        self.depth -= 1


def check_xml(content: bytes, name: str) -> None:
    """Raise `Refused` unless `content` is well-formed XML without entities of its own."""
    check = _Check(name)
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = check.doctype
    parser.EntityDeclHandler = check.doctype
    parser.StartElementHandler = check.start
    parser.EndElementHandler = check.end
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError) as error:
        raise Refused(
            f"The file is damaged: its part {name} is not well-formed ({error}). Open it in your "
            "office program, save it anew and upload that."
        ) from error
