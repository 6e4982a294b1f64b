"""Texts from the grammar, written in every way: none has an engine reach outside, none writes what is not checked.

A listener on this machine is the judge; texts that are known to hide a word show that it would tell.
"""

import contextlib
import random
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import engines
from tests.support.sparql_grammar import Grammar, written
from thidua.base.errors import KnowledgeGraphError, QueryRefusedError, QuerySyntaxError, UnsupportedFunctionError
from thidua.rdf.quads import QuadStore
from thidua.rdf.scan import Scanned, scan, scan_update
from thidua.write.updates import graphs_written

#: How many texts a test writes, by day and by night.
_MANY = pytest.mark.parametrize("many", [500, pytest.param(20_000, marks=pytest.mark.nightly)])
_DATA = """@prefix g: <http://g.example/> . @prefix x: <http://x.example/> .
x:a x:a x:b . g:a { x:a x:b "x" . x:b.c a x:a } g:b { x:a x:a 1 , "SERVICE" } g:c { x: x:a x:a }"""


class Listener:
    """Counts who connects, and hangs up."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self.connections = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def store() -> QuadStore:
    store = QuadStore.memory()
    store.load(_DATA.encode(), "application/trig", None, None)
    return store


def _read(text: str) -> Scanned | None:
    try:
        return scan(text)
    except (QueryRefusedError, QuerySyntaxError, UnsupportedFunctionError) as refused:
        assert str(refused)
        return None


#: Ways in which a word was hidden once, each from whoever looks for words before the engine reads; `%s` is outside.
_HIDDEN = (
    "PREFIX x: <x:> SELECT * { ?s ?p x:.SERVICE <%s> { ?s ?p ?o } }",
    'SELECT * { ?s <http://a/\\u0041#> "\\u0022" . SERVICE <%s> { ?s ?p "\\u0022" } }',
    'SELECT * { FILTER(true || ?a· <?s#>"""\n) SERVICE <%s> { ?s ?p ?o } #"""\n}',
    'SELECT * { FILTER(true || <<( ?s ?p ?o )>> <?s#>"""\n) SERVICE <%s> { ?s ?p ?o } #"""\n}',
    'SELECT * { OPTIONAL { <<?s?p?o#>"""\n>> ?q ?r } SERVICE <%s> { ?s ?p ?o } #"""\n}',
    "SELECT * { BIND(1 AS ?x) ?a ?b 1SERVICE <%s> { ?s ?p ?o } }",
    "SELECT * { SERVICE<%s>{ ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o FILTER EXISTS { seRVice <%s> { ?s ?p ?o } } }",
)


@pytest.mark.parametrize("text", _HIDDEN)
def test_a_hidden_service_is_seen(text: str, listener: Listener, store: QuadStore) -> None:
    text %= listener.url
    for data in ("<x:> <x:> <x:>", '<x:> <http://a/A#> "\\u0022"', "<x:> <x:> 1"):
        store.update(f"INSERT DATA {{ {data} }}")
    with contextlib.suppress(KnowledgeGraphError, OSError):
        store.query(text).write_to(_Nowhere(), "application/sparql-results+json")
    assert listener.connections, "the engine does not take the text as it is, so it proves nothing"
    seen = listener.connections
    if scanned := _read(text):
        with contextlib.suppress(KnowledgeGraphError):
            store.query(scanned.text).write_to(_Nowhere(), "application/sparql-results+json")
    assert listener.connections == seen


@pytest.mark.parametrize(
    "text", ["LOADSILENT<%s>", "LOAD:x", "LOADx:y", "LOADSILENTx:y", "load silent <%s> into graph x:y"]
)
def test_a_hidden_load_is_seen(text: str, listener: Listener, store: QuadStore) -> None:
    update = (
        f"PREFIX : <{listener.url}> PREFIX x: <{listener.url}> INSERT DATA {{}} ; {text.replace('%s', listener.url)}"
    )
    with contextlib.suppress(KnowledgeGraphError, OSError):
        store.update(update)
    assert listener.connections, "the engine does not take the text as it is, so it proves nothing"
    with pytest.raises((QueryRefusedError, QuerySyntaxError)):
        scan_update(update)


