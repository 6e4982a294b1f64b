"""A linear look at a SPARQL text before any parser sees it.

The engine's parser recurses: a few kilobytes of nested braces end the process, and its planner is about cubic in
the number of steps. So what is absurd is refused here, in one pass over the text, with nothing executed.
"""

import re
from typing import Final, NamedTuple

from thidua.errors import QueryRefusedError
from thidua.limits import Limits

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
#: The tokens of SPARQL, as far as a look from outside needs them; those without a name say nothing to it.
#: No alternative may read far and then fail, or there are texts that take a minute: so a string is not asked for its
#: end in the same line (the engine refuses one without), a prefix has 64 characters, and no loop can part a text twice.
TOKEN: Final = re.compile(
    r"""
      (?P<blank>\s+ | \#[^\n\r]*)
    | \"\"\"[^"\\]*(?:(?:\\.|\"(?!\"\"))[^"\\]*)*\"\"\" | '''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''
    | "[^"\\\n\r]*(?:\\.[^"\\\n\r]*)*"? | '[^'\\\n\r]*(?:\\.[^'\\\n\r]*)*'?
    | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    | [?$]\w+
    | @[A-Za-z]+(?:-[A-Za-z0-9]+)*
    | [0-9]*\.[0-9]+(?:[eE][-+]?[0-9]+)? | [0-9]+\.?[eE][-+]?[0-9]+
    | (?P<name>(?:[^\W\d_][\w.\-]{0,63})?:(?:[\w.\-%:]|\\.)*|_:\w+)
    | (?P<word>\w+)
    | (?P<open>[{(\[])
    | (?P<close>[})\]])
    | (?P<operator>\|\||&&|[-+*/|!^=<>])
    | (?P<separator>[.;,])
    | (?P<other>\\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)

#: IRIs that are nothing else even where `<` may mean "less than": an absolute one, for no operator stands before `//`,
#: and one without a bracket, a quote or a `#` in it, behind which the rest of the text could mean something else.
_PLAIN_IRI: Final = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.\-]*://.*|[\w.:~%@/\-]*)>", re.DOTALL)
_UPDATES: Final = {"LOAD", "INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"}
_COSTLY: Final = {"OPTIONAL", "MINUS", "EXISTS"}
#: Functions whose answer differs each time.
_VOLATILE: Final = {"NOW", "RAND", "UUID", "STRUUID"}


class Token(NamedTuple):
    """A piece of a text, a word in capitals, with its place."""

    text: str
    start: int
    end: int


def outside_brackets(text: str) -> list[Token]:
    """The words, the separators and the outermost braces of a text, in order; nothing that stands within brackets."""
    tokens, depth = [], 0
    for found in TOKEN.finditer(text):
        kind = found.lastgroup
        if kind == "close":
            depth = max(depth - 1, 0)
        if depth == 0 and (kind in ("word", "separator") or found[0] in ("{", "}")):
            tokens.append(Token(found[0].upper(), found.start(), found.end()))
        if kind == "open":
            depth += 1
    return tokens


def scan(text: str, limits: Limits | None = None) -> bool:
    """Refuse the queries that this service never runs; linear in the length of the text.

    :return: whether the same text gives the same answer on the same version.
    :raises QueryRefusedError: naming the limit or the word.
    """
    limits = limits or Limits()
    if len(text.encode("utf-8", "surrogatepass")) > limits.query_length * 1024:
        raise QueryRefusedError(f"The query is longer than {limits.query_length} KiB; ask for less at once.")
    words = _scan(text, limits)
    for word in words & _UPDATES:
        raise QueryRefusedError(
            f"{word} is an update, and only queries are answered here. Updates go to /update, or to `thidua update`."
        )
    return not words & _VOLATILE


def scan_update(text: str, limits: Limits | None = None, *, load: bool = False) -> None:
    """Refuse the updates that this service never runs.

    :param load: whether ``LOAD`` may reach the engine, which has no network and says so.
    :raises QueryRefusedError: naming the limit or the word.
    """
    limits = limits or Limits()
    if len(text.encode("utf-8", "surrogatepass")) > limits.upload * 1_000_000:
        raise QueryRefusedError(f"The update is longer than {limits.upload} MB; split it.")
    if "LOAD" in _scan(text, limits) and not load:
        raise QueryRefusedError("LOAD is not allowed: this service fetches nothing. Send the data itself, to /data.")


def _scan(text: str, limits: Limits) -> set[str]:
    """The keywords met; of a text with escapes, in both of its readings.

    SPARQL replaces \\u escapes before it reads words, so a keyword may hide in them; the engine replaces them within
    strings and IRIs only, so a quotation mark written that way ends no string.
    """
    words = _pass(text, limits)
    replaced = _ESCAPE.sub(lambda found: chr(min(int(found[1] or found[2], 16), 0x10FFFF)), text)
    return words if replaced == text else words | _pass(replaced, limits)


def _pass(text: str, limits: Limits) -> set[str]:
    """One pass over the tokens; returns the keywords met."""
    words: set[str] = set()
    depth = costly = 0
    # A group's operators in a row, and those of them that a property path has.
    runs, steps = [0], [0]
    # The brackets that are open, and whether the last token is a value, behind which `<` compares it with another.
    brackets, value = [""], False
    for token in TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "blank":
            continue
        before, value = value, kind not in ("open", "operator", "separator", "other")
        if kind is None:
            continue
        if kind == "iri":
            if before and brackets[-1] == "(":
                runs[-1] += _ambiguous(token[kind])
        elif kind == "name" or kind == "word":
            word = _keyword(token[kind].upper())
            words.add(word)
            runs[-1] += word == "UNION"
            costly += word in _COSTLY
        elif kind == "separator":
            runs[-1] = steps[-1] = 0
            continue
        elif kind == "open":
            depth += 1
            if depth > limits.depth:
                raise QueryRefusedError(f"Brackets are nested deeper than {limits.depth}; flatten the query.")
            runs.append(0)
            steps.append(0)
            brackets.append(token[kind])
            continue
        elif kind == "close":
            depth = max(depth - 1, 0)
            if len(runs) > 1:
                # An operator chain of brackets, (a)+(b)+…, still counts where it stands.
                runs.pop()
                steps.pop()
                brackets.pop()
        elif kind == "operator":
            runs[-1] += 1
            steps[-1] += token[kind] in "/|^"
        if runs[-1] > limits.operators:
            raise QueryRefusedError(f"More than {limits.operators} operators stand in one group; split the query.")
        if steps[-1] > limits.path_steps:
            raise QueryRefusedError(f"A path has more than {limits.path_steps} steps; split it.")
        if costly > limits.optionals:
            raise QueryRefusedError(f"More than {limits.optionals} OPTIONAL, MINUS or EXISTS; split the query.")
    return words


def _ambiguous(iri: str) -> int:
    """Operators in what is an IRI, or is "less than" and more: it stands where an operator may stand."""
    if not _PLAIN_IRI.fullmatch(iri):
        raise QueryRefusedError(f"{iri[:40]} may mean two things here: put a space after <, or write the IRI in full.")
    return 0 if "://" in iri else sum(iri.count(sign) for sign in "-/")


def _keyword(word: str) -> str:
    """The keyword that a word is, or an empty text; refuses the one that reaches outside."""
    name, colon, _ = word.partition(":")
    # The parser splits `SERVICE:x` into the keyword and a name, so the prefix is refused along with the word.
    if "SERVICE" in name:
        raise QueryRefusedError("SERVICE is not allowed: this endpoint asks no other. Query the other one yourself.")
    return "" if colon else name
