"""What is accepted of an article becomes a source file that the project's own checks let through."""

import datetime
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.made_up_article import CHAIR, CLUSTER, FACTS, LEAD, PASSED, TEXT, article, fact, head, of_kind
from tests.support.stores import copied
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH
from thidua.extract.article import from_text
from thidua.extract.facts import Fact
from thidua.extract.indicators import indicator_of, period_of
from thidua.extract.records import Records, drafted, turtle
from thidua.extract.registry import Registry
from thidua.extract.units import in_unit
from thidua.write.request import Payload, Preview, Write
from thidua.write.transaction import Writer

DAY = datetime.date(2026, 11, 30)


@pytest.fixture(scope="module")
def registry(files: ProjectFiles) -> Registry:
    return Registry.read(files)


@pytest.fixture(scope="module")
def writer(store: Path, files: ProjectFiles, tmp_path_factory: pytest.TempPathFactory) -> Writer:
    """A store of one's own, which has the registry's entries that the made-up facts need."""
    own = Writer(copied(store, tmp_path_factory.mktemp("records") / "store"), files)
    for name, text in turtle(article(), FACTS, Registry.read(files), curator="Lan", day=DAY).registry.items():
        own.write(Write("post", f"{GRAPH}{name}", (Payload(text.encode(), "text/turtle", f"{GRAPH}{name}"),)))
    return own


def previewed(writer: Writer, records: Records) -> Preview:
    graph = f"{GRAPH}{records.source}"
    return writer.preview(Write("put", graph, (Payload(records.turtle.encode(), "text/turtle", graph),)))


def block(records: Records, thing: str) -> str:
    """What the file says of a thing."""
    found = [part for part in records.turtle.split("\n\n") if part.startswith(f"{thing}\n")]
    assert len(found) == 1, f"{thing} in {records.turtle}"
    return found[0]


def test_the_whole_article_passes_the_projects_checks(writer: Writer, registry: Registry) -> None:
    records = turtle(article(), FACTS, registry, curator="Lan", day=DAY)
    found = previewed(writer, records)
    assert not found.refused, [str(each) for each in found.findings]
    assert found.added > 300
    assert not [each for each in found.findings if "S02" in each.en], "what is implied says why"


@pytest.mark.parametrize(
    "kinds",
    [("event",), ("role",), ("official", "handover"), ("award", "document", "agreement"), ("figure", "movement")],
)
def test_some_facts_alone_pass(writer: Writer, registry: Registry, kinds: tuple[str, ...]) -> None:
    found = previewed(writer, turtle(article(), of_kind(*kinds), registry, day=DAY))
    assert not found.refused, [str(each) for each in found.findings]


def test_what_contradicts_itself_is_left_out_and_not_refused(writer: Writer, registry: Registry) -> None:
    facts = [
        *FACTS,
        head(2024, "ha-nam", PASSED),
        fact("role", PASSED, cluster=CLUSTER, year=2024, role="deputy", province="nam-dinh"),
        head(2022, "ninh-binh-2025", PASSED),
        head(2400, "ha-nam", PASSED),
        head(2021, "vinh-phuc", PASSED),  # of a year whose members are not listed
        fact("role", PASSED, cluster=CLUSTER, year=2024, role="deputy", province="hai-duong"),  # no listed member
        fact("figure", "12 Bằng khen", indicator="budget-revenue", value="9", unit="tỷ đồng", period="2023"),
        fact("event", LEAD, cluster=CLUSTER, event="signing", date="2024-03-13", place="ha-nam"),
        Fact("role", {"cluster": CLUSTER, "year": 2020, "role": "head", "province": "ha-nam"}, ((0, 99999),)),
    ]
    records = turtle(article(), facts, registry, curator="Lan", day=DAY)
    assert not previewed(writer, records).refused
    left = {(each.fact.get("province") or each.fact.kind, each.fact.get("year")) for each in records.left_out}
    assert {("ha-nam", 2024), ("nam-dinh", 2024), ("ninh-binh-2025", 2022), ("ha-nam", 2400), ("ha-nam", 2020)} <= left
    member = block(records, f"member:{CLUSTER}_2024_hai-duong")
    assert "td:basis c:basis-named" in member, "a leader whom the list lacks is a member by being named"


