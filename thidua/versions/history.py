"""Version management: rollback, pruning, backup, restore."""

import datetime
import io
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from gzip import BadGzipFile
from pathlib import Path
from typing import IO, Any, Final

from thidua.base import journals
from thidua.base.errors import InputError, StoreError
from thidua.names.collect import names_of
from thidua.names.index import write_names
from thidua.rdf.derivation import rebuild_union
from thidua.rdf.quads import QuadStore
from thidua.versions.online import built_below, note_built
from thidua.versions.publish import digest
from thidua.versions.store import Version, VersionStore, combined, read_digests, refuse_if_overtaken

#: The members of a backup, in order. Nothing else is read from one.
_MEMBERS: Final = ("version.json", "graphs.json", "findings.json", "completed.nq", "quads.nq")
_SMALL: Final = 64 * 1024 * 1024


def rollback(
    root: Path, number: int, *, author: str = "", message: str = "", expected: int | None = None, wait: float = 10
) -> Version:
    """Publish an old version again, as a new one; history is never rewritten.

    :param expected: the version that must still be the current one; None when it does not matter.
    :param wait: seconds to wait for other writers.
    :raises NotFoundError: that version is not kept.
    :raises ConflictError: somebody else has published since the version that was expected.
    :raises WriteFailedError: the disk is full, or fails.
    """
    versions = VersionStore(root)
    with versions.writing(wait=wait) as draft:
        current = versions.read(versions.current_path())
        refuse_if_overtaken(expected, current)
        folder = versions.path(number)
        with versions.hold(folder):
            version = replace(
                versions.read(folder),
                number=versions.next_number(),
                time=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                author=author,
                message=message or f"rollback to {number}",
                parent=current.number,
            )
            # The engine's diaries of being opened come and go while others read.
            diaries = shutil.ignore_patterns("LOG*")
            shutil.copytree(folder, draft, ignore=diaries, copy_function=_linked, dirs_exist_ok=True)
            (draft / "version.json").unlink()
            versions.publish(draft, version)
    return version


def prune(root: Path, *, keep: int, days: float | None = None, wait: float = 0) -> tuple[list[int], list[int]]:
    """Delete old versions: all but the newest `keep`, and of those only what is older than `days`.

    The current version, the one that its online writes were made on, and any that is being read stay.

    :param wait: seconds to wait for other writers.
    :return: the numbers deleted, and those that were to be deleted but are in use.
    """
    if keep < 1:
        raise InputError("Keep at least one version.")
    versions = VersionStore(root)
    oldest = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days or 0)
    deleted: list[int] = []
    in_use: list[int] = []
    # No draft: on a full disk there may be no room even for an empty folder.
    with versions.locked(wait):
        current = versions.read(versions.current_path())
        needed = {current.number, built_below(versions, current)}
        for version in versions.all()[:-keep]:
            if version.number not in needed and datetime.datetime.fromisoformat(version.time) <= oldest:
                (deleted if versions.remove(version.number) else in_use).append(version.number)
    return deleted, in_use


def backup(root: Path, target: Path, number: int | None = None) -> Version:
    """Write one version (the current one by default) into a file that any release can read; readers go on meanwhile.

    The file is a gzipped tar of JSON and N-Quads, with curators' decisions, which are of no version, as JSON lines. It
    appears when it is complete.

    :raises StoreError: it cannot be written.
    """
    versions = VersionStore(root)
    folder = versions.current_path() if number is None else versions.path(number)
    draft = target.with_name(target.name + ".tmp")
    try:
        with versions.hold(folder), tarfile.open(draft, "w:gz") as archive:
            for name in _MEMBERS[:3]:
                archive.add(folder / name, name)
            _add_quads(archive, "completed.nq", folder / "completed", draft)
            _add_quads(archive, "quads.nq", folder / "rocksdb", draft)
            for name in journals.names(root / journals.DECISIONS):
                archive.add(journals.path_of(root / journals.DECISIONS, name), _journal(name))
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as exc:
        raise StoreError(f"{target} cannot be written: {exc}") from exc
    finally:
        draft.unlink(missing_ok=True)
    return versions.read(folder)


