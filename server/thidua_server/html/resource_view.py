"""View model of a resource: what a reader wants first, then every statement with who says so."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from thidua.base.paths import path_of
from thidua.base.terms import PREFIXES, TD, instance, shorten
from thidua.base.text import fold
from thidua.graph import Changes
from thidua.names.labels import in_language
from thidua.questions import certainty
from thidua.questions.describe import Description, Statement
from thidua.rdf.cells import Cell
from thidua.views.disputes import QUESTION, Dispute
from thidua.views.identifiers import identifiers
from thidua.views.naming import is_proper, lifetime, most_specific, names, short_name, sources_of
from thidua.views.neighbours import Neighbour, places
from thidua.views.passages import MOST as MOST_FACTS
from thidua.views.passages import Fact
from thidua.views.sections import LEADS, Answer, Line, mentioned
from thidua_server.html import words
from thidua_server.html.language import day, number, pick
from thidua_server.html.links import page_of
from thidua_server.html.tables import Shown, is_web

#: Values of one property, and of all, that a page shows; RDF has them all.
_OF_ONE: Final = 50
_OF_ALL: Final = 400
#: For the search index alone.
_HIDDEN: Final = PREFIXES["skos"] + "hiddenLabel"
_DATE: Final = PREFIXES["xsd"] + "date"
_LONGEST_NAME: Final = 24
#: Posts that a person's first line names.
_OF_A_LINE: Final = 4
#: Folded words of names that say of what kind a place or a cluster is.
_GENERIC: Final = frozenset(
    ["cum", "thi", "dua", "cac", "tinh", "thanh", "pho", "emulation", "cluster", "of", "the", "province", "city"]
)
#: What contradicts a line, by its kind; of the other kinds it is a claim of another source.
_AGAINST: Final = {
    "reading": ("một văn bản, hai cách đọc", "one text, two readings"), "cluster": ("thuộc hai cụm", "in two clusters")
}  # fmt: skip
_SOURCES_DIFFER: Final = ("các nguồn nói khác nhau", "sources differ")


@dataclass(frozen=True)
class Value:
    """One value, and the sources that state it."""

    shown: Shown
    sources: list[Shown]


@dataclass(frozen=True)
class Property:
    """A property with its values; `total` counts those that this page leaves out too."""

    shown: Shown
    values: list[Value]
    total: int


@dataclass(frozen=True)
class Evidence:
    """A source, and the passage in it."""

    source: Shown
    passage: Shown
    start: int | None
    end: int | None
    stated: bool


@dataclass(frozen=True)
class Block:
    """A section: a table, or sentences made of texts and what they are about."""

    title: str
    question: str
    asked: Mapping[str, str]
    headers: list[str]
    rows: list[list[list[Shown]]]
    sentences: list[list[Shown]]
    total: int
    met_limit: bool


@dataclass(frozen=True)
class Node:
    """A neighbour in the picture and in the list: its name, a shorter one to draw, and through what it is linked."""

    shown: Shown
    short: str
    x: int
    y: int
    anchor: str
    through: str


@dataclass(frozen=True)
class Year:
    """A year of a cluster: its heads, each with its page, and what is known of them, as on the timeline."""

    year: int
    page: str | None
    heads: list[Shown]
    state: str


@dataclass(frozen=True)
class About:
    """All that a page is made of."""

    description: Description
    answers: list[Answer]
    facts: list[Fact]
    near: list[Neighbour]
    changes: Changes | None
    editions: Mapping[int, str] = field(default_factory=dict)
    """Of a cluster, the years that sources speak of, each with its edition."""


def context(
    about: About, language: str, links: Mapping[str, Shown], select: Callable[[str], list[dict[str, Cell | None]]]
) -> dict[str, Any]:
    """What the template shows.

    :param links: the sources by IRI, with their titles.
    :param select: answers a SELECT, for the names of what is mentioned.
    """
    description = about.description
    stated = _kept([each for each in description.statements if each.property != _HIDDEN])
    graphs = sources_of(select, {graph for each in stated + description.incoming for graph in each.graphs})
    view = _View(about, language, links, graphs, _named(about, stated, language, links, graphs, select))
    kind = (path_of(description.iri) or "").partition("/")[0]
    short = view.names.get(description.iri) or next(iter(description.labels(description.iri).values()), "")
    plain, days = _told_apart(description, select)
    own = f"{plain} ({days})" if days else short
    leads = view.leads(LEADS.get(kind, ()))
    told = {shown.text for _, values in leads for shown in values}
    return {
        "resource": description,
        "kind": kind,
        "title": own,
        "short": shorten(description.iri).strip("<>"),
        "kinds": [view.named(each) for each in _kinds(description, select)] or view.kinds(kind),
        "names": _other_names(description, plain or short, language),
        # What is named at the top already is not named again.
        "identifiers": [each for each in identifiers(description) if not {each.href, each.name} & told],
        "leads": leads,
        "first": view.first_line(),
        "years": view.years(about.editions),
        "blocks": [view.block(answer) for answer in about.answers],
        "nodes": view.nodes(),
        "middle": _short(short or shorten(description.iri).strip("<>")),
        "facts": view.facts(),
        "all_facts": len(about.facts),
        "properties": view.properties(stated, lambda each: each.value, view.totals),
        "incoming": view.properties(description.incoming, lambda each: each.subject, description.counts),
        "evidence": [
            Evidence(view.source(each.source), view.named(each.evidence), each.start, each.end, each.stated)
            for each in description.passages[:_OF_ALL]
        ],
        "changes": (changes := view.changes()),
        "more_changes": len(about.changes.added) + len(about.changes.withdrawn) - len(changes) if about.changes else 0,
        "since": about.changes.since if about.changes else None,
    }


def _kinds(description: Description, select: Callable[[str], list[dict[str, Cell | None]]]) -> list[str]:
    """What it is: the classes that say most, as far as they have a page here."""
    classes = [cell.value for cell in description.values("rdf:type") if page_of(cell.value)]
    kept = most_specific(select, classes)
    return [each for each in classes if each in kept]


def _kept(statements: list[Statement]) -> list[Statement]:
    """As many of them as a page can show: some of each property."""
    of_one: dict[str, int] = {}
    kept: list[Statement] = []
    for each in statements:
        of_one[each.property] = of_one.get(each.property, 0) + 1
        if of_one[each.property] <= _OF_ONE and len(kept) < _OF_ALL:
            kept.append(each)
    return kept


def _named(
    about: About,
    stated: list[Statement],
    language: str,
    links: Mapping[str, Shown],
    graphs: Mapping[str, str],
    select: Any,
) -> dict[str, str]:
    description = about.description
    cells = [each.value for each in stated] + [each.subject for each in description.incoming]
    wanted = {cell.value for cell in cells if cell.kind == "iri"} | mentioned(about.answers) | {description.iri}
    wanted |= {graph for each in stated + description.incoming for graph in each.graphs}
    wanted |= set(graphs.values())
    wanted |= {passage.evidence for passage in description.passages[:_OF_ALL]}
    wanted |= {each.iri for each in about.near} | {each.record for each in about.facts[:MOST_FACTS]}
    if about.changes:
        changed = about.changes.added[:_OF_ONE] + about.changes.withdrawn[:_OF_ONE]
        wanted |= {cell.value for _, cell, _ in changed if cell.kind == "iri"} | {graph for _, _, graph in changed}
    return names(select, wanted, language, {iri: shown.text for iri, shown in links.items()})


class _View:
    def __init__(
        self, about: About, language: str, links: Mapping[str, Shown], graphs: Mapping[str, str], named: dict[str, str]
    ) -> None:
        self._about = about
        self._description = about.description
        self._language = language
        self._links = links
        self.names = named
        self._graphs = graphs
        self.totals: dict[str, int] = {}
        for each in self._description.statements:
            self.totals[each.property] = self.totals.get(each.property, 0) + 1

    def named(self, iri: str) -> Shown:
        """A resource by its name."""
        text = self.names.get(iri) or self._description.label(iri, self._language)
        return Shown(text, page_of(iri) or (iri if is_web(iri) else None), iri)

    def kinds(self, kind: str) -> list[Shown]:
        """What a thing is whose classes have no page here: a concept by its scheme."""
        word = words.in_words("kind", kind, self._language)
        schemes = [self.named(cell.value) for cell in self._description.values("skos:inScheme") if cell.kind == "iri"]
        return ([Shown(word)] if word else []) + schemes

    def property(self, iri: str) -> Shown:
        """A property by its label, or by what it is called here."""
        known = words.PROPERTIES.get(shorten(iri))
        return Shown(known[self._language], iri, iri) if known else self.named(iri)

    def shown(self, cell: Cell) -> Shown:
        if cell.kind == "iri":
            return self.source(cell.value) if cell.value in self._links else self.named(cell.value)
        if cell.kind == "blank":
            return Shown("…", title=f"_:{cell.value}")
        return Shown(cell.value, cell.value if is_web(cell.value) else None, cell.datatype, cell.language)

    def source(self, iri: str) -> Shown:
        """A source by its title, leading to its page here."""
        found = self._links.get(iri)
        return Shown(found.text, page_of(iri), iri, found.language) if found else self.named(iri)

    def graph(self, iri: str) -> Shown:
        """A graph by the source whose graph it is."""
        return self.source(self._graphs[iri]) if iri in self._graphs else self.named(iri)

    def properties(self, statements: Iterable[Statement], shown: Any, counts: Mapping[str, int]) -> list[Property]:
        groups: dict[str, list[Value]] = {}
        for each in statements:
            value = Value(self.shown(shown(each)), [self.graph(graph) for graph in each.graphs])
            groups.setdefault(each.property, []).append(value)
        return [Property(self.property(name), values, counts[name]) for name, values in groups.items()]

    def leads(self, wanted: Iterable[str]) -> list[tuple[Shown, list[Shown]]]:
        """Properties to name at the top, with their values; those that nobody states are left out."""
        found = []
        for name in wanted:
            prefix, _, local = name.partition(":")
            # What has no page elsewhere is shown as it is; a text in two languages once.
            cells = self._description.values(name)
            own = [cell for cell in cells if cell.language in (None, self._language)] or cells
            if own:
                values = [self._in_words("", cell, of=name) for cell in own[:12]]
                found.append((self.property(PREFIXES[prefix] + local), values))
        return found

    def block(self, answer: Answer) -> Block:
        """A section as cells; a column that is empty in all lines is left out."""
        section = answer.section
        vi = self._language == "vi"
        columns = [name for name in section.columns if any(line.values.get(name) for line in answer.lines)]
        rows = [
            [[self._in_words(name, *pair) for pair in line.values.get(name, [])] for name in columns]
            for line in answer.lines
        ]
        sentences = []
        if section.says:
            by_name = [dict(zip(columns, row, strict=True)) for row in rows]
            sentences = [self._sentence(section.says, row) for row in by_name]
        headers = [words.COLUMNS.get(name, answer.headers.get(name, {})).get(self._language, name) for name in columns]
        if any(line.disputes for line in answer.lines):
            place = columns.index("certainty") if "certainty" in columns else len(columns)
            headers.insert(place, pick("khác nhau", "conflict"))
            for row, line in zip(rows, answer.lines, strict=True):
                row.insert(place, [self._dispute(each) for each in line.disputes])
        return Block(
            section.vi if vi else section.en, section.question, answer.asked, headers,
            [] if sentences else rows, sentences, answer.total, answer.met_limit,
        )  # fmt: skip

    def first_line(self) -> list[Shown]:
        """Of a person the posts in which they were seen last, and when."""
        answer = next((each for each in self._about.answers if each.section.question == "posts-of-person"), None)
        found: dict[str, list[Line]] = {}
        for line in answer.lines if answer else ():
            for cell, _ in line.values.get("seenOn", []):
                found.setdefault(cell.value.rpartition("/")[2], []).append(line)
        if not found:
            return []
        last = max(found)
        posts = dict.fromkeys(pair for line in found[last] for pair in line.values.get("post", []))
        made: list[Shown] = []
        for pair in list(posts)[:_OF_A_LINE]:
            made += [Shown("; " if made else ""), self._in_words("post", *pair)]
        seen = next(pair for pair in found[last][0].values["seenOn"] if pair[0].value.rpartition("/")[2] == last)
        doubts = {cell.value for line in found[last] for cell, _ in line.values.get("certainty", [])} == {"possible"}
        doubt = f" ({certainty.in_words('certainty', 'possible', self._language)})" if doubts else ""
        return [*made, Shown(pick(", thấy ", ", seen ")), self._in_words("seenOn", *seen), Shown(f"{doubt}.")]

    def years(self, editions: Mapping[int, str]) -> list[Year]:
        """A cluster's years in a row, with its heads: those that no editor has rejected."""
        if not editions:
            return []
        heads: dict[int, dict[Shown, list[Line]]] = {}
        for line in (each for answer in self._about.answers if answer.section.question == "who-led"
                     for each in answer.lines):  # fmt: skip
            told = {name: values[0] for name, values in line.values.items() if values}
            codes = {name: cell.value.rpartition("-")[2] for name, (cell, _) in told.items()}
            if codes.get("role") == "head" and codes.get("rank") != "deprecated" and "province" in told:
                year = int(told["year"][0].value)
                heads.setdefault(year, {}).setdefault(self._in_words("province", *told["province"]), []).append(line)
        made = []
        for year in range(min(editions), max(editions) + 1):
            there = heads.get(year, {})
            lines = [line for each in there.values() for line in each]
            sure = any(cell.value == "certain" for line in lines for cell, _ in line.values.get("certainty", []))
            state = "none" if year not in editions else "unknown" if not lines else "certain" if sure else "possible"
            state = "disputed" if any(line.disputes for line in lines) else state
            made.append(Year(year, page_of(editions[year]) if year in editions else None, list(there), state))
        return made

    def _dispute(self, against: Dispute) -> Shown:
        """What contradicts a line, leading to the section that has both claims."""
        text = pick(*_AGAINST.get(against.what, _SOURCES_DIFFER))
        other = self._in_words("", against.other).text if against.other else None
        number = next(
            (place for place, each in enumerate(self._about.answers, 1) if each.section.question == QUESTION), None
        )
        return Shown(f"≠ {text}", f"#{QUESTION}-{number}" if number else None, other)

    def _sentence(self, says: Iterable[tuple[str, str, str]], row: Mapping[str, list[Shown]]) -> list[Shown]:
        """Texts and links in turn; a part without a value is left out."""
        made: list[Shown] = []
        for vi, en, name in says:
            values = row.get(name, [])
            for number_, value in enumerate(values):
                made += [Shown(", ") if number_ else Shown(vi if self._language == "vi" else en), value]
        return [*made, Shown(".")]

    def _in_words(self, column: str, cell: Cell, label: Cell | None = None, of: str = "") -> Shown:
        """A cell of an answer: days and figures as people write them, codes in words.

        :param of: the property whose value it is, where it is not a column's.
        """
        if cell.kind == "iri":
            shown = self.shown(cell)
            if column in words.ROWS:  # the line says what it is; its name would say it again
                return Shown(words.ROWS[column][self._language], shown.href, shown.text)
            return Shown(label.value, shown.href, shown.title) if label and cell.value not in self.names else shown
        if known := words.in_words(column, cell.value, self._language):
            return Shown(known)
        if cell.datatype == _DATE:
            return Shown(day(cell.value))
        if cell.datatype and cell.datatype.endswith(("#decimal", "#integer")):
            if words.is_year(of or column):
                return Shown(cell.value)
            return Shown(number(Decimal(cell.value)), number=True)
        shown = self.shown(cell)
        return Shown(shown.text, shown.href, None, shown.language)

    def nodes(self) -> list[Node]:
        """The neighbours, each with its place in the picture."""
        made = []
        for near, place in zip(self._about.near, places(len(self._about.near)), strict=True):
            shown = self.named(near.iri)
            through = [
                words.RECORDS[each][self._language] if each in words.RECORDS else self.property(each).text.lower()
                for each in near.through
            ]
            made.append(
                Node(shown, _short(shown.text), place.x, place.y, place.anchor, ", ".join(dict.fromkeys(through)))
            )
        return made

    def facts(self) -> list[tuple[Fact, list[tuple[Shown, bool]]]]:
        """The passages of a source in their order, each with what was taken from it and whether it states that."""
        found: dict[str, tuple[Fact, list[tuple[Shown, bool]]]] = {}
        for each in self._about.facts[:MOST_FACTS]:
            shown = self.property(each.record) if each.record.startswith(TD) else self.named(each.record)
            found.setdefault(each.evidence, (each, []))[1].append((shown, each.stated))
        return list(found.values())

    def changes(self) -> list[tuple[str, Shown, Shown, Shown]]:
        """The statements that differ from the version before: sign, property, value and graph."""
        found = self._about.changes
        sides = (("+", found.added), ("−", found.withdrawn)) if found else ()
        return [
            (sign, self.property(name), self.shown(cell), self.graph(graph))
            for sign, statements in sides
            for name, cell, graph in statements[:_OF_ONE]
        ]


