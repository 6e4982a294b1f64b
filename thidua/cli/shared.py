"""Common command options: where the store is, how errors and progress are shown."""

import gettext
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
from rich.console import Console
from rich.table import Table

from thidua.base.errors import InputError, KnowledgeGraphError
from thidua.base.files import ProjectFiles
from thidua.base.translation import DOMAIN, FOLDER, of_environment, translated
from thidua.engine.backend import backend_of_environment
from thidua.graph import KnowledgeGraph
from thidua.rdf.engine_errors import engine_error
from thidua.versions.store import VersionStore
from thidua.views.hints import Hint

P = ParamSpec("P")
R = TypeVar("R")

# Click's own words, by the catalogue that has ours.
gettext.bindtextdomain(DOMAIN, FOLDER)


def say(message: str) -> str:
    """A message in the language of the terminal."""
    return translated(message, of_environment())


def in_language(command: click.Command) -> click.Command:
    """A command whose help speaks the language of the terminal, and so do its parts; English ones are kept beside."""
    language = of_environment()
    parts: Sequence[click.Command | click.Parameter] = [command, *command.params]
    if isinstance(command, click.Group):
        parts = [*parts, *map(in_language, command.commands.values())]
    for part in parts:
        english = part.__dict__.setdefault("english", {})
        for name in ("help", "epilog", "short_help"):
            if text := english.setdefault(name, getattr(part, name, None)):
                setattr(part, name, translated(inspect.cleandoc(text), language))
    return command


def heads(*names: str) -> list[str]:
    """The heads of a table in the language of the terminal."""
    return list(map(say, names))


class _Console(Console):
    """Prints messages in the language of the terminal; what is no message of ours, as it is."""

    def print(self, *objects: Any, **how: Any) -> None:
        super().print(*(say(each) if isinstance(each, str) else each for each in objects), **how)


# Without emoji: `oa:end:` is a name, not a picture.
out = _Console(emoji=False)
err = _Console(stderr=True, emoji=False)

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
    err.print(error.told_in(of_environment()), style="red", markup=False, highlight=False, soft_wrap=True)
    if excerpt := getattr(error, "excerpt", None):  # of a query, with a caret below the place
        err.print(excerpt, markup=False, highlight=False, no_wrap=True, crop=False, overflow="ignore")
    sys.exit(error.exit_code)


def hint(hints: Sequence[Hint]) -> None:
    """Say why an answer may be empty, apart from the answer."""
    for each in hints:
        err.print(each.told_in(of_environment()), style="yellow", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_shown() -> Iterator[Callable[[str], None]]:
    """A spinner in a terminal, one line a step elsewhere."""
    if not err.is_terminal:
        yield lambda step: err.print(step, highlight=False)
        return
    with err.status("") as status:
        yield lambda step: status.update(say(step))


def columns(*names: str, wide: str = "") -> Table:
    """A table without lines, which copies well; only the column `wide` is folded, nothing is cut off."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, head in zip(names, heads(*names), strict=True):
        table.add_column(head, overflow="fold", no_wrap=name != wide)
    return table
