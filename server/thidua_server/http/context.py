"""Application and request context: the app's knowledge graph and pool, and the snapshot and caller of a request."""

import datetime
import logging
import re
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Final

from flask import Flask, current_app, g, request

from thidua.base.client_key import client_key
from thidua.base.errors import InputError, LimitError, QueryCancelledError, StaleReadError, StoreError
from thidua.base.files import ProjectFiles
from thidua.base.limits import Limits
from thidua.engine.backend import backend_of
from thidua.engine.query import Caller, Query
from thidua.graph import KnowledgeGraph, Snapshot
from thidua.questions.catalogue import Question
from thidua.versions.store import Version
from thidua.workers.pool import QueryPool
from thidua.workers.pooled import Pooled
from thidua.workers.write_process import WritingProcess
from thidua_server.http import control
from thidua_server.http.dates import read_date
from thidua_server.http.params import given

log = logging.getLogger(__name__)

_KEY: Final = "kg"
_ENGINE: Final = "kg-engine"
_REPLICA: Final = "kg-replica"
_PROOF: Final = "kg-proof"
#: Seconds that a proof holds.
_PROOF_HOLDS: Final = 5.0
#: Seconds that a proof may take; what takes longer is busy, or will soon be told otherwise.
_PATIENCE: Final = 4.0


def open_in(app: Flask) -> None:
    """Start the workers and open the app's graph; a missing one is logged, and looked for again at each request."""
    limits, backend = Limits.read(app.config), backend_of(app.config)
    app.extensions[_ENGINE] = Pooled(QueryPool(limits, backend, columns=app.config["COLUMNS"] != "off"))
    files = None if app.config["PLAIN"] else ProjectFiles.find()
    app.extensions["kg-writer"] = WritingProcess(
        Path(app.config["STORE"]), files, limits, backend, app.config["SOURCE_TEXTS"]
    )
    if replica := backend.replica(Path(app.config["STORE"])):
        app.extensions[_REPLICA] = replica
        replica.keep_following()
    control.listen(Path(app.config["STORE"]), app.extensions[_ENGINE].pool)
    try:
        current(app)
    except StoreError as exc:
        log.warning("no graph to serve yet: %s", exc)


def current(app: Flask | None = None) -> KnowledgeGraph:
    """The graph to ask; it follows the store's newest version by itself.

    :raises StoreError: there is still none.
    """
    app = app or current_app
    found: KnowledgeGraph | None = app.extensions.get(_KEY)
    if found is None:
        found = app.extensions[_KEY] = KnowledgeGraph.open(
            Path(app.config["STORE"]), engine=app.extensions[_ENGINE], plain=app.config["PLAIN"]
        )
    return found


def pool(app: Flask | None = None) -> QueryPool:
    """The workers that queries run in."""
    engine: Pooled = (app or current_app).extensions[_ENGINE]
    return engine.pool


def is_plain() -> bool:
    """Whether this service has any RDF in it, rather than this project's."""
    return bool(current_app.config["PLAIN"])


def snapshot() -> Snapshot:
    """The version this request is about: ``?version=``, ``Accept-Datetime``, or the newest.

    :raises InputError: a number or a date that is none.
    :raises NotFoundError: a version that is not kept.
    """
    known = g.get("snapshot")
    if known is None:
        kg = current()
        number, when = given("version"), request.environ.get("HTTP_ACCEPT_DATETIME")
        g.pinned = "version" if number else "time" if when else ""
        if number:
            if not re.fullmatch(r"[0-9]{1,9}", number):
                raise InputError(f"`version` is a number such as 7, not {number!r}; /versions lists them.")
            known = g.snapshot = kg.at(int(number))
        else:
            known = g.snapshot = kg.as_of(_date(when)) if when else kg.current()
    found: Snapshot = known
    return found


def overtaken() -> bool:
    """Let this request go on with what the remote engine holds by now; False when it may not have another try."""
    if "overtaken" in g or g.get("pinned"):
        return False
    g.overtaken = True
    for name in ("snapshot", "query", "representation"):
        g.pop(name, None)
    return bool(current_app.extensions[_REPLICA].wait())


def check_engine() -> None:
    """Find out whether the remote engine answers, if there is one.

    :raises EngineError: it does not.
    """
    if replica := current_app.extensions.get(_REPLICA):
        replica.check()


def prove() -> Version:
    """The current version, of which queries are answered; what was found out holds for some seconds.

    :raises StoreError: none is: the store is damaged, or its files are gone.
    """
    proof: _Proof = current_app.extensions.setdefault(_PROOF, _Proof())
    return proof.of(current().current())


class _Proof:
    """What a worker said when it last was asked. Safe to use from many threads, of which one asks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._number, self._until = 0, 0.0
        self._error: StoreError | None = None

    def of(self, snapshot: Snapshot) -> Version:
        version = snapshot.version
        with self._lock:
            if version.number != self._number or time.monotonic() >= self._until:
                self._error = None
                try:
                    snapshot.query(Query("ASK { ?s ?p ?o }"), Caller("health", timeout=_PATIENCE))
                except (LimitError, QueryCancelledError, StaleReadError):
                    pass  # it is busy: answering others
                except StoreError as exc:
                    self._error = exc
                self._number, self._until = version.number, time.monotonic() + _PROOF_HOLDS
            if self._error is not None:
                raise self._error
        return version


def pin(number: int) -> Snapshot:
    """The version that the address itself names.

    :raises NotFoundError: it is not kept.
    """
    g.snapshot, g.pinned = current().at(number), "address"
    found: Snapshot = g.snapshot
    return found


def caller() -> Caller:
    """Who sends this request, to count by and to watch.

    :raises InputError: `timeout` is no positive number of seconds.
    """
    text = given("timeout")
    try:
        timeout = float(text) if text else None
    except ValueError:
        timeout = -1.0
    if timeout is not None and not 0 < timeout < 1e6:
        raise InputError(f"`timeout` is a number of seconds such as 2.5, not {text!r}.")
    connection = request.environ.get("gunicorn.socket")
    return Caller(client(), connection.fileno() if connection is not None else None, timeout)


def client() -> str:
    """The address that limits count by; of IPv6 the network, of which one customer has all addresses."""
    return client_key(request.remote_addr or "unknown")


def questions() -> Mapping[str, Question]:
    """The catalogued questions; none while there is no store."""
    try:
        return current().questions
    except StoreError:
        return {}


def _date(text: str) -> datetime.datetime:
    when = read_date(text)
    if when is None:
        raise InputError(f"Accept-Datetime is a date such as Tue, 01 Jul 2025 00:00:00 GMT, not {text!r}.")
    return when
