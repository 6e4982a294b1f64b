"""Proposals: facts as W3C Web Annotations on an article, each with what the graph says already.

Nothing of the article is in one: its target is the source, its fingerprint and positions.

:source: https://www.w3.org/TR/annotation-model/
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Final

from thidua.base.files import ProjectFiles
from thidua.base.terms import BASE, ID, PREFIXES
from thidua.extract.article import Article
from thidua.extract.claims import Claim, Claims, Status
from thidua.extract.describing import RULES
from thidua.extract.entries import prefixes
from thidua.extract.facts import Fact
from thidua.extract.records import Drafted, drafted
from thidua.extract.registry import Registry
from thidua.extract.turtle import Record
from thidua.graph import Snapshot
from thidua.rdf.cells import Select
from thidua.rdf.ntriples import literal_term

__all__ = ["Claim", "Proposal", "Status", "as_jsonld", "as_turtle", "id_of", "propose", "release"]

#: Fields that tell how a name is linked, which may change without another thing being said.
_LINKS: Final = ("id",)
_CONTEXT: Final = "http://www.w3.org/ns/anno.jsonld"
_SOFTWARE: Final = "https://www.w3.org/ns/activitystreams#generator"
#: What annotations have beside the vocabulary of their standard.
_TERMS: Final[Mapping[str, Any]] = {
    "td": PREFIXES["td"],
    "confidence": {"@id": "td:confidence", "@type": PREFIXES["xsd"] + "decimal"},
    "basis": {"@id": "td:basis", "@type": "@id"},
    "statedBy": {"@id": "td:statedBy", "@type": "@id"},
    "impliedBy": {"@id": "td:impliedBy", "@type": "@id"},
    "contentHash": "td:contentHash",
    "conflictsWith": {"@id": "td:conflictsWith", "@type": "@id"},
    "ExtractionRun": "td:ExtractionRun",
    "byRules": "td:byRules",
    "status": PREFIXES["schema"] + "creativeWorkStatus",
    "version": PREFIXES["schema"] + "softwareVersion",
    "warnings": PREFIXES["skos"] + "editorialNote",
    "seeAlso": {"@id": PREFIXES["rdfs"] + "seeAlso", "@type": "@id"},
}


@dataclass(frozen=True)
class Proposal:
    """One fact, for a curator to decide."""

    id: str
    source: str
    fact: Fact
    body: str
    """The records in the authoring form; empty where the model cannot say it, or nothing is to be said."""
    status: Status
    claims: tuple[Claim, ...] = ()
    """What it confirms or contradicts."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Why the fact, or a part of it, goes into no record: in Vietnamese, and in English."""

    @property
    def ev(self) -> tuple[str, ...]:
        """The evidence, such as ``ev:18d8c37f4f6536d1_4315-4384``."""
        return tuple(f"ev:{self.source}_{start}-{end}" for start, end in self.fact.spans)

    @property
    def iri(self) -> str:
        """What the annotation is called."""
        return f"{BASE}annotation/{self.id}"

    def as_json(self) -> dict[str, Any]:
        """For a page: all but the passages, which it cuts from the text in hand."""
        return {
            "id": self.id,
            "source": self.source,
            "fact": self.fact.as_json(),
            "body": self.body,
            "status": self.status,
            "claims": [
                {"record": claim.record, "says": claim.says, "sources": list(claim.sources)} for claim in self.claims
            ],
            "leftOut": [{"vi": vi, "en": en} for vi, en in self.left_out],
        }


