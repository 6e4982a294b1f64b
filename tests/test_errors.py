"""The exception hierarchy as its module draws it, and each error on its way from process to process."""

import json
from collections.abc import Iterator

import pytest

from thidua.base import errors
from thidua.base.errors import (
    DataError,
    Finding,
    GoneError,
    InvalidDataError,
    KnowledgeGraphError,
    LimitError,
    NotAcceptableError,
    ParameterError,
    QuerySyntaxError,
    RdfSyntaxError,
    UnknownThingError,
)

Kind = type[KnowledgeGraphError]
FINDING = Finding("Violation", "urn:shape", "urn:focus", None, "1", "sai", "wrong", "x.ttl:3")
WITH_MEMBERS = [
    QuerySyntaxError("Line 1, column 2: no", 1, 2),
    RdfSyntaxError("no"),
    NotAcceptableError("Not so.", ["text/csv", "text/turtle"]),
    ParameterError("year", "none such", [("urn:a", "A"), ("urn:b", "B")]),
    UnknownThingError("none such", [("urn:a", "A")]),
    GoneError("gone", 7),
    InvalidDataError([FINDING, FINDING], "[] a <urn:Report> ."),
    DataError(["a.ttl:1: wrong", "b.ttl:2: wrong"]),
]


def below(kind: Kind) -> Iterator[Kind]:
    """The classes of the module below one, in the order in which it has them."""
    order = list(vars(errors).values())
    for each in sorted((each for each in kind.__subclasses__() if each in order), key=order.index):
        yield each
        yield from below(each)


KINDS = [KnowledgeGraphError, *below(KnowledgeGraphError)]


def drawn(kind: Kind, indent: str = "", own: str = "") -> Iterator[tuple[str, str, str]]:
    yield own + kind.__name__, str(kind.status), kind.code
    children = [each for each in below(kind) if each.__base__ is kind]
    for each in children:
        last = each is children[-1]
        yield from drawn(each, indent + ("   " if last else "│  "), indent + ("└─ " if last else "├─ "))


def test_the_drawing_is_of_these_classes() -> None:
    assert errors.__doc__
    lines = [line for line in errors.__doc__.splitlines() if "Error  " in line]
    assert [tuple(line.rsplit(maxsplit=2)) for line in lines] == list(drawn(KnowledgeGraphError))


def test_a_code_is_of_one_class() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.members], ids=lambda kind: kind.code)
def test_a_message_travels(kind: Kind) -> None:
    received = sent_over(kind("what went wrong"))
    assert (type(received), str(received)) == (kind, "what went wrong")


@pytest.mark.parametrize("kind", [LimitError, *below(LimitError)], ids=lambda kind: kind.code)
def test_a_limit_travels(kind: type[LimitError]) -> None:
    received = sent_over(kind("too much", "answer", 5))
    assert isinstance(received, kind) and (received.limit, received.retry_after) == ("answer", 5)


@pytest.mark.parametrize("error", WITH_MEMBERS, ids=lambda error: error.code)
def test_members_travel(error: KnowledgeGraphError) -> None:
    received = sent_over(error)
    assert (type(received), str(received), vars(received)) == (type(error), str(error), vars(error))


def test_every_class_with_members_is_tried_here() -> None:
    assert {type(error) for error in WITH_MEMBERS} | {LimitError, *below(LimitError)} == {
        kind for kind in KINDS if kind.members
    }


def test_a_code_that_nobody_knows() -> None:
    received = KnowledgeGraphError.from_wire({"code": "of-tomorrow", "detail": "new"})
    assert (type(received), str(received)) == (KnowledgeGraphError, "new")


def sent_over(error: KnowledgeGraphError) -> KnowledgeGraphError:
    return KnowledgeGraphError.from_wire(json.loads(json.dumps(error.to_wire())))
