"""Common command options: where the store is, how errors and progress are shown."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import NoReturn, ParamSpec, TypeVar

import click
from rich.console import Console
from rich.table import Table

from thidua.base.errors import InputError, KnowledgeGraphError
from thidua.base.files import ProjectFiles
from thidua.engine.backend import backend_of_environment
from thidua.graph import KnowledgeGraph
from thidua.rdf.engine_errors import engine_error
from thidua.versions.store import VersionStore
from thidua.views.hints import Hint

P = ParamSpec("P")
R = TypeVar("R")

# Without emoji: `oa:end:` is a name, not a picture.
out = Console(emoji=False)
err = Console(stderr=True, emoji=False)

store_option = click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("store"),
    envvar="THIDUA_STORE",
    show_default=True,
    show_envvar=True,
    help="Folder of the built graph.",
)

files_option = click.option(
    "--files",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="THIDUA_FILES",
    show_envvar=True,
    help="Folder with ontology/, shapes/, data/ and queries/; if left out, the checkout that you stand in, else those "
    "of this installation.",
)

texts_option = click.option(
    "--texts",
    type=click.Path(file_okay=False),
    default="",
    envvar="THIDUA_SOURCE_TEXTS",
    show_envvar=True,
    help="Folder of articles, each as <id>.txt, in which passages are looked up.",
)


def files_of(files: Path | None) -> ProjectFiles:
    """The project's files that a command works on; it says which, for there may be several on a machine."""
    found = ProjectFiles.find(files)
    err.print(f"using the files in {found.root.resolve()}", markup=False, highlight=False, soft_wrap=True)
    return found


def opened(store: Path) -> KnowledgeGraph:
    """The graph in a store, or in the engine that the environment names."""
    return KnowledgeGraph.open(store, backend=backend_of_environment())


def embedded(store: Path) -> VersionStore:
    """The versions of a store, for what only an embedded one can do.

    :raises InputError: the environment names an engine, which has no history.
    """
    backend_of_environment().refuse_history()
    return VersionStore(store)


def errors_in_words(command: Callable[P, R]) -> Callable[P, R]:
    """Say what is wrong and what to do, without a traceback, and end with the error's own code."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except UnicodeDecodeError as exc:  # of a file or of standard input; what we read ourselves is told by its name
            _end(InputError(f"What was given is not UTF-8: byte {exc.start} is wrong. Convert it, and try again."))
        except (KnowledgeGraphError, RuntimeError, OSError) as exc:
            error = engine_error(exc)
            if not isinstance(error, KnowledgeGraphError):
                raise
            _end(error)

    return wrapped


def _end(error: KnowledgeGraphError) -> NoReturn:
    err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
    if excerpt := getattr(error, "excerpt", None):  # of a query, with a caret below the place
        err.print(excerpt, markup=False, highlight=False, no_wrap=True, crop=False, overflow="ignore")
    sys.exit(error.exit_code)


def hint(hints: Sequence[Hint]) -> None:
    """Say why an answer may be empty, apart from the answer."""
    for each in hints:
        err.print(each.told_in("en"), style="yellow", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_shown() -> Iterator[Callable[[str], None]]:
    """A spinner in a terminal, one line a step elsewhere."""
    if not err.is_terminal:
        yield lambda step: err.print(step, highlight=False)
        return
    with err.status("") as status:
        yield lambda step: status.update(step)


def columns(*names: str, wide: str = "") -> Table:
    """A table without lines, which copies well; only the column `wide` is folded, nothing is cut off."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(name, overflow="fold", no_wrap=name != wide)
    return table
