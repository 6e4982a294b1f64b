"""Citations by the command, from a service and in a notebook, in both languages, as other programs read them."""

import html
import importlib.util
import json
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pandas as pd
import pytest
import yaml

import thidua as package
from tests.support import bibtex
from tests.support.cli import thidua
from tests.support.http import BROWSER, call, problem
from tests.support.paths import ROOT
from tests.support.service import Server
from thidua.base.errors import InputError, KnowledgeGraphError, ParameterError, UnknownThingError
from thidua.base.formats import CITATIONS, by_name
from thidua.graph import KnowledgeGraph
from thidua.metadata.void_dcat import Place
from thidua.notebook import Graph
from thidua.views.citation_formats import write_citation
from thidua.views.citations import Citation, Reference, cite_answer, cite_graph, cite_thing

FACT = "head:dong-bang-song-hong_2024_nam-dinh"
IRI = "https://w3id.org/thidua/id/head/dong-bang-song-hong_2024_nam-dinh"
SOURCE = "fc4f76211082579c"
TITLE = "Hải Dương là Cụm phó Cụm thi đua các tỉnh đồng bằng sông Hồng năm 2024"
ADDRESS = "https://baohaiduong.vn/hai-duong-la-cum-pho-cum-thi-dua-cac-tinh-dong-bang-song-hong-nam-2024-375151.html"
ANSWER = {"question": "who-led", "cluster": "đbsh", "year": "2023"}
MEDIA = {form.name: media_type for media_type, form in CITATIONS.items()}
#: What of each kind is cited: as HTTP and a notebook name it.
CITED = {"fact": {"thing": FACT}, "source": {"thing": f"src:{SOURCE}"}, "answer": ANSWER, "graph": {}}


@pytest.fixture(scope="module")
def here(store: Path) -> Graph:
    return package.open(store)


@pytest.fixture(scope="module")
def there(server: Server) -> Graph:
    return package.connect(server.url)


def items(text: str) -> list[dict[str, Any]]:
    found = json.loads(text)
    assert isinstance(found, list)
    return found


