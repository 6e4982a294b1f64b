"""The command line. Exit codes: 0 done, 2 wrong use, 3 no store, 4 wrong data, 1 anything else."""

import csv
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from rich.console import Console
from rich.table import Table

from thidua.build import assemble, build, check
from thidua.catalogue import Question, read_catalogue
from thidua.engine import Query
from thidua.errors import InputError, KnowledgeGraphError
from thidua.files import ProjectFiles
from thidua.formats import GRAPHS, RESULTS
from thidua.graph import KnowledgeGraph
from thidua.rows import Cell, Rows, to_csv, to_json
from thidua.sources import passages, read_text, template
from thidua.terms import shorten
from thidua.validation import Finding
from thidua.versions import VersionStore

P = ParamSpec("P")
R = TypeVar("R")

_out = Console()
_err = Console(stderr=True)

_store = click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("store"),
    envvar="THIDUA_STORE",
    show_default=True,
    show_envvar=True,
    help="Folder of the built graph.",
)
_files = click.option(
    "--files",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="THIDUA_FILES",
    show_envvar=True,
    help="Folder with ontology/, shapes/, data/ and queries/; those of this installation if left out.",
)


def _errors_in_words(command: Callable[P, R]) -> Callable[P, R]:
    """Say what is wrong and what to do, without a traceback, and end with the error's own code."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except KnowledgeGraphError as exc:
            _err.print(str(exc), style="red", markup=False, highlight=False, soft_wrap=True)
            sys.exit(exc.exit_code)

    return wrapped


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A spinner in a terminal, one line a step elsewhere."""
    if not _err.is_terminal:
        yield lambda step: _err.print(step, highlight=False)
        return
    with _err.status("") as status:
        yield lambda step: status.update(step)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="thidua")
def main() -> None:
    """The graph of Vietnam's provincial emulation clusters (cụm thi đua).

    \b
    thidua build                                   build the graph
    thidua ask who-led --year 2023                 ask a catalogued question
    thidua query 'SELECT * { ?s ?p ?o } LIMIT 5'   ask in SPARQL
    thidua serve                                   serve it over HTTP
    """


@main.command("build")
@_store
@_files
@click.option("--author", default=lambda: os.environ.get("USER", ""), help="Who makes this version.")
@click.option("--message", "-m", default="", help="Why, in a few words.")
@_errors_in_words
def build_command(store: Path, files: Path | None, author: str, message: str) -> None:
    """Build the graph from its files and publish it as a new version.

    Nothing is published when anything is wrong; the old version goes on being served. The same files again give
    the same version.
    """
    with _progress() as progress:
        built = build(ProjectFiles.find(files), store, author=author, message=message, progress=progress)
    _print_findings(built.findings)
    word = "published" if built.published else "nothing changed:"
    version = built.version
    _out.print(
        f"{word} version {version.number}: {version.triples:,} triples, {version.sources} sources, "
        f"{version.warnings} warnings, hash {version.hash[:12]}",
        highlight=False,
    )


@main.command()
@_files
@click.option("--vi", is_flag=True, help="Messages in Vietnamese.")
@_errors_in_words
def validate(files: Path | None, vi: bool) -> None:
    """Check the files without building: syntax, terms, links, shapes, conflicts.

    Exit code 4 when something would refuse a build; warnings alone end with 0.
    """
    with _progress() as progress:
        findings = check(assemble(ProjectFiles.find(files), progress), progress)
    _print_findings(findings, vi=vi)
    refused = sum(finding.severity == "Violation" for finding in findings)
    _out.print(f"{refused} violations, {len(findings) - refused} warnings", highlight=False)
    sys.exit(4 if refused else 0)


