"""One article is one source: its address is known in every form, and nothing recorded is withdrawn unasked."""

import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import SEEDS, Server, contents, copied, running
from tests.support.browser import follow, reading, too_wide, violations
from tests.test_checkout import checked_out, thidua
from thidua.base.articles import normalised
from thidua.base.errors import InvalidDataError, ReplacesError
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH
from thidua.base.tokens import TokenFile
from thidua.write.request import Payload, Write
from thidua.write.source_text import template
from thidua.write.transaction import Writer

KNOWN = "e824604fd44fb349"
ADDRESS = "https://danang.gov.vn/web/guest/chinh-quyen/chi-tiet?id=30520&_c=2"
#: The same article, as people copy it.
FORMS = (
    ADDRESS,
    "http://www.danang.gov.vn/web/guest/chinh-quyen/chi-tiet/?_c=2&id=30520&utm_source=zalo#top",
    "HTTPS://DaNang.gov.vn:443/web/guest/chinh%2dquyen/chi-tiet?id=30520&_c=2&fbclid=x",
    f"https://web.archive.org/web/20180401000000/{ADDRESS}",
    f"http://web.archive.org/web/2018id_/http://web.archive.org/web/2017/{ADDRESS}",
)


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_one_address_are_one(form: str) -> None:
    assert normalised(form) == normalised(ADDRESS)


def test_other_addresses_stay_apart() -> None:
    others = [
        ADDRESS,
        ADDRESS.replace("30520", "30521"),
        ADDRESS.replace("danang", "m.danang"),
        ADDRESS + "&page=2",
        "https://example.vn/a%2Fb",
        "https://example.vn/a/b",
        "https://example.vn/A/b",
        "https://example.vn:8080/a/b",
        "http://[x",
        "https://web.archive.org/about",
        "",
    ]
    assert len(set(map(normalised, others))) == len(others)


@pytest.mark.parametrize("form", FORMS[1:4])
def test_no_second_file_is_begun(tmp_path: Path, form: str) -> None:
    copy = checked_out(tmp_path)
    before = sorted(path.name for path in (copy / "data/sources").iterdir())
    done = thidua("source", "new", "--url", form, cwd=copy)
    assert done.returncode == 2
    assert f"src:{KNOWN} is here already: danang.gov.vn" in done.stderr and "statements" in done.stderr
    assert sorted(path.name for path in (copy / "data/sources").iterdir()) == before


def second(address: str) -> str:
    """Another file for an article that is there."""
    return (
        "@prefix schema: <https://schema.org/> .\n@prefix src: <https://w3id.org/thidua/id/src/> .\n"
        f'src:00000000deadbeef schema:url "{address}" .\n'
    )


def payload(turtle: str) -> tuple[Payload, ...]:
    return (Payload(turtle.encode(), "text/turtle", None, "Turtle"),)


def test_a_second_source_of_one_article_is_refused_by_every_write(
    store: Path, tmp_path: Path, files: ProjectFiles
) -> None:
    own = copied(store, tmp_path / "store")
    before, writer = contents(own), Writer(own, files)
    turtle = second(FORMS[1])
    graph = f"{GRAPH}00000000deadbeef"
    triple = f"<https://w3id.org/thidua/id/src/00000000deadbeef> <https://schema.org/url> '{FORMS[3]}'"
    update = f"INSERT DATA {{ GRAPH <{graph}> {{ {triple} }} }}"
    for write in (
        Write("put", graph, payload(turtle)), Write("post", graph, payload(turtle)), Write("update", text=update)
    ):  # fmt: skip
        with pytest.raises(InvalidDataError, match=f"src:00000000deadbeef has the address of src:{KNOWN}") as refused:
            writer.write(write)
        assert len(refused.value.findings) == 1
    assert contents(own) == before


def test_a_second_file_of_one_article_is_refused_by_the_build(tmp_path: Path) -> None:
    copy = checked_out(tmp_path)
    (copy / "data/sources/00000000deadbeef.ttl").write_text(second(FORMS[2]), encoding="utf-8")
    done = thidua("validate", cwd=copy)
    assert done.returncode == 4
    assert "one article is one source" in done.stderr and done.stderr.count("deadbeef") >= 1


def test_a_load_keeps_what_is_there_until_told(store: Path, tmp_path: Path) -> None:
    own, file = copied(store, tmp_path / "store"), tmp_path / f"{KNOWN}.ttl"
    before = contents(own)
    file.write_text(f"@prefix src: <https://w3id.org/thidua/id/src/> . src:{KNOWN} <https://schema.org/name> 'x' .")
    done = thidua("load", str(file), "--store", str(own))
    assert done.returncode == 2 and "would be withdrawn" in done.stderr and "--replace" in done.stderr
    seen = thidua("load", str(file), "--store", str(own), "--preview")
    assert seen.returncode == 0, seen.stderr
    lines = seen.stdout.splitlines()
    # What goes is told before what comes, with what is there.
    assert lines[0].startswith(f"src:{KNOWN} is here already: danang.gov.vn") and "would be withdrawn" in lines[0]
    assert lines[1].startswith("withdrawn ") and "needs --replace" in lines[-1]
    assert contents(own) == before
    added = thidua("load", str(file), "--add", "--store", str(own))
    assert added.returncode == 0, added.stderr
    done = thidua("load", str(file), "--replace", "--store", str(own))
    assert done.returncode == 0, done.stderr


