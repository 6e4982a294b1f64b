"""Synthetic registers in the project's own model, at any size. None of it is a fact, and no store of ours takes it.

It makes conferrals, and around them clusters with an edition for each of forty years (1987 to 2026), their members,
heads and deputies, sources with evidence, recipients (people and collectives, with Vietnamese names), and two kinds of
conflict: another source with another head, another source with another figure. What completion and inference would
add (short cuts, types, conflicts, folded names) is there already, so that any engine answers the same.

\b
Provinces    the 63 former and the 34 present units, with the merger of 1 July 2025, by data/registry/provinces.ttl;
             editions up to 2025 have former members, that of 2026 has present ones
Skew         recipients, kinds, provinces and clusters by Zipf's law; later years have more than early ones
Recipients   one for each five conferrals; a collective of a merged province may be replaced by one of the new unit
Conferrals   two thirds have one named recipient (a td:Participation), the others a total
Same bytes   one seed and one size always give the same bytes; memory does not grow with the size

Every thing is below https://example.org/synthetic/, and every graph says of itself that it is synthetic. The project's
build and writer refuse whatever speaks of such a thing, whichever graph it is in.

\b
python -m bench.generate --conferrals 10_000 register.nt
python -m bench.generate --conferrals 1_000_000 --format nq - | gzip > register.nq.gz
"""

import hashlib
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Final

import click
import pyoxigraph as ox
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from thidua.base.terms import CONCEPT, PREFIXES, SYNTHETIC, TD
from thidua.base.text import fold

ROOT: Final = Path(__file__).resolve().parent.parent
BASE: Final = SYNTHETIC
REGISTRY: Final = BASE + "graph/registry"
INFERRED: Final = BASE + "graph/inferred"
YEARS: Final = range(1987, 2027)
MERGED_ON: Final = "2025-07-01"
FORMERLY_UNTIL: Final = "2025-06-30"
NOTICE: Final = {
    "vi": "Dữ liệu giả, do bench/generate.py tạo ra để đo tốc độ. Không có gì ở đây là sự thật.",
    "en": "Synthetic: made by bench/generate.py to measure with. Nothing here is a fact.",
}

#: Of one hundred editions, those with a second source that names another head, and those with another figure.
_OTHER_HEAD, _OTHER_FIGURE = 0.02, 0.03
_NAMED: Final = 0.65
_PERSONS: Final = 0.55
_REPLACED: Final = 0.6
_PER_RECIPIENT: Final = 5
_PER_CLUSTER: Final = 4000
_PER_EVIDENCE: Final = 10
_GROWTH: Final = 1.05

