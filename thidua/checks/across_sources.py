"""Checks across sources: ``shapes/across-sources``, queries over named graphs, such as conflicting claims."""

import tomllib
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from thidua.base.errors import DataError, Finding, InputError
from thidua.base.files import ProjectFiles
from thidua.checks.hygiene import Locator
from thidua.checks.rules import read_by
from thidua.rdf.cells import Cell
from thidua.rdf.quads import QuadStore


def across_sources(
    store: QuadStore,
    files: ProjectFiles,
    locator: Locator,
    known: Iterable[Finding] = (),
    changed: AbstractSet[str] | None = None,
) -> Iterator[Finding]:
    """What the checks of ``shapes/across-sources`` find.

    :param known: what was found before a change.
    :param changed: the predicates of the triples that some graph states newly or no longer; None for any.
    :raises DataError: one of them cannot be used.
    """
    before = [finding for finding in known if not finding.constraint]
    for path in files.cross_checks:
        reads = None if changed is None else read_by(path.read_text(encoding="utf-8-sig"))
        if changed is None or reads is None or not reads.isdisjoint(changed):
            yield from _across(store, files, path, locator)
        else:
            yield from (finding for finding in before if finding.shape == path.stem)


def _across(store: QuadStore, files: ProjectFiles, path: Path, locator: Locator) -> Iterator[Finding]:
    text = path.read_text(encoding="utf-8-sig")
    try:
        header = tomllib.loads("\n".join(line[2:].strip() for line in text.splitlines() if line.startswith("#+")))
        rows = list(store.select(text))
        code, severity = header["code"], header["severity"]
        vi, en = header["message_vi"], header["message_en"]
    except (tomllib.TOMLDecodeError, KeyError, InputError) as exc:
        raise DataError([f"{files.relative(path)}: {exc}"]) from exc
    locator.seek(cell.value for row in rows if (cell := row.get("focus")))
    for row in rows:
        focus, value, graph = row.get("focus"), row.get("value"), row.get("graph")
        assert focus
        where = locator.mention(focus.value, graph.value) if graph else ""
        yield Finding(
            severity, path.stem, focus.value, None, _text(value),
            vi if vi.startswith(code) else f"{code} {vi}", en if en.startswith(code) else f"{code} {en}",
            where or locator.locate(focus.value),
        )  # fmt: skip


def _text(cell: Cell | None) -> str | None:
    return cell.value if cell else None
