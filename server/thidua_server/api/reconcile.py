"""Reconciliation Service API 0.2 (W3C), as OpenRefine and its like speak it.

No JSONP: version 0.2 leaves it optional and demands CORS, which says the same without running our answer as a script
in somebody's page.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from thidua.base.errors import InputError, NotFoundError
from thidua.base.terms import ID, TD
from thidua.base.text import fold
from thidua.exchange.reconcile import (
    MOST_QUERIES,
    Candidate,
    described,
    extend,
    find,
    read_batch,
    read_extension,
    reconcile,
)
from thidua.exchange.reconcile_properties import BY_KIND, PROPERTIES, TYPES, Type, read_facts, type_called
from thidua.graph import Snapshot
from thidua.names.index import Name
from thidua.names.search import LONGEST
from thidua_server.html import language
from thidua_server.http import caching, context
from thidua_server.http.negotiation import HTML
from thidua_server.http.params import FORM, fields, single
from thidua_server.openapi.fields import NUMBER, OF_A_PAGE, STRING, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("reconcile", __name__)

_WHAT: Final = Field(
    "what", "gợi ý gì", "what to suggest", {"type": "string", "enum": ["entity", "type", "property"]}, "path", True
)
_ID: Final = Field("id", "mã của vật", "the thing's id", required=True, example="province/thai-binh")
_SUGGESTED: Final = 10
#: A preview is shown in a frame of somebody else's page; it needs nothing but its own text.
_FRAMED: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
_PREVIEW: Final = {"width": 420, "height": 260}


@bp.route("/reconcile", methods=["GET", "POST"])
@operation("reconcile", "names", "Dịch vụ đối chiếu tên (W3C 0.2): giới thiệu, hoặc câu trả lời",
           "Reconciliation service (W3C 0.2): the manifest, or answers",
           (Field("queries", "các tên cần đối chiếu, JSON", "names to reconcile, JSON"),
            Field("extend", "các vật và thuộc tính, JSON", "things and properties, JSON"), *OF_A_PAGE),
           method="GET")  # fmt: skip
@operation("reconcileForm", "names", "Như trên, bằng biểu mẫu", "The same, by a form", OF_A_PAGE,
           takes={FORM: {"type": "object", "properties": {"queries": STRING, "extend": STRING}}},
           method="POST")  # fmt: skip
def service() -> Response:
    """The manifest; or with ``queries`` the candidates, with ``extend`` the values."""
    values = fields()
    queries, extension = single(values, "queries"), single(values, "extend")
    if queries is not None and extension is not None:
        raise InputError("Send `queries` or `extend`, not both.")
    snapshot = context.snapshot()
    if unchanged := caching.not_modified(snapshot, language.current()):
        return unchanged
    if queries is not None:
        caller = context.caller()
        with context.pool().at_hand(caller):
            answers = reconcile(snapshot, read_batch(_json(queries, "queries")), caller)
        return jsonify({name: {"result": [_candidate(each) for each in found]} for name, found in answers.items()})
    if extension is not None:
        with context.pool().at_hand(context.caller()):
            return jsonify(_extended(snapshot, _json(extension, "extend")))
    if request.method == "POST":
        raise InputError("Send `queries` or `extend` in the form.")
    return jsonify(_manifest())


def _manifest() -> dict[str, Any]:
    root = request.url_root.rstrip("/")
    # Registered with a language or a version, the service keeps to it in everything it links to.
    kept = urlencode([(name, request.args[name]) for name in ("lang", "version") if name in request.args])

    def address(endpoint: str, template: str = "", **values: Any) -> str:
        query = "&".join(filter(None, (template, kept)))
        return url_for(endpoint, **values) + (f"?{query}" if query else "")

    def suggest(what: str) -> dict[str, str]:
        return {
            "service_url": root,
            "service_path": address("reconcile.suggest", what=what),
            "flyout_service_path": address("reconcile.flyout", "id=${id}", what=what),
        }

    return {
        "versions": ["0.2"],
        "name": language.pick("Thi đua: cụm thi đua của Việt Nam", "Thi đua: Vietnam's emulation clusters"),
        "identifierSpace": ID,
        "schemaSpace": TD,
        "serviceVersion": version("thidua"),
        "documentation": root,
        "defaultTypes": [_type(type_) for type_ in TYPES.values()],
        "view": {"url": f"{root}/id/{{{{id}}}}"},
        "preview": {"url": root + address("reconcile.preview", "id={{id}}"), **_PREVIEW},
        "suggest": {what: suggest(what) for what in ("entity", "type", "property")},
        "extend": {
            "propose_properties": {"service_url": root, "service_path": address("reconcile.properties")},
            "property_settings": [
                {
                    "name": "limit",
                    "label": language.pick("Số giá trị", "Values"),
                    "type": "number",
                    "default": 0,
                    "help_text": language.pick(
                        "Nhiều nhất cho mỗi dòng; 0 là tất cả", "At most so many a row; 0 is all"
                    ),
                }
            ],
        },
        "batchSize": MOST_QUERIES,
    }


def _type(type_: Type) -> dict[str, str]:
    return {"id": type_.id, "name": type_.name[language.current()]}


def _candidate(candidate: Candidate) -> dict[str, Any]:
    name = candidate.match.name
    features: list[dict[str, Any]] = [{"id": "name", "value": candidate.match.score}]
    features += [{"id": pid, "value": fits} for pid, fits in candidate.agrees.items() if fits is not None]
    return {
        "id": candidate.match.id,
        "name": name.label,
        "description": described(name, language.current()),
        "type": [_type(BY_KIND[name.kind])],
        "score": candidate.score,
        "match": candidate.certain,
        "features": features,
    }


def _extended(snapshot: Snapshot, document: Any) -> dict[str, Any]:
    ids, wanted = read_extension(document)
    rows = extend(snapshot, ids, wanted, context.caller(), language.current())
    meta: list[dict[str, Any]] = []
    for pid in wanted:
        to = {"type": _type(BY_KIND[PROPERTIES[pid].to])} if PROPERTIES[pid].to else {}
        meta.append({"id": pid, "name": PROPERTIES[pid].name[language.current()], **to})
    return {"meta": meta, "rows": rows}


@bp.get("/reconcile/properties")
@operation("reconcileProperties", "names", "Thuộc tính để mở rộng bảng", "Properties that a table can be extended with",
           (Field("type", "loại", "type", example="Province"), Field("limit", "nhiều nhất", "at most", NUMBER),
            *OF_A_PAGE))  # fmt: skip
def properties() -> Response:
    """Properties that resources of a type can be extended with."""
    given = request.args.get("type", "")
    type_ = type_called(given.removeprefix(TD))
    found = [
        {"id": each.id, "name": each.name[language.current()]}
        for each in PROPERTIES.values()
        if each.pattern and (type_ is None or type_.kind in each.kinds)
    ]
    limit = _number("limit", len(found))
    return jsonify({"type": given, "limit": limit, "properties": found[:limit]})


@bp.get("/reconcile/suggest/<any(entity, type, property):what>")
@operation("reconcileSuggest", "names", "Gợi ý khi gõ", "Suggestions while typing",
           (_WHAT, Field("prefix", "phần đã gõ", "what has been typed", required=True, example="thai"),
            *OF_A_PAGE))  # fmt: skip
def suggest(what: str) -> Response:
    """What begins with ``prefix``, leaving out the first ``cursor``."""
    prefix, cursor = request.args.get("prefix", "")[:LONGEST], _number("cursor", 0)
    snapshot = context.snapshot()
    if unchanged := caching.not_modified(snapshot, language.current()):
        return unchanged
    if what == "entity":
        asked = map(type_called, request.args.getlist("type"))
        kinds = [type_.kind for type_ in asked if type_] or list(BY_KIND)
        found = [_suggested(match.name) for match in snapshot.search(prefix, kinds, limit=min(cursor + _SUGGESTED, 50))]
    else:
        kept: Mapping[str, Any] = TYPES if what == "type" else PROPERTIES
        found = [
            {"id": each.id, "name": each.name[language.current()]}
            for each in kept.values()
            if _begins(prefix, (each.id, *each.name.values()))
        ]
    return jsonify({"result": found[cursor : cursor + _SUGGESTED]})


def _suggested(name: Name) -> dict[str, Any]:
    return {
        "id": name.iri.removeprefix(ID),
        "name": name.label,
        "description": described(name, language.current()),
        "notable": [_type(BY_KIND[name.kind])],
    }


def _begins(prefix: str, names: Sequence[str]) -> bool:
    """Whether a word of one of the names begins so."""
    return any(f" {fold(prefix)}" in f" {fold(name)}" for name in names)


@bp.get("/reconcile/suggest/<any(entity, type, property):what>/flyout")
@operation("reconcileFlyout", "names", "Giới thiệu một gợi ý", "A suggestion explained", (_WHAT, _ID, *OF_A_PAGE))
def flyout(what: str) -> Response:
    """A few words on a suggestion, as HTML in JSON."""
    id_ = request.args.get("id", "")
    if what == "entity":
        html = render_template("preview.html", whole=False, **_shown(context.snapshot(), id_))
    else:
        kept: Mapping[str, Any] = TYPES if what == "type" else PROPERTIES
        if id_ not in kept:
            raise NotFoundError(f"There is no {what} {id_!r}.")
        html = render_template("preview.html", whole=False, label=kept[id_].name[language.current()], id=id_, rows=[])
    return jsonify({"id": id_, "html": html})


@bp.get("/reconcile/preview")
@operation(
    "reconcilePreview", "names", "Trang nhỏ về một vật", "A small page about a thing", (_ID, *OF_A_PAGE), (HTML,)
)
def preview() -> Response:
    """A small page on a resource, to be shown in a frame."""
    snapshot = context.snapshot()
    if unchanged := caching.not_modified(snapshot, language.current()):
        return unchanged
    page = render_template("preview.html", whole=True, **_shown(snapshot, request.args.get("id", "")))
    return Response(page, mimetype="text/html", headers={"Content-Security-Policy": _FRAMED})


def _shown(snapshot: Snapshot, id_: str) -> dict[str, Any]:
    """What the preview of a resource shows.

    :raises NotFoundError: no resource has that id.
    """
    name = find(snapshot, id_)
    if name is None:
        raise NotFoundError(f"Nothing here has the id {id_[:100]!r}; /search finds ids by name.")
    wanted = [each for each in PROPERTIES.values() if each.pattern and name.kind in each.kinds]
    facts = read_facts(snapshot, [name.iri], [each.id for each in wanted], context.caller(), language.current())
    rows = [
        (each.name[language.current()], [value.text for value in facts[name.iri, each.id]][:6])
        for each in wanted
        if (name.iri, each.id) in facts
    ]
    return {"label": name.label, "id": id_, "about": described(name, language.current()), "rows": rows}


def _json(text: str, parameter: str) -> Any:
    """What a parameter says in JSON.

    :raises InputError: it is none.
    """
    try:
        document = json.loads(text)
        json.dumps(document, ensure_ascii=False).encode()  # half a character cannot be sent back
    except (ValueError, RecursionError) as exc:
        raise InputError(f"`{parameter}` is not JSON: {exc}") from exc
    return document


def _number(parameter: str, otherwise: int) -> int:
    given = request.args.get(parameter, "")
    if not given:
        return otherwise
    if not given.isascii() or not given.isdigit() or len(given) > 4:
        raise InputError(f"`{parameter}` is a number, not {given!r}.")
    return int(given)
