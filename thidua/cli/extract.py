"""Commands about articles and what they say: extract FILE, extract accept, extract score."""

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
from rich.markup import escape
from rich.table import Table

from thidua.base.articles import read_text
from thidua.base.errors import InputError
from thidua.base.files import ProjectFiles
from thidua.cli.learning import by_option, learn_command, read_by
from thidua.cli.queue import print_queue, queue_of_folder
from thidua.cli.shared import columns, err, errors_in_words, files_of, files_option, heads, opened, out
from thidua.cli.wanted import wanted_command
from thidua.extract.accepting import accept, decided, folder_of, open_of
from thidua.extract.article import Article
from thidua.extract.decisions import FOLDER, Decisions, Word
from thidua.extract.extractor import extract as facts_in
from thidua.extract.facts import FIELDS, Fact, lines
from thidua.extract.lexicon import Lexicon
from thidua.extract.page import read_article, read_file
from thidua.extract.proposals import Proposal, as_jsonld, as_turtle, propose
from thidua.extract.registry import Registry
from thidua.extract.score import Score, of_corpus, of_rules
from thidua.graph import Snapshot

#: The command that a first word stands for which is none.
_DEFAULT: Final = "propose"
_SHOWN: Final = 160

_store = click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="THIDUA_STORE",
    show_envvar=True,
    help="Folder of a built graph that proposals are compared with, and whose decisions count; none if left out.",
)


_scope = click.option(
    "--scope",
    type=click.Choice(["national", "sector", "province", "other"]),
    help="Whose cluster it is, where the text leaves that unclear; weighed if left out.",
)


class _Group(click.Group):
    """A group whose first word may be a file: `extract FILE` is `extract propose FILE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


def _metadata(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say what is known of an article; what they say wins over what a page says of itself."""
    for option in (
        click.option("--author", default="", help="Who wrote it, as printed."),
        click.option("--publisher", default="", help="Who published it; the host of its address if left out."),
        click.option("--title", default="", help="Its title, as printed."),
        click.option("--published", default="", metavar="YYYY-MM-DD", help="The day on which it was published."),
        click.option("--url", default="", help="Its address: a label, nothing is fetched."),
    ):
        command = option(command)
    return command


@click.group(cls=_Group, context_settings={"max_content_width": 100})
def extract() -> None:
    """Read an article and propose what it says; a curator decides, nothing is published by itself.

    \b
    thidua extract article.txt                           what it says, with the passages
    thidua extract page.html --url https://example.vn/1  a page, whose article is taken out
    pdftotext -layout plan.pdf - | thidua extract -      a PDF's text, on standard input
    thidua extract article.txt --format facts            JSON lines, one fact a line
    thidua extract accept article.txt --ids 6b5d,91c0 --curator Lan
    thidua extract articles/                             a folder: what closes gaps first
    thidua extract wanted --limit 10                     which articles to look for
    thidua extract score --rules                         how often each rule was right
    thidua extract learn tests/corpus/learning           train the tagger, a further voice

    `thidua extract propose --help` has the options of `thidua extract FILE`; docs/extraction.md tells the whole way.
    A file that is called like a command is ./score.
    """


