"""Source templates and evidence for curators: is it there already, a file to begin with, a passage's place."""

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from thidua.base.articles import SourceText, id_of_address, normalised
from thidua.base.errors import DataError, InputError
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH, ID, PREFIXES, TEMPLATE
from thidua.base.text import as_typed
from thidua.rdf.cells import Record, integer
from thidua.rdf.ntriples import literal_term
from thidua.rdf.quads import QuadStore

Select = Callable[[str], Iterable[Record]]

#: Kinds of source, as the code list of `td:kind` has them; the first is the usual one.
SOURCE_KINDS: Final = ("article", "decision", "registry", "data-set")
#: What a reading follows, and who reads where nobody else is named.
_RULES: Final = "docs/adding-a-source.md"
_READER: Final = "agent:editors"

#: Prefixes that a source's file is likely to need.
_USED: Final = (
    "td", "c", "agent", "agreement", "award", "body", "cluster", "conf", "conferral", "deputy", "edition", "engagement",
    "ev", "exemplar", "handover", "head", "holding", "legal", "member", "movement", "obs", "part", "period", "person",
    "post", "province", "remark", "run", "src", "dct", "org", "schema", "skos", "xsd",
)  # fmt: skip
_KNOWN: Final = f"""PREFIX td: <{PREFIXES["td"]}> PREFIX schema: <{PREFIXES["schema"]}>
SELECT ?source ?url ?hash ?name ?day ?by WHERE {{
  GRAPH ?graph {{
    {{ SELECT DISTINCT ?graph ?source {{ GRAPH ?graph {{ ?source schema:url|td:contentHash ?known }} }} }}
    OPTIONAL {{ ?source schema:url ?url }}
    OPTIONAL {{ ?source td:contentHash ?hash }}
    OPTIONAL {{ ?source schema:name|schema:headline ?name }}
    OPTIONAL {{ ?source schema:datePublished ?day }}
    OPTIONAL {{ ?source schema:creditText|schema:author ?credit }}
    OPTIONAL {{ ?source schema:publisher ?publisher }}
    BIND(COALESCE(?credit, ?publisher) AS ?by)
  }}
  FILTER(STR(?graph) = CONCAT("{GRAPH}", STRAFTER(STR(?source), "{ID}src/")))
}} ORDER BY ?source"""


@dataclass(frozen=True)
class Known:
    """A source that is there already."""

    id: str
    title: str
    day: str
    by: str
    address: str
    sha256: str
    statements: int

    def told(self, language: str = "en") -> str:
        """What is there, in a sentence."""
        about = ", ".join(part for part in (self.title, self.by, self.day, self.address) if part)
        if language == "vi":
            return f"src:{self.id} đã có ở đây: {about or 'không có tên'}; {self.statements} phát biểu."
        return f"src:{self.id} is here already: {about or 'without a title'}; {self.statements} statements."


def known(select: Select, *, address: str = "", sha256: str = "", source_id: str = "") -> Known | None:
    """The source that an address in any of its forms, a text's hash or an id leads to; None where none does.

    :param select: answers a SELECT of our own.
    """
    wanted = normalised(address) if address else ""
    for row in select(_KNOWN):
        source, url, hash_ = (_text(row, name) for name in ("source", "url", "hash"))
        id_ = source.removeprefix(f"{ID}src/")
        if (url and wanted == normalised(url)) or (hash_ and hash_ == sha256) or id_ == source_id:
            (counted,) = select(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{GRAPH}{id_}> {{ ?s ?p ?o }} }}")
            name, day, by = (_text(row, name) for name in ("name", "day", "by"))
            return Known(id_, name, day, by, url, hash_, integer(counted["n"]) or 0)
    return None


def known_in_files(files: ProjectFiles, *, address: str = "", sha256: str = "") -> Known | None:
    """The same, of the sources in files; one that does not parse is passed over, for `thidua validate` tells of it."""
    store = QuadStore.memory()
    for file in files.sources:
        try:
            store.load_turtle(file.path, file.graph, files.relative(file.path))
        except DataError:
            continue
    return known(store.select, address=address, sha256=sha256)


def passages(source: SourceText, phrase: str, source_id: str = "") -> Iterator[tuple[str, int, str]]:
    """Each place where a phrase stands: (evidence name for Turtle, line from 1, the line's text).

    Upper and lower case are alike; white space in the phrase matches any white space. A phrase that stands nowhere as
    it is typed is looked for once more without tone marks, and with a keyboard's dashes and quotes for those of print.

    :param source_id: what the source is called, where it is not called by its text.
    """
    phrase = unicodedata.normalize("NFC", phrase)
    if not phrase.strip():
        return
    found = [each.span() for each in _words(phrase).finditer(source.text)]
    if not found:
        text, places = as_typed(source.text)
        typed = _words(as_typed(phrase)[0]).finditer(text)
        found = [(places[each.start()], places[each.end() - 1] + 1) for each in typed]
    for start, end in found:
        line = source.text.count("\n", 0, start) + 1
        evidence = f"ev:{source_id or source.id}_{start}-{end}"
        yield evidence, line, source.text.splitlines()[line - 1].strip()


def _words(phrase: str) -> re.Pattern[str]:
    return re.compile(r"\s+".join(map(re.escape, phrase.split())), re.IGNORECASE)