_RDF, _XSD = PREFIXES["rdf"], PREFIXES["xsd"]
_A: Final = f"<{_RDF}type>"
_LARGE: Final = ("ha-noi", "ho-chi-minh", "thanh-hoa", "nghe-an", "dong-nai", "binh-duong", "hai-phong", "an-giang")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FAMILY: Final = _words(
    "Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trịnh Mai Đoàn Cao Hà Lương Quách Tô Thái Vi Lò"
)
_MIDDLE: Final = _words(
    "Văn Thị Minh Đức Hữu Ngọc Xuân Thanh Quang Kim Thu Công Bá Hồng Gia Đình Khánh Như Tuấn Phương Bảo Tiến Việt Thế"
)
_GIVEN: Final = _words(
    "An Anh Bình Cường Chi Dũng Duyên Đạt Giang Hà Hải Hạnh Hiền Hòa Hùng Hương Khoa Lan Linh Long Mai Nam Nga Nghĩa "
    "Oanh Phúc Phượng Quân Quyên Sơn Tâm Thảo Thắng Thủy Toàn Trang Trung Tú Uyên Vân Vinh Yến Ý Đông Khiêm Lâm Thịnh"
)
_BODIES: Final = (
    "Ủy ban nhân dân xã", "Trường Trung học cơ sở", "Trường Tiểu học", "Hợp tác xã", "Bệnh viện đa khoa",
    "Công ty cổ phần", "Ban Chỉ huy Quân sự xã", "Công an xã", "Trạm Y tế", "Hội Nông dân xã", "Đoàn Thanh niên xã",
    "Nông trường",
)  # fmt: skip
_PLACE: Final = _words(
    "Tân Bình Phú Hòa An Đông Tây Long Vĩnh Thạnh Mỹ Hưng Sơn Lộc Thọ Xuân Quảng Đại Liên Yên Thanh Hải Nghĩa Cát Tiên "
    "Phước Lâm Châu Khê Trung Đức Cẩm Thượng Hạ Vân Trà Giao Kim"
)
#: Kinds of awards, the commonest first: slug, name, the family above, who gives it.
_AWARDS: Final = (
    ("giay-khen", "giấy khen", "", "province"),
    ("lao-dong-tien-tien", "lao động tiên tiến", "danh-hieu", "province"),
    ("bang-khen-tinh", "bằng khen của chủ tịch ủy ban nhân dân tỉnh", "bang-khen", "province"),
    ("chien-si-thi-dua-co-so", "chiến sĩ thi đua cơ sở", "danh-hieu", "province"),
    ("tap-the-lao-dong-xuat-sac", "tập thể lao động xuất sắc", "danh-hieu", "province"),
    ("bang-khen-thu-tuong", "bằng khen của Thủ tướng Chính phủ", "bang-khen", "thu-tuong"),
    ("co-thi-dua-tinh", "cờ thi đua của tỉnh", "co-thi-dua", "province"),
    ("chien-si-thi-dua-tinh", "chiến sĩ thi đua cấp tỉnh", "danh-hieu", "province"),
    ("co-thi-dua-chinh-phu", "cờ thi đua của Chính phủ", "co-thi-dua", "chinh-phu"),
    ("ky-niem-chuong", "kỷ niệm chương", "", "bo"),
    ("huan-chuong-lao-dong-hang-ba", "huân chương lao động hạng ba", "huan-chuong-lao-dong", "chu-tich-nuoc"),
    ("huan-chuong-lao-dong-hang-nhi", "huân chương lao động hạng nhì", "huan-chuong-lao-dong", "chu-tich-nuoc"),
    ("huan-chuong-lao-dong-hang-nhat", "huân chương lao động hạng nhất", "huan-chuong-lao-dong", "chu-tich-nuoc"),
    ("chien-si-thi-dua-toan-quoc", "chiến sĩ thi đua toàn quốc", "danh-hieu", "thu-tuong"),
    ("huan-chuong-doc-lap", "huân chương độc lập", "huan-chuong", "chu-tich-nuoc"),
    ("anh-hung-lao-dong", "anh hùng lao động", "danh-hieu", "chu-tich-nuoc"),
)
_FAMILIES: Final = (
    ("danh-hieu", "danh hiệu thi đua", ""),
    ("bang-khen", "bằng khen", ""),
    ("co-thi-dua", "cờ thi đua", "danh-hieu"),
    ("huan-chuong", "huân chương", ""),
    ("huan-chuong-lao-dong", "huân chương lao động", "huan-chuong"),
)
_GIVERS: Final = (
    ("chinh-phu", "Chính phủ"),
    ("thu-tuong", "Thủ tướng Chính phủ"),
    ("chu-tich-nuoc", "Chủ tịch nước"),
    ("bo", "Bộ"),
)


@dataclass(frozen=True)
class Unit:
    """A provincial unit: until the merger, since it, or before and after."""

    slug: str
    vi: str
    en: str
    code: str
    region: str
    municipality: bool
    successor: str
    """The slug of the unit that it was merged into; its own, if it goes on."""

    @property
    def new(self) -> bool:
        """Whether the merger made it."""
        return self.slug.endswith("-2025")

    @property
    def ended(self) -> bool:
        """Whether the merger ended it."""
        return self.successor != self.slug


@dataclass(frozen=True)
class Recipient:
    """A person or a collective of a province before the merger."""

    number: int
    person: bool
    name: str
    home: Unit
    replaced: bool

    @property
    def node(self) -> str:
        return f"<{self.iri}>"

    @property
    def iri(self) -> str:
        return f"{BASE}id/{'person' if self.person else 'body'}/r{self.number}"

    @property
    def later(self) -> str:
        """The node that is honoured after the merger."""
        return f"<{self.iri}-2025>" if self.replaced else self.node


def iri(kind: str, key: str | int) -> str:
    """The IRI of a synthetic thing: ``iri("conferral", 17)``."""
    return f"{BASE}id/{kind}/{key}"


