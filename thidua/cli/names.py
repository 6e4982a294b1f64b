"""Commands about names: search."""

import json
from pathlib import Path

import click

from thidua.cli.shared import errors_in_words, opened, out, store_option
from thidua.cli.tables import print_records
from thidua.names.index import KINDS


@click.command()
@click.argument("text")
@store_option
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Of this kind only; more than once.")
@click.option("--on", default="", help="A year or a day: only what existed then.")
@click.option("--limit", default=10, show_default=True, help="At most so many.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), help="table in a terminal, else json.")
@errors_in_words
def search(text: str, store: Path, kinds: tuple[str, ...], on: str, limit: int, form: str | None) -> None:
    """Find things by name, with or without tone marks, abbreviated, begun or mistyped."""
    matches = opened(store).search(text, kinds, on, limit)
    if form == "json" or (form is None and not out.is_terminal):
        click.echo(json.dumps([match.described() for match in matches], ensure_ascii=False, indent=1))
        return
    records = []
    for match in matches:
        name, spelled = match.name, "" if match.spelling == match.name.label else match.spelling
        records.append((name.label, match.id, name.start or "", name.end or "", match.how, spelled))
    print_records(("name", "id", "from", "until", "found by", "spelled"), records)
    out.print(f"{len(matches)} found", highlight=False)


COMMANDS = (search,)