class TestWhatItSays:
    def test_a_fact_in_words_with_its_passages_and_the_version(self, kg: KnowledgeGraph) -> None:
        version = kg.current().version
        vi, en = (write_citation(cite_thing(kg.current(), FACT, each), "plain") for each in ("vi", "en"))
        first, source = vi.splitlines()
        assert first.startswith("Cụm trưởng · Đồng bằng sông Hồng · 2024 · Nam Định. ")
        assert f"phiên bản {version.number} ({version.hash[:12]})" in first and first.endswith(IRI)
        assert source.startswith("Nguồn (nêu thẳng, ký tự 4315–4384): ")
        assert en.startswith("Cluster head · ") and "version" in en and "stated outright, characters 4315–4384" in en

    def test_a_fact_that_is_only_implied_says_so(self, kg: KnowledgeGraph) -> None:
        cited = write_citation(cite_thing(kg.current(), "head:tay-nam-bo_2020_hau-giang", "en"), "plain")
        title = "Ký giao ước thi đua năm 2020 cụm thi đua Tây Nam bộ"
        assert f"Source (implied): {title}. cand.com.vn, 28 February 2020." in cited
        assert "Known from excerpts, on 21 November 2026" in cited

    def test_a_source(self, kg: KnowledgeGraph) -> None:
        cited = write_citation(cite_thing(kg.current(), SOURCE, "vi"), "plain")
        assert cited.startswith(f"Hà Vy - Văn Nam. {TITLE}. baohaiduong.vn, 13/3/2024. ")
        assert f" {ADDRESS} Bản lưu, theo mẫu, chưa kiểm tra: https://web.archive.org/web/{ADDRESS}\n" in cited

    @pytest.mark.parametrize(
        "typed",
        [SOURCE, f"src:{SOURCE}", f"https://w3id.org/thidua/id/src/{SOURCE}", f"<src:{SOURCE}>", f"src/{SOURCE}",
         f"/doc/src/{SOURCE}", ADDRESS, ADDRESS.replace("https://", "http://www.") + "?utm_source=x", TITLE],
    )  # fmt: skip
    def test_what_it_goes_by(self, kg: KnowledgeGraph, typed: str) -> None:
        assert cite_thing(kg.current(), typed, "vi") == cite_thing(kg.current(), SOURCE, "vi")

    def test_a_name_made_of_publisher_and_day_is_said_once(self, kg: KnowledgeGraph) -> None:
        cited = write_citation(cite_thing(kg.current(), "src:fff08f5fe6980163", "en"), "plain")
        assert cited.startswith("dantri.com.vn, 25 September 2020. Day of publication as its address has it. ")

    def test_an_answer_and_its_lasting_address(self, kg: KnowledgeGraph) -> None:
        given, number = {"cluster": "đbsh", "year": "2023"}, kg.current().version.number
        place = Place("https://a.vn/kg/")
        cited = cite_answer(kg.current(), "who-led", given, "en", place).references
        assert [each.title for each in cited] == ["Who led which cluster when (Cluster: Red River Delta; Year: 2023)"]
        parameters = urlencode({**given, "version": number})
        assert cited[0].address == f"https://a.vn/kg/questions/who-led?{parameters}"
        assert cite_answer(kg.current(), "who-led", given, "en").references[0].address == ""

    def test_a_thing_of_a_register_with_its_sources(self, kg: KnowledgeGraph) -> None:
        first, *sources = cite_thing(kg.current(), "province:thai-binh", "en").references
        assert first.title == "Thái Bình" and "GeoNames admin1 codes, 2020" in [each.title for each in sources]

    def test_the_graph(self, kg: KnowledgeGraph) -> None:
        (cited,) = cite_graph(kg.current(), "en").references
        assert cited.address == "https://w3id.org/thidua/dataset" and cited.title.startswith("A knowledge graph")

    @pytest.mark.parametrize(
        ("typed", "error", "told"),
        [
            ("head:nobody", UnknownThingError, "thidua search"),
            ("head:dong-bang-song-hong_2030_ninh-binh", UnknownThingError, "Perhaps: cluster:dong-bang-song-hong"),
            ("nobody at all", UnknownThingError, "thidua search"),
            ("ninh binh", ParameterError, "province:ninh-binh-2025"),
            ("who-led", InputError, "--question who-led"),
            ("kind/x", UnknownThingError, "There is no kind 'kind'"),
            ("https://example.org/none", UnknownThingError, "the address of an article"),
            ("province:a b", InputError, "is no IRI"),
            ("", InputError, "Say what to cite"),
        ],
    )
    def test_what_cannot_be_cited_tells_what_to_try(
        self, kg: KnowledgeGraph, typed: str, error: type[KnowledgeGraphError], told: str
    ) -> None:
        with pytest.raises(error) as raised:
            cite_thing(kg.current(), typed, "en")
        assert told in str(raised.value)

    def test_other_languages_and_formats_are_refused(self, kg: KnowledgeGraph) -> None:
        with pytest.raises(ParameterError, match="vi or en"):
            cite_thing(kg.current(), FACT, "fr")
        with pytest.raises(ParameterError, match="plain, bibtex, csl-json"):
            write_citation(cite_graph(kg.current(), "vi"), "ris")
        with pytest.raises(ParameterError, match="has no parameter 'yaer'"):
            cite_answer(kg.current(), "who-led", {"yaer": "2023"}, "vi")


#: Texts as strangers may write them into a graph.
HOSTILE = "50% {of} R&D_x #1 $2 ~a^b \\input{/etc/passwd} } { @misc{y,\ntitle = {z}} “đ”."


