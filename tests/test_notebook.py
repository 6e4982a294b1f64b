"""The graph in a notebook: here and behind a service the same, with real types, and figures that can be drawn."""

import datetime
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
import rdflib
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text

import thidua
from tests.support.paths import ROOT
from tests.support.service import Server, running
from tests.support.stores import copied
from thidua.base.errors import (
    KnowledgeGraphError,
    NotFoundError,
    ParameterError,
    QueryRefusedError,
    QuerySyntaxError,
    RemoteError,
    StoreError,
)
from thidua.base.files import ProjectFiles
from thidua.base.text import sort_key
from thidua.notebook import Graph, Hint
from thidua.notebook.figures import ALARM, Picture, colour_of
from thidua.views.outlines import outlines
from thidua.write.request import Write
from thidua.write.transaction import Writer

NICKNAMED = """PREFIX province: <https://w3id.org/thidua/id/province/>
INSERT DATA { GRAPH <https://w3id.org/thidua/graph/provinces> {
  province:thai-binh <http://www.w3.org/2004/02/skos/core#altLabel> "Quê lúa"@vi } }"""
THAI_BINH = rdflib.URIRef("https://w3id.org/thidua/id/province/thai-binh")


@pytest.fixture(scope="module")
def here(store: Path) -> Graph:
    return thidua.open(store)


@pytest.fixture(scope="module")
def there(server: Server) -> Graph:
    return thidua.connect(server.url)


@pytest.fixture(params=["here", "there"])
def kg(request: pytest.FixtureRequest) -> Graph:
    graph: Graph = request.getfixturevalue(request.param)
    return graph


def test_both_give_the_same(here: Graph, there: Graph) -> None:
    for ask in (
        lambda kg: kg.ask("who-led", cluster="đồng bằng sông hồng"),
        lambda kg: kg.ask("who-led", year=2023, evidence=True),
        lambda kg: kg.ask("statistics"),
        lambda kg: kg.query("SELECT * { ?e td:headedBy ?unit ; td:year ?year } ORDER BY ?e ?unit"),
        lambda kg: kg.describe("province:thai-binh"),
        lambda kg: kg.search("thai binh"),
        lambda kg: kg.versions(),
        lambda kg: kg.questions(),
    ):
        pd.testing.assert_frame_equal(ask(here), ask(there))


def test_every_question_is_a_frame(here: Graph) -> None:
    from thidua.base.files import ProjectFiles
    from thidua.questions.catalogue import read_catalogue

    for name, question in read_catalogue(ProjectFiles.find(ROOT).questions).items():
        example = {parameter.name: parameter.example for parameter in question.parameters}
        answer = here.ask(name, **example)
        assert list(answer.columns) == [column.name for column in question.columns]
        assert answer.attrs["question"] == name and answer.attrs["version"] == str(here.version)


def test_types_are_real_and_missing_stays_missing(kg: Graph) -> None:
    awards = kg.ask("awards", cluster="dong-bang-song-hong")
    assert str(awards["year"].dtype) == "Int64" and str(awards["total"].dtype) == "Int64"
    assert awards["total"].sum() == 76 + 98 + 267 + 18
    assert awards["households"].isna().all()
    led = kg.ask("who-led", cluster="dong-bang-song-hong")
    assert str(led["confidence"].dtype) == "Float64" and led["confidence"].between(0, 1).all()
    assert set(led["support"]) == {"implied", "stated"} and led["basis"].isna().any()
    assert led["official"].isna().any() and not (led["official"] == "").any()
    mergers = kg.ask("mergers")
    assert pd.api.types.is_datetime64_any_dtype(mergers["date"])
    # What nobody answers has the same types.
    with pytest.warns(Hint, match="Version 1 has no answer for 1999; the same question has one for"):
        nothing = kg.ask("who-led", cluster="dong-bang-song-hong", year=1999)
    assert nothing.empty and str(nothing["year"].dtype) == "Int64"


