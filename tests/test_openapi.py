"""The description of the service: valid, complete, and true of a real service, also when it is asked nonsense."""

import re
import time
from unittest import SkipTest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode

from server import create_app
from server.operations import OPERATIONS
from tests.conftest import ROOT, Server, running
from tests.test_server import BROWSER, call, problem
from thidua.catalogue import read_catalogue
from thidua.files import ProjectFiles

CATALOGUE = read_catalogue(ProjectFiles.find(ROOT).questions)
#: Requests to each operation: half of what the description allows, half of what it forbids.
EXAMPLES = 6


@pytest.fixture(scope="module")
def free(store: Path) -> Iterator[Server]:
    """A service that does not count what one client uses."""
    with running(store, env={"THIDUA_BUDGET": "0"}) as service:
        yield service


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    described: dict[str, Any] = call(server, "/openapi.json").json
    return described


def test_it_is_valid(document: dict[str, Any], server: Server) -> None:
    validate(document)
    validate(call(server, "/openapi.json?lang=vi").json)
    assert document["openapi"].startswith("3.1")


def test_every_address_is_described(document: dict[str, Any], store: Path) -> None:
    """What the app answers, and what the table says it does."""
    app = create_app({"STORE": str(store.parent / "nowhere")})
    answered = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.endpoint.startswith("pages.") or rule.rule.endswith(("/data/", ">.<any")):
            continue
        path = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule)
        for method in rule.methods or ():
            if method in ("GET", "PUT", "POST", "DELETE"):
                answered.add((method.lower(), path))
    answered -= {("get", "/questions/{name}"), ("get", "/questions/{name}.{suffix}"), ("get", "/questions.{suffix}")}
    described = {(each.method, each.path) for each in OPERATIONS}
    assert answered == described, "add the address to server/operations.py"
    assert {path for _, path in described} <= set(document["paths"])


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


class TestNonsense:
    """Requests made from the description, right ones and wrong ones: no error is ours."""

    @pytest.mark.parametrize("mode", GenerationMode)
    def test_no_error_is_ours(self, free: Server, mode: GenerationMode) -> None:
        begun = time.monotonic()
        config = SchemathesisConfig()
        config.projects.default.generation.modes = [mode]
        schema = schemathesis.openapi.from_url(free.url + "/openapi.json", config=config)
        failures, sent = [], 0
        last = begun
        for result in schema.get_all_operations():
            operation = result.ok()
            try:
                strategy = operation.as_strategy(generation_mode=mode)

                @settings(
                    max_examples=EXAMPLES,
                    deadline=None,
                    database=None,
                    derandomize=True,
                    phases=[Phase.explicit, Phase.generate],
                    suppress_health_check=list(HealthCheck),
                )
                @given(case=strategy)
                def ask(case: Any) -> None:
                    nonlocal sent
                    sent += 1
                    t0 = time.monotonic()
                    response = case.call(timeout=30)
                    if time.monotonic() - t0 > 1:
                        print("SLOW", time.monotonic() - t0, case.as_curl_command()[:300], response.status_code)
                    kind = response.headers.get("content-type", [""])[0]
                    if response.status_code >= 500 or (
                        response.status_code >= 400 and not kind.startswith("application/problem+json")
                    ):
                        failures.append((response.status_code, kind, case.as_curl_command(), response.text[:300]))

                ask()
                print(operation.label, round(time.monotonic() - last, 1))
                last = time.monotonic()
            except SkipTest:
                pass
            except Exception as exc:
                print(operation.label, type(exc), str(exc)[:300])
        print(sent, time.monotonic() - begun)
        assert not failures, failures
