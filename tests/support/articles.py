"""Made-up articles, and facts noted in them by hand."""

from thidua.extract.facts import Fact, Span, lines

#: It says something new (2026), something that the graph has from other sources, and something that contradicts them.
TITLE = "Cụm thi đua các tỉnh Đồng bằng sông Hồng tổng kết công tác năm 2025"
TEXT = f"""{TITLE}

Sáng 12-3, tại tỉnh Ninh Bình, Cụm thi đua các tỉnh Đồng bằng sông Hồng tổ chức hội nghị tổng kết công tác thi đua, \
khen thưởng năm 2025 và ký kết giao ước thi đua năm 2026. Cụm gồm 5 đơn vị: Bắc Ninh, Hưng Yên, Ninh Bình, \
Phú Thọ và Quảng Ninh.

Năm 2024, tỉnh Vĩnh Phúc là Cụm trưởng. Hội nghị thống nhất để tỉnh Ninh Bình làm Cụm trưởng năm 2026, \
tỉnh Hưng Yên làm Cụm phó năm 2026.

Kết thúc hội nghị, bà Trần Thị Thử Nghiệm thay mặt các đơn vị phát biểu, hưởng ứng phong trào “Cả nước chung sức \
xây dựng nông thôn mới”.
"""
CLUSTER = "dong-bang-song-hong"
MEMBERS = ("bac-ninh-2025", "hung-yen-2025", "ninh-binh-2025", "phu-tho-2025", "quang-ninh")


def at(phrase: str, number: int = 0, text: str = TEXT) -> Span:
    """Where a phrase stands: for the first time, or for a later one."""
    start = -1
    for _ in range(number + 1):
        start = text.index(phrase, start + 1)
    return start, start + len(phrase)


def facts() -> list[Fact]:
    """What the article says, as a reader would note it; no rule had a hand in it."""
    lists = at("Bắc Ninh, Hưng Yên, Ninh Bình, Phú Thọ và Quảng Ninh")
    of = {"cluster": CLUSTER}
    found = [
        Fact("scope", {"value": "national"}, (at("Cụm thi đua các tỉnh Đồng bằng sông Hồng"),), rule="hand.scope"),
        Fact("cluster", of | {"units": 5}, (at("Cụm gồm 5 đơn vị"),), rule="hand.cluster"),
        Fact(
            "event",
            of | {"event": ["year-end-review", "signing"], "date": "2026-03-12", "place": "ninh-binh-2025"},
            (at("Sáng 12-3, tại tỉnh Ninh Bình"),),
            basis="implied", why="basis-year-inferred", rule="hand.event", warnings=("The year is not printed.",),
        ),
        Fact("agreement", of | {"year": 2026}, (at("ký kết giao ước thi đua năm 2026"),), rule="hand.agreement"),
        *(
            Fact("member", of | {"year": 2025, "province": each}, (lists,), rule="hand.member", confidence=0.95)
            for each in MEMBERS
        ),
        Fact(
            "role", of | {"year": 2024, "role": "head", "province": "vinh-phuc"},
            (at("Năm 2024, tỉnh Vĩnh Phúc là Cụm trưởng"),), rule="hand.role",
        ),
        Fact(
            "role", of | {"year": 2026, "role": "head", "province": "ninh-binh-2025"},
            (at("tỉnh Ninh Bình làm Cụm trưởng năm 2026"),), rule="hand.role",
        ),
        Fact(
            "role", of | {"year": 2026, "role": "deputy", "province": "hung-yen-2025"},
            (at("tỉnh Hưng Yên làm Cụm phó năm 2026"),), rule="hand.role",
        ),
    ]  # fmt: skip
    return found


def facts_file() -> bytes:
    """The same as ``thidua extract --format facts`` would write them."""
    return lines(facts()).encode()
