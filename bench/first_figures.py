"""The README's figures: build from clean, `who-led` over HTTP, memory at rest. Run: python -m bench.first_figures

Times are of this machine at this moment; quote the ratio of the two HTTP figures, which are taken in turn.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROUNDS = 200
PORT = 8765


def resident_mib(pid: int) -> float:
    """Resident memory of a process and its children, from /proc."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(resident_mib(int(child)) for child in children)


def milliseconds(url: str) -> float:
    started = time.perf_counter()
    with urllib.request.urlopen(url) as response:
        response.read()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "store")
        seconds = []
        for number in range(3):
            started = time.perf_counter()
            command = [sys.executable, "-m", "thidua", "build", "--store", f"{store}{number}"]
            told = subprocess.run(command, capture_output=True, text=True, check=True)
            seconds.append(time.perf_counter() - started)
        print(told.stdout.strip())
        print(f"build from clean: {statistics.median(seconds):.1f} s (median of 3)")
        service = subprocess.Popen(
            [sys.executable, "-m", "thidua", "serve", "--store", f"{store}0", "--port", str(PORT)],
            stderr=subprocess.DEVNULL,
        )
        try:
            base = f"http://127.0.0.1:{PORT}"
            for _ in range(100):
                try:
                    milliseconds(base + "/health/ready")
                    break
                except OSError:
                    time.sleep(0.1)
            print(
                f"memory at rest: {resident_mib(service.pid):.0f} MiB (master and 2 workers, shared pages counted each)"
            )
            pairs = [
                (
                    milliseconds(base + "/questions/who-led?cluster=dong-bang-song-hong&year=2023"),
                    milliseconds(base + "/health/live"),
                )
                for _ in range(ROUNDS)
            ]
            question, idle = (statistics.median(column) for column in zip(*pairs, strict=True))
            p95 = sorted(pair[0] for pair in pairs)[int(ROUNDS * 0.95)]
            print(
                f"who-led over HTTP: median {question:.1f} ms, p95 {p95:.1f} ms; /health/live beside it {idle:.1f} ms"
            )
        finally:
            service.terminate()
            service.wait()


if __name__ == "__main__":
    main()
