"""Search by name: every spelling finds its thing, the best first, whatever strangers type."""

import http.client
import json
import re
import time
from collections import Counter, defaultdict
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.cli import thidua
from tests.support.service import Server
from tests.support.spellings import as_typed, rows
from tests.support.stores import copied
from thidua.base.errors import InputError, StoreError
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH, ID, PREFIXES
from thidua.base.text import fold, loose, sort_key
from thidua.graph import KnowledgeGraph, Snapshot
from thidua.names.collect import named_in, names_of
from thidua.names.index import KINDS, Name, NameIndex, update_names, write_names
from thidua.names.search import LONGEST, Match, exact, search
from thidua.rdf.quads import QuadStore
from thidua.write.request import Write
from thidua.write.transaction import Writer

NINH_BINH = ["province/ninh-binh-2025", "province/ninh-binh"]


VARIANTS = rows("name-variants.tsv")


@pytest.fixture(scope="module")
def now(kg: KnowledgeGraph) -> Snapshot:
    return kg.current()


def ids(matches: list[Match]) -> list[str]:
    return [match.id for match in matches]


# Spellings.


def test_there_are_enough_variants() -> None:
    assert len(VARIANTS) >= 200
    assert len({as_typed(row) for row in VARIANTS}) == len(VARIANTS)


@pytest.mark.parametrize("row", VARIANTS, ids=lambda row: f"{row['text']}: {row['why']}")
def test_a_variant_means_just_its_things(row: dict[str, str], now: Snapshot) -> None:
    found = {name.local for name in exact(now.names, as_typed(row), [row["kind"]])}
    assert found == set(row["ids"].split())


@pytest.mark.parametrize("row", [row for row in VARIANTS if row["ids"]], ids=lambda row: row["text"])
def test_a_variant_is_searched_for_with_its_things_first(row: dict[str, str], now: Snapshot) -> None:
    expected = {f"{row['kind']}/{local}" for local in row["ids"].split()}
    matches = now.search(as_typed(row), [row["kind"]])
    assert set(ids(matches)[: len(expected)]) == expected
    assert {match.how for match in matches[: len(expected)]} == {"exact"}


@pytest.mark.parametrize("key", [fold, loose], ids=["fold", "loose"])
def test_no_key_makes_two_different_things_one(key: Any, store: Path) -> None:
    """Things of one kind share a key only if they share a spelling: then they are namesakes in truth."""
    things: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    quads = QuadStore.read_only(store / "current/rocksdb")
    for name, spellings in names_of(quads):
        for spelling in spellings:
            if spelling != name.local and key(spelling):  # what is written in other letters has none
                things[name.kind, key(spelling)][name.iri].add(spelling.casefold())
    assert {kind for kind, _ in things} >= {"province", "cluster", "person", "post", "award", "legal"}
    wrong = {
        place: dict(named)
        for place, named in things.items()
        if len(named) > 1 and not set.intersection(*named.values()) and place[0] != "period"
    }
    # The catalogue abbreviates the title that the law of 2003 gave by the words that the law of 2022 spells out.
    assert {place for place in wrong if not loose(place[1]).startswith("chiensithiduacap")} == set()


# Ranking and reasons.


def test_namesakes_are_told_apart_by_time(now: Snapshot) -> None:
    both = now.search("ninh binh", ["province"])
    assert ids(both)[:2] == NINH_BINH
    assert [match.name.described() for match in both[:2]] == [
        "Ninh Bình (from 2025-07-01)",
        "Ninh Bình (until 2025-06-30)",
    ]
    for day, expected in (("2024", [NINH_BINH[1]]), ("2026-01-01", [NINH_BINH[0]]), ("2025", NINH_BINH)):
        assert ids(now.search("ninh binh", ["province"], on=day)) == expected


def test_posts_and_bodies_are_dated_by_their_province(now: Snapshot) -> None:
    matches = now.search("UBND tỉnh Ninh Bình", ["body"])
    assert {match.id: (match.name.start, match.name.end) for match in matches[:2]} == {
        "body/ubnd-tinh_ninh-binh": ("", "2025-06-30"),
        "body/ubnd-tinh_ninh-binh-2025": ("2025-07-01", ""),
    }


