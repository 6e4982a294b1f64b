"""Where the checkout is, and what lies beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SEEDS: Final = ROOT.parent / "shared" / "seeds"
#: The tables that the registries and the sources known by address were read from.
REFERENCE: Final = ROOT.parent / "shared" / "reference"
SEED_IDS: Final = ("2eef90b56f56e476", "6a2b356a64c4720c", "ed5451d7c68959e8", "18d8c37f4f6536d1", "e8a824a77b870440")
#: The code by its import name: the folder ``server/`` holds a package of another name.
PACKAGES: Final = {"thidua": ROOT / "thidua", "thidua_server": ROOT / "server" / "thidua_server"}


def modules() -> Iterator[tuple[str, Path]]:
    """The modules of the program by dotted name, with their files."""
    for folder in PACKAGES.values():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder.parent).with_suffix("").parts
            yield ".".join(parts).removesuffix(".__init__"), path
