"""Choropleth map: the provinces of a day by emulation cluster, as a page and as the JSON that its slider reads."""

from typing import Final

from flask import Blueprint, Response, g, jsonify, make_response, render_template, request, url_for

from thidua.base.errors import NotFoundError
from thidua.views import province_map
from thidua.views.insets import SHEET
from thidua_server.html import language, map_picture, map_view, picture
from thidua_server.html.menu import in_menu
from thidua_server.http import caching, context
from thidua_server.http.negotiation import HTML, JSON, choose
from thidua_server.openapi.fields import OF_A_PAGE, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("map", __name__)

_TIME: Final = (
    Field("on", "vào ngày ấy", "on that day", {"type": "string", "format": "date"}, example="2024-06-01"),
    Field("year", "hoặc trong năm ấy", "or in that year", {"type": "string", "pattern": "^[12][0-9]{3}$"}),
)


@bp.get("/map")
@in_menu(20, "Bản đồ", "Map")
@operation("map", "map", "Bản đồ các cụm thi đua vào một ngày hoặc trong một năm",
           "The map of the clusters on a day or in a year", (*_TIME, *OF_A_PAGE), (JSON, HTML))  # fmt: skip
def page() -> Response:
    """The map of ``on``, a day, or of ``year``; without either, of the year that sources tell most of."""
    return _answer(choose((HTML, JSON)))


@bp.get("/map.json", endpoint="json")
@operation("mapAsJson", "map", "Như trên, dưới dạng JSON", "The same, as JSON", (*_TIME, *OF_A_PAGE))
def as_json() -> Response:
    """The same, for the slider and for programs."""
    return _answer(JSON)


@bp.get("/map.<any(svg, png):suffix>", endpoint="picture")
@operation("mapAsPicture", "map", "Như trên, thành một hình để lưu", "The same, as a picture to save",
           (Field("suffix", "định dạng", "the format", {"type": "string", "enum": list(picture.MEDIA_TYPES)},
                  "path", True, "svg"), *_TIME, *OF_A_PAGE),
           (picture.SVG, picture.PNG))  # fmt: skip
def as_picture(suffix: str) -> Response:
    """The same with its legend and where it is from, in a file that stands alone."""
    snapshot = context.snapshot()
    g.repeatable = True
    if unchanged := caching.not_modified(snapshot, suffix, language.current()):
        return unchanged
    chart = map_view.chart_of(snapshot, context.caller())
    foot = picture.source_line(snapshot.version, url_for(".page"), chart.moment.asked.items())
    return picture.answer(map_picture.draw(map_view.shown(chart), foot), suffix, 1.5)


@bp.get("/map/borders.svg")
@operation("mapBorders", "map", "Đường biên để vẽ bản đồ", "The outlines that the map draws",
           (Field("v", "mã băm của nội dung", "hash of the content"),), ("image/svg+xml",))  # fmt: skip
def borders_svg() -> Response:
    """Every outline of the drawing under its unit's id; whoever names the content's hash may keep it for good."""
    if context.is_plain():
        raise NotFoundError("This store holds plain RDF, which has no provinces to draw.")
    content, digest = map_view.drawing()
    response = Response(content, mimetype="image/svg+xml")
    response.set_etag(digest)
    named = request.args.get("v") == digest
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if named else "no-cache"
    response.make_conditional(request)
    return response


def _answer(media_type: str) -> Response:
    snapshot = context.snapshot()
    g.repeatable = True
    if unchanged := caching.not_modified(snapshot, media_type, language.current()):
        return unchanged
    chart = map_view.chart_of(snapshot, context.caller())
    shown = map_view.shown(chart)
    if media_type == JSON:
        return jsonify(shown)
    drawing, last = map_view.drawing()[1], chart.stops[-1].moment.day
    return make_response(
        render_template(
            "map.html", shown=shown, drawing=drawing, first=province_map.FIRST, last=last,
            sheet=SHEET, archipelagos=map_view.archipelagos(),
        )
    )  # fmt: skip