def template(
    source: SourceText | None, address: str, *, title: str = "", day: str = "", kind: str = SOURCE_KINDS[0]
) -> tuple[str, str]:
    """A file to begin with: (its name in data/sources/, its text). No check lets it through before it is edited.

    :param title: as printed; left out, the file asks for it, as for the day of publication.
    :raises InputError: the address or the day is none, or the title does not stand in the text.
    """
    source_id = source.id if source else id_of_address(address)
    evidence = f"ev:{source_id}_{TEMPLATE}" if source else f"ev:{source_id}"
    facts = [
        f"td:kind c:source-{kind}",
        *_named(source, source_id, title),
        f'schema:datePublished "{_day(day)}"^^xsd:date',
    ]
    if address:
        facts += [_url(address), f'schema:publisher "{_host(address)}"']
    facts += [f'td:contentHash "{source.sha256}"'] if source else []
    facts += ['schema:inLanguage "vi"']
    header = "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in _USED)
    find = f"; a passage is what `thidua source find` prints for {evidence}" if source else ""
    return f"{source_id}.ttl", (
        f"# Who published it, and what it tells.\n{header}\n"
        f"src:{source_id}\n    " + " ;\n    ".join(facts) + " .\n\n"
        f"run:{source_id}\n"
        f'    td:readOn "{datetime.date.today()}"^^xsd:date ;\n'
        f"    td:readBy {_READER} ;\n"
        f'    td:byRules "{_RULES}" .\n\n'
        f"# An example. Write what the article says wherever {TEMPLATE} stands{find};\n"
        "# or delete these lines, as you do with a title or a day that is not known. Until then the file is refused.\n"
        f"edition:{TEMPLATE}\n"
        f"    td:editionOf cluster:{TEMPLATE} ;\n"
        f'    td:year "{TEMPLATE}" ;\n'
        f"    td:headTerm head:{TEMPLATE} ;\n"
        f"    td:statedBy {evidence} .\n\n"
        f"head:{TEMPLATE}\n"
        f"    org:member province:{TEMPLATE} ;\n"
        f"    td:statedBy {evidence} .\n"
    )


def _named(source: SourceText | None, source_id: str, title: str) -> list[str]:
    """The title, and where it stands."""
    title = unicodedata.normalize("NFC", " ".join(title.split()))
    if not title:
        return [f'schema:name "{TEMPLATE}"@vi']
    place = f"ev:{source_id}"
    if source:
        place = next((evidence for evidence, _, _ in passages(source, title)), "")
        if not place:
            raise InputError(f"The title {title!r} does not stand in the text; spell it as printed, or leave it out.")
    return [f"schema:name {literal_term(title)}@vi", f"td:titleAt {place}"]


def _day(day: str) -> str:
    """A day of publication, or what asks for it.

    :raises InputError: it is none.
    """
    try:
        return datetime.date.fromisoformat(day).isoformat() if day else TEMPLATE
    except ValueError as exc:
        raise InputError(
            f"--day is a day such as 2024-03-13, not {day!r}; leave it out where none is printed."
        ) from exc


def _host(address: str) -> str:
    """The host of an address, as far as a reader would name it."""
    return (urlsplit(address).hostname or "").removeprefix("www.")


def with_text(turtle: str, source_id: str, text: SourceText) -> str:
    """The file of a source known by its address alone, given its text: nothing that was recorded is lost.

    The source keeps its id, by which others cite it. It gets the text's hash, and what rested on all of the article
    rests on the whole span of its text, until somebody names the passage.

    :raises InputError: it has a text already, or the file does not describe it in the usual form.
    """
    if re.search(r"\btd:contentHash\b", turtle):
        raise InputError(f"src:{source_id} has a text already, which its td:contentHash names")
    turtle = re.sub(rf"(?<![\w:-])ev:{re.escape(source_id)}(?![\w-])", rf"\g<0>_0-{len(text.text)}", turtle)
    return _with(turtle, source_id, f'td:contentHash "{text.sha256}"')


def with_address(turtle: str, source_id: str, address: str) -> str:
    """The file of a source known by its text alone, given its address.

    :raises InputError: it has an address already, or the file does not describe it in the usual form.
    """
    if re.search(r"\bschema:url\b", turtle):
        raise InputError(f"src:{source_id} has an address already, its schema:url")
    return _with(turtle, source_id, _url(address))


def _with(turtle: str, source_id: str, fact: str) -> str:
    described = re.compile(rf"^src:{re.escape(source_id)}\s+", re.MULTILINE)
    if len(described.findall(turtle)) != 1:
        raise InputError(f"the file has no one line that begins with src:{source_id}; write it so, and try again")
    return described.sub(lambda _: f"src:{source_id}\n    {fact} ;\n    ", turtle)


def _url(address: str) -> str:
    """An address as Turtle states it.

    :raises InputError: it is none.
    """
    if not re.fullmatch(r"""https?://[^\s"'<>\\^`{|}]+""", address):
        raise InputError(f"An address begins with http:// or https:// and has no spaces or quotes, unlike {address!r}.")
    return f'schema:url "{address}"^^xsd:anyURI'


def _text(row: Record, name: str) -> str:
    cell = row.get(name)
    return cell.value if cell else ""