@pytest.mark.parametrize(
    ("text", "first", "how", "spelling"),
    [
        ("Ninh Thuận", "province/ninh-thuan", "exact", "Ninh Thuận"),
        ("TT Huế", "province/hue", "exact", "Thừa Thiên - Huế"),
        ("98/2023/nđ-cp", "legal/nghi-dinh-98-2023-nd-cp", "exact", "98/2023/NĐ-CP"),
        ("nguyễn khắc th", "person/nguyen-khac-than", "beginning", "Nguyễn Khắc Thận"),
        ("khắc thận", "person/nguyen-khac-than", "word", "Nguyễn Khắc Thận"),
        ("Thai Bnh", "province/thai-binh", "fuzzy", "Thái Bình"),
        ("Hai Duogn", "province/hai-duong", "fuzzy", "Hải Dương"),
        ("nguyen khac thna", "person/nguyen-khac-than", "fuzzy", "Nguyễn Khắc Thận"),
        ("họp tại Thái Bình sáng nay", "province/thai-binh", "part", "Thái Bình"),
        ("province/ninh-binh", "province/ninh-binh", "exact", "province/ninh-binh"),
        ("province:ninh-binh", "province/ninh-binh", "exact", "province:ninh-binh"),
        (ID + "province/ninh-binh", "province/ninh-binh", "exact", ID + "province/ninh-binh"),
    ],
)
def test_the_first_answer_and_why(text: str, first: str, how: str, spelling: str, now: Snapshot) -> None:
    match = now.search(text)[0]
    assert (match.id, match.how, match.spelling) == (first, how, spelling)


def test_it_answers_as_one_types(now: Snapshot) -> None:
    """From the third letter on, the name is among the first ten; with the whole word, it is first."""
    for name, id_ in (("Quảng Ninh", "province/quang-ninh"), ("điện biên", "province/dien-bien")):
        typed = fold(name)
        for end in range(3, len(typed) + 1):
            assert id_ in ids(now.search(typed[:end])), typed[:end]
        assert ids(now.search(typed))[0] == id_


def test_scores_fall_and_order_is_the_same_every_time(now: Snapshot) -> None:
    for text in ("b", "binh", "nguyen van", "thi dua", "chu tich ubnd tinh"):
        matches = now.search(text, limit=50)
        scores = [match.score for match in matches]
        assert scores == sorted(scores, reverse=True)
        assert matches == now.search(text, limit=50)
        assert len(set(ids(matches))) == len(matches)


def test_marks_decide_between_two_of_one_key(tmp_path: Path) -> None:
    people = [
        (Name(f"{ID}person/{local}", "person", label), [label])
        for local, label in (("hung-1", "Trần Văn Hùng"), ("hung-2", "Trần Văn Hưng"))
    ]
    write_names(tmp_path / "names.db", people)
    index = NameIndex(tmp_path / "names.db")
    assert ids(search(index, "Trần Văn Hưng"))[0] == "person/hung-2"
    assert [name.local for name in exact(index, "Trần Văn Hưng", ["person"])] == ["hung-2"]
    assert len(exact(index, "tran van hung", ["person"])) == 2


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        ("x" * (LONGEST + 1), {}, "at most 300"),
        ("x", {"kinds": ["provinces"]}, "take of these: province"),
        ("x", {"limit": 0}, "between 1 and 50"),
        ("x", {"limit": 51}, "between 1 and 50"),
        ("x", {"on": "yesterday"}, "a year such as 2024"),
        ("x", {"on": "2024-02-30"}, "a year such as 2024"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, options: dict[str, Any], told: str, now: Snapshot) -> None:
    with pytest.raises(InputError, match=told):
        now.search(text, **options)


# Safety.


@settings(deadline=None)  # how long a machine takes that others use, too, says nothing
@given(st.text(max_size=LONGEST) | st.text(alphabet='"*()^:-+ ANDORNT§{}\x00\ud800', max_size=60))
def test_no_text_breaks_the_search(now: Snapshot, text: str) -> None:
    for match in now.search(text, limit=50):
        assert 0 <= match.score <= 100