class TestFormats:
    @pytest.fixture
    def hostile(self) -> Citation:
        fact = Reference(
            key="head:a b/c–d{", kind="fact", title=HOSTILE, container=HOSTILE, version=HOSTILE, issued="2026-11-30",
            address="https://a.vn/{x}?y=%C4%91&z=\\ 1", language="vi", notes=(HOSTILE,),
        )  # fmt: skip
        source = Reference(
            key="source-x", kind="article", title=HOSTILE, authors=(HOSTILE, "B and C"), publisher=HOSTILE,
            issued="2018-03", read="2026-11-21", archived="https://web.archive.org/web/https://a.vn/{x}%20#y",
            notes=(HOSTILE,), bears=HOSTILE,
        )  # fmt: skip
        return Citation("en", (fact, source))

    def test_bibtex_holds_whatever_is_written(self, hostile: Citation) -> None:
        text = write_citation(hostile, "bibtex")
        fact, source = bibtex.read(text)
        assert (fact.type, fact.key) == ("misc", "thidua-head-a-b-c-d-")
        plain = fact.fields["title"]
        assert plain.startswith(r"{50\% \textbraceleft{}of\textbraceright{} R\&D\_x \#1 \$2 \textasciitilde{}a")
        assert "\\input" not in text.replace("\\textbackslash{}input", "") and "\n" not in plain
        assert fact.fields["url"] == "https://a.vn/%7Bx%7D?y=%C4%91&z=%5C%201"
        assert (fact.fields["year"], fact.fields["date"]) == ("2026", "2026-11-30")
        assert source.fields["author"].count("{{") == 0 and source.fields["author"].endswith("} and {B and C}")
        assert source.fields["date"] == "2018-03" and source.fields["urldate"] == "2026-11-21"
        assert r"not checked: \url{https://web.archive.org/web/https://a.vn/%7Bx%7D%20#y}" in source.fields["note"]

    @pytest.mark.skipif(not importlib.util.find_spec("bibtexparser"), reason="bibtexparser is not installed")
    def test_a_parser_of_others_reads_the_same(self, hostile: Citation) -> None:
        import bibtexparser  # type: ignore[import-not-found, unused-ignore]

        text = write_citation(hostile, "bibtex")
        library = bibtexparser.parse_string(text)
        assert not library.failed_blocks
        assert [(each.key, {f.key: f.value for f in each.fields}) for each in library.entries] == [
            (each.key, each.fields) for each in bibtex.read(text)
        ]

    def test_csl_has_the_types_and_the_dates_of_its_schema(self, hostile: Citation) -> None:
        fact, source = items(write_citation(hostile, "csl-json"))
        assert fact["type"] == "dataset" and fact["issued"] == {"date-parts": [[2026, 11, 30]]}
        assert source["type"] == "webpage" and source["issued"] == {"date-parts": [[2018, 3]]}
        assert source["accessed"] == {"date-parts": [[2026, 11, 21]]}
        assert source["author"][1] == {"literal": "B and C"}
        assert "not checked: https://web.archive.org" in source["note"]
        # The names of CSL 1.0.2, each with the type of value that its schema asks for.
        texts = {"id", "type", "title", "container-title", "version", "publisher", "URL", "language", "note"}
        for item in (fact, source):
            assert item.keys() <= texts | {"author", "issued", "accessed"}
            assert all(isinstance(value, str) and value for name, value in item.items() if name in texts)

    def test_plain_is_a_line_each(self, hostile: Citation) -> None:
        assert len(write_citation(hostile, "plain").splitlines()) == 2

    @pytest.mark.parametrize("kind", ["decision", "registry", "data-set", "article"])
    def test_every_kind_of_source_has_a_type(self, kind: str) -> None:
        (item,) = items(write_citation(Citation("vi", (Reference("k", kind, "T"),)), "csl-json"))
        assert item["type"] == {"decision": "legislation", "article": "webpage"}.get(kind, "dataset")

    @pytest.mark.parametrize("cited", CITED)
    def test_all_that_is_cited_is_read(self, here: Graph, cited: str) -> None:
        how = dict(CITED[cited])
        entries = bibtex.read(here.cite(how.pop("thing", None), format="bibtex", **how))
        listed = items(here.cite(CITED[cited].get("thing"), format="csl-json", **how))
        assert [each.key for each in entries] == [each["id"] for each in listed] != []
        assert len(entries) == (2 if cited == "fact" else 1)