@main.command()
@_files
@_errors_in_words
def reason(files: Path | None) -> None:
    """Ask HermiT whether the ontology and the data contradict each other. Needs Java.

    Exit code 4 when they do, or when a class can have no member.
    """
    from thidua.reasoning import reason as run

    with _progress() as progress:
        assembly = assemble(ProjectFiles.find(files), progress)
        progress("reasoning (HermiT; up to some minutes)")
        verdict = run(assembly)
    for line in verdict.reasons:
        _err.print(line, markup=False, highlight=False, soft_wrap=True)
    empty = ", ".join(shorten(iri) for iri in verdict.unsatisfiable) or "none"
    word = "consistent" if verdict.consistent else "INCONSISTENT"
    _out.print(f"{word}; unsatisfiable classes: {empty}; {verdict.seconds:.0f} s", highlight=False)
    sys.exit(0 if verdict.consistent and not verdict.unsatisfiable else 4)


@main.command()
@click.argument("sparql", required=False)
@_store
@click.option("--file", "file", type=click.File(encoding="utf-8"), help="Read the query from a file (- is stdin).")
@click.option(
    "--format",
    "form",
    type=click.Choice([*dict.fromkeys(RESULTS.values()), *GRAPHS.values(), "table"]),
    help="table in a terminal, else csv; turtle for graphs.",
)
@_errors_in_words
def query(sparql: str | None, store: Path, file: Any, form: str | None) -> None:
    """Answer a SPARQL query."""
    text = file.read() if file else sparql
    if not text:
        raise click.UsageError("Give a query, or --file FILE.")
    table = form == "table" or (form is None and _out.is_terminal)
    results = _media_type(RESULTS, "csv" if table else form or "csv")
    answer = KnowledgeGraph.open(store).query(
        Query(text, results=results, graphs=_media_type(GRAPHS, "turtle" if form in (None, "table") else form))
    )
    content = answer.read()
    if table and answer.form == "SELECT":
        _print_csv_as_table(content.decode())
        return
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.write(b"\n" if answer.form == "ASK" else b"")


def _media_type(known: Mapping[str, str], form: str) -> str | None:
    return next((media for media, name in known.items() if name == form), None)


