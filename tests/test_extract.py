"""The extractor over made-up sentences, pages and texts; its measured quality is held by the corpus."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT
from thidua.base.errors import DataError, InputError
from thidua.base.files import ProjectFiles
from thidua.extract.article import from_text
from thidua.extract.extractor import extract
from thidua.extract.facts import FIELDS, Fact, lines
from thidua.extract.lexicon import Lexicon
from thidua.extract.page import read_article

LEAD = (
    "Sáng 12/3/2024, tại TP Thái Bình, Cụm thi đua các tỉnh Đồng bằng sông Hồng tổ chức hội nghị tổng kết công tác thi "
    "đua năm 2023, ký giao ước thi đua năm 2024. Dự hội nghị có lãnh đạo UBND tỉnh Hà Nam, lãnh đạo UBND tỉnh Nam Định. "
)


@pytest.fixture(scope="module")
def lexicon(files: ProjectFiles) -> Lexicon:
    return Lexicon.read(files)


def found(lexicon: Lexicon, text: str, kind: str, **metadata: Any) -> list[Fact]:
    return [fact for fact in extract(from_text(text, **metadata), lexicon) if fact.kind == kind]


def roles(lexicon: Lexicon, sentence: str) -> set[tuple[int, str, str, str]]:
    return {
        (fact.get("year"), fact.get("role"), fact.get("province"), fact.basis)
        for fact in found(lexicon, LEAD + sentence, "role")
    }


def test_the_meeting(lexicon: Lexicon) -> None:
    (cluster,), (event,) = (found(lexicon, LEAD, kind) for kind in ("cluster", "event"))
    assert cluster.get("cluster") == "dong-bang-song-hong"
    assert event.values == {
        "cluster": "dong-bang-song-hong", "event": ["year-end-review", "signing"], "date": "2024-03-12", "place": "thai-binh",
    }  # fmt: skip
    assert [fact.get("year") for fact in found(lexicon, LEAD, "agreement")] == [2024]
    for fact in extract(from_text(LEAD), lexicon):
        assert all(0 <= start < end <= len(LEAD) for start, end in fact.spans)


@pytest.mark.parametrize(
    ("published", "day", "warned"),
    [("2024-03-13", "2024-03-12", False), ("2019-05-05", "2024-03-12", True), ("", "2024-03-12", False)],
)
def test_a_day_without_its_year(lexicon: Lexicon, published: str, day: str, warned: bool) -> None:
    """The year is that of the page, if the years of the meeting agree; else theirs, with a warning."""
    (event,) = found(lexicon, LEAD.replace("12/3/2024", "12/3"), "event", published=published)
    assert (event.get("date"), event.basis, bool(event.warnings)) == (day, "implied", warned)


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("Ông Lê Văn Hai, Chủ tịch UBND tỉnh Thái Bình, Cụm trưởng Cụm thi đua năm 2023 khai mạc.",
         {(2023, "head", "thai-binh", "stated")}),
        ("Bà Trần Thị Ba, Phó Chủ tịch UBND tỉnh Hà Nam, đơn vị Cụm phó, điều hành.", {(2023, "deputy", "ha-nam", "implied")}),
        ("Hội nghị bầu tỉnh Nam Định làm Cụm trưởng, tỉnh Hưng Yên làm Cụm phó năm 2024.",
         {(2024, "head", "nam-dinh", "stated"), (2024, "deputy", "hung-yen", "stated")}),
        ("Các tỉnh suy tôn Ninh Bình làm Cụm trưởng.", {(2024, "head", "ninh-binh", "implied")}),
        ("Ninh Bình và Hà Nam tiếp nhận vai trò Cụm trưởng và Cụm phó.",
         {(2024, "head", "ninh-binh", "implied"), (2024, "deputy", "ha-nam", "implied")}),
        ("Cụm do tỉnh Hưng Yên làm Cụm trưởng.", {(2023, "head", "hung-yen", "implied")}),
        ("Năm 2019, Hải Dương làm Cụm trưởng.", {(2019, "head", "hai-duong", "stated")}),
        ("Bắc Ninh (đơn vị Cụm phó năm 2023) góp ý.", {(2023, "deputy", "bac-ninh", "stated")}),
        ("Tỉnh Hà Nam đăng cai hội nghị và chủ trì phiên thảo luận.", set()),
        ("Dự kiến tỉnh Hà Nam làm Cụm trưởng.", set()),
        ("Sở Nội vụ tỉnh Hà Nam - Cụm trưởng Cụm thi đua ngành Nội vụ gửi lời chúc.", set()),
        ("Cụm thi đua các tỉnh Bắc Trung Bộ do Nghệ An làm Cụm trưởng cũng vừa họp.", set()),
    ],
)  # fmt: skip
def test_roles(lexicon: Lexicon, sentence: str, wanted: set[tuple[int, str, str, str]]) -> None:
    assert roles(lexicon, sentence) == wanted


def test_a_handover_says_both_roles(lexicon: Lexicon) -> None:
    text = LEAD + "Tỉnh Thái Bình bàn giao nhiệm vụ Cụm trưởng cho tỉnh Nam Định."
    (fact,) = found(lexicon, text, "handover")
    assert (fact.get("year"), fact.get("from"), fact.get("to")) == (2024, "thai-binh", "nam-dinh")
    heads = {(each.get("year"), each.get("province")) for each in found(lexicon, text, "role")}
    assert heads == {(2023, "thai-binh"), (2024, "nam-dinh")}


def test_members_are_a_list_and_not_results(lexicon: Lexicon) -> None:
    listed = "Cụm gồm 4 tỉnh: Thái Bình, Hà Nam, Nam Định và Ninh Bình. "
    results = "Tăng trưởng cao nhất là Hưng Yên, Hải Dương, Quảng Ninh. "
    names = {fact.get("province") for fact in found(lexicon, LEAD + results + listed, "member")}
    assert names == {"thai-binh", "ha-nam", "nam-dinh", "ninh-binh"}


def test_a_name_means_the_unit_of_its_day(lexicon: Lexicon) -> None:
    later = (
        LEAD.replace("2024", "2026").replace("2023", "2025").replace("TP Thái Bình", "phường Hoa Lư, tỉnh Ninh Bình")
    )
    (event,) = found(lexicon, later, "event")
    assert event.get("place") == "ninh-binh-2025"
    assert roles_of(lexicon, later + "Hội nghị bầu tỉnh Hưng Yên làm Cụm trưởng.") == {(2026, "hung-yen-2025")}
    # Nobody else is called Thái Bình since, so that it is still that province, which could not lead in 2026.
    assert roles_of(lexicon, later + "Hội nghị bầu tỉnh Thái Bình làm Cụm trưởng.") == set()


def roles_of(lexicon: Lexicon, text: str) -> set[tuple[int, str]]:
    return {(fact.get("year"), fact.get("province")) for fact in found(lexicon, text, "role")}


@pytest.mark.parametrize(
    ("sentence", "name", "post"),
    [
        ("Ông Đỗ Minh Tư, Bí thư Tỉnh ủy, Chủ tịch HĐND tỉnh Hà Nam phát biểu.", "Đỗ Minh Tư",
         "Bí thư Tỉnh ủy, Chủ tịch HĐND tỉnh Hà Nam"),
        ("Phó Chủ tịch UBND tỉnh Ninh Bình Phạm Thị Năm dự.", "Phạm Thị Năm", "Phó Chủ tịch UBND tỉnh Ninh Bình"),
        ("Đồng chí Vũ Văn Sáu - Vụ trưởng Vụ Thi đua - Khen thưởng, Bộ Nội vụ nhấn mạnh.", "Vũ Văn Sáu",
         "Vụ trưởng Vụ Thi đua - Khen thưởng, Bộ Nội vụ"),
        ("Ông Nguyễn Thái Bình, Giám đốc Sở Nội vụ tỉnh Nam Định, trình bày.", "Nguyễn Thái Bình",
         "Giám đốc Sở Nội vụ tỉnh Nam Định"),
    ],
)  # fmt: skip
def test_officials(lexicon: Lexicon, sentence: str, name: str, post: str) -> None:
    assert (name, post) in {(f.get("name"), f.get("post")) for f in found(lexicon, LEAD + sentence, "official")}


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("Thủ tướng Chính phủ tặng Bằng khen cho 12 tập thể và 30 cá nhân.", ("Bằng khen", "given", 12, 30, None)),
        ("Cụm có 8 Cờ thi đua của Chính phủ.", ("Cờ thi đua của Chính phủ", "given", None, None, 8)),
        ("Cụm đề nghị tặng Cờ thi đua của Chính phủ cho hai tỉnh Hà Nam và Nam Định.",
         ("Cờ thi đua của Chính phủ", "proposed", 2, None, None)),
        ("Ba tập thể, năm cá nhân được tặng Huân chương Lao động hạng Ba.", ("Huân chương Lao động hạng Ba", "given", 3, 5, None)),
    ],
)  # fmt: skip
def test_awards(lexicon: Lexicon, sentence: str, wanted: tuple[Any, ...]) -> None:
    named = ("printed", "status", "collectives", "individuals", "total")
    assert wanted in {tuple(f.get(name) for name in named) for f in found(lexicon, LEAD + sentence, "award")}


def test_figures_documents_movements_and_ranks(lexicon: Lexicon) -> None:
    text = LEAD + (
        "Năm 2023, tốc độ tăng trưởng GRDP của Hà Nam đạt hơn 9,4%; thu ngân sách toàn cụm 120.500 tỷ đồng. "
        "Các tỉnh thực hiện Chỉ thị số 34-CT/TW ngày 7/4/2014 của Bộ Chính trị; hưởng ứng phong trào thi đua “Cả nước chung sức "
        "xây dựng nông thôn mới”. Kết quả chấm điểm, Nam Định xếp thứ nhất với 985 điểm."
    )
    figures = {
        (f.get("value"), f.get("unit"), f.get("area"), f.get("comparator")) for f in found(lexicon, text, "figure")
    }
    assert figures == {("9,4", "%", "ha-nam", "more-than"), ("120.500", "tỷ đồng", "cluster", None)}
    (document,) = found(lexicon, text, "document")
    assert (document.get("number"), document.get("date"), document.get("id")) == (
        "34-CT/TW",
        "2014-04-07",
        "chi-thi-34-ct-tw-2014",
    )
    assert document.get("issuer") == "Bộ Chính trị"
    (movement,) = found(lexicon, text, "movement")
    assert (
        movement.get(
            "id",
        )
        == "nong-thon-moi"
    )
    (ranking,) = found(lexicon, text, "ranking")
    assert (ranking.get("province"), ranking.get("rank"), ranking.get("points")) == ("nam-dinh", 1, "985")


@pytest.mark.parametrize(
    "text",
    [
        "Sở Y tế các tỉnh trong Cụm thi đua các tỉnh Đồng bằng sông Hồng tổng kết. Giám đốc Sở Y tế tỉnh Hà Nam, Cụm trưởng, dự.",
        "Cụm thi đua số 3 tổng kết: huyện Vụ Bản làm Cụm trưởng, các huyện Ý Yên, Mỹ Lộc ký giao ước thi đua năm 2024.",
        "Khối thi đua các tổng công ty ký giao ước thi đua năm 2024.",
    ],
)
def test_nothing_of_another_scope(lexicon: Lexicon, text: str) -> None:
    (scope,) = extract(from_text(text), lexicon)
    assert scope.kind == "scope" and scope.get("value") != "national"


def test_letters_in_any_form_give_the_same_facts(lexicon: Lexicon) -> None:
    composed, decomposed = (extract(from_text(unicodedata.normalize(form, LEAD)), lexicon) for form in ("NFC", "NFD"))
    assert composed == decomposed
    spaced = extract(from_text(LEAD.replace("Đồng bằng sông", "Đồng bằng\u00a0sông")), lexicon)
    assert [fact.values for fact in spaced] == [fact.values for fact in composed]


def test_facts_are_json_lines_and_come_back(lexicon: Lexicon) -> None:
    facts = extract(from_text(LEAD), lexicon)
    records = [json.loads(line) for line in lines(facts).splitlines()]
    assert [Fact.from_json(record) for record in records] == facts
    for record in records:
        assert set(FIELDS[record["kind"]]) <= set(record) and {"basis", "confidence", "rule", "spans"} <= set(record)
    with pytest.raises(ValueError, match="kind role has no colour"):
        Fact.from_json({"kind": "role", "colour": "red"})


def test_the_article_is_taken_out_of_a_page(lexicon: Lexicon) -> None:
    pytest.importorskip("trafilatura", reason="the extra html is not installed")
    body = "".join(f"<p>{LEAD} {'Hội nghị nghe báo cáo và thảo luận. ' * 3}</p>" for _ in range(2))
    page = (
        '<!doctype html><html><head><title>Ký giao ước</title><meta property="og:site_name" content="Báo Mẫu">'
        '<meta property="article:published_time" content="2024-03-13T07:00:00+07:00"></head><body><nav>Cụm thi đua các tỉnh '
        f"Bắc Trung Bộ</nav><article><h1>Ký giao ước</h1>{body}</article><footer>Liên hệ</footer></body></html>"
    )
    article = read_article(page.encode(), url="https://bao.example/1")
    assert (article.published, article.publisher, article.url) == ("2024-03-13", "Báo Mẫu", "https://bao.example/1")
    assert "Bắc Trung Bộ" not in article.text and LEAD.strip() in article.text
    assert found(lexicon, article.text, "cluster")[0].get("cluster") == "dong-bang-song-hong"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"%PDF-1.7 ...", "pdftotext"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"  \n ", "empty"),
        (b"x" * 5_000_001, "at most"),
    ],
)
def test_what_is_no_article(content: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_article(content, shown_as="a.txt")


def taught(tmp_path: Path, file: str, line: str) -> ProjectFiles:
    for folder in ("ontology", "shapes", "queries"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "data/lexicon").mkdir(parents=True)
    for folder in ("registry", "sources", "links"):
        (tmp_path / "data" / folder).symlink_to(ROOT / "data" / folder)
    for path in (ROOT / "data/lexicon").glob("*.csv"):
        more = line + "\n" if path.name == file else ""
        (tmp_path / "data/lexicon" / path.name).write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    return ProjectFiles(tmp_path)


def test_a_line_teaches_a_name(lexicon: Lexicon, tmp_path: Path) -> None:
    text = LEAD.replace("Đồng bằng sông Hồng", "châu thổ sông Cái")
    assert not found(lexicon, text, "cluster")
    taught_it = Lexicon.read(taught(tmp_path, "regions.csv", "châu thổ sông Cái,dong-bang-song-hong,a test"))
    assert found(taught_it, text, "cluster")[0].get("cluster") == "dong-bang-song-hong"


def test_a_wrong_line_of_the_lexicon_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data/lexicon/seats\.csv:\d+: 2 columns where there should be 5"):
        Lexicon.read(taught(tmp_path, "seats.csv", "Đâu đó,ha-nam"))
