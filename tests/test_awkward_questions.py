"""Questions that were once answered wrongly or awkwardly, with the rows that the sources bear out."""

from typing import Final

import pytest

from thidua.base.terms import shorten
from thidua.engine.query import Query
from thidua.graph import KnowledgeGraph
from thidua.rdf.cells import Cell

RED: Final = "dong-bang-song-hong"
BORDER: Final = "mien-nui-bien-gioi-phia-bac"
A0, A1, A2, A3, A4 = "2eef90b56f56e476", "6a2b356a64c4720c", "ed5451d7c68959e8", "18d8c37f4f6536d1", "e8a824a77b870440"
NINE = ["bac-ninh", "ha-nam", "hai-duong", "hung-yen", "nam-dinh", "ninh-binh", "quang-ninh", "thai-binh", "vinh-phuc"]
INFERRED = ("implied", "first-hand", "year-inferred", "allowed", "possible")
PLAIN = ("stated", "first-hand", "", "settled", "certain")
HOW = "support reading basis time certainty"

Row = tuple[str, ...]
#: What is asked; question, parameters, the columns looked at; and the rows, in any order.
CASES: Final[dict[str, tuple[str, dict[str, str], str, list[Row]]]] = {
    "who acted for the head unit in 2022": (
        "acting-heads", {"cluster": RED, "year": "2022"}, f"province person post source {HOW}",
        [("bac-ninh", "vuong-quoc-tuan", "pho-chu-tich-thuong-truc-ubnd-tinh_bac-ninh", A0, *INFERRED)],
    ),
    "and as who led tells it": (
        "who-led", {"cluster": RED, "year": "2022"}, f"role province official source {HOW}",
        [("head", "bac-ninh", "vuong-quoc-tuan", A0, *INFERRED),
         ("deputy", "ninh-binh", "pham-quang-ngoc", A0, *INFERRED)],
    ),
    "the members of the year under review": (
        "cluster-members", {"cluster": RED, "year": "2023"}, f"province source {HOW}",
        [(unit, A3, *INFERRED) for unit in NINE],
    ),
    "guests: people, bodies, groups of a body": (
        "guests", {}, "conference personLabel group bodyLabel source support",
        [(f"{RED}_2024-03-13", "Phạm Đức Toàn", "", "", A3, "stated"),
         (f"{BORDER}_2024-08-01", "Hà Thị Nga", "", "", A2, "stated"),
         (f"{RED}_2019-03-20", "Đặng Thị Ngọc Thịnh", "", "", A1, "stated"),
         (f"{RED}_2019-03-20", "Trần Thị Hà", "", "", A1, "stated"),
         (f"{RED}_2019-03-20", "", "đại diện Văn phòng Chủ tịch nước", "Văn phòng Chủ tịch nước", A1, "stated"),
         (f"{RED}_2022-mid-year", "", "lãnh đạo Ban Thi đua- Khen thưởng Trung ương",
          "Ban Thi đua - Khen thưởng Trung ương", A0, "stated"),
         ("trung-du-mien-nui-phia-bac_2017-07-21", "", "", "Vụ Địa phương, Ban Thi đua - Khen thưởng Trung ương", A4,
          "stated")],
    ),
    "meetings held in 2024, whatever year they review or open": (
        "conferences", {"held": "2024"}, "conference kind date year calendarYear source certainty",
        [(f"{RED}_2024-03-13", "annual", "2024-03-13", "2023", "2024", A3, "possible"),
         (f"{RED}_2024-03-13", "annual", "2024-03-13", "2023", "2024", "9ed5703a7042a2c8", "possible"),
         (f"{RED}_2024-03-13", "annual", "2024-03-13", "2023", "2024", "fc4f76211082579c", "possible"),
         (f"{RED}_2024-03-13", "signing", "2024-03-13", "2024", "2024", A3, "possible"),
         (f"{BORDER}_2024-08-01", "mid-year", "2024-08-01", "2024", "2024", A2, "certain"),
         ("bac-trung-bo_2024-03-14", "annual", "2024-03-14", "2023", "2024", "cff2fbef9aac6058", "possible"),
         ("dong-nam-bo_2023-annual", "annual", "2024", "2023", "2024", "8d1b4b58284579d2", "possible"),
         ("tay-nam-bo_2024-03-27", "annual", "2024-03-27", "2023", "2024", "b33895ddcbc08cfc", "possible"),
         ("tay-nguyen-duyen-hai-mien-trung_2024-03-29", "annual", "2024-03-29", "2023", "2024", "bafdb53f0b9932f5",
          "possible"),
         ("thanh-pho-truc-thuoc-trung-uong_2024-03-08", "annual", "2024-03-08", "2023", "2024", "433c5121fa9d6d0d",
          "possible"),
         ("trung-du-mien-nui-phia-bac_2024-07-29", "mid-year", "2024-07-29", "2024", "2024", "9c9b6d1a41177ab7",
          "possible")],
    ),
    "meetings of the edition of 2024": (
        "conferences", {"cluster": RED, "year": "2024"}, "conference kind date calendarYear",
        [(f"{RED}_2024-03-13", "signing", "2024-03-13", "2024")],
    ),
    "the meeting of 13 March 2024 as a review": (
        "conferences", {"cluster": RED, "year": "2023"}, "conference kind date calendarYear",
        [(f"{RED}_2024-03-13", "annual", "2024-03-13", "2024")] * 3,
    ),
    "when the meeting of 2022 was": (
        "conferences", {"cluster": RED, "year": "2022", "held": "2022"}, f"conference kind date source {HOW}",
        [(f"{RED}_2022-mid-year", "mid-year", "2022-H2", A0, *INFERRED)],
    ),
    "awards of the half year, of its kind": (
        "awards", {"cluster": BORDER, "year": "2024"}, f"award total share recipients period status conferredBy {HOW}",
        [("khen-thuong-cap-nha-nuoc", "138", "68.8", "collective, individual", "2024-H1", "given", "", *INFERRED),
         ("khen-thuong-cap-tinh", "6966", "61.9", "collective, household, individual", "2024-H1", "given", "",
          *INFERRED)],
    ),
    "what was given, and what was only proposed": (
        "awards", {"cluster": RED, "year": "2018"},
        f"status award collectives individuals recipients conferredByLabel proposedTo {HOW}",
        [("given", "bang-khen-cua-chu-tich-ubnd-tinh", "7", "15", "collective, individual",
          "Chủ tịch UBND tỉnh Hà Nam", "", *PLAIN),
         ("proposed", "", "", "", "unit", "", "chinh-phu", *PLAIN),
         ("proposed", "", "", "", "unit", "", "thu-tuong-chinh-phu", *PLAIN)],
    ),
    "income is per person and year": (
        "statistics", {"indicator": "ind-income-per-capita"}, f"area areaLabel value unit statistic {HOW}",
        [(f"{RED}_2023", "Cụm thi đua các tỉnh Đồng bằng sông Hồng, 2023", "103", "triệu đồng/người/năm", "value",
          *PLAIN)],
    ),
    "ranks are of one indicator, within a group": (
        "statistics", {"area": "dien-bien", "indicator": "ind-grdp-growth-rank"}, f"value outOf groupLabel {HOW}",
        [("1", "8", "Khu vực Tây Bắc mở rộng", *INFERRED),
         ("3", "14", "Vùng trung du và miền núi phía Bắc", *INFERRED),
         ("10", "63", "Các tỉnh, thành phố trong cả nước", *INFERRED)],
    ),
    "districts done, as one series": (
        "districts-done", {"cluster": RED}, "year period value outOf share shareIs certainty",
        [("2022", "2022-06-30", "72", "81", "88.9", "computed", "certain"),
         ("2023", "2023-12-31", "", "", "100", "stated", "certain")],
    ),
    "posts of a person, before and after the mergers": (
        "posts-of-person", {"person": "pham-quang-ngoc"}, "post seenOn source support time certainty",
        [("chu-tich-ubnd-tinh_ninh-binh", "2022-H2", A0, "implied", "allowed", "possible"),
         ("pho-bi-thu-tinh-uy_ninh-binh", "2022-H2", A0, "implied", "allowed", "possible"),
         ("chu-tich-ubnd-tinh_ninh-binh-2025", "2025-09-21", "d050d574be3ef66c", "stated", "settled", "possible"),
         ("pho-bi-thu-tinh-uy_ninh-binh-2025", "2025-09-21", "d050d574be3ef66c", "stated", "settled", "possible"),
         ("chu-tich-hoi-dong-tdkt-tinh_ninh-binh-2025", "2025-09-21", "d050d574be3ef66c", "stated", "settled",
          "possible")],
    ),
    "what was said on 13 March 2024": (
        "remarks", {"on": "2024-03-13"}, "record speaker kind about description time",
        [(f"{A3}_392", "pham-duc-toan", "assessment", "thu-tuong-phat-dong",
          "các địa phương hưởng ứng tốt các phong trào, nhất là của Thủ tướng", "allowed"),
         (f"{A3}_704", "pham-duc-toan", "assessment", "",
          "phong trào thiết thực, có đổi mới; thẩm định hồ sơ kịp thời, chặt chẽ", "allowed"),
         (f"{A3}_1006", "pham-duc-toan", "advice", "hoc-tap-va-lam-theo-ho-chi-minh",
          "gắn thi đua với học tập và làm theo Hồ Chí Minh", "allowed"),
         (f"{A3}_1333", "pham-duc-toan", "advice", "luat-06-2022-qh15", "thực hiện Luật năm 2022, hoàn thiện quy chế",
          "allowed"),
         (f"{A3}_1645", "pham-duc-toan", "advice", "",
          "khen thưởng kịp thời, chính xác, công khai, có tác dụng nêu gương", "allowed"),
         (f"{A3}_1842", "", "assessment", "",
          "đánh giá kết quả đạt được; chỉ ra tồn tại, hạn chế, vướng mắc", "allowed"),
         (f"{A3}_2072", "nguyen-khac-than", "report", "chinh-phu",
          "các tỉnh triển khai phong trào với nội dung cụ thể, bám sát chỉ đạo của Chính phủ", "allowed"),
         (f"{A3}_2072", "nguyen-khac-than", "report", "thi-dua-yeu-nuoc",
          "các tỉnh triển khai phong trào với nội dung cụ thể, bám sát chỉ đạo của Chính phủ", "allowed")],
    ),
    "remarks on studying and following Hồ Chí Minh": (
        "remarks", {"about": "hoc-tap-va-lam-theo-ho-chi-minh"}, f"record kind year {HOW}",
        [(f"{A1}_4197", "plan", "2019", *PLAIN), (f"{A3}_1006", "advice", "2024", *INFERRED),
         (f"{A3}_3800", "plan", "2024", *PLAIN)],
    ),
    "exemplars: who told of them, where, when, in which field": (
        "exemplars", {}, "exemplar province presenter field conference year support basis",
        [(f"{A4}_2836", "hoa-binh", "", "sản xuất nông nghiệp", "trung-du-mien-nui-phia-bac_2017-07-21",
          "2017", "stated", ""),
         (f"{A4}_2872", "thai-nguyen", "", "sản xuất nông nghiệp", "trung-du-mien-nui-phia-bac_2017-07-21",
          "2017", "stated", ""),
         (f"{A4}_2946", "bac-kan", "lai-van-tu", "sản xuất nông nghiệp", "trung-du-mien-nui-phia-bac_2017-07-21",
          "2017", "implied", "inferred")],
    ),
    "the years of a movement": (
        "movements", {"source": A3}, "movement fromYear toYear support basis",
        [("nong-thon-moi-2021-2025", "2021", "2025", "implied", "year-inferred"),
         ("vi-nguoi-ngheo-2021-2025", "2021", "2025", "implied", "phase-inferred"),
         ("van-hoa-cong-so", "2019", "2025", "implied", "year-inferred"),
         ("ha-tang-dong-bo-tiet-kiem", "", "", "implied", "ambiguous"),
         ("hoc-tap-va-lam-theo-ho-chi-minh", "2016", "", "stated", ""),
         ("thi-dua-yeu-nuoc", "1948", "", "stated", ""),
         ("thi-dua-yeu-nuoc-xay-dung-dang", "", "", "stated", ""),
         ("thu-tuong-phat-dong", "", "", "implied", "year-inferred")],
    ),
    "a unit by its name of that year": (
        "heads-by-year", {"cluster": "bac-trung-bo"}, "year province provinceLabel certainty",
        [("2016", "nghe-an", "Nghệ An", "possible"), ("2018", "hue", "Thừa Thiên Huế", "possible"),
         ("2023", "quang-tri", "Quảng Trị", "possible"), ("2024", "hue", "Thừa Thiên Huế", "possible")],
    ),
    "posts of a province, by links": (
        "officials", {"province": "tuyen-quang"}, "officialLabel post seenOn support reading",
        [("Chẩu Văn Lâm", "bi-thu-tinh-uy_tuyen-quang", "2024-04-09", "implied", "second-hand"),
         ("Chẩu Văn Lâm", "truong-doan-dbqh-tinh_tuyen-quang", "2024-04-09", "implied", "second-hand"),
         ("Nguyễn Văn Sơn", "chu-tich-ubnd-tinh_tuyen-quang", "2024-04-09", "implied", "second-hand"),
         ("Nguyễn Văn Sơn", "pho-bi-thu-tinh-uy_tuyen-quang", "2024-04-09", "implied", "second-hand")],
    ),
}  # fmt: skip