class TestCommand:
    def test_it_gives_what_the_library_does(self, store: Path, kg: KnowledgeGraph) -> None:
        snapshot, place = kg.current(), Place("https://a.vn/")
        answer = ("--question", "who-led", "--with", "cluster=đbsh", "--with", "year=2023")
        for arguments, cited in (
            ((FACT,), cite_thing(snapshot, FACT, "vi")),
            ((FACT, "--lang", "en", "--base", "https://a.vn"), cite_thing(snapshot, FACT, "en", place)),
            (("--source", SOURCE), cite_thing(snapshot, SOURCE, "vi")),
            (("--source", ADDRESS), cite_thing(snapshot, SOURCE, "vi")),
            (answer, cite_answer(snapshot, "who-led", {"cluster": "đbsh", "year": "2023"}, "vi")),
            ((), cite_graph(snapshot, "vi")),
            (("--version", "1"), cite_graph(kg.at(1), "vi")),
        ):
            for form in by_name(CITATIONS):
                done = thidua("cite", *arguments, "--format", form, store=store)
                assert (done.returncode, done.stdout) == (0, write_citation(cited, form)), done.stderr

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("head:nobody",), "thidua search"),
            (("--source", "nope"), "Version 1 says nothing of"),
            (("--question", "who-ledd"), "did you mean who-led"),
            ((FACT, "--question", "who-led"), "one at a time"),
            (("--with", "year=2023"), "name that too"),
            (("--question", "who-led", "--with", "2023"), "NAME=VALUE"),
            ((FACT, "--version", "99"), "There is no version 99"),
        ],
    )
    def test_errors_teach(self, store: Path, arguments: tuple[str, ...], told: str) -> None:
        done = thidua("cite", *arguments, store=store)
        assert done.returncode != 0 and not done.stdout and told in done.stderr


class TestService:
    @pytest.mark.parametrize("form", MEDIA)
    @pytest.mark.parametrize("cited", CITED)
    def test_every_format_by_name_and_accept(self, server: Server, kg: KnowledgeGraph, cited: str, form: str) -> None:
        given, place = CITED[cited], Place(f"{server.url}/")
        match cited:
            case "answer":
                parameters = {name: value for name, value in given.items() if name != "question"}
                expected = cite_answer(kg.current(), given["question"], parameters, "en", place)
            case "graph":
                expected = cite_graph(kg.current(), "en", place)
            case _:
                expected = cite_thing(kg.current(), given["thing"], "en", place)
        text = write_citation(expected, form)
        for reply in (
            call(server, f"/cite?{urlencode({**given, 'lang': 'en', 'format': form})}", accept=BROWSER),
            call(server, f"/cite?{urlencode({**given, 'lang': 'en'})}", accept=MEDIA[form]),
        ):
            assert (reply.status, reply.media_type, reply.body.decode()) == (200, MEDIA[form], text)
        if cited != "graph":
            assert expected.references[0].address.startswith(server.url) == (cited != "source")

    def test_the_address_in_it_lasts(self, server: Server) -> None:
        for given in (CITED["fact"], ANSWER):
            (item, *_) = items(call(server, f"/cite?{urlencode({**given, 'format': 'csl-json'})}").body.decode())
            reply = call(server, item["URL"].removeprefix(server.url), accept="text/html")
            assert reply.status in (200, 303) and "version=1" in item["URL"]

    @pytest.mark.parametrize(
        ("asked", "status", "code", "told"),
        [
            ("thing=head:nobody", 404, "unknown-thing", "/search"),
            ("thing=who-led", 400, "bad-input", "/cite?question=who-led"),
            ("thing=ninh+binh", 400, "bad-parameter", "province:ninh-binh-2025"),
            ("thing=", 400, "bad-input", "Say what to cite"),
            ("question=who-ledd", 404, "not-found", "did you mean who-led"),
            ("question=who-led&yaer=1", 400, "bad-parameter", "it takes: cluster"),
            (f"thing={FACT}&question=who-led", 400, "bad-parameter", "has no parameter 'thing'"),
            (f"thing={FACT}&thing={FACT}", 400, "bad-input", "2 times"),
            (f"thing={FACT}&format=ris", 406, "not-acceptable", "application/x-bibtex"),
            (f"thing={FACT}&version=99", 404, "not-found", "There is no version 99"),
        ],
    )
    def test_errors_teach(self, server: Server, asked: str, status: int, code: str, told: str) -> None:
        assert told in problem(call(server, f"/cite?{asked}"), status, code)["detail"]

    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_pages_lead_to_it(self, server: Server, language: str) -> None:
        thing, answer = "/doc/" + IRI.rpartition("/id/")[2], "/questions/who-led?cluster=dong-bang-song-hong&year=2023"
        for page, told in ((thing, "4315–4384"), (answer, "@misc{thidua-who-led-dong-bang-song-hong-2023-v1,")):
            more = f"{'&' if '?' in page else '?'}lang={language}&version=1"
            links = re.findall(r'href="(/cite\?[^"]*)"', call(server, page + more, accept=BROWSER).text)
            (link,) = [html.unescape(each) for each in links]
            assert f"lang={language}" in link and "version=1" in link
            cited = call(server, link, accept=BROWSER)
            assert (cited.status, cited.media_type) == (200, "text/html") and told in cited.text
            for form in re.findall(r'href="(/cite\?format=[^"]*)"', cited.text):
                assert call(server, html.unescape(form)).status == 200


