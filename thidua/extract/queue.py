"""Queue of articles: what closes gaps of coverage first; docs/collecting.md tells how it is ordered."""

import heapq
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from thidua.base.articles import normalised
from thidua.base.errors import InputError
from thidua.base.terms import TD, instance
from thidua.engine.query import Caller
from thidua.extract.article import Article
from thidua.extract.facts import Fact
from thidua.graph import Snapshot
from thidua.rdf.cells import Record
from thidua.views.coverage import Coverage, Degree, Gap, Kind, coverage, worth

log = logging.getLogger(__name__)

_NOBODY: Final = Caller()
_HASHES: Final = f"SELECT ?source ?hash {{ ?source <{TD}contentHash> ?hash }}"
#: Files that may be articles, by their suffix.
SUFFIXES: Final = (".txt", ".html", ".htm", ".xhtml", ".pdf")
_ROLES: Final[Mapping[str, Kind]] = {"head": "head", "deputy": "deputy"}
#: The less is known, the more is left to find out.
_DEGREES: Final[Mapping[Degree, int]] = {"unknown": 0, "disputed": 1, "implied": 1, "stated": 2}

#: What a gap is of: a head, deputies or members; the cluster's local id; the year.
_Key = tuple[Kind, str, int]
_Figure = tuple[str, str, str]


@dataclass(frozen=True)
class Read:
    """A file with the article in it, and what was extracted."""

    path: Path
    article: Article
    facts: Sequence[Fact]


@dataclass(frozen=True)
class Unread:
    """A file that could not be read, and why."""

    path: Path
    why: str


