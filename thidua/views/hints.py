"""Hints at an empty answer: what in a query, or in what a question was asked, has nothing to find in this version.

A hint is a statement about the version that was asked, looked up there: a term that it does not have, a value that no
property has while the same value of another type is one. A variable that no pattern binds is seen in the text alone.
What is looked up, and for how long, is bounded; a limit that is met leaves the hints out, never the answer.
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote

from thidua.base.errors import KnowledgeGraphError, NotFoundError
from thidua.base.terms import BASE, ID, PREFIXES, shorten
from thidua.base.translation import LANGUAGES
from thidua.engine.query import Caller, SerializedResult
from thidua.graph import Snapshot
from thidua.metadata.vocabulary import VOCABULARY
from thidua.questions.describe import similar
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell
from thidua.rdf.mistakes import Piece
from thidua.rdf.ntriples import iri_term, literal_term
from thidua.rdf.scan import Scanned
from thidua.views.nearby import TIMES, lacks, other_years
from thidua.views.told import spans

#: The header that hints are told in over HTTP.
HEADER: Final = "Query-Hint"
#: Hints given at once; terms and values of one query that are looked up; seconds that one look may take.
_MOST: Final = 5
_TERMS: Final = 20
_VALUES: Final = 8
_SECONDS: Final = 2.0
#: A longer value is looked up no more; an answer of more bytes is not empty; a text of more pieces is not looked at.
_LONGEST: Final = 300
_EMPTY: Final = 4000
_PIECES: Final = 5000

_XSD: Final = PREFIXES["xsd"]
_NUMBERS: Final = (_XSD + "integer", _XSD + "decimal", _XSD + "double")
#: What a value may have been meant as, beside a plain text.
_TYPES: Final = (*_NUMBERS, _XSD + "gYear", _XSD + "date", _XSD + "dateTime", _XSD + "boolean", _XSD + "anyURI")
_NAMESPACES: Final = (BASE, *PREFIXES.values())
#: Where an IRI may stand.
_ANYWHERE: Final = " UNION ".join(
    f"{{ {graph} {{ {pattern} }} }}" if graph else f"{{ {pattern} }}"
    for graph in ("", "GRAPH ?g")
    for pattern in ("?t ?p ?o", "?s ?t ?o", "?s ?p ?t")
)
#: Terms of one namespace: those that the ontology mentions, and concepts.
_IN_NAMESPACE: Final = (
    "SELECT DISTINCT ?t {{ {{ GRAPH {vocabulary} {{ {{ ?t ?p ?o }} UNION {{ ?s ?t ?o }} UNION {{ ?s ?p ?t }} }} }} "
    f"UNION {{{{ ?t <{PREFIXES['skos']}inScheme> ?x }}}} FILTER(ISIRI(?t) && STRSTARTS(STR(?t), {{space}})) }}}}"
)
#: Their names, by the hash of the version and the namespace.
_KNOWN: Final[dict[tuple[str, str], list[str]]] = {}
_MOST_KNOWN: Final = 200
#: Words and signs behind which an IRI is no term.
_NO_TERM_BEHIND: Final = frozenset(("^^", "BASE", "FROM", "NAMED"))
#: Functions that are given what may have no value, on purpose.
_CHOICES: Final = frozenset(("BOUND", "COALESCE", "IF"))
_VALUED: Final = frozenset(("iri", "variable", "node", "string", "number"))


@dataclass(frozen=True)
class Hint:
    """Why nothing was found, in both languages, and where in the query that stands."""

    vi: str
    en: str
    line: int | None = None
    column: int | None = None

    def told_in(self, language: str) -> str:
        """The hint, with its place."""
        if self.line is None:
            return self.vi if language == "vi" else self.en
        if language == "vi":
            return f"Dòng {self.line}, cột {self.column}: {self.vi}"
        return f"Line {self.line}, column {self.column}: {self.en}"


def is_empty(result: SerializedResult) -> bool:
    """Whether a serialised result says nothing: no row, no triple, or no."""
    size = result.file.seek(0, 2)
    result.file.seek(0)
    if size > _EMPTY:
        return False
    body = result.file.read()
    result.file.seek(0)
    if result.form == "ASK":
        return b"false" in body
    if result.form == "GRAPH":
        return not body.strip()
    match result.media_type.partition("/")[2]:
        case "sparql-results+json":
            return b'"bindings":[]' in body or b'"bindings": []' in body
        case "sparql-results+xml":
            return b"<results></results>" in body or b"<results/>" in body
        case _:
            return body.count(b"\n") <= 1


def of_query(snapshot: Snapshot, scanned: Scanned, caller: Caller, *, empty: bool) -> list[Hint]:
    """Why a query may have found nothing, or has a column without values.

    :param empty: whether it has found nothing; otherwise only its variables are looked at.
    """
    if not empty and not scanned.loose:
        return []
    pieces = scanned.pieces()
    if len(pieces) > _PIECES:
        return []
    found = list(_unbound(pieces, scanned))
    if empty:
        look = _Look(snapshot, scanned, pieces, _shortly(caller))
        try:
            found += look.terms()
            found += look.values()
        except KnowledgeGraphError:  # of a limit, most likely, which is none of the answer
            pass
    return found[:_MOST]


def of_rows(snapshot: Snapshot, rows: Rows, caller: Caller) -> list[Hint]:
    """Why a question has no answer for a time: the years of which it has one, or that it has none at all."""
    times = [rows.parameters[name] for name in TIMES if name in rows.parameters]
    if rows.records or not times:
        return []
    question, within = snapshot.question(rows.question), _shortly(caller)
    rest = {name: value for name, value in rows.parameters.items() if name not in TIMES}
    try:
        years = other_years(snapshot, question, rows.parameters, within)
        if not years and (lacks(question, rest) or snapshot.ask(question.name, rest, within).records):
            return []
    except KnowledgeGraphError:
        return []
    first, _, last = times[0].partition("-")
    asked, version = first if first == last else times[0], snapshot.version.number
    if not years:
        return [
            Hint(
                f"Phiên bản {version} không có câu trả lời cho {asked}, cũng không có cho thời gian nào khác.",
                f"Version {version} has no answer for {asked}, nor for any other time.",
            )
        ]
    known = spans(years)
    return [
        Hint(
            f"Phiên bản {version} không có câu trả lời cho {asked}; cùng câu hỏi ấy có câu trả lời cho {known}.",
            f"Version {version} has no answer for {asked}; the same question has one for {known}.",
        )
    ]


def _shortly(caller: Caller) -> Caller:
    """Who asks, with the time that looking for hints may take."""
    return replace(caller, timeout=min(caller.timeout or _SECONDS, _SECONDS))


def _unbound(pieces: Sequence[Piece], scanned: Scanned) -> Iterator[Hint]:
    """Variables that no pattern binds, where they are first used."""
    bound: dict[str, None] = {}
    used: dict[str, Piece] = {}
    brackets: list[str] = []
    last, values = Piece("", "", "", 0, 0), False
    for piece in pieces:
        if piece.kind == "open":
            inside = bool(brackets) and brackets[-1] in ("expression", "choice")
            called = last.kind in ("word", "operator") and last.text not in ("a", "VALUES")
            outermost = not brackets and not values
            is_expression = piece.text == "(" and (inside or called or outermost)
            if piece.text == "{":
                values = False
            choice = last.text in _CHOICES or (inside and brackets[-1] == "choice")
            brackets.append(("choice" if choice else "expression") if is_expression else piece.text)
        elif piece.kind == "close" and brackets:
            brackets.pop()
        elif piece.kind == "word":
            values = piece.text == "VALUES"
        elif piece.kind == "variable":
            patterned = bool(brackets) and brackets[-1] != "expression"
            if patterned or values or last.text == "AS":
                bound[piece.text] = None
            else:
                used.setdefault(piece.text, piece)
        last = piece
    for name, piece in used.items():
        if name in bound:
            continue
        near = difflib.get_close_matches(name[:_LONGEST], list(bound)[:200], n=1, cutoff=0.6)
        yield Hint(
            f"không mẫu nào của câu truy vấn có biến {name}, nên nó không có giá trị"
            + (f"; có phải là {near[0]}?" if near else "."),
            f"no pattern of the query has the variable {name}, so it has no value"
            + (f"; did you mean {near[0]}?" if near else "."),
            *scanned.place(piece.at),
        )


class _Look:
    """One look into a version, for the terms and the values of a query that found nothing."""

    def __init__(self, snapshot: Snapshot, scanned: Scanned, pieces: Sequence[Piece], caller: Caller) -> None:
        self._snapshot, self._scanned, self._pieces, self._caller = snapshot, scanned, pieces, caller
        self._missing: set[str] = set()

    def terms(self) -> list[Hint]:
        """Terms of known namespaces that nothing is said of, each with one that may have been meant."""
        asked: dict[str, tuple[Piece, bool]] = {}
        template = False
        nothing = Piece("", "", "", 0, 0)
        around = zip([nothing, *self._pieces], self._pieces, [*self._pieces[1:], nothing], strict=False)
        for before, piece, behind in around:
            if piece.text == "CONSTRUCT" and behind.text == "{":
                template = True
            elif piece.text == "WHERE":
                template = False
            iri = piece.text[1:-1]
            if template or piece.kind != "iri" or before.text in _NO_TERM_BEHIND or behind.text == "(":
                continue
            if len(iri) <= _LONGEST and _namespace(iri) not in ("", iri):
                asked.setdefault(iri, (piece, before.text != "a" and behind.kind in _VALUED))
        wanted = list(asked)[:_TERMS]
        if not wanted:
            return []
        rows = self._select(f"SELECT ?t {{ VALUES ?t {{ {_iris(wanted)} }} FILTER EXISTS {{ {_ANYWHERE} }} }}")
        rows += self._select(f"SELECT DISTINCT ?t {{ VALUES ?t {{ {_iris(wanted)} }} GRAPH ?t {{ ?s ?p ?o }} }}")
        there = {cell.value for row in rows if (cell := row["t"])}
        self._missing = {iri for iri in wanted if iri not in there}
        return [self._of_term(iri, *asked[iri]) for iri in wanted if iri not in there]

    def _of_term(self, iri: str, piece: Piece, is_property: bool) -> Hint:
        name, version = shorten(iri), self._snapshot.version.number
        meant = self._named(iri) if iri.startswith(ID) else self._spelled(iri, is_property)
        return Hint(
            f"phiên bản {version} không có {name}" + (f"; có phải là {meant}?" if meant else "."),
            f"version {version} has no {name}" + (f"; did you mean {meant}?" if meant else "."),
            *self._scanned.place(piece.at),
        )

    def _named(self, iri: str) -> str:
        """A thing of the same kind with a similar name or id."""
        try:
            found = similar(self._snapshot.names, iri)
        except NotFoundError:  # a plain store has no index of names
            return ""
        return f"{shorten(found[0].iri)} ({found[0].label})" if found else ""

    def _spelled(self, iri: str, is_property: bool) -> str:
        """A term of the same namespace that is spelled nearly so; where a property stands, rather one of these."""
        space = _namespace(iri)
        known = _KNOWN.get((self._snapshot.version.hash, space))
        if known is None:
            rows = self._select(_IN_NAMESPACE.format(space=literal_term(space), vocabulary=iri_term(VOCABULARY)))
            known = sorted(cell.value[len(space) :] for row in rows if (cell := row["t"]))
            if len(_KNOWN) >= _MOST_KNOWN:
                _KNOWN.clear()
            _KNOWN[self._snapshot.version.hash, space] = known
        local = iri[len(space) :].casefold()
        fitting = [name for name in known if name[:1].islower() == is_property]
        for names in (fitting, known):
            folded = {name.casefold(): name for name in names}
            if near := difflib.get_close_matches(local, folded, n=1, cutoff=0.6):
                return shorten(space + folded[near[0]])
        return ""

    def values(self) -> list[Hint]:
        """Values that no property has, while it has the same of another type or language."""
        asked = {pair: None for pair in self._compared() if pair[0] not in self._missing}
        wanted = list(asked)[:_VALUES]
        rows = [
            f"({number} {place} {iri_term(iri)} {term})"
            for number, (iri, literal, _) in enumerate(wanted)
            for place, term in enumerate(_readings(literal))
        ]
        if not rows:
            return []
        text = f"SELECT ?n ?i {{ VALUES (?n ?i ?p ?o) {{ {' '.join(rows)} }} FILTER EXISTS {{ ?s ?p ?o }} }}"
        there: dict[int, set[int]] = {}
        for row in self._select(text):
            number, place = row["n"], row["i"]
            assert number and place
            there.setdefault(int(number.value), set()).add(int(place.value))
        return [
            _of_value(iri, literal, [_readings(literal)[each] for each in sorted(there[number])], self._at(piece))
            for number, (iri, literal, piece) in enumerate(wanted)
            if there.get(number) and 0 not in there[number]
        ]

    def _at(self, piece: Piece) -> tuple[int, int]:
        return self._scanned.place(piece.at)

    def _compared(self) -> Iterator[tuple[str, Cell, Piece]]:
        """Properties and the values that they are asked for: in statements, in comparisons and in VALUES."""
        properties: dict[str, str] = {}
        pieces = self._pieces
        for number, piece in enumerate(pieces[:-1]):
            behind = pieces[number + 1]
            if piece.kind == "iri" and piece.text != "a" and behind.kind == "variable":
                properties.setdefault(behind.text, piece.text[1:-1])
        for number, piece in enumerate(pieces):
            if (literal := _literal(pieces, number)) is None or not number:
                continue
            before = pieces[number - 1]
            after = [each.text for each in pieces[number + _width(pieces, number) :][:2]]
            if before.kind == "iri" and before.text != "a":
                yield before.text[1:-1], literal, piece
                continue
            if literal.datatype in _NUMBERS:
                continue  # numbers are compared by what they are worth
            variable = ""
            if before.text in ("=", "{", "(") and number > 1:
                earlier = pieces[number - 2]
                if before.text == "=" or (before.text == "{" and pieces[number - 3].text == "VALUES"):
                    variable = earlier.text
                elif before.text == "(" and earlier.text == "IN":
                    variable = pieces[number - 3].text
            if not variable and len(after) == 2 and after[0] == "=":
                variable = after[1]
            if variable in properties:
                yield properties[variable], literal, piece

    def _select(self, text: str) -> list[dict[str, Cell | None]]:
        return self._snapshot.select(text, self._caller)


def _literal(pieces: Sequence[Piece], number: int) -> Cell | None:
    """The literal that begins with a piece."""
    piece = pieces[number]
    if len(piece.text) > _LONGEST:
        return None
    if piece.kind == "number" and piece.text[0] not in "tf+-":
        kind = "double" if "e" in piece.text.lower() else "decimal" if "." in piece.text else "integer"
        return Cell(piece.text, "literal", _XSD + kind)
    if piece.kind != "string" or "\\" in piece.text:
        return None
    behind = pieces[number + 1 : number + 3]
    value = piece.text[1:-1]
    if behind and behind[0].kind == "language":
        return Cell(value, "literal", None, behind[0].text[1:].lower())
    if len(behind) == 2 and behind[0].text == "^^":
        return Cell(value, "literal", behind[1].text[1:-1])
    return Cell(value, "literal", _XSD + "string")


def _width(pieces: Sequence[Piece], number: int) -> int:
    behind = pieces[number + 1] if number + 1 < len(pieces) else pieces[number]
    return 2 if behind.kind == "language" else 3 if behind.text == "^^" else 1


def _readings(literal: Cell) -> list[str]:
    """A literal as it was written, and as whatever else it may be."""
    plain = literal_term(literal.value)
    own = f"{plain}@{literal.language}" if literal.language else _typed(literal.value, literal.datatype)
    others = [plain, *(f"{plain}@{each}" for each in LANGUAGES), *(_typed(literal.value, each) for each in _TYPES)]
    return [own, *(each for each in others if each != own)]


def _typed(value: str, datatype: str | None) -> str:
    return literal_term(value) if datatype in (None, _XSD + "string") else f"{literal_term(value)}^^<{datatype}>"


def _of_value(iri: str, literal: Cell, there: Sequence[str], place: tuple[int, int]) -> Hint:
    name, asked, known = shorten(iri), _written(_readings(literal)[0]), [_written(each) for each in there]
    if literal.language and all("@" in each for each in known):
        vi, en = "ở đó ngôn ngữ là ngôn ngữ khác", "there it is in another language"
    elif all("@" in each for each in known):
        vi, en = "một tên có ngôn ngữ đi sau", "there a text has its language behind it"
    elif all(each.isascii() and each[0] != '"' for each in known):
        vi, en = "ở đó là số, viết không có ngoặc kép", "there it is a number, without quotes"
    else:
        vi, en = "ở đó giá trị thuộc kiểu khác", "there the value is of another type"
    return Hint(
        f"không có {name} nào là {asked}; {vi}: hãy viết {' hay '.join(known[:2])}.",
        f"no {name} is {asked}; {en}: write {' or '.join(known[:2])}.",
        *place,
    )


def _written(term: str) -> str:
    """A literal as a person would write it."""
    value, _, datatype = term.rpartition("^^")
    if not value:
        return term
    if datatype[1:-1] in _NUMBERS:
        return value[1:-1]
    return f"{value}^^{shorten(datatype[1:-1])}"


def _namespace(iri: str) -> str:
    """The longest known namespace that an IRI is of; empty for none."""
    return max((each for each in _NAMESPACES if iri.startswith(each)), key=len, default="")


def _iris(iris: Sequence[str]) -> str:
    return " ".join(map(iri_term, iris))


def header(hints: Sequence[Hint], language: str) -> str:
    """Hints as the value of a header: a list of Display Strings (RFC 9651, section 3.3.8)."""
    return ", ".join(f'%"{_escaped(each.told_in(language)[:_LONGEST])}"' for each in hints)


def of_header(value: str) -> list[str]:
    """The hints that :func:`header` wrote; what is none is left out."""
    parts = value[:10_000].split('%"')[1:]
    return [unquote(part.rpartition('"')[0]) for part in parts]


def _escaped(text: str) -> str:
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'%"' else f"%{byte:02x}" for byte in text.encode("utf-8")
    )
