"""Version history: every version kept, what differs between two, the way back, and time maps (Memento)."""

import dataclasses
import re
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WSGIResponse

from thidua.base.errors import InputError, NotFoundError
from thidua.base.formats import CHANGES
from thidua.engine.backend import backend_of
from thidua.graph import Snapshot
from thidua.versions.history import rollback
from thidua.versions.store import Version
from thidua.views.changes import WHATS, in_words
from thidua.views.citations import thing_of
from thidua.write.request import WriteResult
from thidua_server.html import language
from thidua_server.html.menu import in_menu
from thidua_server.http import access, caching, context, memento, writes
from thidua_server.http.memento import LINKS
from thidua_server.http.negotiation import HTML, JSON, choose
from thidua_server.http.stream import streamed
from thidua_server.openapi.fields import LANGUAGE, NUMBER, WHICH, Field
from thidua_server.openapi.operations import has_past, operation, unlisted

bp = Blueprint("versions", __name__)


@bp.get("/versions")
@in_menu(60, "Phiên bản", "Versions", plain=True)
@operation("listVersions", "versions", "Các phiên bản, mới nhất trước", "Every version, newest first",
           (LANGUAGE,), (JSON, HTML, LINKS))  # fmt: skip
def index() -> Response | str:
    """Every version, newest first: JSON, a page, or the time map that Memento clients read."""
    media_type = choose((JSON, HTML, LINKS))
    kept = context.current().versions()[::-1]
    current = context.current().version.number
    if media_type == HTML:
        return render_template("versions.html", versions=kept, current=current)
    if media_type == LINKS:
        address = caching.address()
        queries = address._replace(path="sparql", query="")
        return Response(memento.time_map(queries, kept, address.original()), mimetype=LINKS)
    return jsonify({"current": current, "versions": [_described(version) for version in kept]})


@bp.get("/timemap/")
@bp.get("/timemap/<path:path>")
@operation("timeMapOfHome", "versions", "Các phiên bản của trang đầu (Memento)",
           "The versions of the first page (Memento)", returns=(LINKS,))  # fmt: skip
@operation("timeMap", "versions", "Các phiên bản của một địa chỉ: đường dẫn và tham số là của địa chỉ ấy (Memento)",
           "The versions of an address: path and parameters are those of the address (Memento)",
           (Field("path", "đường dẫn của địa chỉ", "the address's path", place="path", required=True,
                  example="doc/province/thai-binh"),), (LINKS,))  # fmt: skip
def time_map(path: str = "") -> Response:
    """Every version of what an address answers: the path is its path, and the parameters are its parameters."""
    try:
        endpoint, _ = current_app.create_url_adapter(request).match(f"/{path}", "GET")  # type: ignore[union-attr]
    except HTTPException as exc:
        raise NotFoundError(f"Nothing is answered at /{path}.") from exc
    if not has_past(current_app.view_functions[endpoint]):
        raise NotFoundError(f"/{path} has no past: what it answers is of no version, or of one alone.")
    here = caching.address()
    there = here._replace(path=here.path.removeprefix("timemap/"))
    return Response(memento.time_map(there, context.current().versions(), there.time_map()), mimetype=LINKS)


@bp.get("/versions/<int:number>")
@operation("readVersion", "versions", "Mô tả một phiên bản", "What is known of one version", (WHICH,))
def version(number: int) -> Response:
    """One version's own description."""
    return jsonify(_described(context.current().at(number).version))


@bp.get("/versions/<int:number>/diff")
@operation("compareVersions", "versions", "Khác gì với phiên bản trước, hoặc với phiên bản `from`",
           "What differs from the version before, or from version `from`",
           (WHICH, Field("from", "phiên bản cũ", "the older version", NUMBER),
            Field("about", "chỉ những gì nói về một vật", "only what concerns one thing", example="province:thai-binh"),
            LANGUAGE), (*CHANGES, HTML))  # fmt: skip
def diff(number: int) -> Response | str:
    """What differs from the version before, or from ``?from=``: in words, as JSON, or as an RDF patch."""
    new = context.pin(number)
    since = request.args.get("from", str(new.version.parent or ""))
    if not re.fullmatch(r"[0-9]{1,9}", since):
        detail = "`from` is a version's number." if since else f"Version {number} is the first: nothing was before it."
        raise InputError(detail)
    old = context.current().at(int(since))  # two versions, neither of which will ever change
    media_type = choose((*CHANGES, HTML))
    if unchanged := caching.not_modified(new, old.version.hash, media_type, language.current()):
        return unchanged
    if media_type == HTML:
        return _in_words(old, new)
    response = streamed(old.compared(new, media_type, context.caller(), language.current()))
    response.vary.add("Accept-Language")
    return response


@bp.get("/compare")
@unlisted
def compare() -> WSGIResponse:
    """Where two versions of a reader's choice are compared: the form on /versions leads here."""
    numbers = [request.args.get(name, "") for name in ("from", "to")]
    if not all(re.fullmatch(r"[0-9]{1,9}", each) for each in numbers):
        raise InputError("`from` and `to` are numbers of versions, such as /compare?from=1&to=2; /versions lists them.")
    old, new = map(int, numbers)
    if old == new:
        raise InputError(f"Version {old} does not differ from itself; choose two.")
    return redirect(language.link("versions.diff", number=new, **{"from": old}))


def _in_words(old: Snapshot, new: Snapshot) -> str:
    """The page: sentences with their sources, and every statement below them."""
    caller, reader = context.caller(), language.current()
    shown: dict[str, object] = {"old": old.version, "new": new.version, "about": ""}
    if not context.is_plain():
        words = in_words(old, new, reader, caller)
        about = request.args.get("about", "").strip()
        iri = thing_of(new, about, caller=caller) if about else ""
        told = words.about(iri) if iri else words.told
        shown |= {"words": words, "told": told, "whats": WHATS, "about": about}
    text = old.compared(new, "text/plain", caller, reader).read().decode()
    return render_template("diff.html", **shown, text=text)


@bp.post("/versions/<int:number>/rollback")
@operation("rollBack", "versions", "Công bố lại một phiên bản cũ", "Publish an old version again",
           (WHICH, Field("message", "vì sao", "why, in a few words")), role="admin")  # fmt: skip
def roll_back(number: int) -> Response:
    """Publish an old version again, as a new one; reads the same headers as any write."""
    author = access.require("admin")
    backend_of(current_app.config).refuse_history()
    rolled = rollback(
        Path(current_app.config["STORE"]),
        number,
        author=author,
        message=writes.message(),
        expected=writes.expected(),
        wait=min(10, context.pool().limits.write_timeout),
    )
    return writes.answered(WriteResult(rolled, True, False), 200)


def _described(version: Version) -> dict[str, object]:
    described = dataclasses.asdict(version)
    return described | {
        "diff": url_for("versions.diff", number=version.number) if version.parent else None,
        "sparql": url_for("sparql.sparql", version=version.number),
    }
