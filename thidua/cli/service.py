"""Commands about a running service: queries, token."""

from pathlib import Path

import click
from rich.markup import escape

from thidua.base.tokens import ROLES, TokenFile
from thidua.cli.shared import columns, err, errors_in_words, out, store_option
from thidua.workers.control import cancel, queries


@click.group("queries")
def queries_group() -> None:
    """See and stop the queries that a running service is working on.

    --store is the folder that the service serves, its --plain folder too. Only the user who runs it can ask.
    """


@queries_group.command("list")
@store_option
@errors_in_words
def queries_list(store: Path) -> None:
    """List the queries on their way, oldest first: waiting, or running in the fast or the slow lane."""
    shown = columns("id", "client", "state", "seconds", "query", wide="query")
    for query in sorted(queries(store), key=lambda query: -float(query["seconds"])):
        text = escape(" ".join(str(query["query"]).split())[:200])
        shown.add_row(str(query["id"]), str(query["client"]), str(query["state"]), str(query["seconds"]), text)
    out.print(shown)


@queries_group.command("cancel")
@click.argument("number", metavar="ID")
@store_option
@errors_in_words
def queries_cancel(number: str, store: Path) -> None:
    """Stop the query ID; its client is told so."""
    cancel(store, number)
    out.print(f"cancelled {number}", highlight=False)


@click.group()
def token() -> None:
    """Tokens that let programs write. They are kept as hashes; a token's text is shown once.

    \b
    read    reads from a private service (THIDUA_PRIVATE=true)
    write   ... and writes: /update and /data
    admin   ... and goes back to an old version: /versions/N/rollback

    A running service knows of new and revoked tokens at once. Send one as `Authorization: Bearer TOKEN`.
    """


_tokens = click.option(
    "--tokens",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="THIDUA_TOKENS",
    show_envvar=True,
    help="The file of tokens; tokens.json in the store if left out.",
)


@token.command("new")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="write", show_default=True)
@store_option
@_tokens
@errors_in_words
def token_new(name: str, role: str, store: Path, tokens: Path | None) -> None:
    """Make a token for NAME, who will be the author of what is written with it."""
    text = TokenFile(tokens or store / "tokens.json").create(name, role)
    err.print(f"{name} may {role}. This is the token; it is not shown again:", highlight=False)
    click.echo(text)


@token.command("list")
@store_option
@_tokens
@errors_in_words
def token_list(store: Path, tokens: Path | None) -> None:
    """List who has a token, and for what."""
    shown = columns("name", "role", "sha256")
    for each in TokenFile(tokens or store / "tokens.json").all():
        shown.add_row(each.name, each.role, each.sha256[:12])
    out.print(shown)


@token.command("revoke")
@click.argument("name")
@store_option
@_tokens
@errors_in_words
def token_revoke(name: str, store: Path, tokens: Path | None) -> None:
    """Make the token of NAME worthless, at once."""
    TokenFile(tokens or store / "tokens.json").revoke(name)
    out.print(f"revoked {name}", highlight=False)


COMMANDS = (queries_group, token)
