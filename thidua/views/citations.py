"""Citations: a fact, a source, an answer or the whole graph as bibliographic references, in one of two languages.

What is cited stands first, the sources that it rests on follow. :mod:`thidua.views.citation_formats` writes them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from thidua.base.errors import InputError, KnowledgeGraphError, ParameterError, UnknownThingError
from thidua.base.paths import iri_of, path_of
from thidua.base.terms import BASE, PREFIXES, instance, shorten
from thidua.base.translation import LANGUAGES
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.metadata.void_dcat import TITLE, Place
from thidua.names.index import KINDS
from thidua.names.labels import in_language, labels
from thidua.names.search import exact
from thidua.questions.describe import Passage
from thidua.rdf.cells import Record, Select
from thidua.rdf.ntriples import iri_term
from thidua.views.naming import names
from thidua.write.source_text import known

NOWHERE: Final = Place("")
_NOBODY: Final = Caller()
_SRC: Final = instance("src", "")
_LOOK: Final = (
    "Write an IRI, short or whole, such as province:thai-binh, or the address of an article; `thidua search`, or "
    "/search, finds things by name."
)
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "version": ("phiên bản", "version"),
    "source": ("Nguồn", "Source"),
    "stated": ("nêu thẳng", "stated outright"),
    "implied": ("hàm ý", "implied"),
    "characters": ("ký tự", "characters"),
    "read": ("Đọc ngày", "Read on"),
    "excerpts": ("Biết qua đoạn trích, ngày", "Known from excerpts, on"),
    "archived": ("Bản lưu, theo mẫu, chưa kiểm tra", "Archived copy, by its pattern, not checked"),
    "by-address": ("Ngày đăng theo địa chỉ của bài", "Day of publication as its address has it"),
    "modified": ("Cập nhật ngày", "Modified on"),
}
#: What is told of a source, by property; a list, for it may have several authors.
_TOLD: Final = (
    "schema:name", "dct:title", "schema:author", "schema:publisher", "schema:url", "schema:datePublished",
    "schema:dateModified", "schema:inLanguage", "td:during", "td:dateBasis", "td:archivedAt", "td:contentHash",
)  # fmt: skip


@dataclass(frozen=True)
class Reference:
    """One entry of a bibliography; what is not known is empty. Days are ISO days, months or years."""

    key: str
    """Letters, digits, ``-`` and ``_``: what it is called in a list of references."""
    kind: str
    """``fact``, ``answer``, ``graph``, or the notation of a source's kind."""
    title: str
    authors: tuple[str, ...] = ()
    container: str = ""
    """What it is part of: of a fact or an answer, the graph."""
    version: str = ""
    publisher: str = ""
    issued: str = ""
    read: str = ""
    whole: bool = True
    """Whether its whole text was read then, rather than excerpts."""
    address: str = ""
    archived: str = ""
    """The address of an archived copy, which nobody has checked."""
    language: str = ""
    notes: tuple[str, ...] = ()
    bears: str = ""
    """Of a source, how it bears out the fact that is cited: outright or by implication, and where."""
    named: bool = True
    """Whether the title is its own, rather than made of publisher and day."""


@dataclass(frozen=True)
class Citation:
    """References in a language: what is cited, then the sources that it rests on."""

    language: str
    references: tuple[Reference, ...]

    def word(self, key: str) -> str:
        """A word that all formats use."""
        return _word(key, self.language)

    def day(self, iso: str) -> str:
        """A day, a month or a year as the language writes it."""
        return _day(iso, self.language)


def cite(
    snapshot: Snapshot, cited: Mapping[str, str], language: str, place: Place = NOWHERE, caller: Caller = _NOBODY
) -> Citation:
    """A citation as a program asks for it: of a ``thing``, of a ``question`` with its parameters, or of the graph.

    :raises InputError: both are named.
    """
    if "question" in cited:
        given = {name: value for name, value in cited.items() if name != "question"}
        return cite_answer(snapshot, cited["question"], given, language, place, caller)
    if "thing" in cited:
        return cite_thing(snapshot, cited["thing"], language, place, caller)
    return cite_graph(snapshot, language, place)


