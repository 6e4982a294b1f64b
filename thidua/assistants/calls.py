"""Calls: a tool's name and arguments to its answer as JSON. Nothing of the protocol, so any transport can use it."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from thidua.assistants.answers import LANGUAGES, ROWS, Json, Reader, answer, found_by_name, thing
from thidua.assistants.tools import OWN, Tool, checked, tools_of
from thidua.base.errors import InputError
from thidua.base.terms import PREFIXES
from thidua.engine.query import Caller, Query
from thidua.graph import KnowledgeGraph, Snapshot
from thidua.metadata.void_dcat import Place
from thidua.rdf.scan import scan
from thidua.views import hints
from thidua.views.citation_formats import write_citation
from thidua.views.citations import cite

#: Bytes of Turtle that a graph's excerpt has.
_TURTLE: Final = 60_000


class Calls:
    """What assistants may ask of a graph; safe to use from many threads.

    :param place: where its pages are served, for addresses in citations.
    """

    def __init__(self, kg: KnowledgeGraph, place: Place) -> None:
        self.kg = kg
        self.tools: Final[Mapping[str, Tool]] = tools_of(kg.questions)
        self._place = place
        self._own: Final[Mapping[str, Callable[[Snapshot, dict[str, Any], Reader], Json]]] = {
            "search": lambda snapshot, given, _: found_by_name(
                snapshot, given["text"], given.get("kinds", []), given.get("on", ""), given.get("limit", 10)
            ),
            "thing": lambda snapshot, given, reader: thing(snapshot, given["id"], reader),
            "cite": _cite,
            "sparql": _sparql,
        }

    def call(self, name: str, given: Mapping[str, Any], caller: Caller) -> Json:
        """Carry out a call.

        :raises KeyError: no tool has that name.
        :raises KnowledgeGraphError: an argument makes no sense, or a limit was met.
        """
        arguments = checked(self.tools[name], given)
        reader = Reader(arguments.get("lang", LANGUAGES[0]), caller, self._place)
        snapshot = self.kg.at(arguments["version"]) if "version" in arguments else self.kg.current()
        if name in self._own:
            return self._own[name](snapshot, arguments, reader)
        parameters = {key: str(value) for key, value in arguments.items() if key not in OWN}
        return answer(
            snapshot, name, parameters, reader, arguments.get("limit", ROWS), arguments.get("offset", 0)
        )  # fmt: skip

    def read(self, iri: str, caller: Caller) -> Json:
        """A thing as a resource, by its IRI."""
        return thing(self.kg.current(), iri, Reader(LANGUAGES[0], caller, self._place))


def _cite(snapshot: Snapshot, given: dict[str, Any], reader: Reader) -> Json:
    cited = {"thing": given["thing"]} if given.get("thing") else {}
    citation = cite(snapshot, cited, reader.language, reader.place, reader.caller)
    return {"citation": write_citation(citation, given.get("format", "plain")).strip()}


def _sparql(snapshot: Snapshot, given: dict[str, Any], reader: Reader) -> Json:
    rows = given.get("limit", ROWS)
    query = Query(given["query"], rows=rows, turtle=_TURTLE)
    if not query.text.strip():
        raise InputError("The query is empty; write one such as SELECT ?cluster { ?cluster a td:EmulationCluster }.")
    scanned = scan(query.text, prefixes=PREFIXES)
    result = snapshot.query(query.of(scanned), reader.caller)
    found = hints.of_query(snapshot, scanned, reader.caller, empty=hints.is_empty(result))
    body = result.read().decode()
    version = snapshot.version
    told: Json = {"version": {"number": version.number, "time": version.time, "hash": version.hash}}
    if found:
        told["hints"] = [each.told_in(reader.language) for each in found]
    return told | ({"turtle": body} if result.form == "GRAPH" else {"results": json.loads(body)})
