"""Source positions within the request payloads."""

from collections.abc import Iterable

from thidua.base.formats import INPUTS
from thidua.rdf.positions import Positions, positions, undeclared_prefixes
from thidua.write.request import Payload, Write


class PayloadPositions:
    """Locates findings in what was sent."""

    def __init__(self, write: Write) -> None:
        readable = ("turtle", "ntriples", "trig", "nquads")
        self._texts: list[tuple[str, Positions]] = [
            (payload.shown_as, positions(payload.data.decode("utf-8-sig", "replace")))
            for payload in write.payloads
            if INPUTS[payload.media_type].name in readable
        ]
        if write.text:
            self._texts.append(("update", positions(write.text)))

    def seek(self, things: Iterable[str]) -> None:
        """Nothing: what was sent is read as a whole."""

    def locate(self, subject: str, predicate: str | None = None) -> str:
        """``body:line`` where a thing is described."""
        for shown, found in self._texts:
            if line := found.line(subject, predicate):
                return f"{shown}:{line}"
        return self.mention(subject)

    def mention(self, iri: str, graph: str | None = None) -> str:
        """``body:line`` where an IRI is first written."""
        return next((f"{shown}:{found.mentions[iri]}" for shown, found in self._texts if iri in found.mentions), "")


def undeclared_in(payload: Payload) -> str:
    """Every prefix that a text lacks: the parser stops at the first, and whoever mends one wants to know of all."""
    if INPUTS[payload.media_type].name not in ("turtle", "trig"):
        return ""
    found = undeclared_prefixes(payload.data.decode("utf-8", "replace"))
    return "; ".join(f"line {line}: {told}" for line, told in found)
