"""What follows from the description on a view: who may read it from elsewhere, and whether it has a past."""

import re

import pytest

from tests.support.http import BROWSER, call
from tests.support.service import Server

ELSEWHERE = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}


@pytest.mark.parametrize(
    "path", ["/sparql", "/search", "/map", "/timeline", "/reconcile", "/doc/province/thai-binh", "/"]
)
def test_other_sites_may_read_what_needs_no_token(server: Server, path: str) -> None:
    reply = call(server, path, method="OPTIONS", headers=ELSEWHERE)
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (204, "*")


@pytest.mark.parametrize("path", ["/update", "/data", "/versions", "/versions/1/rollback", "/curate"])
def test_other_sites_are_not_led_to_what_a_token_opens(server: Server, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in call(server, path, method="OPTIONS", headers=ELSEWHERE).headers


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/borders.json",
        "/editor/terms.json",
        "/curate/turtle?source=18d8c37f4f6536d1",
        "/search?q=x",
        "/questions/who-led",
    ],
)
def test_a_time_map_that_an_answer_links_to_is_there(server: Server, path: str) -> None:
    reply = call(server, path, accept=BROWSER)
    found = re.search(r'<([^<>]+)>; rel="timemap"', ", ".join(reply.headers.get_all("Link")))
    assert found and call(server, found[1].removeprefix(server.url)).status == 200
