"""How each service of the comparison is started, and where it listens."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.client import Target

ROOT = Path(__file__).resolve().parent.parent
#: Our limits, raised so that speed is measured and not refusal; every other limit and the deadline stay on.
RAISED = {"THIDUA_BUDGET": "0", "THIDUA_RUNNING": "64", "THIDUA_WAITING": "64", "THIDUA_TIMEOUT": "60"}
HOW_TO_GET = "pip install oxigraph rdflib-endpoint[web] uvicorn"


class MissingPeer(Exception):
    """A peer is not installed."""


@dataclass(frozen=True)
class Service:
    """What is started: ``{port}`` in the command becomes a free port."""

    name: str
    command: tuple[str, ...]
    path: str
    version: str
    root: Path
    """Where it is started: the folder of the code that runs, if it is this project's."""
    environment: Mapping[str, str] = field(default_factory=dict, compare=False)
    remembers: bool = False
    """Whether it keeps something of a text that it has seen, so that asking the same again is another cell."""
    form: bool = False
    """Whether it takes queries as a field of a form only."""


def ours(name: str, folder: Path, processes: int, *, plain: bool, root: Path = ROOT) -> Service:
    """`thidua serve` on a plain folder of RDF, or on a store of the project.

    :param root: the checkout whose code runs.
    """
    where = ("--plain", str(folder)) if plain else ("--store", str(folder))
    command = (sys.executable, "-m", "thidua", "serve", *where, "--port", "{port}", "--processes", str(processes))
    packages = ("thidua", "pyoxigraph", "flask", "gunicorn")
    versions = ", ".join(_version(each) for each in packages)
    return Service(name, command, "/sparql", versions, root, RAISED, remembers=True)


def yardstick(store: Path) -> Service:
    """pyoxigraph behind gunicorn in a dozen lines, on the store of the Oxigraph server."""
    gunicorn = ("-m", "gunicorn", "--worker-class", "gthread", "--threads", "16", "--bind", "127.0.0.1:{port}")
    command = (sys.executable, *gunicorn, "--keep-alive", "30", "bench.yardstick:app")
    versions = f"{_version('pyoxigraph')}, {_version('gunicorn')}"
    return Service("yardstick (WSGI)", command, "/", versions, ROOT, {"BENCH_STORE": str(store)})


def oxigraph(programs: Path | None, quads: Path, store: Path) -> Service:
    """The Oxigraph server; loads the quads into its own store first, unless that exists.

    :raises MissingPeer: it is not installed.
    """
    program = _program("oxigraph", programs)
    if not store.exists():
        subprocess.run([program, "load", "--location", str(store), "--file", str(quads)], check=True)
        subprocess.run([program, "optimize", "--location", str(store)], check=True)
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    command = (program, "serve-read-only", "--location", str(store), "--bind", "127.0.0.1:{port}")
    return Service("Oxigraph server", command, "/query", told, ROOT)


def rdflib_endpoint(programs: Path | None, quads: Path) -> Service:
    """rdflib-endpoint on rdflib's own store, as its manual starts it.

    :raises MissingPeer: it is not installed.
    """
    program = _program("rdflib-endpoint", programs)
    python = Path(program).with_name("python")
    code = "from importlib.metadata import version as v; print(*(f'{p} {v(p)}' for p in %r), sep=', ')"
    packages = ("rdflib-endpoint", "rdflib", "uvicorn")
    told = subprocess.run([python, "-c", code % (packages,)], capture_output=True, text=True, check=True).stdout
    command = (program, "serve", "--host", "127.0.0.1", "--port", "{port}", str(quads))
    return Service("rdflib-endpoint", command, "/", told.strip(), ROOT, remembers=True)


