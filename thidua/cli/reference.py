"""Generated reference documentation: never written by hand."""

from collections.abc import Iterator
from pathlib import Path

import rdflib
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SH, SKOS

from thidua.base.files import ProjectFiles
from thidua.base.terms import SHAPES, TD, shorten
from thidua.checks.shacl import read_shapes
from thidua.questions.catalogue import Question, read_catalogue

_NOTE = "<!-- Written by `make docs`; change the files it describes, not this page. -->\n"
_TRAITS = {
    OWL.FunctionalProperty: "one value at most",
    OWL.TransitiveProperty: "transitive",
    OWL.SymmetricProperty: "symmetric",
}


def write_pages(files: ProjectFiles, folder: Path) -> list[Path]:
    """Write ontology.md, shapes.md and questions.md into a folder; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "ontology.md": _ontology(files),
        "shapes.md": _shapes(files),
        "questions.md": _questions(read_catalogue(files.questions)),
    }
    for name, lines in pages.items():
        (folder / name).write_text("\n".join([_NOTE, *lines]) + "\n", encoding="utf-8")
    return [folder / name for name in pages]


def _ontology(files: ProjectFiles) -> Iterator[str]:
    graph = rdflib.Graph()
    for file in files.vocabulary:
        graph.parse(file.path, format="turtle")
    ontology = next(graph.subjects(RDF.type, OWL.Ontology))
    yield f"# {_label(graph, ontology, DCTERMS.title)}\n"
    yield f"Version {graph.value(ontology, OWL.versionInfo)}. `td:` stands for `{TD}`.\n"
    for heading, kind in (
        ("Classes · Lớp", OWL.Class),
        ("Links between things · Quan hệ", OWL.ObjectProperty),
        ("Values · Thuộc tính", OWL.DatatypeProperty),
    ):
        yield f"## {heading}\n"
        for term in sorted(graph.subjects(RDF.type, kind), key=str):
            if isinstance(term, rdflib.URIRef) and term.startswith(TD):
                yield from _term(graph, term)
    yield "## Code lists · Danh mục\n"
    for scheme in sorted(graph.subjects(RDF.type, SKOS.ConceptScheme), key=str):
        yield f"### {shorten(str(scheme))}: {_label(graph, scheme)}\n"
        yield "| concept | tiếng Việt | English |\n|---|---|---|"
        for concept in sorted(graph.subjects(SKOS.inScheme, scheme), key=str):
            vi, en = (_in(graph, concept, SKOS.prefLabel, lang) for lang in ("vi", "en"))
            yield f"| `{shorten(str(concept))}` | {vi} | {en} |"
        yield ""


def _term(graph: rdflib.Graph, term: rdflib.URIRef) -> Iterator[str]:
    yield f"### `{shorten(term)}`\n"
    yield f"**{_label(graph, term, RDFS.label)}**\n"
    for lang in ("vi", "en"):
        yield _in(graph, term, SKOS.definition, lang) + "\n"
    for lang in ("vi", "en"):
        if note := _in(graph, term, SKOS.scopeNote, lang):
            yield f"_{note}_\n"
    facts = {
        "above": (RDFS.subClassOf, RDFS.subPropertyOf),
        "of": (RDFS.domain,),
        "leads to": (RDFS.range,),
        "inverse": (OWL.inverseOf,),
    }
    for word, properties in facts.items():
        targets = sorted(
            shorten(str(o)) for p in properties for o in graph.objects(term, p) if isinstance(o, rdflib.URIRef)
        )
        if targets:
            yield f"- {word}: {', '.join(f'`{target}`' for target in targets)}"
    traits = {
        OWL.FunctionalProperty: "one value at most",
        OWL.TransitiveProperty: "transitive",
        OWL.SymmetricProperty: "symmetric",
    }
    if held := [words for trait, words in traits.items() if (term, RDF.type, trait) in graph]:
        yield f"- {', '.join(held)}"
    for example in graph.objects(term, SKOS.example):
        yield f"- example: `{example}`"
    yield ""


def _shapes(files: ProjectFiles) -> Iterator[str]:
    graph = read_shapes(files.shapes)
    yield "# What data must obey · Ràng buộc dữ liệu\n"
    yield "A violation refuses a version; a warning is published and reported.\n"
    yield "| shape | severity | tiếng Việt | English |\n|---|---|---|---|"
    for shape in sorted(set(graph.subjects(SH.message)), key=str):
        owner = shape if isinstance(shape, rdflib.URIRef) else next(graph.subjects(SH.sparql, shape), shape)
        severity = str(graph.value(shape, SH.severity) or graph.value(owner, SH.severity) or SH.Violation)
        vi, en = (_in(graph, shape, SH.message, lang) for lang in ("vi", "en"))
        name = str(owner).removeprefix(SHAPES)
        yield f"| `{name}` | {severity.rpartition('#')[2]} | {_cell(vi)} | {_cell(en)} |"


def _questions(catalogue: dict[str, Question]) -> Iterator[str]:
    yield "# Questions · Câu hỏi\n"
    yield (
        "Each is a command (`thidua ask NAME`), an address (`/questions/NAME`) and a file (`queries/NAME.rq`); "
        "[questions-api.md](../questions-api.md) says how to ask. A column without a type is text or an IRI. "
        "**Evidence**: each row can name the passages it rests on. **Map**: comes as GeoJSON too.\n"
    )
    for name, question in sorted(catalogue.items()):
        yield f"## `{name}`\n"
        yield f"{question.question['vi']}\n\n{question.question['en']}\n"
        if marks := [mark for mark, has in (("Evidence", question.evidence), ("Map", question.place)) if has]:
            yield f"**{'. '.join(marks)}.**\n"
        if question.parameters:
            yield "| parameter | type | | example |\n|---|---|---|---|"
            for parameter in question.parameters:
                need = "required" if parameter.required else ""
                yield f"| `{parameter.name}` | {parameter.type} | {need} | `{parameter.example}` |"
            yield ""
        yield "| column | type | tiếng Việt | English |\n|---|---|---|---|"
        for column in question.columns:
            kind = "" if column.type == "string" else column.type
            yield f"| `{column.name}` | {kind} | {column.label['vi']} | {column.label['en']} |"
        yield ""


def _label(graph: rdflib.Graph, term: rdflib.term.Node, prop: rdflib.URIRef = SKOS.prefLabel) -> str:
    return " · ".join(text for lang in ("vi", "en") if (text := _in(graph, term, prop, lang)))


def _in(graph: rdflib.Graph, term: rdflib.term.Node, prop: rdflib.URIRef, lang: str) -> str:
    texts = [str(o) for o in graph.objects(term, prop) if isinstance(o, rdflib.Literal) and o.language == lang]
    return min(texts, default="")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
