"""Records of clusters in a year: meetings, members, leading units, hand-overs, agreements."""

from typing import Final

from thidua.extract.drafts import Draft, kinds_of, when, year_of
from thidua.extract.facts import Fact, Span
from thidua.extract.people_records import person_of, takes_part

#: How a leading unit is a member where the list of members does not have it.
NAMED: Final = "c:basis-named"


def add_event(draft: Draft, fact: Fact, spans: list[Span]) -> None:
    cluster, kinds = draft.cluster_of(fact), kinds_of(fact)
    if not cluster or not kinds:
        draft.leave(fact, "không rõ cụm hoặc loại hội nghị", "its cluster, or what kind of meeting it is, is not known")
        return
    day, period = when(fact)
    if fact.get("date") and not (day or period):
        draft.leave(fact, f"{fact.get('date')} không phải một ngày", f"{fact.get('date')} is no day")
        return
    reviewed, launched = draft.event_years(fact)
    if not (reviewed or launched):
        draft.leave(fact, "không rõ hội nghị của năm nào", "of which year the meeting is is not known")
        return
    record = draft.document.record(draft.key(fact)).say("td:kind", *(f"c:conf-{kind}" for kind in kinds))
    if day:
        record.say("td:startDate", f'"{day}"^^xsd:date')
    elif period:
        record.say("td:during", f"period:{period}")
    place = draft.unit(fact, "place", day=day or period) if fact.get("place") else ""
    if place and draft.agrees(fact, record.thing, "heldIn", place):
        record.say("td:heldIn", place)
    for by, year in (("td:reviews", reviewed), ("td:launches", launched)):
        if year and (edition := draft.edition(fact, spans, cluster, year)):
            record.say(by, edition)
    if not {"td:reviews", "td:launches"} & record.facts.keys():
        del draft.document.records[record.thing]
        return
    # Without a day of its own, its year is that of the day on which it was written of, or of what it begins.
    draft.rest(record, fact, spans, None if day or period else reviewed or launched)


def add_cluster(draft: Draft, fact: Fact, spans: list[Span]) -> None:
    cluster = draft.cluster_of(fact)
    if not cluster:
        draft.leave(fact, "cụm không có trong danh bạ", "the registry has no such cluster")
        return
    reviewed, launched = draft.years(cluster)
    years = [year for year in (reviewed, launched) if year] or [
        year for year in sorted({year_of(each.get("year")) or 0 for each in draft.facts}) if year
    ]
    if not years:
        draft.leave(fact, "không rõ năm nào", "of which year it is is not known")
    for year in years:
        edition = draft.edition(fact, spans, cluster, year)
        count = fact.get("units")
        listed = [each for each in draft.facts if each.kind == "member" and year_of(each.get("year")) in (year, None)]
        if not edition or not isinstance(count, int) or count < 1:
            continue
        # Of two years the number is said of the one whose members are told, or of the one under review.
        if (listed or year == years[0]) and draft.agrees(fact, edition, "statedMemberCount", str(count)):
            draft.document.record(edition).say("td:statedMemberCount", str(count))


def add_member(draft: Draft, fact: Fact, spans: list[Span]) -> None:
    cluster = draft.cluster_of(fact)
    own = year_of(fact.get("year"))
    years = [own] if own else [year for year in draft.years(cluster) if year]
    if not years:
        draft.leave(fact, "không rõ năm nào", "of which year it is is not known")
    for year in years:
        if not (unit := draft.unit(fact, "province", year)) or not (
            edition := draft.edition(fact, spans, cluster, year)
        ):
            continue
        member = f"member:{cluster}_{year}_{fact.get('province')}"
        draft.document.record(edition).say("td:membership", member)
        draft.rest(draft.document.record(member).say("org:member", unit), fact, spans, None if own else year)


def leaders_are_members(draft: Draft) -> None:
    """Who leads is a member: said, as implied, where a list of members does not have the leader."""
    for edition in [record for record in draft.document.records.values() if record.thing.startswith("edition:")]:
        listed = edition.facts.get("td:membership", [])
        elsewhere = draft.registry.elsewhere(edition.thing, "membership", draft.source)
        if not listed and not elsewhere:
            continue
        leaders = [*edition.facts.get("td:headTerm", []), *edition.facts.get("td:deputyTerm", [])]
        for term in leaders:
            member = "member:" + term.partition(":")[2]
            leader = draft.document.records[term]
            if member not in listed and (listed or leader.facts["org:member"][0] not in elsewhere):
                edition.say("td:membership", member)
                draft.document.record(member).say("org:member", *leader.facts["org:member"]).rest_on(
                    leader.stated or leader.implied, NAMED
                )


