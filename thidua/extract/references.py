"""Documents and movements: numbers of decisions with their days and issuers, and slogans of campaigns."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from thidua.extract.facts import Fact
from thidua.extract.lexicon import Lexicon, number_key
from thidua.extract.mentions import Reading
from thidua.extract.tokens import keys_of

_NUMBER: Final = re.compile(
    r"(?<![\w/])(\d{1,5}(?: ?/ ?\d{4})? ?[-–/] ?[A-ZĐƯa-z]{1,8}\d{0,2}(?: ?[-–/] ?[A-ZĐƯ][A-ZĐƯa-z0-9]{0,9}){0,3})(?![\w])"
)
_KIND: Final = re.compile(
    r"(?:chi thi|nghi quyet|quyet dinh|nghi dinh|thong tu|ke hoach|ket luan|huong dan|luat|cong van|thong bao|quy dinh|phap lenh|cong dien|to trinh|van ban|de an|quy che)(?: so)*(?: :)?$"
)
_DAY: Final = re.compile(
    r"^[ ,(]*(?:ngày|ban hành ngày|ký ngày)\s*(\d{1,2}) ?[/.-] ?(\d{1,2}) ?[/.-] ?(\d{4})|^[ ,(]*ngày (\d{1,2}) tháng (\d{1,2}) năm (\d{4})"
)
_ISSUER: Final = re.compile(
    r"^[ ,(]*(?:ngày [^,]{6,25}? )?của ((?:Thủ tướng Chính phủ|Chính phủ|Bộ Chính trị|Ban Bí thư(?: Trung ương(?: Đảng)?)?|Ban Chấp hành Trung ương(?: Đảng)?|Bộ Nội vụ|Quốc hội|Chủ tịch nước|Ban Thi đua ?[-–] ?Khen thưởng Trung ương|Hội đồng Thi đua ?[-–] ?Khen thưởng Trung ương|Ủy ban Thường vụ Quốc hội|UBND (?:tỉnh|thành phố) [A-ZĐ][\w]+(?: [A-ZĐ][\w]+)?|Bộ trưởng Bộ Nội vụ|Bộ [A-ZĐ][\w ]{3,30}?))(?=[\s,.;)]|$)"
)
_MOVEMENT: Final = re.compile(
    r"\b(?:phong trao|phong trao thi dua|cuoc van dong|dot thi dua|chien dich|thi dua|dot cao diem|chuong trinh|movement|campaign)\b"
    r"(?: (?!Q)[^\s;.]+){0,12}? ?:? ?(Q\d+(?:(?: ,| ;| va| \.| gan voi| ,? phong trao| thi dua| ,? cuoc van dong)* Q\d+)*)"
)


def facts_of(readings: Sequence[Reading], lexicon: Lexicon, text: str) -> Iterator[Fact]:
    """Each document and each slogan once."""
    seen: set[str] = set()
    listing = False
    for reading in readings:
        if not reading.sentence.body:
            continue
        # A list of slogans goes on behind a semicolon.
        written = f"phong trao {reading.written}" if listing and reading.written.startswith("Q") else reading.written
        movements = list(_movements(reading, written, lexicon))
        listing = bool(movements) and text[reading.sentence.end - 1] in ";,"
        for fact in (*_documents(reading, lexicon, text), *movements):
            key = f"{fact.kind} {number_key(str(fact.get('number') or fact.get('printed')))}"
            if key not in seen:
                seen.add(key)
                yield fact


def _documents(reading: Reading, lexicon: Lexicon, text: str) -> Iterator[Fact]:
    first, last = reading.sentence.start, reading.sentence.end
    for match in _NUMBER.finditer(text, first, last):
        before = " ".join(keys_of(text[max(first, match.start() - 24) : match.start()]))
        letters = re.sub(r"[^A-Za-zĐƯ]", "", match[1])
        slashed = "/" in match[1]
        named = _KIND.search(before) or before.endswith(" so") or before == "so"
        if not named and not (slashed and len(letters) > 3):
            continue
        if not letters or not letters[0].isupper():
            continue
        number = re.sub(r"\s*([-–/])\s*", lambda sign: sign[1].replace("–", "-"), match[1])
        values: dict[str, object] = {"number": number}
        behind = text[match.end() : min(last, match.end() + 90)]
        day = _DAY.match(behind)
        if day:
            day_, month, year = (int(part) for part in (day.groups()[:3] if day[1] else day.groups()[3:]))
            if 1 <= month <= 12 and 1 <= day_ <= 31:
                values["date"] = f"{year}-{month:02}-{day_:02}"
        if issuer := _ISSUER.match(behind) or (day and _ISSUER.match(behind[day.end() :])):
            values["issuer"] = issuer[1]
        known = lexicon.documents.get(number_key(number), ())
        fitting = [id_ for id_, on in known if not on or "date" not in values or on[:4] == str(values["date"])[:4]]
        warnings: tuple[str, ...] = ()
        if len(fitting) == 1:
            values["id"] = fitting[0]
        elif fitting:
            warnings = (f"several documents have that number: {', '.join(fitting)}",)
        elif known:
            warnings = (f"{known[0][0]} has that number, and is of another year",)
        kind = re.search(
            r"(?:chỉ thị|nghị quyết|quyết định|nghị định|thông tư|kế hoạch|kết luận|hướng dẫn|luật|công văn|thông báo|quy định)(?: số)?\s*$",
            text[max(first, match.start() - 24) : match.start()],
            re.I,
        )
        start = match.start() - (len(kind[0]) if kind else 0)
        end = match.end() + (day.end() if day else 0)
        yield Fact("document", values, ((start, end),), confidence=0.96, rule="document.number", warnings=warnings)


def _movements(reading: Reading, written: str, lexicon: Lexicon) -> Iterator[Fact]:
    done: set[str] = set()
    for match in _MOVEMENT.finditer(written):
        for symbol in re.findall(r"Q\d+", match[1]):
            if symbol in done:
                continue
            done.add(symbol)
            quoted = reading.of(symbol)
            printed = " ".join(quoted.value.split()).strip(" ,.;")
            if len(printed) < 8:
                continue
            values: dict[str, object] = {"printed": printed}
            key = keys_of(printed)
            linked = next((id_ for name, id_ in lexicon.movements if keys_of(name) == key), None)
            if linked is None:
                near = [
                    id_
                    for name, id_ in lexicon.movements
                    if len(key) > 4 and " ".join(keys_of(name)).startswith(" ".join(key))
                ]
                linked = near[0] if len(set(near)) == 1 else None
            if linked:
                values["id"] = linked
            yield Fact("movement", values, ((quoted.start, quoted.end),), confidence=0.93, rule="movement.quoted")
