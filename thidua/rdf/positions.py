"""Source positions in Turtle files: the line where something is said.

The parser tells what a file says, not on which line. :func:`positions` reads the tokens once more and remembers
the lines, so that a refusal can point at the place to mend. It trusts that the file has already parsed.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from thidua.base.terms import PREFIXES

_TOKEN = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<string>\"\"\"(?:[^"\\]|\\.|\"(?!\"\"))*(?:\"\"\")?|'''(?:[^'\\]|\\.|'(?!''))*(?:''')?
                |"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)
    | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    | (?P<keyword>@?(?:prefix|PREFIX|base|BASE)\b)
    | (?P<name>(?<![\w\-])[A-Za-z][\w\-]*:[\w\-%]*(?:[.][\w\-%]+)*|:[\w\-%]+)
    | (?P<a>(?<![?$])\ba\b)
    | (?P<punctuation>[.;,\[\]()])
    | (?P<newline>\n)
    """,
    re.VERBOSE | re.DOTALL,
)

_IRI = r"""<([^<>"{}|^`\\\x00-\x20]*)>"""
#: A whole triple on a line, as N-Triples has it.
_TRIPLE = re.compile(rf'{_IRI} {_IRI} (?:{_IRI}|"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^{_IRI})?) ?\.\n?')
#: Bytes of a file that is not held in memory if it need not be.
_LARGE: Final = 8_000_000


@dataclass
class Positions:
    """The lines (from 1) of subjects, of their predicates, and of every IRI mentioned in one file."""

    subjects: dict[str, int] = field(default_factory=dict)
    statements: dict[tuple[str, str], int] = field(default_factory=dict)
    mentions: dict[str, int] = field(default_factory=dict)
    whole: bool = True
    """Whether all of the file is indexed, or only what was sought."""

    def line(self, subject: str, predicate: str | None = None) -> int | None:
        """The line that says something about a subject: its predicate's, else its own, else None."""
        if predicate is not None and (subject, predicate) in self.statements:
            return self.statements[subject, predicate]
        return self.subjects.get(subject)


def positions_in(path: Path, sought: AbstractSet[str]) -> Positions:
    """Index a Turtle file: of a large one that has a triple on each line, what concerns the IRIs sought, else all."""
    if path.stat().st_size > _LARGE and (found := _by_lines(path, sought)):
        return found
    return positions(path.read_text(encoding="utf-8-sig"))


def _by_lines(path: Path, sought: AbstractSet[str]) -> Positions | None:
    """Index what was sought line by line, in constant memory; None when a line is no triple."""
    found = Positions(whole=False)
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            triple = _TRIPLE.fullmatch(line)
            if triple is None:
                return None
            if sought.isdisjoint(terms := triple.groups()):
                continue
            subject, predicate = triple[1], triple[2]
            for iri in terms:
                if iri in sought:
                    found.mentions.setdefault(iri, number)
            if subject in sought:
                found.subjects.setdefault(subject, number)
                found.statements.setdefault((subject, predicate), number)
    return found


def positions(text: str) -> Positions:
    """Index one Turtle text. Later statements of the same thing do not hide the first."""
    found = Positions()
    prefixes = dict(PREFIXES)
    line = 1
    subject = predicate = None
    declared: str | None = None
    directive = expect_predicate = False
    depth = 0  # inside [ ] and ( ), whose statements belong to no named subject
    for token in _TOKEN.finditer(text):
        kind, value = token.lastgroup, token[0]
        if kind == "keyword":
            directive = True
        elif directive:
            if kind == "name":
                declared = value.rstrip(":")
            elif kind == "iri":
                prefixes[declared or ""] = value[1:-1]
                directive, declared = False, None
        elif kind in ("iri", "name", "a"):
            iri = _expand(value, prefixes)
            found.mentions.setdefault(iri, line)
            if subject is None:
                subject, expect_predicate = iri, True
                found.subjects.setdefault(iri, line)
            elif expect_predicate and depth == 0:
                predicate, expect_predicate = iri, False
                found.statements.setdefault((subject, predicate), line)
        elif value in "[(":
            depth += 1
            subject = subject or ""
        elif value in "])":
            depth -= 1
        elif value == "." and depth == 0:
            subject, expect_predicate = None, False
        elif value == ";" and depth == 0:
            expect_predicate = True
        line += value.count("\n")
    return found


def undeclared_prefixes(text: str) -> Iterator[tuple[int, str]]:
    """Every prefix that a Turtle text uses and does not declare: its first line, and what to do.

    The parser stops at the first of them, and the text need not be right otherwise.
    """
    declared: set[str] = set()
    line, directive = 1, False
    for token in _TOKEN.finditer(text):
        kind, value = token.lastgroup, token[0]
        if kind == "keyword":
            directive = True
        elif kind == "name" and text[token.start() - 1 : token.start()] != "_":  # which is a blank node
            prefix = value.partition(":")[0]
            if not directive and prefix not in declared:
                known = (
                    f"add @prefix {prefix}: <{PREFIXES[prefix]}> ." if prefix in PREFIXES else "declare it, or mend it"
                )
                yield line, f"the prefix {prefix}: is not declared; {known}"
            declared.add(prefix)
        elif kind == "iri":
            directive = False
        line += value.count("\n")


def _expand(token: str, prefixes: dict[str, str]) -> str:
    if token.startswith("<"):
        return token[1:-1]
    if token == "a":
        return PREFIXES["rdf"] + "type"
    prefix, _, local = token.partition(":")
    return prefixes.get(prefix, prefix + ":") + local
