"""Diagnosis of SPARQL texts that do not parse: the usual mistakes, each with its place and what to write instead.

A parser lists what it would have taken; people need to hear what is wrong. The tokens are walked once, with the few
rules of the grammar that are broken most: brackets in pairs, three parts to a statement, a dot between two, brackets
around a condition. What these rules do not know is told by the engine's place alone. Nothing is executed.
"""

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from typing import Final, NamedTuple

from thidua.base.errors import QuerySyntaxError
from thidua.base.terms import PREFIXES

#: Characters of a text in which SQL is looked for; of a word that is compared; of an excerpt on both sides of a place.
_BEGINNING: Final = 2000
_LONGEST: Final = 40
_AROUND: Final = 60

_SQL: Final = re.compile(
    r"(?:\s++|#[^\n]*+|--[^\n]*+)*+(?:SHOW\s++TABLES\b"
    r"|(?:SELECT\b[^{}<?$]*?\bFROM|INSERT\s++INTO|UPDATE|DELETE\s++FROM|CREATE\s++TABLE)\b"
    r"(?:\s*+[\"`\[]|\s++(?!NAMED\b)[A-Za-z_])[A-Za-z_0-9]*+(?!:))",
    re.IGNORECASE,
)
#: What other languages, and haste, write for a word of SPARQL.
_MEANT: Final = {
    "AND": "&&",
    "OR": "||",
    "LIKE": "CONTAINS(…) or REGEX(…)",
    "ILIKE": "CONTAINS(LCASE(…), …)",
    "NULL": "!BOUND(?x)",
    "IS": "=",
    "LOWER": "LCASE",
    "UPPER": "UCASE",
    "LEN": "STRLEN",
    "LENGTH": "STRLEN",
    "SUBSTRING": "SUBSTR",
    "CASE": "IF(…, …, …)",
    "BETWEEN": "?x >= … && ?x <= …",
    "TOP": "LIMIT, at the end",
    "JOIN": "a further statement in the same braces",
}
#: Prefixes of others that people use without declaring them, as the Wikidata Query Service lets them.
_WELL_KNOWN: Final = {
    **PREFIXES,
    "dbo": "http://dbpedia.org/ontology/",
    "dbr": "http://dbpedia.org/resource/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": PREFIXES["dct"],
    "geof": "http://www.opengis.net/def/function/geosparql/",
    "gn": "https://www.geonames.org/ontology#",
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
}
_FORMS: Final = frozenset(("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"))
_UPDATES: Final = frozenset(
    ("LOAD", "INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD", "WITH")
)  # fmt: skip
_PAIRS: Final = {"{": "}", "(": ")", "[": "]", "<<": ">>", "<<(": ")>>", "{|": "|}"}
_TERMS: Final = frozenset(("iri", "variable", "node", "string", "number"))
_GROUPS: Final = frozenset(("OPTIONAL", "MINUS", "UNION", "WHERE", "EXISTS"))
_ELEMENTS: Final = frozenset(("FILTER", "OPTIONAL", "UNION", "MINUS", "BIND", "VALUES", "GRAPH", "LATERAL"))
_IN_GROUPS: Final = frozenset(("NOT", "EXISTS", "SELECT", "UNDEF", "TRUE", "FALSE", "SILENT"))
_AGGREGATES: Final = frozenset(("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"))
#: The order of what stands behind a pattern.
_BEHIND: Final = {"GROUP": 1, "HAVING": 2, "ORDER": 3, "LIMIT": 4, "OFFSET": 4, "VALUES": 5}
#: What an engine says of a query as a whole, and what that means.
_OF_THE_WHOLE: Final = (
    (
        re.compile(r"contains a variable that is unbound|not.{0,20}in the GROUP BY|aggregat", re.IGNORECASE),
        "where rows are grouped or counted, SELECT gives what GROUP BY names and aggregates such as (COUNT(?x) AS ?n); "
        "add the other variables to GROUP BY",
    ),
    (
        re.compile(r"overrides an existing|already (?:used|bound|defined|declared|in)|in-?scope", re.IGNORECASE),
        "a name behind AS is used already; give the new value a name of its own",
    ),
)


