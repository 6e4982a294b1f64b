"""Source checks that shapes cannot express: unedited templates, duplicate articles, passages not in their text."""

from collections.abc import Iterable, Iterator
from typing import Final

from thidua.base.articles import SourceText, kept, normalised, read_text
from thidua.base.errors import Finding, InputError
from thidua.base.terms import GRAPH, ID, PREFIXES, TD, TEMPLATE, shorten
from thidua.checks.hygiene import Locator, within_graphs
from thidua.rdf.cells import integer
from thidua.rdf.quads import QuadStore

_HASH: Final = f"{TD}contentHash"
_URL: Final = f"{PREFIXES['schema']}url"
_OA: Final = PREFIXES["oa"]
_SRC: Final = f"{ID}src/"


def unedited(store: QuadStore, locator: Locator, graphs: Iterable[str] | None = None) -> Iterator[Finding]:
    """Files to begin with that nobody has edited: one finding for each, where its example begins.

    :param graphs: where to look; None means everywhere.
    """
    marked = f'CONTAINS(STR(?s), "{TEMPLATE}") || CONTAINS(STR(?o), "{TEMPLATE}")'
    rows = store.select(f"SELECT ?graph ?s {{ {within_graphs(graphs)} GRAPH ?graph {{ ?s ?p ?o }} FILTER({marked}) }}")
    found: dict[str, str] = {}
    for row in rows:
        if (graph := row["graph"]) and (subject := row["s"]):
            found[graph.value] = min(subject.value, found.get(graph.value, subject.value))
    locator.seek(found.values())
    for name, first in sorted(found.items()):
        yield Finding(
            "Violation", "edited-template", first, None, None,
            f"ví dụ của tệp mẫu còn nguyên; ghi điều bài báo nói vào mọi chỗ có {TEMPLATE}, hoặc xóa các dòng ấy",
            f"the template's example is still there; write what the article says wherever {TEMPLATE} stands, "
            f"or delete those lines",
            locator.mention(first, name),
        )  # fmt: skip


def one_article(store: QuadStore, locator: Locator, graphs: Iterable[str] | None = None) -> Iterator[Finding]:
    """Articles that stand here as two sources: with one address, whatever its form, or with one text.

    :param graphs: one of the two sources has its graph among these; None means any.
    """
    rows = store.select(
        f"""SELECT DISTINCT ?source ?predicate ?value {{
          VALUES ?predicate {{ <{_HASH}> <{_URL}> }}
          GRAPH ?graph {{ ?source ?predicate ?value }}
          FILTER(STR(?graph) = CONCAT("{GRAPH}", STRAFTER(STR(?source), "{_SRC}"))) }} ORDER BY ?predicate ?source"""
    )
    sharing: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if (source := row["source"]) and (predicate := row["predicate"]) and (value := row["value"]):
            same = value.value if predicate.value == _HASH else normalised(value.value)
            sharing.setdefault((predicate.value, same), []).append(source.value)
    written = None if graphs is None else {graph.replace(GRAPH, _SRC, 1) for graph in graphs}
    told: set[frozenset[str]] = set()
    for (means, _), sources in sharing.items():
        for newer in sources[1:] if written is None else written.intersection(sources):
            older = next((each for each in sources if each != newer), newer)
            if older == newer or (pair := frozenset((newer, older))) in told:
                continue
            told.add(pair)
            vi, en = ("văn bản", "the text") if means == _HASH else ("địa chỉ", "the address")
            ours, theirs = shorten(newer), shorten(older)
            yield Finding(
                "Violation", "one-article", newer, means, older,
                f"{ours} có {vi} của {theirs}; một bài là một nguồn: ghi vào {theirs}, hoặc bổ sung cho nó bằng "
                f"thidua source upgrade",
                f"{ours} has {en} of {theirs}; one article is one source: write into {theirs}, or give it what it "
                f"lacks with thidua source upgrade",
                locator.locate(newer, means),
            )  # fmt: skip


def misplaced(
    store: QuadStore, locator: Locator, texts: str, graphs: Iterable[str] | None = None
) -> Iterator[Finding]:  # fmt: skip
    """Passages that are none, of the sources whose text is at hand: outside of it, or cutting a word.

    Of a text that is not the one whose hash the source states, that alone is told.

    :param texts: a folder of articles, each as ``<id>.txt``; empty for none.
    :param graphs: the sources' graphs; None means all.
    """
    if not texts:
        return
    where = within_graphs(graphs)
    rows = store.select(
        f"SELECT ?graph ?source ?hash {{ {where} GRAPH ?graph {{ ?source <{_HASH}> ?hash }} }} ORDER BY ?source"
    )
    for row in list(rows):
        graph, source, stated = row["graph"], row["source"], row["hash"]
        assert graph and source and stated
        path = kept(texts, source.value.removeprefix(_SRC))
        if path is None:
            continue
        try:
            text = read_text(path)
        except InputError as exc:
            yield _of_text(source.value, f"văn bản không đọc được: {exc}", f"its text cannot be read: {exc}", locator)
            continue
        if text.sha256 == stated.value:
            yield from _of_passages(store, locator, graph.value, source.value, text)
        else:
            vi = f"{path.name} không phải văn bản mà td:contentHash nêu: mã băm của nó là {text.sha256}"
            en = f"{path.name} is not the text that td:contentHash names: its own hash is {text.sha256}"
            yield _of_text(source.value, vi, en, locator)


def _of_text(source: str, vi: str, en: str, locator: Locator) -> Finding:
    return Finding(
        "Violation", "text-is-read", source, _HASH, None,
        f"{vi}; đặt đúng văn bản vào đó, hoặc sửa td:contentHash",
        f"{en}; put the right text there, or mend td:contentHash",
        locator.locate(source, _HASH),
    )  # fmt: skip


def _of_passages(store: QuadStore, locator: Locator, graph: str, source: str, text: SourceText) -> Iterator[Finding]:
    rows = store.select(
        f"""SELECT DISTINCT ?evidence ?start ?end {{ GRAPH <{graph}> {{
          ?evidence <{_OA}hasSource> <{source}> ; <{_OA}hasSelector> ?span .
          ?span <{_OA}start> ?start ; <{_OA}end> ?end }} }} ORDER BY ?start ?end"""
    )
    for row in rows:
        evidence, start, end = row["evidence"], integer(row["start"]), integer(row["end"])
        assert evidence
        if start is None or end is None or start >= end:
            continue  # which a shape tells
        length = len(text.text)
        if end > length:
            vi, en = f"ra ngoài văn bản, dài {length} ký tự", f"ends outside the text, which has {length} characters"
        elif text.breaks_word(start) or text.breaks_word(end):
            first, last = text.word_edges(start, end)
            whole = f"{first}-{last}, “{text.shown(first, last)}”"
            vi, en = f"cắt ngang một từ; trọn từ là {whole}", f"cuts a word; in whole words it is {whole}"
        else:
            continue
        name = shorten(evidence.value)
        yield Finding(
            "Violation", "passage-in-text", evidence.value, None, None,
            f"{name} {vi}; hãy để thidua source find đếm", f"{name} {en}; let thidua source find count",
            locator.mention(evidence.value, graph),
        )  # fmt: skip
