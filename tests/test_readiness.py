"""A service is ready when it answers queries; a damaged version stops nobody who does not need it."""

import json
import logging
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import copied, running
from tests.test_engine_errors import flip
from tests.test_writes import REMARK, Desk
from thidua.base.errors import NotFoundError
from thidua.versions.store import VersionStore

DAMAGES: dict[str, Callable[[Path], object]] = {
    "a wrong byte in each table": lambda folder: [flip(table) for table in folder.glob("*.sst")],
    "a table is gone": lambda folder: [table.unlink() for table in list(folder.glob("*.sst"))[:1]],
    "no pointer": lambda folder: (folder / "CURRENT").unlink(),
    "all is gone": shutil.rmtree,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_service_whose_store_is_damaged_is_not_ready(store: Path, tmp_path: Path, damage: str) -> None:
    own = copied(store, tmp_path / "store")
    DAMAGES[damage]((own / "current").resolve() / "rocksdb")
    service = running(own)
    try:
        until(lambda: status(service.url + "/health/live") == (200, ""))
        for path in ("/health/ready", "/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D"):
            assert status(service.url + path) == (503, "store-unavailable")
    finally:
        service.__exit__()


def test_a_half_copied_version_stops_nothing(store: Path, tmp_path: Path) -> None:
    own = copied(store, tmp_path / "store")
    shutil.copytree((own / "versions/000001/completed"), own / "versions/000002/completed")
    (own / "versions/000005").mkdir()
    (own / "versions/000005/version.json").write_text('{"number": 5')
    with running(own, "--open-writes") as service:
        desk = Desk(service, own, {})
        for path in ("/versions", "/dataset", "/nowhere", "/versions/2", "/health/ready", "/?version=2"):
            assert desk.call("GET", path, role=None).status in (200, 404), path
        assert [each["number"] for each in desk.call("GET", "/versions", role=None).json["versions"]] == [1]
        written = desk.update(REMARK % "Ghi chú", None, Accept="application/json")
        assert (written.status, written.json["version"]) == (200, 6)
        assert desk.call("GET", "/versions/6/diff", role=None).status == 200
        assert desk.call("GET", "/versions/2", role=None).status == 404


def test_a_damaged_version_is_told_once(store: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own = copied(store, tmp_path / "store")
    (own / "versions/000007").mkdir()
    versions = VersionStore(own)
    with caplog.at_level(logging.WARNING, "thidua.versions.store"):
        for _ in range(3):
            assert [version.number for version in versions.all()] == [1]
    assert [record.levelname for record in caplog.records] == ["WARNING"] and "000007" in caplog.text
    assert versions.next_number() == 8
    with pytest.raises(NotFoundError, match="these are kept: 1"):
        versions.path(7)


def test_the_next_number_needs_no_descriptions(tmp_path: Path) -> None:
    for number in (1, 2, 3000):
        (tmp_path / f"versions/{number:06d}").mkdir(parents=True)
    (tmp_path / "versions/NEXT.tmp").mkdir()
    (tmp_path / "versions/٣").mkdir()
    assert VersionStore(tmp_path).next_number() == 3001


def status(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=30) as reply:
            return reply.status, ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())["code"]
    except OSError:
        return 0, ""


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
