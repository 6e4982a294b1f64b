"""Proposals are annotations without a quotation, under ids that stay, and know what the graph says already."""

import json
import re
from dataclasses import replace

import pytest
import rdflib

from tests.support.made_up_article import CHAIR, CLUSTER, FACTS, LEAD, PASSED, TEXT, article, fact, head, of_kind, spans
from thidua.base.articles import SourceText
from thidua.base.files import ProjectFiles
from thidua.extract.article import Article
from thidua.extract.proposals import Proposal, as_jsonld, as_turtle, id_of, propose
from thidua.extract.registry import Registry
from thidua.graph import KnowledgeGraph

OA = "http://www.w3.org/ns/oa#"


@pytest.fixture(scope="module")
def compared(kg: KnowledgeGraph) -> list[Proposal]:
    return propose(article(), FACTS, kg.current())


def only(proposals: list[Proposal], kind: str) -> list[Proposal]:
    return [proposal for proposal in proposals if proposal.fact.kind == kind]


def test_without_a_store_nothing_is_known_of_the_graph(files: ProjectFiles) -> None:
    found = propose(article(), FACTS, registry=Registry.read(files))
    assert {proposal.status for proposal in found} == {"unknown"}
    assert [proposal.fact for proposal in found] == FACTS


def test_a_second_run_gives_the_same_ids(files: ProjectFiles) -> None:
    registry = Registry.read(files)
    first = [proposal.id for proposal in propose(article(), FACTS, registry=registry)]
    better = [replace(each, spans=((0, 5),), rule="another", confidence=0.5) for each in FACTS]
    assert [proposal.id for proposal in propose(article(), better, registry=registry)] == first
    assert len(set(first)) == len(FACTS)
    assert all(re.fullmatch(r"[0-9a-f]{16}", each) for each in first)
    # An entry of the registry that came later is another link, not another proposal; another source's is another.
    linked = fact("movement", LEAD, printed="Làng xanh bịa đặt", id="lang-xanh-bia-dat")
    assert id_of("a", linked) == id_of("a", fact("movement", CHAIR, printed="Làng xanh bịa đặt"))
    assert id_of("a", linked) != id_of("b", linked)
    assert id_of("a", head(2024, "ha-nam", LEAD)) != id_of("a", head(2023, "ha-nam", LEAD))


def test_equal_facts_are_one_proposal_with_both_passages(files: ProjectFiles) -> None:
    twice = [head(2024, "nam-dinh", PASSED), head(2024, "nam-dinh", LEAD), head(2024, "nam-dinh", CHAIR, "implied")]
    (found,) = propose(article(), twice, registry=Registry.read(files))
    assert found.fact.basis == "stated"
    assert found.fact.spans == spans(PASSED, LEAD)


def test_no_sentence_of_the_article_is_in_an_annotation(compared: list[Proposal]) -> None:
    for text in (json.dumps(as_jsonld(article(), compared), ensure_ascii=False), as_turtle(article(), compared)):
        for line in TEXT.splitlines():
            words = line.split()
            for start in range(len(words) - 11):
                assert " ".join(words[start : start + 12]) not in text


def test_annotations_are_those_of_the_standard(compared: list[Proposal]) -> None:
    collection = as_jsonld(article(), compared)
    assert collection["type"] == "AnnotationCollection" and collection["total"] == len(FACTS)
    for item, proposal in zip(collection["first"]["items"], compared, strict=True):
        assert item["type"] == "Annotation" and item["id"].endswith(proposal.id)
        assert item["body"]["format"] == "text/turtle"
        for target, (start, end) in zip(item["target"], proposal.fact.spans, strict=True):
            assert target["selector"] | {"id": ""} == {
                "id": "", "type": "TextPositionSelector", "start": start, "end": end,
            }  # fmt: skip
            assert target["source"]["contentHash"] == article().source.sha256
            assert target["id"].endswith(f"/id/ev/{proposal.source}_{start}-{end}")
        assert ("impliedBy" in item) == (proposal.fact.basis == "implied")
        assert "ExtractionRun" in item["generator"]["type"] and proposal.fact.rule in item["generator"]["name"]


