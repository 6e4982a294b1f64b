"""`thidua export`: what was taken elsewhere is read back by other people's tools, and is what the graph says."""

import csv
import datetime
import json
import resource
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import frictionless
import networkx
import pandas
import pyarrow.parquet
import pytest
import rdflib
from rdflib.namespace import RDF, RDFS, SKOS

from tests.support.http import call
from tests.support.service import running
from thidua.base.terms import BASE, PREFIXES, TD
from thidua.building.plain import start_plain
from thidua.exchange.export import export, format_of
from thidua.graph import KnowledgeGraph
from thidua.rdf.quads import QuadStore
from thidua.versions.publish import digest
from thidua.versions.store import combined, read_digests

Rows = dict[str, list[dict[str, str]]]
LANGUAGES = tuple(PREFIXES[name] for name in ("owl", "rdf", "rdfs"))

#: What the project's own data does not have: mixed datatypes, several languages, blank nodes, odd names, odd texts.
ODD = """
@prefix x: <http://example.org/odd/> . @prefix X: <http://example.org/other#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix td: <https://w3id.org/thidua/ontology#> .
x:Thing rdfs:subClassOf x:Any .
x:a a x:Thing , x:Any ; x:mixed 1 , "one" , x:b ; x:when "2024-02-29T01:02:03Z"^^xsd:dateTime ; x:is true ;
  x:name "tên"@vi , "name"@en , "nom"@fr ; x:says "một"@vi , "hai"@vi , "=1+1" ; x:near x:b ; x:iri "literal" ;
  X:near x:b ; x:text "a,\\"b\\"\\nc\\r" .
x:b a x:thing ; x:ratio 0.1 , 12.50 ; x:count 9007199254740993 ; x:huge 123456789012345678901234567890 ;
  x:part [ a x:Thing ; x:is false ] .
x:c td:year 2020 .
"""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    (folder / "odd.ttl").write_text(ODD, encoding="utf-8")
    start_plain(folder / "store", [folder / "odd.ttl"])
    return folder / "store"


@pytest.fixture(scope="module")
def merged(kg: KnowledgeGraph) -> rdflib.Graph:
    return rdflib.Graph().parse(data=kg.current().graph(None, "application/n-triples").read(), format="nt")


