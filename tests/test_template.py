"""A file to begin with is refused until it is edited, and each mistake in one is told once, at its line."""

from pathlib import Path

import pytest

from tests.conftest import contents, copied
from tests.test_checkout import checked_out, thidua
from thidua.base.articles import SourceText
from thidua.base.errors import DataError, Finding, InputError, InvalidDataError, RdfSyntaxError
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH, TEMPLATE
from thidua.building.build import assemble, check
from thidua.rdf.positions import undeclared_prefixes
from thidua.write.request import Payload, Write
from thidua.write.source_text import template
from thidua.write.transaction import Writer

SOURCE = "58cebb01e3e61250"
TEXTS = (
    template(None, "https://www.example.org/1"),
    template(SourceText("00000000deadbeef", "Bài.", "a" * 64), "", title="Bài", day="2026-01-05", kind="decision"),
)


@pytest.fixture(scope="module")
def writer(store: Path, files: ProjectFiles, tmp_path_factory: pytest.TempPathFactory) -> Writer:
    return Writer(copied(store, tmp_path_factory.mktemp("own") / "store"), files)


def refusal(writer: Writer, write: Write) -> tuple[Finding, ...]:
    try:
        writer.write(write)
    except InvalidDataError as exc:
        return exc.findings
    raise AssertionError("it was written")


def put(name: str, turtle: str) -> Write:
    return Write("put", GRAPH + name.removesuffix(".ttl"), (Payload(turtle.encode(), "text/turtle", None, "Turtle"),))


@pytest.mark.parametrize(("name", "turtle"), TEXTS)
def test_an_unedited_template_is_refused_once_at_its_line(
    store: Path, writer: Writer, tmp_path: Path, name: str, turtle: str
) -> None:
    line = next(number for number, text in enumerate(turtle.splitlines(), 1) if text.startswith("edition:"))
    (finding,) = refusal(writer, put(name, turtle))
    assert finding.where == f"Turtle:{line}" and TEMPLATE in finding.en and TEMPLATE in finding.vi
    assert [each.shape for each in writer.preview(put(name, turtle)).findings] == ["edited-template"]  # as on the desk

    copy, before = checked_out(tmp_path), contents(store)
    (copy / "data/sources" / name).write_text(turtle, encoding="utf-8")
    for command in (("validate",), ("build", "--store", str(store))):
        done = thidua(*command, cwd=copy)
        assert done.returncode == 4
        assert done.stderr.count(f"data/sources/{name}") == 1 and f"{name}:{line}: the template" in done.stderr
    assert contents(store) == before


@pytest.mark.parametrize("left", ["cluster:", "td:year", "ev:", "province:"])
def test_half_an_edit_is_none(writer: Writer, left: str) -> None:
    name, turtle = TEXTS[1]
    year = turtle.replace(f'"{TEMPLATE}"', "2024") if left != "td:year" else turtle
    lines = [
        line if left in line else line.replace(TEMPLATE, "0-3" if "ev:" in line else "x") for line in year.splitlines()
    ]
    assert [each.shape for each in refusal(writer, put(name, "\n".join(lines)))] == ["edited-template"]


def test_an_edited_one_is_taken(writer: Writer) -> None:
    name, turtle = TEXTS[0]
    key = "dong-bang-song-hong_2026"
    edited = (
        turtle.replace(f"cluster:{TEMPLATE}", "cluster:dong-bang-song-hong")
        .replace(f'    schema:name "{TEMPLATE}"@vi ;\n', "")
        .replace(f'    schema:datePublished "{TEMPLATE}"^^xsd:date ;\n', "")
        .replace(f'"{TEMPLATE}"', "2026")
        .replace(f"edition:{TEMPLATE}", f"edition:{key}")
        .replace(f"head:{TEMPLATE}", f"head:{key}_ninh-binh-2025")
        .replace(f"province:{TEMPLATE}", "province:ninh-binh-2025")
    )
    found = writer.preview(put(name, edited))
    assert not found.refused and found.added > 20, found.findings


def test_it_asks_for_title_and_day_and_takes_them() -> None:
    asking, given = TEXTS[0][1], TEXTS[1][1]
    assert f'schema:name "{TEMPLATE}"@vi' in asking and f'schema:datePublished "{TEMPLATE}"^^xsd:date' in asking
    assert 'schema:publisher "example.org"' in asking and "td:kind c:source-article" in asking
    assert 'schema:name "Bài"@vi ;\n    td:titleAt ev:00000000deadbeef_0-3 ;' in given
    assert 'schema:datePublished "2026-01-05"^^xsd:date' in given and "td:kind c:source-decision" in given
    for name, turtle in TEXTS:
        run = turtle[turtle.index(f"run:{name.removesuffix('.ttl')}\n") :]
        assert "td:readOn" in run and "td:readBy agent:editors" in run and "td:byRules" in run


