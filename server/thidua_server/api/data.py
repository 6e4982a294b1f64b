"""SPARQL 1.1 Graph Store HTTP Protocol: whole graphs, named by ``?graph=``, ``?default``, or by their own address."""

import re
import uuid
from typing import Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from thidua.base.errors import InputError
from thidua.base.formats import DATASETS, GRAPHS, INPUTS, SUFFIXES
from thidua.base.terms import GRAPH
from thidua.rdf.ntriples import iri_term
from thidua.write.request import Payload, Write
from thidua_server.http import access, caching, context, writes
from thidua_server.http.negotiation import choose
from thidua_server.http.params import refuse_compressed, refuse_other_charsets
from thidua_server.http.stream import streamed
from thidua_server.openapi.fields import IRI, OF_A_VERSION, STRING, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("data", __name__)

_GRAPH: Final = (
    Field("graph", "tên của đồ thị", "name of the graph", IRI),
    Field("default", "đồ thị mặc định", "the default graph", {"type": "string", "maxLength": 0}),
)
_PATH: Final = Field("path", "phần còn lại của tên", "the rest of its name", place="path", required=True)
_TURTLE: Final = {media_type: STRING for media_type, form in INPUTS.items() if form not in DATASETS}
_SUMMARY: Final = (200, 201, 204)

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|^`\\]*")


@bp.get("/data")
@bp.get("/data/")
@bp.get("/data/<path:path>")
@operation("readGraph", "graphs", "Đọc cả một đồ thị", "Read a whole graph", (*_GRAPH, *OF_A_VERSION), tuple(GRAPHS))
@operation("readGraphByAddress", "graphs", "Đọc đồ thị mang chính địa chỉ này",
           "Read the graph that this address itself names", (_PATH, *OF_A_VERSION), tuple(GRAPHS))  # fmt: skip
def read(path: str = "") -> Response:
    """One graph, in the format asked for."""
    name = _named(path)
    snapshot = context.snapshot()
    media_type = choose(tuple(GRAPHS))
    if unchanged := caching.not_modified(snapshot, media_type):
        return unchanged
    return streamed(snapshot.graph(name, media_type, context.caller()))


@bp.route("/data", methods=["PUT", "POST", "DELETE"])
@bp.route("/data/", methods=["PUT", "POST", "DELETE"])
@bp.route("/data/<path:path>", methods=["PUT", "POST", "DELETE"])
@operation("replaceGraph", "graphs", "Thay một đồ thị", "Replace a graph", _GRAPH,
           takes=_TURTLE, role="write", statuses=_SUMMARY, method="PUT")  # fmt: skip
@operation("addToGraph", "graphs", "Thêm vào một đồ thị; không nêu tên thì tạo đồ thị mới",
           "Add to a graph; without a name, to a new one", _GRAPH,
           takes=dict.fromkeys(INPUTS, STRING), role="write", statuses=_SUMMARY, method="POST")  # fmt: skip
@operation("deleteGraph", "graphs", "Xóa một đồ thị", "Delete a graph", _GRAPH,
           role="write", statuses=(200, 204), method="DELETE")  # fmt: skip
@operation("replaceGraphByAddress", "graphs", "Thay đồ thị mang chính địa chỉ này",
           "Replace the graph that this address itself names", (_PATH,),
           takes=_TURTLE, role="write", statuses=_SUMMARY, method="PUT")  # fmt: skip
@operation("addToGraphByAddress", "graphs", "Thêm vào đồ thị mang chính địa chỉ này",
           "Add to the graph that this address itself names", (_PATH,),
           takes=_TURTLE, role="write", statuses=_SUMMARY, method="POST")  # fmt: skip
@operation("deleteGraphByAddress", "graphs", "Xóa đồ thị mang chính địa chỉ này",
           "Delete the graph that this address itself names", (_PATH,),
           role="write", statuses=(200, 204), method="DELETE")  # fmt: skip
def write(path: str = "") -> Response:
    """Replace a graph, add to it, or delete it: a new version, or nothing."""
    author = access.require("write")
    request.max_content_length = writes.largest()
    if request.method == "DELETE":
        return writes.answered(writes.carry_out(Write("delete", _named(path)), author))
    refuse_compressed()
    refuse_other_charsets(request.mimetype_params)
    if request.content_length is None and "Transfer-Encoding" not in request.headers:
        raise BadRequest(
            "The body has no length; send Content-Length, 0 if the graph is to be empty, or send it in chunks."
        )
    new = request.method == "POST" and not path and not {"graph", "default"} & request.args.keys()
    if new and (dataset := _dataset()):
        return writes.answered(writes.carry_out(Write("post", None, (dataset,)), author))
    name = _new_name() if new else _named(path)
    action = "put" if request.method == "PUT" else "post"
    outcome = writes.carry_out(Write(action, name, _payloads(name)), author)  # type: ignore[arg-type]
    response = writes.answered(outcome, 201 if outcome.created or new else None)
    if outcome.created and name is not None:
        response.location = name
    return response


def _named(path: str) -> str | None:
    """The graph that the request is about; None is the default graph.

    :raises InputError: it names none, or two, or by something that is no absolute IRI.
    """
    names = request.args.getlist("graph")
    default = "default" in request.args
    if bool(path) + len(names) + default > 1:
        raise InputError("Name one graph: by `graph=`, by `default`, or by its own address.")
    if default:
        return None
    if not path and not names:
        raise InputError("Name a graph: /data?graph=<IRI>, or /data?default.")
    name = request.base_url if path else names[0]
    try:
        iri_term(name)
    except ValueError:
        name = ""
    if not _ABSOLUTE.fullmatch(name):
        given = names[0] if names else request.path
        raise InputError(f"A graph is named by an absolute IRI, not {given!r}.")
    return name


def _new_name() -> str:
    """A name for a graph that the client leaves to us."""
    return f"{request.url_root}data/{uuid.uuid4()}" if context.is_plain() else f"{GRAPH}{uuid.uuid4().hex[:16]}"


def _payloads(name: str | None) -> tuple[Payload, ...]:
    """What the body holds, in one piece or several.

    :raises UnsupportedMediaType: it is in a format that is not read.
    """
    base = name or request.base_url
    if request.mimetype == "multipart/form-data":
        files = [file for _, file in request.files.items(multi=True)]
        if not files:
            raise InputError("The form has no file; send each graph as a file with its Content-Type.")
        if request.form:
            names = ", ".join(map(repr, request.form))
            raise InputError(f"In the form {names} is no file; send each graph as one, with a file name.")
        for file in files:
            refuse_other_charsets(file.mimetype_params)
        return tuple(
            Payload(file.read(), _media_type(file.mimetype, file.filename), base, file.filename or "body")
            for file in files
        )
    return (Payload(request.get_data(cache=False), _media_type(request.mimetype, None), base),)


def _media_type(given: str, filename: str | None) -> str:
    suffix = "." + (filename or "").rpartition(".")[2].lower()
    media_type = given if given in INPUTS else SUFFIXES.get(suffix, given)
    if media_type not in INPUTS or INPUTS[media_type] in DATASETS:
        graphs = ", ".join(name for name, short in INPUTS.items() if short not in DATASETS)
        raise UnsupportedMediaType(
            f"A graph is sent as {graphs}, not {repr(given) if given else 'without a Content-Type'}."
        )
    return media_type


def _dataset() -> Payload | None:
    """A body that names its graphs itself, which POST /data takes as it is."""
    if INPUTS.get(request.mimetype) not in DATASETS:
        return None
    return Payload(request.get_data(cache=False), request.mimetype, request.base_url)