@dataclass(frozen=True)
class Known:
    """What the graph has already; of an empty one, nothing: then every gap is open."""

    coverage: Coverage = field(default_factory=Coverage)
    figures: frozenset[_Figure] = frozenset()
    """Areas by their local ids, years and values."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Normalised addresses of articles, each with the IRI of its source."""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of texts that were read, each with the IRI of its source."""
    readings: Mapping[str, str] = field(default_factory=dict)
    """Sources, by IRI: read first-hand or second-hand."""

    @classmethod
    def of(cls, snapshot: Snapshot, caller: Caller = _NOBODY) -> "Known":
        """What one version has."""
        figures = snapshot.ask("statistics", {}, caller).records
        sources = snapshot.ask("sources", {}, caller).records
        return cls(
            coverage(snapshot, caller),
            frozenset(
                _figure(_local(row, "area"), _local(row, "period"), Decimal(_text(row, "value"))) for row in figures
            ),
            {normalised(_text(row, "url")): _text(row, "source") for row in sources if row["url"]},
            {_text(row, "hash"): _text(row, "source") for row in snapshot.select(_HASHES, caller)},
            {_text(row, "source"): _text(row, "reading") for row in sources},
        )

    def source_of(self, article: Article) -> str:
        """IRI of the source that an article is, by its text or its address; empty for one that is not known."""
        if (own := instance("src", article.source.id)) in self.readings:
            return own
        if same := self.hashes.get(article.source.sha256):
            return same
        return self.addresses.get(normalised(article.url), "") if article.url else ""


@dataclass(frozen=True)
class Queued:
    """An article in its place in the queue."""

    path: Path
    id: str
    title: str
    url: str
    scope: str
    """Whose clusters it is about: national, sector, province, other; empty where nothing was found."""
    facts: int
    closes: tuple[Gap, ...] = ()
    """Gaps that it closes, or narrows, and none of those before it does."""
    figures: int = 0
    """Figures that neither the graph has nor an article before it."""
    source: str = ""
    """IRI of the source that it is, if the graph has it."""
    reading: str = ""
    """How that source was read: first-hand, or second-hand, from excerpts."""
    same_as: Path | None = None
    """A file before it with the same text or address."""


@dataclass(frozen=True)
class Queue:
    """Articles in their order, and the files that are none."""

    articles: tuple[Queued, ...]
    unread: tuple[Unread, ...] = ()


def articles_in(folder: Path, suffixes: Collection[str] = SUFFIXES) -> list[Path]:
    """The files of a folder, and of those in it, that may be articles, by name; hidden ones are none.

    :raises InputError: there are none.
    """
    inside = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in suffixes and path.is_file())
    found = [path for path in inside if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    if not found:
        raise InputError(f"{folder}: no article is in it; put files ending in {', '.join(sorted(suffixes))} there")
    return found


def read_all(
    paths: Sequence[Path],
    read: Callable[[Path], Article],
    extract: Callable[[Article], Sequence[Fact]],
    progress: Callable[[str], None] = lambda step: None,
) -> tuple[list[Read], list[Unread]]:
    """Read files and extract their facts; one that fails is told, and the others are read all the same.

    :param progress: is told each file as its turn comes.
    """
    done: list[Read] = []
    failed: list[Unread] = []
    for number, path in enumerate(paths, 1):
        progress(f"reading {number} of {len(paths)}: {path.name}")
        try:
            article = read(path)
            done.append(Read(path, article, extract(article)))
        except Exception as exc:  # files come from anywhere: whatever one of them breaks, the rest is read
            log.debug("cannot read %s", path, exc_info=True)
            failed.append(Unread(path, f"{exc}" or type(exc).__name__))
    return done, failed


def queue(read: Iterable[Read], known: Known, unread: Iterable[Unread] = ()) -> Queue:
    """Put articles into the order in which they close gaps of the graph.

    The first closes most: heads that nobody knows, then heads that are implied or disputed, then deputies in the same
    way, lists of members, figures. What it closes counts no more for those after it. Articles on clusters of another
    scope come last.
    """
    items = [_Item(each, known) for each in read]
    _mark_same(items)
    closed: dict[_Key, int] = {}
    figures: set[_Figure] = set(known.figures)
    heap = [(item.rank(closed, figures, known), number) for number, item in enumerate(items)]
    heapq.heapify(heap)
    ordered: list[Queued] = []
    while heap:
        was, number = heapq.heappop(heap)
        # What an article closes only shrinks as others are taken: one that still ranks as before is the best.
        if (now := items[number].rank(closed, figures, known)) != was:
            heapq.heappush(heap, (now, number))
            continue
        ordered.append(items[number].queued(closed, figures, known))
        items[number].take(closed, figures)
    return Queue(tuple(ordered), tuple(unread))


class _Item:
    """An article and what it says of cluster-years."""

    def __init__(self, read: Read, known: Known) -> None:
        article = read.article
        scope = next((str(fact.get("value")) for fact in read.facts if fact.kind == "scope"), "")
        source = known.source_of(article)
        self.entry = Queued(
            read.path, article.source.id, article.title, article.url, scope, len(read.facts), source=source,
            reading=known.readings.get(source, ""),
        )  # fmt: skip
        self._claims: dict[_Key, int] = {}
        self._figures: set[_Figure] = set()
        if not self.foreign:
            for key, degree in filter(None, map(_claim, read.facts)):
                self._claims[key] = max(degree, self._claims.get(key, 0))
            self._figures = {
                _figure(fact.get("area"), fact.get("period"), fact.get("value"))
                for fact in read.facts
                if fact.kind == "figure"
            }

    @property
    def foreign(self) -> bool:
        """Whether it is about clusters of another scope, from which nothing enters the graph."""
        return self.entry.scope not in ("national", "")

    def closes(self, closed: Mapping[_Key, int], known: Known) -> tuple[Gap, ...]:
        """The gaps that it closes or narrows: what it states was unknown or implied, what it implies unknown."""
        found = []
        for key, degree in self._claims.items():
            kind, cluster, year = key
            state = _state(known.coverage, key)
            if _DEGREES[state] < closed.get(key, 0):
                state = "implied" if closed[key] == 1 else "stated"
            if degree > _DEGREES[state]:
                found.append(Gap(kind, cluster, year, state))
        return tuple(
            sorted(found, key=lambda gap: (gap.cluster, gap.year, ("head", "deputy", "members").index(gap.kind)))
        )

    def rank(self, closed: Mapping[_Key, int], figures: Collection[_Figure], known: Known) -> tuple[Any, ...]:
        """A key that sorts the best article first."""
        gains = [*worth(self.closes(closed, known)), len(self._figures.difference(figures))]
        doubtful = self.entry.same_as is not None, bool(self.entry.source)
        return self.foreign, [-gain for gain in gains], *doubtful, -self.entry.facts, str(self.entry.path)

    def queued(self, closed: Mapping[_Key, int], figures: Collection[_Figure], known: Known) -> Queued:
        """The entry, with what it closes now."""
        return replace(self.entry, closes=self.closes(closed, known), figures=len(self._figures.difference(figures)))

    def take(self, closed: dict[_Key, int], figures: set[_Figure]) -> None:
        """Count what it says as known."""
        for key, degree in self._claims.items():
            closed[key] = max(degree, closed.get(key, 0))
        figures |= self._figures


def _mark_same(items: Iterable[_Item]) -> None:
    """Mark the files that repeat one before them, by text or by address."""
    first: dict[str, Path] = {}
    for item in items:
        entry = item.entry
        keys = [entry.id, *([normalised(entry.url)] if entry.url else [])]
        same = next((first[key] for key in keys if key in first), None)
        item.entry = replace(entry, same_as=same)
        for key in keys:
            first.setdefault(key, entry.path)


def _claim(fact: Fact) -> tuple[_Key, int] | None:
    """What a fact says of a cluster-year, and how far that is known then; None where it says nothing of one."""
    cluster, year = fact.get("cluster"), fact.get("year")
    kind: Kind | None = "members" if fact.kind == "member" else _ROLES.get(str(fact.get("role")))
    if fact.kind not in ("role", "member") or kind is None or not cluster or not year or not fact.get("province"):
        return None
    # Of members it counts whether there is a list at all.
    return (kind, str(cluster), int(year)), 2 if kind == "members" or fact.basis == "stated" else 1


def _state(known: Coverage, key: _Key) -> Degree:
    kind, cluster, year = key
    match kind:
        case "head":
            return known.head(cluster, year)
        case "deputy":
            return known.deputy(cluster, year)
    return "stated" if known.members.get((cluster, year)) else "unknown"


def _figure(area: object, period: object, value: object) -> _Figure:
    """What tells one figure from another, whatever its indicator is called: a cluster's area is one of a year."""
    place = str(area or "").partition("_")[0]
    if isinstance(value, str):
        # As printed: a comma before decimals, full stops between thousands.
        whole = value.replace(".", "") if "," in value or len(value.rpartition(".")[2]) == 3 else value
        value = whole.replace(",", ".")
    with suppress(ArithmeticError):
        value = f"{Decimal(str(value)).normalize():f}"
    return place, str(period or "")[:4], str(value)


