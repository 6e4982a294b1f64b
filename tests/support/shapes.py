"""The examples that each shape lets through or refuses."""

from tests.support.paths import ROOT

FOLDER = ROOT / "tests/shapes"
CASES = sorted(FOLDER.glob("*/*.ttl"))
BASE = (FOLDER / "base.ttl").read_text(encoding="utf-8")
