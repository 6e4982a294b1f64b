"""Records of what an article names: documents, movements; and what no record says."""

import re
from typing import Final

from thidua.extract.drafts import YEAR, Draft
from thidua.extract.facts import Fact, Span

#: How a movement is implied whose phase no passage prints.
PHASE: Final = "c:basis-phase-inferred"


def add_document(draft: Draft, fact: Fact, spans: list[Span]) -> None:
    known = f"legal:{fact.get('id')}"
    number = str(fact.get("number") or "")
    document = known if draft.registry.has(known) else ""
    document = document or draft.entries.document(number, str(fact.get("date") or ""), str(fact.get("issuer") or ""))
    if not document:
        draft.leave(fact, "số hiệu không đủ để biết văn bản nào", "its number does not tell which document it is")
        return
    year, _ = draft.own_year(fact)
    if not (edition := draft.edition(fact, spans, draft.cluster_of(fact), year)):
        return
    remark = draft.free(f"remark:{draft.source}_{spans[0][0]}")
    draft.document.record(edition).say("td:remark", remark)
    record = draft.document.record(remark).say("td:kind", "c:remark-report")
    if event := draft.conference():
        record.say("td:atEvent", event)
    told = found[0] if (found := re.search(r"(?:19|20)[0-9]{2}(?=\Z|-)", document.partition(":")[2])) else ""
    resolved = bool(told) and not draft.prints(spans, told)
    record.say("td:aboutResolved" if resolved else "td:about", document)
    draft.rest(record, fact, spans)


def add_movement(draft: Draft, fact: Fact, spans: list[Span]) -> None:
    known = f"movement:{fact.get('id')}"
    movement = known if draft.registry.has(known) else draft.entries.movement(str(fact.get("printed") or ""))
    if not movement:
        draft.leave(fact, "phong trào không có tên", "the movement has no name")
        return
    year, inferred = draft.own_year(fact)
    cluster = draft.cluster_of(fact)
    if not (edition := draft.edition(fact, spans, cluster, year)):
        return
    for other in draft.document.record(edition).facts.get("td:engagement", []):
        if movement in draft.document.records[other].facts["td:movement"]:
            draft.rest(draft.document.records[other], fact, spans, inferred)
            return
    engagement = draft.free(f"engagement:{draft.source}_{spans[0][0]}")
    draft.document.record(edition).say("td:engagement", engagement)
    record = draft.document.record(engagement).say("td:movement", movement)
    phases = YEAR.findall(movement)
    if fact.basis == "stated" and phases and not any(draft.prints(spans, phase) for phase in phases):
        record.rest_on(spans, PHASE)
    else:
        draft.rest(record, fact, spans, inferred)


def add_ranking(draft: Draft, fact: Fact, spans: list[Span]) -> None:
    draft.leave(
        fact,
        "mô hình chưa có thứ hạng, điểm thi đua của đơn vị trong cụm",
        "the model has no term yet for a unit's place or points within its cluster",
    )
