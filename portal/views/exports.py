"""Exports of lists: CSV, Excel, JSON, and a page to print, with the filters of the list."""

import tempfile
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any

from flask import Blueprint, Response, render_template, request, send_file, stream_with_context
from werkzeug.wrappers import Response as BaseResponse

from content import exports
from content.access import Action, require
from content.db import now
from portal.auth import actor, allowed
from portal.db import keep_reading, reading, runtime
from portal.listings import LISTINGS, Asking, Listing

bp = Blueprint("exports", __name__, url_prefix="/exports")

# Rows of a printed list: some twenty pages; more belongs into a file.
PRINTED_MOST = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What an address holds that narrows nothing.
NO_FILTER = ("page", "sort", "mine", "view")


@bp.get("/<any('{}'):what>.<any('csv','xlsx','json','html'):format>".format("','".join(LISTINGS)))
@allowed(Action.portal_use)
def send(what: str, format: str) -> BaseResponse | str:
    """The list that the address names, whole, as far as the person may see it."""
    listing = LISTINGS[what]
    require(actor(), listing.action)
    rows = _begun(listing.rows(Asking(reading(), runtime(), actor())))
    if format == "html":
        return _page(what, listing, rows)
    name = f"{what}-{now():%Y-%m-%d}.{format}"
    if format == "xlsx":
        return _workbook(listing, rows, name)
    write = exports.write_csv if format == "csv" else exports.write_json
    media_type = "text/csv" if format == "csv" else "application/json"
    close = keep_reading()
    pieces = _until(write(rows, listing.columns), close)
    answer = Response(stream_with_context(pieces), mimetype=media_type)
    answer.call_on_close(close)  # also of an answer that nobody reads
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _begun(rows: Iterator[Any]) -> Iterator[Any]:
    """The same rows, the first of them read: what is not there is said before anything is sent."""
    return chain(list(islice(rows, 1)), rows)


def _until(pieces: Iterator[bytes], close: Callable[[], None]) -> Iterator[bytes]:
    """The same pieces; when they are out, or nobody wants more, `close`."""
    try:
        yield from pieces
    finally:
        close()


def _workbook(listing: Listing, rows: Iterator[Any], name: str) -> BaseResponse:
    # On disk, because it may be large; it is gone when it has been sent.
    target = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the answer)
    exports.write_xlsx(rows, listing.columns, target, sheet=listing.title)
    target.seek(0)
    answer = send_file(target, mimetype=XLSX, as_attachment=True, download_name=name)
    answer.call_on_close(target.close)
    return answer


def _page(what: str, listing: Listing, rows: Iterator[Any]) -> str:
    shown = list(islice(rows, PRINTED_MOST + 1))
    titles = {column.name: column.title for column in listing.columns}
    return render_template(
        "exports/print.html",
        title=listing.title,
        columns=[(name, titles[name].replace("_", " ").capitalize()) for name in listing.page],
        rows=shown[:PRINTED_MOST],
        more=len(shown) > PRINTED_MOST,
        most=PRINTED_MOST,
        filters=_filters(),
        at=now(),
    )


def _filters() -> list[tuple[str, str]]:
    """The filters in force, in words."""
    return [
        (name.replace("_", " "), ", ".join(values))
        for name, values in request.args.lists()
        if name not in NO_FILTER and any(values)
    ]