def _n(kind: str, key: str | int) -> str:
    return f"<{BASE}id/{kind}/{key}>"


def _td(name: str) -> str:
    return f"<{TD}{name}>"


def _p(prefix: str, name: str) -> str:
    return f"<{PREFIXES[prefix]}{name}>"


def _int(number: int) -> str:
    return f'"{number}"^^<{_XSD}integer>'


def _date(day: str) -> str:
    return f'"{day}"^^<{_XSD}date>'


def _noise(*numbers: int) -> float:
    """A number from 0 to 1 that looks random and follows from the numbers alone (splitmix64)."""
    state = 0
    for number in numbers:
        state = (state ^ number) + 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        state = (state ^ state >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 31
    return state / 2**64


def zipf(share: float, size: int) -> int:
    """A rank from 0 to `size` - 1, the r-th about 1/r as likely as the first.

    :param share: a number from 0 to 1, evenly drawn.
    """
    return min(int((size + 1) ** share) - 1, size - 1)


def units(registry: Path = ROOT / "data" / "registry" / "provinces.ttl") -> dict[str, Unit]:
    """The 63 units before the merger of 1 July 2025 and the 23 that it made, by slug; large ones first."""
    stated: dict[str, dict[str, list[ox.Literal | ox.NamedNode]]] = {}
    for quad in ox.parse(path=str(registry), format=ox.RdfFormat.TURTLE):
        assert isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal | ox.NamedNode)
        if "/province/" in quad.subject.value:
            slug = quad.subject.value.rpartition("/")[2]
            stated.setdefault(slug, {}).setdefault(quad.predicate.value, []).append(quad.object)
    found = {}
    for slug, says in sorted(stated.items(), key=lambda item: (item[0] not in _LARGE, item[0])):
        ends = says.get(TD + "endDate")
        if ends and ends[0].value != FORMERLY_UNTIL:
            continue  # Hà Tây, which ended in 2008
        labels = {label.language: label.value for label in says[PREFIXES["skos"] + "prefLabel"]}  # type: ignore[union-attr]
        region = (says.get(TD + "formerRegion") or says[TD + "region"])[0].value
        successor = says[TD + "successor"][0].value.rpartition("/")[2] if ends else slug
        kind = {each.value for each in says[TD + "kind"]}
        code = says[TD + "gsoCode"][0].value
        found[slug] = Unit(
            slug, labels["vi"], labels["en"], code, region, CONCEPT + "kind-municipality" in kind, successor
        )
    return found


