"""Exceptions of pyoxigraph as ours: translated here, once."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from thidua.base.errors import (
    EngineError,
    InputError,
    QueryFailedError,
    QueryRefusedError,
    QuerySyntaxError,
    StoreError,
    UnsupportedFunctionError,
)

_NO_FUNCTION = re.compile(r"The custom function (<.*>) is not supported", re.DOTALL)
_AT = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


@contextmanager
def answer_errors() -> Iterator[None]:
    """What is wrong with an answer that another engine has written."""
    try:
        yield
    except (SyntaxError, ValueError) as exc:
        raise EngineError(f"the engine's answer cannot be read, or is not whole: {exc}") from exc


@contextmanager
def errors_translated(what: str) -> Iterator[None]:
    """Engine errors about a query or an update as ours."""
    try:
        yield
    except SyntaxError as exc:
        found = _AT.match(str(exc.msg))
        if found is None:
            raise QuerySyntaxError(f"The {what} does not parse: {exc.msg}") from exc
        line, column = int(found[1]), int(found[2])
        raise QuerySyntaxError(f"Line {line}, column {column}: {found[3]}", line, column) from exc
    except UnicodeEncodeError as exc:
        raise InputError(f"The {what} is no Unicode text: it has half of a surrogate pair.") from exc
    except ValueError as exc:
        raise InputError(f"The {what} cannot be run: {exc}") from exc
    except RuntimeError as exc:
        _refuse_damage(exc)
        if found := _NO_FUNCTION.fullmatch(str(exc)):
            raise UnsupportedFunctionError(f"There is no function {found[1]} here; use those of SPARQL 1.1.") from exc
        raise QueryFailedError(f"The {what} cannot be carried out: {exc}") from exc
    except OSError as exc:
        if exc.errno is not None:  # of the file that is written to
            raise
        _refuse_damage(exc)
        raise QueryRefusedError(f"The {what} would ask another service, and nothing is fetched here ({exc}).") from exc


def engine_error(error: Exception) -> Exception:
    """What the engine says when its files are damaged or cannot be read, as ours, and a full disk as Python tells it;
    any other error as it is."""
    said = str(error)
    if isinstance(error, RuntimeError) and said.startswith("Corruption"):
        return StoreError(f"the store is damaged ({said}); restore a backup, or build it again with `thidua build`")
    if isinstance(error, OSError) and error.errno is None and said.startswith("IO error"):
        if "No space left on device" in said:
            return OSError(errno.ENOSPC, said)
        return StoreError(f"the store cannot be read ({said})")
    return error


def _refuse_damage(error: Exception) -> None:
    """Raise what an error says of damage; apart, for a name for it in a frame of its own would keep the store open."""
    told = engine_error(error)
    if told is not error:
        raise told from error


@contextmanager
def damage_told() -> Iterator[None]:
    try:
        yield
    except (RuntimeError, OSError) as exc:
        _refuse_damage(exc)
        raise
