"""What happens to the service during `soak.py`: who reads, writes, leaves and is killed, and what must hold."""

import contextlib
import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

import psutil

from thidua.base.errors import KnowledgeGraphError
from thidua.base.terms import GRAPH
from thidua.rdf.quads import QuadStore
from thidua.workers.control import cancel, queries

#: What an answer may be that our own disturbances spoil; everything else is a failure.
DISTURBED = {"query-memory", "query-cancelled", "query-timeout", "too-busy", "too-many-requests", "answer-too-large"}
#: What the answer to a write may be whose process was killed.
CUT_OFF = {"write-failed", "not-written", "outcome-unknown", "query-timeout"}
PROVINCES = ("thai-binh", "ha-nam", "nam-dinh", "hai-duong", "hung-yen", "vinh-phuc", "bac-ninh", "ninh-binh")
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@dataclass
class World:
    """The service, what was done to it, and what went wrong."""

    url: str
    store: Path
    token: str
    process: psutil.Process
    seed: int
    stop: threading.Event = field(default_factory=threading.Event)
    done: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    acknowledged: int = 0
    """The newest version that a writer was told of: nobody may be shown an older one as current."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        """Note that something was done."""
        with self.lock:
            self.done[what] += 1

    def fail(self, what: str) -> None:
        """Note that something is wrong."""
        with self.lock:
            self.failures.append(what)

    def run(self, step: Callable[[], None], pause: Callable[[], float]) -> None:
        """Do something again and again until the end; what it raises is a failure."""
        while not self.stop.wait(pause()):
            try:
                step()
            except Exception as exc:
                self.fail(f"{step.__qualname__}: {type(exc).__name__}: {exc}")

    def web(self) -> psutil.Process:
        """The web process."""
        return self.process.children()[0]

    def workers(self, module: str) -> list[psutil.Process]:
        """The worker processes that run a module and live."""
        found = []
        for child in self.web().children():
            with contextlib.suppress(psutil.Error):
                if module in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                    found.append(child)
        return found


@dataclass(frozen=True)
class Reply:
    """A response, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def code(self) -> str:
        """What a problem calls itself; on a page, the one of those we know that stands there."""
        if self.headers.get_content_type() == "text/html":
            return next((code for code in sorted(DISTURBED) if code.encode() in self.body), "unknown")
        return str(json.loads(self.body)["code"])