def test_the_syntax_of_full_text_queries_is_only_words(now: Snapshot) -> None:
    assert ids(now.search("ninh OR thai"))[:1] != ids(now.search("thai"))[:1]
    assert ids(now.search('"ninh" "binh"*'))[:2] == NINH_BINH
    # The word by which the index knows kinds cannot be typed.
    assert now.search("§province") == now.search("province")


def test_a_long_text_asks_the_index_no_more_than_a_short_one(now: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    for method in ("by_key", "by_loose", "by_words", "uses", "neighbours"):
        known = getattr(NameIndex, method)

        def counted(*arguments: Any, known: Any = known, **options: Any) -> Any:
            asked.append(1)
            found = known(*arguments, **options)
            assert len(found) <= 400
            return found

        monkeypatch.setattr(NameIndex, method, counted)
    for text in (
        "t",
        "a" * 300,
        "nguyen thi van " * 20,
        "x y z " * 50,
        " ".join("abcdefghijklmnop"),
        "binhx thaix" * 20,
    ):
        asked.clear()
        now.search(text, limit=50)
        assert len(asked) <= 60, text


# The index.


def test_an_index_of_an_older_release_says_so(tmp_path: Path, store: Path) -> None:
    old = tmp_path / "search.db"
    old.write_bytes(b"")
    with pytest.raises(StoreError, match="build the store again"):
        NameIndex(old)
    assert not update_names(old, tmp_path / "new.db", [], [])
    assert not (tmp_path / "new.db").exists()


def test_an_index_changed_is_the_index_written_anew(store: Path, tmp_path: Path) -> None:
    names = [(name, spellings) for name, spellings in names_of(QuadStore.read_only(store / "current/rocksdb"))]
    than, thai_binh = f"{ID}person/nguyen-khac-than", f"{ID}province/thai-binh"
    renamed = (Name(than, "person", "Nguyễn Khắc Thuận"), ["Nguyễn Khắc Thuận", "nguyen-khac-than"])
    new = (Name(f"{ID}person/a-b", "person", "Phạm Thị Ỷ"), ["Phạm Thị Ỷ", "a-b"])
    after = [each for each in names if each[0].iri not in (than, thai_binh)] + [renamed, new]
    write_names(tmp_path / "before.db", names)
    write_names(tmp_path / "anew.db", after)
    assert update_names(tmp_path / "before.db", tmp_path / "changed.db", [than, thai_binh, new[0].iri], [renamed, new])
    anew, changed = NameIndex(tmp_path / "anew.db"), NameIndex(tmp_path / "changed.db")
    for text in ("Nguyễn Khắc Thuận", "Nguyễn Khắc Thận", "thai binh", "pham thi y", "phamm thi y", "khac", "ngu", "t"):
        assert search(changed, text) == search(anew, text), text
    assert changed.by_iri(thai_binh) is None
    before = NameIndex(tmp_path / "before.db")
    assert before.by_iri(thai_binh) is not None


def test_statements_that_name_something() -> None:
    person = f"{ID}person/x"
    lines = [
        f'<{person}> <{PREFIXES["skos"]}prefLabel> "X"@vi',
        f'<{ID}legal/y> <{PREFIXES["eli"]}id_local> "1/QĐ"',
        f"<{ID}holding/z> <{PREFIXES['td']}post> <{ID}post/p>",
        f"<{ID}holding/y> <{PREFIXES['org']}member> <{ID}person/z>",
        f"<{ID}member/y> <{PREFIXES['org']}member> <{ID}province/z>",
        f'<https://example.org/e> <{PREFIXES["skos"]}prefLabel> "E"',
    ]
    assert named_in(lines) == {person, f"{ID}legal/y", f"{ID}holding/z", f"{ID}person/z"}


def test_a_post_lasts_no_longer_than_its_province(store: Path) -> None:
    """By the body that it is in, whatever the IRIs are like."""
    quads = QuadStore.read_only(store / "current/rocksdb")
    for local in ("body/hoi-luat-gia-tinh-long-an", "post/chu-tich-hoi-luat-gia-tinh-long-an"):
        ((name, _),) = names_of(quads, [ID + local])
        assert name.end == "2025-06-30"
    unit = f"{ID}province/long-an"
    assert named_in([f"<{ID}body/x> <{PREFIXES['td']}ofProvince> <{unit}>"]) == {unit}
    assert named_in([f"<{ID}post/x> <{PREFIXES['org']}postIn> <{ID}body/x>"]) == {f"{ID}post/x"}


def test_names_of_some_things_are_as_among_all(store: Path) -> None:
    quads = QuadStore.read_only(store / "current/rocksdb")
    every = {name.iri: (name, spellings) for name, spellings in names_of(quads)}
    some = [f"{ID}body/ubnd-tinh_ninh-binh", f"{ID}person/nguyen-khac-than", f"{ID}person/nobody"]
    assert [each[0].iri for each in names_of(quads, some)] == some[:2]
    assert list(names_of(quads, some)) == [every[iri] for iri in some[:2]]


def test_a_write_changes_the_index_just_as_far_as_it_changes_names(
    files: ProjectFiles, store: Path, tmp_path: Path
) -> None:
    mine = copied(store, tmp_path / "store")
    writer = Writer(mine, files)
    person = f"{ID}person/nguyen-khac-than"
    spelling = f'<{person}> <{PREFIXES["skos"]}altLabel> "Nguyễn Khắc Thận Kiểu"@vi'
    text = f"INSERT DATA {{ GRAPH <{GRAPH}people> {{ {spelling} }} }}"
    before = NameIndex(mine / "current/search.db")
    version = writer.write(Write("update", text=text)).version
    after = KnowledgeGraph.open(mine)
    assert [match.id for match in after.search("nguyen khac than kieu", limit=1)] == ["person/nguyen-khac-than"]
    assert after.search("nguyen khac than kieu")[0].how == "exact"
    assert search(before, "nguyen khac than kieu")[0].how != "exact"
    # The index as a build would write it: the same answers, from a copy that was only added to.
    anew = tmp_path / "anew.db"
    write_names(anew, names_of(QuadStore.read_only(mine / "current/rocksdb")))
    for query in ("nguyen khac than kieu", "kieu", "ninh binh", "nguyễn", "UBND tỉnh"):
        assert search(NameIndex(anew), query) == after.search(query), query
    remark = f'INSERT DATA {{ GRAPH <{GRAPH}editorial> {{ <{person}> <{PREFIXES["skos"]}editorialNote> "seen"@en }} }}'
    second = writer.write(Write("update", text=remark)).version
    assert second.number == version.number + 1
    indexes = [mine / f"versions/{number:06d}/search.db" for number in (version.number, second.number)]
    assert indexes[0].samefile(indexes[1])


def test_answers_are_sorted_as_vietnamese_is(kg: KnowledgeGraph) -> None:
    labels = [cell.value for row in kg.ask("officials").records if (cell := row["officialLabel"])]
    assert labels == sorted(labels, key=sort_key)
    assert labels != sorted(labels)
    years = [int(cell.value) for row in kg.ask("heads-by-year").records if (cell := row["year"])]
    by_cluster = [cell.value for row in kg.ask("heads-by-year").records if (cell := row["clusterLabel"])]
    pairs = list(zip(map(sort_key, by_cluster), years, strict=True))
    assert pairs == sorted(pairs)


def test_falling_order_is_kept(kg: KnowledgeGraph) -> None:
    counts = [int(cell.value) for row in kg.ask("top-movements").records if (cell := row["editions"])]
    assert counts == sorted(counts, reverse=True)


# Over HTTP and from the command line.


def get(server: Server, path: str, accept: str = "application/json", **headers: str) -> tuple[int, Any, Any]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    try:
        connection.request("GET", path, headers={"Accept": accept, **headers})
        response = connection.getresponse()
        body = response.read()
        kind = response.headers.get_content_type()
        return response.status, response.headers, json.loads(body) if kind.endswith("json") else body.decode()
    finally:
        connection.close()


def test_json(server: Server) -> None:
    status, headers, found = get(server, "/search?" + urlencode({"q": "Ninh Bình", "kind": "province", "limit": 2}))
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["X-Graph-Version"] == "1"
    assert found["query"] == "Ninh Bình"
    assert [(each["id"], each["start"], each["end"]) for each in found["results"]] == [
        ("province/ninh-binh-2025", "2025-07-01", None),
        ("province/ninh-binh", None, "2025-06-30"),
    ]
    assert found["results"][0] | {"score": 0} == {
        "id": "province/ninh-binh-2025",
        "iri": ID + "province/ninh-binh-2025",
        "kind": "province",
        "label": "Ninh Bình",
        "start": "2025-07-01",
        "end": None,
        "how": "exact",
        "spelling": "Ninh Bình",
        "marks": "same",
        "score": 0,
        "about": None,
        "about_en": None,
        "seen": None,
    }
    assert found["total"] > 0 and found["complete"] is True
    again = get(server, "/search?" + urlencode({"q": "Ninh Bình", "kind": "province", "limit": 2}), **{
        "If-None-Match": headers["ETag"]
    })  # fmt: skip
    assert again[0] == 304


def every(server: Server, **asked: Any) -> list[dict[str, Any]]:
    """All pages of what is found, by the addresses that they give."""
    status, _, found = get(server, "/search?" + urlencode(asked))
    assert status == 200
    results = found["results"]
    while found["next"]:
        found = get(server, found["next"])[2]
        results += found["results"]
    assert len(results) == found["total"] == len({each["id"] for each in results})
    return list(results)


@pytest.mark.parametrize("text", ["nguyen", "ninh binh", "thai bnh", "chu tich"])
def test_what_is_cut_says_so_and_goes_on(server: Server, text: str) -> None:
    first = get(server, "/search?" + urlencode({"q": text, "limit": 5}))[2]
    assert first["total"] > len(first["results"]) == 5 and first["pages"] == -(-first["total"] // 5) and first["next"]
    found = every(server, q=text, limit=7)
    assert [each["id"] for each in found[:5]] == [each["id"] for each in first["results"]]
    assert [each["id"] for each in found] == [each["id"] for each in every(server, q=text, limit=50)]
    beyond = get(server, "/search?" + urlencode({"q": text, "page": 900}))[2]
    assert (beyond["results"], beyond["next"], beyond["total"]) == ([], None, first["total"])


def test_more_than_the_index_tells_at_once_is_told_to_be_more(server: Server) -> None:
    found = get(server, "/search?q=a")[2]
    assert found["complete"] is False
    for lang, words in (("vi", "trên hơn "), ("en", "of more than ")):
        assert f"{words}{found['total']}." in text_of(get(server, f"/search?q=a&lang={lang}", "text/html")[2])


@pytest.mark.parametrize(("lang", "words"), [("vi", "Kết quả 1–20 trên"), ("en", "Results 1–20 of")])
@pytest.mark.parametrize("text", ["nguyen", "a", "ubnd"])
def test_a_kind_has_as_many_as_it_says(server: Server, text: str, lang: str, words: str) -> None:
    page = get(server, f"/search?q={text}&lang={lang}", "text/html")[2]
    total = get(server, f"/search?q={text}")[2]
    assert words in text_of(page)
    facets = re.findall(r'<li><a href="([^"]+)">[^<]+</a> <span class="note">(\d+)</span>', page)
    assert len(facets) > 3
    for href, count in facets:
        narrowed = get(server, unescape(href))[2]
        assert narrowed["total"] == int(count) and narrowed["complete"], href
        alone = get(server, unescape(href), "text/html")[2]
        assert 'class="chosen"' in alone and f"lang={lang}" in href
    if total["complete"]:
        assert sum(int(count) for _, count in facets) == total["total"]


def test_a_page_turns(server: Server) -> None:
    page = get(server, "/search?q=nguyen&lang=en", "text/html")[2]
    following = unescape(re.findall(r'rel="next" href="([^"]+)"', page)[0])
    second = get(server, following, "text/html")[2]
    assert "Results 21–40 of" in text_of(second) and 'start="21"' in second
    assert unescape(re.findall(r'rel="prev" href="([^"]+)"', second)[0]).endswith("q=nguyen&lang=en&page=1")
    assert not set(re.findall(r"<h2[^>]*><a href=\"([^\"]+)", page)) & set(
        re.findall(r"<h2[^>]*><a href=\"([^\"]+)", second)
    )


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page.partition("<main")[2])).split())


