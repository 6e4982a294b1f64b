"""Records of people: in which posts they were seen, and what they did at a meeting."""

from typing import Any, Final

from thidua.base.text import fold, slug
from thidua.extract.drafts import Draft
from thidua.extract.facts import Fact, Span
from thidua.rdf.ntriples import literal_term

#: What somebody does at a meeting, by the last word of the rule that found him or her.
PARTS: Final = ("chair", "co-chair", "guest", "delegate", "attendee", "opener", "speaker", "giver", "closer")

#: How a holding is implied whose post does not say of which unit it is.
PROVINCE: Final = "c:basis-province-implied"


def person_of(draft: Draft, name: str, known: Any, unit: str) -> str:
    """A person: the one that is linked, or of that name; a new one where that is somebody of another unit."""
    called = " ".join(name.split())
    if known and draft.registry.has(f"person:{known}"):
        person = f"person:{known}"
    elif fold(called) in draft.people:
        return draft.people[fold(called)]
    else:
        person = f"person:{slug(called)}"
        if person == "person:":
            return ""
        if draft.registry.has(person) and elsewhere(draft, person, unit):
            person += f"_{unit}"
    draft.people[fold(called)] = person
    label = draft.registry.labels.get(person, called)
    draft.document.record(person).say("skos:prefLabel", f"{literal_term(label)}@vi")
    return person


def elsewhere(draft: Draft, person: str, unit: str) -> bool:
    """Whether sources show somebody of that name in posts of other units only."""
    posts = draft.registry.seen.get(person, ())
    units = {draft.registry.link(draft.registry.link(post, "postIn"), "ofProvince") for post in posts} - {""}
    return bool(unit and units) and f"province:{unit}" not in units


def _unit_by_role(draft: Draft, fact: Fact) -> str:
    """The unit of somebody who is named for a leading unit, where the post does not name it."""
    name = fold(str(fact.get("name") or ""))
    leads = (
        str(each.get("province") or "")
        for each in draft.facts
        if each.kind == "role" and fold(str(each.get("official") or "")) == name
    )
    return next(leads, "") if name else ""


def add_official(draft: Draft, fact: Fact, spans: list[Span]) -> None:
    given = str(fact.get("province") or "")
    unit = given or _unit_by_role(draft, fact)
    if unit and not draft.registry.exists(f"province:{unit}", draft.on or "0000", draft.on or "9999"):
        draft.leave(fact, f"đơn vị {unit} không tồn tại lúc ấy", f"the unit {unit} did not exist then", "province")
        unit = ""
    person = person_of(draft, str(fact.get("name") or ""), fact.get("id"), unit)
    if not person:
        draft.leave(fact, "không có tên người", "it names nobody")
        return
    event = draft.conference()
    holdings = []
    for printed in draft.entries.parts(str(fact.get("post") or "")):
        post = draft.entries.post(printed, f"province:{unit}" if unit else "", draft.on)
        if not post:
            draft.leave(fact, f"chức vụ không đọc được: {printed}", f"the post cannot be read: {printed}", "post")
            continue
        holding = f"holding:{person.partition(':')[2]}_{post.partition(':')[2]}"
        record = draft.document.record(holding).say("org:member", person).say("td:post", post)
        if event:
            record.say("td:atEvent", event)
            record.say("td:during", *draft.document.records[event].facts.get("td:during", []))
        if unit == given:
            draft.rest(record, fact, spans)
        else:
            record.rest_on(spans, PROVINCE)
        holdings.append(holding)
    takes_part(draft, fact, spans, person, holdings)
    if not event and not holdings:
        draft.leave(fact, "không rõ sự kiện và chức vụ", "neither an event nor a post is known")


def takes_part(draft: Draft, fact: Fact, spans: list[Span], person: str, capacities: list[str]) -> None:
    """Somebody is at the event, in one capacity more."""
    if not person or not (event := draft.conference()):
        return
    record = draft.document.record(f"part:{draft.source}_{person.partition(':')[2]}")
    kind = fact.rule.rpartition(".")[2]
    record.say(
        "td:kind",
        *([f"c:part-{kind}"] if kind in PARTS else [] if "td:kind" in record.facts else ["c:part-attendee"]),
    )
    if kind in PARTS and "c:part-attendee" in record.facts["td:kind"]:
        record.facts["td:kind"].remove("c:part-attendee")
    record.say("td:participant", person).say("td:atEvent", event).say("td:inCapacity", *capacities)
    # That somebody is there is as sure as the text; in what year, the capacity and the event say.
    record.rest_on(spans, draft.basis(fact) if fact.kind == "official" else "")
