"""The desk's door: who may, how much, what programs get; and that nothing is kept past its day."""

import datetime
import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support import articles
from tests.support.desk import Desk, Reply
from tests.support.service import running, until
from tests.support.stores import contents, copied
from thidua.base.tokens import TokenFile
from thidua.extract.work import Shelf

FORM = "application/x-www-form-urlencoded"
KEYS = ("text", "url", "title", "published", "publisher", "author")


@pytest.fixture(scope="module")
def desk(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    own = copied(store, tmp_path_factory.mktemp("door") / "store")
    tokens = TokenFile(own / "tokens.json")
    roles = {"write": tokens.create("Lan", "write"), "read": tokens.create("reader", "read"), "wrong": "wrong"}
    roles["second"] = tokens.create("Bình", "write")
    with running(own, env={"THIDUA_FETCH_HOSTS": "localhost, 127.0.0.1, *.invalid"}) as service:
        yield Desk(service, own, roles)


def post(desk: Desk, path: str, role: str | None = "write", accept: str = "application/json", **fields: str) -> Reply:
    return desk.call("POST", path, urlencode(fields), role, Content_Type=FORM, Accept=accept)


def begin(desk: Desk, role: str | None = "write", accept: str = "application/json", **more: str) -> Reply:
    given = {"text": articles.TEXT, "url": f"https://example.org/{uuid.uuid4()}", "published": "2026-03-13"}
    return post(desk, "/curate/articles?lang=en", role, accept, **(given | more))


def facts(reply: Reply) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reply.json["proposals"]
    return found


@pytest.mark.parametrize("path", ["/curate/articles", "/curate/articles/0123456789abcdef", "/curate/work"])
def test_only_those_who_may_write(desk: Desk, path: str) -> None:
    before = contents(desk.store)
    fields = {"text": articles.TEXT, "action": "open"}
    assert post(desk, path, None, **fields).status == 401
    assert post(desk, path, None, token="wrong", **fields).status == 401
    assert post(desk, path, "wrong", **fields).status == 401
    assert post(desk, path, "read", **fields).status == 403
    page = post(desk, path, "wrong", "text/html", **fields)
    assert page.status == 401 and page.headers["WWW-Authenticate"] and page.headers["Cache-Control"] == "no-store"
    # Of whom it does not know it reads nothing large, and takes no cookie for a word.
    large = urlencode({"text": "x" * 100_000, "token": desk.tokens["write"]})
    assert desk.call("POST", path, large, None, Content_Type=FORM).status == 401
    cookie = {"Cookie": f"token={desk.tokens['write']}"}
    assert desk.call("POST", path, urlencode(fields), None, Content_Type=FORM, **cookie).status == 401
    assert contents(desk.store) == before


def test_a_small_form_may_have_its_token_in_it_and_no_page_has_it(desk: Desk) -> None:
    reply = begin(desk, None, "text/html", token=desk.tokens["write"])
    assert reply.status == 200 and b'data-view="cards"' in reply.body
    assert desk.tokens["write"].encode() not in reply.body
    assert reply.headers["Cache-Control"] == "no-store" and "Set-Cookie" not in reply.headers
    assert "'unsafe-inline'" not in reply.headers["Content-Security-Policy"]
    assert b"<script>" not in reply.body and b" onclick" not in reply.body and b"style=" not in reply.body


def test_a_program_decides_and_publishes(desk: Desk) -> None:
    begun = begin(desk, text=articles.TEXT + "Một.\n")
    assert begun.status == 200, begun.body
    work = begun.json["id"]
    (scope,) = [each for each in facts(begun) if each["fact"]["kind"] == "scope"]
    (head,) = [
        each for each in facts(begun)
        if each["fact"]["kind"] == "role" and (each["fact"]["year"], each["fact"]["role"]) == (2026, "head")
    ]  # fmt: skip
    path = f"/curate/articles/{work}"
    saved = post(desk, path, action="save", **{f"d.{scope['id']}": "accept", f"d.{head['id']}": "accept"})
    assert saved.status == 200 and saved.json["saved"]
    # It is as it was left, for whoever began, and for nobody else.
    again = begin(desk, text=articles.TEXT + "Một.\n")
    assert {each["id"] for each in facts(again) if each["said"]} == {scope["id"], head["id"]}
    assert post(desk, path, "second", action="open").status == 404
    assert post(desk, "/curate/work").json[0]["id"] and work in {each["id"] for each in post(desk, "/curate/work").json}
    before = desk.current()
    done = post(desk, path, action="publish", message="thử")
    assert done.status == 200, done.body
    assert done.json == {"version": before + 1, "published": True, "decisions": 2}
    assert post(desk, path, action="open").status == 404  # nothing is left of it
    lines = (desk.store / "decisions" / f"{work}.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["decision"] for line in lines] == ["accept", "accept"]
    assert post(desk, path, action="publish").status == 404
    # Rejected and unsure are kept as well, with the reason.
    begun = begin(desk, text=articles.TEXT + "Hai.\n")
    work, items = begun.json["id"], facts(begun)
    fields = {f"d.{items[0]['id']}": "reject", f"d.{items[1]['id']}": "unsure", f"reason.{items[1]['id']}": "không rõ"}
    assert post(desk, f"/curate/articles/{work}", action="publish", **fields).json["published"] is False
    lines = (desk.store / "decisions" / f"{work}.jsonl").read_text(encoding="utf-8").splitlines()
    assert [(json.loads(line)["decision"], json.loads(line).get("reason")) for line in lines] == [
        ("reject", None), ("unsure", "không rõ")
    ]  # fmt: skip
    assert desk.current() == before + 1


def test_an_edited_fact_is_noted_with_what_it_was(desk: Desk) -> None:
    begun = begin(desk, text=articles.TEXT + "Ba.\n")
    work, items = begun.json["id"], facts(begun)
    scope = next(each for each in items if each["fact"]["kind"] == "scope")
    role = next(each for each in items if each["fact"]["kind"] == "role" and each["fact"]["role"] == "deputy")
    fields = {
        f"d.{scope['id']}": "accept", f"d.{role['id']}": "accept", f"v.{role['id']}.province": "Quảng Ninh",
        f"s.{role['id']}": "0-40 99999999-1 5-2", f"b.{role['id']}": "implied", "d.unknown": "accept",
        f"v.{role['id']}.nothing": "x", "m.title": articles.TITLE,
    }  # fmt: skip
    path = f"/curate/articles/{work}"
    edited = post(desk, path, action="open", **fields)
    fact = next(each["fact"] for each in facts(edited) if each["id"] == role["id"])
    assert (fact["province"], fact["spans"], fact["basis"]) == ("quang-ninh", [[0, 40]], "implied")
    assert post(desk, path, action="publish").json["published"] is True
    lines = (desk.store / "decisions" / f"{work}.jsonl").read_text(encoding="utf-8").splitlines()
    (line,) = [each for each in map(json.loads, lines) if each["decision"] == "edit"]
    assert line["before"]["province"] == "hung-yen-2025" and line["after"]["province"] == "quang-ninh"
    reply = desk.call("GET", "/questions/who-led.csv?year=2026", role=None)
    assert b"quang-ninh" in reply.body


def test_a_source_that_was_known_by_its_address_gets_its_text(desk: Desk) -> None:
    known, address = "e824604fd44fb349", "https://danang.gov.vn/web/guest/chinh-quyen/chi-tiet?id=30520&_c=2"
    text = (
        "Cụm thi đua 5 thành phố trực thuộc Trung ương tổng kết năm 2017.\nThành phố Cần Thơ là Cụm trưởng năm 2019.\n"
    )
    begun = begin(desk, text=text, url=f"http://www.{address.removeprefix('https://')}#top", published="")
    assert begun.json["id"] == known
    span = f"{text.index('Cần Thơ')}-{text.index('.', text.index('Cần Thơ'))}"
    path = f"/curate/articles/{known}"
    post(desk, path, action="add", **{"add.kind": "role", "add.span": span})
    items = facts(post(desk, path, action="open"))
    role = next(each for each in items if each["added"])
    scope = next(each for each in items if each["fact"]["kind"] == "scope")
    fields = {f"d.{scope['id']}": "accept", f"d.{role['id']}": "accept"}
    fields |= {f"v.{scope['id']}.value": "national", f"v.{role['id']}.cluster": "thanh-pho-truc-thuoc-trung-uong"}
    fields |= {f"v.{role['id']}.province": "Cần Thơ (đến 30/6/2025)", f"v.{role['id']}.year": "2019"}
    graph = f"/data?graph=https://w3id.org/thidua/graph/{known}"
    before = desk.call("GET", graph, role=None, Accept="application/n-triples").body.decode()
    done = post(desk, path, action="publish", **fields)
    assert done.status == 200 and done.json["published"], done.body
    after = desk.call("GET", graph, role=None, Accept="application/n-triples").body.decode()
    # Every record is there, on the span of the text; the new one on its passage.
    assert f"ev/{known}>" in before and f"ev/{known}>" not in after
    assert after.count("statedBy") > before.count("statedBy") and f"ev/{known}_0-{len(text)}" in after
    assert f"ev/{known}_{span}" in after and "_2019_can-tho" in after
    # Another text of that address is refused: positions would not fit.
    other = begin(desk, text=text + "Thêm.", url=address, published="")
    assert other.status == 400 and "its hash differs" in other.json["detail"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"text": "x " * 110_000}, "at most 200,000"),
        ({"text": "a\0b"}, "NUL"),
        ({"text": " "}, "nothing is fetched"),
        ({"text": " ", "url": ""}, "Paste the article"),
        ({"text": " ", "url": "http://localhost/"}, "not public"),
        ({"text": " ", "url": "http://127.0.0.1/"}, "not public"),
        ({"text": " ", "url": "http://nowhere.invalid/"}, "No address is known"),
        ({"text": " ", "url": "https://example.org/x"}, "has not named it"),
        ({"published": "13/3/2026"}, "2024-03-13"),
        ({"published": "2026-02-31"}, "2024-03-13"),
        ({"url": "javascript:alert(1)"}, "begins with http"),
        ({"url": 'https://example.org/"><b>'}, "begins with http"),
    ],
)
def test_what_is_no_article_is_refused(desk: Desk, more: dict[str, str], told: str) -> None:
    reply = begin(desk, accept="application/json, text/html;q=0.1", **({"url": "https://a.example/"} | more))
    if told == "nothing is fetched":
        told = "Nothing is fetched"
    assert reply.status in (400, 403), reply.body
    assert told in reply.json["detail"]


