"""Where the checkout is, and what lies beside it."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SEEDS: Final = ROOT.parent / "shared" / "seeds"
SEED_IDS: Final = ("2eef90b56f56e476", "6a2b356a64c4720c", "ed5451d7c68959e8", "18d8c37f4f6536d1", "e8a824a77b870440")
