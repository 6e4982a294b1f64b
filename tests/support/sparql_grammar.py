"""Random SPARQL 1.2 texts, as tokens, and the ways in which an attacker would write them down."""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

_TRICKS = (
    '"', "'", '"""', "'''", "\\u0022", "\\u0027", "\\u003C", "\\'", "#", "<?s#>", '<?s#>"""\n', "1", "1.", "x:",
    "x:.", "_:", "<", ">", "<<", ">>", "<<(", ")>>", "{|", "|}", "~", "^^", "%", "@en", "@en--ltr",
    "·", "̀", "‿", "€", "、", "\ufeff", "\u2028", "\f",
)  # fmt: skip
_FIRST = {
    "SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "INSERT", "DELETE", "WITH", "CLEAR", "DROP", "COPY", "MOVE",
    "ADD", "LOAD", "CREATE",
}  # fmt: skip
_BLANKS = (" ", "\n", "\t", "\r\n", "#\n", "# SERVICE '\n", '#"""\r', " #<\n ")


class Grammar:
    """Writes queries and updates; the words that reach outside name one address."""

    def __init__(self, chance: random.Random, outside: str) -> None:
        self._chance = chance
        self._outside = outside
        self._depth = 0

    def query(self) -> list[str]:
        """A query's tokens."""
        form = self._one("select", "select", "ask", "construct", "describe")
        head = {
            "select": [
                "SELECT", *self._few(["DISTINCT"], 1),
                *self._one(
                    ["*"], ["?s", "?o"], ["(", *self.expression(), "AS", "?x", ")"],
                    ["(", "GROUP_CONCAT", "(", "?o", ";", "SEPARATOR", "=", self.string(), ")", "AS", "?x", ")"],
                ),
            ],
            "ask": ["ASK"],
            "construct": ["CONSTRUCT", "{", *self.triple(), "}", "WHERE"],
            "describe": ["DESCRIBE", "?s", "WHERE"],
        }[form]  # fmt: skip
        tail = self._one(
            [], [], ["LIMIT", "3"], ["ORDER", "BY", "?s"], ["GROUP", "BY", "?s"], ["VALUES", "?s", "{", self.iri(), "}"]
        )
        return [*self.prologue(), *head, *self.group(), *tail]

    def update(self) -> list[str]:
        """An update's tokens: some operations."""
        tokens = self.prologue()
        for _ in range(self._chance.randint(1, 3)):
            tokens += [*self.operation(), ";"]
        return tokens[:-1] if self._chance.random() < 0.5 else tokens

    def prologue(self) -> list[str]:
        return [
            *self._few(["BASE", "<http://x.example/>"], 1),
            "PREFIX",
            "g:",
            "<http://g.example/>",
            "PREFIX",
            "x:",
            "<http://x.example/>",
            *self._few(["VERSION", '"1.2"'], 1),
        ]

    def operation(self) -> list[str]:
        silent = self._few(["SILENT"], 1)
        data = ["{", "GRAPH", self.graph(), "{", *self.ground(), "}", *self._few([*self.ground(), "."], 1), "}"]
        match self._one("insert", "insert", "delete", "modify", "where", "clear", "copy", "load", "create"):
            case "insert":
                return ["INSERT", "DATA", *data]
            case "delete":
                return ["DELETE", "DATA", *data]
            case "modify":
                graph = self.graph()
                insert = ["INSERT", "{", "GRAPH", self.graph(), "{", *self.triple(), "}", "}", "WHERE", *self.group()]
                return self._one(insert, ["WITH", graph, "DELETE", "{", *self.triple(), "}", "WHERE", *self.group()])
            case "where":
                return ["DELETE", "WHERE", "{", "GRAPH", self.graph(), "{", "?s", "?p", "?o", "}", "}"]
            case "clear":
                return [
                    self._one("CLEAR", "DROP"),
                    *silent,
                    *self._one(["GRAPH", self.graph()], ["ALL"], ["NAMED"], ["DEFAULT"]),
                ]
            case "copy":
                return [
                    self._one("COPY", "MOVE", "ADD"),
                    *silent,
                    self.graph(),
                    "TO",
                    self._one(self.graph(), "DEFAULT"),
                ]
            case "create":
                return ["CREATE", *silent, "GRAPH", self.graph()]
        return ["LOAD", *silent, f"<{self._outside}>", *self._few(["INTO", "GRAPH", self.graph()], 1)]

    def group(self) -> list[str]:
        self._depth += 1
        tokens = ["{"]
        for _ in range(self._chance.randint(1, 3)):
            tokens += self.pattern() if self._depth < 4 else self.triple()
        self._depth -= 1
        return [*tokens, "}"]

    def pattern(self) -> list[str]:
        service = ["SERVICE", *self._few(["SILENT"], 1), f"<{self._outside}>", *self.group()]
        return self._one(
            lambda: [*self.triple(), "."],
            lambda: service if self._chance.random() < 0.4 else self.triple(),
            lambda: [self._one("OPTIONAL", "MINUS", "LATERAL"), *self.group()],
            lambda: [*self.group(), "UNION", *self.group()],
            lambda: ["FILTER", "(", *self.expression(), ")"],
            lambda: ["FILTER", *self._few(["NOT"], 1), "EXISTS", *self.group()],
            lambda: ["BIND", "(", *self.expression(), "AS", f"?v{self._chance.randint(0, 99)}", ")"],
            lambda: ["VALUES", "(", "?s", "?w", ")", "{", "(", "1", self.iri(), ")", "}"],
            lambda: ["GRAPH", self._one(self.graph(), "?g"), *self.group()],
            lambda: ["{", *self.query()[len(self.prologue()) :], "}"] if self._depth < 3 else self.triple(),
        )()  # type: ignore[no-any-return]

    def triple(self) -> list[str]:
        verb = self._one(
            [self.iri()],
            ["a"],
            ["?p"],
            ["(", self.iri(), "|", "^", self.iri(), ")", "*"],
            [self.iri(), "/", self.iri(), "?"],
            ["!", "(", self.iri(), "|", "^", "a", ")"],
        )
        value = self._one(
            ["?o"], [self.literal()], [self.iri()], ["_:n"],
            ["(", "1", self.iri(), ")"], ["[", self.iri(), self.literal(), "]"],
            ["<<(", "?s", self.iri(), "?t", ")>>"], ["?o", "{|", self.iri(), "1", "|}"], ["?o", "~", "?r"],
            ["<<", "?s", self.iri(), "?t", "~", "?r", ">>"], ["[", "]"], ["(", ")"],
        )  # fmt: skip
        return [self._one("?s", self.iri(), "_:n"), *verb, *value]

    def ground(self) -> list[str]:
        return [self.iri(), self.iri(), self._one(self.iri(), self.literal())]

    def expression(self) -> list[str]:
        self._depth += 1
        left = self._one(
            ["?s"], ["1"], [self.literal()], [self.iri()], ["STR", "(", "?s", ")"], ["true"], ["NOW", "(", ")"],
            ["IRI", "(", self.string(), ")"], ["IF", "(", "?s", "<", self.iri(), ",", "?o", ",", "1", ")"],
            ["?o", "IN", "(", self.iri(), ",", self.literal(), ")"], [self._one("!", "-", "+"), "?o"],
        )  # fmt: skip
        if self._depth < 5 and self._chance.random() < 0.6:
            left = [*left, self._one("<", ">", "<=", "=", "&&", "||", "+", "-", "*", "/", "!="), *self.expression()]
        self._depth -= 1
        return left

    def string(self) -> str:
        return self._one('"x"', "'y\\n'", '""', "'''c'd\n'''")

    def literal(self) -> str:
        return self._one(
            '"x"',
            "'y'",
            '"""a"b"""',
            "'''c'd'''",
            '"x"@en',
            '"1"^^x:i',
            "1",
            "-2",
            "1.5e3",
            '"SERVICE"',
            "'#'",
            '"\\u0041"',
        )

    def iri(self) -> str:
        return self._one("x:a", "x:b.c", "<http://x.example/a>", "<http://x.example/?s#>", "x:SERVICE", "x:", "x:\\~d")

    def graph(self) -> str:
        return self._one("g:a", "g:b", "g:c", "<http://g.example/a>")

    def _one(self, *choices: T) -> T:
        return self._chance.choice(choices)

    def _few(self, tokens: list[str], most: int) -> list[str]:
        return tokens * self._chance.randint(0, most)


