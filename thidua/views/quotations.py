"""Quotations: for a piece of evidence the words of its passage where the text is at hand, and where to read it else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.questions.evidence import of_records
from thidua.questions.rows import Evidence
from thidua.rdf.cells import Record
from thidua.views.passages import kept_text, stated_hash

#: Characters around a passage that tell what it stands in.
_AROUND = 90


@dataclass(frozen=True)
class Article:
    """What is known of a source, for those who would look it up; empty where nobody says."""

    title: str = ""
    publisher: str = ""
    published: str = ""
    url: str = ""
    archived: str = ""


@dataclass(frozen=True)
class Quotation:
    """One piece of evidence. ``words`` are empty where the text is not at hand or the passage has no place in it."""

    evidence: Evidence
    article: Article
    before: str = ""
    words: str = ""
    after: str = ""
    text_is: str = ""
    """What is to be said of the text, as :func:`thidua.views.passages.kept_text` has it."""


def quotations(
    snapshot: Snapshot, pieces: Iterable[Evidence], folder: str, caller: Caller
) -> dict[tuple[str, str], Quotation]:
    """A quotation for each piece of evidence, by its id and how it bears its record out.

    :param folder: where an operator keeps the texts of sources; empty for nowhere.
    """
    wanted = list(dict.fromkeys(pieces))
    if not wanted:
        return {}
    articles = articles_of(snapshot, caller)
    texts: dict[str, tuple[str | None, str]] = {}
    found = {}
    for piece in wanted:
        if piece.source not in texts:
            known = stated_hash(snapshot, piece.source, caller) if folder else ""
            texts[piece.source] = kept_text(folder, piece.source, known) if folder else (None, "")
        text, text_is = texts[piece.source]
        article = articles.get(piece.source, Article(piece.title or "", url=piece.url or ""))
        found[piece.id, piece.how] = _quoted(piece, article, text, text_is)
    return found


def articles_of(snapshot: Snapshot, caller: Caller) -> Mapping[str, Article]:
    """Every source of a version, by its IRI."""
    made: dict[str, Article] = {}
    for row in snapshot.ask("sources", {}, caller).records:
        if source := row["source"]:
            made.setdefault(source.value, Article(*(_text(row, name) for name in Article.__dataclass_fields__)))
    return made


def of_evidence(snapshot: Snapshot, iri: str, folder: str, caller: Caller) -> Quotation | None:
    """The quotation that a passage's own IRI stands for; None where it is none."""
    found = of_records(lambda text: snapshot.select(text, caller), evidence=iri)
    return next(iter(quotations(snapshot, found[:1], folder, caller).values()), None)


def _quoted(piece: Evidence, article: Article, text: str | None, text_is: str) -> Quotation:
    if text is None or piece.start is None or piece.end is None or not piece.start < piece.end <= len(text):
        return Quotation(piece, article, text_is=text_is)
    before, after = text[max(0, piece.start - _AROUND) : piece.start], text[piece.end : piece.end + _AROUND]
    # From the last line break on: what stands in another paragraph says nothing of this one.
    before, after = before.rpartition("\n")[2], after.partition("\n")[0]
    if piece.start - len(before) > 0 and text[piece.start - len(before) - 1] != "\n":
        before = "…" + before.partition(" ")[2]
    if piece.end + len(after) < len(text) and text[piece.end + len(after)] != "\n":
        after = after.rpartition(" ")[0] + "…"
    return Quotation(piece, article, before, text[piece.start : piece.end], after, text_is)


def _text(row: Record, name: str) -> str:
    cell = row.get(name)
    return cell.value if cell else ""
