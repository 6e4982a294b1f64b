"""What is wrong with a graph that shapes cannot say: terms that nobody declared, links that lead nowhere, passages
that are none, an article under two names, and what contradicts between named graphs."""

import tomllib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final, Protocol

from thidua.articles import kept, normalised, read_text
from thidua.errors import DataError, Finding, InputError
from thidua.files import ProjectFiles
from thidua.rows import Cell, integer
from thidua.store import QuadStore, iri_term
from thidua.terms import CONCEPT, GRAPH, ID, INFERRED, ONTOLOGY, PREFIXES, SYNTHETIC, TD, TEMPLATE, shorten

#: The languages that the ontology is written in, whose terms it need not declare.
_LANGUAGES: Final = tuple(PREFIXES[name] for name in ("rdf", "rdfs", "owl", "xsd"))
_OA: Final = PREFIXES["oa"]
_OWN: Final = (ID, CONCEPT, ONTOLOGY + "#")


class Locator(Protocol):
    """Tells where in the texts something is said: ``file:line``, or an empty text."""

    def seek(self, things: Iterable[str]) -> None:
        """Hear which things (IRIs) will be asked for, so that large texts are read once for all of them."""
        ...

    def locate(self, subject: str, predicate: str | None = None) -> str:
        """Where a thing is described."""
        ...

    def mention(self, iri: str, graph: str | None = None) -> str:
        """Where an IRI is first written, in one graph's texts or in any."""
        ...


def undeclared(store: QuadStore, locator: Locator, graphs: Iterable[str] | None = None) -> Iterator[Finding]:
    """Terms used as a property or a class, or standing in our namespaces, that the ontology does not declare.

    :param graphs: where to look; None means everywhere.
    """
    declared = {
        row["term"].value
        for row in store.select(f"SELECT ?term {{ GRAPH <{GRAPH}ontology> {{ ?term a ?kind }} }}")
        if row["term"]
    }
    within = _within(graphs)
    used = store.select(
        f"""SELECT DISTINCT ?graph ?term ?as {{
          {{ {within} GRAPH ?graph {{ ?s ?term ?o }} BIND("property" AS ?as) }}
          UNION {{ {within} GRAPH ?graph {{ ?s a ?term }} BIND("class" AS ?as) }} }}"""
    )
    rows = [
        (row["graph"], term, row["as"])
        for row in used
        if (term := row["term"])
        and not (term.value in declared or term.value.startswith(_LANGUAGES) or term.kind == "blank")
    ]
    locator.seek(term.value for _, term, _ in rows)
    for graph, term, role in rows:
        assert graph and role
        name, vai = shorten(term.value), {"property": "thuộc tính", "class": "lớp"}[role.value]
        yield Finding(
            "Violation", "declared-term", term.value, None, None,
            f"{name} chưa được khai báo là {vai}; sửa chính tả, hoặc khai báo trong ontology/thidua.ttl",
            f"{name} is not declared as a {role.value}; correct the spelling, or declare it in ontology/thidua.ttl",
            locator.mention(term.value, graph.value),
        )  # fmt: skip


def made_up(store: QuadStore, locator: Locator, graphs: Iterable[str] | None = None) -> Iterator[Finding]:
    """Statements about what was made up to measure with: it must not stand among facts.

    :param graphs: where to look; None means everywhere.
    """
    within = _within(graphs)
    of_it = f'STRSTARTS(STR(?s), "{SYNTHETIC}") || STRSTARTS(STR(?o), "{SYNTHETIC}")'
    rows = list(store.select(f"SELECT DISTINCT ?graph ?s {{ {within} GRAPH ?graph {{ ?s ?p ?o }} FILTER({of_it}) }}"))
    locator.seek(row["s"].value for row in rows if row["s"])
    for row in rows:
        graph, subject = row["graph"], row["s"]
        assert graph and subject
        yield Finding(
            "Violation", "no-made-up-thing", subject.value, None, None,
            f"{shorten(subject.value)} là dữ liệu giả để đo tốc độ; đừng để lẫn với sự thật",
            f"{shorten(subject.value)} is made up to measure with; keep it away from facts",
            locator.mention(subject.value, graph.value),
        )  # fmt: skip


def unedited(store: QuadStore, locator: Locator, graphs: Iterable[str] | None = None) -> Iterator[Finding]:
    """Files to begin with that nobody has edited: one finding for each, where its example begins.

    :param graphs: where to look; None means everywhere.
    """
    marked = " || ".join(f'CONTAINS(STR({part}), "{TEMPLATE}")' for part in ("?s", "?o"))
    found: dict[str, str] = {}
    for row in store.select(f"SELECT ?graph ?s {{ {_within(graphs)} GRAPH ?graph {{ ?s ?p ?o }} FILTER({marked}) }}"):
        graph, subject = row["graph"], row["s"]
        assert graph and subject
        found[graph.value] = min(subject.value, found.get(graph.value, subject.value))
    locator.seek(found.values())
    for graph, subject in sorted(found.items()):
        yield Finding(
            "Violation", "edited-template", subject, None, None,
            f"ví dụ của tệp mẫu còn nguyên; ghi điều bài báo nói vào mọi chỗ có {TEMPLATE}, hoặc xóa các dòng ấy",
            f"the template's example is still there; write what the article says wherever {TEMPLATE} stands, "
            "or delete those lines",
            locator.mention(subject, graph),
        )  # fmt: skip