@extract.command(_DEFAULT)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@_metadata
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "facts", "jsonld", "turtle"]),
    help="table in a terminal, else facts (JSON lines); jsonld and turtle are W3C Web Annotations.",
)
@click.option("--all", "everything", is_flag=True, help="What was decided before as well.")
@by_option
@_scope
@_store
@files_option
@errors_in_words
def propose_command(
    file: Path,
    form: str | None,
    everything: bool,
    by: str,
    scope: str | None,
    store: Path | None,
    files: Path | None,
    **metadata: str,
) -> None:
    """Propose what the article FILE says: plain text, HTML, a PDF's text; - is standard input. A folder is a queue.

    Of a folder's articles those come first that close gaps of /coverage; docs/collecting.md has the columns.

    Needs no store. With --store each proposal is `new`, `confirms` or `contradicts` what other sources say there, or is
    `known`, from this one. What was decided is not proposed again.

    \b
    Formats:
    table    for people: the passages are cut from the text in hand
    facts    the contract of docs/extraction.md, all facts, whatever was decided
    jsonld   W3C Web Annotations; the passages as positions, no sentence of the article
    turtle   the same
    """
    project = _project(files)
    if file.is_dir():
        _queue(file, project, store, form)
        return
    snapshot = _snapshot(store)
    article, facts = read(file, project, metadata, scope, by)
    form = form or ("table" if out.is_terminal else "facts")
    if form == "facts":
        _write(lines(facts))
        return
    found = propose(article, facts, snapshot, _registry(project, snapshot))
    latest = _decisions(project, store).latest(article.source.id)
    shown = found if everything else open_of(found, latest)
    if form == "jsonld":
        _write(json.dumps(as_jsonld(article, shown), ensure_ascii=False, indent=1) + "\n")
    elif form == "turtle":
        _write(as_turtle(article, shown))
    else:
        _print(article, shown, {name: each.decision for name, each in latest.items()})
        for warning in article.warnings:
            err.print(warning, style="yellow", markup=False, highlight=False, soft_wrap=True)
        hidden = len(found) - len(shown)
        more = f"; {hidden} were decided before, see them with --all" if hidden else ""
        err.print(f"{len(shown)} proposals on src:{article.source.id}{more}", highlight=False)
        err.print(f"accept with: thidua extract accept {file} --ids …, or --rule …", markup=False, highlight=False)


