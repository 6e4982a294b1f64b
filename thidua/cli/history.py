"""Commands about versions: load, update, versions, diff, rollback, prune, backup, restore."""

import os
import sys
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from thidua.base.errors import InvalidDataError
from thidua.base.formats import CHANGES, DATASETS, INPUTS, by_name
from thidua.base.terms import GRAPH
from thidua.base.translation import of_environment
from thidua.cli.shared import (
    columns,
    embedded,
    err,
    errors_in_words,
    files_of,
    files_option,
    out,
    progress_shown,
    say,
    store_option,
    texts_option,
)
from thidua.engine.backend import backend_of_environment
from thidua.rdf.inputs import media_type_of, opened, stem_of
from thidua.versions.diff import compare
from thidua.versions.store import Version, VersionStore
from thidua.write.request import CommitInfo, Payload, Write, WriteResult

_author = click.option(
    "--author",
    default=lambda: os.environ.get("USER", ""),
    show_default="your user name",
    help="Who makes this version.",
)
_message = click.option("--message", "-m", default="", help="Why, in a few words.")
_preview = click.option("--preview", is_flag=True, help="Tell what would be different, and change nothing.")
_plain = click.option("--plain", is_flag=True, help="The store holds any RDF: no rules, no shapes.")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@store_option
@files_option
@click.option(
    "--graph", metavar="IRI", help="The graph to fill; if left out, that of the source the file is called by."
)
@click.option("--add", is_flag=True, help="Add to the graph; without it, the graph becomes what the file says.")
@click.option("--replace", is_flag=True, help="Withdraw what the graph states and the file does not.")
@_preview
@_plain
@texts_option
@_author
@_message
@errors_in_words
def load(
    paths: tuple[Path, ...], store: Path, files: Path | None, graph: str | None, add: bool, replace: bool,
    preview: bool, plain: bool, texts: str, author: str, message: str,
) -> None:  # fmt: skip
    """Write RDF files into the store: each makes a new version, or nothing.

    Takes .ttl, .nt, .jsonld, .rdf, .owl, .trig and .nq, also packed (.gz); .trig and .nq name their graphs themselves.
    A relative IRI is relative to the graph, or to the file where no graph is named. The graph is completed, inferred,
    merged and checked again; whatever would break a shape is refused with its line, and so is what would withdraw
    statements, until you say --replace. A running service answers from the new version at once.
    """
    with progress_shown() as progress:
        writer = _writer(store, files, plain, texts)
        for path in paths:
            progress(f"loading {path}")
            write = _of_file(path, graph, add, plain, keep=not (replace or plain))
            _carry_out(writer, write, CommitInfo(author, message or f"load {path.name}"), preview)


@click.command()
@click.argument("text", required=False)
@store_option
@files_option
@click.option("--file", "file", type=click.File(encoding="utf-8-sig"), help="Read the update from a file (- is stdin).")
@_preview
@_plain
@_author
@_message
@errors_in_words
def update(
    text: str | None, store: Path, files: Path | None, file: Any, preview: bool, plain: bool, author: str, message: str
) -> None:
    """Carry out the SPARQL update TEXT: a new version, or nothing.

    What is written names the graph of its source, as in INSERT DATA { GRAPH <…> { … } }; it is checked like a file
    that is loaded. A running service answers from the new version at once.
    """
    text = file.read() if file else (text or "").removeprefix("\ufeff")
    if not text:
        raise click.UsageError("Give an update, or --file FILE.")
    with progress_shown() as progress:
        progress("updating")
        writer = _writer(store, files, plain)
        _carry_out(writer, Write("update", text=text, declared=True), CommitInfo(author, message), preview)


@click.command()
@store_option
@errors_in_words
def versions(store: Path) -> None:
    """List the versions in the store, newest first; * marks the current one."""
    kept = VersionStore(store)
    current = kept.current()
    table = columns("", "version", "time (UTC)", "author", "triples", "warnings", "hash", "message", wide="message")
    for version in reversed(kept.all()):
        table.add_row(
            "*" if current and version.number == current.number else "",
            str(version.number), version.time[:16].replace("T", " "), escape(version.author), f"{version.triples:,}",
            str(version.warnings), version.hash[:12], escape(version.message),
        )  # fmt: skip
    out.print(table)
    if current is None:
        kept.current_path()  # says what to do


@click.command()
@click.argument("old", type=int)
@click.argument("new", type=int, required=False)
@store_option
@click.option("--format", "form", type=click.Choice([*by_name(CHANGES)]), default="text", show_default=True)
@click.option("--vi", is_flag=True, help="Words in Vietnamese.")
@errors_in_words
def diff(old: int, new: int | None, store: Path, form: str, vi: bool) -> None:
    """Say what differs from version OLD to version NEW (the current one if left out).

    As text for people, as JSON for programs, or as an RDF patch, which turns OLD into NEW.
    """
    kept = embedded(store)
    folders = kept.path(old), kept.current_path() if new is None else kept.path(new)
    media_type = by_name(CHANGES)[form].media_type
    sys.stdout.buffer.write(compare(*folders).write(media_type, "vi" if vi else of_environment()))


