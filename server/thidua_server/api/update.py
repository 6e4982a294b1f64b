"""SPARQL 1.1 Protocol, update operation: in a form, or with the update as the body."""

from typing import Final

from flask import Blueprint, Response, request

from thidua.base.errors import InputError
from thidua.write.request import Write
from thidua_server.http import access, writes
from thidua_server.http.params import fields, single

bp = Blueprint("update", __name__)

_UPDATE: Final = "application/sparql-update"


@bp.post("/update")
def update() -> Response:
    """Carry out one update: a new version, or nothing."""
    author = access.require("write")
    request.max_content_length = writes.largest()
    values = fields(_UPDATE, "update")
    if "query" in values:
        raise InputError("This endpoint carries out updates; send a query to /sparql.")
    text = single(values, "update")
    if text is None:
        raise InputError(f"The parameter `update` is missing; send it in the form, or as {_UPDATE}.")
    write = Write(
        "update",
        text=text,
        base=request.base_url,
        using=tuple(values.get("using-graph-uri", [])),
        using_named=tuple(values.get("using-named-graph-uri", [])),
    )
    return writes.answered(writes.carry_out(write, author))
