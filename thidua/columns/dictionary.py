"""What compiling needs to know of a copy: the numbers of its terms, and the tables of its predicates."""

from collections.abc import Mapping
from typing import Protocol

from thidua.columns.layout import Predicate
from thidua.columns.terms import FOREIGN, Kind, Term


class Dictionary(Protocol):
    """A copy, as the compiler sees it."""

    @property
    def predicates(self) -> Mapping[str, Predicate]:
        """By IRI."""

    def number(self, term: Term) -> int | None:
        """The number that the dictionary gives a term that is not its own number; None if it lacks the term."""

    def occurs(self, number: int) -> bool:
        """Whether a triple has a term as its subject or its object."""


class Encoder:
    """Numbers of a query's constants; what the dictionary lacks gets one that no other term has."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._numbers: dict[Term, int] = {}
        self.constants: dict[int, Term] = {}
        """Every constant so far, by its number."""
        self.foreign: dict[int, Term] = {}
        """Constants that the dictionary lacks."""

    def __call__(self, term: Term) -> int:
        """A constant's number."""
        if term not in self._numbers:
            found = term.number
            if found is None:
                found = self._dictionary.number(term)
            if found is None:
                found = Kind(term.kind).first + FOREIGN + len(self.foreign)
                self.foreign[found] = term
            self._numbers[term], self.constants[found] = found, term
        return self._numbers[term]