def short(cell: Cell | None) -> str:
    """A cell as the rows above write it: the local part of an IRI, or the value."""
    if cell is None:
        return ""
    return shorten(cell.value).partition(":")[2] if cell.kind == "iri" else cell.value


@pytest.mark.parametrize("what", CASES)
def test_answer(kg: KnowledgeGraph, what: str) -> None:
    name, given, columns, expected = CASES[what]
    rows = [tuple(short(record[column]) for column in columns.split()) for record in kg.ask(name, given).records]
    assert sorted(rows) == sorted(expected)


def test_two_questions_agree_on_who_acted_for_a_head_unit(kg: KnowledgeGraph) -> None:
    columns = ("year", "cluster", "province", "source")
    led = {
        tuple(short(row[column]) for column in (*columns, "official"))
        for row in kg.ask("who-led").records
        if short(row["role"]) == "head" and row["official"]
    }
    acting = {tuple(short(row[column]) for column in (*columns, "person")) for row in kg.ask("acting-heads").records}
    assert led == acting


def test_articles_have_titles(kg: KnowledgeGraph) -> None:
    """As printed; where none is printed, never a hash."""
    titles = {short(row["source"]): short(row["title"]) for row in kg.ask("sources").records}
    assert titles[A0] == "Cụm thi đua các tỉnh đồng bằng Sông Hồng triển khai nhiệm vụ 6 tháng cuối năm"
    assert titles[A1].startswith("Cụm thi đua 9 tỉnh đồng bằng Sông Hồng: Tổng kết công tác năm 2018")
    assert titles[A2] == "Sơ kết thực hiện giao ước Cụm thi đua 7 tỉnh miền núi biên giới phía Bắc"
    assert titles[A4].startswith("Cụm thi đua 7 tỉnh Trung du và Miền núi phía Bắc triển khai nhiệm vụ")
    assert titles[A3] and not [title for source, title in titles.items() if title == source]


