"""Counts of what a version holds, for the first page."""

from thidua.base.terms import CONCEPT, PREFIXES
from thidua.engine.query import Caller
from thidua.graph import Snapshot

_SUMMARY = f"""PREFIX td: <{PREFIXES["td"]}> PREFIX award: <{PREFIXES["award"]}> PREFIX skos: <{PREFIXES["skos"]}>
SELECT ?what (COUNT(DISTINCT ?thing) AS ?count) {{
  VALUES (?class ?what) {{
    (td:EmulationCluster "clusters") (td:ClusterEdition "editions") (td:Province "provinces")
    (td:Document "documents")
  }}
  ?thing a ?class }} GROUP BY ?what"""
_OFFICIALS = f"""PREFIX td: <{PREFIXES["td"]}> PREFIX org: <{PREFIXES["org"]}>
SELECT (COUNT(DISTINCT ?person) AS ?count) {{ ?holding td:post ?post ; org:member ?person }}"""
_AWARDS = f"""PREFIX skos: <{PREFIXES["skos"]}>
SELECT (COUNT(DISTINCT ?award) AS ?count) {{ ?award skos:inScheme <{CONCEPT}award> }}"""


def summary(snapshot: Snapshot, caller: Caller) -> dict[str, int]:
    """How many of each kind a version has; ``triples`` and ``sources`` are of the version itself."""
    counts = {"clusters": 0, "editions": 0, "provinces": 0, "documents": 0}
    for row in snapshot.select(_SUMMARY, caller):
        if (what := row["what"]) and (count := row["count"]):
            counts[what.value] = int(count.value)
    for what_else, text in (("officials", _OFFICIALS), ("awards", _AWARDS)):
        counts[what_else] = sum(int(row["count"].value) for row in snapshot.select(text, caller) if row["count"])
    return counts | {"sources": snapshot.version.sources, "triples": snapshot.version.triples}
