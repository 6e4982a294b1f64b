"""Commands about links to other registries: link check, link propose, link accept."""

import datetime
import io
import json
import sys
from pathlib import Path

import click

from thidua.base.delimited import write_delimited
from thidua.base.errors import InputError
from thidua.base.terms import shorten
from thidua.cli.shared import err, errors_in_words, files_of, files_option, heads, out, progress_shown
from thidua.cli.tables import print_records
from thidua.exchange.endpoint import Manners, Remote
from thidua.exchange.link_proposals import KINDS, as_turtle, propose
from thidua.exchange.links import Checked, accept, check, endpoint_of, read

_COLUMNS = ("status", "thing", "label", "target", "found", "next")
#: Links that are checked may be of code lists too, for which nothing is proposed.
_LINKED = (*KINDS, "concept")
_registry = click.option("--registry", default="wikidata", show_default=True, help="Which link set.")
_endpoint = click.option(
    "--endpoint", metavar="URL", help="Its SPARQL endpoint; the one its link set names if left out."
)
_pause = click.option(
    "--pause",
    default=Manners.pause,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Seconds between two requests.",
)
_timeout = click.option(
    "--timeout", default=Manners.timeout, show_default=True, type=click.IntRange(min=1), help="Seconds for one answer."
)
_tries = click.option(
    "--tries", default=Manners.tries, show_default=True, type=click.IntRange(min=1), help="Tries a request."
)


@click.group()
def link() -> None:
    """Links to Wikidata and other registries; docs/links.md tells the whole way."""


@link.command("check")
@_registry
@_endpoint
@files_option
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), help="table in a terminal, else csv.")
@click.option("--kind", type=click.Choice(_LINKED), help="The links of these things alone.")
@click.option("--all", "everything", is_flag=True, help="List the links that hold as well.")
@_pause
@_timeout
@_tries
@errors_in_words
def check_command(
    registry: str, endpoint: str | None, files: Path | None, form: str | None, kind: str | None, everything: bool,
    pause: float, timeout: int, tries: int,
) -> None:  # fmt: skip
    """Ask a registry whether the targets of our links are still there, under the same name.

    Changes no file. Exit code 4 when a target vanished, was merged or is called otherwise.

    \b
    thidua link check                                every link to Wikidata
    thidua link check --kind person --all            those of people, also the ones that hold
    thidua link check --registry bnf --endpoint URL  another registry, asked at URL
    """
    with progress_shown() as progress:
        store = read(files_of(files))
        known = endpoint or endpoint_of(store, registry)
        remote = Remote(known, Manners(pause, timeout, tries))
        found = check(store, registry, remote, kind=kind or "", progress=progress)
    if not found:
        whose = f" of a {kind}" if kind else ""
        raise InputError(
            f"No link of {registry!r}{whose} leads to an address; `thidua link check --registry wikidata` has some"
        )
    changed = [each for each in found if each.status != "ok"]
    _print(found if everything else changed, form or ("table" if out.is_terminal else "csv"))
    err.print(f"{len(found)} links asked for, {len(changed)} changed", highlight=False)
    if changed:
        err.print("edit data/links/ as told under `next`, then run: thidua validate", highlight=False)
    sys.exit(4 if changed else 0)


def _print(found: list[Checked], form: str) -> None:
    rows = [
        (each.status, shorten(each.link.subject), each.label, each.link.target, each.found, each.advice)
        for each in found
    ]
    if form == "table":
        print_records(heads(*_COLUMNS), rows)
    elif form == "json":
        click.echo(json.dumps([dict(zip(_COLUMNS, row, strict=True)) for row in rows], ensure_ascii=False, indent=1))
    else:
        text = io.StringIO()
        write_delimited(text, _COLUMNS, rows)
        sys.stdout.buffer.write(text.getvalue().encode())


@link.command("propose")
@click.option(
    "--kind",
    type=click.Choice(list(KINDS)),
    required=True,
    help="Which of our things, by the first word of their ids; `legal` are laws, decrees and other documents.",
)
@_registry
@_endpoint
@files_option
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; stdout if left out.")
@click.option(
    "--least", default=0.4, show_default=True, type=click.FloatRange(0, 1), help="Score below which to be silent."
)
@_pause
@_timeout
@_tries
@errors_in_words
def propose_command(
    kind: str, registry: str, endpoint: str | None, files: Path | None, output: Path | None, least: float,
    pause: float, timeout: int, tries: int,
) -> None:  # fmt: skip
    """Look for entries that may be things of ours without a link, and write them as Turtle for a curator.

    Changes nothing in data/. Each proposal has its evidence in words and a score: a name found, then what speaks for
    it (type, dates, country, a post, place, person or number that both have) or against it. No score is a proof.

    \b
    thidua link propose --kind award --output awards.ttl
    thidua link propose --kind post --least 0.6        what more than a name speaks for
    thidua link accept awards.ttl                      when you have read it
    """
    from thidua.building.build import assemble

    project = files_of(files)
    if output and output.resolve().is_relative_to((project.root / "data").resolve()):
        raise InputError(f"{output} is inside data/, where proposals would count as links; write it elsewhere")
    with progress_shown() as progress:
        known = endpoint or endpoint_of(read(project), registry)
        remote = Remote(known, Manners(pause, timeout, tries))
        store = assemble(project, progress).store
        found = propose(store, kind, remote, registry=registry, least=least, progress=progress)
    text = as_turtle(found)
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.buffer.write(text.encode())
    err.print(
        f"{len(found)} proposals; read them, remove what is wrong, then: thidua link accept FILE", highlight=False
    )


@link.command("accept")
@click.argument("proposals", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--only", multiple=True, metavar="THING", help="Take this one alone, such as person:nguyen-khac-than; repeatable."
)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day you checked them; today if left out.")
@files_option
@errors_in_words
def accept_command(proposals: Path, only: tuple[str, ...], on: datetime.datetime | None, files: Path | None) -> None:
    """Take proposals that you have read into data/links/: all of the file, or none.

    The file is one that `thidua link propose` wrote, or proposals/links.ttl, which holds what was found in stored
    copies and is not sure. A proposal that was accepted is yours to remove from its file.
    """
    day = on.date() if on else datetime.date.today()
    for taken, path in accept(files_of(files), proposals, day, only):
        out.print(f"{shorten(taken.subject)} -> {taken.target} in {path}", highlight=False, soft_wrap=True)
    out.print("now run: thidua validate", highlight=False)


COMMANDS = (link,)
