"""Name search: resources found by what people type, ranked, each with the reason why it was found.

The index is asked in turn for what is spelled so, for what has these words, the last one perhaps only begun, and for
what is one typing error a word away; the weaker question only when the stronger found too little. Each asks for a
bounded number of rows, so a text costs its length and no more.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Literal

from thidua.base.errors import InputError
from thidua.base.terms import CONCEPT, ID
from thidua.base.text import Agreement, agreement, fold, loose, readings, slug, sort_key
from thidua.names.index import KINDS, Name, NameIndex, Spelling

#: Characters in a text, and results.
LONGEST: Final = 300
MOST: Final = 50
#: Fewer than this, and what is nearly so is looked for too; the same on every page of what is found.
_ENOUGH: Final = 25
#: Rows asked of the index at a time; words of a text that are looked at; neighbours of a word that are tried.
_ROWS: Final = 160
_WORDS: Final = 12
_NEIGHBOURS: Final = 12
#: A word that more spellings than this have says too little to look for what has it alone.
_TELLING: Final = 400

#: Numbers in Roman letters; a single letter but I, V and X is more often an abbreviation.
_ROMAN: Final = frozenset(ten + one for ten in ("", "x", "xx", "xxx") for one in
                          ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")) - {""}  # fmt: skip

#: What each kind is called.
LABELS: Final = {
    "province": {"vi": "đơn vị cấp tỉnh", "en": "province"},
    "cluster": {"vi": "cụm thi đua", "en": "emulation cluster"},
    "person": {"vi": "cá nhân", "en": "person"},
    "post": {"vi": "chức vụ", "en": "post"},
    "award": {"vi": "hình thức khen thưởng", "en": "award"},
    "movement": {"vi": "phong trào", "en": "movement"},
    "body": {"vi": "cơ quan", "en": "body"},
    "legal": {"vi": "văn bản", "en": "document"},
    "concept": {"vi": "khái niệm", "en": "concept"},
    "country": {"vi": "quốc gia", "en": "country"},
    "exemplar": {"vi": "điển hình", "en": "exemplar"},
    "period": {"vi": "kỳ", "en": "period"},
    "src": {"vi": "nguồn tin", "en": "source"},
    "linkset": {"vi": "danh bạ", "en": "registry"},
}

How = Literal["exact", "beginning", "word", "fuzzy", "part"]
_DOUBT: Final[dict[Agreement, float]] = {"same": 0, "bare": 2, "partial": 4, "tone": 6, "different": 15}


@dataclass(frozen=True)
class Match:
    """A thing found.

    ``how`` it was found: ``exact``; ``beginning``: the name begins so; ``word``: these words are in it; ``fuzzy``:
    with a typing error; ``part``: the text has more in it, or less. ``spelling`` is the one that matched,
    ``marks`` how its tone marks agree with the text, ``key`` what of the text matched it exactly (else empty),
    ``score`` is between 0 and 100.
    """

    name: Name
    how: How
    spelling: str
    score: float
    marks: Agreement = "same"
    key: str = ""
    literal: bool = False
    """Whether the text is this very spelling, case and punctuation aside."""

    @property
    def id(self) -> str:
        """The thing's IRI without the part that all share: ``province/ninh-binh``."""
        return self.name.iri.removeprefix(ID)

    def described(self) -> dict[str, str | float | None]:
        """As JSON has it; a date that is open is null."""
        return {
            "id": self.id,
            "iri": self.name.iri,
            "kind": self.name.kind,
            "label": self.name.label,
            "start": self.name.start or None,
            "end": self.name.end or None,
            "how": self.how,
            "spelling": self.spelling,
            "marks": self.marks,
            "score": self.score,
            "about": self.name.about or None,
            "about_en": self.name.about_en or None,
            "seen": self.name.seen or None,
        }


@dataclass(frozen=True)
class Found:
    """A page of what was found, and how much that is of all; unless `complete`, there may be more than `total`."""

    matches: list[Match]
    total: int
    complete: bool
    page: int = 1
    pages: int = 1
    first: int = 1
    """The place of the page's first match among all."""

    def counted(self) -> dict[str, int | bool]:
        """How much there is, as JSON has it."""
        return {"total": self.total, "complete": self.complete, "page": self.page, "pages": self.pages}


