"""The command extract wanted: which articles to look for, and by which words."""

import io
import json
import sys
from pathlib import Path

import click

from thidua.base.delimited import write_delimited
from thidua.cli.shared import err, errors_in_words, opened, out, store_option
from thidua.extract.queue import in_words
from thidua.views.wanted import COLUMNS, FIRST, records, rows, wanted


@click.command("wanted")
@store_option
@click.option("--cluster", default="", help="Of this cluster alone, by its id or any of its names.")
@click.option("--from", "first", default=FIRST, show_default=True, type=click.IntRange(1948, 9999), help="First year.")
@click.option("--limit", type=click.IntRange(min=1), help="So many entries; all if left out.")
@click.option("--format", "form", type=click.Choice(["text", "csv", "json"]), help="text in a terminal, else csv.")
@errors_in_words
def wanted_command(store: Path, cluster: str, first: int, limit: int | None, form: str | None) -> None:
    """List the cluster-years that lack a settled head or deputies, and words to search for their articles.

    What closes most gaps comes first; docs/collecting.md has the columns. The page /coverage/wanted shows the same.

    \b
    thidua extract wanted --limit 10
    thidua extract wanted --cluster tay-nguyen --format csv > tay-nguyen.csv
    """
    snapshot = opened(store).current()
    only = [snapshot.terms("coverage", {"cluster": cluster})["cluster"][1:-1]] if cluster else []
    found = wanted(snapshot, only, first)[:limit]
    form = form or ("text" if out.is_terminal else "csv")
    if form == "json":
        click.echo(json.dumps(list(records(found)), ensure_ascii=False, indent=1))
    elif form == "csv":
        text = io.StringIO()
        write_delimited(text, COLUMNS, rows(found))
        sys.stdout.buffer.write(text.getvalue().encode())
    else:
        for number, entry in enumerate(found, 1):
            click.echo(f"{number}. {entry.cluster}, closes {in_words(entry.closes, entry.cluster)}")
            for each in entry.read_whole:
                click.echo(f"   read whole: {each.url}")
            click.echo(f"   search for: {entry.search['short']}")
    err.print(f"{len(found)} cluster-years", highlight=False)
