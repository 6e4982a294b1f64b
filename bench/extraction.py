"""Extraction: milliseconds an article, and seconds for 200 kB of one thing again and again.

Run it alone: ``python -m bench.extraction``. Processor time, the best of three.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from thidua.base.files import ProjectFiles
from thidua.extract.article import from_text
from thidua.extract.extractor import LONGEST, extract
from thidua.extract.lexicon import Lexicon

LEAD = (
    "Sáng 13/3/2024, tại TP Thái Bình, Cụm thi đua các tỉnh Đồng bằng sông Hồng tổng kết năm 2023, ký giao ước thi đua "
    "năm 2024; UBND tỉnh Nam Định, UBND tỉnh Hà Nam dự. "
)
PIECES = (
    "Thái Bình, ", "Cụm trưởng ", "Thái Bình Cụm trưởng ", "năm 2024 ", "12 tập thể ",
    "Bằng khen ", "Nguyễn Văn A, Chủ tịch ", "“abc def ghi” ", "(", "a", "1", "12,5% ", "được ",
    "trao cờ luân lưu cho ", "13/3 ", ". ", "\n", "Chỉ thị số 34-CT/TW ", "Sở Nội vụ ",
    "Cụm thi đua Đồng bằng sông Hồng ", "nhận cờ từ Thái Bình ", "bầu ", "5 tỉnh ",
)  # fmt: skip


def _seconds(what: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        what()
        best = min(best, time.process_time() - begun)
    return best


def main() -> None:
    """Print the figures."""
    files = ProjectFiles.find()
    print(f"lexicon: {_seconds(lambda: Lexicon.read(files)):.2f} s")
    lexicon = Lexicon.read(files)
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path("tests/corpus/learning").glob("*.txt"))]
    times = [_seconds(lambda text=text: extract(from_text(text), lexicon)) for text in texts]  # type: ignore[misc]
    print(
        f"articles: {len(times)}, median {statistics.median(times) * 1000:.0f} ms, longest {max(times) * 1000:.0f} ms"
    )
    hostile = {}
    for piece in PIECES:
        text = LEAD + piece * ((LONGEST - len(LEAD)) // len(piece))
        hostile[piece] = _seconds(lambda text=text: extract(from_text(text), lexicon))  # type: ignore[misc]
    worst = max(hostile, key=lambda piece: hostile[piece])
    print(f"hostile: {len(hostile)} texts of {LONGEST // 1000} kB, worst {hostile[worst]:.2f} s, of {worst!r}")


if __name__ == "__main__":
    main()
