"""Pages whose examples are run: each command must print what the page says it prints.

A ``console`` block is a terminal: ``$ command`` (going on with ``> ``), then its output. A block in a language that can
be run is a program; a ``text`` block right after it is what it prints. In what is expected, ``…`` stands for anything
within a line, and on a line of its own for any lines. A page is run from top to bottom, so one example may follow from
another.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
#: Language to how a file with a program in it is run.
_PROGRAMS: Final = {
    "python": [sys.executable],
    "r": ["Rscript", "--vanilla"],
    "js": ["node", "--input-type=module", "-"],
}
_MARK: Final = "\x1e"


@dataclass(frozen=True)
class Example:
    """Something to run, and what it prints."""

    language: str
    text: str
    expected: str


def examples(page: Path) -> list[Example]:
    """Everything on a page that can be run, in its order."""
    found: list[Example] = []
    end = -1
    page_text = page.read_text(encoding="utf-8")
    for block in _BLOCK.finditer(page_text):
        language, text = block[1], block[2]
        if language == "console":
            found += _commands(text)
        elif language in _PROGRAMS:
            found.append(Example(language, text, ""))
        elif language == "text" and found and not page_text[end : block.start()].strip():
            found[-1] = Example(found[-1].language, found[-1].text, text)
        end = block.end()
    return found


def _commands(text: str) -> list[Example]:
    commands: list[list[str]] = []
    outputs: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append([line[2:]])
            outputs.append([])
        elif f"{line} ".startswith("> ") and not outputs[-1]:
            commands[-1].append(line[2:])
        else:
            outputs[-1].append(line)
    return [
        Example("console", "\n".join(command), "".join(f"{line}\n" for line in output))
        for command, output in zip(commands, outputs, strict=True)
    ]


def run(page: list[Example], folder: Path, env: dict[str, str], replaced: dict[str, str]) -> list[str]:
    """Run examples in a folder; returns what each printed, on either stream.

    :param replaced: what to say instead, such as an address; what is printed is turned back.
    """
    tools = folder / "tools"
    tools.mkdir()
    for name, command in (("thidua", f"{sys.executable} -m thidua"), ("python", sys.executable)):
        (tools / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        (tools / name).chmod(0o755)
    script = []
    for number, example in enumerate(page):
        text = example.text
        for ours, theirs in replaced.items():
            text = text.replace(ours, theirs)
        if example.language != "console":
            (tools / f"program-{number}").write_text(text, encoding="utf-8")
            text = f"{' '.join(_PROGRAMS[example.language])} < {tools}/program-{number}"
            if example.language != "js":
                text = text.replace(" <", "")
        script.append(f"{text}\nprintf '{_MARK}'\n")
    (tools / "script").write_text("".join(script), encoding="utf-8")
    done = subprocess.run(
        ["bash", str(tools / "script")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder, timeout=500, check=False,
        env={**os.environ, "COLUMNS": "100", **env, "PATH": f"{tools}:{os.environ['PATH']}"},
    )  # fmt: skip
    printed = done.stdout.decode()
    for ours, theirs in replaced.items():
        printed = printed.replace(theirs, ours)
    return printed.replace("\r", "").split(_MARK)[:-1]


def can_run(example: Example) -> bool:
    """Whether what runs it is installed."""
    if example.language == "console":
        return shutil.which("bash") is not None and shutil.which("curl") is not None
    if example.language == "r":
        command = ["Rscript", "-e", "library(httr2); library(jsonlite)"]
        return (
            bool(shutil.which("Rscript")) and subprocess.run(command, capture_output=True, check=False).returncode == 0
        )
    return shutil.which(_PROGRAMS[example.language][0]) is not None


def agrees(printed: str, expected: str) -> bool:
    """Whether a command printed what was expected; trailing blanks do not matter."""
    lines = [re.escape(line.rstrip()).replace("…", ".*") + "\n" for line in expected.rstrip().splitlines()]
    pattern = "".join(r"(?:.*\n)*?" if line == ".*\n" else line for line in lines)
    actual = "".join(f"{line.rstrip()}\n" for line in printed.rstrip().splitlines())
    return re.fullmatch(pattern, actual) is not None
