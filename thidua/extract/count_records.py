"""Records of what is counted: awards given and proposed, and figures."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from thidua.base.text import fold
from thidua.extract.drafts import Draft, year_of
from thidua.extract.facts import Fact, Span
from thidua.extract.indicators import indicator_of, period_of
from thidua.extract.turtle import Record
from thidua.extract.units import in_unit

#: Comparators, by what facts call them.
_COMPARATORS: Final[Mapping[str, str]] = {
    "=": "", "equal": "", ">": "more-than", ">=": "more-than", "over": "more-than", "more-than": "more-than",
    "<": "less-than", "<=": "less-than", "under": "less-than", "less-than": "less-than", "~": "about", "about": "about",
}  # fmt: skip
#: Whom the name of an award says that it comes from.
_GIVERS: Final[Mapping[str, str]] = {
    "co-thi-dua-cua-chinh-phu": "body:chinh-phu",
    "bang-khen-cua-thu-tuong-chinh-phu": "post:thu-tuong-chinh-phu",
}
#: Counts of a fact to their properties, and to whom such an award is given.
_COUNTS: Final[Mapping[str, tuple[str, str]]] = {
    "total": ("td:awardCount", ""),
    "collectives": ("td:collectiveCount", "c:to-collective"),
    "individuals": ("td:individualCount", "c:to-individual"),
    "households": ("td:householdCount", "c:to-household"),
}


def add_award(draft: Draft, fact: Fact, spans: list[Span]) -> None:
    award = f"award:{fact.get('award')}" if fact.get("award") else _award_called(draft, str(fact.get("printed") or ""))
    given = fact.get("status") != "proposed"
    if given and not draft.registry.has(award):
        draft.leave(fact, "không hình thức nào trong danh mục khớp", "no award of the catalogue is this one")
        return
    year, inferred = draft.own_year(fact)
    cluster = draft.cluster_of(fact)
    counts = {by: fact.get(name) for name, (by, _) in _COUNTS.items() if isinstance(fact.get(name), int)}
    if given and not counts:
        draft.leave(fact, "không nêu số lượng", "it gives no count")
        return
    giver = _giver_of(draft, fact, award)
    if not given and not giver:
        draft.leave(fact, "không rõ đề nghị ai", "to whom it is proposed is not known")
        return
    if not (edition := draft.edition(fact, spans, cluster, year)):
        return
    kind = "conferral" if given else "proposal"
    thing = draft.free(f"{kind}:{draft.source}_{spans[0][0]}")
    draft.document.record(edition).say(f"td:{kind}", thing)
    record = draft.document.record(thing)
    if draft.registry.has(award):
        record.say("td:kind", award)
    if giver:
        record.say("td:conferredBy" if given else "td:proposedTo", giver)
    elif fact.get("giver"):
        draft.leave(fact, "người tặng không có trong danh bạ", "the registry does not have who gives it", "giver")
    for by, recipients in _COUNTS.values():
        if by in counts:
            record.say(by, str(counts[by]))
            if recipients:
                record.say("td:recipientKind", recipients)
    draft.rest(record, fact, spans, inferred)


def _award_called(draft: Draft, printed: str) -> str:
    """The award of the catalogue that a printed name means; empty for none."""
    key = fold(printed)
    spelled = (
        key,
        key.replace("bang khen ", "bang khen cua ", 1),
        key.replace("co thi dua ", "co thi dua cua ", 1),
        key.replace("khen cap ", "khen thuong cap ", 1),
        key.removeprefix("danh hieu "),
    )
    found = (award for name in spelled for award in draft.registry.called(name, "award"))
    return next(found, "")


def _giver_of(draft: Draft, fact: Fact, award: str) -> str:
    if printed := fact.get("giver"):
        cluster, year = draft.cluster_of(fact), draft.own_year(fact)[0]
        heads = draft.document.records.get(f"edition:{cluster}_{year}", Record("")).facts.get("td:headTerm", [])
        unit = next((draft.document.records[head].facts["org:member"][0] for head in heads), "")
        if found := draft.entries.giver(str(printed), unit, draft.on):
            return found
    return _GIVERS.get(award.removeprefix("award:"), "")


def add_figure(draft: Draft, fact: Fact, spans: list[Span]) -> None:
    named = str(fact.get("indicator") or "").removeprefix("ind-")
    indicator = f"c:ind-{named or indicator_of(str(fact.get('printed') or ''))}"
    if not draft.registry.has(indicator):
        draft.leave(fact, "không có chỉ tiêu nào như thế trong bảng mã", "the code list has no such indicator")
        return
    value = in_unit(fact.get("value"), fact.get("unit"), draft.registry.link(indicator, "unit"))
    if value is None:
        draft.leave(
            fact,
            f"{fact.get('value')} {fact.get('unit') or ''} không đổi được ra đơn vị của chỉ tiêu",
            f"{fact.get('value')} {fact.get('unit') or ''} cannot be told in the unit of the indicator",
        )
        return
    year, inferred = draft.own_year(fact)
    period = period_of(fact.get("period")) if fact.get("period") else str(year or "")
    inferred = None if fact.get("period") else inferred
    if not period:
        draft.leave(fact, "không rõ kỳ của số liệu", "of which period the figure is is not known")
        return
    if fact.get("area") not in (None, "", "cluster"):
        if not (area := draft.unit(fact, "area", day=period[:4])):
            return
        edition = ""
    elif edition := draft.edition(fact, spans, draft.cluster_of(fact), year_of(period[:4])):
        area = ""
    else:
        return
    said = {"td:indicator": indicator, "td:period": f"period:{period}", "td:area": area, "td:value": decimal(value)}
    if other := _same(draft, said, edition):
        if said["td:value"] in other.facts["td:value"]:
            draft.rest(other, fact, spans, inferred)
        else:
            draft.leave(
                fact,
                f"nguồn này đã có số liệu khác của chỉ tiêu ấy: {other.thing}",
                f"this source has another figure of the indicator already: {other.thing}",
            )
        return
    record = draft.document.record(draft.free(f"obs:{draft.source}_{spans[0][0]}"))
    if comparator := _COMPARATORS.get(str(fact.get("comparator") or ""), ""):
        said["td:comparator"] = f"c:cmp-{comparator}"
    for by, term in said.items():
        if term:
            record.say(by, term)
    if edition:
        draft.document.record(edition).say("td:figure", record.thing)
    draft.rest(record, fact, spans, inferred)


def _same(draft: Draft, said: Mapping[str, str], edition: str) -> Record | None:
    """A figure of the same indicator, period and area in this source."""
    figures = draft.document.record(edition).facts.get("td:figure", []) if edition else None
    for other in draft.document.records.values():
        if other.thing.startswith("obs:") and (figures is None or other.thing in figures):
            names = ("td:indicator", "td:period", "td:area")
            if all(other.facts.get(by, [""]) == [said[by]] for by in names):
                return other
    return None


def decimal(value: Decimal) -> str:
    """A number as Turtle writes a decimal: never without its point."""
    text = format(value.normalize(), "f")
    return text if "." in text else f"{text}.0"
