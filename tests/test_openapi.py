"""The description of the service: valid, complete, and true of a real service, also when it is asked nonsense."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import validate
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from tests.support.http import call, problem
from tests.support.paths import ROOT
from tests.support.service import Server, running
from tests.support.stores import copied
from thidua.base.files import ProjectFiles
from thidua.questions.catalogue import read_catalogue
from thidua_server import create_app
from thidua_server.openapi import operations
from thidua_server.openapi.fields import WHICH

CATALOGUE = read_catalogue(ProjectFiles.find(ROOT).questions)


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    described: dict[str, Any] = call(server, "/openapi.json").json
    return described


def test_it_is_valid(document: dict[str, Any], server: Server) -> None:
    validate(document)
    validate(call(server, "/openapi.json?lang=vi").json)
    assert document["openapi"].startswith("3.1")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app({"STORE": str(tmp_path_factory.mktemp("nowhere"))})


def test_every_address_is_described(app: Flask, document: dict[str, Any]) -> None:
    """What the app answers, and what the views say that they do."""
    answered = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ("static", "pages.home", "questions.question") or rule.rule == "/data/":
            continue
        path = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule)
        answered |= {(method.lower(), path) for method in {"GET", "PUT", "POST", "DELETE"} & (rule.methods or set())}
    answered -= {("get", "/questions.{suffix}"), ("get", "/coverage/wanted.{suffix}"), ("get", "/questions/{name}/why")}
    # What browsers and crawlers ask for by themselves, and pages for people alone.
    alone = ("/card", "/compare", "/favicon.ico", "/guide/", "/opensearch.xml", "/report", "/robots.txt", "/sitemap")
    answered = {(method, path) for method, path in answered if not path.startswith(alone)}
    described = {(each.method, each.path) for each in operations.of(app)}
    assert answered == described
    assert {path for _, path in described} <= set(document["paths"])
    identities = [each.described.id for each in operations.of(app)]
    assert len(set(identities)) == len(identities)


class TestRegistration:
    """An app whose routes and descriptions do not fit does not start, and says where."""

    def refused(self, view: Any, *routes: str, methods: Sequence[str] = ("GET",)) -> str:
        app = Flask(__name__)
        for route in routes:
            app.add_url_rule(route, "shelf", view, methods=methods)
        with pytest.raises(TypeError) as refusal:
            operations.register(app)
        return str(refusal.value)

    def test_a_route_without_a_description(self) -> None:
        assert "/shelf has no description" in self.refused(lambda: "", "/shelf")

    def test_a_method_without_a_description(self) -> None:
        read = operations.operation("shelf", "names", "Kệ", "Shelf", method="GET")
        assert "POST of shelf" in self.refused(read(lambda: ""), "/shelf", methods=("GET", "POST"))

    def test_an_address_without_a_description(self) -> None:
        read = operations.operation("shelf", "names", "Kệ", "Shelf")
        assert "by book in the path" in self.refused(read(lambda book=0: ""), "/shelf", "/shelf/<book>")

    def test_a_description_without_an_address(self) -> None:
        read = operations.operation("shelf", "names", "Kệ", "Shelf", (WHICH,))
        assert "The operation shelf fits no route" in self.refused(read(lambda: ""), "/shelf")


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_question_is_an_operation(document: dict[str, Any], server: Server, name: str) -> None:
    question, operation = CATALOGUE[name], document["paths"][f"/questions/{name}"]["get"]
    assert operation["summary"] == question.title["en"]
    parameters = {each["name"]: each for each in operation["parameters"]}
    for parameter in question.parameters:
        assert parameters[parameter.name]["required"] == parameter.required
        assert str(parameters[parameter.name]["example"]) == parameter.example
    assert ("evidence" in parameters) == bool(question.evidence)
    # The example that stands there gives an answer that is as the schema says.
    pairs = "&".join(
        f"{each['name']}={each['example']}" for each in operation["parameters"][: len(question.parameters)]
    )
    reply = call(server, f"/questions/{name}?{pairs}" + ("&evidence=1" if question.evidence else ""))
    assert reply.status == 200
    media_types = operation["responses"]["200"]["content"]
    whole = {**media_types["application/json"]["schema"], "components": document["components"]}
    jsonschema.validate(reply.json, whole)
    for media_type in media_types:
        assert call(server, f"/questions/{name}?{pairs}", accept=media_type).media_type == media_type


def test_a_problem_is_as_described(document: dict[str, Any], server: Server) -> None:
    schema = {**document["components"]["schemas"]["Problem"], "components": document["components"]}
    for path in ("/questions/who-led?year=23", "/questions/province-today?province=ninh+binh", "/sparql?query=SELECT"):
        jsonschema.validate(call(server, path).json, schema)


@pytest.fixture(scope="module")
def open_to_all(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service where anybody writes, and nobody's time is counted."""
    own = copied(store, tmp_path_factory.mktemp("fuzzed") / "store")
    with running(own, "--open-writes", env={"THIDUA_BUDGET": "0"}) as service:
        yield service