def multipart(**files: tuple[str, bytes]) -> tuple[bytes, str]:
    boundary = "b0undary"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, (file, content) in files.items()
    ]
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def upload(desk: Desk, **files: tuple[str, bytes]) -> Reply:
    body, kind = multipart(**files)
    return desk.call("POST", "/curate/articles", body, Content_Type=kind, Accept="application/json")


def test_files_are_taken_as_texts_pages_and_facts(desk: Desk) -> None:
    page = (
        "<!doctype html><title>Một bài</title><nav>Trang chủ</nav><article><h1>Một bài</h1>"
        + "".join(f"<p>{line}</p>" for line in articles.TEXT.splitlines())
        + "</article><script>alert(1)</script>"
    )
    read = upload(desk, file=("a.html", page.encode()))
    assert read.status == 200, read.body
    assert any(each["fact"]["kind"] == "role" for each in facts(read))
    text = (articles.TEXT + "Bốn.\n").encode()
    read = upload(desk, file=("a.txt", text), facts=("f.jsonl", articles.facts_file()))
    assert read.status == 200 and {each["fact"]["kind"] for each in facts(read)} >= {"scope", "role", "member"}
    for wrong in (
        b"{", b'{"kind": "none"}', b"[]", b"\xff", b'{"kind": "role", "nothing": 1}',
        b'{"kind": "role", "spans": [[0, 999999]]}', b'{"kind": "role", "spans": [[5, 2]]}', b"[" * 100_000,
        b'{"kind": "role"}\n' * 1001,
    ):  # fmt: skip
        reply = upload(desk, file=("a.txt", text), facts=("f.jsonl", wrong))
        assert reply.status == 400 and "file of facts" in reply.json["detail"], wrong[:40]
    assert upload(desk, file=("a.pdf", b"%PDF-1.4")).status == 400
    assert upload(desk, file=("a.txt", b"x" * 5_000_000)).status == 413


