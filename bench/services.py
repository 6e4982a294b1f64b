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


@contextlib.contextmanager
def running(service: Service, patience: float = 900) -> Iterator[Target]:
    """Start a service and wait until it answers a query; end it afterwards.

    :raises RuntimeError: it ended, or did not answer in time.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [part.replace("{port}", str(port)) for part in service.command]
    process = subprocess.Popen(
        command, cwd=service.root, env={**os.environ, "PYTHONPATH": str(service.root), **service.environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await_answer(f"http://127.0.0.1:{port}{service.path}", service, process, patience)
        yield Target(port, service.path, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _await_answer(url: str, service: Service, process: subprocess.Popen[bytes], patience: float) -> None:
    request = urllib.request.Request(url, b"ASK {}", {"Content-Type": "application/sparql-query"})
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
