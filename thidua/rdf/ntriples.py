"""N-Triples: terms and lines, to cells and back."""

from collections.abc import Iterable, Iterator, Sequence

import pyoxigraph as ox

from thidua.rdf.cells import Cell


def read_lines(n_triples: bytes) -> set[str]:
    """N-Triples as the lines, without their ends, that this engine writes.

    :raises ValueError: it does not parse.
    """
    return {str(quad.triple) for quad in ox.parse(n_triples, format=ox.RdfFormat.N_TRIPLES)}


def iri_term(iri: str) -> str:
    """An IRI as SPARQL writes it.

    :raises ValueError: the text is no IRI.
    """
    return str(ox.NamedNode(iri))


def term(cell: Cell) -> str:
    """A cell as N-Triples writes it; SPARQL writes IRIs and literals the same.

    :raises ValueError: the IRI, the datatype or the language is none.
    """
    match cell.kind:
        case "iri":
            return iri_term(cell.value)
        case "blank":
            return str(ox.BlankNode(cell.value))
        case "triple":
            return cell.value
    if cell.language:
        return str(ox.Literal(cell.value, language=cell.language))
    return literal_term(cell.value, cell.datatype)


def triple_term(terms: Sequence[Cell]) -> Cell:
    """A subject, a predicate and an object as one term."""
    return Cell(f"<<( {' '.join(map(term, terms))} )>>", "triple")


def literal_term(value: str, datatype: str | None = None) -> str:
    """A literal as SPARQL writes it, escaped."""
    return str(ox.Literal(value, datatype=ox.NamedNode(datatype) if datatype else None))


def cell_of(term: object) -> Cell | None:
    match term:
        case None:
            return None
        case ox.NamedNode():
            return Cell(term.value, "iri")
        case ox.Literal():
            return Cell(term.value, "literal", term.datatype.value, term.language)
        case ox.BlankNode():
            return Cell(term.value, "blank")
        case ox.Triple():
            return Cell(f"<<( {term} )>>", "triple")
    raise TypeError(f"{term!r} is no term")


def cells_of(lines: Iterable[str]) -> Iterator[tuple[Cell, Cell, Cell]]:
    """N-Triples lines without their ends, as cells."""
    for triple in triples_of(lines):
        subject, predicate, value = cell_of(triple.subject), cell_of(triple.predicate), cell_of(triple.object)
        assert subject and predicate and value
        yield subject, predicate, value


def respelt(terms: Sequence[str]) -> list[Cell]:
    """Terms as the engine keeps them: of ``"01"^^xsd:integer``, for one, it keeps the number."""
    store = ox.Store()
    text = "".join(f"<t:{number}> <t:> {term} .\n" for number, term in enumerate(terms))
    store.bulk_load(text, format=ox.RdfFormat.N_TRIPLES, lenient=True)
    found = {quad.subject.value: cell_of(quad.object) for quad in store}
    return [cell for number in range(len(terms)) if (cell := found[f"t:{number}"])]


def node_of(thing: str) -> ox.NamedNode | ox.BlankNode:
    return ox.NamedNode(thing) if ":" in thing else ox.BlankNode(thing)


def triples_of(lines: Iterable[str]) -> Iterator[ox.Triple]:
    return parsed(text_of(lines))


def text_of(lines: Iterable[str]) -> str:
    return "".join(f"{line} .\n" for line in lines)


def parsed(text: str) -> Iterator[ox.Triple]:
    return (quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES))


def lines_of(triples: Iterable[ox.Triple]) -> list[str]:
    """N-Triples lines without their ends; a third of the time that ``str`` takes for each."""
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    return text.decode().split(" .\n")[:-1]
