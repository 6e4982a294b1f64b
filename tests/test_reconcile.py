"""Reconciliation, as OpenRefine goes about it: manifest, batches of ten, suggestions, previews, extension."""

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from tests.support.paths import ROOT
from tests.support.service import Server
from tests.support.spellings import as_typed, rows
from thidua.base.errors import InputError
from thidua.engine.query import Caller
from thidua.exchange.reconcile import MOST_QUERIES, read_batch, read_extension, reconcile
from thidua.exchange.reconcile_properties import PROPERTIES, TYPES
from thidua.graph import KnowledgeGraph

SPEC = ROOT.parent / "shared/w3c/reconciliation-0.2"
spec_present = pytest.mark.skipif(not SPEC.is_dir(), reason="the specification's schemas are not beside this checkout")
MESSY = rows("messy-names.tsv")


def obeys(document: Any, schema: str) -> Any:
    """The document, checked by a schema of the specification where that is at hand."""
    if SPEC.is_dir():
        schemas = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (SPEC / "schemas").glob("*")}
        # The manifest's schema borrows one for passwords, which we have none of.
        known = [Resource.from_contents(each, DRAFT7) for each in schemas.values()]
        registry = Registry().with_resources([(each.id() or "", each) for each in known])
        jsonschema.Draft7Validator(schemas[f"{schema}.json"], registry=registry).validate(document)
    return document