def test_what_only_adds_needs_no_word(store: Path, tmp_path: Path, files: ProjectFiles) -> None:
    own = copied(store, tmp_path / "store")
    writer = Writer(own, files)
    turtle = next(file.path for file in files.sources if file.path.stem == KNOWN).read_text(encoding="utf-8")
    more = turtle.replace("    schema:publisher", '    schema:name "Hội nghị" ;\n    schema:publisher')
    assert writer.write(Write("put", GRAPH + KNOWN, payload(more), keep=True)).published
    with pytest.raises(ReplacesError, match="1 of its statements"):
        writer.write(Write("put", GRAPH + KNOWN, payload(turtle), keep=True))
    assert writer.write(Write("put", GRAPH + KNOWN, payload(turtle))).published  # as PUT /data does


@pytest.fixture
def desk(store: Path, tmp_path: Path) -> Iterator[tuple[Server, Path, str]]:
    own = copied(store, tmp_path / "store")
    token = TokenFile(own / "tokens.json").create("Lan", "write")
    with running(own) as server:
        yield server, own, token


def test_the_desk_tells_what_is_there_and_withdraws_nothing_unasked(
    desk: tuple[Server, Path, str], browser: Browser, tmp_path: Path
) -> None:
    server, store, token = desk
    before = contents(store)
    with reading(browser, f"{server.url}/curate?lang=en&url={urllib.parse.quote(FORMS[1])}") as (page, seen):
        told = page.get_by_role("alert").filter(has_text=f"src:{KNOWN} is here already")
        expect(told).to_contain_text("danang.gov.vn")
        assert page.get_by_label("The source as Turtle").input_value() == ""  # no file to begin with
        assert violations(page) == []
        follow(told.get_by_role("link", name="Open it"))
        assert "td:headTerm" in page.get_by_label("The source as Turtle").input_value()

        # Somebody who puts a short text over it sees first what goes.
        short = f"<https://w3id.org/thidua/id/src/{KNOWN}> <https://schema.org/url> '{ADDRESS}' ."
        page.get_by_label("The source as Turtle").fill(short)
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Preview").click()
        heading = page.get_by_role("heading", name="This would withdraw")
        expect(heading).to_be_visible()
        outcome = page.inner_text("#outcome")
        assert outcome.index("This would withdraw") < outcome.index("Ready to publish")
        assert outcome.index("withdrawn ") < outcome.index("What would change")
        assert violations(page) == [] and not too_wide(page)
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("alert").filter(has_text="nothing was written")).to_be_visible()
        expect(heading).to_be_visible()
        assert contents(store) == before
        seen.console.clear()  # the browser notes the 409
        page.get_by_label("I want to withdraw").check()
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("heading", name="Published: version 2")).to_be_visible()
        page.goto(server.url + "/curate?lang=en")


def test_programs_are_told_so_by_its_code(desk: tuple[Server, Path, str]) -> None:
    server, store, token = desk
    before = contents(store)
    fields = {"turtle": second(ADDRESS).replace("00000000deadbeef", KNOWN), "mode": "put", "action": "publish"}
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    request = urllib.request.Request(server.url + "/curate", urllib.parse.urlencode(fields).encode(), headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 409 and b"would-replace" in refused.value.read()
    # One source's id over another's text is one mistake.
    fields = {"turtle": second("https://example.org/n"), "graph": KNOWN, "mode": "put", "action": "preview"}
    request = urllib.request.Request(server.url + "/curate", urllib.parse.urlencode(fields).encode(), headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 400 and b"src:00000000deadbeef" in refused.value.read()
    assert contents(store) == before


@pytest.mark.skipif(not SEEDS.exists(), reason="the articles are not beside the project")
def test_an_article_known_by_its_address_gets_its_text(tmp_path: Path) -> None:
    copy = checked_out(tmp_path)
    path, text = copy / f"data/sources/{KNOWN}.ttl", tmp_path / "article.txt"
    text.write_text("Thành phố Hải Phòng nhận vai trò Cụm trưởng năm 2018.\n", encoding="utf-8")
    told = thidua("source", "new", "--text", str(text), "--url", FORMS[3], cwd=copy)
    assert told.returncode == 2 and f"thidua source upgrade {KNOWN} --text" in told.stderr
    before = path.read_text(encoding="utf-8")
    done = thidua("source", "upgrade", KNOWN, "--text", str(text), "--url", FORMS[1], cwd=copy)
    assert done.returncode == 0, done.stderr
    after = path.read_text(encoding="utf-8")
    # Nothing is lost: the records are as they were, on evidence that spans the text.
    assert after.count("td:statedBy") == before.count("td:statedBy") and f"ev:{KNOWN}_0-54" in after
    assert ADDRESS in after and FORMS[1] not in after
    texts = tmp_path / "texts"
    texts.mkdir()
    shutil.copy(text, texts / f"{KNOWN}.txt")
    done = thidua("validate", "--texts", str(texts), cwd=copy)
    assert done.returncode == 0, done.stderr
    # Passages of it bear the id that it has; and it is known by its text now.
    assert f"ev:{KNOWN}_10-19" in thidua("source", "find", str(text), "Hải Phòng", cwd=copy).stdout
    assert f"src:{KNOWN} is here already" in thidua("source", "new", "--text", str(text), cwd=copy).stderr
    again = thidua("source", "upgrade", KNOWN, "--text", str(text), cwd=copy)
    assert again.returncode == 2 and "has a text already" in again.stderr


def test_an_address_that_is_none_begins_nothing() -> None:
    for address in ('https://example.vn/"><b>', "example.vn/x", "https://example.vn/a b"):
        with pytest.raises(Exception, match="An address begins with http"):
            template(None, address)
