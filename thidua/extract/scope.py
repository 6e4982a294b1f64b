"""Scope: whether an article is of a national cluster of provinces, of a branch's, or of one within a province."""

import re
from collections.abc import Sequence
from typing import Final

from thidua.extract.facts import Fact
from thidua.extract.mentions import Reading

_NATIONAL: Final = re.compile(
    r"\b(?:uy ban nhan dan|ubnd)(?: cac)? (?:tinh|thanh pho|tp)\b|\bban thi dua ?,? ?-? ?khen thuong trung uong\b|"
    r"\bpho chu tich nuoc\b|\bhoi dong thi dua ?,? ?-? ?khen thuong trung uong\b|\bgrdp\b|\bthu ngan sach\b|"
    r"\blanh dao (?:cac )?(?:tinh|thanh pho)\b|\bnong thon moi\b"
)
_BLOCK: Final = re.compile(r"\bkhoi (?:thi dua )?(?:cac |so |truong|pho|doanh|bo|\d)")
_NUMBERED: Final = re.compile(r"\bR\d+ so (?:\d+|[ivx]+)\b|\bcum thi dua (?:so )?(?:\d+|[ivx]+)\b")
_LOCAL: Final = re.compile(
    r"\b(?:cac|\d+) (?:huyen|quan|xa|phuong|thi tran|so|truong|thi xa)\b|\bhuyen uy\b|\bubnd (?:huyen|xa|phuong|quan|thi xa)\b"
)
_BRANCH: Final = re.compile(r"\bnganh [a-z]+")


def scope_of(readings: Sequence[Reading]) -> Fact:
    """Weigh what stands in the title and the lead, and around each mention of a cluster."""
    body = [reading for reading in readings if reading.sentence.body]
    weights = {"national": 0.0, "sector": 0.0, "province": 0.0, "other": 0.0}
    spans = []
    for number, reading in enumerate(body):
        weight = 4.0 if number < 3 else 2.0 if number < 8 else 0.7 if number < 25 else 0.3
        written = reading.written
        clusters = reading.kinds("C", "R", "G")
        if reading.kinds("C"):
            weights["national"] += weight * 0.8
            spans += [(mention.start, mention.end) for mention in reading.kinds("C")][:1]
        weights["national"] += 0.9 * weight * min(3, len(set(_NATIONAL.findall(written))))
        for mention in reading.kinds("S"):
            near = clusters and min(abs(mention.first - other.last) for other in clusters) < 12
            follows = clusters and any(0 <= mention.first - other.last < 3 for other in clusters)
            precedes = clusters and any(0 <= other.first - mention.last < 5 for other in clusters)
            factor = 2.2 if follows or precedes else 0.9 if near else 0.35
            # A department of the host, or a ministry's guest, is at every meeting.
            weights[mention.value] += weight * factor
        if _NUMBERED.search(written):
            weights["province"] += 2.5 * weight
        if _BLOCK.search(written):
            weights["other"] += 1.5 * weight
        if clusters and _LOCAL.search(written):
            weights["province"] += 0.8 * weight
    best = max(weights, key=lambda name: weights[name])
    total = sum(weights.values()) or 1.0
    share = weights[best] / total
    warnings = () if share > 0.6 else ("the scope is not clear; look at whose cluster it is",)
    return Fact(
        "scope",
        {"value": best},
        tuple(spans[:1]),
        confidence=round(min(0.99, share), 2),
        rule="scope.weighed",
        warnings=warnings,
    )