def fuseki(jar: Path | None, data: Path, store: Path) -> Service:
    """Apache Jena Fuseki on TDB2, loaded by Jena's own loader, unless the store exists.

    :raises MissingPeer: there is no Java, or no jar.
    """
    if jar is None or not jar.exists() or not shutil.which("java"):
        raise MissingPeer(
            "Fuseki needs Java 17 and --fuseki, the jar that "
            "`mvn dependency:get -Dartifact=org.apache.jena:jena-fuseki-server:5.2.0 -Dtransitive=false` fetches."
        )
    if not store.exists():
        command = ["java", "-cp", str(jar), "tdb2.tdbloader", "--loc", str(store), str(data)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr.splitlines()[0]
    command = ["java", "-Xmx3g", "-jar", str(jar), "--tdb2", "--loc", str(store), "--localhost", "--port", "{port}"]
    return Service("Fuseki", (*command, "/ds"), "/ds/query", f"{jar.stem}, TDB2, {java}", ROOT)


_VIRTUOSO_INI = """[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
MaxCheckpointRemap = 2000
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
ServerThreads = 20
CheckpointInterval = 0
CaseMode = 2
DirsAllowed = ., {data}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
MaxQueryMem = 2G
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
ServerThreads = 10
KeepAliveTimeout = 600
MaxKeepAlives = 10
[SPARQL]
ResultSetMaxRows = 10000000
MaxQueryCostEstimationTime = 0
MaxQueryExecutionTime = 0
"""


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def virtuoso_ini(sql: int, http: int | str, data: Path, buffers: int = 170_000) -> str:
    """The settings of a Virtuoso on loopback.

    :param sql: port for its own protocol; `http` for the other.
    :param data: folder that it may load from.
    :param buffers: pages of 8 KiB that it may hold in memory.
    """
    return _VIRTUOSO_INI.format(sql=sql, http=http, data=data, buffers=buffers, dirty=buffers * 3 // 4)


def virtuoso(package: Path | None, data: Path, store: Path) -> Service:
    """Virtuoso as a plain process on loopback, its ini file and its files in a folder of its own.

    :param package: where the Debian packages were unpacked; None for where they are installed.
    :raises MissingPeer: it is not there.
    """
    root = package or Path("/")
    program, isql = root / "usr/bin/virtuoso-t", root / "usr/bin/isql-vt"
    if not program.exists() or not isql.exists():
        raise MissingPeer("Virtuoso is not there; `apt-get download` and `dpkg-deb -x` its packages, see --virtuoso.")
    environment = {"LD_LIBRARY_PATH": str(root / "lib/x86_64-linux-gnu")}
    loaded = (store / "loaded").exists()
    store.mkdir(parents=True, exist_ok=True)
    start = (
        f"sed 's/127.0.0.1:HTTP/127.0.0.1:{{port}}/' virtuoso.tpl > virtuoso.ini && "
        f"exec {program} +foreground +configfile virtuoso.ini"
    )
    sql = free_port()
    (store / "virtuoso.tpl").write_text(virtuoso_ini(sql, "HTTP", data.parent))
    version = subprocess.run(
        [program, "+version"], capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    told = next(line for line in (version.stdout + version.stderr).splitlines() if line.startswith("Version"))
    path = f"/sparql?default-graph-uri={_VIRTUOSO_GRAPH}"
    service = Service("Virtuoso", ("sh", "-c", start), path, told, store, environment, form=True)
    if not loaded:
        statements = (f"ld_dir('{data.parent}', '{data.name}', '{_VIRTUOSO_GRAPH}')", "rdf_loader_run()", "checkpoint")
        (store / "load.sql").write_text("".join(f"{statement};\n" for statement in statements))
        with running(service):
            address = f"127.0.0.1:{sql}"
            done = subprocess.run([isql, address, "dba", "dba", store / "load.sql"], capture_output=True, check=True)
            if b"Error" in done.stdout + done.stderr:
                raise MissingPeer(f"Virtuoso did not load: {(done.stdout + done.stderr)[-300:].decode()}")
        (store / "loaded").touch()
    return service


_VIRTUOSO_GRAPH = "https://example.org/synthetic/graph"


@contextlib.contextmanager
def running(service: Service, patience: float = 900) -> Iterator[Target]:
    """Start a service and wait until it answers a query; end it afterwards.

    :raises RuntimeError: it ended, or did not answer in time.
    """
    port = free_port()
    command = [part.replace("{port}", str(port)) for part in service.command]
    package = service.root / "server" / "thidua_server"  # in older checkouts, the folder itself is the package
    code = {"PYTHONPATH": f"{service.root}:{package.parent}" if package.exists() else str(service.root)}
    process = subprocess.Popen(
        command, cwd=service.root, env={**os.environ, **code, **service.environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        target = Target(port, service.path, process.pid, service.form)
        _await_answer(target, service, process, patience)
        yield target
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _await_answer(target: Target, service: Service, process: subprocess.Popen[bytes], patience: float) -> None:
    url = f"http://127.0.0.1:{target.port}{target.path}"
    request = urllib.request.Request(url, target.body(b"ASK {}"), {"Content-Type": target.media_type})
    until = time.monotonic() + patience
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=30):
                return
        except urllib.error.HTTPError:
            return  # the yardstick knows no ASK; whoever answers is there
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{service.name} did not start: {' '.join(service.command)}")


def _program(name: str, folder: Path | None) -> str:
    places = [folder] if folder else [Path(sys.executable).parent, *map(Path, os.get_exec_path())]
    for place in places:
        if found := shutil.which(name, path=str(place)):
            return found
    raise MissingPeer(f"{name} is not installed; `{HOW_TO_GET}`, and name its folder with --peers if it is elsewhere.")


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package
