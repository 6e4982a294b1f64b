"""The command line: commands for people, and the pages made from them. Nothing that a library needs."""

import importlib
from typing import Any, Final

import click

from thidua.cli import citing, export, graph, history, links, names, service
from thidua.cli.shared import in_language, say

_EPILOG = """\b
Exit codes: 0 done, 2 wrong use, 3 no store to read or to write, 4 wrong data, 1 anything else.
`thidua COMMAND --help` tells more of each."""


#: Commands that are loaded when they are asked for: two that stand above this folder, which does not depend on them,
#: and one whose rules take a while to load.
_BROUGHT: Final = {
    "extract": "thidua.cli.extract",
    "mcp": "thidua.assistants.command",
    "serve": "thidua_server.command",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_BROUGHT])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _BROUGHT:
            command: click.Command | None = getattr(importlib.import_module(_BROUGHT[cmd_name]), cmd_name)
        else:
            command = super().get_command(ctx, cmd_name)
        return command and in_language(command)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        in_language(self)
        return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as exc:
            if type(exc) is not click.UsageError:  # Click's own, which gettext has told already
                raise
            raise click.UsageError(say(exc.message), exc.ctx) from None


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=_EPILOG
)
@click.version_option(package_name="thidua")
def main() -> None:
    """The graph of Vietnam's provincial emulation clusters (cụm thi đua).

    A store is a folder with every version of the graph that is kept; it is ./store unless you say otherwise.

    \b
    thidua build                                   build the graph
    thidua ask who-led --year 2023                 ask a catalogued question
    thidua search 'ninh binh'                      find things by name
    thidua cite head:tay-nam-bo_2020_hau-giang     cite a fact, a source, an answer
    thidua query 'SELECT * { ?s ?p ?o } LIMIT 5'   ask in SPARQL
    thidua serve                                   serve it over HTTP
    thidua mcp                                     serve it to assistants (Model Context Protocol)
    thidua load data/sources/new.ttl               write one source into the store
    thidua link check                              are the links to Wikidata still good
    thidua extract article.txt                     what an article says, to be decided
    thidua versions                                list the versions of the store
    """


for command in (
    *graph.COMMANDS,
    *names.COMMANDS,
    *citing.COMMANDS,
    *links.COMMANDS,
    *history.COMMANDS,
    *export.COMMANDS,
    *service.COMMANDS,
):
    main.add_command(command)