def test_a_join_by_qid_doubles_nothing_without_a_word(kg: Graph) -> None:
    """The block of docs/notebooks.md, and what a join without it does."""
    text = (ROOT / "docs/notebooks.md").read_text(encoding="utf-8")
    (block,) = [each for each in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if '"identifiers"' in each]
    frame = pd.DataFrame({"qid": ["Q36900", "Q10841571"], "mine": [1, 2]})
    names = {"kg": kg, "frame": frame}
    exec(block, names)
    assert list(names["joined"]["thingLabel"].astype(str)) == ["Đặng Thị Ngọc Thịnh"]
    both = frame.merge(names["ours"], left_on="qid", right_on="identifier")
    assert list(both["shared"]) == [1, 1, 0]  # Ninh Bình twice, and it says so


def test_names_sort_as_vietnamese_does(kg: Graph) -> None:
    units = kg.ask("provinces-on", on="2025-12-31", categories=True)["provinceLabel"].sort_values().astype(str).tolist()
    assert units.index("Cao Bằng") < units.index("Cần Thơ") < units.index("Đà Nẵng") < units.index("Gia Lai")
    assert units[-1] == "Vĩnh Long"


def test_texts_are_plain_unless_categories_are_asked_for(kg: Graph) -> None:
    led = kg.ask("who-led", cluster="dong-bang-song-hong")
    assert {str(led[name].dtype) for name in ("province", "provinceLabel", "role", "officialLabel")} == {"string"}
    assert (led["clusterLabel"] + " x").str.endswith(" x").all()
    assert (led["officialLabel"].fillna("?") == "?").any()
    assert "Ninh Binh" in set(led["provinceLabel"].replace("Ninh Bình", "Ninh Binh"))
    assert str(kg.in_words(led)["support"].dtype) == "string"
    asked = kg.ask("who-led", cluster="dong-bang-song-hong", categories=True)
    assert asked["role"].cat.categories.tolist() == ["deputy", "head"] and asked["provinceLabel"].cat.ordered
    rows = kg.query('SELECT ?nLabel { province:thai-binh skos:prefLabel ?nLabel FILTER(LANG(?nLabel) = "vi") }')
    assert (rows["nLabel"] + "!").tolist() == ["Thái Bình!"]


