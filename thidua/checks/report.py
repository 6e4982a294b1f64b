"""SHACL validation reports in Turtle, of what the checks found."""

from collections.abc import Iterable

import rdflib
from rdflib.namespace import RDF, SH

from thidua.base.errors import Finding
from thidua.base.terms import SHAPES


def report(findings: Iterable[Finding]) -> str:
    """Findings as a SHACL validation report, in Turtle.

    :source: https://www.w3.org/TR/shacl/#validation-report
    """
    graph = rdflib.Graph()
    graph.bind("tdsh", SHAPES)
    node = rdflib.BNode()
    findings = list(findings)
    conforms = all(finding.severity != "Violation" for finding in findings)
    graph.add((node, RDF.type, SH.ValidationReport))
    graph.add((node, SH.conforms, rdflib.Literal(conforms)))
    for finding in findings:
        result = rdflib.BNode()
        graph.add((node, SH.result, result))
        graph.add((result, RDF.type, SH.ValidationResult))
        graph.add((result, SH.focusNode, rdflib.URIRef(finding.focus)))
        graph.add((result, SH.resultSeverity, SH[finding.severity]))
        graph.add((result, SH.sourceShape, rdflib.URIRef(SHAPES + finding.shape)))
        component = finding.constraint or "SPARQLConstraintComponent"
        graph.add((result, SH.sourceConstraintComponent, SH[component]))
        graph.add((result, SH.resultMessage, rdflib.Literal(finding.vi, "vi")))
        graph.add((result, SH.resultMessage, rdflib.Literal(finding.en, "en")))
        if finding.path:
            graph.add((result, SH.resultPath, rdflib.URIRef(finding.path)))
        if finding.value:
            iri = finding.value.startswith(("http://", "https://", "urn:")) and " " not in finding.value
            graph.add((result, SH.value, rdflib.URIRef(finding.value) if iri else rdflib.Literal(finding.value)))
        if finding.where:
            graph.add((result, rdflib.RDFS.comment, rdflib.Literal(finding.where)))
    return graph.serialize(format="turtle")
