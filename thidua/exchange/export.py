"""Exports of a version: tables for analysts, a database, a network, RDF. What appears is complete."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from thidua.base import journals
from thidua.base.delimited import write_delimited
from thidua.base.errors import InputError, StoreError
from thidua.base.formats import EXPORTS
from thidua.base.terms import BASE, DATASET, LICENSE
from thidua.exchange.graphml import write_graphml
from thidua.exchange.sqlite import write_database
from thidua.exchange.tidy import KEY, THING, Column, Table, Tidy
from thidua.graph import Snapshot
from thidua.metadata.void_dcat import DESCRIPTION, TITLE
from thidua.questions.arrow import write_parquet
from thidua.versions.store import read_digests

Progress = Callable[[str], None]

#: What is made as a folder, so that no target's ending asks for it.
_FOLDERS: Final = ("csv", "parquet")
_TYPES: Final = {
    "integer": "integer", "decimal": "number", "date": "date", "dateTime": "datetime", "dateTimeStamp": "datetime",
    "boolean": "boolean",
}  # fmt: skip

#: What curators decided, where something was.
_DECISION: Final = tuple(
    Column(name)
    for name in (
        "source", "proposal", "decision", "curator", "time", "rule", "reason", "before", "after", "version",
    )
)  # fmt: skip


def format_of(target: Path) -> str:
    """What a target's ending asks for.

    :raises InputError: it asks for nothing.
    """
    for name, form in EXPORTS.items():
        endings = (f".{name}", f".{name}.gz") if form.readable else form.suffixes
        if target.name.endswith(endings) and name not in _FOLDERS:
            return name
    raise InputError(f"{target} does not say what to make; add --format, one of {', '.join(EXPORTS)}.")


def export(
    snapshot: Snapshot, target: Path, form: str, *, force: bool = False, progress: Progress = lambda step: None
) -> list[Path]:
    """Write a version as one of :data:`thidua.base.formats.EXPORTS`; returns what was written.

    :param force: replace what is there already.
    :raises InputError: something is there already.
    :raises StoreError: it cannot be written.
    """
    try:
        if form in _FOLDERS:
            with _new(target, force) as draft:
                draft.mkdir()
                _write_package(snapshot, draft, form, progress)
            return [target]
        if form == "sqlite":
            return _write_sqlite(snapshot, target, force, progress)
        with _new(target, force) as draft:
            if form == "graphml":
                progress("reading the graph")
                write_graphml(draft, _tidy(snapshot))
            else:
                progress(f"writing {target.name}")
                written = snapshot.dump(EXPORTS[form].media_type, target.suffix == ".gz")
                with written.file, draft.open("wb") as out:
                    shutil.copyfileobj(written.file, out)
        return [target]
    except OSError as exc:
        raise StoreError(f"{target} cannot be written: {exc}") from exc


def _write_package(snapshot: Snapshot, folder: Path, form: str, progress: Progress) -> None:
    """Tables as files, described by a Frictionless data package.

    :source: https://datapackage.org/standard/data-package/
    """
    resources = []
    for table in _tables(snapshot, progress):
        name = f"{table.name}.{form}"
        if form == "csv":
            with (folder / name).open("w", encoding="utf-8", newline="") as file:
                write_delimited(file, [column.name for column in table.columns], table.rows)
        else:
            columns = [
                (column.name, column.kind, [row[number] for row in table.rows], _explained(column))
                for number, column in enumerate(table.columns)
            ]
            write_parquet(folder / name, columns, {"class_or_property": table.about})
        resources.append(_resource(table, name, form))
    package = {"name": "thidua", **_about(snapshot), "resources": resources}
    text = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    (folder / "datapackage.json").write_text(text, encoding="utf-8")


def _write_sqlite(snapshot: Snapshot, target: Path, force: bool, progress: Progress) -> list[Path]:
    metadata = target.with_suffix(".metadata.json")
    tables: dict[str, Any] = {}

    def noted(made: Iterable[Table]) -> Iterator[Table]:
        for table in made:
            shown = {"label_column": "label_vi"} if table.name == THING else {}
            explained = {column.name: text for column in table.columns if (text := _words(column))}
            tables[table.name] = shown | ({"columns": explained} if explained else {})
            yield table

    with _new(target, force) as draft, _new(metadata, force) as described:
        write_database(draft, noted(_tables(snapshot, progress)))
        about = _about(snapshot)
        license_ = {"license": "CC BY 4.0", "license_url": LICENSE} if "licenses" in about else {}
        document = {
            "title": about["title"], "description": about["description"], **license_, "source": "thidua",
            "source_url": BASE, "databases": {target.stem: {"tables": tables}},
        }  # fmt: skip
        described.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [target, metadata]


def _tidy(snapshot: Snapshot) -> Tidy:
    return Tidy(snapshot.select)


def _tables(snapshot: Snapshot, progress: Progress) -> Iterator[Table]:
    """The tables of a version, and beside them what curators decided, which is of no version."""
    yield from _tidy(snapshot).tables(progress)
    folder = snapshot.folder.parents[1] / journals.DECISIONS
    rows = [
        [name, *(_cell(record.get(column.name)) for column in _DECISION[1:])]
        for name in journals.names(folder)
        for record in journals.read(folder, name)
    ]
    if rows:
        yield Table("decision", "", _DECISION, rows, keyed=False)


def _cell(value: Any) -> str | None:
    """A value of a decision; a fact as JSON."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _about(snapshot: Snapshot) -> dict[str, Any]:
    version = snapshot.version
    known = {"version": str(version.number), "created": version.time}
    if "" in read_digests(snapshot.folder):  # a plain store, of which nobody knows more
        return {"title": "RDF", "description": f"Version {version.number} of a plain store.", **known}
    return {
        "id": DATASET,
        "title": TITLE["en"],
        "description": f"{DESCRIPTION['en']}\n\n{DESCRIPTION['vi']}",
        **known,
        "keywords": ["cụm thi đua", "emulation cluster"],
        "homepage": BASE,
        "licenses": [{"name": "CC-BY-4.0", "path": LICENSE, "title": "Creative Commons Attribution 4.0"}],
    }


