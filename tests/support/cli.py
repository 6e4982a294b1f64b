"""The command line as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT


def thidua(
    *arguments: str, store: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": "200", **({"THIDUA_STORE": str(store)} if store else {}), **(env or {})}
    return subprocess.run(
        [sys.executable, "-m", "thidua", *arguments], capture_output=True, text=True, env=env, cwd=ROOT
    )
