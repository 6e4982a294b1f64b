"""Random graphs with a property for each kind of term, so that much compiles, and broad queries over them."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
VARIABLES = ("?x", "?y", "?z", "?v", "?w")
XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIXES = f"PREFIX : <urn:x:>\nPREFIX xsd: <{XSD}>\n"

THINGS = tuple(f"<urn:x:{name}>" for name in ("a", "A", "a-b", "b", "c", "d"))
TEXTS = ('"ab"', '"ab c"', '"Ấn"', '""', '"a\\"b\\\\n"', '"tab\\there\\nand line"', '"vi"', '"9"')
IN_LANGUAGES = ('"ab"@vi', '"ab"@en', '"ab"@en-us', '"Ấn"@vi', '"z"@fr')
NUMBERS = tuple(f'"{value}"^^<{XSD}integer>' for value in ("0", "9", "10", "-3", "2005", "9999999999999999"))
DECIMALS = tuple(f'"{value}"^^<{XSD}decimal>' for value in ("1.5", "-0.25", "9", "0.000001"))
DAYS = tuple(f'"{value}"^^<{XSD}date>' for value in ("2020-02-29", "1999-12-31", "2025-07-01"))
TRUTHS = tuple(f'"{value}"^^<{XSD}boolean>' for value in ("true", "false"))
#: What the engine spells in its own way, what has no value here, and what is none of its datatype.
STRANGE = (
    f'"09"^^<{XSD}integer>', f'"1.50"^^<{XSD}decimal>', f'"1"^^<{XSD}boolean>',
    f'"12345678901234567890"^^<{XSD}integer>',
    f'"abc"^^<{XSD}integer>', f'"1e1"^^<{XSD}double>', f'"NaN"^^<{XSD}double>', f'"2020-02-29Z"^^<{XSD}date>',
    f'"2020-02-30"^^<{XSD}date>', f'"2020-01-01T00:00:00"^^<{XSD}dateTime>', f'"2020"^^<{XSD}gYear>',
    '"x"^^<urn:x:type>',
    '"\\u0001\\u007F"', f'"1.0000000001"^^<{XSD}decimal>', f'"99999999999999999"^^<{XSD}integer>',
)  # fmt: skip
#: Each predicate, and what its objects are.
OBJECTS: dict[str, tuple[str, ...]] = {
    "knows": THINGS,
    "next": THINGS[:4],
    "n": NUMBERS,
    "s": TEXTS,
    "l": IN_LANGUAGES,
    "d": DAYS,
    "t": TRUTHS,
    "dec": DECIMALS,
    "num": NUMBERS + DECIMALS,
    "name": TEXTS + IN_LANGUAGES,
    "mixed": THINGS + TEXTS + NUMBERS + DAYS + TRUTHS + IN_LANGUAGES + DECIMALS,
    "odd": STRANGE + NUMBERS[:2] + TEXTS[:2],
    "blank": ("_:x", "_:y", THINGS[0]),
}


def graph(chance: random.Random) -> str:
    """Some triples, as N-Triples."""
    lines = {
        f"{chance.choice((*THINGS, '_:x'))} <urn:x:{name}> {chance.choice(objects)} ."
        for name, objects in OBJECTS.items()
        for _ in range(chance.randint(3, 14))
    }
    return "\n".join(sorted(lines)) + "\n"


class Queries:
    """Writes queries."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._depth = 0

    def query(self) -> str:
        """One query: SELECT, or ASK."""
        self._depth = 0
        if self._maybe(0.06):
            return f"{PREFIXES}ASK {self.group()}"
        if self._maybe(0.3):
            return PREFIXES + self.grouped()
        shown = "*" if self._maybe(0.3) else " ".join(self._some(VARIABLES, 4))
        distinct = "DISTINCT " if self._maybe(0.2) else ""
        return f"{PREFIXES}SELECT {distinct}{shown} {self.group()}{self.tail()}"

    def tail(self) -> str:
        """ORDER BY, and perhaps LIMIT and OFFSET."""
        if not self._maybe(0.25):
            return ""
        by = " ".join(self._one(("DESC({})", "{}")).format(name) for name in self._some(VARIABLES, 3))
        cut = f" LIMIT {self._chance.randint(0, 8)}" if self._maybe(0.5) else ""
        return f" ORDER BY {by}{cut}{' OFFSET 2' if cut and self._maybe(0.3) else ''}"

    def grouped(self) -> str:
        """Groups and their aggregates."""
        keys = self._some(VARIABLES[:4], 2) if self._maybe(0.8) else []
        aggregates = [f"({self.aggregate()} AS ?g{number})" for number in range(self._chance.randint(1, 2))]
        by = f" GROUP BY {' '.join(keys)}" if keys else ""
        having = f" HAVING({self.aggregate()} > {self._chance.randint(0, 3)})" if self._maybe(0.2) else ""
        order = f" ORDER BY {' '.join(keys)} LIMIT 5" if keys and self._maybe(0.2) else ""
        return f"SELECT {' '.join(keys)} {' '.join(aggregates)} {self.group()}{by}{having}{order}"

    def aggregate(self) -> str:
        name = self._one(("COUNT", "COUNT", "SUM", "MIN", "MAX", "AVG"))
        distinct = "DISTINCT " if self._maybe(0.3) else ""
        return f"{name}({distinct}{'*' if name == 'COUNT' and self._maybe(0.3) else self._one(VARIABLES)})"

    def group(self) -> str:
        """A group of patterns."""
        self._depth += 1
        parts = [self.triples()]
        for _ in range(self._chance.choice((0, 0, 1, 1, 2, 3)) if self._depth < 3 else 0):
            parts.append(self.part())
        self._depth -= 1
        return "{ " + " ".join(parts) + " }"

    def part(self) -> str:
        match self._chance.randrange(11):
            case 0 | 1 | 2:
                return f"FILTER({self.condition()})"
            case 3 | 4:
                return f"OPTIONAL {self.group()}"
            case 5:
                return f"{self.group()} UNION {self.group()}"
            case 6:
                return f"MINUS {self.group()}"
            case 7:
                return f"FILTER {self._one(('', 'NOT '))}EXISTS {self.group()}"
            case 8:
                return f"BIND({self.expression()} AS ?b{self._chance.randrange(1000)})"
            case 9:
                return self.values()
        return "{ " + self._one((self.grouped, lambda: f"SELECT {self._one(VARIABLES)} {self.group()}"))() + " }"

    def values(self) -> str:
        names = self._some(VARIABLES, 2)
        terms = THINGS + TEXTS + NUMBERS + ("UNDEF", "<urn:x:nowhere>", '"nowhere"')
        rows = " ".join(
            "(" + " ".join(self._one(terms) for _ in names) + ")" for _ in range(self._chance.randint(1, 3))
        )
        return f"VALUES ({' '.join(names)}) {{ {rows} }}"

    def triples(self) -> str:
        return " ".join(self.triple() for _ in range(self._chance.choice((1, 1, 2, 2, 3))))

    def triple(self) -> str:
        subject = self._one((*VARIABLES[:3], *VARIABLES[:3], self._one(THINGS)))
        if self._maybe(0.06):
            return f"{subject} ?p {self._one(VARIABLES)} ."
        if self._maybe(0.3):
            value = self._one((*VARIABLES[:3], self._one(THINGS)))
            return f"{subject} {self.path()} {value} ."
        name = self._one(tuple(OBJECTS))
        value = self._one(OBJECTS[name]) if self._maybe(0.15) and name != "blank" else self._one(VARIABLES)
        return f"{subject} :{name} {value} ."

    def path(self) -> str:
        step = f":{self._one(('knows', 'next', 'blank', 'mixed'))}"
        other = f":{self._one(('knows', 'next', 'n', 's'))}"
        return self._one((
            f"^{step}", f"{step}/{other}", f"{step}|{other}", f"{step}*", f"{step}+", f"{step}?", f"({step}|{other})*",
            f"{step}/{other}*", f"^{step}/{other}", f"({step}/{other})+", f"!{step}", f"!({step}|{other})",
            f"({step}/{other})|{step}",
            f"^({step}/{other})", f"{step}*/{other}",
        ))  # fmt: skip

    def condition(self) -> str:
        """An expression that is meant to be true or false."""
        first, other = self.expression(), self.expression()
        match self._chance.randrange(12):
            case 0 | 1 | 2 | 3 | 4:
                return f"{first} {self._one(('=', '!=', '<', '<=', '>', '>='))} {other}"
            case 5:
                return f"{self.condition()} {self._one(('&&', '||'))} {self.condition()}"
            case 6:
                return f"!({self.condition()})"
            case 7:
                return f"BOUND({self._one(VARIABLES)})"
            case 8:
                return f"{first} {self._one(('IN', 'NOT IN'))} ({other}, {self.constant()})"
            case 9:
                return f"{self._one(('isIRI', 'isBLANK', 'isLITERAL', 'isNUMERIC'))}({self._one(VARIABLES)})"
            case 10:
                return self._one((
                    f'CONTAINS({self._one(VARIABLES)}, "a")', f'STRSTARTS(STR({self._one(VARIABLES)}), "a")',
                    f'STRENDS({self._one(VARIABLES)}, "b")', f'REGEX({self._one(VARIABLES)}, "^a.*b")',
                    f'REGEX(STR({self._one(VARIABLES)}), "AB", "i")',
                    f'langMatches(LANG({self._one(VARIABLES)}), "en")',
                    f"sameTerm({first}, {other})", f'LANG({self._one(VARIABLES)}) = "vi"', first,
                ))  # fmt: skip
        return f"DATATYPE({self._one(VARIABLES)}) = {self._one(('xsd:integer', 'xsd:string', 'xsd:date'))}"

    def expression(self) -> str:
        if self._maybe(0.55):
            return self._one(VARIABLES)
        if self._maybe(0.5):
            return self.constant()
        name, other = self._one(VARIABLES), self._one((self._one(VARIABLES), self.constant()))
        return self._one((
            f"({name} + {other})", f"({name} - {other})", f"({name} * {other})", f"({name} / {other})", f"(-{name})",
            f"STR({name})", f"STRLEN(STR({name}))", f"YEAR({name})", f"MONTH({name})", f"DAY({name})", f"LANG({name})",
            f"UCASE({name})", f"LCASE(STR({name}))", f"SUBSTR({name}, 2)", f"SUBSTR(STR({name}), 1, 2)",
            f'CONCAT(STR({name}), "-")', f"CONCAT({name}, {other})", f"IF(BOUND({name}), {name}, {other})",
            f"COALESCE({name}, {other})", f"ABS({name})", f"DATATYPE({name})", f"({name} = {other})",
            f'REPLACE(STR({name}), "a", "b")', f"ROUND({name})",
        ))  # fmt: skip

    def constant(self) -> str:
        return self._one((
            self._one(THINGS), self._one(TEXTS), self._one(NUMBERS), self._one(IN_LANGUAGES), self._one(DAYS),
            self._one(DECIMALS), "true", "<urn:x:nowhere>", '"nowhere"', "7", "0.5",
        ))  # fmt: skip

    def _maybe(self, share: float) -> bool:
        return self._chance.random() < share

    def _one(self, choices: Sequence[T]) -> T:
        return self._chance.choice(choices)

    def _some(self, choices: Sequence[str], most: int) -> list[str]:
        return self._chance.sample(choices, self._chance.randint(1, most))
