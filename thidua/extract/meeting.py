"""The meeting of an article: whose it is, of which kinds, on which day, where, and of which years."""

import datetime
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from thidua.extract.article import Article
from thidua.extract.facts import Fact, Span
from thidua.extract.lexicon import Lexicon
from thidua.extract.mentions import Mention, Reading, number_of
from thidua.extract.tokens import Token

#: Sentences from the beginning in which a meeting is told of first.
_LEAD: Final = 14
_HELD: Final = re.compile(
    r"\b(?:to chuc|dien ra|hoi nghi|tong ket|so ket|ky ket|khai mac|phoi hop|du|hop|ky giao uoc|held)\b"
)
_MID: Final = re.compile(r"\bso ket\b|\b(?:6|sau) thang (?:dau|cuoi) nam\b|\bgiua nam\b|\bnua dau nam\b")
_MONTH: Final = re.compile(r"\bthang (?:0?[1-9]|1[0-2]) ?(?:/|-|nam) ?(20\d\d)\b")
_REVIEW: Final = re.compile(r"\btong ket\b|\breview")
_SIGNING: Final = re.compile(
    r"\b(?:ky|ki)(?: \S+){0,4}? (?:giao uoc|cam ket thi dua)\b|\bgiao uoc\b(?: \S+){0,6}? (?:duoc ky|da ky)\b|\bsigned?\b"
)
_SIGNED: Final = re.compile(
    r"\b(?:ky|ki)(?: ket)?(?: \S+){0,3}? giao uoc\b|\bgiao uoc\b(?: \S+){0,12}? (?:ky|ki)\b(?! niem)"
)
_STANDING: Final = re.compile(r"\b(?:hop|phien hop|cuoc hop) thuong truc\b|\bthuong truc cum\b")
_PREPARING: Final = re.compile(r"\b(?:hop|hoi nghi|phien hop) (?:\S+ ){0,3}?(?:tru bi|chuan bi|ban giao)\b|\btru bi\b")
_TRIGGERS: Final = re.compile(
    r"\b(?P<past>tong ket|so ket|danh gia|nhin lai|ket qua|binh xet)\b|"
    r"\b(?P<next>(?:ky|ki)(?: ket)?(?: \S+){0,2}? giao uoc|phuong huong|trien khai|phat dong|nhiem vu|ke hoach hoat dong|cam ket thi dua)\b"
)


#: How the number of units is told, and how much that counts.
_COUNTED: Final = (
    (re.compile(r"[CR]\d+(?: ,| \(| co| hien| nay)*(?: gom| bao gom)(?: co)? (\S+) (?:tinh|thanh pho|don vi|dia phuong|thanh vien)\b"), 6),
    (re.compile(r"\bcum con (\S+) (?:tinh|thanh pho|don vi)\b|\bthanh vien .{0,20}xuong con (\S+)"), 8),
    (re.compile(r"\b(\S+) (?:tinh|thanh pho|don vi|dia phuong)(?: thanh vien)? (?:trong|cua|thuoc) (?:R\d+|C\d+|cum)"), 3),
    (re.compile(r"\b(?:lanh dao|dai dien|ubnd|uy ban nhan dan|du|ca)(?: \S+){0,2}? (\S+) (?:tinh|thanh pho)\b(?! (?:U|nhu|dat|vuot|co))"), 1),
)  # fmt: skip


@dataclass(frozen=True)
class Meeting:
    """What later rules need of it."""

    cluster: str
    cluster_spans: tuple[Span, ...]
    units: int | None
    kinds: tuple[str, ...]
    kind_spans: tuple[Span, ...]
    reviewed: int | None
    launched: int | None
    day: str
    """ISO; empty where no day is told, or its year cannot be concluded."""
    day_span: Span | None
    day_stated: bool
    place: str
    place_span: Span | None
    published: str
    warnings: tuple[str, ...] = ()

    @property
    def asked(self) -> str:
        """The day on which names are resolved: the meeting's, else the latest that is known."""
        return (
            self.day
            or self.published
            or (f"{self.launched or self.reviewed}" if self.launched or self.reviewed else "")
        )

    def year_of(self, *, incoming: bool) -> int | None:
        """The year that a role without a printed one belongs to."""
        if "mid-year" in self.kinds and not ({"year-end-review", "signing"} & set(self.kinds)):
            return self.reviewed
        return self.launched if incoming else self.reviewed


