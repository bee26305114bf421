"""Office files are archives; here they are packed so that the same parts give the same bytes."""

import io
import re
import zipfile
from datetime import date

# The earliest moment that a ZIP archive can tell.
EPOCH = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")


def repacked(data: bytes, day: date) -> bytes:
    """The same archive with sorted members, fixed times and `day` as its date."""
    stamp = f"{day.isoformat()}T09:00:00Z".encode()
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        # The list of content types comes first, as every office program writes it.
        names = sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            body = old.read(name)
            if name.endswith(".xlsx"):
                body = repacked(body, day)  # the figures behind a chart are a workbook of their own
            if name == "docProps/core.xml":
                body = _STAMP.sub(rb"\g<1>" + stamp + rb"\g<3>", body)
            member = zipfile.ZipInfo(name, EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            new.writestr(member, body)
    return out.getvalue()
