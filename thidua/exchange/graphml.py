"""GraphML export, for network tools: resources are nodes, what links two of them is an edge.

Values are attributes of nodes. GraphML has one value an attribute, so several are joined by `` | ``; the tables keep
them apart.
"""

from collections import defaultdict
from pathlib import Path
from typing import IO, Any, Final, cast
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from thidua.base.formats import EXPORTS
from thidua.base.terms import PREFIXES, shorten
from thidua.exchange.tidy import Tidy, column_name
from thidua.rdf.cells import Cell
from thidua.rdf.columns import column_values
from thidua.rdf.xml import XmlFile

_TYPE: Final = PREFIXES["rdf"] + "type"
_KINDS: Final = {"integer": "long", "decimal": "double", "boolean": "boolean"}
#: What holds a text that XML cannot.
_INSTEAD: Final = tuple(name for name in EXPORTS if name != "graphml")


def write_graphml(path: Path, tidy: Tidy) -> None:
    """Write nodes with ``class``, ``label_vi``, ``label_en`` and their values, and edges with ``property``.

    :raises NotAcceptableError: a text has a character that XML cannot hold.
    """
    values: dict[str, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    edges = []
    for row in tidy.select("SELECT ?s ?p ?o { ?s ?p ?o }"):
        subject, link, value = row["s"], row["p"], row["o"]
        assert subject and link and value
        source, target = _id(subject), _id(value)
        if source not in tidy.table_of or link.value == _TYPE:
            continue
        if value.kind != "literal" and target in tidy.table_of:
            edges.append((source, link.value, target))
        else:
            values[column_name(link.value)][source].append(value)
    attributes = {name: _attribute(of_thing) for name, of_thing in sorted(values.items())}
    with path.open("wb") as file:
        xml = XMLGenerator(cast(IO[bytes], XmlFile(file, _INSTEAD)), "utf-8", short_empty_elements=True)
        xml.startDocument()
        _open(xml, "graphml", {"xmlns": "http://graphml.graphdrawing.org/xmlns"})
        keys = {"class": "string", "label_vi": "string", "label_en": "string"}
        for name, kind in (keys | {name: kind for name, (kind, _) in attributes.items()}).items():
            _key(xml, "n", name, "node", kind)
        for name in ("property", "label_vi", "label_en"):
            _key(xml, "e", name, "edge", "string")
        _open(xml, "graph", {"id": "thidua", "edgedefault": "directed"})
        for thing in sorted(tidy.table_of):
            _open(xml, "node", {"id": thing})
            named = {"class": tidy.table_of[thing]} | {
                f"label_{lang}": tidy.label(thing, lang) for lang in ("vi", "en")
            }
            own = {name: of_thing[thing] for name, (_, of_thing) in attributes.items() if thing in of_thing}
            _data(xml, "n", named | own)
            xml.endElement("node")
        for number, (source, name, target) in enumerate(sorted(edges)):
            _open(xml, "edge", {"id": str(number), "source": source, "target": target})
            labels = {f"label_{lang}": tidy.label(name, lang) for lang in ("vi", "en")}
            _data(xml, "e", {"property": shorten(name).strip("<>")} | labels)
            xml.endElement("edge")
        xml.endElement("graph")
        xml.endElement("graphml")
        xml.endDocument()


def _attribute(of_thing: dict[str, list[Cell]]) -> tuple[str, dict[str, Any]]:
    """GraphML's type for a property's values, and the value of each thing."""
    if all(len(cells) == 1 for cells in of_thing.values()):
        kind, values = column_values([cells[0] for cells in of_thing.values()])
        if kind in _KINDS:
            return _KINDS[kind], dict(zip(of_thing, values, strict=True))
    return "string", {thing: " | ".join(sorted(cell.value for cell in cells)) for thing, cells in of_thing.items()}


def _open(xml: XMLGenerator, name: str, attributes: dict[str, str]) -> None:
    xml.startElement(name, AttributesImpl(attributes))


def _key(xml: XMLGenerator, mark: str, name: str, of: str, kind: str) -> None:
    _open(xml, "key", {"id": f"{mark}_{name}", "for": of, "attr.name": name, "attr.type": kind})
    xml.endElement("key")


def _data(xml: XMLGenerator, mark: str, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if value is not None:
            _open(xml, "data", {"key": f"{mark}_{name}"})
            xml.characters(str(value).lower() if isinstance(value, bool) else str(value))
            xml.endElement("data")


def _id(cell: Cell) -> str:
    return f"_:{cell.value}" if cell.kind == "blank" else cell.value
