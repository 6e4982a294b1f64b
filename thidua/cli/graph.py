"""Commands about the graph and its files: build, validate, reason, query, ask, source, docs."""

import csv
import difflib
import io
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from thidua.base.articles import normalised, read_text
from thidua.base.errors import Finding, InputError, ParameterError
from thidua.base.files import ProjectFiles
from thidua.base.formats import GRAPHS, RESULTS, TABLES, Format, by_name
from thidua.base.settings import columns_from, read_settings
from thidua.base.terms import PREFIXES, shorten
from thidua.base.translation import of_environment
from thidua.checks.left_out import left_out
from thidua.cli.shared import (
    err,
    errors_in_words,
    files_of,
    files_option,
    hint,
    in_language,
    opened,
    out,
    progress_shown,
    say,
    store_option,
    texts_option,
)
from thidua.cli.tables import print_records
from thidua.engine.backend import backend_of_environment
from thidua.engine.query import Caller, Query
from thidua.questions.catalogue import Question, read_catalogue
from thidua.questions.certainty import in_words
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell
from thidua.rdf.scan import scan
from thidua.views.hints import is_empty, of_query, of_rows
from thidua.write.source_text import SOURCE_KINDS, known_in_files, passages, template, with_address, with_text

_TABLES: Final = by_name(TABLES)


@click.command("build")
@store_option
@files_option
@click.option("--author", default=lambda: os.environ.get("USER", ""), help="Who makes this version.")
@click.option("--message", "-m", default="", help="Why, in a few words.")
@click.option("--replace", is_flag=True, help="Drop what was written online and is not in the files.")
@texts_option
@errors_in_words
def build_command(store: Path, files: Path | None, author: str, message: str, replace: bool, texts: str) -> None:
    """Build the graph from its files and publish it as a new version.

    Nothing is published when anything is wrong; the old version goes on being served. The same files again give
    the same version. What was written online is kept: it is stated again beside what the files say by now.
    """
    from thidua.building.build import build  # what only a build needs takes half a second to load

    project = files_of(files)
    told = _left_out(project)
    with progress_shown() as progress:
        built = build(
            project, store, author=author, message=message, replace=replace, progress=progress,
            working_copy=backend_of_environment().working_copy(store), texts=texts,
            columns_from=columns_from(read_settings(os.environ)),
        )  # fmt: skip
    _print_findings(built.findings, of_environment())
    out.print(told, end="", highlight=False, soft_wrap=True)
    word = "published" if built.published else "nothing changed:"
    version = built.version
    out.print(
        f"{word} version {version.number}: {version.triples:,} triples, {version.sources} sources, "
        f"{version.warnings} warnings, hash {version.hash[:12]}",
        highlight=False,
    )


@click.command()
@files_option
@texts_option
@click.option("--vi", is_flag=True, help="Messages in Vietnamese.")
@errors_in_words
def validate(files: Path | None, texts: str, vi: bool) -> None:
    """Check the files without building: syntax, terms, links, shapes, passages, conflicts.

    Exit code 4 when something would refuse a build; warnings alone end with 0.
    """
    from thidua.building.build import assemble, check

    project = files_of(files)
    told = _left_out(project)
    with progress_shown() as progress:
        findings = check(assemble(project, progress), progress, texts)
    _print_findings(findings, "vi" if vi else of_environment())
    out.print(told, end="", highlight=False, soft_wrap=True)
    refused = sum(finding.severity == "Violation" for finding in findings)
    out.print(f"{refused} violations, {len(findings) - refused} warnings", highlight=False)
    sys.exit(4 if refused else 0)


