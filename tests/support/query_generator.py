"""Random data of few properties with every spelling of each kind of term, and deep queries over it."""

import random
from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
PROLOGUE: Final = f"PREFIX : <http://e.example/> PREFIX xsd: <{XSD}> "
_PREDICATES: Final = ("p", "q", "r", "n", "k", "d", "t")
_THINGS: Final = tuple(f"<http://e.example/{name}>" for name in ("a", "b", "c", "a-b", "A", "é", "d", "e"))
_BLANKS: Final = ("_:x", "_:y")
_INTEGERS: Final = (
    "0", "1", "2", "3", "-1", "-7", "10", "007", "+5", "-0", "123456789", "9999999999999999", "10000000000000000",
    "9223372036854775807", "-9223372036854775808", "12345678901234567890123", "abc", "",
)  # fmt: skip
_DECIMALS: Final = (
    "0.0", "1.0", "1.5", "-2.25", "0.1", "0.000001", "0.0000001", "3.141592653589793238", "1", "2.50", ".5", "5.",
    "-0.0", "12345678901.5", "999999999.999999", "170141183460469231731.687", "x.y",
)  # fmt: skip
_OTHERS: Final = (
    ("double", ("1.0E0", "1", "1.5", "-0.0", "0", "NaN", "INF", "-INF", "1e300", "2.5E-3", "abc")),
    ("float", ("1", "1.5", "0.1", "-0.0", "NaN", "INF")),
    ("boolean", ("true", "false", "1", "0", "TRUE", "yes")),
    ("date", ("2020-02-29", "2021-02-29", "2024-12-31", "1970-01-01", "0001-01-01", "2020-05-05Z",
              "2020-05-05+07:00", "-0044-03-15", "12020-01-01", "soon")),
    ("dateTime", ("2020-02-29T12:00:00", "2020-02-29T12:00:00Z", "2020-02-29T19:00:00+07:00", "2020-02-29T12:00:00.5",
                  "1999-12-31T24:00:00", "never")),
    ("gYear", ("2020", "2024", "-0001", "20", "2020Z")),
    ("int", ("1", "01", "-3")), ("nonNegativeInteger", ("1", "-1")), ("byte", ("1", "300")), ("time", ("12:00:00",)),
    ("duration", ("P1Y", "P12M", "PT60M")), ("dayTimeDuration", ("PT1H", "PT60M")), ("anyURI", ("http://e.example/a",)),
)  # fmt: skip
_TEXTS: Final = (
    "", " ", "a", "ab", "ab c", "b", "B", "Ấn", "Thái Bình", "thái bình", "é", "e\u0301", "x'y", 'q"q', "back\\slash",
    "two\nlines", "tab\tbed", "cr\r", "\x01", "\x7f", "\x0b", "😀", "a😀b", "ß", "İ", "ǅ", "true", "1", "abc@en",
    "%_", "\u2028", "\u00a0", "\\u0041", "^", "<a>", '"@en', "a.b", "ends$",
)  # fmt: skip
_LANGUAGES: Final = ("en", "en-us", "vi", "fr")