def test_nothing_is_lost_silently(registry: Registry) -> None:
    parts = drafted(article(), FACTS, registry)
    assert [part.fact for part in parts] == FACTS
    silent = [part.fact.kind for part in parts if not part.body and not part.left_out]
    assert silent == ["scope"]
    rows = [left.row("https://example.vn/1") for part in parts for left in part.left_out]
    assert [(row[0], row[1]) for row in rows] == [("figure", "cây bịa đặt"), ("ranking", "ha-nam")]
    assert all(all(row[name] for name in (0, 1, 2, 4, 5)) for row in rows)


def test_the_source_is_described(registry: Registry) -> None:
    records = turtle(article(), FACTS, registry, curator="Lan Nguyễn", day=DAY)
    source = block(records, f"src:{records.source}")
    assert f'td:contentHash "{article().source.sha256}"' in source
    assert f"td:titleAt ev:{records.source}_0-42" in source
    assert f"td:dateAt ev:{records.source}_44-54" in source
    end = TEXT.rindex("Lan Anh")
    assert f"td:authorAt ev:{records.source}_{end}-{end + 7}" in source
    assert 'td:readBy agent:lan-nguyen ;\n    td:byRules "docs/extraction.md"' in block(
        records, f"run:{records.source}"
    )
    assert "agent:lan-nguyen" in records.registry["agents"]
    by_address = turtle(article(published="2024-03-14", url="https://example.vn/20240314/a"), FACTS, registry, day=DAY)
    assert "td:dateBasis c:basis-address" in by_address.turtle and "td:dateAt" not in by_address.turtle
    assert "td:readBy agent:editors" in by_address.turtle
    unknown = turtle(from_text(TEXT), FACTS, registry, day=DAY).turtle
    assert "schema:name" not in unknown and "dct:title" in unknown, "a reader's title, in brackets"


def test_stated_and_implied(registry: Registry) -> None:
    records = turtle(article(), FACTS, registry, day=DAY)
    assert "td:statedBy" in block(records, f"head:{CLUSTER}_2024_nam-dinh")
    implied = block(records, f"head:{CLUSTER}_2023_thai-binh")
    assert "td:basis c:basis-year-inferred ;\n    td:impliedBy" in implied
    assert "td:reviews edition:dong-bang-song-hong_2023" in block(records, f"conf:{CLUSTER}_2024-03-13")
    # The post does not say of which province; that its holder leads for Thái Bình does.
    holding = block(records, "holding:nguyen-khac-than_chu-tich-ubnd-tinh_thai-binh")
    assert "td:basis c:basis-province-implied" in holding
    part = block(records, f"part:{records.source}_nguyen-khac-than")
    assert f"head:{CLUSTER}_2023_thai-binh" in part and "td:kind c:part-opener" in part
    assert "td:aboutResolved legal:chi-thi-34-ct-tw-2014" in records.turtle, "its year is not printed"
    assert "td:about legal:chi-thi-99-ct-ttg-2023" in records.turtle, "its year is"
    engagement = next(part for part in records.turtle.split("\n\n") if "movement:nong-thon-moi" in part)
    assert "c:basis-year-inferred" in engagement, "no passage of a movement prints the year"


def test_a_second_sentence_is_a_second_passage(registry: Registry) -> None:
    both = replace(head(2024, "nam-dinh", PASSED), spans=(*FACTS[1].spans, *head(2024, "nam-dinh", PASSED).spans))
    term = block(turtle(article(), [both], registry, day=DAY), f"head:{CLUSTER}_2024_nam-dinh")
    assert term.count("ev:") == 2


def test_spans_are_widened_to_words(registry: Registry) -> None:
    start = TEXT.index(PASSED)
    cut = replace(head(2024, "nam-dinh", PASSED), spans=((start + 1, start + len(PASSED) - 2),))
    assert f"_{start}-{start + len(PASSED)}" in turtle(article(), [cut], registry, day=DAY).turtle