def test_the_same_in_turtle(compared: list[Proposal]) -> None:
    graph = rdflib.Graph().parse(data=as_turtle(article(), compared), format="turtle")
    annotations = set(graph.subjects(rdflib.RDF.type, rdflib.URIRef(f"{OA}Annotation")))
    assert {str(each).rpartition("/")[2] for each in annotations} == {proposal.id for proposal in compared}
    for each in annotations:
        (body,) = graph.objects(each, rdflib.URIRef(f"{OA}hasBody"))
        assert str(graph.value(body, rdflib.RDF.value)) in {proposal.body for proposal in compared}
        for target in graph.objects(each, rdflib.URIRef(f"{OA}hasTarget")):
            assert (target, rdflib.URIRef(f"{OA}hasSource"), None) in graph


def test_what_other_sources_say_is_confirmed(compared: list[Proposal]) -> None:
    (event,) = only(compared, "event")
    assert event.status == "confirms"
    (claim,) = event.claims
    assert (claim.record, claim.says) == (f"conf:{CLUSTER}_2024-03-13", "2024-03-13, province:thai-binh")
    assert "src:18d8c37f4f6536d1" in claim.sources
    heads = only(compared, "role")
    assert [proposal.status for proposal in heads] == ["confirms", "confirms"]
    assert [proposal.status for proposal in only(compared, "member")] == ["confirms"] * 6
    assert {proposal.status for proposal in only(compared, "handover")} == {"confirms"}
    revenue, _, _ = only(compared, "figure")
    assert (revenue.status, revenue.claims[0].says) == ("confirms", "235000")


def test_another_answer_is_a_contradiction_with_its_source(kg: KnowledgeGraph, compared: list[Proposal]) -> None:
    _, communes, _ = only(compared, "figure")
    assert communes.status == "contradicts"
    assert (communes.claims[0].says, communes.claims[0].sources) == ("571", ("src:18d8c37f4f6536d1",))
    other = [
        head(2024, "ha-nam", PASSED),
        fact("role", PASSED, cluster=CLUSTER, year=2024, role="deputy", province="nam-dinh"),
        fact("event", LEAD, cluster=CLUSTER, event=["year-end-review", "signing"], date="2024-03-20"),
        fact("event", LEAD, cluster=CLUSTER, event="year-end-review", date="2024-03-13", place="ha-nam"),
        fact("handover", PASSED, cluster=CLUSTER, year=2024, to="ha-nam"),
    ]
    for each in other:
        (found,) = propose(article(), [each], kg.current())
        assert found.status == "contradicts", each
        assert "src:18d8c37f4f6536d1" in found.claims[0].sources
    (found,) = propose(article(), other[:1], kg.current())
    assert found.claims[0].record == f"head:{CLUSTER}_2024_nam-dinh"
    assert found.claims[0].says == "province:nam-dinh"


def test_what_is_new(compared: list[Proposal]) -> None:
    assert [proposal.status for proposal in only(compared, "award")] == ["new", "new"]
    new = {proposal.fact.get("name") for proposal in only(compared, "official") if proposal.status == "new"}
    assert new == {"Lê Thị Bịa Đặt", "Trần Văn Mới"}
    (ranking,) = only(compared, "ranking")
    assert ranking.body == "" and "no term" in ranking.left_out[0][1]


def test_what_this_very_source_says_is_known(kg: KnowledgeGraph) -> None:
    read_before = Article(SourceText("18d8c37f4f6536d1", TEXT, article().source.sha256))
    found = propose(
        read_before, [*of_kind("role", "member", "event", "agreement"), *of_kind("figure")[:1]], kg.current()
    )
    assert {proposal.status for proposal in found} == {"known"}
