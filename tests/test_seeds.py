"""The five articles, where they are at hand: fingerprints and positions fit the texts."""

import hashlib
import unicodedata

import pytest
import rdflib

from tests.support.paths import ROOT, SEED_IDS, SEEDS
from thidua.base.terms import ID, PREFIXES, TD

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the articles are not beside this checkout")
TD_ = rdflib.Namespace(TD)


def article(source: str) -> bytes:
    return next(SEEDS.glob(f"*_{source}.txt")).read_bytes()


@pytest.mark.parametrize("source", SEED_IDS)
def test_the_fingerprint_is_the_text_s(source: str) -> None:
    graph = rdflib.Graph().parse(ROOT / f"data/sources/{source}.ttl")
    digest = graph.value(rdflib.URIRef(f"{ID}src/{source}"), TD_.contentHash)
    assert str(digest) == hashlib.sha256(article(source)).hexdigest()


@pytest.mark.parametrize("source", SEED_IDS)
def test_positions_lie_in_the_text_and_begin_and_end_with_words(source: str) -> None:
    graph = rdflib.Graph().parse(ROOT / f"data/sources/{source}.ttl")
    text = article(source).decode()
    assert unicodedata.is_normalized("NFC", text)
    spans = {
        str(evidence).rpartition("_")[2]
        for prop in (TD_.statedBy, TD_.impliedBy)
        for evidence in graph.objects(None, prop)
    }
    assert len(spans) > 10
    for span in spans:
        start, end = map(int, span.split("-"))
        assert 0 <= start < end <= len(text), span
        assert text[start:end].strip(), span


@pytest.mark.parametrize("source", SEED_IDS)
def test_no_sentence_of_the_article_is_kept(source: str) -> None:
    """A run of twelve words of the article may stand in no literal and no comment."""
    words = article(source).decode().split()
    kept = " ".join((ROOT / f"data/sources/{source}.ttl").read_text(encoding="utf-8").split())
    runs = [" ".join(words[i : i + 12]) for i in range(len(words) - 11)]
    assert not [run for run in runs if run in kept]


@pytest.mark.parametrize("source", SEED_IDS)
def test_people_named_in_the_graph_are_named_in_the_text(source: str) -> None:
    graph = rdflib.Graph().parse(ROOT / f"data/sources/{source}.ttl")
    text = article(source).decode()
    skos = rdflib.Namespace(PREFIXES["skos"])
    for person, label in graph.subject_objects(skos.prefLabel):
        if str(person).startswith(f"{ID}person/"):
            assert str(label) in text