def test_another_scope_is_not_of_this_graph(registry: Registry) -> None:
    foreign = [replace(FACTS[0], values={"value": "sector"}), *FACTS[1:]]
    records = turtle(article(), foreign, registry, day=DAY)
    assert "edition:" not in records.turtle
    assert len(records.left_out) == len(FACTS) - 1


def test_who_and_what_is_new_gets_an_entry(registry: Registry) -> None:
    records = turtle(article(), FACTS, registry, day=DAY)
    posts = records.registry["posts"]
    assert "post:pho-giam-doc-so-noi-vu_ha-nam" in posts
    assert "dct:isVersionOf post:pho-giam-doc-so-noi-vu ;\n    org:postIn body:so-noi-vu_ha-nam" in posts
    assert "post:pho-vu-truong-vu-bia-dat" in posts
    assert "movement:lang-xanh-bia-dat" in records.registry["movements"]
    assert "legal:chi-thi-99-ct-ttg-2023" in records.registry["legal-documents"]
    assert "person:le-thi-bia-dat\n" in records.turtle, "a person is named in the source's own graph"


@pytest.mark.parametrize(
    ("printed", "province", "post"),
    [
        ("Chủ tịch UBND tỉnh", "thai-binh", "chu-tich-ubnd-tinh_thai-binh"),
        ("Phó Bí thư Thành ủy", "can-tho", "pho-bi-thu-tinh-uy_can-tho"),
        ("Phó Chủ tịch Ủy ban nhân dân thành phố Hải Phòng", "hai-phong", "pho-chu-tich-ubnd-tinh_hai-phong"),
        ("Chủ tịch UBND tỉnh Ninh Bình", "", "chu-tich-ubnd-tinh_ninh-binh"),
        ("Phó Trưởng Ban Thi đua - Khen thưởng Trung ương", "", "pho-truong-ban-tdkt-tw"),
        ("Ủy viên Trung ương Đảng", "ha-nam", "uy-vien-trung-uong-dang"),
    ],
)
def test_posts_are_those_of_the_registry(registry: Registry, printed: str, province: str, post: str) -> None:
    official = fact("official", CHAIR, name="Trần Văn Mới", post=printed, province=province or None)
    records = turtle(article(), [*of_kind("event"), official], registry, day=DAY)
    assert f"holding:tran-van-moi_{post}\n" in records.turtle


def test_a_namesake_of_another_province_bears_it(registry: Registry) -> None:
    official = fact("official", CHAIR, name="Nguyễn Khắc Thận", post="Chủ tịch UBND tỉnh", province="ha-nam")
    assert "person:nguyen-khac-than_ha-nam" in turtle(article(), [official], registry, day=DAY).turtle


def test_what_another_source_says_where_one_answer_fits(registry: Registry) -> None:
    elsewhere = fact("event", LEAD, cluster=CLUSTER, event="signing", date="2024-03-13", place="ha-nam")
    records = turtle(article(), [elsewhere], registry, day=DAY)
    assert "td:heldIn" not in records.turtle
    assert [left.part for left in records.left_out] == ["heldIn"]


@pytest.mark.parametrize(
    ("value", "unit", "listed", "expected"),
    [
        ("235", "nghìn tỷ đồng", "billion-vnd", "235000"),
        ("8.100", "tỷ đồng", "billion-vnd", "8100"),
        ("6,3", "%", "percent", "6.3"),
        ("1.234,5", "triệu đồng", "million-vnd", "1234.5"),
        (103, "triệu đồng/người/năm", "million-vnd-per-person-year", "103"),
        ("103", "triệu đồng", "million-vnd-per-person-year", "103"),
        ("5", "%", "billion-vnd", None),
        ("năm", "xã", "commune", None),
        ("1e999999", "xã", "district", None),
    ],
)
def test_figures_are_in_the_unit_of_their_indicator(
    value: object, unit: str, listed: str, expected: str | None
) -> None:
    found = in_unit(value, unit, f"c:unit-{listed}")
    assert (None if found is None else format(found.normalize(), "f")) == expected


