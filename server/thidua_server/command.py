"""The command `thidua serve`: settings, the first build, then gunicorn."""

import ipaddress
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import click

from thidua.base.errors import InputError
from thidua.base.files import ProjectFiles
from thidua.base.limits import Limits, table
from thidua.base.settings import PREFIX, SETTINGS, columns_from, read_settings
from thidua.cli.shared import err, errors_in_words, progress_shown, store_option
from thidua.engine.backend import backend_of, backend_of_environment
from thidua.rdf.inputs import found_in
from thidua.versions.store import VersionStore


def _explained() -> str:
    limits = [
        f"{PREFIX}{name.upper()}={value:g}{unit and ' ' + unit}: {text}" for name, value, unit, text in table(Limits())
    ]
    settings = [f"{PREFIX}{each.name}={_shown(each.default)}: {each.text}" for each in SETTINGS]
    return "\n\n".join(
        "\b\n" + "\n".join(lines)
        for lines in (
            ["Settings, in the environment, with their defaults:", *settings],
            ["Limits, in the environment, with their defaults here; write the number alone:", *limits],
        )
    )


def _shown(default: str | int | bool) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


@click.command(epilog=_explained())
@store_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option(
    "--processes", default=1, show_default=True, help="Web processes; limits hold, and metrics count, for each of them."
)
@click.option(
    "--plain",
    type=click.Path(path_type=Path, file_okay=False),
    help="Serve any RDF instead: a plain store, or a folder of RDF files that becomes one.",
)
@click.option("--open-writes", is_flag=True, help="Let anybody write without a token; on a loopback address only.")
@errors_in_words
def serve(store: Path, host: str, port: int, processes: int, plain: Path | None, open_writes: bool) -> None:
    """Serve the graph over HTTP; builds it first when the store is empty.

    \b
    /                     pages for people
    /questions, /sparql   questions by name, and in SPARQL
    /data, /update        reading and writing graphs; writing is for holders of a token (thidua token)
    /versions             the history
    /health, /metrics     for operators

    It logs to standard error, and follows the store: new versions are served at once. docs/operating.md tells the rest.
    """
    from thidua_server.app import create_app
    from thidua_server.gateway.server import serve as run

    if open_writes and not _is_loopback(host):
        raise InputError(
            f"--open-writes is for a loopback address, such as 127.0.0.1; {host} can be reached by others."
        )
    settings = read_settings(os.environ)
    limits, backend = Limits.read(settings), backend_of(settings)
    if plain and backend.is_remote:
        raise InputError("A plain store is embedded; unset THIDUA_STORE_QUERY, or leave --plain out.")
    store = plain or store
    whose = ""
    if not plain:
        os.environ["THIDUA_FILES"] = str(ProjectFiles.find().root.resolve())  # for every process of this service
        whose = f" with the files in {os.environ['THIDUA_FILES']}"
    if replica := backend.replica(store):
        replica.follow()
    if VersionStore(store).current() is None:
        _build_apart(store, plain is not None)
    config = {"STORE": str(store.absolute()), "PLAIN": plain is not None, "OPEN_WRITES": open_writes}
    run(
        partial(create_app, config),
        host,
        port,
        gateway=str(settings["GATEWAY"]),
        processes=processes,
        limits=limits,
        proxies=int(settings["TRUSTED_PROXIES"]),
        open_writes=open_writes,
        when_ready=lambda: err.print(
            f"open http://{host}:{port}/{whose} (stop with Ctrl+C)", highlight=False, soft_wrap=True
        ),
    )


def _build_apart(store: Path, plain: bool) -> None:
    """Build the first version in a process of its own; ends this one if that fails.

    The engine's threads do not survive the fork that makes a web process, which would then never end.
    """
    call = "import sys; from thidua_server import command; command.first_version(sys.argv[1], sys.argv[2] == 'plain')"
    ended = subprocess.run([sys.executable, "-P", "-c", call, str(store), "plain" if plain else "ours"], check=False)
    if ended.returncode:
        sys.exit(ended.returncode)


@errors_in_words
def first_version(store: str | Path, plain: bool) -> None:
    """Build the first version of a store, and say so."""
    store = Path(store)
    with progress_shown() as progress:
        if plain:
            from thidua.building.plain import start_plain

            found, others = found_in(store)
            for path in others:
                err.print(f"passed over {path}, which is no RDF", markup=False, highlight=False, soft_wrap=True)
            version = start_plain(store, found, progress, columns_from(read_settings(os.environ)))
        else:
            from thidua.building.build import build

            working_copy = backend_of_environment().working_copy(store)
            version = build(
                ProjectFiles.find(), store, message="first build", progress=progress, working_copy=working_copy,
                columns_from=columns_from(read_settings(os.environ)),
            ).version  # fmt: skip
    err.print(f"built version {version.number}: {version.triples:,} triples", highlight=False)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
