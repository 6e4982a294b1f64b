"""Replica sync: a store that follows an engine, with its version's description and index of names.

That is all a web process needs on its own machine, and it is made anew whenever it is missing.
"""

import logging
import threading
import time
from pathlib import Path
from typing import Final

from thidua.base.errors import KnowledgeGraphError, StaleReadError, StoreError
from thidua.engine.remote.addresses import Addresses
from thidua.engine.remote.client import TABLE, Client
from thidua.engine.remote.contents import DESCRIPTION, Manifest
from thidua.engine.remote.reader import RemoteVersion
from thidua.engine.remote.state import State
from thidua.names.collect import names_of
from thidua.names.index import write_names
from thidua.rdf.answer import Answer
from thidua.versions.publish import describe_version
from thidua.versions.store import Version, VersionStore

log = logging.getLogger(__name__)

#: Seconds between two looks, and to wait for another process of this machine that makes the same version.
_EVERY: Final = 1.0
_WAIT: Final = 60.0
#: Seconds that a request waits for a writer, and that the engine has to tell its state.
_PATIENCE: Final = 5.0


class RemoteReplica:
    """Keeps a store's current version that of the engine. Safe to use from many threads."""

    def __init__(self, root: Path, addresses: Addresses) -> None:
        self._versions = VersionStore(root)
        self._addresses = addresses
        self._client = Client(addresses, _PATIENCE)
        self._lock = threading.Lock()

    def follow(self) -> Version | None:
        """Look, and make the engine's version current here; None if it holds nothing of ours.

        :raises StaleReadError: it is being written just now.
        :raises EngineError: it does not answer.
        :raises StoreError: the store cannot be written.
        """
        with self._lock:
            state = State.read(self._client)
            if state is None:
                return None
            current = self._versions.current()
            if current is not None and state.is_of(current):
                self._versions.keep_only(current.number, wait=_WAIT)
                return current
            if state.word != "published":
                raise StaleReadError(f"the engine is being written since {state.since}")
            with self._versions.writing(wait=_WAIT) as draft:
                current = self._versions.current()
                if current is None or not state.is_of(current):  # else another process was faster
                    current = self._make(draft, state)
            # The engine no longer holds what the others describe.
            self._versions.keep_only(current.number, wait=_WAIT)
            return current

    def _make(self, draft: Path, state: State) -> Version:
        found = Answer.read("SELECT", self._client.query(DESCRIPTION, TABLE))
        manifest = Manifest(found.table()[1])
        if not state.is_of(manifest.version):
            raise StaleReadError("the engine was written while its version was read")
        if self._versions.folder(manifest.version.number).exists():
            raise StoreError(
                f"{self._versions.root} holds another version {manifest.version.number}, of another engine; "
                "choose an empty folder with --store, or delete that one"
            )
        describe_version(draft, manifest.digests, manifest.findings)
        self._versions.write(draft, manifest.version)
        write_names(draft / "search.db", names_of(RemoteVersion(draft, self._addresses)))
        self._versions.publish(draft, manifest.version)
        return manifest.version

    def check(self) -> None:
        """Find out whether the engine answers.

        :raises EngineError: it does not.
        """
        State.read(self._client)

    def wait(self) -> bool:
        """Wait for a writer to end, and follow; False when that takes too long, or the engine does not answer."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            try:
                return self.follow() is not None
            except StaleReadError:
                time.sleep(0.1)
            except StoreError:
                return False
        return False

    def keep_following(self) -> None:
        """Look again and again in a thread of its own; what goes wrong is logged once, until it goes well again."""
        threading.Thread(target=self._loop, daemon=True).start()

    def _loop(self) -> None:
        rest, last = threading.Event(), ""
        while not rest.wait(_EVERY):
            try:
                self.follow()
                last = ""
            except StaleReadError:
                continue
            except KnowledgeGraphError as exc:
                if str(exc) != last:
                    log.warning("engine: %s", exc)
                last = str(exc)