def ask(kg: KnowledgeGraph, pattern: str) -> int:
    """How many rows a pattern has, asked in the words of other vocabularies."""
    prefixes = """PREFIX schema: <https://schema.org/> PREFIX org: <http://www.w3.org/ns/org#>
        PREFIX td: <https://w3id.org/thidua/ontology#> PREFIX province: <https://w3id.org/thidua/id/province/>"""
    answer = kg.query(Query(f"{prefixes} SELECT DISTINCT * {{ {pattern} }}", results="text/csv")).read()
    return answer.count(b"\n") - 1


def test_events_have_their_days_in_other_words(kg: KnowledgeGraph) -> None:
    assert ask(kg, "?event a schema:Event ; schema:startDate ?day") >= 37


def test_posts_lead_to_their_province(kg: KnowledgeGraph) -> None:
    assert ask(kg, "?post org:postIn/td:ofProvince province:tuyen-quang") == 4


def test_names_are_in_one_style(kg: KnowledgeGraph) -> None:
    """Of awards, movements, bodies, posts, documents, clusters: each begins with a capital."""
    rows = kg.current().select(
        """PREFIX td: <https://w3id.org/thidua/ontology#> PREFIX c: <https://w3id.org/thidua/concept/>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT DISTINCT ?name {
          { ?thing skos:inScheme c:award }
          UNION {
            VALUES ?class { td:EmulationMovement td:PublicBody td:Post td:Document td:EmulationCluster }
            ?thing a ?class
          }
          ?thing skos:prefLabel ?name }"""
    )
    names = [short(row["name"]) for row in rows]
    assert len(names) > 500 and not [name for name in names if name[0].islower()]
