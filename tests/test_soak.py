"""The soak of bench/soak.py in short: the same service, traffic and trouble, for long enough to go wrong."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.stores import copied
from thidua.base.files import ProjectFiles
from thidua.base.limits import Limits
from thidua.base.terms import GRAPH
from thidua.workers.write_process import WritingProcess
from thidua.write.request import CommitInfo, Write

REMARK = f"""INSERT DATA {{ GRAPH <{GRAPH}remarks> {{
    <https://w3id.org/thidua/id/province/ha-nam> <http://www.w3.org/2000/01/rdf-schema#comment> "lần %d"@vi }} }}"""


@pytest.mark.nightly
def test_nothing_is_lost_and_nothing_grows() -> None:
    command = [sys.executable, "-m", "bench.soak", "--minutes", "0.6", "--kill-every", "1.5"]
    soak = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert soak.returncode == 0, soak.stdout + soak.stderr
    # It did what it says it does.
    for what in ("reads", "writes", "thidua.workers.query_worker killed", "clients left", "queries cancelled"):
        assert f"│ {what} " in soak.stdout, soak.stdout
    assert " 0 failures" in soak.stdout


def test_a_writer_that_died_idle_is_replaced(store: Path, files: ProjectFiles, tmp_path: Path) -> None:
    writer = WritingProcess(copied(store, tmp_path / "store"), files, Limits())
    threads = threading.active_count()
    try:
        numbers = []
        for number in range(3):
            numbers.append(writer.write(Write("update", text=REMARK % number), CommitInfo("tests")).version.number)
            assert writer._worker is not None
            if number == 1:
                os.kill(writer._worker.process.pid, signal.SIGKILL)
                os.waitid(os.P_PID, writer._worker.process.pid, os.WEXITED | os.WNOWAIT)
        assert numbers == [2, 3, 4]
        # One thread waits for each process to be idle, not one for each write.
        assert threading.active_count() <= threads + 2
    finally:
        writer.close()
