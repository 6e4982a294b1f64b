"""The command extract learn: a tagger is trained, measured, and told whether it is worth a voice."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import click

from thidua.base.errors import InputError
from thidua.base.files import ProjectFiles
from thidua.base.settings import read_settings
from thidua.cli.shared import columns, err, errors_in_words, files_option, out
from thidua.extract.accepting import folder_of
from thidua.extract.article import Article
from thidua.extract.decisions import FOLDER, Decisions
from thidua.extract.facts import Fact
from thidua.extract.learning import Measured, Noted, learn, of_corpus, of_decisions
from thidua.extract.lexicon import Lexicon
from thidua.extract.page import read_file
from thidua.extract.tagger import Tagger
from thidua.extract.voices import extract_by, voices_of

#: Where the project's own model lies, under the folder of its files.
MODEL: Final = Path("data/tagger.zip")

by_option = click.option(
    "--by", default="rules", show_default=True, metavar="VOICE[,VOICE]",
    help="Who reads: rules, tagger (trained by `extract learn`), llm (a language model, THIDUA_LLM_URL).",
)  # fmt: skip


def read_by(article: Article, project: ProjectFiles, by: str, scope: str = "") -> list[Fact]:
    """What an article says, by the voices of an option.

    :raises InputError: there is no such voice, or it is not set up.
    """
    voices = voices_of(by)
    tagger = Tagger.open(project.root / MODEL) if "tagger" in voices else None
    return extract_by(article, Lexicon.read(project), voices, scope, tagger=tagger)


@click.command("learn")
@click.argument("corpora", nargs=-1, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", "target", default=Path("tagger.zip"), show_default=True,
              type=click.Path(path_type=Path, dir_okay=False), help="The model file.")  # fmt: skip
@click.option("--folds", default=5, show_default=True, type=click.IntRange(2, 50), help="Folds of cross-validation.")
@click.option("--seed", default=16, show_default=True, help="How articles are dealt into folds.")
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(1, 50), help="How often they are dealt.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), help="table in a terminal, else json.")
@click.option("--store", type=click.Path(path_type=Path, file_okay=False), envvar="THIDUA_STORE", show_envvar=True,
              help="Folder of a built graph, whose curators' decisions are learnt from as well.")  # fmt: skip
@files_option
@errors_in_words
def learn_command(
    corpora: Sequence[Path], target: Path, folds: int, seed: int, repeats: int, form: str | None, store: Path | None,
    files: Path | None,
) -> None:  # fmt: skip
    """Train the tagger on the folders CORPORA, and on what curators decided; say whether it is worth a voice.

    A corpus is a folder of NNN.txt with NNN.facts.jsonl. Decisions count where the text of their article is at hand, as
    <id>.txt in THIDUA_SOURCE_TEXTS. Needs python-crfsuite: pip install 'thidua[learn]'.

    The model speaks only on kinds of facts on which rules and tagger together are as precise as the rules, and find
    more. Where there is none, no file is written. docs/extraction-voices.md has the method.

    \b
    thidua extract learn tests/corpus/learning --out data/tagger.zip
    thidua extract article.txt --by rules,tagger
    """
    project = ProjectFiles.find(files)
    decisions = Decisions(folder_of(project), *([store / FOLDER] if store else []))
    noted: list[Noted] = [each for folder in corpora for each in of_corpus(folder)]
    noted += of_decisions(decisions.all(), _texts(read_settings(os.environ)["SOURCE_TEXTS"]))
    if not noted:
        raise InputError("There is nothing to learn from; name a folder of NNN.txt with NNN.facts.jsonl")
    err.print(f"{len(noted)} articles, {folds} folds, dealt {repeats} times from seed {seed}", highlight=False)
    learnt = learn(noted, Lexicon.read(project), folds=folds, seed=seed, repeats=repeats)
    if (form or ("table" if out.is_terminal else "json")) == "json":
        click.echo(json.dumps(learnt.as_json(), indent=1))
    else:
        _print(learnt.measured)
    if learnt.kinds:
        learnt.write(target)
        err.print(f"wrote {target}; it speaks on: {', '.join(learnt.kinds)}", highlight=False, soft_wrap=True)
    else:
        err.print("The rules alone are as good; no model was written.", highlight=False)


def _texts(folder: str) -> Callable[[str], Article | None]:
    def text(source: str) -> Article | None:
        path = Path(folder) / f"{source}.txt"
        return read_file(path) if folder and path.is_file() else None

    return text


def _print(measured: Sequence[Measured]) -> None:
    table = columns("kind", "noted", "rules P", "rules R", "both P", "both R", "new right", "new wrong", "speaks")
    for each in measured:
        shares = [f"{share:.3f}" for share in (*each.rules, *each.both)]
        numbers = [str(number) for number in (each.right, each.wrong)]
        table.add_row(each.kind, str(each.noted), *shares, *numbers, "yes" if each.speaks else "no")
    out.print(table)
