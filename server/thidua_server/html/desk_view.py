"""View model of the desk: cards in the order of the text, the text with its passages marked, the summary."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from thidua.base.terms import ID
from thidua.extract import facts
from thidua.extract.choices import Choices
from thidua.extract.decisions import Decision
from thidua.extract.facts import Fact
from thidua.extract.proposals import Claim, Proposal
from thidua.extract.work import Item, Work
from thidua.views import passages
from thidua_server.html import desk_words as words
from thidua_server.html.language import current, pick
from thidua_server.html.links import page_of
from thidua_server.html.tables import Shown

#: Characters shown of a text around a passage, and of a passage.
_AROUND: Final = 70
_LONGEST: Final = 400
#: Fields whose value must be a thing of the graph.
_MUST_BE_KNOWN: Final = ("cluster", "province", "from", "to", "award", "indicator", "id")
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "member": ("cluster", "year", "province"), "role": ("cluster", "year", "role", "province"),
    "handover": ("cluster", "year", "from", "to"), "agreement": ("cluster", "year"), "cluster": ("cluster",),
    "event": ("cluster",), "official": ("name",), "document": ("number",), "figure": ("value",),
    "ranking": ("cluster", "year", "province", "rank"),
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A field of a card: how it is filled in."""

    name: str
    label: str
    input: str
    """``text``, ``number``, ``select`` or ``checks``."""
    value: str
    options: Sequence[tuple[str, str, bool]] = ()
    """Of a select or of checks: code, word, whether it is chosen."""
    list: str = ""
    """The kind of things that are offered."""


@dataclass(frozen=True)
class Quote:
    """A passage with what stands around it."""

    before: str
    text: str
    after: str


@dataclass(frozen=True)
class Said:
    """What the graph says already, as people read it."""

    says: str
    sources: list[Shown]


@dataclass(frozen=True)
class Card:
    """One proposal as a curator sees it."""

    number: int
    item: Item
    fact: Fact
    kind: str
    sentence: list[tuple[str, bool]]
    quotes: list[Quote]
    status: str
    status_word: str
    claims: list[Said]
    problems: list[str]
    """What keeps it from being published."""
    left_out: list[str]
    """What of it the graph cannot say."""
    entries: list[Entry]
    of_rule: int
    """How many more of its rule nobody has decided."""
    earlier: Decision | None
    same: bool = False
    """Whether its passages are those of the card above it."""

    @property
    def key(self) -> str:
        """By which the form names it."""
        return self.item.key

    @property
    def accepted(self) -> bool:
        """Whether it is a fact that the curator accepted."""
        return self.item.said == "accept" and self.fact.kind != "scope"

    @property
    def settled(self) -> bool:
        """Whether nobody needs to decide it: somebody has, or this very source says so already."""
        return self.earlier is not None or (self.status == "known" and not self.item.said)

    @property
    def spans(self) -> str:
        """Its passages as the form has them."""
        return " ".join(f"{start}-{end}" for start, end in self.fact.spans)


def cards(
    work: Work,
    proposals: Mapping[str, Proposal],
    choices: Choices,
    earlier: Mapping[str, Decision],
    links: Mapping[str, Shown],
) -> list[Card]:
    """Every proposal; the scope first, the others in the order of the text.

    :param proposals: by the key of the item, as they are now.
    :param earlier: what others decided of a proposal.
    :param links: the sources by IRI, with their titles.
    """
    left: dict[str, int] = {}
    for item in work.items:
        if not item.said and item.key not in earlier:
            left[item.fact.rule] = left.get(item.fact.rule, 0) + 1
    ordered = sorted(work.items, key=lambda item: (item.fact.kind != "scope", item.now.spans or ((1 << 62, 0),)))
    made: list[Card] = []
    for number, item in enumerate(ordered, start=1):
        card = _card(number, item, work, proposals.get(item.key), choices, left, earlier.get(item.key), links)
        made.append(replace(card, same=bool(made) and made[-1].fact.spans == item.now.spans))
    return made


def _card(
    number: int, item: Item, work: Work, proposal: Proposal | None, choices: Choices, left: Mapping[str, int],
    earlier: Decision | None,
    links: Mapping[str, Shown],
) -> Card:  # fmt: skip
    fact = item.now
    status = proposal.status if proposal and fact.kind != "scope" else ""
    undecided = left.get(item.fact.rule, 0) if item.fact.rule else 0
    return Card(
        number=number,
        item=item,
        fact=fact,
        kind=words.word(words.KINDS, fact.kind),
        sentence=words.sentence(fact, choices),
        quotes=quotes(work.article.text, fact.spans),
        status=status,
        status_word=words.word(words.STATUSES, status) if status else "",
        claims=[_claim(each, choices, links) for each in proposal.claims] if proposal else [],
        problems=problems(fact, choices),
        left_out=[pick(vi, en) for vi, en in proposal.left_out] if proposal else [],
        entries=[_entry(fact, field, choices) for field in facts.FIELDS[fact.kind]],
        of_rule=undecided - (not item.said),
        earlier=earlier,
    )