def _text(row: Record, name: str) -> str:
    cell = row[name]
    return cell.value if cell else ""


def _local(row: Record, name: str) -> str:
    return _text(row, name).rpartition("/")[2]


def records(queue: Queue) -> dict[str, Any]:
    """A queue as JSON has it."""
    return {
        "articles": list(map(_record, queue.articles)),
        "unread": [{"path": str(each.path), "why": each.why} for each in queue.unread],
    }


def _record(each: Queued) -> dict[str, Any]:
    return {
        "path": str(each.path),
        "id": each.id,
        "title": each.title,
        "url": each.url,
        "scope": each.scope,
        "facts": each.facts,
        "closes": [
            {"kind": gap.kind, "cluster": gap.cluster, "year": gap.year, "known": gap.known} for gap in each.closes
        ],
        "figures": each.figures,
        "source": each.source,
        "reading": each.reading,
        "sameAs": str(each.same_as) if each.same_as else "",
    }


def in_words(closes: Iterable[Gap], cluster: str = "") -> str:
    """Gaps in a line: ``tay-nguyen 2023: head, deputy; 2024: head``.

    :param cluster: one that needs not be named, by its local id.
    """
    return "; ".join(_lines(closes, cluster))


def _lines(closes: Iterable[Gap], named: str) -> Iterator[str]:
    years: dict[tuple[str, int], list[str]] = {}
    for gap in closes:
        years.setdefault((gap.cluster, gap.year), []).append(gap.kind)
    for (cluster, year), kinds in years.items():
        yield f"{'' if cluster == named else f'{cluster} '}{year}: {', '.join(kinds)}"
        named = cluster
