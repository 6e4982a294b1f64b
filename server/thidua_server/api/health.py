"""Health checks and metrics: is the process alive, is there a graph to serve, and the figures."""

from flask import Blueprint, Response, current_app, jsonify

from thidua_server.http import context, metrics
from thidua_server.openapi.operations import operation

bp = Blueprint("health", __name__)


@bp.get("/health/live")
@operation("live", "operation", "Tiến trình còn chạy", "The process answers")
def live() -> Response:
    """The process answers."""
    return _fresh({"status": "live"})


@bp.get("/health/ready")
@operation("ready", "operation", "Có đồ thị để phục vụ", "There is a graph to serve")
def ready() -> Response:
    """Queries are answered, and of which version, and by the remote engine if there is one; else a 503 problem."""
    context.check_engine()
    version = context.prove()
    return _fresh({"status": "ready", "version": {"number": version.number, "time": version.time}})


@bp.get("/metrics")
@operation("metrics", "operation", "Số liệu cho Prometheus", "Figures for Prometheus", returns=("text/plain",))
def figures() -> Response:
    """For Prometheus."""
    response = metrics.of(current_app).write()
    response.cache_control.no_store = True
    return response


def _fresh(body: dict[str, object]) -> Response:
    response = jsonify(body)
    response.cache_control.no_store = True
    return response