def test_queries_of_every_form(kg: Graph) -> None:
    rows = kg.query('SELECT ?n { province:thai-binh skos:prefLabel ?n FILTER(LANG(?n) = "vi") }')
    assert rows["n"].tolist() == ["Thái Bình"]
    assert kg.query("ASK { province:thai-binh a td:Province }") is True
    graph = kg.query("CONSTRUCT WHERE { province:thai-binh skos:prefLabel ?n }")
    assert (THAI_BINH, None, rdflib.Literal("Thái Bình", "vi")) in graph
    own = kg.query("PREFIX td: <http://example.org/> ASK { ?s td:none ?o }")
    assert own is False


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda kg: kg.ask("who-leds"), NotFoundError, "did you mean who-led"),
        (lambda kg: kg.ask("who-led", cluster="zzz"), ParameterError, "No cluster"),
        (lambda kg: kg.ask("who-led", year="MMXXIII"), ParameterError, "four digits"),
        (lambda kg: kg.ask("who-led", colour="red"), ParameterError, "it takes: cluster"),
        (lambda kg: kg.ask("province-today", province="ninh binh"), ParameterError, "ninh-binh-2025"),
        (lambda kg: kg.query("SELECT * {\n  ?s ?p }"), QuerySyntaxError, "Line 2"),
        (lambda kg: kg.query("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"), QueryRefusedError, "SERVICE"),
        (lambda kg: kg.describe("thai binh"), ParameterError, "kg.search"),
        (lambda kg: kg.describe("> } DROP ALL"), ParameterError, "no IRI"),
        (lambda kg: kg.at(99), NotFoundError, "no version 99"),
        (lambda kg: kg.at("2000-01-01"), NotFoundError, "as old as 2000-01-01"),
        (lambda kg: kg.at("last month"), ParameterError, "a day such as 2026-11-30"),
        (lambda kg: kg.at(True), ParameterError, "neither"),
        (lambda kg: kg.ask("who-led", province=""), ParameterError, "`province` is empty"),
        (lambda kg: kg.ask("who-led", province=pd.NA), ParameterError, "`province` is empty"),
        (lambda kg: kg.ask("who-led", year=[2023, 2024]), ParameterError, "takes one value"),
        (lambda kg: kg.describe("province:xyz"), NotFoundError, "Nothing is said"),
        (lambda kg: kg.coverage(years=(2025, 2015)), ParameterError, r"\(2015, 2025\)"),
        (lambda kg: kg.reconcile("Hà Nội", "province"), ParameterError, r"\['Hà Nội'\]"),
        (lambda kg: kg.reconcile(pd.DataFrame({"a": ["Huế"]}), "province"), ParameterError, "one column"),
        (lambda kg: kg.reconcile(["Huế"], "province", on="2025-13-45"), ParameterError, "2024-03-13"),
        (lambda kg: kg.reconcile(["Huế", "Vinh"], "province", on=["2025"]), ParameterError, "1 days for 2 names"),
        (lambda kg: kg.plot.timeline(lang="fr"), ParameterError, "vi and en"),
        (lambda kg: kg.plot.timeline(years=1990), ParameterError, "Sources speak of"),
        (lambda kg: kg.plot.timeline(save="who.docx"), ParameterError, ".pdf, .png, .svg"),
        (lambda kg: kg.plot.map(3000), ParameterError, "not 3000"),
        (lambda kg: kg.plot.map(2024, on="2024-02-30"), ParameterError, "a day such as"),
    ],
)
def test_errors_say_what_to_do(kg: Graph, ask: object, error: type[KnowledgeGraphError], says: str) -> None:
    with pytest.raises(error, match=says):
        ask(kg)  # type: ignore[operator]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://127.0.0.1", "127.0.0.1:8000", ""])
def test_nobody_there(url: str) -> None:
    with pytest.raises((RemoteError, ParameterError)):
        thidua.connect(url)


def test_something_else_there(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    with running(folder, "--plain", str(folder)) as service:
        kg = thidua.connect(service.url)
        assert kg.query("ASK {}") is True
        with pytest.raises(NotFoundError):
            kg.ask("who-led")
        with pytest.raises(RemoteError):
            thidua.connect(service.url + "/sparql")


def test_a_version_stays(kg: Graph) -> None:
    pinned = kg.at(kg.version)
    assert pinned.ask("who-led", year=2023).attrs["version"] == str(kg.version)
    assert len(pinned.graph()) > 20_000 if "in" in repr(pinned).split() else pinned.version == kg.version


def test_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="thidua build"):
        thidua.open(tmp_path)


def test_built_once_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = thidua.open(files=ROOT)
    made = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("version.json")}
    assert len(made) == 1 and first.ask("who-led", year=2023)["province"].notna().all()
    thidua.open(files=ROOT)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("version.json")} == made


def test_rdflib_sees_the_engine(kg: Graph) -> None:
    graph = kg.graph()
    labels = set(graph.objects(THAI_BINH, rdflib.SKOS.prefLabel))
    assert rdflib.Literal("Thái Bình", "vi") in labels
    with pytest.raises(Exception, match=r"(?i)read"):
        graph.add((THAI_BINH, rdflib.SKOS.altLabel, rdflib.Literal("x")))
        graph.commit()


def test_search(kg: Graph) -> None:
    found = kg.search("ninh binh", kind="province", limit=2)
    assert set(found["iri"].str.rpartition("/")[2]) == {"ninh-binh", "ninh-binh-2025"}
    assert kg.search("xyzzy").empty