class TestNonsense:
    """Requests made from the description, right ones and wrong ones, to a service that writes: no error is ours."""

    @pytest.mark.parametrize("examples", [2, pytest.param(5, marks=pytest.mark.nightly)])
    @pytest.mark.parametrize("mode", GenerationMode)
    def test_no_error_is_ours(self, app: Flask, open_to_all: Server, mode: GenerationMode, examples: int) -> None:
        """So many requests to each operation, of what the description allows or of what it forbids."""
        config = SchemathesisConfig()
        if mode.is_positive:
            config.projects.default.generation.modes = [mode]
        schema = schemathesis.openapi.from_url(open_to_all.url + "/openapi.json", config=config)
        asked, described, wrong = set(), set(), []
        for result in schema.get_all_operations():
            operation = result.ok()
            described.add((operation.method.lower(), operation.path))

            @settings(
                max_examples=examples,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: schemathesis.Case) -> None:
                reply = case.call(timeout=30)
                asked.add((case.method.lower(), case.path))
                if reason := our_fault(reply):
                    wrong.append(f"{reason}: {case.as_curl_command()[:500]}\n  {reply.text[:300]}")

            # What takes nothing cannot be asked wrongly.
            with contextlib.suppress(Unsatisfiable):
                ask()
        assert not wrong, "\n".join(wrong)
        expected = {
            (each.method, each.path) for each in operations.of(app) if each.described.fields or each.described.takes
        }
        if not mode.is_positive:
            expected.remove(("get", "/timemap/{path}"))  # any path is one
        assert expected & described <= asked
        assert len(asked - expected) >= len(CATALOGUE)
        assert call(open_to_all, "/health/ready").status == 200


@pytest.mark.parametrize("path", ["/data/%C2%89x", "/data/a%22b", "/data/a%3Cb", "/data?graph=http://x/%C2%89"])
def test_a_graph_whose_name_is_no_iri(open_to_all: Server, path: str) -> None:
    for method in ("GET", "PUT", "POST", "DELETE"):
        reply = call(open_to_all, path, method=method, body=b"", headers={"Content-Type": "text/turtle"})
        problem(reply, 400, "bad-input")


def test_a_plain_service(tmp_path: Path) -> None:
    """It has no questions, and graphs may be called anything, in any letters."""
    path = "/data/%C4%90%C3%A0-N%E1%BA%B5ng"
    with running(tmp_path / "store", "--plain", str(tmp_path / "store"), "--open-writes") as plain:
        described = call(plain, "/openapi.json").json
        validate(described)
        assert not [name for name in described["paths"] if name.startswith("/questions/")]
        turtle = b'<https://example.org/a> <https://example.org/b> "c" .'
        put = call(plain, path, method="PUT", body=turtle, headers={"Content-Type": "text/turtle"})
        reply = call(plain, f"{path}?version={put.headers['X-Graph-Version']}")
        assert reply.status == 200 and f"{path}>; rel=" in reply.headers["Link"]


def our_fault(reply: Any) -> str:
    """Why a reply is not how the service answers; empty when it is."""
    if reply.status_code < 400:
        return ""
    media_type = reply.headers["content-type"][0]
    if media_type != "application/problem+json":
        return f"{reply.status_code} as {media_type}"
    body = reply.json()
    # A limit that the request itself set, and that was met, is no fault.
    return "" if reply.status_code < 500 or body.get("limit") == "timeout" else f"{reply.status_code} {body['code']}"
