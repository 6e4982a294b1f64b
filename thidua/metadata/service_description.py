"""SPARQL 1.1 Service Description: what the endpoint can do, what it holds, and what it will not do."""

from thidua.base.formats import GRAPHS, INPUTS, RESULTS, Format, by_name
from thidua.base.limits import Limits, table
from thidua.base.terms import PREFIXES
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.rdf.ntriples import iri_term, literal_term

_FORMATS = "http://www.w3.org/ns/formats/"


def service_description(snapshot: Snapshot, endpoint: str, limits: Limits, *, updates: bool, caller: Caller) -> str:
    """The description of one endpoint, as Turtle.

    :param updates: whether some caller may write.
    :source: https://www.w3.org/TR/sparql11-service-description/
    """
    graphs = snapshot.select("SELECT ?g { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g", caller)
    named = [row["g"].value for row in graphs if row["g"] and row["g"].kind == "iri"]
    version = snapshot.version
    here = f"{endpoint}#"
    described = table(limits)
    lines = [
        f"@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .\n@prefix void: <{PREFIXES['void']}> .",
        f"@prefix schema: <{PREFIXES['schema']}> .\n@prefix dct: <{PREFIXES['dct']}> .",
        f"@prefix xsd: <{PREFIXES['xsd']}> .",
        f"<{here}service> a sd:Service ; sd:endpoint {iri_term(endpoint)} ; sd:supportedLanguage sd:SPARQL11Query",
        ", sd:SPARQL11Update" if updates else "",
        *(f"; sd:resultFormat <{_FORMATS}SPARQL_Results_{form.title}>" for form in by_name(RESULTS).values()),
        *(f"; sd:resultFormat <{_named(form)}>" for form in GRAPHS.values()),
        *(f"; sd:inputFormat <{_named(form)}>" for form in INPUTS.values() if updates),
        *(f"; schema:additionalProperty <{here}limit-{name}>" for name, *_ in described),
        f"; sd:defaultDataset <{here}dataset> .",
        *(
            f"<{here}limit-{name}> a schema:PropertyValue ; schema:name {literal_term(name)} ;"
            f" schema:value {value:g} ; schema:unitText {literal_term(unit)} ;"
            f" schema:description {literal_term(text)} ."
            for name, value, unit, text in described
        ),
        f"<{here}dataset> a sd:Dataset ; dct:identifier {literal_term(str(version.number))} ;",
        f"  dct:modified {literal_term(version.time, PREFIXES['xsd'] + 'dateTime')} ;",
        *(f"  sd:namedGraph <{here}graph-{number}> ;" for number, _ in enumerate(named, 1)),
        f"  sd:defaultGraph <{here}default-graph> .",
        f"<{here}default-graph> a sd:Graph ; void:triples {version.triples} .",
        *(
            f"<{here}graph-{number}> a sd:NamedGraph ; sd:name {iri_term(name)} ."
            for number, name in enumerate(named, 1)
        ),
    ]
    return "\n".join(lines) + "\n"


def _named(form: Format) -> str:
    """A format of RDF at the W3C."""
    return _FORMATS + form.title.replace("/", "_")
