"""`thidua mcp` as an assistant uses it: a real process, asked by the client of the library `mcp`."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pytest
import requests
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from bench.services import free_port
from tests.support.stores import contents
from thidua.assistants.tools import OWN, tools_of
from thidua.base.tokens import TokenFile
from thidua.graph import KnowledgeGraph

HEADS = {"cluster": "dong bang song hong", "year": 2023}


def asked(store: Path, work: Callable[[Client], Awaitable[Any]], **env: str) -> Any:
    """What a client gets of `thidua mcp` over standard input and output."""
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "thidua", "mcp", "--store", str(store), "--site", "https://kg.example.vn"],
        env={"PYTHONPATH": os.environ.get("PYTHONPATH", ""), **env},
    )

    async def talk() -> Any:
        async with Client(stdio_client(command)) as client:
            return await work(client)

    return anyio.run(talk)


def over_http(url: str, work: Callable[[Client], Awaitable[Any]], token: str = "") -> Any:
    async def talk() -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            create_mcp_http_client(headers=headers) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            return await work(client)

    return anyio.run(talk)


def status(url: str, headers: dict[str, str]) -> int:
    """What the server says to a request that is no call."""
    sent = requests.post(url, json={}, headers={"Accept": "application/json, text/event-stream", **headers}, timeout=60)
    return sent.status_code


@contextmanager
def serving(store: Path, **env: str) -> Iterator[str]:
    """`thidua mcp --http` as a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "thidua", "mcp", "--store", str(store), "--http", "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, **env}, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/mcp"
    try:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try:
                status(url, {})  # it answers, if only that this is no way to ask
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_each_question_is_a_typed_tool_answered_with_sources(store: Path, kg: KnowledgeGraph) -> None:
    async def work(client: Client) -> tuple[Any, dict[str, Any]]:
        tools = (await client.list_tools()).tools
        answers = {}
        for question in kg.questions.values():
            example = {each.name: each.example for each in question.parameters}
            answers[question.name] = await client.call_tool(question.name, example)
        return tools, answers

    before = contents(store)
    tools, answers = asked(store, work, THIDUA_BUDGET="0")
    assert {tool.name for tool in tools} == {*kg.questions, "search", "thing", "cite", "sparql"}
    for tool in tools:
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        assert tool.annotations.read_only_hint and tool.description
    schemas = {tool.name: tool.output_schema for tool in tools}
    version = kg.current().version
    for name, result in answers.items():
        assert not result.is_error, (name, result.content)
        answer = result.structured_content
        jsonschema.validate(answer, schemas[name])
        assert json.loads(result.content[0].text) == answer
        assert answer["version"]["number"] == version.number and answer["version"]["hash"] == version.hash
        example = {each.name: each.example for each in kg.current().question(name).parameters}
        assert answer["total"] == len(kg.ask(name, example).records)
        for row in answer["rows"] if kg.current().question(name).evidence else []:
            for piece in row["evidence"]:
                assert answer["sources"][piece["source"]]["title"]
    known = [each for answer in answers.values() for each in answer.structured_content["sources"].values()]
    assert sum("url" in each for each in known) > 10
    assert contents(store) == before  # nothing is written


def test_an_answer_names_its_ids_its_sources_and_how_to_cite_it(store: Path) -> None:
    async def work(client: Client) -> Any:
        return (await client.call_tool("who-led", HEADS)).structured_content

    answer = asked(store, work)
    head = next(row for row in answer["rows"] if row["role"] == "head")
    assert answer["parameters"] == {"cluster": "cluster:dong-bang-song-hong", "year": "2023"}
    assert answer["names"][head["province"]] and head["year"] == 2023
    source = answer["sources"][head["evidence"][0]["source"]]
    assert source["title"]
    assert "https://kg.example.vn/questions/who-led?" in answer["citation"]


def test_things_are_resources_and_found_by_name(store: Path, kg: KnowledgeGraph) -> None:
    async def work(client: Client) -> Any:
        listed = (await client.list_resources()).resources
        template = (await client.list_resource_templates()).resource_templates[0]
        read = await client.read_resource("https://w3id.org/thidua/id/province/thai-binh")
        found = await client.call_tool("search", {"text": "dong bang song hong", "kinds": ["cluster"]})
        with pytest.raises(MCPError, match="says nothing of"):
            await client.read_resource("https://w3id.org/thidua/id/province/nowhere")
        return listed, template, read, found

    listed, template, read, found = asked(store, work)
    assert "https://w3id.org/thidua/id/cluster/dong-bang-song-hong" in {str(each.uri) for each in listed}
    assert template.uri_template == "https://w3id.org/thidua/id/{kind}/{id}"
    told = json.loads(read.contents[0].text)
    assert told["id"] == "province:thai-binh" and told["version"]["hash"] == kg.current().version.hash
    named = {each["value"] for each in told["statements"] if each["property"] == "skos:prefLabel"}
    assert "Thái Bình" in named
    assert all(source in told["sources"] or source.startswith("graph:")
               for each in told["statements"] for source in each["sources"])  # fmt: skip
    assert found.structured_content["matches"][0]["id"] == "cluster:dong-bang-song-hong"