SON = {
    "vi": ("Chủ tịch UBND tỉnh Hà Giang · thấy 29/9/2020", "Chủ tịch UBND tỉnh Tuyên Quang · thấy 9/4/2024"),
    "en": ("Chair of the provincial People's Committee, Ha Giang · seen September 29, 2020",
           "Chair of the provincial People's Committee, Tuyen Quang · seen April 9, 2024"),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_namesakes_are_told_apart_by_their_newest_post(server: Server, lang: str) -> None:
    for path in (
        "/search?q=nguyen+van+son&",
        "/id/person/nguyen-van-son?",
        "/questions/posts-of-person?person=nguyen+van+son&",
    ):
        page = text_of(get(server, f"{path}lang={lang}", "text/html")[2])
        assert all(told in page for told in SON[lang]), path
    ((first, second),) = [get(server, "/search?q=nguyen+van+son")[2]["results"]]
    assert (first["label"], first["seen"]) != (second["label"], second["seen"])


def test_no_two_things_look_alike(store: Path) -> None:
    lines = [(name.kind, name.label, name.start, name.end, name.about, name.seen)
             for name, _ in names_of(QuadStore.read_only(store / "current/rocksdb"))]  # fmt: skip
    assert [line for line, times in Counter(lines).items() if times > 1] == []


def test_a_write_changes_what_tells_people_apart(files: ProjectFiles, store: Path, tmp_path: Path) -> None:
    """A holding that is seen later; a post that is called otherwise; a holding that is withdrawn."""
    mine = copied(store, tmp_path / "store")
    writer, quads = Writer(mine, files), QuadStore.read_only(mine / "current/rocksdb")
    person = f"{ID}person/nguyen-van-son_ha-giang"
    TD, ORG, SKOS = (PREFIXES[each] for each in ("td", "org", "skos"))
    (row,) = quads.select(
        f"""SELECT ?g ?h ?p {{ GRAPH ?g {{ ?h <{ORG}member> <{person}> ; <{TD}post> ?p ; <{TD}attestedOn> ?day }}
          FILTER(STRENDS(STR(?p), "chu-tich-ubnd-tinh_ha-giang") && STRSTARTS(STR(?g), "{GRAPH}")) }}"""
    )
    graph, holding, post = (row[each].value for each in ("g", "h", "p"))  # type: ignore[union-attr]

    def told() -> tuple[str, str]:
        index = KnowledgeGraph.open(mine).current().names
        anew = tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
        write_names(anew, names_of(QuadStore.read_only(mine / "current/rocksdb")))
        found = index.by_iri(person)
        assert found and found == NameIndex(anew).by_iri(person)
        return found.about, found.seen

    def change(text: str) -> None:
        writer.write(Write("update", text=text))

    assert told() == ("Chủ tịch UBND tỉnh Hà Giang", "2020-09-29")
    xsd = "http://www.w3.org/2001/XMLSchema#date"
    change(f'INSERT DATA {{ GRAPH <{graph}> {{ <{holding}> <{TD}attestedOn> "2020-10-01"^^<{xsd}> }} }}')
    assert told() == ("Chủ tịch UBND tỉnh Hà Giang", "2020-10-01")
    old = f'<{post}> <{SKOS}prefLabel> ?old FILTER(LANG(?old) = "vi")'
    new = f'<{post}> <{SKOS}prefLabel> "Chủ tịch tỉnh Hà Giang"@vi'
    change(
        f"DELETE {{ GRAPH ?g {{ <{post}> <{SKOS}prefLabel> ?old }} }} INSERT {{ GRAPH ?g {{ {new} }} }} "
        f"WHERE {{ GRAPH ?g {{ {old} }} }}"
    )
    assert told() == ("Chủ tịch tỉnh Hà Giang", "2020-10-01")


@pytest.mark.parametrize(
    ("text", "never", "still"),
    [
        ("Nghị quyết T.Ư 4 (khóa XI)", "khóa XII", ""),
        ("Nghị quyết Trung ương 4 khóa XI", "khóa XII", ""),
        ("Nghị quyết Trung ương 4 khóa XII", "", "khóa XII"),
        ("Nghị quyết Trung ương 4 kh", "", "khóa XII"),
        ("Nghị quyết Trung ương 5 khóa XII", "Trung ương 4 khóa XII", ""),
        ("Nghị định 98/202", "98/2023", ""),
        ("98/2023", "", "98/2023"),
    ],
)
def test_a_number_is_that_number_and_not_the_beginning_of_another(
    server: Server, text: str, never: str, still: str
) -> None:
    found = [f"{each['label']} {each['spelling']}" for each in every(server, q=text, limit=50)]
    assert not never or not any(never in each for each in found)
    assert not still or any(still in each for each in found)


def test_several_kinds_and_a_day(server: Server) -> None:
    found = get(server, "/search?q=ninh+binh&kind=province,body&on=2024-03-13")[2]["results"]
    assert {each["kind"] for each in found} == {"province", "body"}
    assert "province/ninh-binh-2025" not in [each["id"] for each in found]


@pytest.mark.parametrize(
    "query",
    ["", "?q=x&kind=nothing", "?q=x&limit=many", "?q=x&limit=51", "?q=x&page=0", "?q=x&page=two", "?q=x&on=soon"],
)
def test_a_request_that_makes_no_sense_is_a_problem(server: Server, query: str) -> None:
    status, headers, problem = get(server, "/search" + query)
    assert (status, headers.get_content_type(), problem["code"]) == (400, "application/problem+json", "bad-input")


def test_a_thousand_characters_are_refused_at_once(server: Server) -> None:
    started = time.monotonic()
    status, _, problem = get(server, "/search?" + urlencode({"q": "nguyen " * 143}))
    assert (status, problem["code"]) == (400, "bad-input")
    assert time.monotonic() - started < 5
    status, _, page = get(server, "/search?" + urlencode({"q": "nguyen " * 143}), "text/html")
    assert status == 400
    assert "bad-input" in page


@pytest.mark.parametrize(("lang", "words"), [("vi", ("Tìm theo tên", "đến")), ("en", ("Search by name", "until"))])
def test_the_page(server: Server, lang: str, words: tuple[str, str]) -> None:
    status, headers, page = get(server, f"/search?q=ninh+binh&kind=province&lang={lang}", "text/html")
    assert status == 200
    assert headers["Content-Language"] == lang
    assert all(word in page for word in words)
    assert page.count("<h2") >= 2
    assert "2025-06-30" in page
    empty = get(server, f"/search?lang={lang}", "text/html")[2]
    assert "<form" in empty
    assert "<h2" not in empty
    assert "&lt;script&gt;" in get(server, "/search?q=%3Cscript%3E", "text/html")[2]


def test_the_command(store: Path) -> None:
    done = thidua("search", "ninh binh", "--kind", "province", "--on", "2024", "--format", "json", store=store)
    assert done.returncode == 0, done.stderr
    assert [each["id"] for each in json.loads(done.stdout)] == ["province/ninh-binh"]
    done = thidua("search", "Thai Bnh", "--format", "table", store=store)
    assert "province/thai-binh" in done.stdout
    assert "fuzzy" in done.stdout
    assert thidua("search", "x", "--on", "soon", store=store).returncode == 2
    done = thidua("search", "nguyen", "--limit", "3", "--format", "table", store=store)
    assert "3 of " in done.stdout and "--page 2 shows more" in done.stdout
    cut = thidua("search", "nguyen", "--limit", "3", "--page", "2", "--format", "json", store=store)
    assert len(json.loads(cut.stdout)) == 3 and "3 of " in cut.stderr and "--page 3 shows more" in cut.stderr
    whole = thidua("search", "ninh binh", "--kind", "province", "--on", "2024", "--format", "json", store=store)
    assert "found" not in whole.stderr


def test_every_kind_has_words_in_both_languages() -> None:
    from thidua.names.search import LABELS

    assert set(LABELS) == set(KINDS)
    assert all(set(words) == {"vi", "en"} for words in LABELS.values())
