"""A linear look at a SPARQL text before any parser sees it.

The engine's parser recurses: a few kilobytes of nested braces end the process, and its planner is about cubic in
the number of steps. So what is absurd is refused here, in one pass over the text, with nothing executed.
"""

import re
from dataclasses import dataclass
from typing import Final

from thidua.errors import QueryRefusedError

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_TOKEN = re.compile(
    r"""
      (?P<skip>\#[^\n\r]*|\s+)
    | (?P<string>\"\"\"(?:[^"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
                |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
    | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    | (?P<variable>[?$]\w+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<name>[\w.\-%]*:[\w.\-%:]*|_:\w+)
    | (?P<word>\w+)
    | (?P<open>[{(\[])
    | (?P<close>[})\]])
    | (?P<operator>\|\||&&|[-+*/|!^=<>])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class ScanLimits:
    """What a query text may be at most."""

    length: int = 64 * 1024
    """Bytes of UTF-8."""
    depth: int = 64
    """Brackets open at once."""
    operators: int = 256
    """Operators in one group, `UNION` and path steps included."""
    optionals: int = 64
    """`OPTIONAL`, `MINUS` and `EXISTS` in the whole text."""


DEFAULT_LIMITS: Final = ScanLimits()


def scan(text: str, limits: ScanLimits = DEFAULT_LIMITS) -> None:
    """Refuse what this service never runs; linear in the length of the text.

    :raises QueryRefusedError: naming the limit or the word.
    """
    if len(text.encode("utf-8", "surrogatepass")) > limits.length:
        raise QueryRefusedError(f"The query is longer than {limits.length:,} bytes; ask for less at once.")
    # SPARQL replaces \u escapes before it reads words, so a keyword may hide in them.
    text = _ESCAPE.sub(lambda found: chr(min(int(found[1] or found[2], 16), 0x10FFFF)), text)
    depth = optionals = 0
    operators = [0]
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "open":
                depth += 1
                if depth > limits.depth:
                    raise QueryRefusedError(f"Brackets are nested deeper than {limits.depth}; flatten the query.")
                operators.append(0)
            case "close":
                depth = max(depth - 1, 0)
                if len(operators) > 1:
                    # An operator chain of brackets, (a)+(b)+…, still counts where it stands.
                    operators.pop()
            case "operator":
                operators[-1] += 1
            case "word" | "name":
                optionals += _word(token[0].upper(), operators)
        if operators[-1] > limits.operators:
            raise QueryRefusedError(f"More than {limits.operators} operators stand in one group; split the query.")
        if optionals > limits.optionals:
            raise QueryRefusedError(f"More than {limits.optionals} OPTIONAL, MINUS or EXISTS; split the query.")


def _word(word: str, operators: list[int]) -> int:
    """Refuse the words that reach outside; count the ones that cost. Returns 1 for a costly one."""
    name, colon, _ = word.partition(":")
    # The parser splits `SERVICE:x` into the keyword and a name, so the prefix is refused along with the word.
    if "SERVICE" in name:
        raise QueryRefusedError("SERVICE is not allowed: this endpoint asks no other. Query the other one yourself.")
    if not colon and word in {"LOAD", "INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"}:
        raise QueryRefusedError(f"{word} is an update; this endpoint only answers queries.")
    if not colon and word == "UNION":
        operators[-1] += 1
    return int(not colon and word in {"OPTIONAL", "MINUS", "EXISTS"})
