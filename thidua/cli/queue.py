"""Shared by extract's commands: the queue of a folder of articles, as a table or JSON."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from rich.markup import escape

from thidua.base.errors import StoreError
from thidua.base.terms import shorten
from thidua.cli.shared import columns, err, opened, out, progress_shown
from thidua.extract.article import Article
from thidua.extract.facts import Fact
from thidua.extract.queue import Known, Queue, articles_in, in_words, queue, read_all, records


def queue_of_folder(
    folder: Path, read: Callable[[Path], Article], extract: Callable[[Article], Sequence[Fact]], store: Path
) -> Queue:
    """The queue of a folder, with progress on standard error.

    :raises InputError: no article is in it.
    """
    paths = articles_in(folder)
    known = known_in(store)
    with progress_shown() as progress:
        done, failed = read_all(paths, read, extract, progress)
    return queue(done, known, failed)


def known_in(store: Path) -> Known:
    """What the graph in a store has; nothing, and a word about it, where there is none."""
    try:
        return Known.of(opened(store).current())
    except StoreError:
        err.print(
            f"no graph is in {store}: every gap counts as open; `thidua build` makes one",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        return Known()


def print_queue(found: Queue, form: str) -> None:
    """Print a queue; files that could not be read are named at the end, on standard error.

    :param form: ``table`` or ``json``.
    """
    if form == "json":
        click.echo(json.dumps(records(found), ensure_ascii=False, indent=1))
    else:
        base = os.path.commonpath([str(each.path.parent) for each in found.articles] or ["."])
        table = columns("file", "closes", "figures", "facts", "note", wide="closes")
        for each in found.articles:
            note = f"as {os.path.relpath(each.same_as, base)}" if each.same_as else ""
            if each.source:
                note = note or f"{shorten(each.source)}, {each.reading or 'known'}"
            if each.scope not in ("national", ""):
                note = f"scope {each.scope}"
            row = (os.path.relpath(each.path, base), in_words(each.closes), str(each.figures), str(each.facts), note)
            table.add_row(*map(escape, row))
        out.print(table)
    for unread in found.unread:
        why = unread.why if str(unread.path) in unread.why else f"{unread.path}: {unread.why}"
        err.print(f"not read: {why}", style="red", markup=False, highlight=False, soft_wrap=True)
    closed = sum(len(each.closes) for each in found.articles)
    err.print(
        f"{len(found.articles)} articles, which may close {closed} gaps; {len(found.unread)} files not read",
        highlight=False,
    )
