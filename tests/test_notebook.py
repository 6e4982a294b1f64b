"""The graph in a notebook: here and behind a service the same, with real types, and figures that can be drawn."""

import re
from pathlib import Path

import pandas as pd
import pytest
import rdflib
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import thidua
from tests.support.paths import ROOT
from tests.support.service import Server, running
from thidua.base.errors import (
    KnowledgeGraphError,
    NotFoundError,
    ParameterError,
    QueryRefusedError,
    QuerySyntaxError,
    RemoteError,
    StoreError,
)
from thidua.notebook import Graph
from thidua.views.outlines import outlines

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
    assert led["support"].cat.categories.tolist() == ["implied", "stated"] and led["basis"].isna().any()
    assert led["role"].cat.categories.tolist() == ["deputy", "head"]
    assert led["official"].isna().any() and not (led["official"] == "").any()
    mergers = kg.ask("mergers")
    assert pd.api.types.is_datetime64_any_dtype(mergers["date"])
    # What nobody answers has the same types.
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
    units = kg.ask("provinces-on", on="2025-12-31")["provinceLabel"].sort_values().astype(str).tolist()
    assert units.index("Cao Bằng") < units.index("Cần Thơ") < units.index("Đà Nẵng") < units.index("Gia Lai")
    assert units[-1] == "Vĩnh Long"


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
        (lambda kg: kg.plot.timeline(lang="fr"), ParameterError, "vi and en"),
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


class TestFigures:
    @pytest.mark.parametrize("lang", ["vi", "en"])
    def test_timeline(self, kg: Graph, lang: str) -> None:
        figure = kg.plot.timeline(lang=lang)
        axes = figure.axes[0]
        written = [text.get_text() for text in axes.texts]
        assert "Thái Bình" in written and any("Hải Dương" in text for text in written)
        years = [tick.get_text() for tick in axes.get_xticklabels()]
        assert years == [str(year) for year in range(int(years[0]), int(years[-1]) + 1)] and "2023" in years
        assert len(axes.get_yticklabels()) == 9

    @pytest.mark.parametrize(("year", "on", "units"), [(2024, None, 63), (2025, "2025-07-01", 34), (2026, None, 34)])
    def test_map(self, here: Graph, year: int, on: str | None, units: int) -> None:
        axes = here.plot.map(year, on=on).axes[0]
        assert len(axes.collections) == 2 * units  # a fill and a border each
        if year == 2024:
            assert "★ Nam Định" in [text.get_text() for text in axes.texts]

    def test_network(self, kg: Graph) -> None:
        written = [text.get_text() for text in kg.plot.network("dong-bang-song-hong", lang="en").axes[0].texts]
        assert "Thái Bình\n2023" in written and "Nguyễn Khắc\nThận" in written

    def test_what_cannot_be_drawn(self, kg: Graph) -> None:
        with pytest.raises(ParameterError, match="who led"):
            kg.plot.network("tay-nguyen")


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
