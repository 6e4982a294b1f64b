"""Optional dependencies: who lacks one is told how to get it, in the place of a library's bare name."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Import here what an extra of the project brings.

    :param extra: its name in pyproject.toml.
    :raises ModuleNotFoundError: something of it is not installed; the message says which command installs it.
    """
    try:
        yield
    except ModuleNotFoundError as exc:
        if (exc.name or "thidua").partition(".")[0] in ("thidua", "thidua_server"):
            raise
        how = (
            f"This needs {exc.name}, which is not installed; in a clone of the repository, run pip install '.[{extra}]'"
        )
        raise ModuleNotFoundError(how, name=exc.name) from None