def search(
    index: NameIndex,
    text: str,
    kinds: Sequence[str] = (),
    during: tuple[str, str] | None = None,
    limit: int = 10,
    *,
    parts: bool = False,
) -> list[Match]:
    """Things whose name is like a text, best first; the order is the same every time.

    :param kinds: of these kinds only, see :data:`thidua.names.index.KINDS`; all if left out.
    :param during: the first and the last day of a time; only what existed then.
    :param parts: also names that share only a telling word with the text, for text that has more in it than a name.
    :raises InputError: the text is too long, a kind is unknown, or the limit is not between 1 and 50.
    """
    _check(text, kinds, limit)
    return list(islice(_hunted(index, text, kinds, during, parts=parts).in_order(), limit))


def find(
    index: NameIndex,
    text: str,
    kinds: Sequence[str] = (),
    during: tuple[str, str] | None = None,
    limit: int = 10,
    page: int = 1,
) -> Found:
    """A page of what is found, and how much there is in all.

    Narrowed to kinds are found those that are found among all, so that they are as many as :func:`kinds_found` says;
    if there are none, or more than the index tells at once, these kinds are searched alone.

    :param page: the first has the best `limit`, the second the next; after the last none are left.
    :raises InputError: as for :func:`search`, or the page is before the first.
    """
    _check(text, kinds, limit)
    if page < 1:
        raise InputError("`page` is 1 or more.")
    hunt = _hunted(index, text, (), during)
    if kinds:
        among = {iri: match for iri, match in hunt.found.items() if match.name.kind in kinds}
        if among and not hunt.cut:
            hunt.found = among
        else:
            hunt = _hunted(index, text, kinds, during)
    total = len(hunt.found)
    best = list(islice(hunt.in_order(), (page - 1) * limit, page * limit))
    return Found(best, total, not hunt.cut, page, max(1, -(-total // limit)), (page - 1) * limit + 1)


def kinds_found(index: NameIndex, text: str, during: tuple[str, str] | None = None) -> dict[str, tuple[int, bool]]:
    """How many things of each kind :func:`find` finds when it is asked for that kind, and whether that is all."""
    _check(text, (), 1)
    hunt = _hunted(index, text, (), during)
    if not hunt.cut:
        counts = Counter(match.name.kind for match in hunt.found.values())
        return {kind: (counts[kind], True) for kind in KINDS if counts[kind]}
    hunts = ((kind, _hunted(index, text, [kind], during)) for kind in KINDS)
    return {kind: (len(hunt.found), not hunt.cut) for kind, hunt in hunts if hunt.has_strong}


def _check(text: str, kinds: Sequence[str], limit: int) -> None:
    if len(text) > LONGEST:
        raise InputError(f"Search for at most {LONGEST} characters, not {len(text)}.")
    if not 1 <= limit <= MOST:
        raise InputError(f"`limit` is between 1 and {MOST}.")
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise InputError(f"There is no kind {unknown[0]!r}; take of these: {', '.join(KINDS)}.")


def _hunted(
    index: NameIndex, text: str, kinds: Sequence[str], during: tuple[str, str] | None, *, parts: bool = False
) -> "_Hunt":
    hunt = _Hunt(index, text, tuple(kinds) or KINDS, during)
    hunt.spelled_so()
    hunt.has_words()
    if len(hunt.found) < _ENOUGH and not hunt.certain:
        hunt.mistyped()
    if (parts and len(hunt.found) < _ENOUGH and not hunt.certain) or not hunt.found:
        hunt.in_parts()
    return hunt


def day_span(on: str) -> tuple[str, str]:
    """The first and the last day of a year, a month or a day, as ISO writes them.

    :raises InputError: it is none of these.
    """
    import datetime

    try:
        match len(on):
            case 4:
                datetime.date(int(on), 1, 1)
                return f"{on}-01-01", f"{on}-12-31"
            case 7:
                datetime.date.fromisoformat(on + "-01")
                return f"{on}-01", f"{on}-31"
            case _:
                day = datetime.date.fromisoformat(on[:10]).isoformat()
                return day, day
    except ValueError as exc:
        raise InputError(f"`on` is a year such as 2024 or a day such as 2024-03-13, not {on!r}.") from exc


class _Hunt:
    """One search: what was asked, and the best match so far of each thing."""

    def __init__(self, index: NameIndex, text: str, kinds: tuple[str, ...], during: tuple[str, str] | None) -> None:
        self._index = index
        self._text = text
        self._kinds = kinds
        self._during = during
        self._readings = readings(text)
        self._words = self._readings[0].split()[:_WORDS] if self._readings else []
        self._numbers = _numbers(self._readings[0]) if self._readings else frozenset()
        self.found: dict[str, Match] = {}
        self.cut = False
        """Whether the index had more rows than were asked of it."""

    @property
    def certain(self) -> bool:
        """Whether something is called just so."""
        return any(match.how == "exact" and match.marks != "different" for match in self.found.values())

    @property
    def has_strong(self) -> bool:
        """Whether something was found without looking for errors or parts."""
        return any(match.how in ("exact", "beginning", "word") for match in self.found.values())

    def in_order(self) -> Iterator[Match]:
        """The matches, best first; among equals what exists now before what has ended.

        Marks and the alphabet are looked at only as far as somebody reads: they are the dearest steps, and marks can
        only make a match worse.
        """
        heap = [(*_rank(match), False, "", match.name.iri) for match in self.found.values()]
        heapq.heapify(heap)
        judged: dict[str, Match] = {}
        while heap:
            *_, looked_at, _, iri = heapq.heappop(heap)
            if looked_at:
                yield replace(judged[iri], score=round(judged[iri].score, 1))
            else:
                judged[iri] = match = self._with_marks(self.found[iri])
                heapq.heappush(heap, (*_rank(match), True, sort_key(match.name.label), iri))

    def _with_marks(self, match: Match) -> Match:
        if match.how not in ("beginning", "word"):
            return match
        marks = agreement(self._text, match.spelling)
        return replace(match, marks=marks, score=match.score - 6 if marks == "different" else match.score)

    def spelled_so(self) -> None:
        """By IRI or local id; by key, as the text stands or without what stands around a name; by loose key."""
        for iri in _possible_iris(self._text.strip()):
            if (name := self._index.by_iri(iri)) and name.kind in self._kinds:
                self._add(Match(name, "exact", self._text.strip(), 100, "same", self._readings[0]))
        if not self._readings:
            return
        for found in self._all(self._index.by_key(self._readings, self._kinds, _ROWS), _ROWS):
            marks = agreement(self._text, found.text)
            literal = marks == "same" and slug(self._text) == slug(found.text)
            score = 100 - 3.0 * self._readings.index(found.key) - _DOUBT[marks] - (not literal)
            self._add(Match(found.name, "exact", found.text, score, marks, found.key, literal))
        looser = {loose(key): key for key in reversed(self._readings)}
        for found in self._all(self._index.by_loose(list(looser), self._kinds, _ROWS), _ROWS):
            if found.key in self._readings:
                continue
            # What differs in its letters has no marks to compare one by one.
            marks = "bare" if self._text.isascii() else "partial"
            reading = looser[loose(found.key)]
            self._add(Match(found.name, "exact", found.text, 91 - 3.0 * self._readings.index(reading), marks, reading))

    def has_words(self) -> None:
        """Every word of the text in it, the last one perhaps only begun."""
        if not self._words:
            return
        groups = [[word] for word in self._words]
        typed = self._readings[0]
        for found in self._all(self._index.by_words(groups, self._kinds, _ROWS, begun=True), _ROWS):
            if found.key in self._readings or self._of_other_number(found.key):
                continue
            covered = min(len(typed) / len(found.key), 1)
            begins = found.key.startswith(typed)
            score = (72 if begins else 52) + 15 * covered - _likely(found.name)
            self._add(Match(found.name, "beginning" if begins else "word", found.text, score))

    def mistyped(self) -> None:
        """Each word as it is or one typing error away; or the whole name of a place so."""
        known_already = set(self.found)
        for reading in self._readings[:4]:
            near = [other for other in self._index.neighbours(loose(reading), 5) if " " not in other]
            for found in self._all(self._index.by_loose(near, self._kinds, _ROWS), _ROWS) if near else []:
                if found.name.iri not in known_already and not self._of_other_number(found.key):
                    self._add(Match(found.name, "fuzzy", found.text, 84 - 40 / len(found.key), "partial"))
        # A long text is looked at without the words that nearly every name has.
        words = self._words[:8]
        known = self._index.uses(words)
        unknown = [word for word in words if word not in known]
        rounds = [[word] for word in unknown] if not unknown else [unknown]
        if not unknown and len(words) <= 6:
            rounds = [[word] for word in words]
        for fuzzed in rounds:
            groups = [
                [word, *self._index.neighbours(word, _NEIGHBOURS)] if word in fuzzed else [word] for word in words
            ]
            groups = [[other for other in group if other in known or other not in words] for group in groups]
            if not all(groups):
                continue
            for found in self._all(self._index.by_words(groups, self._kinds, 60, begun=False), 60):
                if found.name.iri not in known_already and not self._of_other_number(found.key):
                    self._add_fuzzy(found, words)

    def _add_fuzzy(self, found: Spelling, words: Sequence[str]) -> None:
        typed, theirs = "".join(words), found.key.replace(" ", "")
        covered = min(len(typed), len(theirs)) / max(len(typed), len(theirs))
        wrong = sum(word not in found.key.split() for word in words)
        score = 36 + 46 * covered - 5 * wrong - _likely(found.name)
        self._add(Match(found.name, "fuzzy", found.text, max(score, 1), "partial"))

    def in_parts(self) -> None:
        """A whole name somewhere in the text; or a name that shares the text's rarest words."""
        words = self._words
        windows = [
            " ".join(words[first:last])
            for first in range(len(words))
            for last in range(first + 1, len(words) + 1)
            if last - first > 1 or len(words) <= 2
        ]
        for found in self._all(self._index.by_key(windows, self._kinds, _ROWS), _ROWS) if windows else []:
            score = 45 + 30 * len(found.key) / len(self._readings[0])
            self._add(Match(found.name, "part", found.text, score, agreement(self._text, found.text), found.key))
        known = self._index.uses(words) if words else {}
        for word in sorted((word for word in known if known[word] <= _TELLING), key=known.__getitem__)[:3]:
            for found in self._all(self._index.by_words([[word]], self._kinds, 100, begun=False), 100):
                if self._of_other_number(found.key):
                    continue
                theirs = found.key.split()
                shared = sum(len(each) for each in words if each in theirs)
                score = 60 * 2 * shared / (sum(map(len, words)) + sum(map(len, theirs)))
                self._add(Match(found.name, "part", found.text, score, "partial"))

    def _all(self, found: list[Spelling], limit: int) -> list[Spelling]:
        """The rows, of which there may be more when they are as many as were asked for."""
        self.cut = self.cut or len(found) >= limit
        return found

    def _of_other_number(self, key: str) -> bool:
        """Whether a name's numbers contradict the text's: each has one that the other has not."""
        theirs = _numbers(key)
        return bool(self._numbers - theirs and theirs - self._numbers)

    def _add(self, match: Match) -> None:
        name = match.name
        if self._during and not name.valid_in(*self._during):
            return
        known = self.found.get(name.iri)
        if known is None or known.score < match.score:
            self.found[name.iri] = match


def _likely(name: Name) -> float:
    """What a name loses for the kind of thing it is: people mean provinces more often than codes."""
    return 0.6 * KINDS.index(name.kind)


def _rank(match: Match) -> tuple[float, int, bool, int]:
    name = match.name
    return (-match.score, KINDS.index(name.kind), bool(name.end), len(name.label))


def _numbers(key: str) -> frozenset[str]:
    """The words of a key that are numbers, in digits or in Roman letters."""
    return frozenset(word for word in key.split() if word.isdigit() or word in _ROMAN)


def _possible_iris(text: str) -> Iterable[str]:
    """The IRIs that a text may be, whole or short: ``province/ninh-binh``, ``province:ninh-binh``."""
    text = text.strip("<>")
    kind, separator, key = text.replace(":", "/", 1).partition("/")
    if text.startswith(("http://", "https://")):
        yield text
    elif separator and kind in KINDS:
        yield f"{ID}{kind}/{key}"
    elif separator and kind == "c":
        yield CONCEPT + key


def exact(index: NameIndex, text: str, kinds: Sequence[str]) -> list[Name]:
    """Things that are called so: by the first of the text's readings that is anybody's name, else by its loose key.

    Of two that differ in their marks alone, the one whose marks agree is meant.
    """
    if not (keys := readings(text)):
        return []
    found = index.by_key(keys, kinds, _ROWS)
    first = next((key for key in keys if any(each.key == key for each in found)), None)
    found = [each for each in found if each.key == first] or index.by_loose([loose(fold(text))], kinds, _ROWS)
    agreeing = [each for each in found if agreement(text, each.text) != "different"]
    return list({each.name.iri: each.name for each in agreeing or found}.values())