class _Questions(click.Group):
    """Each catalogued question is a command; its header makes the options and the help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._catalogue())

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        question = self._catalogue().get(name)
        return _question_command(question) if question else None

    @staticmethod
    def _catalogue() -> dict[str, Question]:
        return read_catalogue(ProjectFiles.find().questions)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        if args and args[0] not in self._catalogue() and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self._catalogue(), n=3, cutoff=0.4)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            ctx.fail(f"No question is called {args[0]!r}.{hint} See `thidua ask --help`.")
        return super().resolve_command(ctx, args)


@main.group(cls=_Questions)
def ask() -> None:
    """Answer a catalogued question: thidua ask QUESTION [--parameter VALUE ...]

    A parameter takes an IRI, a local id (dong-bang-song-hong) or a name, with or without tone marks.
    """


def _question_command(question: Question) -> click.Command:
    @_store
    @click.option(
        "--format", "form", type=click.Choice(["table", "csv", "json"]), help="table in a terminal, else csv."
    )
    @_errors_in_words
    def run(store: Path, form: str | None, **parameters: str | None) -> None:
        given = {name: value for name, value in parameters.items() if value is not None}
        rows = KnowledgeGraph.open(store).ask(question.name, given)
        form = form or ("table" if _out.is_terminal else "csv")
        if form == "table":
            _print_table(rows)
        else:
            sys.stdout.buffer.write(to_json(rows) + b"\n" if form == "json" else to_csv(rows))

    columns = "\n".join(f"{column.name}: {column.label['en']}" for column in question.columns)
    command: click.Command = click.command(
        question.name,
        help=f"{question.question['en']}\n\n{question.question['vi']}\n\n\b\nColumns:\n{columns}",
        short_help=question.title["en"],
    )(run)
    command.params += [
        click.Option(
            [f"--{parameter.name}", parameter.name],
            required=parameter.required,
            metavar=parameter.type.upper(),
            help=f"{parameter.label['en']}, e.g. {parameter.example}",
        )
        for parameter in question.parameters
    ]
    return command


@main.command()
@_store
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@_errors_in_words
def serve(store: Path, host: str, port: int, workers: int) -> None:
    """Serve the graph over HTTP; builds it first when the store is empty."""
    from server.gunicorn import serve as run

    if VersionStore(store).current() is None:
        with _progress() as progress:
            built = build(ProjectFiles.find(), store, message="first build", progress=progress)
        _err.print(f"built version {built.version.number}: {built.version.triples:,} triples", highlight=False)
    run(
        {"STORE": str(store.absolute())},
        host=host,
        port=port,
        workers=workers,
        when_ready=lambda: _err.print(f"open http://{host}:{port}/ (stop with Ctrl+C)", highlight=False),
    )


@main.command()
@_store
@_errors_in_words
def versions(store: Path) -> None:
    """List the versions in the store, newest first; * marks the current one."""
    kept = VersionStore(store)
    current = kept.current()
    table = Table("", "version", "time (UTC)", "author", "triples", "sources", "warnings", "hash", "message")
    for version in reversed(kept.all()):
        table.add_row(
            "*" if current and version.number == current.number else "",
            str(version.number), version.time, version.author, f"{version.triples:,}",
            str(version.sources), str(version.warnings), version.hash[:12], version.message,
        )  # fmt: skip
    _out.print(table)
    if current is None:
        kept.current_path()  # says what to do


@main.group()
def source() -> None:
    """Help for adding a source; docs/adding-a-source.md tells the whole way."""


@source.command("new")
@click.option("--text", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The article, if in hand.")
@click.option("--url", default="", help="Its address.")
@_files
@_errors_in_words
def source_new(text: Path | None, url: str, files: Path | None) -> None:
    """Write data/sources/<id>.ttl to begin with, and say what to do next."""
    if text is None and not url:
        raise click.UsageError("Give --text FILE, --url ADDRESS, or both.")
    name, content = template(read_text(text) if text else None, url)
    project = ProjectFiles.find(files)
    path = project.root / "data/sources" / name
    if path.exists():
        raise InputError(f"{project.relative(path)} is there already; add to it")
    path.write_text(content, encoding="utf-8")
    _out.print(f"wrote {project.relative(path)}; edit it, then run: thidua validate", highlight=False)


@source.command("find")
@click.argument("text", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("phrase")
@_errors_in_words
def source_find(text: Path, phrase: str) -> None:
    """Print the evidence for each place in TEXT where PHRASE stands."""
    found = list(passages(read_text(text), phrase))
    for evidence, line, context in found:
        _out.print(f"{evidence}  line {line}: {context}", markup=False, highlight=False, soft_wrap=True)
    if not found:
        raise InputError(f"{text}: {phrase!r} does not stand there; give fewer words, spelled as printed")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@_files
@_errors_in_words
def docs(folder: Path, files: Path | None) -> None:
    """Write the reference pages of the ontology, the shapes and the questions into FOLDER."""
    from thidua.reference import write_pages

    for path in write_pages(ProjectFiles.find(files), folder):
        _out.print(str(path), highlight=False)


def _print_findings(findings: list[Finding], *, vi: bool = False) -> None:
    for finding in findings:
        style = "red" if finding.severity == "Violation" else "yellow"
        text = str(finding).replace(finding.en, finding.vi) if vi else str(finding)
        _err.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def _print_table(rows: Rows) -> None:
    # Where a thing has its name beside it, a reader wants the name; csv and json have both.
    columns = [name for name in rows.columns if name + "Label" not in rows.columns]
    table = Table()
    for name in columns:
        # Fold, never cut: half an identifier is none.
        table.add_column(name.removesuffix("Label"), overflow="fold")
    for record in rows.records:
        table.add_row(*(_shown(record[name]) for name in columns))
    _out.print(table)
    _out.print(f"{len(rows.records)} rows", highlight=False)


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return shorten(cell.value) if cell.kind == "iri" else cell.value


def _print_csv_as_table(text: str) -> None:
    header, *records = csv.reader(io.StringIO(text))
    table = Table(*header)
    for record in records:
        table.add_row(*(shorten(value) if value.startswith("http") else value for value in record))
    _out.print(table)
    _out.print(f"{len(records)} rows", highlight=False)
