"""Extraction of messages: what the code says to people, as gettext's tools would list it, holes and all.

``python -m tests.support.messages`` brings the catalogue up to date: new messages come in without a translation, those
that nobody says any more go, and the compiled file is written anew.
"""

import ast
import inspect
import io
import json.decoder
import json.scanner
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.parsers.expat import ErrorString

import click
import pyoxigraph
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog

from tests.support.flow import Module
from thidua.base import errors
from thidua.base.translation import DOMAIN, FOLDER

ROOT: Final = Path(__file__).parents[2]
CATALOGUE: Final = FOLDER / "vi" / "LC_MESSAGES" / f"{DOMAIN}.po"
COMPILED: Final = CATALOGUE.with_suffix(".mo")
#: Kept by hand in the catalogue: what is put together from parts, and what libraries say. Each says so in a comment.
BY_HAND: Final = "by hand"

_ERRORS: Final = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)
} | {"UsageError", "_limit"}
#: Whose first argument is not the message.
_PLACE_OF_MESSAGE: Final = {"ParameterError": 1, "_limit": 2}
_PRINTS: Final = {"out.print", "err.print", "say", "ctx.fail", "progress", "columns", "heads"}
#: Other functions that are given messages.
_TELLS: Final = {"body_for", "translated", "BadRequest", "RequestEntityTooLarge", "UnsupportedMediaType"}
_DECORATORS: Final = {"command", "group"}
#: What no person is told: why the columns leave a query to the store, which is for the log.
_UNTOLD: Final = {"NotCompiledError", "NotExactError"}
#: Modules whose functions return what is said, wherever it is passed on to.
_TELLING: Final = {"thidua/rdf/mistakes.py"}


def sources() -> list[Path]:
    """The modules of the library and of the service."""
    return sorted([*(ROOT / "thidua").rglob("*.py"), *(ROOT / "server" / "thidua_server").rglob("*.py")])


def said() -> dict[str, list[str]]:
    """Every message with the files that say it, in the order of the files."""
    found: dict[str, list[str]] = {}
    for path in sources():
        place = path.relative_to(ROOT).as_posix()
        for text in _of_module(ast.parse(path.read_text()), place in _TELLING):
            if place not in found.setdefault(text, []):
                found[text].append(place)
    return found


def of_click() -> Iterator[str | tuple[str, str]]:
    """What Click says itself, which it asks gettext for; of one and of many, both."""
    for path in sorted(Path(click.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str(text))]):
                    yield text
                case ast.Call(
                    func=ast.Name(id="ngettext"),
                    args=[ast.Constant(value=str(one)), ast.Constant(value=str(many)), *_],
                ):
                    yield one, many


def of_libraries() -> Iterator[str]:
    """The words of the libraries whose messages are passed on: pyoxigraph's, the JSON reader's and expat's."""
    for path in Path(pyoxigraph.__file__).parent.glob("*.so"):
        yield path.read_bytes().decode("latin-1")
    yield inspect.getsource(json.decoder) + inspect.getsource(json.scanner)
    yield from (ErrorString(code) or "" for code in range(1, 45))


def _of_module(tree: ast.Module, telling: bool) -> Iterator[str]:
    module = Module(tree)
    makers = {_called(each.exc) for each in ast.walk(tree) if isinstance(each, ast.Raise) and each.exc} - _UNTOLD
    for node in sorted(ast.walk(tree), key=lambda each: getattr(each, "lineno", 0)):
        match node:
            case ast.Call():
                yield from _of_call(node, module, makers)
            case ast.Return(value=ast.expr() as value) if telling:
                yield from (text for text in module.texts(value) if " " in text)
            case ast.FunctionDef() if any(_called(each) in _DECORATORS for each in node.decorator_list):
                if text := ast.get_docstring(node):
                    yield text
            case ast.Assign(targets=[ast.Name(id="told" | "_EPILOG")], value=value):
                yield from module.texts(value)
            case ast.ClassDef(name=name) if name in _ERRORS:
                for call in ast.walk(node):
                    if isinstance(call, ast.Call) and _called(call) == "__init__":
                        yield from (text for each in call.args for text in module.texts(each) if " " in text)


def _of_call(call: ast.Call, module: Module, makers: set[str]) -> Iterator[str]:
    name = _called(call)
    if name in _ERRORS:
        place = _PLACE_OF_MESSAGE.get(name, 0)
        for argument in call.args[place : place + 1]:
            yield from module.texts(argument)
    elif name in makers | _TELLS:
        yield from (text for each in call.args for text in module.texts(each) if " " in text)
    elif ast.unparse(call.func) in _PRINTS:
        yield from (text for each in call.args for text in module.texts(each))
    yield from (
        text
        for keyword in call.keywords
        if keyword.arg in ("help", "epilog", "short_help", "description" if name in makers else "help")
        for text in module.texts(keyword.value)
    )


def _called(node: ast.expr) -> str:
    """The last name of what is called or decorates."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def read() -> Catalog:
    """The catalogue as it stands."""
    return pofile.read_po(io.BytesIO(CATALOGUE.read_bytes()), locale="vi")


def compiled(catalogue: Catalog) -> bytes:
    """What gettext reads."""
    target = io.BytesIO()
    mofile.write_mo(target, catalogue)
    return target.getvalue()


def written(catalogue: Catalog) -> bytes:
    """The catalogue as a file."""
    target = io.BytesIO()
    pofile.write_po(target, catalogue, width=100, omit_header=False, include_lineno=False)
    return target.getvalue()


def renewed(old: Catalog) -> Catalog:
    """The catalogue of what is said now, with the translations that there are."""
    new = Catalog(
        locale="vi", project="thidua", version="1", fuzzy=False, creation_date=old.creation_date,
        revision_date=old.revision_date, header_comment="# The project's messages in Vietnamese.", charset="utf-8",
    )  # fmt: skip
    for text, places in said().items():
        known = old.get(text)
        new.add(text, known.string if known else "", locations=[(place, 1) for place in places])
    for text in of_click():
        known = old.get(text if isinstance(text, str) else text[0])
        new.add(text, known.string if known else "", locations=[("click", 1)])
    for message in old:
        if message.id and BY_HAND in message.auto_comments and message.id not in new:
            new.add(message.id, message.string, locations=message.locations, auto_comments=[BY_HAND])
    return new


def untranslated(catalogue: Catalog) -> list[str]:
    """The messages without a translation."""
    return [str(message.id) for message in catalogue if message.id and not any(message.string)]


def main() -> None:
    """Bring the catalogue up to date, and say what has no translation."""
    catalogue = renewed(read() if CATALOGUE.exists() else Catalog(locale="vi"))
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_bytes(written(catalogue))
    COMPILED.write_bytes(compiled(catalogue))
    missing = untranslated(catalogue)
    print(f"{len(catalogue)} messages, {len(missing)} without a translation")


if __name__ == "__main__":
    main()