@pytest.mark.parametrize(
    ("given", "told"),
    [({"title": "Bài khác"}, "does not stand in the text"), ({"day": "5/1/2026"}, "a day such as 2024-03-13")],
)
def test_what_it_cannot_take_is_told(given: dict[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        template(SourceText("00000000deadbeef", "Bài.", "a" * 64), "", **given)


def violations(writer: Writer, turtle: str) -> list[Finding]:
    return [each for each in writer.preview(put(SOURCE, turtle)).findings if each.severity == "Violation"]


def source(files: ProjectFiles) -> str:
    return next(file.path for file in files.sources if file.path.stem == SOURCE).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("province:kien-giang", "province:kien-giangg", "described-target"),
        ("person:nguyen-luu-trung", "person:nguyen-luu-trun", "described-target"),
        ("cluster:tay-nam-bo ", "cluster:tay-nam ", "described-target"),
        (f"ev:{SOURCE}", "ev:58cebb01e3e61251", "described-target"),
        ("td:year 2021", 'td:year "2021"', "ClusterEdition-year"),
        ("    td:year 2021 ;\n", "", "ClusterEdition-year"),
        ("td:headTerm head:tay-nam-bo_2021_kien-giang ;", "", "Membership-inEdition"),
        ("td:confidence 0.6", 'td:confidence "cao"', "SourcedRecord-confidence"),
        ("org:member province:kien-giang", "org:member province:hue", "Membership-key"),
        ("td:year 2021", "td:year 2016", "ClusterEdition-key"),
        ("td:year 2022", "td:year 2023", "ClusterEdition-year"),  # another source says 2022
        ("td:headTerm", "td:headTrem", "declared-term"),
    ],
)  # fmt: skip
def test_one_mistake_is_one_finding(writer: Writer, files: ProjectFiles, right: str, wrong: str, told: str) -> None:
    text = source(files)
    assert right in text
    # Of what stands in many places, all are mistaken, but of values, where each is a mistake of its own, the first.
    mistaken = text.replace(right, wrong, 1 if right.startswith(("td:c", "org:", "td:year")) else -1)
    assert [each.shape.removesuffix("-query") for each in violations(writer, mistaken)] == [told]


def test_the_build_tells_as_little(tmp_path: Path) -> None:
    copy = checked_out(tmp_path)
    path = copy / f"data/sources/{SOURCE}.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("province:kien-giang", "province:kien-giangg"), encoding="utf-8")
    with pytest.raises(DataError) as refused:
        assemble(ProjectFiles(copy))
    assert len(refused.value.problems) == 1 and "kien-giangg" in refused.value.problems[0]
    path.write_text(text.replace("    td:year 2021 ;\n", ""), encoding="utf-8")
    found = [each for each in check(assemble(ProjectFiles(copy))) if each.severity == "Violation"]
    assert [each.shape for each in found] == ["ClusterEdition-year"]


def test_all_prefixes_are_told_in_one_run(writer: Writer, files: ProjectFiles, tmp_path: Path) -> None:
    text = source(files)
    bare = "\n".join(line for line in text.splitlines() if not line.startswith("@prefix") or " td:" in line)
    wanted = {line.split()[1] for line in text.splitlines() if line.startswith("@prefix")} - {"td:"}
    used = {each for each in wanted if f" {each}" in bare or f"\n{each}" in bare or f"^^{each}" in bare}
    with pytest.raises(RdfSyntaxError) as refused:
        writer.preview(put(SOURCE, bare))
    assert all(f"the prefix {each} is not declared; add @prefix {each} <" in str(refused.value) for each in used)
    copy = checked_out(tmp_path)
    (copy / f"data/sources/{SOURCE}.ttl").write_text(bare, encoding="utf-8")
    done = thidua("validate", cwd=copy)
    assert done.returncode == 4
    told = [line for line in done.stderr.splitlines() if "is not declared" in line]
    assert len(told) == len(used) and all(line.startswith(f"data/sources/{SOURCE}.ttl:") for line in told)


def test_what_only_looks_like_a_prefix_is_none() -> None:
    text = (
        "@prefix a: <http://a/#x:y> . # b: c:d\n"
        "PREFIX e: <http://e/>\n"
        'a:s e:p "f:g" , """h:i\nj:k""" , _:l , "1"^^m:n , <o:p> , true .\n'
    )
    assert [(line, told.split()[2]) for line, told in undeclared_prefixes(text)] == [(4, "m:")]