def one_article(store: QuadStore, locator: Locator, graphs: Iterable[str] | None = None) -> Iterator[Finding]:
    """Articles that stand here as two sources: with one address, whatever its form, or with one text.

    :param graphs: of which one source must be; None means any.
    """
    rows = store.select(
        f"""SELECT DISTINCT ?graph ?source ?predicate ?value {{
          VALUES ?predicate {{ <{TD}contentHash> <{PREFIXES["schema"]}url> }} GRAPH ?graph {{ ?source ?predicate ?value }}
          FILTER(STR(?graph) = CONCAT("{GRAPH}", STRAFTER(STR(?source), "{ID}src/"))) }} ORDER BY ?source"""
    )
    sharing: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        source, predicate, value = row["source"], row["predicate"], row["value"]
        assert source and predicate and value
        known = normalised(value.value) if predicate.value != TD + "contentHash" else value.value
        sharing.setdefault((predicate.value, known), []).append(source.value)
    written = None if graphs is None else {graph.replace(GRAPH, f"{ID}src/") for graph in graphs}
    told: set[tuple[str, str]] = set()
    for (predicate, _), sources in sharing.items():
        for source in sources[1:] if written is None else [each for each in sources if each in written]:
            other = next((each for each in sources if each != source), source)
            if other == source or {(source, other), (other, source)} & told:
                continue
            told.add((source, other))
            same = (("cùng văn bản", "the text") if predicate == TD + "contentHash" else ("cùng địa chỉ", "the address"))
            ours, theirs = shorten(source), shorten(other)
            yield Finding(
                "Violation", "one-article", source, predicate, other,
                f"{ours} có {same[0]} với {theirs}; một bài là một nguồn: ghi vào {theirs}, hoặc thêm văn bản cho nó "
                "bằng thidua source upgrade",
                f"{ours} has {same[1]} of {theirs}; one article is one source: write into {theirs}, or give it its text "
                "with thidua source upgrade",
                locator.locate(source, predicate),
            )  # fmt: skip


def misplaced(
    store: QuadStore, locator: Locator, texts: str, graphs: Iterable[str] | None = None
) -> Iterator[Finding]:
    """Passages that are none, of the sources whose text is at hand: outside of it, or begun or ended inside a word.

    Of a text that is not the one whose hash the source states, that alone is told.

    :param texts: a folder of articles, each as ``<id>.txt``; empty for none.
    :param graphs: the sources' graphs; None means all.
    """
    if not texts:
        return
    sources = store.select(
        f"""SELECT DISTINCT ?graph ?source ?hash {{
          {_within(graphs)} GRAPH ?graph {{ ?source <{TD}contentHash> ?hash }} }} ORDER BY ?source"""
    )
    for row in list(sources):
        graph, source, stated = row["graph"], row["source"], row["hash"]
        assert graph and source and stated
        path = kept(texts, source.value.rpartition("/")[2])
        if path is None:
            continue
        name = shorten(source.value)
        try:
            text = read_text(path)
        except InputError as exc:
            vi, en = f"văn bản của {name} không đọc được: {exc}", f"the text of {name} cannot be read: {exc}"
            yield _about_text(source.value, None, vi, en, locator)
            continue
        if text.sha256 != stated.value:
            vi = f"{path.name} không phải văn bản mà {name} nêu mã băm; mã băm của nó là {text.sha256}"
            en = f"{path.name} is not the text whose hash {name} states; its own hash is {text.sha256}"
            yield _about_text(source.value, stated.value, vi, en, locator)
            continue
        spans = store.select(
            f"""SELECT DISTINCT ?evidence ?start ?end {{ GRAPH <{graph.value}> {{
              ?evidence <{_OA}hasSource> <{source.value}> ; <{_OA}hasSelector> ?span .
              ?span <{_OA}start> ?start ; <{_OA}end> ?end }} }} ORDER BY ?start ?end"""
        )
        for span in spans:
            evidence, start, end = span["evidence"], integer(span["start"]), integer(span["end"])
            assert evidence
            if start is None or end is None or start >= end:
                continue  # which a shape tells
            place = f"{shorten(evidence.value)}"
            if end > len(text.text):
                vi = f"{place} ra ngoài văn bản, dài {len(text.text)} ký tự"
                en = f"{place} ends outside the text, which has {len(text.text)} characters"
            elif text.breaks_word(start) or text.breaks_word(end):
                first, last = text.word_edges(start, end)
                vi = f"{place} cắt ngang một từ; cả từ là {first}-{last}: “{text.shown(first, last)}”"
                en = f"{place} cuts a word; with whole words it is {first}-{last}: “{text.shown(first, last)}”"
            else:
                continue
            more = ("; dùng thidua source find để đếm", "; let thidua source find count")
            yield Finding(
                "Violation", "passage-in-text", evidence.value, None, None, vi + more[0], en + more[1],
                locator.mention(evidence.value, graph.value),
            )  # fmt: skip