def id_of(source: str, fact: Fact) -> str:
    """A proposal's id: the first 16 hex digits of the SHA-256 of the source's id and of what is said.

    Where it stands, how sure it is, which rule found it and what a name is linked to are no part of it, so that better
    rules, and a registry that has grown, meet the same one.
    """
    values = {name: value for name, value in fact.values.items() if name not in _LINKS and value is not None}
    said = json.dumps([source, fact.kind, values], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def propose(
    article: Article, facts: Iterable[Fact], snapshot: Snapshot | None = None, registry: Registry | None = None
) -> list[Proposal]:
    """Facts as proposals, in their order; of equal ones, the first with the passages of all.

    :param snapshot: what they are compared with; None without a store.
    :param registry: of the graph; if left out, the snapshot's, or that of the project's files.
    """
    select: Select | None = snapshot.select if snapshot is not None else None
    if registry is None:
        registry = Registry.of(select) if select else Registry.read(ProjectFiles.find())
    return proposed(article, facts, registry, select)


def proposed(article: Article, facts: Iterable[Fact], registry: Registry, select: Select | None) -> list[Proposal]:
    """The same, of any graph that answers a SELECT; None for none."""
    source = article.source.id
    merged: dict[str, Fact] = {}
    for fact in facts:
        name = id_of(source, fact)
        merged[name] = _merged(merged[name], fact) if name in merged else fact
    parts = drafted(article, merged.values(), registry)
    claims = Claims(select, source, _all(parts)) if select else None
    found = []
    for (name, fact), part in zip(merged.items(), parts, strict=True):
        status, met = claims.status(fact, part.records) if claims else ("unknown", ())
        left = tuple((each.reason_vi, each.reason_en) for each in part.left_out)
        found.append(Proposal(name, source, fact, part.body, status, met, left))
    return found


def _all(parts: Sequence[Drafted]) -> list[Record]:
    return [record for part in parts for record in part.records]


def _merged(first: Fact, second: Fact) -> Fact:
    """One fact of two that say the same: the surer one, with the passages of both where both are as sure."""
    if first.basis != second.basis:
        return first if first.basis == "stated" else second
    spans = (*first.spans, *(span for span in second.spans if span not in first.spans))
    by = tuple(dict.fromkeys((*first.by, *second.by)))
    return replace(first, spans=spans, by=by, confidence=max(first.confidence, second.confidence))


def release() -> str:
    """The release whose rules propose: what decisions are noted with."""
    return version("thidua")


def as_jsonld(article: Article, proposals: Iterable[Proposal]) -> dict[str, Any]:
    """Proposals as an annotation collection."""
    items = [_annotation(article, proposal) for proposal in proposals]
    return {
        "@context": [_CONTEXT, dict(_TERMS)],
        "id": f"{BASE}annotation/{article.source.id}",
        "type": "AnnotationCollection",
        "total": len(items),
        "first": {
            "id": f"{BASE}annotation/{article.source.id}?page=1",
            "type": "AnnotationPage",
            "startIndex": 0,
            "items": items,
        },
    }


def _annotation(article: Article, proposal: Proposal) -> dict[str, Any]:
    fact, source = proposal.fact, f"{ID}src/{proposal.source}"
    evidence = [_long(name) for name in proposal.ev]
    found: dict[str, Any] = {
        "id": proposal.iri,
        "type": "Annotation",
        "motivation": "identifying",
        "body": {
            "id": f"{proposal.iri}#body",
            "type": "TextualBody",
            "format": "text/turtle",
            "value": proposal.body,
        },
        "target": [
            {
                "id": name,
                "type": "SpecificResource",
                "source": {"id": source, "type": "Text", "contentHash": article.source.sha256},
                "selector": {"id": f"{name}_span", "type": "TextPositionSelector", "start": start, "end": end},
            }
            for name, (start, end) in zip(evidence, fact.spans, strict=True)
        ],
        "generator": {
            "id": f"{ID}run/{proposal.source}",
            "type": ["Software", "ExtractionRun"],
            "name": _generator(fact),
            "byRules": RULES,
            "version": release(),
        },
        "impliedBy" if fact.basis == "implied" else "statedBy": evidence,
        "confidence": f"{fact.confidence:.2f}",
        "status": proposal.status,
    }
    if basis := basis_of(fact):
        found["basis"] = _long(basis)
    if warnings := _warnings(proposal):
        found["warnings"] = warnings
    if met := [_long(record) for record in _met(proposal)]:
        found["conflictsWith" if proposal.status == "contradicts" else "seeAlso"] = met
    return found


def as_turtle(article: Article, proposals: Iterable[Proposal]) -> str:
    """The same annotations in Turtle."""
    items = list(proposals)
    source = f"src:{article.source.id}"
    lines = [
        f"{source}\n    td:contentHash {literal_term(article.source.sha256)} .\n",
        f"run:{article.source.id}\n    a td:ExtractionRun ;\n    td:readSource {source} ;\n"
        f"    td:byRules {literal_term(RULES)} ;\n    schema:softwareVersion {literal_term(release())} .\n",
    ]
    spans = dict.fromkeys(span for proposal in items for span in proposal.fact.spans)
    for start, end in sorted(spans):
        name = f"ev:{article.source.id}_{start}-{end}"
        lines.append(f"{name}\n    a td:Evidence ;\n    oa:hasSource {source} ;\n    oa:hasSelector {name}_span .\n")
        lines.append(f"{name}_span\n    a oa:TextPositionSelector ;\n    oa:start {start} ;\n    oa:end {end} .\n")
    lines += [_block(proposal) for proposal in items]
    body = "\n".join(lines)
    heading = f"# {len(items)} proposals on {source}; decide on them with: thidua extract accept FILE"
    return "\n".join([heading, *prefixes(body), "", body])


def _block(proposal: Proposal) -> str:
    fact = proposal.fact
    facts = [
        "a oa:Annotation",
        "oa:motivatedBy oa:identifying",
        f"oa:hasBody <{proposal.iri}#body>",
        f"oa:hasTarget {', '.join(proposal.ev)}",
        f"<{_SOFTWARE}> run:{proposal.source}",
        f"td:{'impliedBy' if fact.basis == 'implied' else 'statedBy'} {', '.join(proposal.ev)}",
        f"td:confidence {fact.confidence:.2f}",
        f"schema:creativeWorkStatus {literal_term(proposal.status)}",
        f"dct:source {literal_term(_generator(fact))}",
    ]
    if basis := basis_of(fact):
        facts.append(f"td:basis {basis}")
    if warnings := _warnings(proposal):
        facts.append(f"skos:editorialNote {', '.join(literal_term(text) + '@en' for text in warnings)}")
    if met := _met(proposal):
        by = "td:conflictsWith" if proposal.status == "contradicts" else "rdfs:seeAlso"
        facts.append(f"{by} {', '.join(met)}")
    said = " ;\n    ".join(fact for fact in facts if not fact.endswith(" "))
    return (
        f"<{proposal.iri}>\n    {said} .\n\n<{proposal.iri}#body>\n    a oa:TextualBody ;\n"
        f'    dct:format "text/turtle" ;\n    rdf:value {literal_term(proposal.body)} .\n'
    )


def _generator(fact: Fact) -> str:
    return f"{fact.rule or 'no rule'} ({', '.join(fact.by)})"


def basis_of(fact: Fact) -> str:
    """How a fact is implied, as a concept; empty where it is stated, or nothing says how."""
    why = fact.why.removeprefix("c:")
    return f"c:{why}" if why and fact.basis == "implied" else ""


def _warnings(proposal: Proposal) -> list[str]:
    return [*proposal.fact.warnings, *(en for _, en in proposal.left_out)]


def _met(proposal: Proposal) -> list[str]:
    return sorted({claim.record for claim in proposal.claims})


def _long(thing: str) -> str:
    prefix, _, key = thing.partition(":")
    return PREFIXES[prefix] + key