def test_a_column_of_names(kg: Graph) -> None:
    typed = pd.Series(["Tỉnh Thái Bình", "TP. Hồ Chí Minh", None, "atlantis", "ninh bình"], index=list("abcde"))
    found = kg.reconcile(typed, "province", on="2024-01-01")
    assert found.index.tolist() == list("abcde")
    assert found["match"].tolist() == [True, True, False, False, True]
    locals_ = found["iri"].str.rpartition("/")[2]
    assert locals_[["a", "b", "e"]].tolist() == ["thai-binh", "ho-chi-minh", "ninh-binh"]
    assert found.loc[["c", "d"], "iri"].isna().all()
    days = pd.Series(["2024-01-01", "2025-12-31"])
    both = kg.reconcile(pd.Series(["Ninh Bình", "Ninh Bình"]), "province", on=days)
    assert both["iri"].str.rpartition("/")[2].tolist() == ["ninh-binh", "ninh-binh-2025"]
    assert not kg.reconcile(["Ninh Bình"], "province")["match"].any()
    with pytest.raises(ParameterError, match="no kind"):
        kg.reconcile(["x"], "planet")


def test_a_name_in_doubt_says_why_and_what_it_may_be(kg: Graph) -> None:
    """Each of these was False without a word: two units of one name in a year, one that had ended, none at all."""
    typed = ["Ninh Bình", "Bắc Kạn", "atlantis", "Thái Bình", "Thai Binhh"]
    found = kg.reconcile(typed, "province", on=["2025", "2025-12-31", "2025", "2024", "2024"])
    both, ended, none, one, near = found["reason"].tolist()
    assert both == "2 things are called so in 2025; give a day, or choose by the id"
    assert ended == "it did not exist on 2025-12-31"
    assert none == "nothing is called so"
    assert (pd.isna(one), near) == (True, "it is spelled otherwise")
    assert set(found["candidates"][0].split(", ")[:2]) == {"province:ninh-binh", "province:ninh-binh-2025"}
    assert pd.isna(found["candidates"][2])


def texts(figure: Picture) -> list[str]:
    """All that stands in a picture."""
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().strip()]


def in_sight(figure: Picture) -> None:
    """Every text is whole, large enough for paper, and under no other."""
    FigureCanvasAgg(figure).draw()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    page = figure.bbox.padded(4)
    shown = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    boxes = [(text.get_text(), Text.get_window_extent(text, renderer).padded(-1)) for text in shown]
    assert all(text.get_fontsize() >= 7 for text in shown)
    for text, box in boxes:
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, text
    for (text, box), (other, beside) in combinations(boxes, 2):
        assert not box.overlaps(beside), (text, other)


