"""Regular expressions over texts from outside take time that grows with the text, and no faster.

Every pattern of the program is found by reading its source. It is either in ``WORST``, with texts that it likes least,
or in ``OURS``, since it only ever reads what this project wrote itself. Those from outside are timed at two sizes.
"""

import ast
import importlib
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.pace import within
from tests.support.paths import PACKAGES
from tests.support.paths import modules as every_module
from thidua.base.files import ProjectFiles
from thidua.extract.article import from_text
from thidua.extract.extractor import extract
from thidua.extract.lexicon import Lexicon
from thidua_server.http.negotiation import encodings

Maker = Callable[[int], str]

#: Its patterns read one sentence at a time, of 1,500 characters at most, written in words and symbols.
OF_A_SENTENCE: Final = "thidua.extract."
#: What its sentences may be made of, at worst.
HOSTILE: Final = (
    "Thái Bình, ", "U0 , ", "U0 va U1 ", "H1 ", "Cụm trưởng ", "U0 H1 ", "Thái Bình Cụm trưởng ", "Y1 ",
    "năm 2024 ", "12 tap the ", "12 tập thể ", "A0 ", "Bằng khen ", "Nguyễn Văn A, Chủ tịch ", "“abc def ghi” ",
    "Q0 , ", "(", "12,5% ", "duoc ", "được ", "trao ", "trao cờ luân lưu cho ", "U0 ban giao ", "bầu ", "bau ",
    "lam ", "13/3 ", "phong trao ", "giao uoc ", "ky ", "- ", "Sở Nội vụ ", "cụm thi đua ", "R0 so 1 ", "5 tỉnh ",
    "xep thu ", "nhan co tu U0 ", "34-CT/TW ngày ", "khen 12 ", "1",
)  # fmt: skip

#: Patterns that read our own files, and what the program itself made.
OURS: Final = {
    "thidua_server.html.answer_view._EXPLAINED",  # labels of columns in the catalogue
    "thidua_server.openapi.operations._CONVERTER",  # the rules of our own routes
    "thidua.base.translation._HOLE",  # the catalogue of messages
    "thidua.base.translation._PLACE",
    "thidua.questions.catalogue._HEADER",
    "thidua.questions.catalogue._ORDER",
    "thidua.questions.catalogue._ORDERED",
    "thidua.questions.catalogue._OUTER_WHERE",
    "thidua.checks.rules._BOUND",
    "thidua.checks.rules._CLOSED",
    "thidua.checks.rules._CLAUSES",
    "thidua.checks.rules._COMMENT",
    "thidua.checks.rules._CONSTRUCT",
    "thidua.checks.rules._NEGATED",
    "thidua.checks.rules._VALUES",
    "thidua.checks.rules._TWO_VARIABLES",
    "thidua.checks.rules._VARIABLE",
    "thidua.rdf.derivation._RULE",
    "thidua.exchange.tidy.column_name",
    "thidua_server.html.guides._anchor",  # headings of our own guides
    "thidua.extract.accepting._added",  # Turtle that was made here, and the registry's files
    "thidua.extract.entries._PREFIXED",  # Turtle that was made here: its texts are closed
}


