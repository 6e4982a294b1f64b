"""Officials: who is named, in which posts as printed, and of which unit."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from thidua.extract.facts import Fact
from thidua.extract.lexicon import Lexicon
from thidua.extract.meeting import Meeting, unit_of
from thidua.extract.mentions import Mention, Reading
from thidua.extract.tokens import Token, keys_of

#: First words of a post.
_HEADS: Final = tuple(
    tuple(words.split())
    for words in (
        "chu tich", "pho chu tich", "pct", "bi thu", "pho bi thu", "uy vien", "truong ban", "pho truong ban", "pho ban", "giam doc",
        "pho giam doc", "quyen chu tich", "quyen bi thu", "quyen giam doc", "bo truong", "thu truong", "vu truong", "pho vu truong",
        "chanh van phong", "pho chanh van phong", "truong doan", "pho truong doan", "tong bien tap", "truong phong", "pho truong phong",
        "pho thu tuong", "thu tuong", "tong bi thu", "nguyen chu tich", "nguyen pho chu tich", "nguyen bi thu", "nguyen uy vien",
        "thuong truc", "chanh an", "vien truong", "cuc truong", "pho cuc truong", "pho tong", "trung tuong", "thieu tuong", "dai tuong",
        "thuong tuong", "dai ta", "thuong ta", "dai bieu quoc hoi", "tinh uy vien", "thanh uy vien", "uv", "uvtw", "uvbtv", "hieu truong", "chu nhiem",
        "pho chu nhiem", "tong thu ky", "thong doc", "chanh thanh tra", "q chu tich", "truong dai dien", "pho vien truong", "nguyen truong ban",
        "nguyen pho truong ban", "tong giam doc", "pho tong giam doc", "tro ly",
        "chairman", "vice chairman", "chairwoman", "vice president", "vice state president", "permanent vice", "deputy head", "head of", "deputy chairman", "secretary",
    )
)  # fmt: skip
_BY_FIRST: Final = {words[0]: [each for each in _HEADS if each[0] == words[0]] for words in _HEADS}
#: Words with which what somebody does begins, so that a post has ended.
_ENDS: Final = frozenset(
    """
    cho phat nhan da dang du den toi chu-tri chia bao trao tang trinh ghi bay danh khang yeu mong luu gui tham
    cung cam thay ky dai khai be ket tuyen dieu chung khen neu noi thong-qua chuc bieu vui trong voi khi sau truoc
    vua cac nhung nhieu mot hai ba nguoi co duoc se khong va lam thi de said spoke attended emphasized told has was