@click.command()
@files_option
@errors_in_words
def reason(files: Path | None) -> None:
    """Ask HermiT whether the ontology and the data contradict each other. Needs Java.

    Exit code 4 when they do, or when a class can have no member.
    """
    from thidua.building.build import assemble
    from thidua.checks.owl import reason as run

    with progress_shown() as progress:
        assembly = assemble(files_of(files), progress)
        progress("reasoning (HermiT; up to some minutes)")
        verdict = run(assembly)
    for line in verdict.reasons:
        err.print(line, markup=False, highlight=False, soft_wrap=True)
    empty = ", ".join(shorten(iri) for iri in verdict.unsatisfiable) or "none"
    word = "consistent" if verdict.consistent else "INCONSISTENT"
    out.print(f"{word}; unsatisfiable classes: {empty}; {verdict.seconds:.0f} s", highlight=False)
    sys.exit(0 if verdict.consistent and not verdict.unsatisfiable else 4)


@click.command()
@click.argument("sparql", required=False)
@store_option
@click.option("--file", "file", type=click.File(encoding="utf-8-sig"), help="Read the query from a file (- is stdin).")
@click.option(
    "--format",
    "form",
    type=click.Choice([*by_name(RESULTS), *by_name(GRAPHS), "table"]),
    help="table in a terminal, else csv; turtle for graphs.",
)
@errors_in_words
def query(sparql: str | None, store: Path, file: Any, form: str | None) -> None:
    """Answer a SPARQL query; the project's prefixes (td:, province: and so on) need no declaration."""
    text = file.read() if file else (sparql or "").removeprefix("\ufeff")
    if not text:
        raise click.UsageError("Give a query, or --file FILE.")
    table = form == "table" or (form is None and out.is_terminal)
    results = _media_type(RESULTS, "csv" if table else form or "csv")
    snapshot, scanned = opened(store).current(), scan(text, prefixes=PREFIXES)
    graphs = _media_type(GRAPHS, "turtle" if form in (None, "table") else form)
    answer = snapshot.query(Query("", results=results, graphs=graphs).of(scanned))
    hint(of_query(snapshot, scanned, Caller(), empty=is_empty(answer)))
    content = answer.read()
    if table and answer.form == "SELECT":
        _print_csv_as_table(content.decode())
        return
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.write(b"\n" if answer.form == "ASK" else b"")


def _media_type(known: Mapping[str, Format], form: str) -> str | None:
    return next((each.media_type for each in known.values() if each.name == form), None)