def test_what_cannot_be_answered_says_what_to_do(store: Path) -> None:
    async def work(client: Client) -> list[Any]:
        calls: list[tuple[str, dict[str, Any]]] = [
            ("who-led", {"cluster": "ninh binh"}),
            ("who-led", {"year": "then"}),
            ("who-led", {"yeer": 2023}),
            ("who-led", {"limit": 501}),
            ("who-led", {"version": 99}),
            ("province-today", {}),
            ("sparql", {"query": "INSERT DATA { <http://x/a> <http://x/b> 1 }"}),
            ("sparql", {"query": "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }"}),
            ("sparql", {"query": "SELECT * { ?s ?p "}),
            ("sparql", {"query": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a > ?i) } ORDER BY ?a ?f"}),
        ]
        answers = [await client.call_tool(name, given) for name, given in calls]
        with pytest.raises(MCPError, match="no tool 'who-lead'"):
            await client.call_tool("who-lead", {})
        return answers

    answers = asked(store, work, THIDUA_TIMEOUT="2")
    assert all(answer.is_error for answer in answers)
    said = [(each.structured_content["code"], each.structured_content["detail"]) for each in answers]
    assert [code for code, _ in said[:6]] == ["bad-parameter"] * 4 + ["not-found", "bad-parameter"]
    assert "it takes: cluster, year" in said[2][1] and "between 1 and 500" in said[3][1]
    assert said[6][0] in ("query-refused", "query-syntax") and said[7][0] == "query-refused"
    assert said[8][0] == "query-syntax"
    assert said[9][0] in ("query-timeout", "query-memory"), said[9]  # the same deadline as the service's


def test_rows_come_in_pages_and_a_query_keeps_to_its_limit(store: Path, kg: KnowledgeGraph) -> None:
    async def work(client: Client) -> Any:
        first = (await client.call_tool("officials", {"limit": 3})).structured_content
        second = (await client.call_tool("officials", {"limit": 3, "offset": 3, "lang": "vi"})).structured_content
        table = (await client.call_tool("sparql", {"query": "SELECT ?s { ?s ?p ?o }", "limit": 2})).structured_content
        graph = (await client.call_tool("sparql", {"query": "DESCRIBE province:thai-binh"})).structured_content
        return first, second, table, graph

    first, second, table, graph = asked(store, work)
    total = len(kg.ask("officials").records)
    assert (first["total"], len(first["rows"]), second["offset"]) == (total, 3, 3)
    assert not [row for row in second["rows"] if row in first["rows"]]
    assert second["asks"] == kg.current().question("officials").question["vi"]
    assert len(table["results"]["results"]["bindings"]) == 2 and table["results"]["results"]["total"] > 2
    assert "Thái Bình" in graph["turtle"]


def test_over_http_hosts_are_checked_and_a_budget_holds(store: Path) -> None:
    async def work(client: Client) -> Any:
        return (await client.call_tool("who-led", HEADS)).structured_content

    with serving(store) as url:
        assert over_http(url, work) == asked(store, work) | {"citation": over_http(url, work)["citation"]}
        assert status(url, {"Host": "evil.example"}) == 421

    async def greedy(client: Client) -> list[str]:
        query = {"query": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a > ?i) } ORDER BY ?a"}
        return [(await client.call_tool("sparql", query)).structured_content["code"] for _ in range(3)]

    with serving(store, THIDUA_BUDGET="1", THIDUA_TIMEOUT="1") as url:
        assert "too-many-requests" in over_http(url, greedy)


def test_a_private_graph_is_for_holders_of_a_token(store: Path, tmp_path: Path) -> None:
    async def work(client: Client) -> int:
        return len((await client.list_tools()).tools)

    tokens = tmp_path / "tokens.json"
    token = TokenFile(tokens).create("reader", "read")
    with serving(store, THIDUA_PRIVATE="true", THIDUA_TOKENS=str(tokens)) as url:
        assert over_http(url, work, token) > 40
        for wrong in ("", "guess"):
            assert status(url, {"Authorization": f"Bearer {wrong}"} if wrong else {}) == 401


def test_no_question_has_a_tools_name_or_an_argument_of_every_tool(kg: KnowledgeGraph) -> None:
    assert len(tools_of(kg.questions)) == len(kg.questions) + 4
    taken = {each.name for question in kg.questions.values() for each in question.parameters}
    assert not taken & set(OWN)


def test_without_the_library_the_command_says_what_to_install(store: Path) -> None:
    code = "import sys; sys.modules['mcp_types'] = None; from thidua.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "mcp", "--store", str(store)], capture_output=True, text=True)
    assert done.returncode == 2 and "pip install 'thidua[mcp]'" in done.stderr
