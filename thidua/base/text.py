"""Text normalisation of Vietnamese names as people type them: search keys, slugs, collation.

A name comes with and without tone marks, in NFC and NFD, with đ or d, with old and new tone placement (Hòa, Hoà),
abbreviated (TP.HCM, UBND), spelled two ways (Đắk Lắk, Đắc Lắc), with *tỉnh* or *ông* in front. :func:`fold` brings
marks, forms and abbreviations to one key; :func:`loose` the two spellings; :func:`readings` takes away what stands
around a name; :func:`agreement` then tells from the marks how sure it is that two texts of one key are one name.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

# đ has no decomposition, so Unicode leaves it alone; the others are look-alikes that old fonts and keyboards leave.
_LETTERS = str.maketrans(dict.fromkeys("đĐðÐɖƉ", "d"))
#: What most texts lose: combining marks, soft hyphens, zero-width and direction marks.
_GONE = dict.fromkeys([*range(0x300, 0x370), 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0xFEFF])
_NOT_WORD = re.compile(r"[^a-z0-9]+")

#: What people shorten, as folded words. No expansion contains a shortened form, so folding twice changes nothing.
#: Left out is what means several things: *TU* (tỉnh ủy, trung ương, tư), *CT*, *HĐ*, *TT* (but TT Huế), *BCT*.
_ABBREVIATIONS: Final = {
    "t p": "thanh pho",
    "tp": "thanh pho",
    "hcm": "ho chi minh",
    "tphcm": "thanh pho ho chi minh",
    "hcmc": "ho chi minh city",
    "tt hue": "thua thien hue",
    "t t hue": "thua thien hue",
    "br vt": "ba ria vung tau",
    "brvt": "ba ria vung tau",
    "dbsh": "dong bang song hong",
    "dbscl": "dong bang song cuu long",
    "mnpb": "mien nui phia bac",
    "td mnpb": "trung du mien nui phia bac",
    "tdmnpb": "trung du mien nui phia bac",
    "dhmt": "duyen hai mien trung",
    "ubnd": "uy ban nhan dan",
    "ub nd": "uy ban nhan dan",
    "hdnd": "hoi dong nhan dan",
    "hd nd": "hoi dong nhan dan",
    "tdkt": "thi dua khen thuong",
    "td kt": "thi dua khen thuong",
    "hdtdkt": "hoi dong thi dua khen thuong",
    "hd tdkt": "hoi dong thi dua khen thuong",
    "hd td kt": "hoi dong thi dua khen thuong",
    "btdkt": "ban thi dua khen thuong",
    "ntm": "nong thon moi",
    "tw": "trung uong",
    "t w": "trung uong",
    "t u": "trung uong",
    "mttq": "mat tran to quoc",
    "mttqvn": "mat tran to quoc viet nam",
    "ubmttq": "uy ban mat tran to quoc",
    "ubmttqvn": "uy ban mat tran to quoc viet nam",
    "ubtw": "uy ban trung uong",
    "bch": "ban chap hanh",
    "btv": "ban thuong vu",
    "uvbtv": "uy vien ban thuong vu",
    "uvbct": "uy vien bo chinh tri",
    "uvtw": "uy vien trung uong",
    "pct": "pho chu tich",
    "lhpn": "lien hiep phu nu",
    "ccb": "cuu chien binh",
    "tncs": "thanh nien cong san",
    "xhcn": "xa hoi chu nghia",
    "chxhcn": "cong hoa xa hoi chu nghia",
    "cstd": "chien si thi dua",
    "hcld": "huan chuong lao dong",
    "hcdl": "huan chuong doc lap",
    "vn": "viet nam",
}  # fmt: skip
_ABBREVIATION = re.compile(rf"\b(?:{'|'.join(sorted(_ABBREVIATIONS, key=len, reverse=True))})\b")

_NUMERAL = "[0-9]+|hai|ba|bon|nam|sau|bay|tam|chin|muoi"
_GENERIC = re.compile(
    r"^(?:cum (?:thi dua )?|khu vuc |vung )?"
    rf"(?:(?:cac|{_NUMERAL}) (?=tinh |thanh pho ))?"
    r"(?:tinh thanh pho |tinh va thanh pho |tinh (?!uy\b)|thanh pho )?"
    r"(?:mien (?=dong |tay ))?(?=.)"
)
_TITLES = "ong|ba|anh|chi|co|chu|dong chi|d c|dc|pgs|gs|ths|ts|tien si|thac si|bs|luat su|tuong|dai ta|mr|mrs|ms"
_POSTS = (
    r"(?:nguyen |quyen )?(?:pho )?(?:chu tich|bi thu|truong ban|truong doan|giam doc|bo truong|thu truong|thu tuong|"
    r"chu nhiem|vu truong)(?: thuong truc| thu nhat)?(?: (?:uy ban nhan dan|hoi dong nhan dan|tinh uy|thanh uy|"
    r"tinh|thanh pho|nuoc|quoc hoi|chinh phu))*"
)
_AROUND_PEOPLE: Final = re.compile(rf"^(?:(?:{_POSTS}|{_TITLES}) )+(?=.)")
_AROUND_PLACES: Final = re.compile(
    r"^(?:(?:doan(?: dai bieu)?|dai bieu|lanh dao|don vi|dia phuong|uy ban nhan dan|t)(?: cua)? )+(?=.)"
)
_AROUND_THINGS: Final = re.compile(
    r"^(?:(?:danh hieu|tang thuong|truy tang|tang|hinh thuc khen thuong|phong trao thi dua|phong trao|cuoc van dong|"
    r"dot thi dua|luat|nghi dinh|chi thi|quyet dinh|thong tu|nghi quyet|huong dan|ke hoach|cong van|ket luan|quy dinh)"
    r"(?: so)? )+(?=.)"
)
_BEHIND: Final = (" province", " city", " municipality", " viet nam", " vietnam")


def fold(text: str) -> str:
    """The search key of a text: ASCII lower-case words, one space apart, abbreviations written out.

    Same for NFC and NFD, for every tone placement, with and without marks; idempotent.
    """
    words = " ".join(_NOT_WORD.sub(" ", _bare(text)).split())
    return _ABBREVIATION.sub(lambda found: _ABBREVIATIONS[found[0]], words)


#: Signs of print, each with the one of a keyboard that stands for it.
SIGNS: Final = dict(zip("“”„«»″‟＂–—−‐‑’‘`…", '""""""""-----\'\'\'.', strict=True))
_TYPED: Final = str.maketrans(SIGNS | dict.fromkeys("‒―", "-") | dict.fromkeys("‚‹›", "'"))


def as_typed(text: str) -> tuple[str, list[int]]:
    """A text as somebody types it in haste, without marks and with a keyboard's dashes and quotes, and where each of
    its characters stands in the text given."""
    folded, places = [], []
    for place, char in enumerate(text.translate(_TYPED)):
        for letter in _bare(char):
            folded.append(letter)
            places.append(place)
    return "".join(folded), places


def loose(text: str) -> str:
    """The key of what is spelled two ways: i and y, c and k, with gaps and without, *và* or *&*.

    Đắk Lắk, Đắc Lắc and Daklak have one; so have chiến sĩ and chiến sỹ. Weaker than :func:`fold`: ask for it second.
    """
    words = (word for word in fold(text).split() if word not in ("va", "and"))
    return "".join(words).replace("k", "c").replace("y", "i")


def proper_key(text: str) -> str:
    """The search key without the generic words in front: *tỉnh*, *thành phố*, *cụm thi đua các tỉnh*."""
    return _GENERIC.sub("", fold(text))


def readings(text: str) -> list[str]:
    """The keys that a typed text may stand for, likeliest first: whole, then without what stands around a name.

    ``readings("Đoàn đại biểu tỉnh Thái Bình")`` ends with ``thai binh``. A word taken away is always one that a
    longer reading before it still has.
    """
    whole = fold(text)
    found = [whole, _GENERIC.sub("", whole)]
    for around in (_AROUND_PLACES, _AROUND_PEOPLE, _AROUND_THINGS):
        found.append(_GENERIC.sub("", around.sub("", whole)))
    found += [_without_behind(key) for key in found]
    return [key for key in dict.fromkeys(found) if key]


def _without_behind(key: str) -> str:
    """A key without what stands behind a name, however often; of what is nothing else, the first word stays."""
    end = len(key)
    while behind := next((word for word in _BEHIND if end > len(word) and key.endswith(word, 0, end)), ""):
        end -= len(behind)
    return key[:end]


def slug(text: str) -> str:
    """The part of an IRI made from a name: ``slug("Đồng bằng sông Hồng") == "dong-bang-song-hong"``."""
    return _NOT_WORD.sub("-", _bare(text)).strip("-")


def _bare(text: str) -> str:
    """Lower case without marks; characters that show nothing (soft hyphens, zero-width and direction marks) go."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text.translate(_LETTERS).lower()).translate(_GONE)
    if not letters.isascii():
        letters = "".join(char for char in letters if unicodedata.category(char) not in ("Mn", "Cf"))
    return letters.translate(_LETTERS).lower()