class _Questions(click.Group):
    """Each catalogued question is a command; its header makes the options and the help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._catalogue(ctx))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        question = self._catalogue(ctx).get(name)
        return in_language(_question_command(question)) if question else None

    @staticmethod
    def _catalogue(ctx: click.Context) -> dict[str, Question]:
        """The catalogue, read once for each call of the command: its help asks for every question by name."""
        found: dict[str, Question] | None = ctx.meta.get(__name__)
        if found is None:
            found = ctx.meta[__name__] = read_catalogue(ProjectFiles.find().questions)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self._catalogue(ctx) and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self._catalogue(ctx), n=3, cutoff=0.4)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            ctx.fail(f"No question is called {args[0]!r}.{hint} See `thidua ask --help`.")
        return super().resolve_command(ctx, args)


@click.group(cls=_Questions)
def ask() -> None:
    """Answer a catalogued question: thidua ask QUESTION [--parameter VALUE ...]

    A parameter takes an IRI, a local id (dong-bang-song-hong) or a name, with or without tone marks.
    """


def _question_command(question: Question) -> click.Command:
    @store_option
    @click.option(
        "--format",
        "form",
        type=click.Choice(["table", *_TABLES]),
        help="By default as FILE's suffix says; table in a terminal, else csv.",
    )
    @click.option(
        "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there."
    )
    @click.option("--evidence", is_flag=True, help="Say for each row which passages of which sources it rests on.")
    @click.option("--vi", is_flag=True, help="In a table, how sure a row is in Vietnamese words.")
    @errors_in_words
    def run(
        store: Path, form: str | None, output: Path | None, evidence: bool, vi: bool, **parameters: str | None
    ) -> None:
        given = {name: value for name, value in parameters.items() if value is not None}
        if empty := next((name for name, value in given.items() if not value.strip()), None):
            raise ParameterError(empty, f"--{empty} is empty; leave it out to ask about all.")
        form = form or _form_of(output)
        snapshot = opened(store).current()
        rows = snapshot.ask(question.name, given, evidence=evidence)
        hint(of_rows(snapshot, rows, Caller()))
        if form == "table":
            _print_table(rows.with_evidence(), "vi" if vi else of_environment())
            return
        content = snapshot.write(rows, form)
        if output:
            output.write_bytes(content)
            err.print(f"wrote {output}: {len(rows.records)} rows of version {rows.version}", highlight=False)
        elif out.is_terminal and _TABLES[form].binary:
            raise click.UsageError(f"A terminal cannot show {form}; name a file with --output.")
        else:
            ends = _TABLES[form].binary or content.endswith(b"\n")
            sys.stdout.buffer.write(content + (b"" if ends else b"\n"))

    language = of_environment()
    other = "en" if language == "vi" else "vi"
    columns = "\n".join(f"{column.name}: {column.label[language]}" for column in question.columns)
    command: click.Command = click.command(
        question.name,
        help="\n\n".join([question.question[language], question.question[other], f"\b\n{say('Columns:')}\n{columns}"]),
        short_help=question.title[language],
    )(run)
    command.params += [
        click.Option(
            [f"--{parameter.name}", parameter.name],
            required=parameter.required,
            metavar=parameter.type.upper(),
            help=say(f"{parameter.label[language]}, e.g. {parameter.example}"),
        )
        for parameter in question.parameters
    ]
    return command


def _form_of(output: Path | None) -> str:
    """The format that a file's suffix names; without a file, what suits where the answer goes."""
    if output is None:
        return "table" if out.is_terminal else "csv"
    suffix = output.suffix.removeprefix(".").lower()
    if suffix not in _TABLES:
        raise click.UsageError(f"{output.name} could be anything; name its --format: {', '.join(_TABLES)}.")
    return suffix


@click.group()
def source() -> None:
    """Help for adding a source; docs/adding-a-source.md tells the whole way."""


