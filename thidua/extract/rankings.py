"""Rankings: which place a unit took in the cluster's scoring."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from thidua.extract.facts import Fact
from thidua.extract.lexicon import Lexicon
from thidua.extract.meeting import Meeting, unit_of
from thidua.extract.mentions import Mention, Reading

_PLACES: Final = {
    "nhat": 1,
    "dau": 1,
    "nhi": 2,
    "hai": 2,
    "ba": 3,
    "tu": 4,
    "nam": 5,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "chin": 9,
    "muoi": 10,
}
_PLACE: Final = r"(?:thu|hang|hang thu|vi tri|vi tri thu|vi tri so|so|giai|hang so|vi thu)"
_NUMBER: Final = rf"({'|'.join(_PLACES)}|\d{{1,2}})\b(?! (?:nam|tinh|thang|lan))"
_PATTERNS: Final = (
    # X xếp thứ nhất; X đứng ở vị trí thứ hai; X dẫn đầu
    re.compile(rf"(?P<u>U\d+)(?: [^UHDY\s.;,]\S*| ,){{0,9}}? (?:xep|dung|dat|o|giu|vuon len|ve|cham)(?: [^UHDY\s.;]\S*){{0,3}}? {_PLACE}(?: (?:thu|so|hang))? (?P<n>{_NUMBER})"),
    # X (thứ hai); X thứ ba; Ninh Bình số 2
    re.compile(rf"(?P<u>U\d+) (?:\( )?(?:hang|thu|xep thu|so|nhi|vi tri thu) (?P<n>{_NUMBER})"),
    # xếp X ở vị trí số 1
    re.compile(rf"\bxep(?: (?:tinh|thanh pho|cho))? (?P<u>U\d+)(?: [^UHDY\s.;]\S*){{0,3}}? {_PLACE} (?P<n>{_NUMBER})"),
    # thứ nhất là X; hạng nhì: X; 1. X: 97,5 điểm
    re.compile(rf"(?:\b(?:xep|dung|vi tri|hang|thu|giai)(?: (?:hang|thu|vi tri|o))*) (?P<n>{_NUMBER}) (?:(?:la|:|thuoc ve|cum|tinh|thanh pho|toan|-|\(|don vi) )*(?P<u>U\d+)"),
    re.compile(r"^(?P<n>\d{1,2}) (?:\. |\) |/ |- )?(?:tinh |thanh pho |tp )?(?P<u>U\d+)(?= (?::|-|\(|,|\d))"),
    # Lâm Đồng 968 điểm, nhất; Vĩnh Long nhất Cụm, An Giang nhì
    re.compile(r"(?P<u>U\d+) (?:\d[\d.,]* diem )(?:, |\( )?(?:xep |dung )?(?:thu |hang )?(?P<n>nhat|nhi|ba|tu|dau)\b"),
    re.compile(r"(?P<u>U\d+) (?P<n>nhat|nhi)\b(?! (?:ca nuoc|la|tri|dinh|nuoc))"),
    # nhất, Yên Bái; nhì, Tuyên Quang
    re.compile(r"(?:^|[;:,] )(?P<n>nhat|nhi|ba) (?:,|:|la|thuoc ve) (?:tinh |thanh pho )?(?P<u>U\d+)"),
    re.compile(r"(?P<u>U\d+)(?: [^UHDY\s.;,]\S*){0,5}? (?P<n>dan dau|dung dau|ve nhat|xep nhat|nhat)(?: (?:cum|toan cum|bang|cham diem|ket qua|ve diem|voi \d|voi|,))"),
)  # fmt: skip
_POINTS: Final = re.compile(r"^(?: (?!U\d)\S+){0,7}? (\d[\d.,]*)(?: ?/ ?[\d.,]+)? diem")
_SCORED: Final = re.compile(r"\b(?:diem|xep hang|xep thu|xep loai|binh xet|cham|thu hang|xep|dung thu|vi tri|hang)\b")
_ECONOMY: Final = re.compile(
    r"\b(?:grdp|tang truong|thu ngan sach|pci|kim ngach|xuat khau|ca nuoc|toan quoc|giai ngan|san luong|quy mo|khach)\b"
)


def facts_of(readings: Sequence[Reading], meeting: Meeting, lexicon: Lexicon) -> Iterator[Fact]:
    """Places in the cluster's own scoring; those in tables of the economy are figures, if anything."""
    if meeting.reviewed is None:
        return
    seen: set[tuple[str, int]] = set()
    scoring = False
    for reading in readings:
        written = reading.written
        if not reading.sentence.body:
            continue
        scored = bool(_SCORED.search(written)) and not _ECONOMY.search(written)
        going_on = re.match(r"^(?:\d{1,2} |(?:thu )?(?:nhat|nhi|ba|hai)\b|(?:tinh )?U\d+ \d)", written)
        if not scored and not (scoring and going_on):
            scoring = False
            continue
        scoring = True
        for pattern in _PATTERNS:
            for match in pattern.finditer(written):
                number = match["n"].split()[0]
                rank = (
                    int(number)
                    if number.isdigit()
                    else _PLACES.get(number, 1 if number in ("dan", "dung", "ve", "xep") else 0)
                )
                unit = reading.of(match["u"])
                province = unit_of(unit, lexicon, meeting.asked)
                if (
                    not 0 < rank <= 15
                    or (province, rank) in seen
                    or any(p == province for p, _ in seen)
                    or any(r == rank for _, r in seen)
                ):
                    continue
                seen.add((province, rank))
                yield _fact(reading, meeting, unit, province, rank, match)


def _fact(reading: Reading, meeting: Meeting, unit: Mention, province: str, rank: int, match: re.Match[str]) -> Fact:
    values: dict[str, object] = {
        "cluster": meeting.cluster,
        "year": meeting.reviewed,
        "province": province,
        "rank": rank,
    }
    if points := _POINTS.search(reading.written[match.end() :]):
        values["points"] = points[1].rstrip(".,")
    words = reading.sentence.words
    spoken = len(reading.written[: match.end()].split())
    place = reading.places[min(len(reading.places) - 1, spoken - 1)]
    first = reading.places[min(len(reading.places) - 1, len(reading.written[: match.start()].split()))]
    start, end = min(words[first].start, unit.start), max(words[place].end, unit.end)
    years = [y.value for y in reading.kinds("Y")]
    if years and years[0] <= (meeting.launched or years[0]):
        values["year"] = years[0]
    return Fact(
        "ranking", values, ((start, end),), "stated" if years else "implied", "" if years else "basis-year-inferred", 0.8, "ranking.placed"
    )  # fmt: skip