class Piece(NamedTuple):
    """A token: its kind, as it is written out and as it was typed, and where it begins in both."""

    kind: str
    text: str
    typed: str
    at: int
    begins: int


def sql(text: str) -> str | None:
    """What to say of a text that is SQL; None for any other."""
    if not _SQL.match(text[:_BEGINNING]):
        return None
    return (
        "this is SQL, and queries here are SPARQL, which has patterns in the place of tables; write for example "
        "SELECT ?edition WHERE { ?edition td:year 2023 }, or ask one of the questions at /questions"
    )


def undeclared(prefix: str, declared: Collection[str]) -> str:
    """What to say of a prefix that nobody has declared."""
    told = f"the prefix {prefix[:_LONGEST]}: is not declared"
    if iri := _WELL_KNOWN.get(prefix):
        return f"{told}; begin with PREFIX {prefix}: <{iri}>"
    near = difflib.get_close_matches(prefix[:_LONGEST], sorted({*declared, *PREFIXES}), n=1, cutoff=0.75)
    meant = f"; did you mean {near[0]}:?" if near else ""
    return f"{told}; begin with PREFIX {prefix[:_LONGEST]}: <…>{meant}"


def unknown_word(word: str, before: str, known: Collection[str]) -> str:
    """What to say of a word that SPARQL does not have.

    :param before: the word before it.
    :param known: the words that there are.
    """
    told = f"{word[:_LONGEST]!r} is no word of SPARQL"
    upper = word.upper()
    if before in ("AS", "BY"):
        return f"{told}; a variable begins with a question mark: ?{word[:_LONGEST]}"
    if before in ("LIMIT", "OFFSET"):
        return f"{told}; {before} takes a number"
    if upper in _MEANT:
        return f"{told}; write {_MEANT[upper]}"
    if len(word) <= _LONGEST:
        for left in range(len(word) - 2, 2, -1):  # two words without a blank between
            if upper[:left] in known and upper[left:] in known:
                return f"{told}; write a blank between {upper[:left]} and {upper[left:]}"
        if near := difflib.get_close_matches(upper, sorted(known), n=1, cutoff=0.7):
            return f"{told}; did you mean {near[0]}?"
    return f"{told}; names have a prefix, as td:year has, and variables begin with a question mark"


