"""The command that gives citations: cite."""

from pathlib import Path

import click

from thidua.base.formats import CITATIONS, by_name
from thidua.cli.shared import errors_in_words, opened, store_option


@click.command()
@click.argument("thing", required=False)
@click.option("--source", help="A source, by its id or the address of the article.")
@click.option("--question", help="The answer to this catalogued question.")
@click.option("--with", "given", multiple=True, metavar="NAME=VALUE", help="A parameter of the question; repeatable.")
@click.option("--format", "form", type=click.Choice([*by_name(CITATIONS)]), default="plain", show_default=True)
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@click.option("--version", "number", type=int, help="A version by its number; the current one if left out.")
@click.option("--base", default="", metavar="URL", help="A service that serves this store: the citation leads there.")
@store_option
@errors_in_words
def cite(
    thing: str | None, source: str | None, question: str | None, given: tuple[str, ...], form: str, lang: str,
    number: int | None, base: str, store: Path,
) -> None:  # fmt: skip
    """Give a citation: of a fact with its sources, a source, an answer, or the whole graph.

    \b
    thidua cite head:dong-bang-song-hong_2024_nam-dinh         a fact, by its short name
    thidua cite --source ed5451d7c68959e8 --format bibtex      a source
    thidua cite --question who-led --with year=2023 --lang en  an answer at its version
    thidua cite                                                the graph at its version

    The archived copy that it names follows a pattern; nobody has checked that it is there.
    """
    from thidua.metadata.void_dcat import Place  # what only a citation needs
    from thidua.views.citation_formats import write_citation
    from thidua.views.citations import cite_answer, cite_graph, cite_thing

    if sum(each is not None for each in (thing, source, question)) > 1:
        raise click.UsageError("Cite one at a time: THING, --source or --question.")
    if given and question is None:
        raise click.UsageError("--with gives a parameter of a --question; name that too.")
    if wrong := [each for each in given if "=" not in each]:
        raise click.UsageError(f"--with takes NAME=VALUE, such as year=2023, not {wrong[0]!r}.")
    kg = opened(store)
    snapshot = kg.at(number) if number else kg.current()
    place = Place(f"{base.rstrip('/')}/" if base else "")
    if question is not None:
        cited = cite_answer(snapshot, question, dict(each.split("=", 1) for each in given), lang, place)
    elif thing is None and source is None:
        cited = cite_graph(snapshot, lang, place)
    else:
        cited = cite_thing(snapshot, _source(source) if source is not None else thing or "", lang, place)
    click.echo(write_citation(cited, form), nl=False)


def _source(typed: str) -> str:
    return typed if "://" in typed or typed.startswith("src:") else f"src:{typed}"


COMMANDS = (cite,)