class Refine:
    """A client that does what OpenRefine does, knowing nothing but the service's address."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc
        self._path = urlsplit(address).path
        status, headers, self.manifest = self._get(address)
        assert status == 200
        assert headers["Access-Control-Allow-Origin"] == "*"

    def reconcile(self, queries: Sequence[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        """In batches of ten, each query's candidates."""
        for first in range(0, len(queries), 10):
            batch = {f"q{number}": query for number, query in enumerate(queries[first : first + 10])}
            obeys(batch, "reconciliation-query-batch")
            answers = obeys(self.post(queries=batch), "reconciliation-result-batch")
            assert answers.keys() == batch.keys()
            for name in batch:
                yield answers[name]["result"]

    def suggest(self, what: str, prefix: str, **more: str) -> list[dict[str, Any]]:
        service = self.manifest["suggest"][what]
        address = service["service_url"] + service["service_path"]
        plural = {"entity": "entities", "type": "types", "property": "properties"}[what]
        found = self._get(address + ("&" if "?" in address else "?") + urlencode({"prefix": prefix, **more}))[2]
        return list(obeys(found, f"suggest-{plural}-response")["result"])

    def flyout(self, what: str, id_: str) -> dict[str, Any]:
        service = self.manifest["suggest"][what]
        path = service["flyout_service_path"].replace("${id}", quote(id_, safe=""))
        return dict(self._get(service.get("flyout_service_url", service["service_url"]) + path)[2])

    def preview(self, id_: str) -> tuple[int, http.client.HTTPMessage, str]:
        return self._get(self.manifest["preview"]["url"].replace("{{id}}", quote(id_, safe="")), accept="text/html")

    def properties(self, type_: str) -> list[str]:
        proposal = self.manifest["extend"]["propose_properties"]
        found = self._get(f"{proposal['service_url']}{proposal['service_path']}?type={type_}")[2]
        return [each["id"] for each in obeys(found, "data-extension-property-proposal")["properties"]]

    def extend(self, ids: list[str], properties: list[dict[str, Any]]) -> dict[str, Any]:
        query = {"ids": ids, "properties": properties}
        obeys(query, "data-extension-query")
        return dict(obeys(self.post(extend=query), "data-extension-response"))

    def post(self, **form: Any) -> Any:
        status, headers, answer = self.send(urlencode({name: json.dumps(value) for name, value in form.items()}))
        assert status == 200, answer
        assert headers["Access-Control-Allow-Origin"] == "*"
        return answer

    def send(self, body: str) -> tuple[int, http.client.HTTPMessage, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://127.0.0.1:3333"}
        return self._request("POST", self._path, headers, body.encode())

    def _get(self, address: str, accept: str = "application/json") -> tuple[int, http.client.HTTPMessage, Any]:
        assert urlsplit(address).netloc == self._host
        return self._request("GET", address.partition(self._host)[2], {"Accept": accept})

    def _request(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[int, http.client.HTTPMessage, Any]:
        connection = http.client.HTTPConnection(self._host, timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
            kind = response.headers.get_content_type()
            return response.status, response.headers, json.loads(content) if kind.endswith("json") else content.decode()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def refine(server: Server) -> Refine:
    return Refine(server.url + "/reconcile")


def query_of(row: Mapping[str, str]) -> dict[str, Any]:
    query: dict[str, Any] = {"query": as_typed(dict(row)), "type": row["type"], "type_strict": "should"}
    given = [pair.partition("=") for pair in row["given"].split(";") if pair]
    query["properties"] = [{"pid": pid, "v": value} for pid, _, value in given]
    return {name: value for name, value in query.items() if value}


# The measure.


def test_names_as_people_write_them(refine: Refine, capsys: pytest.CaptureFixture[str]) -> None:
    """Of automatic matches 0.98 are right, at least; 0.95 of the names have what they mean among the first five."""
    assert len(MESSY) >= 300
    expected = [set(row["ids"].split()) - {"-"} for row in MESSY]
    assert sum(not each for each in expected) >= 40
    matched = right = found = 0
    for row, meant, candidates in zip(MESSY, expected, refine.reconcile(list(map(query_of, MESSY))), strict=True):
        certain = [each["id"] for each in candidates if each["match"]]
        assert len(certain) <= 1, row
        matched += len(certain)
        right += len(certain) == 1 and {certain[0]} == meant
        found += bool(meant) and meant <= {each["id"] for each in candidates[:5]}
        assert [each["score"] for each in candidates] == sorted((each["score"] for each in candidates), reverse=True)
    named = sum(map(bool, expected))
    with capsys.disabled():
        print(
            f"\n{len(MESSY)} messy names, {len(MESSY) - named} of nothing here: {matched} matched automatically, "
            f"precision {right / matched:.3f}; recall at five {found / named:.3f}"
        )
    assert right / matched >= 0.98
    assert found / named >= 0.95
    assert matched >= 0.8 * named


@pytest.mark.parametrize("row", [row for row in MESSY if row["ids"] == "-"], ids=lambda row: row["text"])
def test_what_is_not_here_is_matched_with_nothing(row: dict[str, str], refine: Refine) -> None:
    (candidates,) = refine.reconcile([query_of(row)])
    assert not [each["id"] for each in candidates if each["match"]]


# The rules of certainty.


@pytest.mark.parametrize(
    ("query", "certain"),
    [
        ({"query": "Ninh Bình", "type": "Province"}, None),
        ({"query": "Ninh Bình", "type": "Province", "properties": [{"pid": "on", "v": "2024"}]}, "province/ninh-binh"),
        ({"query": "Ninh Bình", "type": "Province", "properties": [{"pid": "on", "v": 2024}]}, "province/ninh-binh"),
        ({"query": "Ninh Bình", "type": "Province", "properties": [{"pid": "on", "v": "2025"}]}, None),
        ({"query": "Ninh Bình (2026)", "type": "Province"}, "province/ninh-binh-2025"),
        ({"query": "Thái Bình", "type": "Province", "properties": [{"pid": "on", "v": "2026"}]}, None),
        ({"query": "Thái Bình", "type": "Province", "properties": [{"pid": "gsoCode", "v": "35"}]}, None),
        (
            {"query": "Thái Bình", "type": "Province", "properties": [{"pid": "unheard-of", "v": "1"}]},
            "province/thai-binh",
        ),
        ({"query": "Nguyễn Văn Sơn", "type": "Person"}, None),
        (
            {
                "query": "Nguyễn Văn Sơn",
                "type": "Person",
                "properties": [{"pid": "province", "v": {"id": "province/ha-giang", "name": "Hà Giang"}}],
            },
            "person/nguyen-van-son_ha-giang",
        ),
        ({"query": "Trần Văn Hưng", "type": "Person"}, None),
        ({"query": "Thai Bnh", "type": "Province"}, None),
        ({"query": "Hồ Chí Minh"}, None),
        ({"query": "Hồ Chí Minh", "type": ["Person"]}, "person/ho-chi-minh"),
        ({"query": "UBND tỉnh Thái Bình", "type": "Province"}, "province/thai-binh"),
        ({"query": "UBND tỉnh Thái Bình", "type": "PublicBody"}, "body/ubnd-tinh_thai-binh"),
        ({"query": "province/ninh-binh"}, "province/ninh-binh"),
        ({"query": "Thái Bình", "type": "https://w3id.org/thidua/ontology#Province"}, "province/thai-binh"),
        ({"query": "05-CT/TW", "type": "LegalDocument"}, None),
        ({"properties": [{"pid": "number", "v": "98/2023/NĐ-CP"}]}, "legal/nghi-dinh-98-2023-nd-cp"),
        ({"properties": [{"pid": "gsoCode", "v": "24"}]}, None),
        ({"query": "Thái Bình", "type": "Planet"}, None),
    ],
    ids=lambda value: json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value),
)
def test_certain_only_beyond_doubt(query: dict[str, Any], certain: str | None, refine: Refine) -> None:
    (candidates,) = refine.reconcile([query])
    assert [each["id"] for each in candidates if each["match"]] == ([certain] if certain else [])


def test_a_candidate_says_what_it_is_and_why(refine: Refine) -> None:
    (candidates,) = refine.reconcile(
        [{"query": "ninh binh", "type": "Province", "limit": 2, "properties": [{"pid": "on", "v": "13/3/2024"}]}]
    )
    assert [each["id"] for each in candidates] == ["province/ninh-binh", "province/ninh-binh-2025"]
    first = candidates[0]
    assert first["name"] == "Ninh Bình"
    assert first["type"] == [{"id": "Province", "name": "Đơn vị cấp tỉnh"}]
    assert first["description"] == "Đơn vị cấp tỉnh, đến 2025-06-30"
    features = {each["id"]: each["value"] for each in first["features"]}
    assert features["on"] is True
    assert features["name"] == 97


# The protocol.


def test_the_manifest(refine: Refine) -> None:
    manifest = obeys(refine.manifest, "manifest")
    assert manifest["versions"] == ["0.2"]
    assert manifest["identifierSpace"] == "https://w3id.org/thidua/id/"
    assert {each["id"] for each in manifest["defaultTypes"]} == set(TYPES)
    assert manifest["batchSize"] == MOST_QUERIES


def test_a_language_given_at_registration_is_kept(server: Server) -> None:
    english = Refine(server.url + "/reconcile?lang=en")
    assert {"id": "Province", "name": "Province"} in english.manifest["defaultTypes"]
    assert {"id": "Province", "name": "Province"} in english.suggest("type", "prov")
    assert english.flyout("property", "gsoCode")["html"].count("GSO code") == 1
    assert "until 2025-06-30" in english.preview("province/thai-binh")[2]


def test_queries_by_get(server: Server, refine: Refine) -> None:
    query = urlencode({"queries": json.dumps({"a": {"query": "Thái Bình", "type": "Province"}})})
    status, _, answer = refine._get(f"{server.url}/reconcile?{query}")
    assert status == 200
    assert answer["a"]["result"][0]["match"]


@spec_present
@pytest.mark.parametrize("kind", ["valid", "invalid"])
def test_the_example_queries_of_the_specification(kind: str, refine: Refine) -> None:
    for path in sorted((SPEC / "examples/reconciliation-query-batch" / kind).iterdir()):
        batch = json.loads(path.read_text(encoding="utf-8"))
        status, _, answer = refine.send(urlencode({"queries": json.dumps(batch)}))
        if kind == "valid":
            assert status == 200, path.name
            obeys(answer, "reconciliation-result-batch")
        else:
            assert (status, answer["code"]) == (400, "bad-input"), path.name


def test_suggestions(refine: Refine) -> None:
    entities = refine.suggest("entity", "ninh b")
    assert [each["id"] for each in entities[:2]] == ["province/ninh-binh-2025", "province/ninh-binh"]
    assert entities[1]["description"] == "Đơn vị cấp tỉnh, đến 2025-06-30"
    assert entities[0]["notable"] == [{"id": "Province", "name": "Đơn vị cấp tỉnh"}]
    assert refine.suggest("entity", "ninh b", cursor="1")[0]["id"] == "province/ninh-binh"
    assert refine.suggest("entity", "province/thai-binh")[0]["id"] == "province/thai-binh"
    assert {each["notable"][0]["id"] for each in refine.suggest("entity", "th", type="Person")} == {"Person"}
    assert [each["id"] for each in refine.suggest("type", "van")] == ["Document"]
    assert "gsoCode" in [each["id"] for each in refine.suggest("property", "mã")]
    assert [each["id"] for each in refine.suggest("property", "gsoC")] == ["gsoCode"]
    assert refine.suggest("entity", "zzzzzz") == []


def test_flyouts_and_previews(refine: Refine) -> None:
    flyout = refine.flyout("entity", "person/nguyen-khac-than")
    assert flyout["id"] == "person/nguyen-khac-than"
    assert "Chủ tịch UBND tỉnh Thái Bình" in flyout["html"]
    assert "Đơn vị cấp tỉnh" in refine.flyout("type", "Province")["html"]
    status, headers, page = refine.preview("province/ninh-binh")
    assert status == 200
    assert "<!doctype html>" in page
    assert "2025-06-30" in page
    assert "frame-ancestors *" in headers["Content-Security-Policy"]
    assert "script" not in headers["Content-Security-Policy"]
    status, _, page = refine.preview("province/<script>")
    assert status == 404
    assert "<script>" not in page


def test_extension(refine: Refine) -> None:
    proposed = {type_: refine.properties(type_) for type_ in TYPES}
    assert proposed["Province"][:3] == ["start", "end", "gsoCode"]
    assert all(proposed.values())
    assert not any("on" in each for each in proposed.values())
    answer = refine.extend(
        ["province/ninh-binh", "province/nowhere", "person/nguyen-khac-than"],
        [
            *({"id": each} for each in ("gsoCode", "end", "currentUnit", "latitude", "headedIn", "post")),
            {"id": "cluster", "settings": {"limit": "1"}},
        ],
    )
    assert answer["meta"][2] == {
        "id": "currentUnit", "name": "nay là", "type": {"id": "Province", "name": "Đơn vị cấp tỉnh"}
    }  # fmt: skip
    row = answer["rows"]["province/ninh-binh"]
    assert row["gsoCode"] == [{"str": "37"}]
    assert row["end"] == [{"date": "2025-06-30T00:00:00Z"}]
    assert row["currentUnit"] == [{"id": "province/ninh-binh-2025", "name": "Ninh Bình"}]
    assert row["latitude"] == [{"float": 20.2292}]
    assert row["cluster"] == [{"id": "cluster/dong-bang-song-hong", "name": "Cụm thi đua các tỉnh Đồng bằng sông Hồng"}]
    assert row["post"] == []
    assert set(map(tuple, answer["rows"]["province/nowhere"].values())) == {()}
    posts = [each["id"] for each in answer["rows"]["person/nguyen-khac-than"]["post"]]
    assert "post/chu-tich-ubnd-tinh_thai-binh" in posts
    assert refine.extend(["province/thai-binh"], [{"id": "headedIn"}])["rows"]["province/thai-binh"] == {
        "headedIn": [{"int": 2023}]
    }


@pytest.mark.parametrize("thing", ["body/bao-nghe-an", "post/pho-tong-bien-tap-bao-nghe-an", "person/tran-van-hung"])
def test_the_province_of_a_post_is_that_of_its_body(thing: str, refine: Refine) -> None:
    of = "province" if thing.startswith("person") else "provinceOf"
    (found,) = refine.extend([thing], [{"id": of}])["rows"][thing][of]
    assert found["id"] == "province/nghe-an"


@pytest.mark.parametrize("type_", ["Document", "LegalDocument"])
def test_the_former_name_of_a_type_is_understood(type_: str, refine: Refine) -> None:
    ((found, *_),) = refine.reconcile([{"query": "Di chúc của Chủ tịch Hồ Chí Minh (1969)", "type": type_}])
    assert found["id"] == "legal/di-chuc-ho-chi-minh-1969"
    assert [each["id"] for each in found["type"]] == ["Document"]


@pytest.mark.parametrize("type_", TYPES)
def test_every_property_has_values(type_: str, refine: Refine, kg: KnowledgeGraph) -> None:
    """No pattern leads nowhere: each property of each type is known of something."""
    kind = TYPES[type_].kind
    every = [row["x"].value for row in kg.current().select(
        f"SELECT DISTINCT ?x {{ ?x ?p ?o FILTER(STRSTARTS(STR(?x), 'https://w3id.org/thidua/id/{kind}/')) }}"
    ) if row["x"]]  # fmt: skip
    ids = [iri.removeprefix("https://w3id.org/thidua/id/") for iri in every][:200]
    known: set[str] = set()
    wanted = [{"id": each} for each in refine.properties(type_)]
    for row in refine.extend(ids, wanted)["rows"].values():
        known |= {pid for pid, values in row.items() if values}
    assert known == {each["id"] for each in wanted}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "bad-input"),
        ("queries=%7B", 400, "bad-input"),
        ("queries=[]", 400, "bad-input"),
        ("queries={}&extend={}", 400, "bad-input"),
        ('queries={"a":{"query":"x"}}&queries={}', 400, "bad-input"),
        ('queries={"a":{"query":"\\ud800"}}', 400, "bad-input"),
        ('queries={"a":{"query":"x","limit":0}}', 400, "bad-input"),
        ('queries={"a":{"query":"x","limit":NaN}}', 400, "bad-input"),
        ("queries=" + "[" * 100_000, 400, "bad-input"),
        ("queries=" + quote(json.dumps({str(n): {"query": "x"} for n in range(51)})), 400, "bad-input"),
        ("extend=" + quote(json.dumps({"ids": ["x"] * 201, "properties": []})), 400, "bad-input"),
        ("extend=" + quote(json.dumps({"ids": [], "properties": [{"id": "on"}]})), 400, "bad-input"),
        ("queries=" + "x" * 300_000, 413, "too-large"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_problem(body: str, status: int, code: str, refine: Refine) -> None:
    answered, headers, problem = refine.send(body)
    assert (answered, headers.get_content_type(), problem["code"]) == (status, "application/problem+json", code)


def test_strange_values_are_only_values(refine: Refine) -> None:
    strange = ['"', "> ?x", "\\", "province/x> <y", "}" * 20, "x" * 5000, "", None, 1e300, True, ["a"], {"id": {}}]
    queries = [
        {"query": "Thái Bình", "type": "Province", "properties": [{"pid": pid, "v": value}]}
        for value in strange
        for pid in ("province", "on", "gsoCode", "end", "nothing")
    ]
    for number in range(0, len(queries), 10):
        status, _, answer = refine.send(
            urlencode({"queries": json.dumps({str(n): q for n, q in enumerate(queries[number : number + 10])})})
        )
        assert status == 200, answer
    for value in strange:
        status, _, answer = refine.send(
            urlencode({"queries": json.dumps({"a": {"query": "", "properties": [{"pid": "gsoCode", "v": value}]}})})
        )
        assert status in (200, 400), answer
    ids = [each for each in strange if isinstance(each, str)]
    rows_ = refine.extend(ids, [{"id": "gsoCode"}])["rows"]
    assert all(cells == {"gsoCode": []} for cells in rows_.values())


def test_a_preflight_is_answered(server: Server) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.request("OPTIONS", "/reconcile", headers={"Origin": "http://x", "Access-Control-Request-Method": "POST"})
    response = connection.getresponse()
    response.read()
    assert response.status == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    connection.close()


# The library.


def test_from_python(kg: KnowledgeGraph) -> None:
    """As docs/names.md shows it."""
    batch = read_batch({"a": {"query": "Ninh Bình", "properties": [{"pid": "on", "v": "2024"}]}})
    best = reconcile(kg.current(), batch, Caller())["a"][0]
    assert (best.match.id, best.certain, best.agrees) == ("province/ninh-binh", True, {"on": True})


def test_messages_name_the_query() -> None:
    with pytest.raises(InputError, match="Query 'b': `type`"):
        read_batch({"a": {"query": "x"}, "b": {"query": "x", "type": 3}})
    with pytest.raises(InputError, match="gsoCode"):
        read_extension({"ids": [], "properties": [{"id": "nothing"}]})


def test_every_property_is_named_in_both_languages() -> None:
    kinds = {type_.kind for type_ in TYPES.values()}
    for each in PROPERTIES.values():
        assert each.name["vi"] and each.name["en"]
        assert set(each.kinds) <= kinds
        assert not each.to or each.to in kinds


def test_messy_names_are_distinct_and_explained() -> None:
    keys = [(as_typed(row), row["type"], row["given"]) for row in MESSY]
    assert len(set(keys)) == len(keys)
    assert all(row["why"] for row in MESSY)