def meeting_of(article: Article, readings: Sequence[Reading], lexicon: Lexicon) -> Meeting | None:
    """Read the title and the lead; None where no cluster is named."""
    body = [reading for reading in readings if reading.sentence.body]
    cluster, spans, units = _cluster(body)
    if not cluster:
        return None
    lead = _lead_of(body, cluster)
    kinds, kind_spans = _kinds(lead, body)
    reviewed, launched = _years(lead, kinds)
    found = _day(lead, article, readings)
    day, day_span, stated, published = "", None, False, article.published
    warnings: tuple[str, ...] = ()
    if found:
        mention, (year, month, number) = found
        published, warnings = _published(article, readings, month, number)
        day_span, stated = (mention.start, mention.end), year is not None
        if year is None:
            year, more = _year_of_day(month, number, kinds, reviewed, launched, published)
            warnings += more
        if year is not None:
            day = _iso(year, month, number)
            reviewed, launched = _concluded(reviewed, launched, kinds, year, month)
    elif not published:
        published = _dateline(readings)
    if not day and published and (reviewed is None and launched is None):
        year, month = int(published[:4]), int(published[5:7] or 1)
        reviewed, launched = _concluded(reviewed, launched, kinds, year, month)
    if "mid-year" in kinds and reviewed is None and (told := _months(body)):
        reviewed = launched = told
    place = _place(lead, lexicon, article.text, day or published or str(launched or ""))
    return Meeting(
        cluster, spans, units, kinds, kind_spans, reviewed, launched, day, day_span, stated,
        place[0] if place else "", place[1] if place else None, published, warnings,
    )  # fmt: skip


def _cluster(body: Sequence[Reading]) -> tuple[str, tuple[Span, ...], int | None]:
    votes: Counter[str] = Counter()
    first: dict[str, Span] = {}
    numbers: Counter[int] = Counter()
    for number, reading in enumerate(body):
        weight = 6 if number < 3 else 3 if number < 8 else 1
        for mention in reading.kinds("C", "G"):
            cluster, units = mention.value
            votes[cluster] += weight * (2 if mention.kind == "C" else 1)
            if mention.kind == "C" or cluster not in first:
                first.setdefault(cluster, (mention.start, mention.end))
            if units and 3 <= units <= 15:
                numbers[units] += weight
        for pattern, more in _COUNTED:
            for found in pattern.finditer(reading.written):
                if (units := number_of(found[1] or found[found.lastindex or 1])) and 3 <= units <= 15:
                    numbers[units] += more
    if not votes:
        return "", (), None
    cluster, best = votes.most_common(1)[0]
    # What is joined from two regions is named by one of them as well.
    joined = "tay-nguyen-duyen-hai-mien-trung"
    if cluster == "tay-nguyen" and votes[joined] * 2 >= best:
        cluster = joined
    units = numbers.most_common(1)[0][0] if numbers else None
    return cluster, (first[cluster],), units


def _lead_of(body: Sequence[Reading], cluster: str) -> list[Reading]:
    return [
        reading for reading in body[:_LEAD]
        if not (others := {m.value[0] for m in reading.kinds("C")}) or cluster in others
    ]  # fmt: skip


def _kinds(lead: Sequence[Reading], body: Sequence[Reading]) -> tuple[tuple[str, ...], tuple[Span, ...]]:
    found: dict[str, Span] = {}
    for number, reading in enumerate(lead):
        if number > 5 and found:
            break
        if not (_HELD.search(reading.written) or reading.kinds("C", "R", "G")):
            continue
        span = (reading.sentence.start, reading.sentence.end)
        written = reading.written
        for kind, pattern in (
            ("year-end-review", _REVIEW), ("mid-year", _MID), ("signing", _SIGNING),
            ("standing", _STANDING), ("preparatory", _PREPARING),
        ):  # fmt: skip
            if pattern.search(written):
                found.setdefault(kind, span)
    if "signing" not in found and "mid-year" not in found:
        for reading in body:
            match = _SIGNED.search(reading.written)
            if match and not re.search(
                r"\b(?:du kien|se ky|truoc do|chua ky|khong ky|thuc hien giao uoc)\b", reading.written
            ):
                found["signing"] = (reading.sentence.start, reading.sentence.end)
                break
    if (
        "mid-year" in found
        and ("year-end-review" in found or "signing" in found)
        and "so ket" not in " ".join(reading.written for reading in lead[:6])
    ):
        found.pop("mid-year")  # the next half year is planned at a review, too
    if "mid-year" in found and "year-end-review" in found:
        # A year is reviewed halfway or whole; the first to be said is it.
        order = list(found)
        found.pop("year-end-review" if order.index("mid-year") < order.index("year-end-review") else "mid-year")
    if "year-end-review" in found or "mid-year" in found:
        found.pop("preparatory", None)
        found.pop("standing", None)
    if "mid-year" in found:
        found.pop("signing", None)
    order_of = ("year-end-review", "mid-year", "signing", "standing", "preparatory")
    kinds = tuple(kind for kind in order_of if kind in found)
    return kinds or ("other",), tuple(dict.fromkeys(found[kind] for kind in kinds))