@pytest.mark.parametrize(
    "operation", ["DROPGRAPHg:a", "CLEARGRAPHg:a", "CREATEGRAPHg:z", "COPYg:a TOg:b", "MOVEg:a TOg:b", "ADDg:a TOg:b"]
)
def test_a_hidden_operation_is_seen(operation: str, store: QuadStore) -> None:
    update = f"PREFIX g: <http://g.example/> INSERT DATA {{ GRAPH g:c {{ <x:> <x:> 2 }} }} ; {operation}"
    before = _graphs(store)
    with pytest.raises(QuerySyntaxError, match="g: is not declared"):
        scan_update(update)
    store.update(update)  # as the engine reads it
    after = _graphs(store)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} != {
        "http://g.example/c"
    }


@_MANY
def test_no_query_reaches_outside(many: int, listener: Listener, chance: random.Random, store: QuadStore) -> None:
    grammar = Grammar(chance, listener.url)
    texts = [written(grammar.query(), chance) for _ in range(many)]
    passed = [scanned for text in texts if (scanned := _read(text))]
    answered = 0
    for scanned in passed:
        with contextlib.suppress(KnowledgeGraphError):
            store.query(scanned.text).write_to(_Nowhere(), "application/sparql-results+json")
            answered += 1
            assert scan(scanned.text).text == scanned.text  # one reading, however often
        assert listener.connections == 0, scanned
    assert answered > many / 50, "too few texts are queries"


@_MANY
def test_no_query_reaches_outside_through_a_remote_engine(
    many: int, listener: Listener, chance: random.Random, tmp_path: Path
) -> None:
    grammar = Grammar(chance, listener.url)
    texts = [written(grammar.query(), chance) for _ in range(many)]
    with engines.running("oxigraph", tmp_path) as engine:
        answered = 0
        for scanned in filter(None, map(_read, texts)):
            answered += _asked(engine.addresses.query, scanned.text)
            assert listener.connections == 0, scanned
        assert answered > many / 50, "too few texts are queries"
        _asked(engine.addresses.query, f"SELECT * {{ SERVICE <{listener.url}> {{ ?s ?p ?o }} }}")
    assert listener.connections > 0, "the judge does not see what an engine fetches"


@_MANY
def test_an_update_changes_only_what_is_compared(many: int, listener: Listener, chance: random.Random) -> None:
    grammar = Grammar(chance, listener.url)
    known = changing = 0
    for _ in range(many):
        text = written(grammar.update(), chance)
        try:
            scanned = scan_update(text)
        except (QueryRefusedError, QuerySyntaxError, UnsupportedFunctionError):
            continue
        store = QuadStore.memory()
        store.load(_DATA.encode(), "application/trig", None, None)
        before = _graphs(store)
        with contextlib.suppress(KnowledgeGraphError):
            store.update(scanned.text)
        assert listener.connections == 0, scanned
        after = _graphs(store)
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        changing += bool(changed)
        if (named := graphs_written(scanned)) is not None:
            assert changed <= named, scanned
            known += bool(changed)
    assert known > many / 100, "too few updates only add and remove data"
    assert changing > known, "no update does anything else"


def _graphs(store: QuadStore) -> dict[str | None, bytes]:
    return {name: store.n_triples(name) for name in [None, *store.graphs()]}


def _asked(url: str, text: str) -> bool:
    request = urllib.request.Request(url, text.encode("utf-8", "replace"), {"Content-Type": "application/sparql-query"})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            response.read()
    except urllib.error.HTTPError:
        return False
    return True


class _Nowhere:
    def write(self, data: bytes) -> int:
        return len(data)

    def flush(self) -> None:
        pass