def add_role(draft: Draft, fact: Fact, spans: list[Span]) -> None:
    role = fact.get("role")
    if role not in ("head", "deputy"):
        draft.leave(fact, f"vai {role} không phải cụm trưởng hay cụm phó", f"{role} is neither head nor deputy")
        return
    year, inferred = draft.own_year(fact)
    if (term := term_of(draft, fact, spans, str(role), "province", year, inferred)) and (name := fact.get("official")):
        takes_part(draft, fact, spans, person_of(draft, str(name), None, term.rpartition("_")[2]), [term])


def term_of(
    draft: Draft, fact: Fact, spans: list[Span], role: str, name: str, year: int | None, inferred: int | None = None
) -> str:
    """The term of a leading unit; empty, and the fact left out, where it cannot be."""
    cluster = draft.cluster_of(fact)
    if not (unit := draft.unit(fact, name, year)) or not (edition := draft.edition(fact, spans, cluster, year)):
        return ""
    term = f"{role}:{cluster}_{year}_{fact.get(name)}"
    record = draft.document.record(edition)
    heads, deputies = record.facts.get("td:headTerm", []), record.facts.get("td:deputyTerm", [])
    if role == "head" and heads and term not in heads:
        draft.leave(
            fact,
            f"nguồn này đã có cụm trưởng khác: {heads[0]}",
            f"this source has another head already: {heads[0]}",
        )
        return ""
    other = f"{'deputy' if role == 'head' else 'head'}:{term.partition(':')[2]}"
    if other in [*heads, *deputies]:
        draft.leave(fact, f"đơn vị này đã có vai khác: {other}", f"the unit has the other role already: {other}")
        return ""
    by = "deputyTerm" if role == "head" else "headTerm"
    if told := draft.registry.elsewhere(edition, by, draft.source).get(unit):
        draft.leave(
            fact,
            f"{told} ghi đơn vị này ở vai khác; sửa nguồn ấy, hoặc ghi td:rank c:rank-deprecated cho vai sai, rồi thử lại",
            f"{told} has the unit in the other role; mend it, or give the wrong term td:rank c:rank-deprecated, and try again",
        )
        return ""
    record.say("td:headTerm" if role == "head" else "td:deputyTerm", term)
    draft.rest(draft.document.record(term).say("org:member", unit), fact, spans, inferred)
    return term


def add_handover(draft: Draft, fact: Fact, spans: list[Span]) -> None:
    year, inferred = draft.own_year(fact, begun=True)
    if not fact.get("to"):
        draft.leave(fact, "không nêu đơn vị nhận", "it does not name the unit that takes over")
        return
    cluster = draft.cluster_of(fact)
    if not (to := term_of(draft, fact, spans, "head", "to", year, inferred)):
        return
    handover = f"handover:{cluster}_{year}"
    if not draft.agrees(fact, handover, "toTerm", to):
        return
    record = draft.document.record(handover)
    if fact.get("from") and year:
        before = term_of(draft, fact, spans, "head", "from", year - 1, year - 1 if fact.basis == "stated" else None)
        if before and draft.agrees(fact, handover, "fromTerm", before):
            record.say("td:fromTerm", before)
    record.say("td:toTerm", to)
    if event := draft.conference(cluster):
        record.say("td:atEvent", event)
    draft.rest(record, fact, spans, inferred)


def add_agreement(draft: Draft, fact: Fact, spans: list[Span]) -> None:
    year, inferred = draft.own_year(fact, begun=True)
    cluster = draft.cluster_of(fact)
    if not (edition := draft.edition(fact, spans, cluster, year)):
        return
    agreement = f"agreement:{cluster}_{year}"
    draft.document.record(edition).say("td:agreement", agreement)
    record = draft.document.record(agreement)
    if event := draft.conference(cluster):
        record.say("td:atEvent", event)
    draft.rest(record.say("td:signatory", f"cluster:{cluster}"), fact, spans, inferred)