def cite_thing(
    snapshot: Snapshot, thing: str, language: str, place: Place = NOWHERE, caller: Caller = _NOBODY
) -> Citation:
    """A fact with the sources that bear it, a source, or anything else that the graph tells of.

    :param thing: a short name such as ``head:dong-bang-song-hong_2024_nam-dinh``, an IRI, a path such as
        ``province/thai-binh``, the address of an article, or a name.
    :param place: where the graph is served, for an address that lasts.
    :raises UnknownThingError: nothing is told of it; with what comes near.
    :raises ParameterError: the name is that of several things, or there is no such language.
    :raises InputError: it cannot be the name of anything.
    """
    _check(language)
    iri = thing_of(snapshot, thing, place, caller)

    def select(text: str) -> list[Record]:
        return snapshot.select(text, caller)

    if iri.startswith(_SRC) and (found := _sources(select, {iri: ""}, language)):
        return Citation(language, found)
    try:
        about = snapshot.describe(iri, 1, caller)
    except UnknownThingError as exc:
        if exc.candidates:
            raise
        raise UnknownThingError(f"{exc} {_LOOK}") from exc
    bears = _borne(about.passages, language)
    bears |= {cell.value: "" for cell in about.values("dct:source") if cell.value.startswith(_SRC)}
    sources = _sources(select, bears, language)
    cited = Reference(
        key=f"{shorten(iri).strip('<>').replace(':', '-')}-v{snapshot.version.number}",
        kind="fact",
        title=names(select, [iri], language, {}).get(iri) or shorten(iri).strip("<>"),
        address=_lasting(iri, snapshot, place),
        notes=tuple(
            f"{_word('source', language)}: {each.title}{', ' if each.bears else ''}{each.bears}" for each in sources
        ),
    )
    return Citation(language, (_in_graph(cited, snapshot, language, place), *sources))


def cite_answer(
    snapshot: Snapshot,
    question: str,
    parameters: Mapping[str, str],
    language: str,
    place: Place = NOWHERE,
    caller: Caller = _NOBODY,
) -> Citation:
    """The answer to a catalogued question at its version; its address lasts as long as that version is kept.

    :raises NotFoundError: no question has that name.
    :raises ParameterError: a parameter is missing, unknown or ambiguous, or there is no such language.
    """
    _check(language)
    asked = snapshot.question(question)
    terms = snapshot.terms(question, parameters)
    things = {name: term[1:-1] for name, term in terms.items() if term.startswith("<")}
    called = names(lambda text: snapshot.select(text, caller), things.values(), language, {})
    given = {each.name: " ".join(parameters[each.name].split()) for each in asked.parameters if each.name in terms}
    spoken = {name: called.get(things.get(name, "")) or typed for name, typed in given.items()}
    told = [f"{each.label[language]}: {spoken[each.name]}" for each in asked.parameters if each.name in given]
    number = snapshot.version.number
    cited = Reference(
        key="-".join([question, *(value.rpartition("/")[2] for value in given.values()), f"v{number}"]),
        kind="answer",
        title=asked.title[language] + (f" ({'; '.join(told)})" if told else ""),
        address=f"{place.root}questions/{question}?{urlencode({**given, 'version': number})}" if place.root else "",
    )
    return Citation(language, (_in_graph(cited, snapshot, language, place),))


def cite_graph(snapshot: Snapshot, language: str, place: Place = NOWHERE) -> Citation:
    """The whole graph at a version.

    :raises ParameterError: there is no such language.
    """
    _check(language)
    number = snapshot.version.number
    address = f"{place.root}dataset?version={number}" if place.root else f"{BASE}dataset"
    cited = Reference(f"thidua-v{number}", "graph", _title(language, place), address=address)
    return Citation(language, (replace(_in_graph(cited, snapshot, language, place), container=""),))


def thing_of(snapshot: Snapshot, typed: str, place: Place = NOWHERE, caller: Caller = _NOBODY) -> str:
    """The IRI of what somebody wants to cite; whether anything is told of it, the graph says.

    :raises InputError: it cannot be the name of anything.
    :raises ParameterError: it is the name of several things.
    :raises UnknownThingError: it is no name of anything.
    """
    text = " ".join(typed.split()).strip("<>")
    if not text:
        raise InputError("Say what to cite, such as head:dong-bang-song-hong_2024_nam-dinh, or a question's name.")
    prefix, _, local = text.partition(":")
    if prefix in PREFIXES and not local.startswith("//"):
        return PREFIXES[prefix] + local
    if place.root and text.startswith(place.root):
        text = text.removeprefix(place.root).partition("?")[0].partition("#")[0].removesuffix(".html")
    if "://" in text:
        if text.startswith(BASE):
            return text
        there = known(lambda query: snapshot.select(query, caller), address=text)
        return instance("src", there.id) if there else text
    if "/" in text:
        path = text.lstrip("/")
        return iri_of(path.removeprefix("id/").removeprefix("doc/"))
    if source := _source_by_id(snapshot, text, caller):
        return source
    if text in snapshot.questions:
        raise InputError(
            f"{text!r} is a question; what can be cited is its answer: thidua cite --question {text}, "
            f"or /cite?question={text}, with the parameters of the question."
        )
    found = exact(snapshot.names, text, KINDS)
    candidates = [(name.iri, name.described()) for name in found]
    if len(found) == 1:
        return found[0].iri
    if found:
        listed = "".join(f"\n  {shorten(iri)}  {label}" for iri, label in candidates)
        raise ParameterError("thing", f"{text!r} names {len(found)} things; say which:{listed}", candidates)
    raise UnknownThingError(f"Nothing is called {text!r} in version {snapshot.version.number}. {_LOOK}")


def _source_by_id(snapshot: Snapshot, text: str, caller: Caller) -> str | None:
    try:
        source = iri_of(f"src/{text}")
    except KnowledgeGraphError:
        return None
    return source if snapshot.knows(source, caller) else None