def line_and_column(text: str, at: int) -> tuple[int, int]:
    """A place in a text, both from 1."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def place_of(text: str, at: int) -> str:
    """The same in words."""
    line, column = line_and_column(text, at)
    return f"line {line}, column {column}"


def syntax_error(text: str, at: int, detail: str) -> QuerySyntaxError:
    """The error for a text that is wrong at a place."""
    line, column = line_and_column(text, at)
    return QuerySyntaxError(f"Line {line}, column {column}: {sql(text) or detail}", line, column, excerpt(text, at))


def strange(character: str) -> str:
    """What to say of a character that begins no token."""
    match character:
        case '"' | "'":
            return "a string begins here that does not end, or that has an escape which is none"
        case "\\":
            return "an escape stands outside of strings and IRIs; write the character itself"
        case "@":
            return "@ begins a language, such as @vi"
        case "\ufeff":
            return "a byte order mark stands within the text; take it out"
    return f"{character!r} begins nothing in SPARQL"


def excerpt(text: str, at: int) -> str:
    """The line of a place, cut to what is around it, and below it a caret."""
    begin, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    end = len(text) if end < 0 else end
    first, last = max(begin, at - _AROUND), min(end, at + _AROUND)
    shown = "".join(each if each.isprintable() else " " for each in text[first:last].rstrip())
    cut = "…" if first > begin else ""
    return f"  {cut}{shown}{'…' if last < end else ''}\n  {' ' * (len(cut) + at - first)}^"


def diagnosed(pieces: Sequence[Piece], at: int, end: int, said: str, place: Callable[[int], str]) -> tuple[int, str]:
    """Where a text is wrong, and what is.

    :param pieces: all of it, as they were read.
    :param at: where the engine's parser met its end.
    :param end: where the text ends.
    :param said: what the parser said.
    :param place: a place in words.
    """
    found = _Walk(pieces, end, place).first()
    behind = next((number for number, piece in enumerate(pieces) if piece.at > at), len(pieces))
    if found and (behind >= len(pieces) or found[0] <= pieces[behind].at):
        return found
    for pattern, told in _OF_THE_WHOLE:
        if pattern.search(said[:_BEGINNING]):
            return at, told
    if at >= end:
        return at, "the query ends before it is complete; look at what its last words still need"
    typed = pieces[behind - 1].typed if behind else ""
    quoted = typed if len(typed) <= _LONGEST else f"{typed[:_LONGEST]}…"
    return at, f"{quoted} is not expected here; look at it and at what stands just before it"


class _Frame:
    """A bracket that is open, or the text itself, and how far the statement in it has come."""

    __slots__ = ("at", "bracketed", "call", "clause", "ended", "graph", "joined", "named", "opener", "parts", "rank",
                 "values", "what", "written")  # fmt: skip

    def __init__(self, what: str, written: str = "", at: int = 0, opener: str = "") -> None:
        self.what = what
        """``query``, ``group``, ``node`` (a blank one in square brackets), ``data``, ``list`` or ``expression``."""
        self.written, self.at, self.opener = written, at, opener
        self.clause = ""
        """The word whose part of a query this is: ``SELECT`` until a pattern begins."""
        self.parts = 1 if what == "node" else 0
        """Of the statement: subject, property, value."""
        self.ended = False
        """Whether the statement may end after its subject, for it stands behind a semicolon."""
        self.bracketed = self.joined = self.graph = self.values = self.call = self.named = False
        self.rank = 0

    @property
    def lacks(self) -> bool:
        """Whether the statement cannot end here."""
        return self.parts == 2 or (self.parts == 1 and not (self.ended or self.bracketed or self.what == "node"))

    def begin(self, parts: int = 0) -> None:
        """Begin a statement, or go on with what is shared of the last one."""
        self.parts, self.ended, self.bracketed, self.joined = parts, parts == 1, False, False


class _GaveUpError(Exception):
    """Something stands here that these rules do not follow."""


class _Walk:
    """One walk over the tokens, to the first mistake."""

    def __init__(self, pieces: Sequence[Piece], end: int, place: Callable[[int], str]) -> None:
        self._pieces, self._end, self._place = pieces, end, place
        self._frames = [_Frame("query")]
        self._last = Piece("", "", "", 0, 0)
        self._form = ""
        self._braces = False

    def first(self) -> tuple[int, str] | None:
        """The first mistake: its place and what it is."""
        steps = {"open": self._open, "close": self._close, "separator": self._separator, "word": self._word,
                 "operator": self._operator, **dict.fromkeys(_TERMS, self._term)}  # fmt: skip
        try:
            for piece in self._pieces:
                if piece.kind in ("prologue", "language"):
                    continue
                if told := self._begins(piece) or steps[piece.kind](piece):
                    return piece.at, told
                self._last = piece
        except _GaveUpError:
            return None
        told = self._ends()
        return (self._end, told) if told else None

    def _begins(self, piece: Piece) -> str | None:
        if self._form or piece.text == "VERSION":
            return None
        self._form = piece.text
        if piece.kind == "word" and piece.text in _FORMS | _UPDATES:
            return None
        return "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE"

    def _ends(self) -> str | None:
        within = self._frames[-1]
        if len(self._frames) > 1:
            return f"the {within.written} of {self._place(within.at)} is never closed; add {_PAIRS[within.written]}"
        if not self._form:
            return "there is no query here; it begins with SELECT, ASK, CONSTRUCT or DESCRIBE"
        if self._form in ("SELECT", "ASK") and not self._braces:
            return "the pattern in braces is missing; add WHERE { … }"
        return None

    def _open(self, piece: Piece) -> str | None:
        within, last, sign = self._frames[-1], self._last, piece.text
        if sign in ("<<", "<<(", "{|"):
            raise _GaveUpError
        after_word = last.kind == "word" and last.text not in ("a", "true", "false")
        if told := self._unfinished_word(piece):
            return told
        if sign == "{":
            self._braces = True
            if within.clause == "SELECT" and last.text == "SELECT":
                return "SELECT says what to give: variables such as ?x, or * for all"
            within.clause = ""
            if within.what in ("group", "node") and within.lacks and not within.values:
                return self._lacking(within, piece)
            what = "data" if within.values else "group"
            within.values = within.graph = False
        elif sign == "[":
            if told := self._part(piece, bracketed=True):
                return told
            what = "node"
        elif within.what == "expression" or within.what == "query" or after_word or within.call:
            what = "list" if last.text == "VALUES" or within.values else "expression"
        elif within.what == "data":
            what = "list"
        else:
            if within.what in ("group", "node") and not within.joined and (told := self._part(piece, bracketed=True)):
                return told
            within.joined = False
            what = "list"
        within.call = False
        opener = "SELECT" if within.clause == "SELECT" and not after_word else last.text if after_word else ""
        self._frames.append(_Frame(what, sign, piece.at, opener))
        return None

    def _close(self, piece: Piece) -> str | None:
        if piece.text in (">>", ")>>", "|}"):
            raise _GaveUpError
        closed = self._frames[-1]
        if len(self._frames) == 1:
            return f"{piece.text} closes nothing that is open; take it out, or see whether one before is too many"
        if _PAIRS[closed.written] != piece.text:
            return (
                f"{piece.text} stands here while the {closed.written} of {self._place(closed.at)} is still open; "
                f"close that first, with {_PAIRS[closed.written]}"
            )
        if told := self._unfinished_word(piece):
            return told
        if closed.what in ("group", "node") and closed.lacks:
            return self._lacking(closed, piece)
        if closed.what == "expression" and closed.opener == "BIND" and not closed.named:
            return "BIND gives its value a name: BIND(… AS ?name)"
        if closed.what == "expression" and closed.opener == "SELECT" and not closed.named:
            return "what SELECT computes has a name: (… AS ?name)"
        self._frames.pop()
        within = self._frames[-1]
        if within.what == "group" and closed.what in ("group", "data", "expression"):
            within.begin()
        return None

    def _separator(self, piece: Piece) -> str | None:
        within = self._frames[-1]
        if told := self._unfinished_word(piece):
            return told
        if within.what == "query":
            if piece.text == "," and within.clause == "SELECT":
                return "the variables of SELECT stand apart by blanks; take out the comma"
            if piece.text == ";":
                self._form = self._form if self._form in _FORMS else ""
            return None
        if within.what not in ("group", "node"):
            return None
        if piece.text == ".":
            if within.lacks:
                return self._lacking(within, piece)
            if self._last.text == ".":
                return "two dots stand here; take one out"
            within.begin()
        elif piece.text == ";":
            if within.parts and within.lacks:
                return self._lacking(within, piece)
            within.begin(1)
        else:
            if within.parts < 3:
                return self._lacking(within, piece)
            within.begin(2)
        return None

    def _word(self, piece: Piece) -> str | None:
        word, within = piece.text, self._frames[-1]
        if word == "a":
            return self._term(piece)
        if told := self._unfinished_word(piece):
            return told
        if word == "AS":
            within.named = True
        if within.what in ("group", "node"):
            if word == "SELECT" and not within.parts:
                within.what = "query"
            elif word in _ELEMENTS:
                if within.lacks and not within.values:
                    return self._lacking(within, piece)
                within.begin()
                within.values, within.graph = word == "VALUES", word == "GRAPH"
                return None
            elif word not in _IN_GROUPS and self._last.text != "FILTER":
                return (
                    f"{_brief(piece)} stands for a function here; a property or a class has a prefix, such as td:year"
                )
        if within.what == "query":
            return self._of_query(piece, within)
        return None

    def _of_query(self, piece: Piece, within: _Frame) -> str | None:
        word, last = piece.text, self._last.text
        if word == "SELECT":
            within.clause, within.rank = "SELECT", 0
        elif word in ("WHERE", "FROM"):
            if within.clause == "SELECT" and last == "SELECT":
                return "SELECT says what to give: variables such as ?x, or * for all"
            within.clause = ""
        elif within.clause == "SELECT" and word in _AGGREGATES:
            return f"what SELECT computes stands in brackets and has a name: ({word}(…) AS ?name)"
        elif rank := _BEHIND.get(word):
            if rank < within.rank:
                name = f"{word} BY" if word in ("GROUP", "ORDER") else word
                return f"{name} stands too late; the order is GROUP BY, HAVING, ORDER BY, LIMIT and OFFSET"
            within.rank = rank
            within.values = word == "VALUES"
        return None

    def _operator(self, piece: Piece) -> str | None:
        within, sign = self._frames[-1], piece.text
        if sign == "~":
            raise _GaveUpError
        if within.what == "expression":
            if sign == "=" and self._last.text == "=":
                return "SPARQL compares with one sign: ="
            if sign == ">" and self._last.text == "<":
                return "unequal is written !="
        elif within.what in ("group", "node"):
            if sign in ("=", "!=", "<", ">", "<=", ">="):
                return "a comparison stands in a condition: FILTER(…)"
            within.joined = within.joined or sign in ("/", "|")
        return None

    def _term(self, piece: Piece) -> str | None:
        within, last = self._frames[-1], self._last
        if told := self._unfinished_word(piece):
            return told
        if last.text == "^^" or within.what not in ("group", "node"):
            return None
        if last.text == "FILTER":
            within.call = True
            return None
        return self._part(piece)

    def _part(self, piece: Piece, *, bracketed: bool = False) -> str | None:
        """Count a part of a statement."""
        within = self._frames[-1]
        if within.what not in ("group", "node") or within.values:
            return None
        if within.graph:
            within.graph = False
            return None
        if within.joined:
            within.joined = False
            return None
        if within.parts == 3:
            return (
                f"{_brief(piece)} would be a fourth part of one statement; put a dot before it if a new statement "
                "begins here"
            )
        within.parts += 1
        within.bracketed = bracketed if within.parts == 1 else within.bracketed
        return None

    def _unfinished_word(self, piece: Piece) -> str | None:
        """What the word before still needs, if this is not it."""
        word, text = self._last.text, piece.text
        if self._last.kind != "word":
            return None
        if word in _GROUPS and text != "{":
            return f"{word} takes a group in braces: {word} {{ … }}"
        if word in ("GROUP", "ORDER") and text != "BY":
            return f"{word} is followed by BY: {word} BY"
        if word in ("LIMIT", "OFFSET") and piece.kind != "number":
            return f"{word} takes a number"
        if word == "FILTER" and (piece.kind in ("variable", "string", "number", "node") or text in ("{", "[", ".")):
            return "FILTER takes its condition in brackets: FILTER(…)"
        if word == "BIND" and text != "(":
            return "BIND takes its value in brackets, with a name: BIND(… AS ?name)"
        if word == "AS" and piece.kind != "variable":
            return "behind AS stands a variable, such as ?name"
        return None

    def _lacking(self, within: _Frame, piece: Piece) -> str:
        if within.parts == 2:
            return f"a statement has a subject, a property and a value, and before {_brief(piece)} the value is missing"
        return (
            f"a statement has a subject, a property and a value, and {_brief(piece)} stands here behind "
            f"{'the subject' if within.parts else 'nothing'} alone"
        )


def _brief(piece: Piece) -> str:
    return piece.typed if len(piece.typed) <= _LONGEST else f"{piece.typed[:_LONGEST]}…"
