"""SPARQL 1.1 Protocol, update operation: in a form, or with the update as the body."""

from typing import Final

from flask import Blueprint, Response, request

from thidua.base.errors import InputError
from thidua.write.request import Write
from thidua_server.http import access, writes
from thidua_server.http.params import FORM, fields, single
from thidua_server.openapi.fields import STRING, form
from thidua_server.openapi.operations import operation

bp = Blueprint("update", __name__)

_UPDATE: Final = "application/sparql-update"


@bp.post("/update")
@operation("update", "sparql", "Thực hiện một SPARQL Update: một phiên bản mới, hoặc không gì cả",
           "Carry out a SPARQL update: a new version, or nothing",
           takes={FORM: form("update"), _UPDATE: STRING}, role="write", statuses=(200, 204))  # fmt: skip
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