def _borne(passages: Iterable[Passage], language: str) -> dict[str, str]:
    """Each source, with how it bears the fact out and in which passages."""
    told: dict[str, dict[str, list[str]]] = {}
    for each in passages:
        spans = told.setdefault(each.source, {}).setdefault("stated" if each.stated else "implied", [])
        if each.start is not None:
            spans.append(f"{each.start}–{each.end}")
    return {
        source: "; ".join(
            _word(how, language) + (f", {_word('characters', language)} {', '.join(spans)}" if spans else "")
            for how, spans in sorted(by_how.items(), reverse=True)
        )
        for source, by_how in told.items()
    }


def _sources(select: Select, bears: Mapping[str, str], language: str) -> tuple[Reference, ...]:
    """Sources as references, in their order; what is no source of which anything is told is left out."""
    if not bears:
        return ()
    things, told = " ".join(map(iri_term, bears)), " ".join(map(_whole, _TOLD))
    td, skos = PREFIXES["td"], PREFIXES["skos"]
    rows = select(
        f"""SELECT DISTINCT ?source ?property ?value {{ VALUES ?source {{ {things} }}
          {{ VALUES ?property {{ {told} }} ?source ?property ?value }}
          UNION {{ ?run <{td}readSource> ?source ; <{td}readOn> ?value BIND(<{td}readOn> AS ?property) }}
          UNION {{ ?source <{td}kind>/<{skos}notation> ?value BIND(<{skos}notation> AS ?property) }} }}"""
    )
    facts: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for row in rows:
        source, property_, value = row["source"], row["property"], row["value"]
        assert source and property_ and value
        of_one = facts.setdefault(source.value, {}).setdefault(shorten(property_.value), [])
        of_one.append((value.value, value.language or ""))
    called = labels(select, facts)
    return tuple(
        _source(iri, facts[iri], in_language(called.get(iri, {}), language), language, how)
        for iri, how in bears.items()
        if iri in facts
    )


def _source(
    iri: str, facts: Mapping[str, list[tuple[str, str]]], name: str, language: str, bears: str
) -> Reference:  # fmt: skip
    def first(property_: str) -> str:
        return min((value for value, _ in facts.get(property_, [])), default="")

    published, modified = first("schema:datePublished"), first("schema:dateModified")
    notes = [
        f"{_word('modified', language)} {_day(modified, language)}" if modified else "",
        _word("by-address", language) if "td:dateBasis" in facts else "",
    ]
    local = iri.removeprefix(_SRC)
    return Reference(
        key=f"source-{local}",
        kind=first("skos:notation") or "article",
        title=name or local,
        authors=tuple(sorted({value for value, _ in facts.get("schema:author", [])})),
        publisher=first("schema:publisher"),
        issued=published or modified or first("td:during").rpartition("/")[2],
        read=max((value for value, _ in facts.get("td:readOn", [])), default=""),
        whole="td:contentHash" in facts,
        address=first("schema:url"),
        archived=first("td:archivedAt"),
        language=first("schema:inLanguage"),
        notes=tuple(filter(None, notes)),
        bears=bears,
        named=bool(facts.keys() & {"schema:name", "dct:title"}),
    )


def _in_graph(cited: Reference, snapshot: Snapshot, language: str, place: Place) -> Reference:
    """What is the graph's own: of which version it is, and of when that is."""
    version, day = snapshot.version, snapshot.version.time[:10]
    return replace(
        cited,
        container=_title(language, place),
        version=f"{version.number} ({version.hash[:12]})",
        publisher=place.publisher,
        issued=day,
        language=language,
    )


def _title(language: str, place: Place) -> str:
    return "RDF" if place.plain else TITLE[language]


def _lasting(iri: str, snapshot: Snapshot, place: Place) -> str:
    """The address of what is told of a thing in this version; its name, where no service is known."""
    path = path_of(iri)
    if not (place.root and path):
        return iri
    space = "" if path.startswith(("concept/", "graph/")) else "id/"
    return f"{place.root}{space}{path}?version={snapshot.version.number}"


def _whole(name: str) -> str:
    prefix, _, local = name.partition(":")
    return iri_term(PREFIXES[prefix] + local)


def _day(iso: str, language: str) -> str:
    """A day, a month or a year; what is none of these, as a half year, stays as it is."""
    year, *rest = iso[:10].split("-")
    if not all(part.isdigit() for part in (year, *rest)) or len(rest) > 2:
        return iso
    numbers = [int(part) for part in rest]
    if language == "vi":
        return "/".join([*map(str, numbers[::-1]), year])
    return " ".join([*map(str, numbers[1:]), *(_MONTHS[number - 1] for number in numbers[:1]), year])


def _word(key: str, language: str) -> str:
    return _WORDS[key][LANGUAGES.index(language)]


def _check(language: str) -> None:
    if language not in LANGUAGES:
        raise ParameterError("lang", f"A citation is written in vi or en, not in {language!r}.")
