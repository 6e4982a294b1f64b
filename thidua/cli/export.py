"""The command that takes a version elsewhere: export."""

from pathlib import Path

import click

from thidua.base.formats import EXPORTS
from thidua.cli.shared import errors_in_words, opened, out, progress_shown, store_option


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice([*EXPORTS]),
    help="By TARGET's ending if left out; csv and parquet make a folder.",
)
@click.option("--version", "number", type=int, help="A version by its number; the current one if left out.")
@click.option("--force", is_flag=True, help="Replace TARGET if it is there already.")
@store_option
@errors_in_words
def export(target: Path, form: str | None, number: int | None, force: bool, store: Path) -> None:
    """Write a version into TARGET: tables, a database, a network, or RDF.

    \b
    thidua export tables --format csv     a folder of CSV with datapackage.json (Frictionless)
    thidua export tables --format parquet the same as Parquet
    thidua export graph.sqlite            one file, for Datasette, with graph.metadata.json
    thidua export graph.graphml           things and their links, for network tools
    thidua export graph.trig.gz           everything: .trig, .nq; the merged graph: .ttl, .nt; .gz compresses

    Who led, in one table, is the answer to a question: thidua ask leadership --output leadership.csv

    TARGET appears when it is complete, or not at all.
    """
    from thidua.exchange.export import export as run
    from thidua.exchange.export import format_of

    kg = opened(store)
    snapshot = kg.at(number) if number else kg.current()
    with progress_shown() as progress:
        written = run(snapshot, target, form or format_of(target), force=force, progress=progress)
    for path in written:
        out.print(f"wrote {path} (version {snapshot.version.number})", highlight=False, soft_wrap=True)


COMMANDS = (export,)