def _years(lead: Sequence[Reading], kinds: Sequence[str]) -> tuple[int | None, int | None]:
    past: Counter[int] = Counter()
    ahead: Counter[int] = Counter()
    for number, reading in enumerate(lead):
        weight = 4 if number < 3 else 2 if number < 6 else 1
        if not (reading.kinds("C", "R", "G") or _HELD.search(reading.written)):
            continue
        current = None
        begun = 0
        for found in re.finditer(r"\bY(\d+)\b", reading.written):
            for trigger in _TRIGGERS.finditer(reading.written, begun, found.start()):
                current = "past" if trigger["past"] else "next"
            begun = found.start()
            year = reading.mentions[int(found[1])].value
            if re.search(r"\bgiai doan(?: \S+){0,3}$|\bden$|\btu$", reading.written[: found.start()].rstrip()):
                continue
            if current:
                (past if current == "past" else ahead)[year] += weight
    reviewed = past.most_common(1)[0][0] if past else None
    if "mid-year" in kinds:
        reviewed = reviewed or (ahead.most_common(1)[0][0] if ahead else None)
        return reviewed, reviewed
    launched = next((year for year, _ in ahead.most_common() if reviewed is None or year > reviewed), None)
    if reviewed is None and launched is not None:
        reviewed = launched - 1
    if launched is None and reviewed is not None:
        launched = reviewed + 1
    return reviewed, launched


def _months(body: Sequence[Reading]) -> int | None:
    """The year of which a text counts the months."""
    told = Counter(
        int(year) for reading in body for year in _MONTH.findall(" ".join(word.key for word in reading.sentence.words))
    )
    return told.most_common(1)[0][0] if told else None


def _concluded(
    reviewed: int | None, launched: int | None, kinds: Sequence[str], year: int, month: int
) -> tuple[int | None, int | None]:
    if "mid-year" in kinds:
        return reviewed or year, launched or reviewed or year
    if reviewed is None:
        reviewed = year if month >= 11 else year - 1
        if "other" in kinds or "standing" in kinds:
            reviewed = year if month > 5 else year - 1
    return reviewed, launched or reviewed + 1


def _day(
    lead: Sequence[Reading], article: Article, readings: Sequence[Reading]
) -> tuple[Mention, tuple[int | None, int, int]] | None:
    for reading in lead:
        for mention in reading.kinds("T"):
            before = reading.written.split()[: len([p for p in reading.places if p < mention.first])]
            if len(reading.sentence.words) < 9 or not _HELD.search(reading.written):
                continue  # a dateline
            year, month, number = mention.value
            if before[-2:] and before[-1] == "va" and len(before) > 1 and before[-2].isdigit():
                number = int(before[-2])  # of two days the first
            if re.search(
                r"\b(?:so|chi thi|ket luan|nghi quyet|quyet dinh|luat|ke hoach)\b[^,]{0,60}$", " ".join(before[-9:])
            ):
                continue  # a document's
            return mention, (year, month, number)
    for reading in lead:
        found = re.search(r"\b(?:hom nay|sang nay|chieu nay|toi nay)\b", reading.written)
        if found and _HELD.search(reading.written):
            day = article.published or _dateline(readings)
            if day and len(day) == 10:
                word = reading.sentence.words[reading.places[len(reading.written[: found.start()].split())]]
                mention = Mention("T", 0, 0, word.start, word.start + 8, None)
                return mention, (int(day[:4]), int(day[5:7]), int(day[8:]))
    return None


def _iso(year: int, month: int, day: int) -> str:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return ""


def _datelines(readings: Sequence[Reading]) -> Iterator[str]:
    for reading in readings:
        if reading.sentence.end - reading.sentence.start > 110 and not reading.kinds("T")[:1]:
            continue
        for mention in reading.kinds("T"):
            year, month, day = mention.value
            short = reading.sentence.end - reading.sentence.start < 110
            if year and short and (iso := _iso(year, month, day)):
                yield iso


def _dateline(readings: Sequence[Reading]) -> str:
    return next(_datelines(readings[:25]), "")