@dataclass(frozen=True)
class Register:
    """A synthetic register.

    :param conferrals: how many there are, exactly.
    :param seed: another one gives another register of the same size.
    """

    conferrals: int
    seed: int = 1

    @property
    def recipients(self) -> int:
        """How many recipients there are to choose from, without those that replace one."""
        return max(self.conferrals // _PER_RECIPIENT, 20)

    @property
    def clusters(self) -> int:
        """How many clusters; each has an edition in every year."""
        return max(self.conferrals // _PER_CLUSTER, 7)

    @cached_property
    def units(self) -> dict[str, Unit]:
        """Provincial units by slug."""
        return units()

    @cached_property
    def _former(self) -> list[Unit]:
        return [unit for unit in self.units.values() if not unit.new]

    def recipient(self, number: int) -> Recipient:
        """A recipient by its number, worked out anew each time."""
        home = self._former[zipf(_noise(self.seed, number, 1), len(self._former))]
        person = _noise(self.seed, number, 2) < _PERSONS
        parts = (_FAMILY, _MIDDLE, _GIVEN) if person else (_BODIES, _PLACE, _PLACE)
        name = " ".join(part[int(_noise(self.seed, number, 3 + i) * len(part))] for i, part in enumerate(parts))
        replaced = not person and home.ended and _noise(self.seed, number, 6) < _REPLACED
        return Recipient(number, person, name, home, replaced)

    def members(self, cluster: int, year: int) -> list[Unit]:
        """The units of a cluster in a year, each once: the first clusters are regions, the others are drawn."""
        regions = sorted({unit.region for unit in self._former})
        if cluster < len(regions):
            chosen = [unit for unit in self._former if unit.region == regions[cluster]]
        else:
            size = 5 + int(_noise(self.seed, cluster, 10) * 8)
            first = int(_noise(self.seed, cluster, 11) * len(self._former))
            step = 1 + int(_noise(self.seed, cluster, 12) * 4)
            chosen = [self._former[(first + step * number) % len(self._former)] for number in range(size)]
        if year <= 2025:
            return list(dict.fromkeys(chosen))
        return list(dict.fromkeys(self.units[unit.successor] for unit in chosen))

    def sizes(self) -> Iterator[tuple[int, int, int]]:
        """(cluster, year, how many conferrals), in the order they are written; the numbers add up exactly."""
        grown = [_GROWTH ** (year - YEARS[0]) for year in YEARS]
        shares = sum(1 / (cluster + 1) for cluster in range(self.clusters)) * sum(grown)
        so_far, given = 0.0, 0
        for cluster in range(self.clusters):
            for year, weight in zip(YEARS, grown, strict=True):
                so_far += weight / (cluster + 1) / shares
                upto = min(round(so_far * self.conferrals), self.conferrals)
                if (cluster, year) == (self.clusters - 1, YEARS[-1]):
                    upto = self.conferrals
                yield cluster, year, upto - given
                given = upto

    def statements(self) -> Iterator[tuple[str, str]]:
        """Every triple once, as (name of its graph, N-Triples line without its end)."""
        for subject, predicate, value in self._registry():
            yield REGISTRY, f"{subject} {predicate} {value}"
        for text in _notice(INFERRED):
            yield INFERRED, text
        for text in self._inferred_of_units():
            yield INFERRED, text
        first = 0
        for cluster, year, size in self.sizes():
            yield from self._edition(cluster, year, first, size)
            first += size

    def lines(self, form: str) -> Iterator[str]:
        """Lines of a file: ``nt`` is the merge of all graphs, ``nq`` keeps each triple in its graph."""
        if form == "nt":
            yield from (f"{triple} .\n" for _, triple in self.statements())
        else:
            yield from (f"{triple} <{graph}> .\n" for graph, triple in self.statements())

    # What everybody shares.

    def _registry(self) -> Iterator[tuple[str, str, str]]:
        for language, text in NOTICE.items():
            yield f"<{REGISTRY}>", _p("rdfs", "comment"), f'"{text}"@{language}'
        for unit in self.units.values():
            yield from self._unit(unit)
        yield f"<{BASE}concept/award>", _A, _p("skos", "ConceptScheme")
        yield f"<{BASE}concept/award>", _p("skos", "prefLabel"), '"hình thức khen thưởng giả"@vi'
        for slug, name, family in _FAMILIES:
            yield from _award(slug, name, family)
        for slug, name, family, _ in _AWARDS:
            yield from _award(slug, name, family)
        for slug, name in _GIVERS:
            yield from _named(_n("body", slug), "PublicBody", name)
        for year in YEARS:
            node = _n("period", year)
            yield from _named(node, "Period", f"năm {year}", folded=False)
            yield node, _td("startDate"), _date(f"{year}-01-01")
            yield node, _td("endDate"), _date(f"{year}-12-31")
        for cluster in range(self.clusters):
            yield from _named(_n("cluster", cluster), "EmulationCluster", f"Cụm thi đua giả số {cluster}")
        for number in range(self.recipients):
            yield from self._recipient(self.recipient(number))

    def _unit(self, unit: Unit) -> Iterator[tuple[str, str, str]]:
        node = _n("province", unit.slug)
        yield from _named(node, "Province", unit.vi)
        yield node, _p("skos", "prefLabel"), f'"{unit.en}"@en'
        yield node, _td("gsoCode"), f'"{unit.code}"'
        yield node, _td("kind"), f"<{CONCEPT}kind-{'municipality' if unit.municipality else 'province'}>"
        if unit.new:
            yield node, _td("startDate"), _date(MERGED_ON)
        if unit.ended:
            yield node, _td("endDate"), _date(FORMERLY_UNTIL)
            yield node, _td("successor"), _n("province", unit.successor)
        committee = _n("body", f"ubnd_{unit.slug}")
        yield from _named(committee, "PublicBody", f"Ủy ban nhân dân tỉnh {unit.vi}")
        yield committee, _p("schema", "location"), node
        if unit.ended:
            yield committee, _p("dct", "isReplacedBy"), _n("body", f"ubnd_{unit.successor}")

    def _recipient(self, recipient: Recipient) -> Iterator[tuple[str, str, str]]:
        kind = "Person" if recipient.person else "PublicBody"
        yield from _named(recipient.node, kind, recipient.name)
        yield recipient.node, _p("schema", "location"), _n("province", recipient.home.slug)
        if recipient.replaced:
            yield recipient.node, _p("dct", "isReplacedBy"), recipient.later
            yield from _named(recipient.later, kind, recipient.name)
            yield recipient.later, _p("schema", "location"), _n("province", recipient.home.successor)

    def _inferred_of_units(self) -> Iterator[str]:
        for unit in self.units.values():
            now = _n("province", unit.successor)
            yield f"{_n('province', unit.slug)} {_td('currentUnit')} {now}"
            if unit.ended:
                yield f"{_n('province', unit.slug)} {_td('laterUnit')} {now}"

    # One cluster in one year.

    def _edition(self, cluster: int, year: int, first: int, size: int) -> Iterator[tuple[str, str]]:
        rng = random.Random(f"{self.seed} {cluster} {year}")
        key = f"{cluster}_{year}"
        edition, source = _n("edition", key), _Source(key)
        graph = source.graph
        yield from source.statements()
        for triple in (
            *source.evidence(0),
            f"{edition} {_A} {_td('ClusterEdition')}",
            f"{edition} {_td('editionOf')} {_n('cluster', cluster)}",
            f"{edition} {_td('year')} {_int(year)}",
            *source.says(edition, 0),
        ):
            yield graph, triple
        members = self.members(cluster, year)
        if rng.random() < 0.5:
            yield graph, f"{edition} {_td('statedMemberCount')} {_int(len(members))}"
        turn = (year - YEARS[0] + cluster) % len(members)
        head, deputy = members[turn], members[(turn + 1) % len(members)]
        terms = [("member", unit) for unit in members] + [("head", head)] + [("deputy", deputy)] * (head != deputy)
        for role, unit in terms:
            yield from self._term(role, cluster, year, unit, source)
        yield from self._figure(key, source, rng, second=False)
        second = _Source(key + "_b")
        other_head, other_figure = rng.random() < _OTHER_HEAD, rng.random() < _OTHER_FIGURE
        if other_head or other_figure:
            yield from second.statements()
            yield from ((second.graph, triple) for triple in second.evidence(0))
        if other_head and len(members) > 2:
            unit = members[(turn + 2) % len(members)]
            yield from self._term("head", cluster, year, unit, second)
            pair = [_n("head", f"{key}_{each.slug}") for each in (head, unit)]
            yield from ((INFERRED, f"{a} {_td('conflictsWith')} {b}") for a, b in (pair, pair[::-1]))
        if other_figure:
            yield from self._figure(key, second, rng, second=True)
        for number in range(first, first + size):
            place = 1 + (number - first) // _PER_EVIDENCE
            if (number - first) % _PER_EVIDENCE == 0:
                yield from ((graph, triple) for triple in source.evidence(place))
            yield from ((graph, triple) for triple in self._conferral(number, edition, year, head, source, place, rng))

    def _term(self, role: str, cluster: int, year: int, unit: Unit, source: "_Source") -> Iterator[tuple[str, str]]:
        listed, kind, short = {
            "member": ("membership", "ClusterMembership", "memberUnit"),
            "head": ("headTerm", "HeadTerm", "headedBy"),
            "deputy": ("deputyTerm", "DeputyTerm", "deputyHeadedBy"),
        }[role]
        edition, node = _n("edition", f"{cluster}_{year}"), _n(role, f"{cluster}_{year}_{unit.slug}")
        for triple in (
            f"{edition} {_td(listed)} {node}",
            f"{node} {_A} {_td(kind)}",
            f"{node} {_td('inEdition')} {edition}",
            f"{node} {_p('org', 'member')} {_n('province', unit.slug)}",
            f"{node} {_p('org', 'organization')} {_n('cluster', cluster)}",
            f"{node} {_p('org', 'memberDuring')} {_n('period', year)}",
            f"{node} {_p('org', 'role')} <{CONCEPT}role-{role}>",
            *source.says(node, 0),
        ):
            yield source.graph, triple
        yield INFERRED, f"{edition} {_td(short)} {_n('province', unit.slug)}"

    def _figure(self, key: str, source: "_Source", rng: random.Random, *, second: bool) -> Iterator[tuple[str, str]]:
        edition, first = _n("edition", key), _n("obs", key)
        node = _n("obs", key + "_b") if second else first
        tenths = 20 + int(rng.random() * 80) + 100 * second
        value = f'"{tenths // 10}.{tenths % 10}"^^<{_XSD}decimal>'
        for triple in (
            f"{edition} {_td('figure')} {node}",
            f"{edition} {_td('observation')} {node}",
            f"{node} {_A} {_td('Observation')}",
            f"{node} {_td('inEdition')} {edition}",
            f"{node} {_td('area')} {edition}",
            f"{node} {_td('indicator')} <{CONCEPT}ind-grdp-growth>",
            f"{node} {_td('comparedWith')} <{CONCEPT}group-none>",
            f"{node} {_td('statistic')} <{CONCEPT}stat-mean>",
            f"{node} {_td('period')} {_n('period', key.rpartition('_')[2])}",
            f"{node} {_td('value')} {value}",
            f"{node} {_p('sdmxa', 'unitMeasure')} <{CONCEPT}unit-percent>",
            f"{node} {_td('reportedIn')} {source.node}",
            *source.says(node, 0),
        ):
            yield source.graph, triple
        if second:
            yield from ((INFERRED, f"{a} {_td('conflictsWith')} {b}") for a, b in ((first, node), (node, first)))

    def _conferral(
        self, number: int, edition: str, year: int, head: Unit, source: "_Source", place: int, rng: random.Random
    ) -> Iterator[str]:
        node = _n("conferral", number)
        kind, _, _, giver = _AWARDS[zipf(rng.random(), len(_AWARDS))]
        month, day = 1 + int(rng.random() * 12), 1 + int(rng.random() * 28)
        given = f"{year}-{month:02}-{day:02}"
        yield f"{edition} {_td('conferral')} {node}"
        yield f"{node} {_A} {_td('AwardConferral')}"
        yield f"{node} {_td('inEdition')} {edition}"
        yield f"{node} {_td('kind')} {_n('award', kind)}"
        yield f"{node} {_td('startDate')} {_date(given)}"
        yield from source.says(node, place)
        if rng.random() < _NAMED:
            recipient = self.recipient(zipf(rng.random(), self.recipients))
            later = given >= MERGED_ON
            where = recipient.home.successor if later else recipient.home.slug
            count, sort = ("individualCount", "individual") if recipient.person else ("collectiveCount", "collective")
            yield f"{node} {_td(count)} {_int(1)}"
            yield f"{node} {_td('recipientKind')} <{CONCEPT}to-{sort}>"
            part = _n("part", number)
            yield f"{part} {_A} {_td('Participation')}"
            yield f"{part} {_td('atEvent')} {node}"
            yield f"{part} {_td('participant')} {recipient.later if later else recipient.node}"
            yield f"{part} {_td('kind')} <{CONCEPT}part-attendee>"
            yield from source.says(part, place)
        else:
            where = head.slug
            total = 1 + zipf(rng.random(), 2000)
            if rng.random() < 0.5:
                yield f"{node} {_td('awardCount')} {_int(total)}"
            else:
                collectives = int(total * rng.random())
                yield f"{node} {_td('collectiveCount')} {_int(collectives)}"
                yield f"{node} {_td('individualCount')} {_int(total - collectives)}"
                if rng.random() < 0.1:
                    yield f"{node} {_td('householdCount')} {_int(1 + int(rng.random() * 20))}"
        yield f"{node} {_td('conferredBy')} {_n('body', f'ubnd_{where}' if giver == 'province' else giver)}"


class _Source:
    """A source document and its evidence; what it states is in a graph of its own."""

    def __init__(self, key: str) -> None:
        self._key = key
        self.node = _n("src", key)
        self.graph = f"{BASE}graph/{key}"

    def statements(self) -> Iterator[tuple[str, str]]:
        """The notice of its graph, and what it is."""
        for text in _notice(self.graph):
            yield self.graph, text
        fingerprint = hashlib.sha256(self._key.encode()).hexdigest()
        yield self.graph, f"{self.node} {_A} {_td('SourceDocument')}"
        yield self.graph, f'{self.node} {_td("contentHash")} "{fingerprint}"'
        yield self.graph, f'{self.node} {_p("schema", "creditText")} "bench/generate.py"'
        yield self.graph, f'{self.node} {_p("schema", "publisher")} "bench/generate.py"'

    def evidence(self, place: int) -> Iterator[str]:
        """A span of its text."""
        start = place * 200
        node = _n("ev", f"{self._key}_{place}")
        span = f"{node[:-1]}_span>"
        yield f"{node} {_A} {_td('Evidence')}"
        yield f"{node} {_p('oa', 'hasSource')} {self.node}"
        yield f"{node} {_p('oa', 'hasSelector')} {span}"
        yield f"{span} {_A} {_p('oa', 'TextPositionSelector')}"
        yield f"{span} {_p('oa', 'start')} {_int(start)}"
        yield f"{span} {_p('oa', 'end')} {_int(start + 180)}"

    def says(self, node: str, place: int) -> Iterator[str]:
        """That it states a record, and where."""
        yield f"{node} {_td('statedBy')} {_n('ev', f'{self._key}_{place}')}"
        yield f"{node} {_p('schema', 'subjectOf')} {self.node}"


def _notice(graph: str) -> Iterator[str]:
    return (f'<{graph}> {_p("rdfs", "comment")} "{text}"@{language}' for language, text in NOTICE.items())


def _named(node: str, kind: str, name: str, *, folded: bool = True) -> Iterator[tuple[str, str, str]]:
    yield node, _A, _p("skos", kind) if kind == "Concept" else _td(kind)
    yield node, _p("skos", "prefLabel"), f'"{name}"@vi'
    if folded:
        yield node, _p("skos", "hiddenLabel"), f'"{fold(name)}"'


def _award(slug: str, name: str, family: str) -> Iterator[tuple[str, str, str]]:
    yield from _named(_n("award", slug), "Concept", name)
    yield _n("award", slug), _p("skos", "inScheme"), f"<{BASE}concept/award>"
    if family:
        yield _n("award", slug), _p("skos", "broader"), _n("award", family)


def write(register: Register, out: IO[bytes], form: str, *, quiet: bool = True) -> int:
    """Write a register; returns how many triples it has.

    :param form: ``nt`` or ``nq``.
    """
    marker = f" {_A} {_td('AwardConferral')} "
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    written, conferrals, pending = 0, 0, []
    with Progress(*columns, console=Console(stderr=True, emoji=False), disable=quiet) as progress:
        task = progress.add_task("conferrals", total=register.conferrals)
        for line in register.lines(form):
            pending.append(line)
            conferrals += marker in line
            if len(pending) == 10_000:
                out.write("".join(pending).encode())
                written, pending = written + len(pending), []
                progress.update(task, completed=conferrals)
        out.write("".join(pending).encode())
        progress.update(task, completed=conferrals)
    return written + len(pending)


def _number(_: click.Context, __: click.Parameter, value: str) -> int:
    try:
        number = int(float(value)) if math.isfinite(float(value)) else 0
    except ValueError:
        number = 0
    if number < 1:
        raise click.BadParameter("a whole number such as 10_000 or 1e6 is needed")
    return number


@click.command(help=__doc__)
@click.option("--conferrals", default="10_000", show_default=True, callback=_number, help="How many, exactly.")
@click.option("--seed", default=1, show_default=True, help="Another seed gives another register of the same size.")
@click.option(
    "--format", "form", default="nt", show_default=True, type=click.Choice(["nt", "nq"]),
    help="nt: one graph, each triple once; nq: a graph for each source.",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.argument("output", type=click.Path(path_type=Path, allow_dash=True, dir_okay=False))
def main(conferrals: int, seed: int, form: str, quiet: bool, output: Path) -> None:
    register = Register(conferrals, seed)
    if str(output) == "-":
        triples = write(register, sys.stdout.buffer, form, quiet=quiet)
    else:
        part = output.with_name(output.name + ".part")
        with part.open("wb") as out:
            triples = write(register, out, form, quiet=quiet)
        part.rename(output)
    click.echo(f"{triples:,} triples, {conferrals:,} conferrals, {register.recipients:,} recipients", err=True)


if __name__ == "__main__":
    main()
