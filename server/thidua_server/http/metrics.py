"""Prometheus metrics: what was asked, how it ended, how long it took, and what the process holds."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flask import Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from thidua.base.errors import StoreError
from thidua_server.http import context

_KEY: Final = "kg-metrics"
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """One app's figures."""

    def __init__(self, app: Flask) -> None:
        self._registry = CollectorRegistry()
        self.requests: Final = Counter(
            "thidua_requests_total", "Requests by kind and outcome.", ("kind", "outcome"), registry=self._registry
        )
        self.seconds: Final = Histogram(
            "thidua_request_seconds", "Time to answer.", ("kind",), buckets=_SECONDS, registry=self._registry
        )
        self._registry.register(_Now(app))
        # One app has few kinds and outcomes; looking a series up by its labels takes longer than counting.
        self._counted: dict[tuple[str, str], tuple[Counter, Histogram]] = {}

    def count(self, kind: str, outcome: str, seconds: float) -> None:
        """Count one request."""
        series = self._counted.get((kind, outcome))
        if series is None:
            series = self._counted[kind, outcome] = self.requests.labels(kind, outcome), self.seconds.labels(kind)
        series[0].inc()
        series[1].observe(seconds)

    def write(self) -> Response:
        """Everything, as Prometheus reads it."""
        return Response(generate_latest(self._registry), content_type=CONTENT_TYPE_LATEST)


class _Now(Collector):
    """What is read at the moment it is asked for."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def collect(self) -> Iterator[Metric]:
        pool = context.pool(self._app)
        state = pool.state()
        for name, text, value in (
            ("thidua_workers", "Worker processes.", state.workers),
            ("thidua_queries_running", "Queries in a worker.", state.running),
            ("thidua_queries_waiting", "Queries waiting for a slot.", state.waiting),
            ("thidua_workers_memory_bytes", "Resident memory of the workers.", state.memory),
            ("thidua_memory_bytes", "Resident memory of the web process.", _resident()),
            ("thidua_open_files", "Open descriptors of the web process.", len(list(Path("/proc/self/fd").iterdir()))),
            ("thidua_network_cut", "1 if workers have no network.", float(state.isolation not in ("", "none"))),
        ):
            yield GaugeMetricFamily(name, text, value=value)
        answers = CounterMetricFamily("thidua_answers", "Answers to queries by who gave them.", labels=["engine"])
        for engine in ("store", "columns"):
            answers.add_metric([engine], state.answers.get(engine, 0))
        yield answers
        try:
            kg = context.current(self._app)
            yield GaugeMetricFamily("thidua_versions", "Versions kept.", value=len(kg.versions()))
            yield GaugeMetricFamily("thidua_version", "Number of the current version.", value=kg.version.number)
            yield GaugeMetricFamily("thidua_triples", "Triples of the current version.", value=kg.version.triples)
        except StoreError:
            pass


def register(app: Flask) -> None:
    """Count and time every request of the app."""
    app.extensions[_KEY] = Metrics(app)
    app.after_request(_count)


def of(app: Flask) -> Metrics:
    """The app's figures."""
    found: Metrics = app.extensions[_KEY]
    return found


def _count(response: Response) -> Response:
    outcome = g.get("problem_code") or ("ok" if response.status_code < 400 else str(response.status_code))
    of(current_app).count(request.blueprint or "other", outcome, time.perf_counter() - g.begun)
    return response


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
