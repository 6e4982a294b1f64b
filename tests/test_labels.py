"""The label service: what resources are called, on a real store."""

import pytest

from thidua.names.labels import in_language, labelled, labels, spoken
from thidua.rdf.cells import Record
from thidua.rdf.quads import QuadStore

EX = "http://example.org/"
DATA = """
PREFIX x: <http://example.org/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX dct: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX schema: <https://schema.org/>
INSERT DATA {
  x:a skos:prefLabel "b"@en, "a"@vi, "c"@fr ; dct:title "title"@vi, "Titel"@de ; skos:altLabel "other"@vi .
  x:b schema:name "plain" ; x:knows x:a .
  x:c rdfs:label "z"@en, "y"@en .
  x:d x:knows x:a .
  _:e dct:title "of nobody"@en .
}
"""


@pytest.fixture(scope="module")
def store() -> QuadStore:
    store = QuadStore.memory()
    store.raw.update(DATA)
    return store


class Asked:
    """Answers a SELECT, and keeps count."""

    def __init__(self, store: QuadStore) -> None:
        self.store, self.count = store, 0

    def __call__(self, text: str) -> list[Record]:
        self.count += 1
        return self.store.table(text)[1]


def test_best_property_first_then_vietnamese(store: QuadStore) -> None:
    select = Asked(store)
    found = labels(select, [EX + name for name in "abcd"])
    assert {iri: list(each.items()) for iri, each in found.items()} == {
        EX + "a": [("vi", "a"), ("en", "b"), ("fr", "c"), ("de", "Titel")],
        EX + "b": [("", "plain")],
        EX + "c": [("en", "y")],
    }
    assert select.count == 1


def test_found_by_a_pattern_in_the_same_query(store: QuadStore) -> None:
    select = Asked(store)
    assert labels(select, [EX + "c"], f"?any <{EX}knows> ?thing").keys() == {EX + "a", EX + "c"}
    assert labels(select, pattern=f"<{EX}d> ?p ?thing").keys() == {EX + "a"}
    assert select.count == 2
    everything = labels(select, pattern="")
    assert {EX + "a", EX + "b", EX + "c"} < everything.keys()
    (nobody,) = everything.keys() - {EX + name for name in "abc"}
    assert nobody.startswith("_:") and everything[nobody] == {"en": "of nobody"}


def test_many_take_a_few_queries_and_none_takes_none(store: QuadStore) -> None:
    select = Asked(store)
    assert labels(select) == {} and select.count == 0
    assert labels(select, [EX + "a", *(f"{EX}{number}" for number in range(899))]).keys() == {EX + "a"}
    assert select.count == 3


@pytest.mark.parametrize(
    ("texts", "language", "text", "told"),
    [
        ({"en": "b", "vi": "a"}, "en", "b", "en"),
        ({"fr": "c", "vi": "a"}, "en", "a", "vi"),
        ({"fr": "c", "de": "d"}, "en", "c", "fr"),
        ({"": "plain"}, "vi", "plain", ""),
        ({}, "vi", "", ""),
    ],
)
def test_the_reader_is_told_in_their_language(texts: dict[str, str], language: str, text: str, told: str) -> None:
    assert (in_language(texts, language), spoken(texts, language)) == (text, told)


def test_within_another_query(store: QuadStore) -> None:
    rows = store.table(f"SELECT ?x ?name {{ ?x <{EX}knows> ?y . {labelled('?y', '?name', 'en')} }} ORDER BY ?x")[1]
    assert [(row["x"].value, row["name"].value) for row in rows if row["x"] and row["name"]] == [
        (EX + "b", "b"),
        (EX + "d", "b"),
    ]
