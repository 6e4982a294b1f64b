"""Lexer and normaliser of SPARQL texts: an engine is given what is written out here, never what a stranger wrote.

Two readers of one text may disagree on it, and whoever looks for a keyword before the engine reads must lose that race
one day. So a text is cut into the tokens of the SPARQL 1.2 grammar once, and written out again from them in the one
form that every reader cuts the same way: keywords that exist, apart from each other; IRIs absolute and in full, with no
prefix declared, so that ``<`` before one can be nothing else; strings in one kind of quotes; no comments, no escapes
but those that a string needs. A keyword that is not among the tokens is then not in the text.

The engine's parser recurses, and its planner is about cubic in the number of steps: what is absurd is refused here too.
One pass, linear in the length of the text; nothing is executed.

:source: https://www.w3.org/TR/sparql12-query/#sparqlGrammar
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from thidua.base.errors import QueryRefusedError, QuerySyntaxError, UnsupportedFunctionError
from thidua.base.limits import Limits
from thidua.base.terms import PREFIXES
from thidua.rdf.iri import resolve
from thidua.rdf.mistakes import (
    Piece,
    diagnosed,
    line_and_column,
    place_of,
    strange,
    syntax_error,
    undeclared,
    unknown_word,
)

# The characters of names, as the grammar has them: at the start of one, with `_` too, and within one.
_BASE: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_START: Final = f"{_BASE}_"
_INNER: Final = f"{_START}\\-0-9\u00b7\u0300-\u036f\u203f-\u2040"
_CODE: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_LOCAL: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_ESCAPED: Final = rf"\\[tbnrf\\\"']|{_CODE}"

#: The tokens of SPARQL 1.2. What begins as one kind is read as that kind to its end, or is an error there: no
#: alternative reads far, fails, and leaves the same text to the next one. That keeps the whole linear.
TOKEN: Final = re.compile(
    rf"""
      (?P<blank>[ \t\r\n]++ | \#[^\r\n]*+)
    | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20] | {_CODE})*+>)
    | (?P<variable>[?$][{_START}0-9][{_START}0-9\u00b7\u0300-\u036f\u203f-\u2040]*+)
    | (?P<node>_:[{_START}0-9](?:[{_INNER}]++ | \.++(?=[{_INNER}]))*+)
    | (?P<name>(?:[{_BASE}](?:[{_INNER}.]{{0,63}}+(?<!\.))?)?:
        (?:(?:[{_START}:0-9] | {_LOCAL})(?:[{_INNER}:]++ | {_LOCAL} | \.++(?=[{_INNER}:%\\]))*+)?)
    | (?P<string>\"\"\"(?:[^"\\] | {_ESCAPED} | "(?!""))*+\"\"\" | '''(?:[^'\\] | {_ESCAPED} | '(?!''))*+'''
        | "(?!"")(?:[^"\\\r\n] | {_ESCAPED})*+" | '(?!'')(?:[^'\\\r\n] | {_ESCAPED})*+')
    | (?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?)
    | (?P<number>[+-]?(?:(?:[0-9]++(?:\.[0-9]*+)? | \.[0-9]++)[eE][+-]?[0-9]++ | [0-9]*+\.[0-9]++ | [0-9]++))
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*+)
    | (?P<open><<\( | \{{\| | << | [{{(\[])
    | (?P<close>\)>> | \|\}} | >> | [}})\]])
    | (?P<operator>\|\| | && | \^\^ | != | <= | >= | [-+*/|!^=<>?~])
    | (?P<separator>[.;,])
    | (?P<strange>["'].*+ | .)
    """,
    re.VERBOSE | re.DOTALL,
)
_FUNCTIONS: Final = frozenset(
    (
        "ABS", "ADJUST", "AVG", "BNODE", "BOUND", "CEIL", "COALESCE", "CONCAT", "CONTAINS", "COUNT", "DATATYPE", "DAY",
        "ENCODE_FOR_URI", "FLOOR", "GROUP_CONCAT", "HASLANG", "HASLANGDIR", "HOURS", "IF", "IRI", "ISBLANK", "ISIRI",
        "ISLITERAL", "ISNUMERIC", "ISTRIPLE", "ISURI", "LANG", "LANGDIR", "LANGMATCHES", "LCASE", "MAX", "MD5", "MIN",
        "MINUTES", "MONTH", "NOW", "OBJECT", "PREDICATE", "RAND", "REGEX", "REPLACE", "ROUND", "SAMETERM", "SAMPLE",
        "SECONDS", "SHA1", "SHA256", "SHA384", "SHA512", "STR", "STRAFTER", "STRBEFORE", "STRDT", "STRENDS", "STRLANG",
        "STRLANGDIR", "STRLEN", "STRSTARTS", "STRUUID", "SUBJECT", "SUBSTR", "SUM", "TIMEZONE", "TRIPLE", "TZ", "UCASE",
        "URI", "UUID", "YEAR",
    )
)  # fmt: skip
_KEYWORDS: Final = _FUNCTIONS | frozenset(
    (
        "ADD", "ALL", "AS", "ASC", "ASK", "BASE", "BIND", "BY", "CLEAR", "CONSTRUCT", "COPY", "CREATE", "DATA",
        "DEFAULT", "DELETE", "DESC", "DESCRIBE", "DISTINCT", "DROP", "EXISTS", "FILTER", "FROM", "GRAPH", "GROUP",
        "HAVING", "IN", "INSERT", "INTO", "LATERAL", "LIMIT", "LOAD", "MINUS", "MOVE", "NAMED", "NOT", "OFFSET",
        "OPTIONAL", "ORDER", "PREFIX", "REDUCED", "SELECT", "SEPARATOR", "SERVICE", "SILENT", "TO", "UNDEF", "UNION",
        "USING", "VALUES", "VERSION", "WHERE", "WITH",
    )
)  # fmt: skip
_UPDATES: Final = frozenset(("LOAD", "INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"))
_COSTLY: Final = frozenset(("OPTIONAL", "MINUS", "EXISTS"))
#: Functions whose answer differs each time; new blank nodes have another order each time.
_VOLATILE: Final = frozenset(("NOW", "RAND", "UUID", "STRUUID", "BNODE"))
#: Words behind which brackets hold no expression, and those that begin and end a part of a query where all do.
_LISTS: Final = frozenset(("VALUES", "a", "true", "false", "UNDEF", "GRAPH"))
_EXPRESSIONS: Final = frozenset(("SELECT", "GROUP", "HAVING", "ORDER"))
_PATTERNS: Final = frozenset(("WHERE", "FROM", "VALUES", "FILTER", "CONSTRUCT", "DESCRIBE", "ASK"))
_VALUES: Final = frozenset(("iri", "variable", "node", "name", "string", "language", "number"))

#: What the IRIs of functions begin with: of casts, and of GeoSPARQL's functions, which the embedded engine has.
_CASTS: Final = (PREFIXES["xsd"], "http://www.opengis.net/def/function/geosparql/")

#: Prefixes and bases may stand for so many characters: some in any text, and more for each that was sent.
_SPARE: Final = 1 << 16
_GROWTH: Final = 32

#: For what is asked of a text that has been let through, or is our own.
_UNBOUNDED: Final = Limits(depth=10**9, operators=10**9, path_steps=10**9, optionals=10**9)

#: Kinds of tokens that cost something, and those that may belong to the token before.
_COUNTED: Final = frozenset(("operator", "number", "separator", "word", "open", "close"))
_JOINED: Final = frozenset(("language", "open", "close"))

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+:")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_NO_IRI: Final = re.compile(r"[<>\"{}|^`\\\x00-\x20]")
_MEANT: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


class Token(NamedTuple):
    """A piece of a text that was written out, and where it begins there."""

    text: str
    start: int


@dataclass(frozen=True)
class Scanned:
    """A text as the engine gets it: one line, with the same meaning as the text that was sent."""

    text: str
    words: frozenset[str]
    """The keywords in it, in capitals; with ``a``, ``true`` and ``false``."""
    outline: Sequence[Token] = field(repr=False)
    """Of an update, what stands outside brackets, with the outermost braces."""
    graphs: frozenset[str | None] = field(repr=False)
    """The graphs that an update's outermost braces name by ``GRAPH <…>``; None stands for anything else in them."""
    loose: frozenset[str] = field(repr=False)
    """The variables that stand outside all brackets alone: they are asked for, and nothing binds them."""
    _sent: tuple[str, str, Mapping[str, str]] = field(repr=False)
    """The text that was sent, its base and the prefixes declared already."""

    @property
    def sent(self) -> str:
        """The text as it was sent."""
        return self._sent[0]

    @property
    def repeatable(self) -> bool:
        """Whether the same text gives the same answer on the same version."""
        return not self.words & _VOLATILE

    def pieces(self) -> list[Piece]:
        """Its tokens, each with its place in the text that was sent."""
        read: list[Piece] = []
        text, base, prefixes = self._sent
        _Reader(text, base, prefixes, _UNBOUNDED).read(read)
        return read

    def place(self, at: int) -> tuple[int, int]:
        """The line and the column of a place in the text that was sent, from 1."""
        return line_and_column(self.sent, at)

    def where(self, error: QuerySyntaxError) -> QuerySyntaxError:
        """An engine's complaint about this text as one about the text that was sent: by its line and column."""
        if error.line is None or error.column is None:
            return error
        text, pieces = self.sent, self.pieces()
        end = len(text.rstrip())
        at = next((piece.at for piece in reversed(pieces) if piece.begins < error.column), 0)
        if error.column > len(self.text):
            at = end
        return syntax_error(text, *diagnosed(pieces, at, end, str(error), lambda place: place_of(text, place)))


def scan(
    text: str, limits: Limits | None = None, *, base: str | None = None, prefixes: Mapping[str, str] | None = None
) -> Scanned:
    """Read a query, and refuse those that this service never runs.

    :param base: what relative IRIs in it are relative to.
    :param prefixes: declared already.
    :raises QuerySyntaxError: it has what is no token of SPARQL, an unknown word or prefix, or a relative IRI.
    :raises QueryRefusedError: naming the limit or the word.
    """
    limits = limits or Limits()
    if len(text) * 4 > limits.query_length * 1024 < len(text.encode("utf-8", "surrogatepass")):
        raise QueryRefusedError(f"The query is longer than {limits.query_length} KiB; ask for less at once.")
    scanned = _Reader(text, base or "", prefixes or {}, limits, outlined=False).read()
    for word in scanned.words & _UPDATES:
        raise QueryRefusedError(
            f"{word} is an update, and only queries are answered here. Updates go to /update, or to `thidua update`."
        )
    return scanned


def scan_update(
    text: str,
    limits: Limits | None = None,
    *,
    base: str | None = None,
    prefixes: Mapping[str, str] | None = None,
    load: bool = False,
) -> Scanned:
    """Read an update, and refuse those that this service never runs; otherwise as :func:`scan`.

    :param load: whether ``LOAD`` may reach the engine, which has no network and says so.
    """
    scanned = _Reader(text, base or "", prefixes or {}, limits or Limits()).read()
    if "LOAD" in scanned.words and not load:
        raise QueryRefusedError("LOAD is not allowed: this service fetches nothing. Send the data itself, to /data.")
    return scanned


def restate(text: str, base: str | None = None, trace: list[Piece] | None = None) -> Scanned:
    """Read a text of our own, or one that was let through, without limits; `trace` takes its tokens."""
    return _Reader(text, base or "", {}, _UNBOUNDED).read(trace)


class _Bracket:
    """A bracket that is open, or the text itself, which none surrounds."""

    __slots__ = ("free", "operators", "outer", "steps", "what")

    def __init__(self, what: str, outer: int = 0) -> None:
        self.what = what
        """As it is written; ``expression`` for one that holds such."""
        self.free = False
        """Whether brackets directly in it hold expressions, as behind ``SELECT`` and ``GROUP BY``."""
        self.outer = outer
        """Operators that it is an operand of, so that one tree has them all."""
        self.operators = outer
        """In a row."""
        self.steps = 0
        """Those of them that a property path has."""


class _Reader:
    """One pass over a text: writes it out again, and counts what it costs."""

    def __init__(
        self, text: str, base: str, prefixes: Mapping[str, str], limits: Limits, *, outlined: bool = True
    ) -> None:
        self._text = text
        self._sent = (text, base, prefixes)
        self._base = base
        self._prefixes = dict(prefixes)
        self._limits = limits
        self._nodes: dict[str, str] = {}
        # What is written, and what is known of it.
        self._pieces: list[str] = []
        self._length = 0
        self._words: set[str] = set()
        self._outlined = outlined
        self._within: set[str] = set()
        self._outside: set[str] = set()
        self._outline: list[Token] = []
        self._graphs: set[str | None] = set()
        self._costly = 0
        self._stood_for = 0
        # The last token and the one before; the brackets that are open.
        self._kind = self._last = self._before = ""
        self._brackets = [_Bracket("")]

    def read(self, trace: list[Piece] | None = None) -> Scanned:
        """Read the whole text, and write it out.

        :param trace: takes each piece that is written, with where it comes from.
        """
        tokens = self._tokens()
        for kind, sent, at in tokens:
            match kind:
                case "iri":
                    piece = self._iri(sent, at)
                case "name":
                    kind, piece = "iri", self._name(sent, at)
                case "word":
                    kind, piece = self._word(sent, at)
                    if piece in ("PREFIX", "BASE"):
                        self._declare(piece, at, tokens)
                        continue
                case "string":
                    piece = self._string(sent, at)
                    if self._last == "VERSION":
                        kind = "prologue"
                case "variable":
                    piece = f"?{sent[1:]}"
                    (self._within if len(self._brackets) > 1 or self._last == "VALUES" else self._outside).add(piece)
                case "node":
                    piece = self._nodes.setdefault(sent, f"_:b{len(self._nodes)}")
                case "strange":
                    raise syntax_error(self._text, at, strange(sent[0]))
                case _:
                    piece = sent
            if self._outlined:
                self._note(kind, piece)
            if kind in _COUNTED:
                self._count(kind, piece)
            self._append(kind, piece)
            if trace is not None:
                trace.append(Piece(kind, piece, sent, at, self._length - len(piece)))
            self._kind, self._last, self._before = kind, piece, self._last
        return Scanned(
            " ".join(self._pieces), frozenset(self._words), self._outline, frozenset(self._graphs),
            frozenset(self._outside - self._within), self._sent,
        )  # fmt: skip

    def _tokens(self) -> Iterator[tuple[str, str, int]]:
        """The tokens of the text: kind, text and place."""
        text, position = self._text, 0
        while position >= 0:
            start, position = position, -1
            for found in TOKEN.finditer(text, start):
                kind = found.lastgroup or ""
                if kind == "blank":
                    continue
                if kind == "iri" and self._brackets[-1].what == "expression" and self._behind_value():
                    # There `<` compares, whatever stands behind it.
                    sign = "<=" if text.startswith("=", found.start() + 1) else "<"
                    position = found.start() + len(sign)
                    yield "operator", sign, found.start()
                    break
                yield kind, found[0], found.start()

    def _behind_value(self) -> bool:
        return self._kind in _VALUES or self._kind == "close"

    # Each kind of token, as it is written out.

    def _iri(self, sent: str, at: int) -> str:
        iri = sent[1:-1]
        if "\\" in iri:
            iri = _ESCAPE.sub(lambda found: self._character(found, at), iri)
            if _NO_IRI.search(iri):
                raise syntax_error(self._text, at, "an escape stands for a character that no IRI may have")
        if _ABSOLUTE.match(iri):
            return f"<{iri}>"
        if not self._base:
            raise syntax_error(self._text, at, f"<{iri[:40]}> is relative, and nothing says to what; add BASE")
        self._stand_for(self._base)
        return f"<{resolve(iri, self._base)}>"

    def _name(self, sent: str, at: int) -> str:
        """A prefixed name as the IRI that it stands for."""
        prefix, _, local = sent.partition(":")
        if (namespace := self._prefixes.get(prefix)) is None:
            raise syntax_error(self._text, at, undeclared(prefix, self._prefixes))
        self._stand_for(namespace)
        if "\\" in local:
            local = _ESCAPE.sub(lambda found: str(found[3]), local)
        return f"<{namespace}{local}>"

    def _stand_for(self, whole: str) -> None:
        """Count what is written out for a prefix or a base.

        :raises QueryRefusedError: a short text would become a very long one.
        """
        self._stood_for += len(whole)
        if self._stood_for > _SPARE + _GROWTH * len(self._text):
            raise QueryRefusedError(
                f"Its prefixes and its base make the text more than {_GROWTH} times as long; shorten their IRIs."
            )

    def _word(self, sent: str, at: int) -> tuple[str, str]:
        """A keyword's kind, for some stand for values, and the keyword."""
        word = sent.upper()
        if sent == "a":
            kind, word = "iri", sent
        elif word in ("TRUE", "FALSE"):
            kind, word = "number", word.lower()
        elif word in _KEYWORDS:
            kind = "word"
        else:
            raise syntax_error(self._text, at, unknown_word(sent, self._last, _KEYWORDS))
        if word == "SERVICE":
            raise QueryRefusedError(
                "SERVICE is not allowed: this endpoint asks no other. Query the other one yourself."
            )
        self._words.add(word)
        return kind, word

    def _string(self, sent: str, at: int) -> str:
        if sent[0] == '"' and "\\" not in sent and not sent.startswith('"""'):
            return sent
        quotes = 3 if sent[:3] in ('"""', "'''") else 1
        content = sent[quotes:-quotes]
        if "\\" in content:
            content = _ESCAPE.sub(lambda found: self._character(found, at), content)
        return f'"{content.translate(_ESCAPES)}"'

    def _character(self, found: re.Match[str], at: int) -> str:
        """The character that an escape stands for."""
        if found[3]:
            return _MEANT.get(found[3], found[3])
        code = int(found[1] or found[2], 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise syntax_error(self._text, at, f"{found[0]} stands for no character")
        return chr(code)

    def _declare(self, word: str, at: int, tokens: Iterator[tuple[str, str, int]]) -> None:
        """Read ``PREFIX name: <iri>`` or ``BASE <iri>``, in force from here on."""
        if len(self._brackets) > 1 or self._kind not in ("", "prologue", "separator"):
            raise syntax_error(self._text, at, f"{word} stands where no prologue is; put it at the beginning")
        name = ""
        if word == "PREFIX":
            kind, name, at = next(tokens, ("", "", len(self._text)))
            if kind != "name" or name.count(":") > 1 or not name.endswith(":"):
                raise syntax_error(self._text, at, "a prefix is declared as PREFIX name: <IRI>")
        kind, iri, at = next(tokens, ("", "", len(self._text)))
        if kind != "iri":
            raise syntax_error(self._text, at, f"an IRI in brackets was expected behind {word} {name}".rstrip())
        iri = self._iri(iri, at)
        if word == "PREFIX":
            self._prefixes[name[:-1]] = iri[1:-1]
        else:
            self._base = iri[1:-1]
            for piece in ("BASE", iri):  # the function IRI() asks for it
                self._append("prologue", piece)
        self._kind, self._last, self._before = "prologue", "", ""

    # What is known of a text, and what it costs.

    def _note(self, kind: str, piece: str) -> None:
        """Remember what stands outside brackets, and the graphs named in the outermost braces."""
        depth = len(self._brackets) - 1
        if not depth or (depth == 1 and kind == "close"):
            self._outline.append(Token(piece, self._length + 1 if self._pieces else 0))
        elif depth == 1 and piece not in ("GRAPH", "."):
            if kind == "iri" and self._last == "GRAPH":
                self._graphs.add(piece[1:-1])
            elif piece != "{" or self._before != "GRAPH":
                self._graphs.add(None)

    def _count(self, kind: str, piece: str) -> None:
        """Open and close brackets, and refuse what is too much.

        :raises QueryRefusedError: naming the limit.
        :raises UnsupportedFunctionError: an IRI is called that is none; another engine might have it.
        """
        within = self._brackets[-1]
        if kind == "operator":
            within.operators += 1
            within.steps += piece in "/|^"
        elif kind == "number":
            within.operators += piece[0] in "+-"
        elif kind == "separator":
            within.operators, within.steps = within.outer, 0
        elif kind == "word":
            within.operators += piece == "UNION"
            self._costly += piece in _COSTLY
            if piece in _EXPRESSIONS:
                within.free = True
            elif piece in _PATTERNS:
                within.free = False
        elif kind == "open":
            if len(self._brackets) > self._limits.depth:
                raise QueryRefusedError(f"Brackets are nested deeper than {self._limits.depth}; flatten the query.")
            what = "expression" if piece == "(" and self._expected(within) else piece
            if what == "expression" and self._kind == "iri" and not self._last[1:].startswith(_CASTS):
                raise UnsupportedFunctionError(f"There is no function {self._last} here; use those of SPARQL 1.1.")
            self._brackets.append(_Bracket(what, within.operators if piece == "(" else 0))
            return
        elif len(self._brackets) > 1:  # and one closes; a chain of brackets, (a)+(b)+…, still counts where it stands
            closed, within = self._brackets.pop(), self._brackets[-1]
            if closed.what == "(":  # of a path, all of which is one
                within.steps += closed.steps
        if within.operators > self._limits.operators:
            raise QueryRefusedError(
                f"More than {self._limits.operators} operators stand in one group; split the query."
            )
        if within.steps > self._limits.path_steps:
            raise QueryRefusedError(f"A path has more than {self._limits.path_steps} steps; split it.")
        if self._costly > self._limits.optionals:
            raise QueryRefusedError(f"More than {self._limits.optionals} OPTIONAL, MINUS or EXISTS; split the query.")

    def _expected(self, within: _Bracket) -> bool:
        """Whether round brackets that open here hold expressions, and no list, path or row of values."""
        return (
            within.what == "expression"
            or within.free
            or (self._kind == "word" and self._last not in _LISTS)
            or (self._kind == "iri" and self._before == "FILTER")
        )

    def _append(self, kind: str, piece: str) -> None:
        """Write a piece, apart from the last but where they belong together: ``"x"@en``, ``"1"^^<…>``, ``NOW()``.

        The engine takes no blank behind the name of some functions, though the grammar does.
        """
        if (kind in _JOINED or piece == "^^" or self._last == "^^") and (
            (self._last == "^^" and self._before.startswith('"'))
            or (self._kind == "string" and (kind == "language" or piece == "^^"))
            or (kind == "open" and self._last in _FUNCTIONS)
            or (kind == "close" and self._last == "(")
        ):
            self._pieces[-1] += piece
            self._length += len(piece)
        else:
            self._length += len(piece) + bool(self._pieces)
            self._pieces.append(piece)
