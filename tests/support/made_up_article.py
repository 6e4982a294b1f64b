"""An article that nobody wrote, and what it says, as facts noted by hand; its people and its villages are made up."""

from typing import Any, Final, Literal

from thidua.extract.article import Article, from_text
from thidua.extract.facts import Fact, Span

CLUSTER: Final = "dong-bang-song-hong"
LEAD: Final = (
    "Sáng 13/3, tại tỉnh Thái Bình, Cụm thi đua các tỉnh Đồng bằng sông Hồng gồm Thái Bình, Hà Nam, Nam Định tổng kết "
    "năm 2023 và ký giao ước thi đua năm 2024"
)
CHAIR: Final = "Ông Nguyễn Khắc Thận, Chủ tịch UBND tỉnh, Cụm trưởng"
PASSED: Final = "Các tỉnh trao Cờ luân lưu cho tỉnh Nam Định, Cụm trưởng năm 2024"
TEXT: Final = f"""Tổng kết công tác thi đua năm 2023 của Cụm

13/03/2024 15:45

{LEAD}.
{CHAIR}, khai mạc. Bà Lê Thị Bịa Đặt, Phó Giám đốc Sở Nội vụ tỉnh Hà Nam, dự.
Ông Trần Văn Mới, Phó Vụ trưởng Vụ Bịa đặt.
{PASSED}.
Thu ngân sách năm 2023 hơn 235 nghìn tỷ đồng. 570 xã đạt chuẩn nông thôn mới nâng cao.
Các tỉnh được tặng 97 Cờ thi đua của Chính phủ; đề nghị 12 Bằng khen của Thủ tướng Chính phủ.
Theo Chỉ thị số 34-CT/TW và Chỉ thị 99/CT-TTg ngày 01/02/2023; phong trào “Cả nước chung sức xây dựng nông thôn mới”,
phong trào “Làng xanh bịa đặt”.
Lan Anh
"""


def article(**metadata: str) -> Article:
    """The article, as its page describes it."""
    known = {
        "url": "https://example.vn/2024/03/13/tin-bia-dat",
        "title": "Tổng kết công tác thi đua năm 2023 của Cụm",
        "published": "2024-03-13",
        "author": "Lan Anh",
    }
    return from_text(TEXT, **{**known, **metadata})


def spans(*passages: str) -> tuple[Span, ...]:
    """Where passages stand."""
    return tuple((TEXT.index(passage), TEXT.index(passage) + len(passage)) for passage in passages)


def fact(
    kind: str, passage: str, basis: Literal["stated", "implied"] = "stated", rule: str = "", **values: Any
) -> Fact:
    """A fact on one passage; an implied one has its year from the context."""
    why = "basis-year-inferred" if basis == "implied" else ""
    return Fact(kind, values, spans(passage), basis, why, 0.9, rule or f"{kind}.by-hand")


def head(year: int, province: str, passage: str, basis: Literal["stated", "implied"] = "stated", **more: Any) -> Fact:
    """A head of the cluster."""
    return fact("role", passage, basis, cluster=CLUSTER, year=year, role="head", province=province, **more)


FACTS: Final = [
    fact("scope", LEAD, value="national"),
    fact("cluster", LEAD, cluster=CLUSTER, units=3),
    fact("event", LEAD, "implied", cluster=CLUSTER, event=["year-end-review", "signing"], date="2024-03-13",
         place="thai-binh"),
    *(fact("member", LEAD, cluster=CLUSTER, year=2024, province=unit) for unit in ("thai-binh", "ha-nam", "nam-dinh")),
    *(fact("member", LEAD, "implied", cluster=CLUSTER, year=2023, province=unit)
      for unit in ("thai-binh", "ha-nam", "nam-dinh")),
    fact("agreement", LEAD, cluster=CLUSTER, year=2024),
    head(2023, "thai-binh", CHAIR, "implied", official="Nguyễn Khắc Thận"),
    head(2024, "nam-dinh", PASSED),
    fact("handover", PASSED, cluster=CLUSTER, year=2024, **{"from": "thai-binh", "to": "nam-dinh"}),
    fact("official", CHAIR, name="Nguyễn Khắc Thận", post="Chủ tịch UBND tỉnh", id="nguyen-khac-than",
         rule="official.opener"),
    fact("official", "Bà Lê Thị Bịa Đặt, Phó Giám đốc Sở Nội vụ tỉnh Hà Nam", name="Lê Thị Bịa Đặt",
         post="Phó Giám đốc Sở Nội vụ tỉnh Hà Nam", province="ha-nam"),
    fact("official", "Ông Trần Văn Mới, Phó Vụ trưởng Vụ Bịa đặt", name="Trần Văn Mới",
         post="Phó Vụ trưởng Vụ Bịa đặt"),
    fact("figure", "Thu ngân sách năm 2023 hơn 235 nghìn tỷ đồng", printed="Thu ngân sách", value="235",
         unit="nghìn tỷ đồng", comparator="more-than", area="cluster", period="năm 2023"),
    fact("figure", "570 xã đạt chuẩn nông thôn mới nâng cao", "implied", indicator="communes-ntm-advanced", value=570,
         unit="xã", period="2023-12-31"),
    fact("figure", "12 Bằng khen", printed="cây bịa đặt", value="12"),
    fact("award", "97 Cờ thi đua của Chính phủ", "implied", award="co-thi-dua-cua-chinh-phu",
         printed="Cờ thi đua của Chính phủ", total=97, status="given", year=2023),
    fact("award", "12 Bằng khen của Thủ tướng Chính phủ", "implied", award="bang-khen-cua-thu-tuong-chinh-phu",
         giver="Thủ tướng Chính phủ", total=12, status="proposed", year=2023),
    fact("document", "Chỉ thị số 34-CT/TW", number="34-CT/TW", id="chi-thi-34-ct-tw-2014"),
    fact("document", "Chỉ thị 99/CT-TTg ngày 01/02/2023", number="99/CT-TTg", date="2023-02-01",
         issuer="Thủ tướng Chính phủ"),
    fact("movement", "phong trào “Cả nước chung sức xây dựng nông thôn mới”", id="nong-thon-moi",
         printed="Cả nước chung sức xây dựng nông thôn mới"),
    fact("movement", "phong trào “Làng xanh bịa đặt”", printed="Làng xanh bịa đặt"),
    fact("ranking", LEAD, cluster=CLUSTER, year=2023, province="ha-nam", rank=1),
]  # fmt: skip


def of_kind(*kinds: str) -> list[Fact]:
    """The facts of some kinds, in their order."""
    return [each for each in FACTS if each.kind in kinds]
