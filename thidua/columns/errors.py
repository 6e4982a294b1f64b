"""Refusals: what the columns do not answer, and the triple store does."""


class NotCompiledError(Exception):
    """A part of a query has no exact translation; the message names it."""


class NotExactError(Exception):
    """What is found while answering: the rows are not determined by the query, or a number is too large."""