@extract.command("accept")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--ids", multiple=True, metavar="ID[,ID…]", help="Accept these, by their ids or the beginning of them.")
@click.option("--rule", "--all-of", "rules", multiple=True, metavar="RULE", help="Accept all of a rule; repeatable.")
@click.option("--reject", multiple=True, metavar="ID[,ID…]", help="Note that these are wrong.")
@click.option("--unsure", multiple=True, metavar="ID[,ID…]", help="Leave these to the next curator.")
@click.option("--undo", multiple=True, metavar="ID[,ID…]", help="Take back what was decided of these.")
@click.option(
    "--edit", multiple=True, metavar="ID:FIELD=VALUE", help="Accept with another value, such as 6b5d:year=2023."
)
@click.option("--reason", default="", help="Why, in a few words; it is kept with each decision.")
@click.option("--curator", default="", envvar="THIDUA_CURATOR", show_envvar=True, help="Who decides; needed.")
@click.option("--replace", "overwrite", is_flag=True, help="Withdraw what the source's file says beside these facts.")
@_metadata
@by_option
@_scope
@_store
@files_option
@errors_in_words
def accept_command(
    file: Path, ids: Sequence[str], rules: Sequence[str], reject: Sequence[str], unsure: Sequence[str],
    undo: Sequence[str], edit: Sequence[str], reason: str, curator: str, overwrite: bool, by: str, scope: str | None,
    store: Path | None, files: Path | None, **metadata: str,
) -> None:  # fmt: skip
    """Decide on proposals of the article FILE, and write what is accepted into data/: all of it, or nothing.

    Writes data/sources/<id>.ttl with everything that was accepted of the article so far, entries for data/registry/
    where somebody or something is new, lines of data/left-out.csv for what the model cannot say, and
    data/decisions/<id>.jsonl. Only ids that `thidua extract FILE` shows can be accepted; nothing is by itself.

    \b
    thidua extract accept article.txt --rule member.list --curator Lan
    thidua extract accept article.txt --ids 6b5d --reject 91c0 --reason 'another cluster' --curator Lan
    thidua extract accept article.txt --edit 6b5d:year=2023 --curator Lan
    """
    if not curator.strip():
        raise click.UsageError("Give --curator NAME: a decision has somebody who made it.")
    project, snapshot = _project(files, tell=True), _snapshot(store)
    article, facts = read(file, project, metadata, scope, by)
    registry = _registry(project, snapshot)
    found = propose(article, facts, snapshot, registry)
    decisions = _decisions(project, store)
    latest = decisions.latest(article.source.id)
    changes = _changes(edit, found)
    words = _words(found, {"accept": [*_split(ids), *changes], "reject": _split(reject), "unsure": _split(unsure),
                           "undo": _split(undo)})  # fmt: skip
    for rule in rules:
        of_rule = [proposal.id for proposal in open_of(found, latest) if proposal.fact.rule == rule]
        if not of_rule:
            known = ", ".join(sorted({proposal.fact.rule for proposal in found})) or "none"
            raise InputError(f"No open proposal is of the rule {rule!r}; the rules that found something here: {known}")
        words |= {name: "accept" for name in of_rule if name not in words}
    if not words:
        raise click.UsageError("Say what to decide: --ids, --rule, --edit, --reject, --unsure or --undo.")
    new = decided(found, words, curator.strip(), reason=reason, edited=changes)
    written = accept(project, article, new, registry, overwrite=overwrite)
    for path in written.paths:
        out.print(f"wrote {path}", highlight=False, soft_wrap=True)
    for left in written.records.left_out:
        what = f"{left.fact.kind} {left.part}".strip()
        err.print(f"left out ({what}): {left.reason_en}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    out.print(f"{len(new)} decisions; src:{article.source.id} bears {written.facts} facts", highlight=False)
    out.print("now run: thidua validate", highlight=False)


@extract.command("score")
@click.option("--rules", "by_rule", is_flag=True, help="Precision of each rule, from curators' decisions.")
@click.option(
    "--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of NNN.txt with NNN.facts.jsonl: precision and recall of each kind of fact.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(["table", "json"]), help="table in a terminal, else json.")
@click.option("--wrong", is_flag=True, help="With --corpus, list the facts that are wrong or were missed.")
@_store
@files_option
@errors_in_words
def score_command(
    by_rule: bool, corpus: Path | None, form: str | None, wrong: bool, store: Path | None, files: Path | None
) -> None:
    """Say how often proposals are right, by what curators decided or by a corpus with facts noted by hand.

    \b
    thidua extract score --rules             each rule: accepted, changed, rejected; precision, 95 % bounds
    thidua extract score --corpus tests/corpus/seen --wrong

    The bounds are those of a Beta posterior with Jeffreys' prior; docs/extraction.md has the method, and when two facts
    are one.
    """
    project = _project(files)
    form = form or ("table" if out.is_terminal else "json")
    if corpus is None:
        found: Sequence[Score] = of_rules(_decisions(project, store).all())
        if not found:
            raise InputError("Nothing was decided yet; `thidua extract accept FILE` notes decisions")
        _print_scores(found, form, "rule", by_rule)
        return
    lexicon = Lexicon.read(project)
    result = of_corpus(corpus, lambda article: facts_in(article, lexicon))
    _print_scores(result.scores, form, "kind", True)
    if wrong:
        for name, what, fact in result.wrong:
            err.print(f"{name} {what}: {json.dumps(dict(fact.values) | {'kind': fact.kind}, ensure_ascii=False)}",
                      markup=False, highlight=False, soft_wrap=True)  # fmt: skip


def _queue(folder: Path, project: ProjectFiles, store: Path | None, form: str | None) -> None:
    """The articles of a folder, those that close gaps first."""
    if form not in (None, "table", "facts"):
        raise InputError(f"{folder} is a folder, whose queue is a table or JSON (--format facts)")
    lexicon = Lexicon.read(project)
    found = queue_of_folder(folder, read_file, lambda article: facts_in(article, lexicon), store or Path("store"))
    print_queue(found, "table" if (form or ("table" if out.is_terminal else "facts")) == "table" else "json")


def read(
    file: Path, project: ProjectFiles, metadata: dict[str, str], scope: str | None = None, by: str = "rules"
) -> tuple[Article, list[Fact]]:
    """An article with what is known of it, and what it says.

    :raises InputError: it cannot be read.
    """
    if str(file) == "-":
        article = read_article(sys.stdin.buffer.read(), shown_as="standard input", **metadata)
    else:
        article = read_file(file, **metadata)
        with suppress(InputError):
            # A source's own file: its name may bear the id, and its bytes are what the graph has the hash of.
            if (source := read_text(file)).text == article.text:
                article = replace(article, source=source)
    return article, read_by(article, project, by, scope or "")


def _project(files: Path | None, *, tell: bool = False) -> ProjectFiles:
    return files_of(files) if tell else ProjectFiles.find(files)


def _snapshot(store: Path | None) -> Snapshot | None:
    return opened(store).current() if store else None


def _registry(project: ProjectFiles, snapshot: Snapshot | None) -> Registry:
    return Registry.of(snapshot.select) if snapshot else Registry.read(project)


def _decisions(project: ProjectFiles, store: Path | None) -> Decisions:
    """The project's decisions, and those of a store beside it."""
    return Decisions(folder_of(project), *([store / FOLDER] if store else []))


def _split(given: Sequence[str]) -> list[str]:
    return [name.strip() for each in given for name in each.split(",") if name.strip()]


def _words(found: Sequence[Proposal], given: dict[str, list[str]]) -> dict[str, Word]:
    """What to say of which proposal, by its whole id; of each one thing only."""
    words: dict[str, Word] = {}
    for word, names in given.items():
        for name in names:
            whole = _whole(found, name)
            if words.get(whole, word) != word:
                raise click.UsageError(f"{name} is to be decided in two ways; give it once.")
            words[whole] = word  # type: ignore[assignment]
    return words


def _whole(found: Sequence[Proposal], name: str) -> str:
    """The id that begins so.

    :raises InputError: none does, or several do.
    """
    near = [proposal.id for proposal in found if proposal.id.startswith(name)]
    if len(near) != 1:
        why = f"begins the ids of {len(near)} proposals; give more of it" if near else "is the id of no proposal here"
        raise InputError(f"{name} {why}; `thidua extract FILE` lists them")
    return near[0]


def _changes(edit: Sequence[str], found: Sequence[Proposal]) -> dict[str, dict[str, Any]]:
    """Values that a curator gives, by proposal."""
    changes: dict[str, dict[str, Any]] = {}
    for each in edit:
        name, colon, rest = each.partition(":")
        field, equals, value = rest.partition("=")
        if not (colon and equals):
            raise click.UsageError(f"--edit is ID:FIELD=VALUE, such as 6b5d:year=2023, not {each!r}.")
        whole = _whole(found, name)
        fact = next(proposal.fact for proposal in found if proposal.id == whole)
        if field not in FIELDS[fact.kind]:
            raise InputError(f"A fact of kind {fact.kind} has no {field}; it has: {', '.join(FIELDS[fact.kind])}")
        changes.setdefault(whole, {})[field] = int(value) if value.isascii() and value.isdigit() else value or None
    return changes


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode())


def _print(article: Article, found: Sequence[Proposal], said: dict[str, str]) -> None:
    table = Table(show_lines=True)
    for number, head in enumerate(heads("id", "what", "how sure", "graph", "passage")):
        table.add_column(head, overflow="fold", no_wrap=not number)
    for proposal in found:
        fact = proposal.fact
        values = ", ".join(f"{name} {_told(value)}" for name, value in fact.values.items() if value is not None)
        sure = f"{fact.basis}, {fact.confidence:.2f}\n{fact.rule}"
        claims = "\n".join(f"{claim.says or claim.record}: {', '.join(claim.sources)}" for claim in proposal.claims[:3])
        standing = said.get(proposal.id, proposal.status)
        passage = "\n".join(_cut(article.text[start:end]) for start, end in fact.spans)
        warnings = "".join(f"\n! {text}" for text in (*fact.warnings, *(en for _, en in proposal.left_out)))
        table.add_row(
            proposal.id[:8], escape(f"{fact.kind}: {values}{warnings}"), escape(sure),
            escape(f"{standing}\n{claims}".strip()), escape(passage),
        )  # fmt: skip
    out.print(table)


def _told(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _print_scores(found: Sequence[Score], form: str, name: str, everything: bool) -> None:
    shown = found if everything else found[-1:]
    if form == "json":
        _write(json.dumps([score.as_json(name) for score in shown], ensure_ascii=False, indent=1) + "\n")
        return
    recall = any(score.missed is not None for score in shown)
    heads = [
        "right",
        "wrong",
        *(["missed"] if recall else ["changed"]),
        "precision",
        "95 %",
        *(["recall"] if recall else []),
    ]
    table = columns(name, *heads)
    for score in shown:
        low, high = score.bounds
        row = [score.name, str(score.right), str(score.wrong), str(score.missed if recall else score.changed),
               f"{score.precision:.3f}", f"{low:.2f}-{high:.2f}"]  # fmt: skip
        table.add_row(*row, *([f"{score.recall:.3f}"] if recall else []))
    out.print(table)


extract.add_command(wanted_command)
extract.add_command(learn_command)