@pytest.fixture(scope="module")
def tables(kg: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("export") / "tables"
    assert export(kg.current(), target, "csv") == [target]
    return target


@pytest.fixture(scope="module")
def database(kg: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("export") / "thidua.sqlite"
    export(kg.current(), target, "sqlite")
    return target


def run(*arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "thidua", "export", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **more)  # type: ignore[call-overload,no-any-return]


def read(folder: Path) -> Rows:
    found = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


def told(rows: Rows) -> set[tuple[str, str, str, str, str]]:
    """The triples that tables tell: thing, property, value as text, datatype, language."""
    facts = set()
    columns = defaultdict(dict)
    for each in rows["dictionary"]:
        columns[each["table"]][each["column"]] = each
    for name, records in rows.items():
        for record in records if name not in ("dictionary", "thing", "thing__graph") else []:
            for column, text in record.items():
                about = columns[name][column]
                if column in ("iri", "datatype", "language") or (not text and column != "value"):
                    continue
                datatype = record.get("datatype") or about["datatype"] or "iri"
                language = record.get("language") or (
                    column.rpartition("_")[2] if datatype.endswith("langString") else ""
                )
                facts.add((record["iri"], about["class_or_property"], text, datatype, language))
    return facts


def stated(graph: rdflib.Graph, things: Iterable[str]) -> set[tuple[str, str, str, str, str]]:
    """The same, of the graph itself; numbers as the tables write them."""
    wanted = set(things)
    facts = set()
    for s, p, o in graph:
        if str(s) in wanted:
            if isinstance(o, rdflib.Literal):
                sort = str(o.datatype or (RDF.langString if o.language else rdflib.XSD.string))
                text = str(float(o)) if o.datatype == rdflib.XSD.decimal else str(o)
                facts.add((str(s), str(p), text, sort, o.language or ""))
            else:
                facts.add((str(s), str(p), str(o), "iri", ""))
    return facts


def test_the_package_is_valid_by_its_own_standard(tables: Path) -> None:
    report = frictionless.Package(str(tables / "datapackage.json")).validate()
    assert report.valid, report.flatten(["fieldName", "note", "message"])[:5]
    package = json.loads((tables / "datapackage.json").read_text(encoding="utf-8"))
    assert {each["path"] for each in package["resources"]} == {path.name for path in tables.glob("*.csv")}
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    keys = [key for each in package["resources"] for key in each["schema"].get("foreignKeys", [])]
    assert len(keys) > 100


def test_a_broken_link_between_tables_would_be_found(tables: Path, tmp_path: Path) -> None:
    """The package is valid because its keys hold, not because nobody looks."""
    copy = tmp_path / "tables"
    copy.mkdir()
    for path in tables.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    package = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    (table,) = (each for each in package["resources"] if each["path"] == "Handover.csv")
    linked = {key["reference"]["resource"] for key in table["schema"]["foreignKeys"]}
    package["resources"] = [table, *(each for each in package["resources"] if each["name"] in linked)]
    for other in package["resources"][1:]:
        other["schema"].pop("foreignKeys", None)
    (copy / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    assert frictionless.Package(str(copy / "datapackage.json")).validate().valid
    with (copy / "Handover.csv").open("a", encoding="utf-8") as file:
        file.write(f"{BASE}id/handover/of-nothing" + "," * (len(read(tables)["Handover"][0]) - 1) + "\r\n")
    report = frictionless.Package(str(copy / "datapackage.json")).validate()
    assert {kind for (kind,) in report.flatten(["type"])} == {"foreign-key"}


def test_each_class_has_a_table_and_nothing_is_lost(tables: Path, merged: rdflib.Graph) -> None:
    rows = read(tables)
    things = {row["iri"] for row in rows["thing"]}
    data = {s for s, kind in merged.subject_objects(RDF.type) if not str(kind).startswith(LANGUAGES)}
    assert things == {str(each) for each in data}
    assert told(rows) == stated(merged, things)
    for each in rows["dictionary"]:
        if each["column"] == "iri" and "__" not in each["table"] and each["table"] != "thing":
            kind = rdflib.URIRef(each["class_or_property"])
            narrower = set(merged.subjects(RDFS.subClassOf, kind))
            members = {s for s in merged.subjects(RDF.type, kind) if not narrower & set(merged.objects(s, RDF.type))}
            assert {row["iri"] for row in rows[each["table"]]} == {str(member) for member in members}


def test_the_dictionary_explains_every_column(tables: Path) -> None:
    rows = read(tables)
    explained = {(row["table"], row["column"]) for row in rows["dictionary"]}
    assert explained == {
        (name, column) for name, records in rows.items() if name != "dictionary" for column in records[0]
    }
    (year,) = (row for row in rows["dictionary"] if (row["table"], row["column"]) == ("ClusterEdition", "year"))
    assert (year["class_or_property"], year["label_vi"], year["kind"]) == (TD + "year", "năm", "integer")
    assert year["definition_en"]


def test_counts_are_those_of_sparql(kg: KnowledgeGraph, tables: Path, database: Path) -> None:
    db = sqlite3.connect(database)
    for name, kind in (("Province", "Province"), ("HeadTerm", "HeadTerm"), ("Evidence", "Evidence")):
        (row,) = kg.current().select(f"SELECT (COUNT(*) AS ?n) {{ ?s a <{TD}{kind}> }}")
        count = int(row["n"].value)  # type: ignore[union-attr]
        assert count > 10
        assert len(pandas.read_csv(tables / f"{name}.csv")) == count
        assert db.execute(f"SELECT COUNT(*) FROM {name}").fetchone() == (count,)
    db.close()


def test_parquet_has_the_same_tables_with_types(kg: KnowledgeGraph, tables: Path, tmp_path: Path) -> None:
    export(kg.current(), tmp_path / "parquet", "parquet")
    for path in tables.glob("*.csv"):
        frame = pandas.read_parquet(tmp_path / "parquet" / f"{path.stem}.parquet")
        text = pandas.read_csv(path, dtype=str, keep_default_na=False)
        assert list(frame.columns) == list(text.columns) and len(frame) == len(text)
        # CSV cannot tell an empty text from none; Parquet does.
        assert (frame.notna() == ((text != "") | (frame == ""))).all(axis=None)
    schema = pyarrow.parquet.read_schema(tmp_path / "parquet/ClusterEdition.parquet")
    assert str(schema.field("year").type) == "int64"
    assert schema.field("year").metadata[b"property"].decode() == TD + "year"
    province = pyarrow.parquet.read_table(tmp_path / "parquet/Province.parquet")
    assert str(province.schema.field("schema_latitude").type) == "double"
    assert datetime.date(2025, 7, 1) in province.column("startDate").to_pylist()
    assert "bac" not in province.column("gsoCode").to_pylist() and "24" in province.column("gsoCode").to_pylist()


def test_sqlite_keeps_its_keys_and_explains_itself(database: Path, tables: Path) -> None:
    db = sqlite3.connect(database)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names == {path.stem for path in tables.glob("*.csv")}
    keys = {row[3]: row[2] for row in db.execute("PRAGMA foreign_key_list(HeadTerm)")}
    assert keys["org_member"] == "thing" and keys["inEdition"] == "thing"
    found = db.execute(
        """SELECT thing.label_vi FROM HeadTerm JOIN thing ON thing.iri = org_member
           JOIN ClusterEdition ON ClusterEdition.iri = inEdition
           WHERE year = 2023 AND editionOf LIKE '%/dong-bang-song-hong'"""
    ).fetchall()
    assert found == [("Thái Bình",)]
    plan = " ".join(str(row) for row in db.execute("EXPLAIN QUERY PLAN SELECT * FROM HeadTerm WHERE org_member = ''"))
    assert "USING INDEX" in plan
    metadata = json.loads(database.with_suffix(".metadata.json").read_text(encoding="utf-8"))
    assert set(metadata["databases"]["thidua"]["tables"]) == names
    assert metadata["license"] == "CC BY 4.0"
    columns = metadata["databases"]["thidua"]["tables"]["Province"]["columns"]
    assert set(columns) < {row[1] for row in db.execute("PRAGMA table_info(Province)")}
    db.close()


def test_graphml_is_the_network_of_things(kg: KnowledgeGraph, merged: rdflib.Graph, tmp_path: Path) -> None:
    export(kg.current(), tmp_path / "g.graphml", "graphml")
    network = networkx.read_graphml(tmp_path / "g.graphml", force_multigraph=True)
    things = {str(s) for s, kind in merged.subject_objects(RDF.type) if not str(kind).startswith(LANGUAGES)}
    assert set(network.nodes) == things
    links = sorted((str(s), str(o)) for s, p, o in merged if p != RDF.type and str(s) in things and str(o) in things)
    assert sorted((s, o) for s, o, _ in network.edges) == links
    unit = network.nodes[BASE + "id/province/ninh-binh-2025"]
    assert (unit["class"], unit["label_vi"], unit["gsoCode"], unit["schema_latitude"]) == (
        "Province",
        "Ninh Bình",
        "37",
        20.3122,
    )
    assert network.nodes[BASE + "id/edition/dong-bang-song-hong_2024"]["year"] == 2024
    between = network.get_edge_data(BASE + "id/head/dong-bang-song-hong_2024_nam-dinh", BASE + "id/province/nam-dinh")
    assert {each["property"] for each in between.values()} == {"org:member"}


@pytest.mark.parametrize("name", ["g.trig", "g.nq", "g.trig.gz", "g.nq.gz"])
def test_rdf_dumps_make_the_same_graph_again(store: Path, kg: KnowledgeGraph, tmp_path: Path, name: str) -> None:
    done = run(tmp_path / name, "--store", store)
    assert (done.returncode, done.stdout) == (0, f"wrote {tmp_path / name} (version 1)\n")
    path = tmp_path / name
    if name.endswith(".gz"):
        subprocess.run(["gunzip", str(path)], check=True)
        path = path.with_suffix("")
    start_plain(tmp_path / "again", [path])
    copy = QuadStore.read_only(tmp_path / "again/current/rocksdb")
    assert combined(digest(copy, copy.graphs())) == kg.version.hash
    assert {k: v for k, v in read_digests(tmp_path / "again/current").items() if k} == read_digests(store / "current")


def test_a_dump_served_plainly_answers_the_same(store: Path, kg: KnowledgeGraph, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    export(kg.current(), folder / "all.trig", "trig")
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    with running(tmp_path / "none", "--plain", str(folder)) as service:
        reply = call(service, "/sparql?query=" + query.replace(" ", "%20").replace("?", "%3F"), accept="text/csv")
        assert reply.text.split() == ["n", str(kg.version.triples)]
        assert call(service, "/doc/province/thai-binh.ttl").status == 200


@pytest.mark.parametrize(("name", "form"), [("g.ttl", "turtle"), ("g.nt", "nt")])
def test_single_graph_formats_hold_the_merge(kg: KnowledgeGraph, tmp_path: Path, name: str, form: str) -> None:
    export(kg.current(), tmp_path / name, format_of(tmp_path / name))
    assert len(rdflib.Graph().parse(tmp_path / name, format=form)) == kg.version.triples


def test_odd_data_is_kept_too(odd: Path, tmp_path: Path) -> None:
    snapshot = KnowledgeGraph.open(odd, plain=True).current()
    export(snapshot, tmp_path / "tables", "csv")
    assert frictionless.Package(str(tmp_path / "tables/datapackage.json")).validate().valid
    rows = read(tmp_path / "tables")
    assert {"Thing_2", "thing_3", "untyped"} < set(rows)  # `thing` is the table of all; case tells nothing apart
    graph = rdflib.Graph().parse(data=snapshot.graph(None, "application/n-triples").read(), format="nt")
    named = {row["iri"] for row in rows["thing"]}
    # The two write times and blank nodes each in their own way.
    here = {(s, p, o.replace("+00:00", "Z"), d, lang) for s, p, o, d, lang in told(rows) if s[:2] != "_:" != o[:2]}
    # What a spreadsheet would run has an apostrophe in front, in every CSV of ours.
    there = {
        (s, p, "'=1+1" if o == "=1+1" else o.replace("+00:00", "Z"), d, lang)
        for s, p, o, d, lang in stated(graph, named)
        if not p.endswith("/part")
    }
    assert here == there
    assert ("http://example.org/odd/b", "http://example.org/odd/huge", "123456789012345678901234567890") in {
        fact[:3] for fact in here
    }
    assert ("http://example.org/odd/c", TD + "year", "2020") in {fact[:3] for fact in here}
    assert [row["is"] for row in rows["Thing_2"] if row["iri"].startswith("_:")] == ["false"]
    for name, form in (("o.sqlite", "sqlite"), ("o.graphml", "graphml"), ("parquet", "parquet")):
        export(snapshot, tmp_path / name, form)
    db = sqlite3.connect(tmp_path / "o.sqlite")
    assert db.execute("SELECT COUNT(*) FROM thing").fetchone() == (5,)  # a, b, c, the blank node, and x:Thing itself
    db.close()
    nodes = networkx.read_graphml(tmp_path / "o.graphml", force_multigraph=True).nodes
    assert nodes["http://example.org/odd/a"]["text"] == 'a,"b"\nc\r'
    assert nodes["http://example.org/odd/a"]["is"] is True


def test_nothing_is_overwritten_unasked(store: Path, tmp_path: Path) -> None:
    target = tmp_path / "g.nt"
    target.write_text("mine")
    refused = run(target, "--store", store)
    assert refused.returncode == 2 and "--force" in refused.stderr
    assert target.read_text() == "mine"
    assert run(target, "--store", store, "--force").returncode == 0
    assert target.read_bytes().count(b"\n") > 20_000
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    assert run(folder, "--format", "csv", "--store", store).returncode == 2
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    assert run(folder, "--format", "csv", "--store", store, "--force").returncode == 0
    assert (folder / "datapackage.json").is_file() and not (folder / "mine.txt").exists()
    beside = tmp_path / "x.metadata.json"
    beside.write_text("mine")
    assert run(tmp_path / "x.db", "--store", store).returncode == 2
    assert beside.read_text() == "mine" and not (tmp_path / "x.db").exists()


@pytest.mark.parametrize("name", ["g.nt", "g.sqlite", "g.graphml", "tables"])
def test_when_the_disk_is_full_the_old_stays_and_nothing_lies_about(store: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    options = ["--format", "csv"] if name == "tables" else []
    if name == "tables":
        target.mkdir()
    else:
        target.write_text("mine")
    before = sorted(tmp_path.iterdir())
    failed = run(
        target, *options, "--store", store, "--force",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )  # fmt: skip
    assert failed.returncode == 3, failed.stderr
    assert "cannot be written" in failed.stderr and "Traceback" not in failed.stderr
    assert sorted(tmp_path.iterdir()) == before
    assert target.is_dir() or target.read_text() == "mine"


def test_wrong_use_is_told(store: Path, tmp_path: Path) -> None:
    for arguments, words in (
        ([tmp_path / "tables"], "--format"),
        ([tmp_path / "no/g.nt"], "make it first"),
        ([tmp_path / "g.nt", "--version", 99], "There is no version 99"),
    ):
        done = run(*arguments, "--store", store)
        assert done.returncode == 2 and words in done.stderr
    assert not list(tmp_path.iterdir())


def test_progress_is_shown(store: Path, tmp_path: Path) -> None:
    done = run(tmp_path / "tables", "--format", "csv", "--store", store)
    assert "table Province\n" in done.stderr


def test_labels_of_things_come_along(database: Path, merged: rdflib.Graph) -> None:
    db = sqlite3.connect(database)
    for iri, vi in db.execute("SELECT iri, label_vi FROM thing WHERE class = 'Province'"):
        assert vi in {
            str(label) for label in merged.objects(rdflib.URIRef(iri), SKOS.prefLabel) if label.language == "vi"
        }
    db.close()
