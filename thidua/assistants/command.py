"""The command `thidua mcp`: the graph for assistants, over standard input and output or over HTTP."""

import logging
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click

from thidua.assistants.calls import Calls
from thidua.base.errors import InputError
from thidua.base.limits import Limits
from thidua.base.settings import read_settings
from thidua.base.tokens import TokenFile
from thidua.cli.shared import err, errors_in_words, store_option
from thidua.engine.backend import backend_of
from thidua.graph import KnowledgeGraph
from thidua.metadata.void_dcat import Place
from thidua.workers.pool import QueryPool
from thidua.workers.pooled import Pooled


@click.command()
@store_option
@click.option("--http", is_flag=True, help="Serve streamable HTTP at /mcp, rather than standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on, with --http.")
@click.option("--port", default=8001, show_default=True, help="Port to listen on, with --http.")
@click.option(
    "--allow", multiple=True, metavar="HOST", help="A Host that requests may name, such as kg.example.vn; with --http."
)
@click.option("--site", default="", help="Address of the pages of this graph, for links in citations.")
@errors_in_words
def mcp(store: Path, http: bool, host: str, port: int, allow: tuple[str, ...], site: str) -> None:
    """Serve the graph to assistants by the Model Context Protocol; read only.

    Each catalogued question is a tool, each thing a resource. Settings and limits are those of `thidua serve`. An
    assistant starts it by itself: give it the command `thidua mcp --store /path/to/store`.
    """
    try:
        import anyio

        from thidua.assistants.server import mcp_server, over_stdio
    except ImportError as exc:
        raise InputError(f"{exc.name} is missing; install what assistants need: pip install 'thidua[mcp]'.") from exc
    if site and urlsplit(site).scheme not in ("http", "https"):
        raise InputError(f"--site is an address such as https://kg.example.vn/, not {site!r}.")
    settings = read_settings(os.environ)
    logging.basicConfig(level=str(settings["LOG_LEVEL"]), stream=sys.stderr)
    backend = backend_of(settings)
    pool = QueryPool(Limits.read(settings), backend, columns=settings["COLUMNS"] != "off")
    try:
        kg = KnowledgeGraph.open(store, engine=Pooled(pool), backend=backend)
        calls = Calls(kg, Place(site and site.rstrip("/") + "/", publisher=str(settings["PUBLISHER"])))
        proxies = int(settings["TRUSTED_PROXIES"])
        server = mcp_server(calls, proxies)
        if not http:
            anyio.run(over_stdio, server)
            return
        from thidua.assistants.http import serve

        tokens = TokenFile(Path(str(settings["TOKENS"]) or store / "tokens.json")) if settings["PRIVATE"] else None
        err.print(f"assistants connect to http://{host}:{port}/mcp (stop with Ctrl+C)", highlight=False, soft_wrap=True)
        serve(server, host, port, allow, tokens)
    finally:
        pool.close()