class TestFigures:
    @pytest.mark.parametrize("lang", ["vi", "en"])
    def test_timeline(self, kg: Graph, lang: str) -> None:
        figure = kg.plot.timeline(lang=lang)
        axes, written = figure.axes[0], texts(figure)
        assert "★ Thái Bình" in written and any(text.startswith("☆ Hưng Yên") for text in written)
        years = [tick.get_text() for tick in axes.get_xticklabels()]
        assert years == [str(year) for year in range(2015, int(years[-1]) + 1)]
        assert len(axes.get_yticklabels()) == 9
        assert any("21" in text and "99" in text for text in written)
        in_sight(figure)

    def test_a_timeline_tells_what_is_not_known_from_silence(self, here: Graph) -> None:
        figure, grid = here.plot.timeline(years=(2006, 2025)), here.coverage()
        patches = [each for each in figure.axes[0].patches if isinstance(each, Rectangle)]
        assert sum(bool(each.get_hatch()) for each in patches) == (grid["state"] == "unknown").sum() > 0
        assert texts(figure).count("–") == (grid["state"] == "none").sum() > 0
        framed = [each for each in patches if to_hex(each.get_edgecolor()) == ALARM.lower() and not each.get_hatch()]
        assert len(framed) == (grid["state"] == "disputed").sum() == 2  # Đồng Nai, 2018 or 2019
        assert {each.get_linestyle() for each in framed} == {"--"}
        legend = "\n".join(text.get_text() for text in figure.legends[0].get_texts())
        assert "một văn bản" in legend and "không nêu cụm trưởng" in legend and "nguồn nêu khác nhau" not in legend

    def test_a_cluster_has_one_colour_for_ever(self, here: Graph) -> None:
        """In each picture of each year, and on the service's map."""
        css = (ROOT / "server/thidua_server/static/map.css").read_text(encoding="utf-8")
        served = dict(re.findall(r"\.k(\d+) \{ --fill: (#[0-9a-f]{6})", css))
        of_all = here.coverage(years=2024)[["clusterLabel", "cluster"]].itertuples(index=False)
        clusters = sorted((sort_key(name), iri) for name, iri in of_all)
        for number, (name, iri) in enumerate(clusters, 1):
            assert served[str(number)] == colour_of(iri).lower(), name
        cities = colour_of("thanh-pho-truc-thuoc-trung-uong").lower()
        for year in (2018, 2024):
            legend = here.plot.map(year, lang="en").axes[0].get_legend()
            named = {
                text.get_text(): patch for text, patch in zip(legend.get_texts(), legend.get_patches(), strict=True)
            }
            (swatch,) = [patch for text, patch in named.items() if text.startswith("Centrally-run cities")]
            assert to_hex(swatch.get_facecolor()) == cities
        assert colour_of("some-new-cluster") == colour_of("https://w3id.org/thidua/id/cluster/some-new-cluster")

    @pytest.mark.parametrize(
        ("year", "on", "says"),
        [
            (2024, None, "of 63 units"),
            (2024, "2025-07-01", "of the 63 former units"),
            (2025, None, "of the 63 former units"),
            (2018, "2018-06-01", "of 63 units"),
        ],
    )
    def test_map(self, here: Graph, year: int, on: str | None, says: str) -> None:
        figure = here.plot.map(year, on=on, lang="en")
        written = texts(figure)
        assert any(says in text for text in written) and any(str(year) in text for text in written)
        assert any("Hoàng Sa" in text for text in written) and any("Trường Sa" in text for text in written)
        if year == 2024:  # whatever the borders, the units of the time keep their stars
            assert {"★ Nam Định", "★ Lào Cai", "☆ Hải Dương"} <= set(written)
        in_sight(figure)

    def test_what_leads_a_cluster_is_not_left_grey(self, here: Graph) -> None:
        """No list of 2018 has Hà Nam, which led the Red River Delta then."""
        legend = here.plot.map(2018, lang="en").axes[0].get_legend()
        written = [text.get_text() for text in legend.get_texts()]
        assert "Red River Delta\n  ★ Hà Nam" in written and any("paler" in text for text in written)
        assert any(text.startswith("no source gives") for text in written)  # and the hatching is explained

    def test_network(self, kg: Graph) -> None:
        figure = kg.plot.network("dong-bang-song-hong", lang="en")
        written = texts(figure)
        assert "Thái Bình\n★ 2023" in written and "Nguyễn Khắc\nThận" in written
        assert "Hải Dương\n★ 2019\n☆ 2024" in written and "Hưng Yên\n☆ 2019" in written
        in_sight(figure)

    def test_what_cannot_be_drawn(self, kg: Graph) -> None:
        with pytest.raises(ParameterError, match="who led"):
            kg.plot.network("tay-nguyen")

    @pytest.mark.parametrize("suffix", ["pdf", "png", "svg"])
    def test_a_picture_is_saved(self, here: Graph, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"timeline.{suffix}"
        here.plot.timeline(years=2024, save=path)
        assert {"pdf": b"%PDF", "png": b"\x89PNG", "svg": b"<?xml"}[suffix] == path.read_bytes()[:5].rstrip(b"-\r")
        with pytest.raises(ParameterError, match="cannot be written"):
            here.plot.timeline(years=2024, save=tmp_path / "nowhere" / "timeline.png")


def test_years_as_analysts_write_them(kg: Graph) -> None:
    for years in ((2018, 2019), range(2018, 2020), "2018-2019", " 2018 – 2019 "):
        found = kg.coverage("dong-bang-song-hong", years)  # type: ignore[arg-type]
        assert found["year"].tolist() == [2018, 2019] and set(found["state"]) == {"certain", "possible"}
    assert len(kg.coverage(years=2024)) == 9
    assert kg.ask("who-led", year=range(2018, 2020), cluster="dong-bang-song-hong")["year"].nunique() == 2


def test_two_versions_compared(store: Path, tmp_path: Path) -> None:
    copy = copied(store, tmp_path / "store")
    Writer(copy, ProjectFiles.find(ROOT)).write(Write("update", text=NICKNAMED))
    here = thidua.open(copy)
    assert here.version == 2
    with running(copy) as service:
        for kg in (here, thidua.connect(service.url), here.at(1)):
            found = kg.diff(1, 2)
            assert list(found.columns) == ["what", "iri", "label", "property", "before", "after", "graph"]
            (row,) = found.to_dict("records")
            assert (row["what"], row["property"], row["after"]) == ("changed", "skos:altLabel", "Quê lúa@vi")
            assert (row["label"], row["graph"]) == ("Thái Bình", "graph:provinces")
            assert pd.isna(row["before"]) and found.attrs["from"] == 1
        assert kg.diff(2, 1)["before"].tolist() == ["Quê lúa@vi"]
        assert thidua.connect(service.url).diff(2).empty
        today = str(here.versions()["time"].iloc[-1])[:10]
        assert here.at(today).version == 2 and thidua.connect(service.url).at(today).version == 2
        assert here.at(datetime.date.fromisoformat(today)).version == 2


@pytest.mark.parametrize(("hidden", "tries"), [("pandas", "thidua.open()"), ("matplotlib", "thidua.open(STORE).plot"),
                                               ("IPython", "thidua.load_ipython_extension(None)")])  # fmt: skip
def test_who_lacks_a_library_is_told_what_to_install(store: Path, hidden: str, tries: str) -> None:
    code = f"import sys; sys.modules[{hidden!r}] = None; import thidua; STORE = {str(store)!r}; {tries}"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    last = ran.stderr.strip().splitlines()[-1]
    assert f"needs {hidden}" in last and "pip install '.[notebook]'" in last


def test_every_unit_before_the_merger_has_an_outline(here: Graph) -> None:
    drawn = outlines(ROOT / "data/borders/vietnam.svg")
    assert set(drawn) == set(here.ask("provinces-on", on="2025-06-30")["province"])
    assert all(len(ring) > 2 for rings in drawn.values() for ring in rings)


def test_the_cell_magic(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from thidua.notebook import magic

    shown: list[str] = []
    monkeypatch.setattr(magic, "display", lambda thing: shown.append(thing.data))
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "thidua")
    shell.push({"kg": thidua.open(store)})
    query = "SELECT ?unit ?missing { ?e td:headedBy ?unit OPTIONAL { ?e td:none ?missing } } ORDER BY ?unit LIMIT 3"
    shell.run_cell_magic("sparql", "-o units", query)
    assert ">province:" in shown[0] and "3 rows" in shown[0] and "nan" not in shown[0].lower()
    assert len(shell.user_ns["units"]) == 3
    shell.run_cell_magic("sparql", "", 'SELECT ("<script>" AS ?text) {}')
    assert "&lt;script&gt;" in shown[1]
    assert shell.run_cell_magic("sparql", "kg", "ASK {}") is True
    with pytest.raises(UsageError, match="nobody is no graph"):
        shell.run_cell_magic("sparql", "nobody", "ASK {}")
    with pytest.raises(UsageError, match="Line 1"):
        shell.run_cell_magic("sparql", "", "ASK {")
