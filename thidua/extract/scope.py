"""Scope: whether an article is of a national cluster of provinces, of a branch's, or of one within a province."""

import re
from collections.abc import Sequence
from typing import Final

from thidua.extract.facts import Fact, Span
from thidua.extract.mentions import Mention, Reading

#: Whoever leads a province: of several of them, the cluster is theirs.
_CHAIR: Final = re.compile(
    r"\b(?:chu tich|lanh dao|dai dien)(?: thuong truc)? (?:uy ban nhan dan|ubnd|tinh|thanh pho|tp)(?: (?:tinh|thanh pho|tp|\.))* (U\d+)|"
    r"\b(?:ubnd|uy ban nhan dan)(?: (?:tinh|thanh pho|tp|\.))+ (U\d+)"
)
_CENTRE: Final = re.compile(
    r"\bban thi dua ?,? ?-? ?khen thuong (?:trung uong|tw)\b|\b(?:vu|vien|cuc) thi dua ?,? ?-? ?khen thuong\b|\bpho chu tich nuoc\b|"
    r"\bhoi dong thi dua ?,? ?-? ?khen thuong (?:trung uong|tw)\b|\bbo noi vu\b"
)
_ECONOMY: Final = re.compile(r"\bgrdp\b|\bthu ngan sach\b|\bkim ngach\b|\bnong thon moi\b|\bntm\b|\bho ngheo\b")
_PROVINCES: Final = re.compile(
    r"\b(?:ubnd|uy ban nhan dan|lanh dao)(?: (?:cac|\d+|hai|ba|bon|nam|sau|bay|tam|chin|muoi|hai))? (?:tinh|thanh pho|dia phuong)\b"
)
_BLOCK: Final = re.compile(r"\bkhoi (?:thi dua )?(?:cac |so |truong|pho|doanh|bo|\d)")
_NUMBERED: Final = re.compile(r"\bR\d+ so (?:\d+|[ivx]+)\b")
_LOCAL: Final = re.compile(
    r"\b(?:cac|\d+) (?:huyen|quan|xa|phuong|thi tran|truong|thi xa)\b|\bhuyen uy\b|\bubnd (?:huyen|xa|phuong|quan|thi xa)\b|\bcap (?:xa|huyen)\b"
)
_LED_BELOW: Final = re.compile(
    r"\b(?:huyen|xa|phuong|thi xa|quan|truong) (?:[a-z0-9,.()-]+ ){1,9}?[HD]\d+|[HD]\d+ (?:[a-z]+ ){0,5}?(?:huyen|xa|phuong|thi xa) |"
    r"R\d+ (?:cac|cap|\d+) (?:huyen|xa|phuong|thi xa|so|truong|ban)\b"
)
#: What the national cluster weighs at least, of itself and the likeliest other. Of 106 texts that were not made by these
#: rules, every national one is above it, and no other.
_SURE: Final = 0.69
#: The department that serves the councils of emulation is at every meeting.
_OURS: Final = frozenset(("so noi vu", "ban thi dua"))


def scope_of(readings: Sequence[Reading]) -> Fact:
    """Weigh whose leaders meet, whose bodies stand beside the cluster's name and its roles, and what is counted."""
    body = [reading for reading in readings if reading.sentence.body]
    weights = {"national": 0.0, "sector": 0.0, "province": 0.0, "other": 0.0}
    spans: list[Span] = []
    chairs: set[str] = set()
    several = centre = economy = 0
    for number, reading in enumerate(body):
        early = 2.0 if number < 4 else 1.4 if number < 9 else 1.0
        written = reading.written
        clusters = reading.kinds("C", "R", "G")
        roles = reading.kinds("H", "D")
        spans += [(mention.start, mention.end) for mention in reading.kinds("C")]
        bodies = [m for m in reading.kinds("S") if _key(reading, m) not in _OURS]
        if not bodies:
            chairs |= {
                str(reading.of(symbol).value[0]) for found in _CHAIR.findall(written) for symbol in found if symbol
            }
        several += bool(_PROVINCES.search(written)) and not bodies
        centre += bool(_CENTRE.search(written))
        economy += bool(_ECONOMY.search(written))
        if reading.kinds("C") and not bodies:
            weights["national"] += 0.8 * early
        for mention in bodies:
            near_role = any(
                abs(mention.first - role.last) < 14 or abs(role.first - mention.last) < 14 for role in roles
            )
            follows = any(
                0 <= mention.first - other.last < 6 or 0 <= other.first - mention.last < 8 for other in clusters
            )
            words = reading.sentence.words
            behind = " ".join(word.key for word in words[mention.last : mention.last + 5])
            of_all = bool(
                re.search(r"\b(?:cac|\d+|hai|ba|bon|nam|sau|bay|tam|chin|muoi) (?:tinh|thanh pho|don vi)\b", behind)
            )
            worth = 0.45 + 1.6 * near_role + 1.4 * follows + 1.6 * of_all
            weights[mention.value] += min(3.0, worth) * early
        if _NUMBERED.search(written):
            weights["province"] += 2.5 * early
        if _BLOCK.search(written):
            weights["other"] += 1.5 * early
        if _LED_BELOW.search(written):
            weights["province"] += 3.5 * early
        elif clusters and _LOCAL.search(written):
            weights["province"] += 1.2 * early
    weights["national"] += (
        2.2 * min(5, len(chairs)) * (len(chairs) > 1)
        + 1.2 * min(3, several)
        + 1.3 * min(3, centre)
        + 0.5 * min(4, economy)
    )
    if not spans:
        weights["national"] *= 0.6
    best = max(weights, key=lambda name: weights[name])
    others = max(("sector", "province", "other"), key=lambda name: weights[name])
    share = weights[best] / (sum(weights.values()) or 1.0)
    clear = share > 0.6
    if best == "national" and weights[best] < _SURE * (weights[best] + weights[others]):
        # What may be another's is another's until somebody says that it is not.
        best, clear = others, False
    warnings = () if clear else ("the scope is not clear; look at whose cluster it is",)
    return Fact(
        "scope", {"value": best}, tuple(spans[:1]), confidence=round(min(0.99, share), 2), rule="scope.weighed", warnings=warnings
    )  # fmt: skip


def _key(reading: Reading, mention: Mention) -> str:
    words = reading.sentence.words
    return " ".join(word.key for word in words[mention.first : mention.first + 3])