def _published(article: Article, readings: Sequence[Reading], month: int, day: int) -> tuple[str, tuple[str, ...]]:
    """The day of publication: the given one, else the dateline that follows the meeting by three weeks at most."""
    if article.published:
        return article.published, ()
    lines = list(_datelines(readings))
    for line in lines:
        held = _iso(int(line[:4]), month, day)
        if held and 0 <= (datetime.date.fromisoformat(line) - datetime.date.fromisoformat(held)).days <= 21:
            return line, ()
    if lines:
        return "", (f"the page bears another day, {lines[0]}",)
    return "", ()


def _year_of_day(
    month: int, day: int, kinds: Sequence[str], reviewed: int | None, launched: int | None, published: str
) -> tuple[int | None, tuple[str, ...]]:
    logical = None
    if "mid-year" in kinds:
        logical = reviewed
    elif reviewed is not None:
        logical = reviewed if month >= 11 else reviewed + 1
        if launched and not {"year-end-review", "signing"} & set(kinds):
            logical = launched
    if len(published) >= 4:
        year = int(published[:4])
        if len(published) == 10 and (held := _iso(year, month, day)) and held > published:
            year -= 1  # told in January of December
        if logical is not None and logical != year:
            return logical, (f"the page is of {published}, the meeting's years lead to {logical}",)
        return year, ()
    return logical, ()


def _place(lead: Sequence[Reading], lexicon: Lexicon, text: str, day: str) -> tuple[str, Span] | None:
    for reading in lead[:10]:
        if not _HELD.search(reading.written):
            continue
        words = reading.sentence.words
        for number, word in enumerate(words):
            if word.key not in ("tai", "o", "in", "at") or text[word.start : word.end].lower() not in (
                "tại",
                "tai",
                "ở",
                "o",
                "in",
                "at",
            ):
                continue
            near = [m for m in reading.kinds("U") if number < m.first <= number + 16]
            if not near:
                continue
            first = near[0]
            # Between "tại" and the place no clause begins anew.
            between = [w.key for w in words[number + 1 : first.first]]
            if {"to", "do", "voi", "co", "da", "cua", ";", "."} & set(between) and "chuc" in between:
                continue
            chosen = first
            behind = near[1] if len(near) > 1 else None
            if (behind and first.value[1] == "seat") or (behind and _in_tinh(words, first, behind)):
                gap = [w.key for w in words[first.last : behind.first]] if behind else []
                if behind and set(gap) <= {",", "tinh", "(", "thanh", "pho", "tp", ".", "-"}:
                    chosen = behind
            return unit_of(chosen, lexicon, day), (words[number + 1].start, chosen.end)
    return None


def _in_tinh(words: Sequence[Token], first: Mention, behind: Mention) -> bool:
    gap = [word.key for word in words[first.last : behind.first]]
    return gap[:2] in ([",", "tinh"], ["tinh"], ["(", "tinh"])


def unit_of(mention: Mention, lexicon: Lexicon, day: str) -> str:
    """The unit that a mention means on a day."""
    name, how = mention.value
    if how == "person":
        return str(name)
    return lexicon.unit_of_seat(name, day) if how == "seat" else lexicon.unit_on(name, day)


def facts_of(meeting: Meeting) -> Iterator[Fact]:
    """The cluster, and the meeting."""
    values: dict[str, object] = {"cluster": meeting.cluster}
    if meeting.units:
        values["units"] = meeting.units
    yield Fact("cluster", values, meeting.cluster_spans, confidence=0.97, rule="cluster.region")
    event: dict[str, object] = {"cluster": meeting.cluster}
    event["event"] = meeting.kinds[0] if len(meeting.kinds) == 1 else list(meeting.kinds)
    spans = [*meeting.kind_spans]
    if meeting.day:
        event["date"] = meeting.day
    if meeting.day_span:
        spans.append(meeting.day_span)
    if meeting.place:
        event["place"] = meeting.place
        if meeting.place_span:
            spans.append(meeting.place_span)
    stated = meeting.day_stated or not meeting.day
    yield Fact(
        "event", event, tuple(sorted(set(spans))), "stated" if stated else "implied",
        "" if stated else "basis-year-inferred", 0.93 if meeting.day else 0.85, "event.lead", warnings=meeting.warnings,
    )  # fmt: skip
    if "signing" in meeting.kinds and meeting.launched:
        yield Fact(
            "agreement", {"cluster": meeting.cluster, "year": meeting.launched}, meeting.kind_spans,
            confidence=0.93, rule="agreement.signed",
        )  # fmt: skip