def test_hostile_repetition_is_read_in_time(desk: Desk) -> None:
    piece = "Ngày 12-3, tại tỉnh Ninh Bình, ông Nguyễn Văn A, Cụm trưởng Cụm thi đua (năm 2024), tặng 5 Bằng khen cho "
    text = (piece * 3000)[:130_000]
    begun = time.monotonic()
    reply = begin(desk, text=text)
    assert reply.status == 200, reply.body
    assert time.monotonic() - begun < 60


def test_the_form_of_turtle_is_where_old_links_lead(desk: Desk) -> None:
    for query in ("source=18d8c37f4f6536d1", "url=https://example.org/x", "source=18d8c37f4f6536d1&lang=en"):
        reply = desk.call("GET", f"/curate?{query}", role=None, Accept="text/html")
        assert reply.status == 200 and b'name="turtle"' in reply.body
    assert desk.call("GET", "/curate", role=None).status == 200
    preview = post(desk, "/curate", turtle="# nothing", graph="18d8c37f4f6536d1", mode="post", action="preview")
    assert preview.status == 200 and preview.json["parent"]


def test_nothing_is_kept_past_its_day(store: Path, tmp_path: Path) -> None:
    own = copied(store, tmp_path / "store")
    token = TokenFile(own / "tokens.json").create("Lan", "write")
    folder = tmp_path / "desk"
    with running(own, env={"THIDUA_DESK": str(folder), "THIDUA_DESK_DAYS": "2"}) as service:
        desk = Desk(service, own, {"write": token})
        begun = begin(desk)
        last = datetime.date.fromisoformat(begun.json["ends"])
        assert last == datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=2)
    (file,) = folder.glob("*/*.json")
    shelf = Shelf(folder, 2)
    assert shelf.purge(last) == 0 and file.exists()
    work = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(work | {"ends": "2026-01-01"}), encoding="utf-8")
    with running(own, env={"THIDUA_DESK": str(folder)}) as service:
        Desk(service, own, {}).call("GET", "/", role=None)  # nobody comes to the desk, and it is deleted all the same
        until(lambda: not file.exists())