@click.command()
@click.argument("number", type=int)
@store_option
@_author
@_message
@errors_in_words
def rollback(number: int, store: Path, author: str, message: str) -> None:
    """Publish version NUMBER again, as a new version; nothing of the history is lost."""
    from thidua.versions.history import rollback as run

    embedded(store)
    _print_version("published", run(store, number, author=author, message=message))


@click.command()
@store_option
@click.option("--keep", default=10, show_default=True, help="How many of the newest stay, whatever their age.")
@click.option("--days", type=float, help="Delete only what is older than this many days.")
@errors_in_words
def prune(store: Path, keep: int, days: float | None) -> None:
    """Delete old versions; never the current one, nor one that is being read.

    Numbers are not used again. May be used while the service runs.
    """
    from thidua.versions.history import prune as run

    embedded(store)
    deleted, in_use = run(store, keep=keep, days=days, wait=60)
    out.print(f"deleted {len(deleted)} versions", highlight=False)
    if in_use:
        out.print(f"in use, so kept: {', '.join(map(str, in_use))}; try again in a minute", highlight=False)


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@store_option
@click.option("--version", "number", type=int, help="Which version; the current one if left out.")
@errors_in_words
def backup(target: Path, store: Path, number: int | None) -> None:
    """Write one version into the file TARGET; `thidua restore` reads it.

    It is a gzipped tar of N-Quads and JSON, which any release and any other store can read. May be used while the
    service runs.
    """
    from thidua.versions.history import backup as run

    embedded(store)
    with progress_shown() as progress:
        progress(f"writing {target}")
        version = run(store, target, number)
    _print_version("backed up", version)


@click.command()
@click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@store_option
@_author
@errors_in_words
def restore(archive: Path, store: Path, author: str) -> None:
    """Make the backup ARCHIVE the current version, after proving that it holds what was backed up.

    Into an empty folder, or as the next version of a store, whose older versions stay.
    """
    from thidua.versions.history import restore as run

    embedded(store)
    with progress_shown() as progress:
        version = run(archive, store, author=author, progress=progress)
    _print_version("restored", version)


def _writer(store: Path, files: Path | None, plain: bool, texts: str = "") -> Any:
    from thidua.building.plain import start_plain
    from thidua.write.transaction import Writer

    if plain and VersionStore(store).current() is None:
        start_plain(store)
    working_copy = None if plain else backend_of_environment().working_copy(store)
    if working_copy is None:
        VersionStore(store).current_path()
    return Writer(store, None if plain else files_of(files), working_copy, texts)


def _of_file(path: Path, graph: str | None, add: bool, plain: bool, *, keep: bool) -> Write:
    media_type = media_type_of(path)
    dataset = INPUTS[media_type] in DATASETS
    if graph is None and not plain and not dataset:
        graph = GRAPH + stem_of(path)
    with opened(path) as file:
        payload = Payload(file.read(), media_type, graph or path.resolve().as_uri(), str(path))
    if dataset and graph is None:
        return Write("post", None, (payload,))
    return Write("post" if add else "put", graph, (payload,), keep=keep)


def _carry_out(writer: Any, write: Write, commit: CommitInfo, preview: bool) -> None:
    """Write, or only tell what would come of it."""
    if not preview:
        _print_outcome(writer.write(write, commit, wait=60))
        return
    found, language = writer.preview(write, commit, wait=60), of_environment()
    if found.lost:
        told = say(f"{found.lost} of its statements would be withdrawn:")
        told = f"{found.there[language]} {told}\n{found.withdrawn[language]}\n"
        out.print(told, style="red", markup=False, highlight=False, soft_wrap=True)
    out.print(found.words[language].rstrip(), markup=False, highlight=False, soft_wrap=True)
    if found.refused:
        raise InvalidDataError(found.findings)
    more = "; writing it needs --replace" if found.lost and write.keep else ""
    out.print(f"nothing was written: this was a preview on version {found.parent}{more}", highlight=False)


def _print_outcome(outcome: WriteResult) -> None:
    for finding in outcome.findings:
        err.print(finding.told_in(of_environment()), style="yellow", markup=False, highlight=False, soft_wrap=True)
    _print_version("published" if outcome.published else "nothing changed:", outcome.version)


def _print_version(word: str, version: Version) -> None:
    out.print(
        f"{word} version {version.number}: {version.triples:,} triples, {version.sources} sources, "
        f"{version.warnings} warnings, hash {version.hash[:12]}",
        highlight=False,
    )


COMMANDS = (load, update, versions, diff, rollback, prune, backup, restore)