def repeated(piece: str, end: str = "\0", start: str = "") -> Maker:
    """A text that begins in one way, goes on in another, and ends where no pattern of ours can."""
    return lambda size: start + piece * (size // len(piece)) + end


#: What is hard to read for whatever looks at SPARQL.
SPARQL: Final = (
    repeated('"""'),
    repeated('\\"""'),
    repeated('\\"', start='"'),
    repeated("'''"),
    repeated("\\u0022"),
    repeated("\\u"),
    repeated("<a"),
    repeated("<<"),
    repeated("<", end=">"),
    repeated("a:"),
    repeated("a.:"),
    repeated("1e"),
    repeated("?a·"),
    repeated("@a-"),
    repeated("#"),
)

#: A pattern's place, or its module for all that are there, to the texts that they like least, beside those that all
#: are given.
WORST: Final[dict[str, tuple[Maker, ...]]] = {
    "thidua_server.app._HOST": (repeated("a."), repeated("1:", start="[")),
    "thidua_server.app._REQUEST_ID": (repeated("a-"),),
    "thidua_server.api.data._ABSOLUTE": (repeated("a+", end=" "), repeated("a:", end="<")),
    "thidua_server.gateway.request_head._EXPECT": (repeated("\r\nexpect"),),
    "thidua_server.gateway.request_head._FORWARDED": (
        repeated("\r\nx-forwarded-for:"),
        repeated(",", start="\r\nx-forwarded-for:"),
    ),
    "thidua_server.gateway.request_head._LENGTH": (
        repeated(" ", start="\r\ncontent-length:"),
        repeated("\r\ncontent-length: 1"),
    ),
    "thidua_server.gateway.request_head._TOKEN": (repeated("\r\nauthorization"),),
    "thidua_server.gateway.request_head._WRITE": (repeated("A"), repeated("A /update")),
    "thidua_server.gateway.split_request": (
        repeated("&query=", start="GET /?query="),
        repeated("?query=", start="GET /"),
        repeated(" ", start="\r\ncontent-length:"),
        repeated("\r\ncontent-length: 1"),
    ),
    "thidua_server.http.context.snapshot": (repeated("7"),),
    "thidua_server.http.negotiation._WEIGHT": (repeated("0", start="0."), repeated("0", start="1.")),
    "thidua_server.html.desk_form._SPAN": (repeated("1"), repeated("1-"), repeated("1234567")),
    "thidua_server.html.desk_form._WORD": (repeated("a"), repeated(" "), repeated("a ")),
    "thidua_server.html.desk_form._YEAR": (repeated("2"), repeated("20"), repeated("2024")),
    "thidua_server.pages.turtle._DESCRIBED": (
        repeated("\n"),
        repeated("\n "),
        repeated("src:a\n"),
        repeated("a", start="src:"),
    ),
    "thidua_server.api.versions.compare": (repeated("1"),),
    "thidua_server.api.versions.diff": (repeated("1"),),
    "thidua_server.html.copy_as._SPECIAL": (repeated("a"), repeated("*"), repeated("[a]")),
    "thidua_server.html.sharing._SPACE": (repeated(" "), repeated("a "), repeated(" \n")),
    "thidua_server.pages.embed._year": (repeated("2"),),
    "thidua_server.pages.feeds._IMPOSSIBLE": (repeated("a"), repeated("\x01"), repeated("a\x01")),
    "thidua_server.pages.turtle._ID": (repeated("a"),),
    "thidua_server.pages.turtle._NAME": (repeated("a"),),
    "thidua_server.pages.timeline._year": (repeated("2"),),
    "thidua_server.http.writes._TAG": (repeated('W/"'), repeated("a", start='"000000000000-1-0000000000000000:')),
    "thidua.notebook.service._FIRST_LINE": (
        repeated("line 1, column "),
        repeated("1", start="line 1, column "),
        repeated("line 1, column 1"),
    ),
    "thidua.rdf.mistakes": (
        repeated("SELECT "),
        repeated(" ", start="SELECT"),
        repeated("FROM ", start="SELECT "),
        repeated("FROM\t", start="SELECT ", end=":"),
        repeated("FROM a:", start="SELECT "),
        repeated("a", start="SELECT FROM ", end=":"),
        repeated("INSERT "),
        repeated("not "),
        repeated("in"),
    ),
    "thidua.views.province_map.read_moment": (repeated("2"),),
    "thidua.views.outlines._COMMAND": (repeated("1", start="M"),),
    "thidua.views.outlines._NUMBER": (repeated("1"), repeated("1.1"), repeated("1e"), repeated("-.")),
    "thidua.base.paths._SLUG": (repeated("a"),),
    "thidua.views.identifiers._REGISTRIES": (
        repeated("?ItemID=1", end="", start="https://vbpl.vn/"),
        repeated("&ItemID=", start="https://vbpl.vn/"),
        repeated("&docid=1x", start="https://vanban.chinhphu.vn/", end="\n"),
        repeated("-1", start="https://thuvienphapluat.vn/"),
        repeated("1", start="https://thuvienphapluat.vn/-"),
        repeated("1", start="http://data.bnf.fr/ark:/12148/cb"),
        repeated("1", start="http://www.idref.fr/"),
        repeated(".1", start="http://www.grid.ac/institutes/grid"),
    ),
    "thidua.exchange.links._appended": (repeated("a"), repeated("-a")),
    "thidua.exchange.link_proposals._dates.days": (repeated("2025-01-01"),),
    "thidua.exchange.link_proposals._YEARS": (repeated(" (2025-"), repeated(" (2025)"), repeated(" ")),
    "thidua.notebook.Graph._number": (repeated("2"),),
    "thidua.notebook.inputs": (repeated("2"), repeated("2015-"), repeated("2015 "), repeated("-01", start="2015")),
    "thidua.notebook.frames._CODE": (repeated("a"), repeated("a.")),
    "thidua.questions.parameters._Reader.term": (repeated("2"),),
    "thidua.questions.parameters._possible_iris": (repeated("a", start="<https://"),),
    "thidua.questions.parameters._YEARS": (repeated("2"), repeated("2015-"), repeated(" ", start="2015")),
    "thidua.exchange.reconcile._DATED": (
        repeated(" "),
        repeated("("),
        repeated(", năm "),
        repeated(" ", start="a 2024"),
    ),
    "thidua.exchange.reconcile._DAY": (repeated("1/"),),
    "thidua.exchange.reconcile.read_extension": (repeated("1"),),
    "thidua.base.journals": (repeated("a"),),
    "thidua.extract.describing": (
        repeated("1"),
        repeated("1/"),
        repeated("1 tháng "),
        repeated(" ", start="1"),
        repeated("2025-01-"),
        repeated("a", start="http://"),
    ),
    "thidua.extract.drafts": (repeated("20"), repeated("2025-"), repeated("2025-01-01")),
    "thidua.extract.drafts.Draft": (repeated("2025-01"),),
    "thidua.extract.entries": (
        repeated("1/"),
        repeated("1/2025/"),
        repeated("A-", start="1-"),
        repeated("A/", start="1-"),
        repeated("A1", start="1-"),
        repeated(" kiêm nhiệm"),
        repeated(" ,"),
        repeated("pho-chu-tich-"),
        repeated("QH"),
    ),
    "thidua.extract.entries.Entries": (
        repeated(" tinh"),
        repeated(" thanh uy"),
        repeated("Tỉnh ủy "),
        repeated("1/2025", start="1"),
        repeated(" "),
    ),
    "thidua.extract.indicators": (
        repeated("20"),
        repeated("2025-"),
        repeated("6 thang "),
        repeated("1 "),
        repeated("den het "),
        repeated("thang 1 "),
    ),
    "thidua.extract.units": (repeated(".000", start="1"), repeated("1"), repeated(",1")),
    "thidua.extract.named_records.add_document": (repeated("20"), repeated("2025-")),
    "thidua.rdf.scan": SPARQL,
    "thidua.rdf.iri._REFERENCE": SPARQL,
    "thidua.base.articles._ARCHIVED": (repeated("web.archive.org/web/"), repeated("1", start="archive.org/web/")),
    "thidua.base.articles._ESCAPED": (repeated("%"), repeated("%4")),
    "thidua.base.articles._ID_IN_NAME": (repeated("_0"), repeated("_0000000000000000")),
    "thidua.base.articles._SCHEME": (repeated("http:"), repeated("/", start="https:")),
    "thidua.base.articles._SLUG": (repeated("a"),),
    "thidua.base.articles._TRACKING": (repeated("utm_"), repeated("a", start="utm_")),
    "thidua.base.articles._UNRESERVED": (repeated("a"),),
    "thidua.rdf.inputs._OF_THE_STORE": (repeated("0"),),
    "thidua.rdf.cells.integer": (repeated("0"), repeated("1", start="-")),
    "thidua.write.source_text._url": (repeated("a", start="http://"),),
    "thidua.write.source_text._with": (repeated("src:0123456789abcdef"), repeated("\n", start="src:0123456789abcdef")),
    "thidua.write.source_text.with_address": (repeated("schema:ur"),),
    "thidua.write.source_text.with_text": (repeated("ev:0123456789abcdef-"),),
    "thidua.write.source_text._words": (repeated("bài "), repeated("bài\n"), repeated(" ", start="bài")),
    "thidua.questions.excel._MADE": (repeated("<dcterms:created"), repeated("<dcterms:created>")),
    "thidua.columns.terms._OWN": (
        repeated("9"),
        repeated("-1"),
        repeated("1.0"),
        repeated("0"),
        repeated("2020-02-29"),
    ),
    "thidua.columns.algebra._MODIFIER": (*SPARQL, repeated("> "), repeated(" ", start=">"), repeated(") *")),
    "thidua.columns.expressions": (repeated(".*"), repeated("a"), repeated("\\."), repeated("^"), repeated("$")),
    "thidua.rdf.constant_paths._MAY_CLOSE": (
        repeated(":"),
        repeated("a", start=":"),
        repeated(":a "),
        repeated(">"),
        repeated(" ", start=">"),
    ),
    "thidua.rdf.quads._MAKES_TRIPLES": (repeated("<"), repeated("tripl")),
    "thidua.rdf.engine_errors._NO_FUNCTION": (
        repeated("The custom function <"),
        repeated(">", start="The custom function <"),
    ),
    "thidua.rdf.jsonld._LIKE_A_KEYWORD": (repeated("a", start="@"), repeated("@")),
    "thidua.rdf.xml._BEGINS": (repeated("a"),),
    "thidua.rdf.xml._GOES_ON": (repeated("a"), repeated("-")),
    "thidua.rdf.xml._UNSAYABLE": (repeated("\x01"),),
    "thidua.rdf.engine_errors._AT": (repeated("error at 1"), repeated("1", start="error at ")),
    "thidua.base.delimited._NUMBER": (repeated("1"), repeated("1."), repeated("1e")),
    "thidua.base.text._ABBREVIATION": (repeated("t "), repeated("hd td "), repeated("tp")),
    "thidua.base.text._AROUND_PEOPLE": (
        repeated("ong "),
        repeated("ong ", end=""),
        repeated("chu tich tinh ", end=""),
        repeated(" tinh", start="chu tich", end=" "),
    ),
    "thidua.base.text._AROUND_PLACES": (repeated("doan ", end=""), repeated("doan dai bieu cua ", end="")),
    "thidua.base.text._AROUND_THINGS": (repeated("tang thuong ", end=""), repeated("luat so ", end="")),
    "thidua.base.text._GENERIC": (repeated("cum thi dua cac tinh "),),
    "thidua.base.text._NOT_WORD": (repeated("-"),),
    "thidua.base.text._NUMBER": (repeated("1"),),
    "thidua.base.text._SYLLABLE": (repeated("_"),),
    "thidua.base.tokens.TokenFile.create": (repeated("a"),),
    "thidua.rdf.positions._TOKEN": (
        repeated('\\"""'),
        repeated('\\"', start='"'),
        repeated("'''"),
        repeated("\\'''"),
        repeated("a-"),
        repeated("<a"),
        repeated(".a", start="a:"),
        repeated("@prefix"),
    ),
    "thidua.rdf.positions._TRIPLE": (repeated('\\"', start='<a> <b> "'), repeated("-", start='<a> <b> "c"@')),
}
#: What all are given: much of one thing, and of two.
PIECES: Final = (
    "a", "0", " ", "\n", "\r\n", "\t", ";", ",", '"', "'", "\\", "<", ">", "/", ":", "_", "-", "?", ".", "{", "#", "đ",
    "a ", " a", "a.", "a:", "0.", ", ", "\n ", '"a', "<a", "\\u", "/*", "e0", "()",
)  # fmt: skip
SMALL: Final = 2_000
TIMES: Final = 8
#: Linear time grows eightfold between the two sizes, quadratic time sixty-four times. What takes less than this at the
#: larger size is short enough, whatever the machine did meanwhile.
BOUND: Final = 24.0
FLOOR: Final = 0.03


@dataclass(frozen=True)
class Place:
    """Where a pattern stands: module and name, or module and function; and how it is asked."""

    name: str
    pattern: re.Pattern[Any]
    methods: frozenset[str]


class _Reader(ast.NodeVisitor):
    """Finds each use of ``re`` in a module, and how its patterns are asked."""

    def __init__(self, module: str) -> None:
        self.module = importlib.import_module(module)
        self.name = module
        self.inside: list[str] = []
        self.found: dict[str, list[ast.Call]] = {}
        self.asked: dict[str, set[str]] = {}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._within(node.name, node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._within(node.name, node)

    def _within(self, name: str, node: ast.AST) -> None:
        self.inside.append(name)
        self.generic_visit(node)
        self.inside.pop()

    def visit_Assign(self, node: ast.Assign) -> None:
        self._assigned(node.targets[0], node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._assigned(node.target, node)

    def _assigned(self, target: ast.expr, node: ast.AST) -> None:
        if isinstance(target, ast.Name) and not self.inside:
            self._within(target.id, node)
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        match node.func:
            case ast.Attribute(ast.Name("re"), name) if name not in ("escape", "error"):
                self.found.setdefault(".".join([self.name, *self.inside]), []).append(node)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and hasattr(re.Pattern, node.attr):
            self.asked.setdefault(node.value.id, set()).add(node.attr)
        self.generic_visit(node)


#: What is made only when it is used, as it may then be; and how those are asked whose use cannot be read off.
MADE: Final = {
    "thidua.write.source_text._words": re.compile(r"bài\s+này", re.IGNORECASE),
    "thidua.write.source_text.with_text": re.compile(r"(?<![\w:-])ev:0123456789abcdef(?![\w-])"),
    "thidua.write.source_text._with": re.compile(r"^src:0123456789abcdef\s+", re.MULTILINE),
}
ASKED: Final = {"thidua.views.identifiers._REGISTRIES": "fullmatch"}


def modules() -> Iterator[str]:
    """Every module of the program that uses regular expressions."""
    for name, path in every_module():
        if re.search(r"^(import re|from re import .*)$", text := path.read_text(encoding="utf-8"), re.MULTILINE):
            assert "\nfrom re import" not in text, f"{path}: say `import re`, so that this test sees each pattern"
            yield name


def places() -> Iterator[Place]:
    """Every pattern of the program."""
    for module in modules():
        reader = _Reader(module)
        reader.visit(ast.parse(Path(reader.module.__file__ or "").read_text(encoding="utf-8")))
        for name, calls in reader.found.items():
            own = name.removeprefix(f"{module}.")
            known = [*_patterns(getattr(reader.module, own, None))] or [*filter(None, [MADE.get(name)])]
            methods = reader.asked.get(own) or {ASKED.get(name, "search")}
            if known:
                yield from (Place(name, pattern, frozenset(methods)) for pattern in known)
                continue
            for call in calls:
                assert isinstance(call.func, ast.Attribute)
                if not isinstance(call.args[0], ast.Constant) and name.startswith(OF_A_SENTENCE):
                    continue  # made around one symbol; the hostile articles below come by it
                pattern = re.compile(ast.literal_eval(call.args[0]))
                yield Place(name, pattern, frozenset({call.func.attr} - {"compile"} or methods))


def _patterns(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _patterns(each)


def key_of(place: str) -> str:
    """What the table calls a place: itself, or its module."""
    module = place.rpartition(".")[0]
    return place if place in WORST or place in OURS or module not in WORST else module


def of_a_sentence(place: Place) -> bool:
    """Whether a pattern of the extractor reads what is never longer than a sentence."""
    return place.name.startswith(OF_A_SENTENCE) and key_of(place.name) not in WORST.keys() | OURS


def seconds(pattern: re.Pattern[Any], method: str, text: str | bytes) -> float:
    """How long a pattern takes over a text, at best."""
    ask = getattr(pattern, method)
    arguments = (text[:0], text) if method in ("sub", "subn") else (text,)
    best = float("inf")
    for _ in range(3):
        begun = time.thread_time()
        found = ask(*arguments)
        if method == "finditer":
            for _each in found:
                pass
        best = min(best, time.thread_time() - begun)
        if best > 1:
            break
    return best


def test_every_pattern_has_its_worst_texts_or_reads_only_ours() -> None:
    found = {key_of(place.name) for place in places() if not of_a_sentence(place)}
    assert found - WORST.keys() - OURS == set(), "give these their worst texts, or say why they read only ours"
    assert (WORST.keys() | OURS) - found <= {
        "thidua.rdf.scan",
        "thidua.write.updates",
        "thidua_server.gateway.split_request",
    }, "these are no more"
    assert not WORST.keys() & OURS


FROM_OUTSIDE: Final = [place for place in places() if key_of(place.name) not in OURS and not of_a_sentence(place)]
OF_SENTENCES: Final = [place for place in places() if of_a_sentence(place)]


@pytest.mark.parametrize("place", FROM_OUTSIDE, ids=lambda place: place.name)
def test_a_pattern_is_linear(place: Place) -> None:
    ours = [repeated(piece, end) for piece in PIECES for end in ("\0", "")]
    for make in (*ours, *WORST.get(key_of(place.name), ())):
        for method in place.methods:
            texts = [make(size) for size in (24, 400, SMALL, SMALL * TIMES)]
            as_asked = [text.encode() if isinstance(place.pattern.pattern, bytes) else text for text in texts]
            for text in as_asked[:2]:
                assert within(seconds(place.pattern, method, text), 0.05), (
                    f"worse than quadratic over {texts[0][:60]!r}"
                )
            small, large = (seconds(place.pattern, method, text) for text in as_asked[2:])
            assert large < max(BOUND * small, FLOOR), (
                f"{method} over {texts[0][:60]!r}: {small:.5f} s, then {large:.5f} s"
            )


@pytest.mark.parametrize("place", OF_SENTENCES, ids=lambda place: place.name)
def test_a_pattern_over_the_longest_sentence(place: Place) -> None:
    assert not isinstance(place.pattern.pattern, bytes) or place.name == "thidua.extract.page._HTML"
    for piece in (*HOSTILE, *PIECES):
        for method in place.methods:
            text: str | bytes = (piece * (1500 // len(piece) + 1))[:1500]
            if isinstance(place.pattern.pattern, bytes):
                text = text.encode()
            assert within(seconds(place.pattern, method, text), 0.05), f"{method} over {piece!r}"


@pytest.mark.serial
@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_article(piece: str, files: ProjectFiles) -> None:
    """200 kB of one thing again and again, behind a lead: seconds at most. bench/extraction.py measures it."""
    lead = (
        "Sáng 13/3/2024, tại TP Thái Bình, Cụm thi đua các tỉnh Đồng bằng sông Hồng tổng kết năm 2023, ký giao ước "
        "thi đua năm 2024; UBND tỉnh Nam Định, UBND tỉnh Hà Nam dự. "
    )
    begun = time.process_time()
    facts = extract(from_text(lead + piece * (200_000 // len(piece))), _lexicon(files))
    assert facts[0].kind == "scope"
    assert within(time.process_time() - begun, 10)


@cache
def _lexicon(files: ProjectFiles) -> Lexicon:
    return Lexicon.read(files)


def test_the_encodings_that_a_client_can_unpack() -> None:
    assert encodings("gzip;q=0, br ; q=0.0,zstd;q=0.5, *") == "zstd;q=0.5, *"
    assert encodings("identity;q=0,gzip;Q=0.000") == "" and encodings("gzip;q=0.001") == "gzip;q=0.001"
    assert encodings("gzip, " * 200) == "", "so long a header is not looked at"


#: A regular expression in JavaScript stands where an operand may begin.
_CLASS: Final = r"\\.|\[(?:[^\]\\\n]|\\.)*\]"
_LITERAL: Final = re.compile(rf"(?:[(=,!?:&|]|=>|return) ?/((?:[^/\\\n\[*]|{_CLASS})(?:[^/\\\n\[]|{_CLASS})*)/([a-z]*)")
_TIMING: Final = """
const [patterns, pieces, small, times, floor, bound] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const seconds = (pattern, text) => {
  let best = Infinity;
  for (let n = 0; n < 3; n++) {
    const begun = process.hrtime.bigint();
    text.replace(pattern, "");
    best = Math.min(best, Number(process.hrtime.bigint() - begun) / 1e9);
  }
  return best;
};
const bad = [];
for (const [source, flags] of patterns) for (const piece of pieces) for (const end of ["\\0", ""]) {
  const pattern = new RegExp(source, flags);
  const text = size => piece.repeat(size / piece.length) + end;
  const before = seconds(pattern, text(small)), after = seconds(pattern, text(small * times));
  if (after > Math.max(bound * before, floor)) bad.push([source, piece, before, after]);
}
console.log(JSON.stringify(bad));
"""
#: Of the text before the cursor, which is cut to a length first.
_CUT: Final = r"[?$]?[\p{L}\d_-]*(?::[\p{L}\d_-]*)?$"


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_patterns_in_pages_are_linear() -> None:
    """Answers and addresses that a page reads are strangers' as well."""
    found: set[tuple[str, str]] = set()
    for path in sorted((PACKAGES["thidua_server"] / "static").rglob("*.js")):
        if "vendor" not in path.parts:
            found |= set(_LITERAL.findall(path.read_text(encoding="utf-8")))
    assert len(found) > 20 and any(source == _CUT for source, _ in found)
    timed = sorted(each for each in found if each[0] != _CUT)
    pieces = [*PIECES, '\\"', "_:", "\n  ", "PREFIX ", "1-", "|;"]
    done = subprocess.run(
        ["node", "-e", _TIMING], input=json.dumps([timed, pieces, SMALL, TIMES, FLOOR, BOUND]),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == []
