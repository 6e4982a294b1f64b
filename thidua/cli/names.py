"""Commands about names: search."""

import json
from pathlib import Path

import click

from thidua.cli.shared import err, errors_in_words, heads, opened, out, store_option
from thidua.cli.tables import print_records
from thidua.names.index import KINDS
from thidua.names.search import Found, Match


@click.command()
@click.argument("text")
@store_option
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Of this kind only; more than once.")
@click.option("--on", default="", help="A year or a day: only what existed then.")
@click.option("--limit", default=10, show_default=True, help="At most so many.")
@click.option("--page", default=1, show_default=True, help="Page of what was found.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), help="table in a terminal, else json.")
@errors_in_words
def search(text: str, store: Path, kinds: tuple[str, ...], on: str, limit: int, page: int, form: str | None) -> None:
    """Find things by name, with or without tone marks, abbreviated, begun or mistyped."""
    found = opened(store).current().find(text, kinds, on, limit, page)
    if form == "json" or (form is None and not out.is_terminal):
        click.echo(json.dumps([match.described() for match in found.matches], ensure_ascii=False, indent=1))
        if found.total > len(found.matches):
            for line in _counted(found):
                err.print(line, highlight=False)
        return
    records = [_record(each) for each in found.matches]
    print_records(heads("name", "id", "from", "until", "known by", "found by", "spelled"), records)
    for line in _counted(found):
        out.print(line, highlight=False)


def _record(match: Match) -> tuple[str, ...]:
    name = match.name
    about = ", ".join(filter(None, (name.about, name.seen)))
    spelled = "" if match.spelling == name.label else match.spelling
    return name.label, match.id, name.start, name.end, about, match.how, spelled


def _counted(found: Found) -> list[str]:
    """How much of what was found this is, and how to see the rest."""
    number = len(found.matches)
    told = [f"{number} of {found.total} found" if found.complete else f"{number} of more than {found.total} found"]
    if found.page < found.pages:
        told.append(f"--page {found.page + 1} shows more")
    return told


COMMANDS = (search,)