# Marks.

_TONES: Final = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
"""Huyền, hỏi, ngã, sắc, nặng, in the order of the dictionary; a syllable without is 0."""
_SYLLABLE = re.compile(r"[^\W_]+")

Agreement = Literal["same", "bare", "partial", "tone", "different"]
_WORST: Final[tuple[Agreement, ...]] = ("same", "partial", "tone", "different")


def agreement(typed: str, name: str) -> Agreement:
    """How the marks of two texts of one key agree, syllable by syllable; old and new tone placement are the same.

    ``same``; ``bare``: only one of them has marks at all, so they say nothing; ``partial``: some are missing in what
    was typed; ``tone``: hỏi stands for ngã or the other way round, as in Southern speech; ``different``: they
    contradict each other, as in *Hưng* and *Hùng*.
    """
    ours, theirs = list(_syllables(typed)), list(_syllables(name))
    if any(marks for _, marks, _ in ours) != any(marks for _, marks, _ in theirs):
        return "bare"
    worst = 0
    position = 0
    for bare, marks, tone in ours:
        following = (place for place in range(position, len(theirs)) if theirs[place][0] == bare)
        if (place := next(following, None)) is None:
            continue
        position = place + 1
        _, other_marks, other_tone = theirs[place]
        if (marks, tone) == (other_marks, other_tone):
            continue
        if marks <= other_marks and tone in (0, other_tone):
            worst = max(worst, 1)
        elif {tone, other_tone} == {2, 3} and _without_tone(marks) == _without_tone(other_marks):
            worst = max(worst, 2)
        else:
            worst = 3
    return _WORST[worst]