def restore(
    archive: Path,
    root: Path,
    *,
    author: str = "",
    progress: Callable[[str], None] = lambda step: None,
) -> Version:
    """Make a backup the current version of a store, after proving that it is what was backed up.

    Every graph is hashed again, and the hash of all must be the one that the backup names. Of decisions, those
    that the store lacks are added.

    :raises InputError: the file is no backup, or not what it says it is; nothing was published.
    """
    versions = VersionStore(root)
    try:
        file = archive.open("rb")
    except OSError as exc:
        raise InputError(f"{archive} cannot be read: {exc}") from exc
    with file, versions.writing() as draft:
        try:
            old, decided = _unpack(file, draft, progress)
        except (tarfile.TarError, BadGzipFile, zlib.error, EOFError, KeyError, ValueError, TypeError) as exc:
            raise InputError(f"{archive} is no backup that can be read: {exc}") from exc
        progress("proving the hash")
        store = QuadStore.read_only(draft / "rocksdb")
        kept = read_digests(draft)
        plain = "" in kept
        found = digest(store, [*([None] if plain else []), *store.graphs()])
        if combined(found) != old.hash or found != kept:
            raise InputError(
                f"{archive} does not hold what it says: its hash is {combined(found)[:12]}, not {old.hash[:12]}"
            )
        if not plain:
            write_names(draft / "search.db", names_of(store))
        parent = versions.current()
        number = versions.next_number()
        version = replace(
            old,
            number=number if parent else old.number,
            time=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            author=author,
            message=f"restored from a backup of version {old.number}",
            parent=parent.number if parent else None,
        )
        del store
        if version.online:
            note_built(draft, None)
        for name, content in decided.items():
            journals.merge(root / journals.DECISIONS, name, content)
        versions.publish(draft, version)
    return version


def _unpack(archive: IO[bytes], draft: Path, progress: Callable[[str], None]) -> tuple[Version, dict[str, bytes]]:
    with tarfile.open(fileobj=archive, mode="r:gz") as source:
        version = Version(**_document(source, "version.json"))
        for name in ("graphs.json", "findings.json"):
            text = json.dumps(_document(source, name), ensure_ascii=False, indent=1) + "\n"
            (draft / name).write_text(text, encoding="utf-8")
        plain = "" in read_digests(draft)
        for name, folder in (("completed.nq", "completed"), ("quads.nq", "rocksdb")):
            progress(f"reading {name}")
            store = QuadStore.create(draft / folder)
            store.load_quads(_member(source, name))
            if folder == "rocksdb" and not plain:
                rebuild_union(store)
            store.compact()
            store.close()
        # A backup of an earlier release has none.
        decided = {
            name: _member(source, member).read(_SMALL)
            for member in source.getnames()
            if (name := member.removeprefix(f"{journals.DECISIONS}/").removesuffix(".jsonl"))
            and _journal(name) == member
        }
    return version, decided


def _journal(name: str) -> str:
    """The member of a backup that holds a journal of decisions."""
    return f"{journals.DECISIONS}/{name}.jsonl"


def _document(source: tarfile.TarFile, name: str) -> Any:
    return json.loads(_member(source, name).read(_SMALL))


def _member(source: tarfile.TarFile, name: str) -> IO[bytes]:
    """A member's content; nothing is ever unpacked to where the archive says."""
    file = source.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is no file")
    return file


def _add_quads(archive: tarfile.TarFile, name: str, store: Path, beside: Path) -> None:
    if not store.is_dir():
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
        return
    draft = beside.with_name(beside.name + ".nq")
    try:
        QuadStore.read_only(store).dump_quads(draft)
        archive.add(draft, name)
    finally:
        draft.unlink(missing_ok=True)


def _linked(source: str, target: str) -> None:
    """Share a file that never changes; copy it where links are not possible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