""".split()
)
#: Behind a comma, the body that a department is of; and the middle of names of bodies.
_PARENTS: Final = frozenset(["the", "thuong", "khoa", "truyen", "bo", "ban", "uy", "ubnd", "hdnd", "van", "vien"])
_JOINING: Final = frozenset(["dong", "chi", "ong", "ba", "va", "cung", "cac"])


def facts_of(readings: Sequence[Reading], meeting: Meeting, lexicon: Lexicon, text: str) -> Iterator[Fact]:
    """Each named official once, with the longest post that the text prints."""
    found: dict[str, tuple[str, str, str | None, tuple[int, int], str]] = {}
    about = ""
    for reading in readings:
        if not reading.sentence.body:
            continue
        about = _side(reading, lexicon, meeting) or about
        for person, first, last, rule in _posts(reading):
            words = reading.sentence.words
            name = " ".join(text[person.start : person.end].split())
            post = " ".join(text[words[first].start : words[last - 1].end].split()).rstrip(" ,.;-–(")
            province = _province(reading, first, last, post, lexicon, meeting, about)
            key = " ".join(keys_of(name))
            span = (min(person.start, words[first].start), max(person.end, words[last - 1].end))
            known = found.get(key)
            if known is None or len(post) > len(known[1]):
                found[key] = (name, post, province or (known[2] if known else None), span, rule)
    for key, (name, post, province, span, rule) in found.items():
        values: dict[str, object] = {"name": name, "post": post}
        if province:
            values["province"] = province
        ids = lexicon.people.get(key, ())
        if len(ids) == 1:
            values["id"] = ids[0]
        warnings = ("several people of that name are known",) if len(ids) > 1 else ()
        yield Fact("official", values, (span,), confidence=0.95, rule=rule, warnings=warnings)


def _side(reading: Reading, lexicon: Lexicon, meeting: Meeting) -> str:
    """The unit whose people are listed: *Về phía tỉnh X có …*."""
    match = re.search(
        r"\b(?:ve phia|phia|lanh dao|dai bieu|ve du|dai dien)\b(?: (?:chu nha|tinh|thanh pho|tp|don vi|lanh dao|dia phuong|uy ban nhan dan|ubnd))* (U\d+)",
        reading.written,
    )
    if match:
        return unit_of(reading.of(match[1]), lexicon, meeting.asked)
    if re.search(r"\b(?:ve phia|phia) (?:trung uong|tw|ban thi dua|bo noi vu|co quan)", reading.written):
        return "-"
    return ""


def _head_at(words: Sequence[Token], place: int) -> int:
    """The token behind the first words of a post that begins here; 0 for none."""
    for wanted in _BY_FIRST.get(words[place].key, ()):
        if tuple(word.key for word in words[place : place + len(wanted)]) == wanted:
            return place + len(wanted)
    return 0


def _posts(reading: Reading) -> Iterator[tuple[Mention, int, int, str]]:
    words = reading.sentence.words
    people = [person for person in reading.kinds("N") if person.value is None]
    for number, person in enumerate(people):
        limit = people[number + 1].first if number + 1 < len(people) else len(words)
        if (behind := _behind(words, person.last, limit, person)) is not None:
            yield person, *behind, "official.apposition"
            continue
        begun = people[number - 1].last if number else 0
        if (before := _before(words, begun, person.first)) is not None:
            yield person, *before, "official.post-first"


def _behind(words: Sequence[Token], place: int, limit: int, person: Mention) -> tuple[int, int] | None:
    """A post behind a name: *ông N, Chủ tịch UBND tỉnh X*, *N - Chủ tịch …*, *N (Chủ tịch …)*."""
    if place >= len(words) or words[place].key not in (",", "-", "(", ":"):
        return None
    first = place + 1
    while first < limit and words[first].key in ("la", "-"):
        first += 1
    if first >= limit or not _head_at(words, first):
        return None
    last = _end_of_post(words, first, limit)
    # Before the next name its own post may stand; a list of posts and names goes on after the last comma.
    if limit < len(words) and last == limit:
        for place in range(limit - 1, first, -1):
            if words[place].key in (",", "va", ";", "cung", "-"):
                nxt = place + 1
                while nxt < limit and words[nxt].key in ("dong", "chi", "ong", "ba", "cac", "d", "c", "/"):
                    nxt += 1
                if nxt == limit or _head_at(words, nxt):
                    last = place
                    if nxt == limit:
                        break
                    break
    while last > first and not words[last - 1].is_word and words[last - 1].key != ")":
        last -= 1
    while last > first and not words[last - 1].capital and words[last - 1].key in _JOINING:
        last -= 1
    return (first, last) if last > first else None


def _end_of_post(words: Sequence[Token], first: int, limit: int) -> int:
    place = _head_at(words, first)
    while place < limit:
        word = words[place]
        if word.key in (";", ".", "(", ")", ":", '"', "!", "?"):
            if word.key == "(" and place + 2 < limit and words[place + 1].shout and words[place + 2].key == ")":
                place += 3  # an abbreviation
                continue
            if (
                word.key == "("
                and place + 1 < limit
                and words[place + 1].key in ("bo", "ban", "so", "vu")
                and words[place + 1].capital
            ):
                closed = next((p for p in range(place, min(place + 11, limit)) if words[p].key == ")"), 0)
                if closed:
                    place = closed + 1  # the body that a department is of
                    continue
            if word.key == "." and place + 1 < limit and words[place - 1].key in ("tp", "q", "t"):
                place += 1
                continue
            break
        if word.key == "," or word.key == "va":
            ahead = place + 1
            while ahead < limit and words[ahead].key in ("la", "dong-thoi", "kiem"):
                ahead += 1
            if ahead < limit and (ahead_end := _head_at(words, ahead)):
                place = ahead_end
                continue
            if (
                word.key == ","
                and ahead + 1 < limit
                and words[ahead].key in ("tinh", "huyen")
                and words[ahead + 1].capital
            ):
                place = ahead + 1  # of a commune, its province
                continue
            # Thi đua, khen thưởng; Lao động, Thương binh và Xã hội; a name of a body goes on.
            if (ahead < limit and words[ahead].key == "khen") or (
                word.key == "va" and ahead < limit and words[ahead].capital
            ):
                place = ahead + 1
                continue
            if word.key == "," and ahead < limit and words[ahead].capital and words[ahead].key in _PARENTS:
                place = ahead + 1
                continue
            break
        if word.key == "-" and (
            place + 1 >= limit
            or words[place + 1].key not in ("khen", "thuong", "truyen", "vung", "hue", "xa", "cong", "thong")
        ):
            break
        if word.key == "cac" and place + 1 < limit and words[place + 1].key in ("dia", "tinh"):
            place += 2
            continue
        if word.key in ("nhan", "khen") and place + 1 < limit and words[place + 1].key in ("dan", "thuong"):
            place += 2
            continue
        if not word.capital and word.key in _ENDS and word.key not in ("thi", "ban", "trong"):
            break
        if not word.capital and word.key in ("chu",) and place + 1 < limit and words[place + 1].key in ("tri",):
            break
        place += 1
    return place


def _before(words: Sequence[Token], begun: int, person: int) -> tuple[int, int] | None:
    """A post before a name: *Phó Chủ tịch UBND tỉnh X Nguyễn Văn A*, *Chủ tịch nước, đồng chí A*."""
    last = person
    while last > begun and words[last - 1].key in ("chi", "dong", "ong", "ba", "d", "c", "/", ",", ":", "la", "-", "."):
        if words[last - 1].key == "dong" and words[last - 1].capital and words[last].key != "chi":
            break  # Lâm Đồng
        if words[last - 1].key in (".", ":") and words[last - 2].key not in ("c", "tp"):
            break
        last -= 1
    heads = []
    place = begun
    while place < last:
        if end := _head_at(words, place):
            heads.append(place)
            place = end
        else:
            place += 1
    if not heads:
        return None
    # The last chain of posts that reaches the name.
    for first in heads:
        if _end_of_post(words, first, last) == last:
            # "Trưởng ban" within "Phó Trưởng ban" is no beginning.
            return first, last
    return None


def _province(
    reading: Reading, first: int, last: int, post: str, lexicon: Lexicon, meeting: Meeting, about: str
) -> str | None:
    inside = [unit for unit in reading.kinds("U") if first <= unit.first < last]
    if inside:
        return unit_of(inside[-1], lexicon, meeting.asked)
    keys = keys_of(post)
    joined = " ".join(keys)
    central = re.search(
        r"\btrung uong\b|\bchinh phu\b|\bnuoc\b|\bquoc hoi\b|\bbo noi vu\b|\bthu truong\b|\bbo truong\b|\bvu truong\b",
        joined,
    )
    if re.search(r"\b(?:tinh|thanh pho|tinh uy|thanh uy|tp)\b", joined) and about and about != "-":
        return about
    if central or about == "-" or not about:
        return None
    return about if re.search(r"\b(?:ubnd|hdnd|tinh|thanh|so)\b", joined) else None