def _claim(claim: Claim, choices: Choices, links: Mapping[str, Shown]) -> Said:
    prefix, _, local = claim.says.partition(":")
    says = choices.text(prefix, local, current()) if prefix in choices.shown else claim.says
    sources = []
    for each in claim.sources:
        iri = ID + each.replace(":", "/", 1)
        known = links.get(iri)
        sources.append(Shown(known.text if known else each, page_of(iri), each, known.language if known else None))
    return Said(says, sources)


def problems(fact: Fact, choices: Choices) -> list[str]:
    """What keeps a fact from being published as it is."""
    found = []
    for field in facts.FIELDS[fact.kind]:
        value, label = fact.get(field), words.word(words.FIELDS, field)
        if value in (None, ""):
            if field in _NEEDED.get(fact.kind, ()):
                found.append(pick(f"Còn thiếu: {label}.", f"Missing: {label}."))
            continue
        kind = words.kind_of(fact.kind, field) if field in _MUST_BE_KNOWN else ""
        if kind and value not in choices.shown.get(kind, {}):
            found.append(
                pick(f"{label}: đồ thị không có gì tên “{value}”.", f"{label}: nothing here is called “{value}”.")
            )
    return found


def quotes(text: str, spans: Iterable[tuple[int, int]]) -> list[Quote]:
    """Passages, each with some words before and after."""
    made: list[Quote] = []
    ordered = list(spans)
    for start, end in ordered:
        if any(first <= start and end <= last for first, last in ordered if (first, last) != (start, end)):
            continue  # a part of another passage
        before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
        before = before.rpartition("\n")[2]
        after = after.partition("\n")[0]
        if start > _AROUND and " " in before and "\n" not in text[start - _AROUND : start]:
            before = "…" + before.partition(" ")[2]
        if len(after) == _AROUND and " " in after:
            after = after.rpartition(" ")[0] + "…"
        passage = text[start:end]
        passage = passage if len(passage) <= _LONGEST else passage[:_LONGEST] + "…"
        made.append(Quote(before, passage, after))
    return made


def _entry(fact: Fact, field: str, choices: Choices) -> Entry:
    value = fact.get(field)
    label = words.word(words.FIELDS, field)
    kind = words.kind_of(fact.kind, field)
    if field in words.CODES and field != "area" and not (field == "value" and fact.kind != "scope"):
        chosen = value if isinstance(value, list) else [value]
        options = [(code, each[current()], code in chosen) for code, each in words.CODES[field].items()]
        options += [(str(each), str(each), True) for each in chosen if each and each not in words.CODES[field]]
        if field == "event":
            return Entry(field, label, "checks", "", options)
        return Entry(field, label, "select", "", [("", "–", value is None), *options])
    if kind == "cluster":
        shown = sorted(choices.shown["cluster"].items(), key=lambda each: each[1][current()])
        options = [(local, each[current()], local == value) for local, each in shown]
        return Entry(field, label, "select", "", [("", "–", value is None), *options])
    text = "" if value is None else words.shown(fact.kind, field, value, choices) if kind else str(value)
    offered = kind or ("person" if field in words.NAMED else "")
    return Entry(field, label, "number" if field in words.NUMBERS else "text", text, (), offered)


def pieces(work: Work, shown: Iterable[Card]) -> list[passages.Piece]:
    """The text, cut where the passage of a card begins or ends."""
    marked = [
        passages.Fact(card.key, card.fact.kind, card.key, card.fact.basis == "stated", start, end)
        for card in shown
        for start, end in card.fact.spans
    ]
    return passages.pieces(work.article.text, marked)


def lists(choices: Choices, shown: Iterable[Card]) -> dict[str, list[str]]:
    """What is offered in fields, of each kind that a card asks for."""
    kinds = {entry.list for card in shown for entry in card.entries if entry.list}
    return {kind: choices.offered(kind, current()) for kind in sorted(kinds)}


@dataclass(frozen=True)
class Summary:
    """What publishing would do, in words."""

    groups: list[tuple[str, str, list[Card]]]
    """Status, its heading, the cards."""
    rejected: int
    unsure: int
    undecided: int
    wrong: list[Card]
    """Accepted, but not fit to be published."""


def summary(shown: Sequence[Card]) -> Summary:
    """The accepted cards by what the graph says of them already."""
    open_ = [card for card in shown if not card.settled and card.fact.kind != "scope"]
    accepted = [card for card in open_ if card.item.said == "accept"]
    headings = {
        "contradicts": pick("Trái với điều đồ thị có", "Contradicts what the graph has"),
        "new": pick("Mới", "New"),
        "confirms": pick("Khớp với nguồn khác", "Confirms other sources"),
        "known": pick("Chính nguồn này đã nói", "This source already says so"),
        "unknown": pick("Chưa so được với đồ thị", "Not compared with the graph"),
    }
    groups = [
        (status, heading, those)
        for status, heading in headings.items()
        if (those := [card for card in accepted if card.status == status])
    ]
    said = [card.item.said for card in open_]
    wrong = [card for card in accepted if card.problems]
    return Summary(groups, said.count("reject"), said.count("unsure"), said.count(""), wrong)