def _syllables(text: str) -> Iterator[tuple[str, frozenset[str], int]]:
    """Each word without marks, its marks (which, and on which letter; a tone belongs to the whole), and its tone."""
    for word in _SYLLABLE.findall(unicodedata.normalize("NFC", text).lower()):
        marks, tone, letter = set(), 0, 0
        for char in unicodedata.normalize("NFD", word):
            if char in _TONES:
                tone = _TONES[char]
                marks.add(f"tone {tone}")
            elif unicodedata.category(char) == "Mn":
                marks.add(f"{char} on {letter}")
            else:
                letter += 1
                if char == "đ":
                    marks.add(f"stroke on {letter}")
        yield fold(word), frozenset(marks), tone


def _without_tone(marks: frozenset[str]) -> frozenset[str]:
    return frozenset(mark for mark in marks if not mark.startswith("tone"))


# Order.

_ALPHABET: Final = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK: Final = {letter: chr(ord("A") + rank) for rank, letter in enumerate(_ALPHABET)}
_NUMBER = re.compile(r"[0-9]+")


def sort_key(text: str) -> str:
    """A key that sorts names as Vietnamese dictionaries do, by comparing code points.

    Letters come first, a ă â b c d đ e ê … y, word by word; where all letters are equal, tones decide: none, huyền,
    hỏi, ngã, sắc, nặng. Numbers sort by their value, before letters. Case and punctuation only break ties.
    """
    text = unicodedata.normalize("NFC", text)
    letters, tones = [], []
    for word in _SYLLABLE.findall(text.lower()):
        tone = 0
        for char in unicodedata.normalize("NFD", word):
            tone = _TONES.get(char, tone)
        plain = unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFD", word) if c not in _TONES))
        plain = _NUMBER.sub(lambda found: found[0].zfill(9), plain)
        letters.append("".join(_RANK.get(char) or _foreign(char) for char in plain))
        tones.append(str(tone))
    return "\x1f".join((" ".join(letters), "".join(tones), text))


def _foreign(char: str) -> str:
    """A letter that Vietnamese lacks: beside its base letter where it has one, else after all of ours."""
    return _RANK.get(unicodedata.normalize("NFD", char)[0], char)