def _short(text: str) -> str:
    """A name to draw: without the words that all clusters have, and no longer than there is room for."""
    text = short_name(text)
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def _told_apart(
    description: Description, select: Callable[[str], list[dict[str, Cell | None]]]
) -> tuple[str, str]:  # fmt: skip
    """Of a unit that bears the name of another, the name and since or until when it does; of all else, nothing."""
    since, until = lifetime(select, description.iri)
    name = in_language(description.labels(description.iri), "vi") if since or until else ""
    if until:
        return name, f"{pick('đến ngày', 'until')} {day(until)}"
    return name, f"{pick('từ ngày', 'since')} {day(since)}" if since else ""


def _other_names(description: Description, title: str, language: str) -> list[Cell]:
    """What else it is called in the reader's language; no name that differs from another one in writing only."""
    if description.iri.startswith(instance("src", "")):  # by its title, or by where and when: no two names
        return []
    spoken = {language, None, *(["vi"] if is_proper(description.iri) else [])}
    preferred = [each for each in description.values("skos:prefLabel") if each.language == language]
    # Of a title that is shortened, the whole name.
    found = [each for each in preferred if fold(each.value) != fold(title) and short_name(each.value) == title]
    seen = {_core(title), *(_core(each.value) for each in found)}
    for cell in [*preferred, *description.values("skos:prefLabel"), *description.values("skos:altLabel")]:
        if cell.language in spoken and _core(cell.value) not in seen:
            seen.add(_core(cell.value))
            found.append(cell)
    return found


def _core(name: str) -> tuple[str, ...]:
    """The words that tell a name from others: without marks, case, order, and the words that say of what kind it is."""
    words_ = [each for each in fold(name).split() if each not in _GENERIC and not each.isdigit()]
    return tuple(sorted(words_)) or (fold(name),)