def _resource(table: Table, path: str, form: str) -> dict[str, Any]:
    fields = [
        {"name": column.name, "type": _TYPES.get(column.kind, "string"), **_described(column)}
        for column in table.columns
    ]
    refers = [
        {"fields": [column.name], "reference": {"resource": THING, "fields": [KEY]}}
        for column in table.columns
        if column.refers
    ]
    schema = {"fields": fields} | ({"primaryKey": [KEY]} if table.keyed else {})
    return {
        "name": table.name.lower().replace("__", "--"),
        "path": path,
        **({"format": "csv", "mediatype": "text/csv", "encoding": "utf-8"} if form == "csv" else {"format": form}),
        "profile": "tabular-data-resource",
        "schema": schema | ({"foreignKeys": refers} if refers else {}),
    }


def _described(column: Column) -> dict[str, str]:
    given = {"rdfType": column.datatype, "description": _words(column)}
    return {name: value for name, value in given.items() if value}


def _words(column: Column) -> str:
    return " ".join(part for part in (column.property, column.datatype, column.language) if part)


def _explained(column: Column) -> dict[str, str]:
    return {"property": column.property, "datatype": column.datatype, "language": column.language}


@contextmanager
def _new(target: Path, force: bool) -> Iterator[Path]:
    """A draft beside the target, which takes its place at the end of the block; whatever goes wrong, it is deleted.

    :raises InputError: something is there already.
    """
    if target.exists() and not force:
        raise InputError(f"{target} is there already; choose another name, or add --force to replace it.")
    if not target.parent.is_dir():
        raise InputError(f"There is no folder {target.parent}; make it first.")
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        yield draft
        if target.is_dir():
            # A folder cannot be replaced by one rename; the old one steps aside and comes back if that fails.
            aside = draft.with_suffix(".old")
            target.rename(aside)
            try:
                draft.rename(target)
            except OSError:
                aside.rename(target)
                raise
            shutil.rmtree(aside)
        else:
            draft.replace(target)
    finally:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)