def written(tokens: Sequence[str], chance: random.Random) -> str:
    """The tokens as a text: glued, split, escaped, in any case, with comments and things that mislead."""
    daring = chance.random() ** 2  # many texts are nearly plain, so that an engine takes them
    glue, trick = daring * 0.8, daring * 0.05
    # Most prologues are plain, for without their prefixes the rest says nothing.
    begins = 0 if daring > 0.9 else next(at for at, token in enumerate(tokens) if token in _FIRST)
    pieces = [f"{token} " for token in tokens[:begins]]
    for token, follows in zip(tokens[begins:], [*tokens[begins + 1 :], ""], strict=True):
        apart = 0.9 if token[-1:].isalnum() and follows[:1].isalnum() else 0.0
        if chance.random() < trick:
            pieces.append(chance.choice(_TRICKS))
        pieces.append(_disguised(token, chance) if chance.random() < trick * 2 else token)
        together = chance.random() < glue and chance.random() >= apart
        pieces.append("" if together else chance.choice(_BLANKS if daring > 0.5 else " "))
    return "".join(pieces)


def _disguised(token: str, chance: random.Random) -> str:
    ways: list[Callable[[str], str]] = [
        str.lower,
        str.swapcase,
        lambda text: "".join(f"\\u{ord(each):04X}" if chance.random() < 0.5 else each for each in text),
        lambda text: text[:2] + chance.choice(_BLANKS) + text[2:],
        lambda text: chance.choice(_TRICKS) + text,
        lambda text: text + chance.choice(_TRICKS),
        lambda text: text + text,
    ]
    return chance.choice(ways)(token)
