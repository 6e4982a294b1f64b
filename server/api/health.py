"""For operators: is the process alive, and is there a graph to serve."""

from flask import Blueprint, Response, jsonify

from server import graph

bp = Blueprint("health", __name__, url_prefix="/health")


@bp.get("/live")
def live() -> Response:
    """The process answers."""
    return _fresh({"status": "live"})


@bp.get("/ready")
def ready() -> Response:
    """There is a graph, and which version of it; else a 503 problem."""
    version = graph.current().version
    return _fresh({"status": "ready", "version": {"number": version.number, "time": version.time}})


def _fresh(body: dict[str, object]) -> Response:
    response = jsonify(body)
    response.cache_control.no_store = True
    return response
