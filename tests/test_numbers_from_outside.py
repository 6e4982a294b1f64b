"""Numbers and dates from outside: beyond what can be one they are refused, or passed over, and never a 500."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.support.desk import Desk, Reply
from tests.support.service import running
from thidua.rdf.cells import Cell, integer

LONG = ["9" * 10, "9" * 300, "9" * 5000, "0" * 300 + "1", "٣", "1e9", "-1", "+1", "1_0", " 1"]
DATES = [
    "Tue, 01 Jul 2025 00:00:00 +99999999999999999999",
    "Tue, 01 Jul 99999999999999999999 00:00:00 GMT",
    "Tue, 99999999999999999999 Jul 2025 00:00:00 GMT",
    "Tue, 01 Jul 2025 99999999999999999999:00:00 GMT",
    "Tue, 01 Jul 2025 00:00:00 -9999",
    "Tue, 01 Jul 0000 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Sat, 01 Jan 0001 00:00:00 +2359",
    "9" * 5000,
    "",
    "yesterday",
    ", , ,",
]


@pytest.fixture(scope="module")
def desk(store: Path) -> Iterator[Desk]:
    with running(store, env={"THIDUA_BUDGET": "0"}) as service:  # dumps by the dozen
        yield Desk(service, store, {})


def get(desk: Desk, path: str, **headers: str) -> Reply:
    reply = desk.call("GET", path, role=None, **headers)
    assert reply.status < 500, (path, headers, reply.body)
    return reply


@pytest.mark.parametrize("number", LONG)
@pytest.mark.parametrize(
    "place",
    ["/versions/{}", "/versions/{}/diff", "/dumps/{}.nq", "/dumps/{}.trig.gz", "/curate/published/{}"],
)
def test_in_a_path(desk: Desk, place: str, number: str) -> None:
    reply = get(desk, place.format(quote(number)))
    assert (reply.status, reply.json["code"]) == (404, "not-found")


@pytest.mark.parametrize("number", LONG)
def test_in_a_rollback(desk: Desk, number: str) -> None:
    reply = desk.call("POST", f"/versions/{quote(number)}/rollback", b"", role=None)
    assert reply.status == 404


@pytest.mark.parametrize("number", [*LONG, "1" * 9])
@pytest.mark.parametrize(
    "place",
    [
        "/versions/1/diff?from={}", "/sparql?query=ASK%7B%7D&version={}", "/sparql?query=ASK%7B%7D&timeout={}",
        "/search?q=a&limit={}", "/search?q=a&on={}", "/reconcile/suggest/entity?prefix=a&cursor={}",
        "/reconcile/properties?limit={}", "/doc/province/thai-binh?page={}", "/timeline?from={}", "/map?year={}",
        "/coverage/wanted?from={}", "/map?on={}", "/questions/who-led?year={}", "/questions/province-on?on={}",
        "/data?default&version={}",
        "/curate/published/1?changed={}",
    ],
)  # fmt: skip
def test_in_a_parameter(desk: Desk, place: str, number: str) -> None:
    reply = get(desk, place.format(quote(number)[:7000]))
    assert reply.status in (200, 400, 404, 414)


@pytest.mark.parametrize("number", ["9" * 300, "9" * 5000, "1e400", "-1e400", "0.1", "true", '"9"', "NaN"])
def test_in_json(desk: Desk, number: str) -> None:
    for form in (
        {"queries": f'{{"a": {{"query": "x", "limit": {number}}}}}'},
        {"queries": f'{{"a": {{"properties": [{{"pid": "on", "v": {number}}}]}}}}'},
        {"extend": f'{{"ids": ["x"], "properties": [{{"id": "province", "settings": {{"limit": {number}}}}}]}}'},
    ):
        kind = "application/x-www-form-urlencoded"
        reply = desk.call("POST", "/reconcile", urlencode(form), role=None, Content_Type=kind)
        assert reply.status in (200, 400), reply.body


@pytest.mark.parametrize("date", DATES)
def test_in_accept_datetime(desk: Desk, date: str) -> None:
    for path in ("/sparql?query=ASK%7B%7D", "/questions/who-led.csv?year=2023", "/doc/province/thai-binh.ttl"):
        reply = get(desk, path, Accept_Datetime=date)
        if date.endswith(("999", "yesterday", "GMT", ", ,")) and "99" in date:
            assert reply.status == 400 and "Accept-Datetime" in reply.json["detail"], reply.body


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("header", ["If-Modified-Since", "If-Unmodified-Since", "If-Range", "Date"])
def test_in_a_condition(desk: Desk, header: str, date: str) -> None:
    whole = get(desk, "/static/map.js").body
    for path in ("/static/map.js", "/versions", "/sparql?query=ASK%7B%7D", "/dumps/1.nq"):
        given = {header.replace("-", "_"): date, "Range": "bytes=0-9"}
        reply = get(desk, path, **given)
        # A condition that is none is passed over; and of a file that may be another, all is sent.
        if path == "/static/map.js" and header == "If-Range" and "99999" in date:
            assert (reply.status, reply.body) == (200, whole)
        assert reply.status in (200, 206)


@pytest.mark.parametrize("number", ["9" * 300, "9" * 5000, "-1", "٣", "1-0", "0-" + "9" * 5000])
def test_in_other_headers(desk: Desk, number: str) -> None:
    value = number.encode().decode("latin-1")
    for name, given in (
        ("Range", f"bytes={value}"), ("Range", f"bytes={value}-{value}"), ("If-Match", f'"{value}"'),
        ("If-None-Match", f'"{value}"'), ("Accept", f"text/html;q={value}"), ("Accept-Language", f"vi;q={value}"),
        ("Accept-Encoding", f"gzip;q={value}"), ("X-Request-Id", value), ("Max-Forwards", value),
        ("Keep-Alive", f"timeout={value}"), ("Cache-Control", f"max-age={value}"), ("X-Forwarded-Port", value),
    ):  # fmt: skip
        for path in ("/static/map.js", "/sparql?query=ASK%7B%7D"):
            reply = get(desk, path, **{name.replace("-", "_"): given})
            assert reply.status in (200, 206, 304, 400, 406, 412, 416, 431), (name, reply.body)


def test_in_the_graph() -> None:
    assert integer(Cell("12")) == 12
    for text in ("9" * 300, "9" * 5000, "٣", "-1", "1.0", ""):
        assert integer(Cell(text)) is None


def test_a_problem_is_small_however_long_the_number(desk: Desk) -> None:
    assert json.loads(get(desk, "/versions/" + "9" * 5000).body)["status"] == 404