@source.command("new")
@click.option("--text", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The article, if in hand.")
@click.option("--url", default="", help="Its address.")
@click.option("--title", default="", help="Its title, as printed; if left out, the file asks for it.")
@click.option("--day", default="", metavar="YYYY-MM-DD", help="The day of publication that it prints; likewise.")
@click.option("--kind", type=click.Choice(SOURCE_KINDS), default=SOURCE_KINDS[0], show_default=True, help="What it is.")
@files_option
@errors_in_words
def source_new(text: Path | None, url: str, title: str, day: str, kind: str, files: Path | None) -> None:
    """Write data/sources/<id>.ttl to begin with, and say what to do next."""
    if text is None and not url:
        raise click.UsageError("Give --text FILE, --url ADDRESS, or both.")
    article, project = read_text(text) if text else None, files_of(files)
    if there := known_in_files(project, address=url, sha256=article.sha256 if article else ""):
        missing = (
            f"--text {text}" if text and not there.sha256 else f"--url '{url}'" if url and not there.address else ""
        )
        more = f", or give it what it lacks: thidua source upgrade {there.id} {missing}" if missing else ""
        raise InputError(f"{there.told()} Add to data/sources/{there.id}.ttl{more}.")
    name, content = template(article, url, title=title, day=day, kind=kind)
    path = project.root / "data/sources" / name
    if path.exists():
        raise InputError(f"{project.relative(path)} is there already; add to it")
    path.write_text(content, encoding="utf-8")
    out.print(f"wrote {project.relative(path)}; edit it, then run: thidua validate", highlight=False)


@source.command("upgrade")
@click.argument("source_id", metavar="ID")
@click.option("--text", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The article, now in hand.")
@click.option("--url", default="", help="Its address, now known.")
@files_option
@errors_in_words
def source_upgrade(source_id: str, text: Path | None, url: str, files: Path | None) -> None:
    """Give the source ID the text or the address that it lacks; its id and all that was recorded stay.

    What rested on the whole article rests on the whole span of its text, until you name the passages.
    """
    if text is None and not url:
        raise click.UsageError("Give --text FILE, --url ADDRESS, or both.")
    article, project = read_text(text) if text else None, files_of(files)
    source_id = source_id.removeprefix("src:")
    path = project.root / "data/sources" / f"{source_id}.ttl"
    if not path.is_file():
        raise InputError(f"There is no {project.relative(path)}; begin it with: thidua source new")
    there = known_in_files(project, address=url, sha256=article.sha256 if article else "")
    if there and there.id != source_id:
        raise InputError(f"{there.told()} One article is one source: bring the two files together by hand.")
    turtle = path.read_text(encoding="utf-8")
    if article:
        turtle = with_text(turtle, source_id, article)
    if url and (there is None or normalised(there.address) != normalised(url)):
        turtle = with_address(turtle, source_id, url)
    path.write_text(turtle, encoding="utf-8")
    out.print(f"wrote {project.relative(path)}; name the passages, then run: thidua validate", highlight=False)


@source.command("find")
@click.argument("text", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("phrase")
@files_option
@errors_in_words
def source_find(text: Path, phrase: str, files: Path | None) -> None:
    """Print the evidence for each place in TEXT where PHRASE stands."""
    article = read_text(text)
    there = known_in_files(ProjectFiles.find(files), sha256=article.sha256)
    found = list(passages(article, phrase, there.id if there else ""))
    for evidence, line, context in found:
        out.print(f"{evidence}  line {line}: {context}", markup=False, highlight=False, soft_wrap=True)
    if not found:
        raise InputError(f"{text}: {phrase!r} does not stand there; give fewer words, spelled as printed")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@files_option
@errors_in_words
def docs(folder: Path, files: Path | None) -> None:
    """Write the reference pages of the ontology, the shapes and the questions into FOLDER."""
    from thidua.cli.reference import write_pages

    for path in write_pages(files_of(files), folder):
        out.print(str(path), highlight=False)


def _left_out(project: ProjectFiles) -> str:
    """How many rows of the tables the graph lacks, as a line; empty for none."""
    shown = project.relative(project.left_out)
    if not (count := len(left_out(project.left_out, shown))):
        return ""
    if count == 1:
        return f"1 row that was read is left out, whole or in part: {shown} says which and why\n"
    return f"{count} rows that were read are left out, whole or in part: {shown} says which and why\n"


def _print_findings(findings: list[Finding], language: str) -> None:
    for finding in findings:
        style = "red" if finding.severity == "Violation" else "yellow"
        err.print(finding.told_in(language), style=style, markup=False, highlight=False, soft_wrap=True)


def _print_table(rows: Rows, language: str) -> None:
    # Where a thing has its name beside it, a reader wants the name; csv and json have both.
    columns = [name for name in rows.columns if name + "Label" not in rows.columns]
    print_records(
        [name.removesuffix("Label") for name in columns],  # as files have them
        [[_shown(name, record[name], language) for name in columns] for record in rows.records],
    )
    out.print(f"{len(rows.records)} rows", highlight=False)


def _shown(column: str, cell: Cell | None, language: str) -> str:
    if cell is None:
        return ""
    return shorten(cell.value) if cell.kind == "iri" else in_words(column, cell.value, language)


def _print_csv_as_table(text: str) -> None:
    header, *records = csv.reader(io.StringIO(text))
    print_records(
        header, [[shorten(value) if value.startswith("http") else value for value in record] for record in records]
    )
    out.print(f"{len(records)} rows", highlight=False)


COMMANDS = (build_command, validate, reason, query, ask, source, docs)