class Client:
    """Somebody with an address of their own, who keeps a connection for a while."""

    def __init__(self, world: World, address: str, chance: random.Random) -> None:
        self.world, self.address, self.chance = world, address, chance
        self._connection: http.client.HTTPConnection | None = None

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """One request; a connection that broke before an answer raises OSError or HTTPException."""
        if self._connection is not None and self.chance.random() < 0.2:
            self.hang_up()
        if self._connection is None:
            netloc = urlsplit(self.world.url).netloc
            self._connection = http.client.HTTPConnection(netloc, timeout=180, source_address=(self.address, 0))
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            self._connection.request(method, path, body, named)
            response = self._connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException):
            self.hang_up()
            raise

    def hang_up(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Reader(Client):
    """Asks everything that can be asked, and checks that each answer is whole, of its kind, and not from the past."""

    seen = 0

    def read(self) -> None:
        """Ask one thing."""
        path, accept, allowed = self._something()
        least = max(self.seen, self.world.acknowledged)
        encoding = self.chance.choice(("identity", "gzip"))
        reply = self.send("GET", path, Accept=accept, Accept_Encoding=encoding)
        if reply.status in (429, 503) and reply.code in DISTURBED:
            return self.world.count(f"{reply.status} {reply.code}")
        if reply.status not in (200, *allowed):
            return self.world.fail(f"{path} as {accept}: {reply.status} {reply.body[:300]!r}")
        self.world.count("reads" if reply.status == 200 else f"{reply.status} as expected")
        if reply.status == 200:
            if reply.headers["Content-Encoding"] is None:
                check_whole(reply.headers.get_content_type(), reply.body)
            shown = int(reply.headers.get("X-Graph-Version", least))
            if "version" not in path:
                if shown < least:
                    self.world.fail(f"{path} was answered from version {shown}, after {least}")
                self.seen = max(self.seen, shown)
        return None

    def _something(self) -> tuple[str, str, tuple[int, ...]]:
        """A path, a media type to accept, and statuses beside 200 that are right."""
        pick = self.chance.choice
        place, number = pick(PROVINCES), self.chance.randrange(10**9)
        version = self.chance.randint(max(1, self.seen - 12), max(1, self.seen))
        thing = f"<https://w3id.org/thidua/id/province/{place}>"
        tables = ("application/sparql-results+json", "application/sparql-results+xml", "text/csv",
                  "text/tab-separated-values", "text/html")  # fmt: skip
        graphs = ("text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml", "text/html")
        kinds: list[tuple[int, tuple[str, str, tuple[int, ...]]]] = [
            (6, (sparql(f"SELECT * {{ {thing} ?p ?o }} LIMIT {10**9 + number}"), pick(tables), ())),
            (2, (sparql(f"SELECT ?s ?o {{ ?s a ?o }} LIMIT {number % 3000}"), pick(tables), ())),
            (2, (sparql(f"ASK {{ {thing} ?p {number} }}"), pick(tables), ())),
            (2, (sparql(f"DESCRIBE {thing} LIMIT {10**9 + number}"), pick(graphs), ())),
            (2, (sparql(f"CONSTRUCT WHERE {{ {thing} ?p ?o }} LIMIT {10**9 + number}"), pick(graphs), ())),
            (1, (sparql(f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s ?p ?o }} LIMIT {10**9 + number}"), pick(graphs[:4]), ())),
            (1, (sparql(f"{HEAVY} LIMIT {10**9 + number}", timeout="1"), tables[0], ())),
            (1, (sparql(f"SELECT * {{ {thing} ?p # {number}"), tables[0], (400,))),
            (1, (sparql(f"SELECT * {{ SERVICE <http://127.0.0.1:9/> {{ ?s ?p ?o }} }} # {number}"), tables[0], (403,))),
            (3, (f"/questions/province-today.json?province={place}", "application/json", ())),
            (2, (f"/questions/who-led.csv?year={2010 + number % 16}", "text/csv", ())),
            (1, ("/questions/mergers", "text/html", ())),
            (1, ("/questions/province-today?province=khong+co", "application/json", (400,))),
            (2, ("/", "text/html", ())),
            (1, ("/versions", "application/json", ())),
            (2, (f"/versions/{version}/diff", pick(("text/plain", "application/json", "text/html")), (400, 404))),
            (1, (f"/data?graph={quote(GRAPH + 'provinces')}", pick(graphs[:4]), ())),
            (1, (f"/data?graph={quote(GRAPH + 'soak0')}", "text/turtle", (404,))),
            (2, (sparql(f"SELECT * {{ {thing} ?p ?o }}") + f"&version={version}", tables[0], (404,))),
            (1, ("/metrics", "text/plain", ())),
            (1, ("/health/ready", "application/json", ())),
        ]
        return self.chance.choices([what for _, what in kinds], [weight for weight, _ in kinds])[0]


def sparql(text: str, **more: str) -> str:
    """The path of a query."""
    return "/sparql?" + urlencode({"query": text, **more})


def check_whole(media_type: str, body: bytes) -> None:
    """Raise unless a body is one whole document of its type."""
    match media_type:
        case "application/json" | "application/sparql-results+json" | "application/ld+json":
            json.loads(body)
        case "application/sparql-results+xml" | "application/rdf+xml":
            ElementTree.fromstring(body)
        case "text/turtle" | "application/n-triples":
            QuadStore.memory().load(body, media_type, None, "http://127.0.0.1/")
        case "text/html":
            assert body.rstrip().endswith(b"</html>"), body[-100:]
        case _:
            assert body


class Writer(Client):
    """Writes to one graph that nobody else writes to, and knows after each answer what must be in it."""

    def __init__(self, world: World, number: int, address: str, chance: random.Random) -> None:
        super().__init__(world, address, chance)
        self.graph = f"{GRAPH}soak{number}"
        self.path = f"/data?graph={quote(self.graph)}"
        self.lines: set[str] = set()
        self.versions: list[int] = []
        self._marker = f"Tên thử {number}."
        self._count = 0

    def write(self) -> None:
        """Write something, and learn from the answer what is there now."""
        new = [self._line() for _ in range(self.chance.randint(1, 3))]
        old = self.chance.sample(sorted(self.lines), min(len(self.lines), 12 if len(self.lines) > 40 else 1))
        added, body = self.lines | set(new), "\n".join(new).encode()
        turtle, update = {"Content_Type": "text/turtle"}, {"Content_Type": "application/sparql-update"}
        quads = [f"DATA {{ GRAPH <{self.graph}> {{ {' '.join(lines)} }} }}" for lines in (old, new)]
        match self.chance.choices(range(7), (4, 4, 4, 1, 0.3, 1, 1))[0]:
            case 0:
                self._send("POST", "/update", f"INSERT {quads[1]}".encode(), added, **update)
            case 1:
                text = f"DELETE {quads[0]} ; INSERT {quads[1]}"
                self._send("POST", "/update", text.encode(), added - set(old), **update)
            case 2:
                self._send("POST", self.path, body, added, **turtle)
            case 3:
                self._send("PUT", self.path, body, set(new), **turtle)
            case 4 if self.lines:
                self._send("DELETE", self.path, None, set())
            case 5:
                broken = body + b"\n<https://w3id.org/thidua/id/head/x> a <https://w3id.org/thidua/ontology#HeadTerm> ."
                self._send("POST", self.path, broken, None, **turtle)
            case _:
                self._send("POST", self.path, body, None, If_Match='"1"', **turtle)

    def _line(self) -> str:
        self._count += 1
        thing = f"<https://w3id.org/thidua/id/province/{self.chance.choice(PROVINCES)}>"
        name = self.chance.choice(
            ("http://www.w3.org/2004/02/skos/core#altLabel", "http://www.w3.org/2000/01/rdf-schema#comment")
        )
        return f'{thing} <{name}> "{self._marker}{self._count}"@vi .'

    def _send(self, method: str, path: str, body: bytes | None, then: set[str] | None, **headers: str) -> None:
        """Send a write after which the graph holds `then`; None for one that must be refused."""
        try:
            reply = self.send(method, path, body, Authorization=f"Bearer {self.world.token}", **headers)
        except (OSError, http.client.HTTPException) as exc:
            return self.world.fail(f"{method} {path}: {type(exc).__name__}: {exc}")
        if reply.status in (200, 201, 204) and then is not None:
            self.lines = then
            self.versions.append(int(reply.headers["X-Graph-Version"]))
            with self.world.lock:
                self.world.acknowledged = max(self.world.acknowledged, self.versions[-1])
            return self.world.count("writes")
        if reply.status in (412, 422) and then is None:
            return self.world.count("writes refused")
        if reply.status >= 500 and reply.code in CUT_OFF:
            self.world.count("writes cut off")
            return self._look(then, reply)
        return self.world.fail(f"{method} {path}: {reply.status} {reply.body[:300]!r}")

    def _look(self, then: set[str] | None, reply: Reply) -> None:
        """See what became of a write that was cut off: all of it, or nothing."""
        found = self.found()
        if found not in (self.lines, then):
            self.world.fail(f"{self.graph} is neither as before nor as after a write that was cut off")
        elif found != self.lines and b"othing was written" in reply.body:
            self.world.fail(f"{self.graph} was written, although the answer was {reply.body!r}")
        self.lines = found

    def found(self) -> set[str]:
        """What is in the graph now, of what writers write."""
        while (reply := self.send("GET", self.path, Accept="application/n-triples")).status not in (200, 404):
            if self.world.stop.wait(0.2) and reply.status not in (429, 503):
                raise RuntimeError(f"{self.path}: {reply.status} {reply.body!r}")
        lines = reply.body.decode().splitlines() if reply.status == 200 else []
        return {line for line in lines if f'"{self._marker}' in line and "hiddenLabel" not in line}


class Trouble:
    """Everything that goes wrong around a service."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance

    def kill(self) -> None:
        """Kill a worker with SIGKILL, mostly one of those that answer queries, sometimes the one that writes."""
        module = "thidua.workers.write_worker" if self.chance.random() < 0.2 else "thidua.workers.query_worker"
        if self.world.done["writes"] <= self.world.done["thidua.workers.write_worker killed"]:
            # On a busy machine a write may take longer than the time between two killed.
            module = "thidua.workers.query_worker"
        if found := self.world.workers(module):
            with contextlib.suppress(psutil.Error):
                self.chance.choice(found).send_signal(signal.SIGKILL)
                self.world.count(f"{module} killed")

    def cancel(self) -> None:
        """Cancel a query, as an operator does."""
        if running := queries(self.world.store):
            with contextlib.suppress(KnowledgeGraphError):
                cancel(self.world.store, self.chance.choice(running)["id"])
                self.world.count("queries cancelled")

    def leave(self) -> None:
        """Ask, and leave: before the answer, in the middle of it, or without having asked to the end."""
        address = urlsplit(self.world.url)
        large = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"
        text = self.chance.choice((HEAVY, large)) + f" LIMIT {self.chance.randrange(10**8, 10**9)}"
        head = f"GET {sparql(text)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        with socket.create_connection((address.hostname, address.port), 10, ("127.0.0.99", 0)) as connection:
            connection.sendall(head[: self.chance.choice((len(head), len(head), 40))])
            self.world.stop.wait(self.chance.choice((0.0, 0.05, 0.5)))
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                connection.recv(1000)
            self.world.count("clients left")

    def prune(self) -> None:
        """Delete old versions, as an operator does."""
        command = [sys.executable, "-m", "thidua", "prune", "--keep", "6", "--store", str(self.world.store)]
        told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if told.returncode == 0:
            self.world.count("prunings")
        elif "another process is writing" not in told.stderr:
            self.world.fail(f"prune: {told.stderr or told.stdout}")


def start(world: World, readers: int, writers: int, kill_every: float) -> tuple[list[Writer], list[threading.Thread]]:
    """Let everybody begin."""
    chances = (random.Random(world.seed + number) for number in range(1000))
    reading = [Reader(world, f"127.0.0.{10 + number}", next(chances)) for number in range(readers)]
    writing = [Writer(world, number, f"127.0.0.{50 + number}", next(chances)) for number in range(writers)]
    trouble, chance = Trouble(world, next(chances)), next(chances)
    tasks: list[tuple[Callable[[], None], float]] = [
        *((reader.read, 0.02) for reader in reading),
        *((writer.write, 0.2) for writer in writing),
        (trouble.kill, kill_every),
        (trouble.cancel, 1.0),
        (trouble.leave, 1.0),
        (trouble.prune, 5.0),
    ]
    threads = [
        threading.Thread(target=world.run, args=(step, lambda mean=mean: chance.expovariate(1 / mean)))
        for step, mean in tasks
    ]
    for thread in threads:
        thread.start()
    return writing, threads