@pytest.mark.parametrize(
    ("told", "period"),
    [
        ("2024", "2024"), ("năm 2024", "2024"), ("6 tháng đầu năm 2016", "2016-H1"), ("hết năm 2023", "2023-12-31"),
        ("hết tháng 6/2016", "2016-06"), ("31/12/2023", "2023-12-31"), ("2019-03", "2019-03"), ("30/2/2023", ""),
        ("giai đoạn 2016-2020", ""), (None, ""),
    ],
)  # fmt: skip
def test_periods(told: str | None, period: str) -> None:
    assert period_of(told) == period


def test_indicators_by_their_words() -> None:
    assert indicator_of("Tổng thu ngân sách nhà nước") == "budget-revenue"
    assert indicator_of("thu ngân sách so với dự toán") == ""
    assert indicator_of("xã đạt chuẩn nông thôn mới kiểu mẫu") == "communes-ntm-model"


def test_roles_of_other_sources_do_not_stop_the_rest(writer: Writer, registry: Registry) -> None:
    """A unit that another source has in the other role, and a leader whom another source's list lacks."""
    deputy = fact("role", PASSED, cluster=CLUSTER, year=2024, role="deputy", province="nam-dinh")
    lacking = fact("role", PASSED, cluster=CLUSTER, year=2024, role="deputy", province="ha-noi")
    records = turtle(article(), [deputy, lacking], registry, day=DAY)
    assert not previewed(writer, records).refused
    (left,) = records.left_out
    assert left.fact is deputy and "src:18d8c37f4f6536d1" in left.reason_en
    assert "td:basis c:basis-named" in block(records, f"member:{CLUSTER}_2024_ha-noi")


@pytest.mark.parametrize(
    ("printed", "giver"),
    [
        ("Thủ tướng Chính phủ", "post:thu-tuong-chinh-phu"),
        ("Chính phủ", "body:chinh-phu"),
        ("Chủ tịch UBND tỉnh", "post:chu-tich-ubnd-tinh_thai-binh"),
        ("chủ tịch UBND các tỉnh", "post:chu-tich-ubnd-tinh"),
        ("Chủ tịch UBND tỉnh Nam Định", "post:chu-tich-ubnd-tinh_nam-dinh"),
        ("UBND tỉnh", "body:ubnd-tinh_thai-binh"),
        ("Hội bịa đặt", ""),
    ],
)
def test_who_gives_an_award(registry: Registry, printed: str, giver: str) -> None:
    """Of the head unit, where only *tỉnh* is said."""
    award = fact("award", LEAD, award="bang-khen", giver=printed, total=3, status="given", year=2023)
    records = turtle(article(), [head(2023, "thai-binh", CHAIR), award], registry, day=DAY)
    assert (f"td:conferredBy {giver} ;" in records.turtle) == bool(giver)
    assert [left.part for left in records.left_out] == ([] if giver else ["giver"])


@pytest.mark.parametrize(
    ("number", "day", "document"),
    [
        ("98/2023/NĐ-CP", "", "nghi-dinh-98-2023-nd-cp"),
        ("06/2022/QH15", "", "luat-06-2022-qh15"),
        ("19/CT-TTg", "2025-01-02", "chi-thi-19-ct-ttg-2025"),
        ("1177/UBND-NV", "2025-08-18", "cong-van-1177-ubnd-nv-2025"),
        ("19/CT-TTg", "", ""),
        ("số 19", "2025-01-02", ""),
    ],
)
def test_documents_by_their_number(registry: Registry, number: str, day: str, document: str) -> None:
    named = fact("document", LEAD, number=number, date=day or None)
    records = turtle(article(), [*of_kind("event"), named], registry, day=DAY)
    assert (f"legal:{document} " in records.turtle) == bool(document)
    assert len(records.left_out) == (not document)


def test_a_meeting_without_a_day_is_as_old_as_the_article(writer: Writer, registry: Registry) -> None:
    meeting = fact("event", CHAIR, cluster=CLUSTER, event="year-end-review")
    records = turtle(article(published="2021-03-02"), [meeting], registry, day=DAY)
    told = block(records, f"conf:{CLUSTER}_2020-annual")
    assert "c:basis-year-inferred" in told and "td:startDate" not in told
    assert not previewed(writer, records).refused
    (left,) = turtle(article(published=" "), [meeting], registry, day=DAY).left_out
    assert "year" in left.reason_en