class TestNotebook:
    @pytest.mark.parametrize("lang", ["vi", "en"])
    @pytest.mark.parametrize("form", MEDIA)
    @pytest.mark.parametrize("cited", CITED)
    def test_here_and_there_say_the_same_but_for_the_address(
        self, here: Graph, there: Graph, server: Server, cited: str, form: str, lang: str
    ) -> None:
        how = dict(CITED[cited])
        thing = how.pop("thing", None)
        ours, theirs = (kg.cite(thing, lang=lang, format=form, **how) for kg in (here, there))
        if cited == "source":
            assert ours == theirs
        elif form == "csl-json":
            assert [{**each, "URL": ""} for each in items(ours)] == [{**each, "URL": ""} for each in items(theirs)]
            assert items(theirs)[0]["URL"].startswith(server.url)
        else:
            assert server.url in theirs and server.url not in ours

    def test_an_answer_is_cited_as_it_was_asked(self, here: Graph, there: Graph) -> None:
        for kg in (here, there):
            answer = kg.ask("who-led", cluster="đbsh", year=2023)
            assert answer.attrs["parameters"] == {"cluster": "đbsh", "year": "2023"}
            assert kg.cite(answer, lang="en") == kg.at(kg.version).cite(
                question="who-led", cluster="đbsh", year=2023, lang="en"
            )
            assert kg.cite(answer.head(1)) == kg.cite(answer)

    def test_what_is_no_answer_of_this_graph_is_told(self, here: Graph) -> None:
        answer = here.ask("who-led", year=2023)
        answer.attrs["hash"] = "0" * 64
        for wrong, told in ((answer, "another graph"), (pd.DataFrame(), "kg.ask"), (7, "kg.ask"), ("", "Say what")):
            with pytest.raises(ParameterError, match=told):
                here.cite(wrong)  # type: ignore[arg-type]
        with pytest.raises(ParameterError, match="Name the question"):
            here.cite(FACT, year=2023)

    def test_from_the_package_itself(
        self, here: Graph, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(package, "open", lambda: package.connect if store is None else here)
        assert package.cite(FACT, lang="en", format="bibtex") == here.cite(FACT, lang="en", format="bibtex")
        assert package.cite() == here.cite()


def test_the_project_says_how_it_is_cited() -> None:
    """By the Citation File Format 1.2.0, of which these are the keys that it has and needs."""
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"cff-version", "message", "title", "authors"} <= cff.keys()
    optional = {"type", "abstract", "version", "license", "keywords"}
    assert cff.keys() <= {"cff-version", "message", "title", "authors"} | optional
    assert (cff["cff-version"], cff["type"], cff["version"]) == ("1.2.0", "software", project["version"])
    (author,) = cff["authors"]
    assert author.keys() == {"name"} and author["name"] in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert set(cff["license"]) == set(project["license"].split(" AND "))
    assert cff["keywords"] == project["keywords"] and len(set(cff["keywords"])) == len(cff["keywords"])


def test_addresses_with_odd_letters_find_their_source(server: Server) -> None:
    odd = "https://kontum.gov.vn/pages/detail/36405/Dien-van-khai-mac-Dai-hoi-thi-dua-yeu-nuoc-lan-thu-VIII-(2020-2025)"
    reply = call(server, f"/cite?thing={quote(odd, safe='')}&format=plain")
    assert problem(reply, 404, "unknown-thing")["detail"].count(odd) == 1


@pytest.mark.parametrize(("language", "heading", "made"), [
    ("vi", "Cách trích dẫn", "những người đóng góp"), ("en", "How to cite", "the contributors of the thidua project")
])  # fmt: skip
def test_the_page_of_the_dataset_says_who_made_it_and_how_to_cite_it(
    server: Server, language: str, heading: str, made: str
) -> None:
    page = call(server, f"/dataset?lang={language}", accept="text/html").text
    assert heading in page and made in page and "thidua export" in page
    told = call(server, f"/cite?lang={language}", accept="text/plain").text
    assert told.split(" http")[0] in re.sub(r"<[^>]*>", "", html.unescape(page))
