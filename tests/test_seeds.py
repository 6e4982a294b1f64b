"""The five articles, where they are at hand: fingerprints and positions fit the texts."""

import hashlib
import re
import unicodedata

import pytest
import rdflib

from tests.support.paths import ROOT, SEED_IDS, SEEDS
from thidua.base.terms import ID, PREFIXES, TD

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the articles are not beside this checkout")
TD_ = rdflib.Namespace(TD)
SKOS = rdflib.Namespace(PREFIXES["skos"])


def article(source: str) -> bytes:
    return next(SEEDS.glob(f"*_{source}.txt")).read_bytes()


@pytest.mark.parametrize("source", SEED_IDS)
def test_the_fingerprint_is_the_text_s(source: str) -> None:
    graph = rdflib.Graph().parse(ROOT / f"data/sources/{source}.ttl")
    digest = graph.value(rdflib.URIRef(f"{ID}src/{source}"), TD_.contentHash)
    assert str(digest) == hashlib.sha256(article(source)).hexdigest()


@pytest.mark.parametrize("source", SEED_IDS)
def test_passages_are_whole_words_of_two_sentences_at_most(source: str) -> None:
    """None begins or ends with a space, or inside a word; none is longer than a reader checks at a glance."""
    graph = rdflib.Graph().parse(ROOT / f"data/sources/{source}.ttl")
    text = article(source).decode()
    assert unicodedata.is_normalized("NFC", text)
    spans = {str(value).rpartition("_")[2] for value in graph.objects() if str(value).startswith(f"{ID}ev/")}
    assert len(spans) > 10
    for span in spans:
        start, end = map(int, span.split("-"))
        passage = text[start:end]
        assert 0 <= start < end <= len(text), span
        assert passage == passage.strip(), span
        assert not (text[start - 1 : start].isalnum() and text[start].isalnum()), span
        assert not (text[end - 1].isalnum() and text[end : end + 1].isalnum()), span
        assert len(re.split(r"\n+|(?<=[.!?…])\s+", passage)) <= 2, span
        assert len(passage) <= 500, span


#: A name is kept as its source prints it, be it as long as a sentence.
_NAME = re.compile(r'(?:schema:name|schema:url|td:groupLabel|skos:\w+Label) "[^"]*"')


@pytest.mark.parametrize("source", SEED_IDS)
def test_no_sentence_of_the_article_is_kept(source: str) -> None:
    """A run of twelve words of the article may stand in no literal and no comment; in names only."""
    words = article(source).decode().split()
    runs = {" ".join(words[i : i + 12]) for i in range(len(words) - 11)}
    for path in (ROOT / f"data/sources/{source}.ttl", ROOT / f"tests/articles/{source}.md"):
        kept = _NAME.sub("", " ".join(path.read_text(encoding="utf-8").split()))
        assert not [run for run in runs if run in kept]


@pytest.mark.parametrize("source", SEED_IDS)
def test_people_named_in_the_graph_are_named_in_the_text(source: str) -> None:
    graph = rdflib.Graph().parse(ROOT / f"data/sources/{source}.ttl")
    text = article(source).decode()
    for person, label in graph.subject_objects(SKOS.prefLabel):
        if str(person).startswith(f"{ID}person/"):
            assert str(label) in text