def _about_text(source: str, value: str | None, vi: str, en: str, locator: Locator) -> Finding:
    where = locator.locate(source, TD + "contentHash")
    more = ("; đặt đúng văn bản vào đó, hoặc sửa td:contentHash", "; put the right text there, or mend td:contentHash")
    return Finding("Violation", "text-is-read", source, TD + "contentHash", value, vi + more[0], en + more[1], where)


def _within(graphs: Iterable[str] | None) -> str:
    return "" if graphs is None else f"VALUES ?graph {{ {' '.join(map(iri_term, graphs))} }}"


def dangling(store: QuadStore, locator: Locator, targets: Iterable[str] | None = None) -> Iterator[Finding]:
    """Links into our own namespace that lead nowhere, as stated: what is inferred from them is no second mistake.

    :param targets: the IRIs to look at; None means all.
    """
    if targets is None:
        within = " || ".join(f'STRSTARTS(STR(?o), "{namespace}")' for namespace in _OWN)
        within = f"FILTER(isIRI(?o) && ({within}))"
        before = ""
    else:
        before = f"VALUES ?o {{ {' '.join(iri_term(iri) for iri in targets if iri.startswith(_OWN))} }}"
        within = ""
    rows = list(
        store.select(
            f"""SELECT DISTINCT ?s ?p ?o {{
              {before} GRAPH ?stated {{ ?s ?p ?o }} {within}
              FILTER(?stated != <{INFERRED}>) FILTER NOT EXISTS {{ ?o ?any ?thing }} }} ORDER BY ?o ?s"""
        )
    )
    locator.seek(cell.value for row in rows for cell in (row["s"], row["o"]) if cell)
    # One mistake may be written, and completed, in many places: it is told once, at the first.
    for target, those in groupby(rows, key=lambda row: row["o"]):
        first, *others = those
        subject, predicate = first["s"], first["p"]
        assert subject and predicate and target
        link = f"{shorten(subject.value)} {shorten(predicate.value)}"
        more_vi, more_en = (f" (và {len(others)} chỗ nữa)", f" (and {len(others)} more)") if others else ("", "")
        yield Finding(
            "Violation", "described-target", subject.value, predicate.value, target.value,
            f"{link}{more_vi} trỏ tới {shorten(target.value)}, "
            f"nơi không có gì được mô tả; sửa tên, hoặc thêm vào data/registry/",
            f"{link}{more_en} links to {shorten(target.value)}, "
            f"which nothing describes; correct the name, or add it to data/registry/",
            locator.mention(target.value) or locator.locate(subject.value, predicate.value),
        )  # fmt: skip


def across_sources(store: QuadStore, files: ProjectFiles, locator: Locator) -> Iterator[Finding]:
    """What the checks of ``shapes/across-sources`` find.

    :raises DataError: one of them cannot be used.
    """
    for path in files.cross_checks:
        yield from _across(store, files, path, locator)


def _across(store: QuadStore, files: ProjectFiles, path: Path, locator: Locator) -> Iterator[Finding]:
    text = path.read_text(encoding="utf-8")
    try:
        header = tomllib.loads("\n".join(line[2:].strip() for line in text.splitlines() if line.startswith("#+")))
        rows = list(store.select(text))
        code, severity = header["code"], header["severity"]
        vi, en = header["message_vi"], header["message_en"]
    except (tomllib.TOMLDecodeError, KeyError, InputError) as exc:
        raise DataError([f"{files.relative(path)}: {exc}"]) from exc
    locator.seek(cell.value for row in rows if (cell := row.get("focus")))
    for row in rows:
        focus, value, graph = row.get("focus"), row.get("value"), row.get("graph")
        assert focus
        where = locator.mention(focus.value, graph.value) if graph else ""
        yield Finding(
            severity, path.stem, focus.value, None, _text(value),
            vi if vi.startswith(code) else f"{code} {vi}", en if en.startswith(code) else f"{code} {en}",
            where or locator.locate(focus.value),
        )  # fmt: skip


def _text(cell: Cell | None) -> str | None:
    return cell.value if cell else None