def literal(value: str, tail: str = "") -> str:
    """A literal as N-Triples and SPARQL write it."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(each, each) for each in value) + '"' + tail


def _typed(datatype: str, value: str) -> str:
    return literal(value, f"^^<{XSD}{datatype}>")


class Generator:
    """Writes data and queries."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._depth = 0
        self._fresh = 0

    # Data.

    def term(self) -> str:
        """A term of any kind."""
        kind = self._chance.random()
        if kind < 0.15:
            return self._one(*_THINGS)
        if kind < 0.2:
            return self._one(*_BLANKS)
        return self.literal()

    def literal(self) -> str:
        """A literal of any kind."""
        match self._chance.randrange(7):
            case 0 | 1:
                return literal(self._one(*_TEXTS))
            case 2:
                return literal(self._one(*_TEXTS), f"@{self._one(*_LANGUAGES)}")
            case 3:
                return _typed("integer", self._one(*_INTEGERS))
            case 4:
                return _typed("decimal", self._one(*_DECIMALS))
            case 5:
                datatype, values = self._one(*_OTHERS)
                return _typed(datatype, self._one(*values))
        return literal(self._one("1", "a", ""), self._one("^^<http://e.example/type>", "^^<http://e.example/other>"))

    def data(self, many: int) -> str:
        """Triples: ``r`` has cycles, ``n`` small integers, ``k`` texts, ``d`` dates, ``t`` numbers of several kinds,
        and ``p`` and ``q`` anything."""
        lines = []
        for _ in range(many):
            predicate = self._one(*_PREDICATES)
            subject = self._one(*_THINGS, *_THINGS, *_BLANKS)
            value = {
                "r": lambda: self._one(*_THINGS, *_THINGS, *_BLANKS),
                "n": lambda: _typed("integer", str(self._chance.randint(-3, 12))),
                "k": lambda: literal(self._one(*_TEXTS), self._one("", "", "@en", "@vi")),
                "d": lambda: _typed("date", self._one("2020-02-29", "2019-01-01", "2024-12-31", "2020-03-01")),
                "t": lambda: self._one(
                    _typed("integer", self._one("1", "2", "-7", "0")),
                    _typed("decimal", self._one("1.0", "1.5", "-2.25")),
                ),
            }.get(predicate, self.term)()
            lines.append(f"{subject} <http://e.example/{predicate}> {value} .\n")
        return "".join(lines)

    # Queries.

    def query(self) -> str:
        """A SELECT or an ASK."""
        self._depth = self._fresh = 0
        if self._chance.random() < 0.06:
            return f"{PROLOGUE}ASK {self._group()}"
        return PROLOGUE + self._select()

    def _select(self) -> str:
        if self._chance.random() < 0.3:
            return self._grouped()
        names = self._few(("?a", "?b", "?c", "?v", "?w"), 3) or ["?a"]
        distinct = self._one("", "", "", "DISTINCT ", "DISTINCT ", "REDUCED ") if self._chance.random() < 0.3 else ""
        shown = self._one("*", " ".join(names), " ".join(names), " ".join([*names, self._named()]))
        return f"SELECT {distinct}{shown} {self._group()}{self._tail(names)}"

    def _tail(self, names: Sequence[str]) -> str:
        tail = ""
        if self._chance.random() < 0.3:
            keys = [self._one("{}", "ASC({})", "DESC({})").format(name) for name in names]
            if self._chance.random() < 0.2:
                keys.append(f"({self.expression(2)})")
            tail += f" ORDER BY {' '.join(keys)}"
            if self._chance.random() < 0.6:
                tail += f" LIMIT {self._chance.randint(0, 6)}" + self._one(
                    "", "", f" OFFSET {self._chance.randint(0, 4)}"
                )
        elif self._chance.random() < 0.03:
            tail += " LIMIT 2"
        return tail

    def _grouped(self) -> str:
        keys = self._few(("?a", "?b", "?v"), 2)
        parts = [f"({self._aggregate()} AS ?x{number})" for number in range(self._chance.randint(1, 2))]
        by = f" GROUP BY {' '.join(keys)}" if keys else ""
        having = f" HAVING({self._aggregate()} {self._one('>', '=', '<=')} {self._chance.randint(0, 3)})"
        return f"SELECT {' '.join([*keys, *parts])} {self._group()}{by}{self._one('', '', having)}"

    def _aggregate(self) -> str:
        function = self._one(*["COUNT", "MIN", "MAX"] * 4, "SUM", "SUM", "AVG", "SAMPLE", "GROUP_CONCAT")
        distinct = self._one("", "", "DISTINCT ")
        if function == "COUNT" and self._chance.random() < 0.3:
            return f"COUNT({distinct}*)"
        argument = self._variable() if self._chance.random() < 0.8 else self.expression(2)
        return f"{function}({distinct}{argument})"

    def _named(self) -> str:
        self._fresh += 1
        return f"({self.expression()} AS ?z{self._fresh})"

    def _group(self) -> str:
        self._depth += 1
        parts = [self._triples()]
        for _ in range(self._chance.choice((0, 0, 1, 1, 2, 3))):
            parts.append(self._part())
        self._depth -= 1
        return "{ " + " ".join(parts) + " }"

    def _part(self) -> str:
        shallow = self._depth < 3
        match self._chance.randrange(12):
            case 0 | 1 if shallow:
                return f"OPTIONAL {self._group()}"
            case 2 if shallow:
                return f"{self._group()} UNION {self._group()}"
            case 3 if shallow:
                return f"MINUS {self._group()}"
            case 4 if shallow:
                return f"FILTER {self._one('EXISTS', 'NOT EXISTS')} {self._group()}"
            case 5 if shallow and self._chance.random() < 0.6:
                return "{ " + self._select() + " }"
            case 6:
                return self._values()
            case 7:
                self._fresh += 1
                return f"BIND({self.expression()} AS ?y{self._fresh})"
            case 8 | 9 | 10 | 11:
                return f"FILTER({self.expression()})"
        return self._triples()

    def _triples(self) -> str:
        found = []
        for _ in range(self._chance.choice((1, 1, 1, 2, 3))):
            predicate = (
                self._one(*(f":{name}" for name in _PREDICATES)) if self._chance.random() < 0.75 else self._path()
            )
            subject = self._end() if self._chance.random() < 0.1 else self._one("?a", "?a", "?b", ":a", "[]")
            value = self._end() if self._chance.random() < 0.3 else self._variable()
            found.append(f"{subject} {predicate} {value} .")
        return " ".join(found)

    def _path(self) -> str:
        if self._chance.random() < 0.12:
            return self._one("?c", "?w")
        return self._one(
            ":r*", ":r+", ":r?", "^:r", ":r/:r", ":r/:n", ":r|:p", ":r/:r*", "(:r|^:r)*", "(:r/:r)+", "!:r",
            "^:r/:k", "(:r|:q)+", ":r*/:k", "(^:r)*", "(:r?)/:n", "(:r*)*", "(:r+)?", "(:r|:r)",
            ":nothing", ":nothing*", "(:r/^:r)?", ":r+/:r+", ":r/(:p|:q)", "(:r*|:q)",
        )  # fmt: skip

    def _end(self) -> str:
        return self._one("?a", "?b", "?v", ":a", ":b", ":nowhere", self.constant(), self.constant())

    def _variable(self) -> str:
        return self._one("?a", "?b", "?c", "?v", "?v", "?w")

    def _values(self) -> str:
        names = self._few(("?a", "?b", "?v"), 2) or ["?v"]
        rows = (
            "(" + " ".join(self._one("UNDEF", ":a", ":b", self.constant(), self.constant()) for _ in names) + ")"
            for _ in range(self._chance.randint(0 if self._chance.random() < 0.1 else 1, 3))
        )
        return f"VALUES ({' '.join(names)}) {{ {' '.join(rows)} }}"

    def constant(self) -> str:
        """A constant of a query, as often of a kind that has an order as not."""
        return self._one(
            ":a", "1", "2", "0", "-7", "1.5", "1.0", '"a"', '""', "true", "false", '"ab c"', '"Thái Bình"@vi', '"a"@en',
            '"2020-02-29"^^xsd:date', self.literal().replace("\x01", "\\u0001"), self.literal(),
        )  # fmt: skip

    def expression(self, depth: int = 0) -> str:
        """An expression of any function."""
        if depth >= 3:
            return self._one(self._variable(), self._variable(), self.constant())
        if depth == 2 and self._chance.random() < 0.5:
            return self._one(self._variable(), self.constant())
        one, two, three = (lambda: self.expression(depth + 1),) * 3
        if depth == 0 and self._chance.random() < 0.4:
            return self._simple()
        match self._chance.randrange(16):
            case 0 | 1 | 2:
                return f"({one()} {self._one('=', '!=', '<', '>', '<=', '>=')} {two()})"
            case 3:
                return f"({one()} {self._one('+', '-', '*', '/')} {two()})"
            case 4:
                return f"({one()} {self._one('&&', '||')} {two()})"
            case 5:
                return f"{self._one('!', '!', '-', '+')}({one()})"
            case 6:
                return f"({one()} {self._one('IN', 'NOT IN')} ({', '.join(self.expression(depth + 1) for _ in range(self._chance.randint(0, 3)))}))"  # noqa: E501
            case 7:
                return f"IF({one()}, {two()}, {three()})"
            case 8:
                return f"COALESCE({one()}, {two()})"
            case 9:
                return f"{self._one('STR', 'LANG', 'DATATYPE', 'STRLEN', 'UCASE', 'LCASE', 'ABS', 'CEIL', 'FLOOR', 'ROUND')}({one()})"  # noqa: E501
            case 10:
                return f"{self._one('isIRI', 'isBlank', 'isLiteral', 'isNumeric', 'isURI')}({one()})"
            case 11:
                return f"{self._one('CONTAINS', 'STRSTARTS', 'STRENDS', 'sameTerm', 'CONCAT', 'STRBEFORE', 'STRAFTER', 'STRDT', 'STRLANG')}({one()}, {two()})"  # noqa: E501
            case 12:
                return f"{self._one('YEAR', 'MONTH', 'DAY', 'HOURS', 'TZ', 'ENCODE_FOR_URI', 'MD5', 'IRI', 'xsd:integer', 'xsd:string', 'xsd:double', 'xsd:boolean')}({one()})"  # noqa: E501
            case 13:
                return f"LANGMATCHES(LANG({self._variable()}), {self._one(chr(34) + 'en' + chr(34), chr(34) + '*' + chr(34), chr(34) + 'en-US' + chr(34))})"  # noqa: E501
            case 14:
                return f"BOUND({self._variable()})"
        return self._simple()

    def _simple(self) -> str:
        variable = self._variable()
        return self._one(
            f"{variable} = {self.constant()}", f"{variable} != {self.constant()}", f"{variable} > 1", f"{variable} <= 2",  # noqa: E501
            f"{variable} < {self._variable()}", f"{variable} = {self._variable()}", f"BOUND({variable})", variable,
            f"!BOUND({variable})", f"!({variable})", f"STR({variable})", f"CONTAINS(STR({variable}), 'a')",
            f"CONTAINS({variable}, 'a')", f"STRLEN(STR({variable})) > 2", f"STRLEN({variable})", f"LANG({variable}) = 'en'",  # noqa: E501
            f"LANG({variable}) = ''", f"REGEX({variable}, {self._one(*_PATTERNS)})", f"REGEX(STR({variable}), '^a', 'i')",  # noqa: E501
            f"SUBSTR(STR({variable}), {self._one('1', '2', '0', '1.5')})", f"SUBSTR({variable}, 2, {self._one('1', '0', '99')})",  # noqa: E501
            f"UCASE(STR({variable}))", f"LCASE({variable})", f"CONCAT(STR({variable}), '-', STR({self._variable()}))",
            f"YEAR({variable})", f"MONTH({variable}) = 2", f"DAY({variable})", f"{variable} + 1", f"{variable} * 2",
            f"{variable} / 2", f"1 / {variable}", f"{variable} - {self._variable()}", f"-{variable}",
            f"{variable} IN (1, 2, :a, 'a')", f"{variable} NOT IN (1, {self.constant()})", f"sameTerm({variable}, 1)",
            f"sameTerm({variable}, {self._variable()})", f"isLiteral({variable}) && {variable} != 1", f"isIRI({variable})",  # noqa: E501
            f"isNumeric({variable})", f"DATATYPE({variable}) = xsd:integer", f"IF(BOUND({variable}), {variable}, 'none')",  # noqa: E501
            f"IF({variable} > 1, 'more', 0)", f"COALESCE({variable}, {self._variable()})", f"COALESCE({variable} + 1, 'no')",  # noqa: E501
            f"EXISTS {{ {self._triples()} FILTER({variable} {self._one('=', '!=', '<')} {self._variable()}) }}",
            f"NOT EXISTS {{ {self._triples()} }}", f"{variable} >= '2020-01-01'^^xsd:date", f"STRSTARTS(STR({variable}), 'http')",  # noqa: E501
            f"({variable} && {self._variable()}) || BOUND({self._variable()})", f"{variable} || true", f"{variable} && false",  # noqa: E501
        )  # fmt: skip

    def _one(self, *choices: T) -> T:
        return self._chance.choice(choices)

    def _few(self, choices: Sequence[T], most: int) -> list[T]:
        return self._chance.sample(list(choices), self._chance.randint(0, most))


_PATTERNS: Final = (
    '"a"', '"^a"', '"b$"', '"a.b"', '"^$"', '"a.*"', "'[ab]'", "'(a'", '"a", "i"', "'.', 's'", "'^.$'", "'é'", '"a|b"',
)  # fmt: skip
