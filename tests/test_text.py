"""Names as people type them: keys, marks, order."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from thidua.base.text import _ABBREVIATIONS, agreement, fold, loose, proper_key, readings, slug, sort_key


def listed(text: str, between: str | None = None) -> list[str]:
    return text.split(between)


#: Syllables with every vowel, tone and awkward consonant.
SYLLABLES = st.sampled_from(
    listed(
        "Hà Nội Đắk Lắk Nông Bà Rịa Vũng Tàu Thừa Thiên Huế Quảng Ngãi Hòa Thuỷ Quý Mỹ Đức Cường Nguyễn Phước Trưởng "
        "Khuê An Ê Ô Ưng Yên Ẩn Ặc Ợp Ỷ Út Oanh giữa đồng bằng sông Hồng"
    )
)
NAMES = st.lists(SYLLABLES, min_size=1, max_size=6).map(" ".join)
#: Text in which abbreviations meet each other, words, and what stands between words.
BROKEN = st.lists(
    st.sampled_from([*{word for phrase in _ABBREVIATIONS for word in phrase.split()}, "hue", "TƯ", "tỉnh", "-", "."]),
    max_size=8,
).map(" ".join)
TEXTS = st.text(max_size=60) | NAMES | BROKEN


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Đồng bằng sông Hồng", "dong bang song hong"),
        ("dong bang song hong", "dong bang song hong"),
        ("ĐỒNG BẰNG SÔNG HỒNG", "dong bang song hong"),
        ("Hòa Bình", "hoa binh"),
        ("Hoà Bình", "hoa binh"),
        ("Bà Rịa-Vũng Tàu", "ba ria vung tau"),
        ("Bà Rịa – Vũng Tàu", "ba ria vung tau"),
        ("BR-VT", "ba ria vung tau"),
        ("Đắk Lắk", "dak lak"),
        ("Ðắk Lắk", "dak lak"),  # Icelandic eth, as old keyboards typed it
        ("TP. Hồ Chí Minh", "thanh pho ho chi minh"),
        ("TP.Hồ Chí Minh", "thanh pho ho chi minh"),
        ("T.P Hồ Chí Minh", "thanh pho ho chi minh"),
        ("TPHCM", "thanh pho ho chi minh"),
        ("TP.HCM", "thanh pho ho chi minh"),
        ("TT. Huế", "thua thien hue"),
        ("T.T.Huế", "thua thien hue"),
        ("Thừa Thiên - Huế", "thua thien hue"),
        ("Chủ tịch UBND tỉnh", "chu tich uy ban nhan dan tinh"),
        ("Ban TĐ-KT", "ban thi dua khen thuong"),
        ("Ban TĐKT T.Ư", "ban thi dua khen thuong trung uong"),
        ("05-CT/TW", "05 ct trung uong"),
        ("đầu tư", "dau tu"),  # not trung ương
        ("Ｈà\u00a0Nội", "ha noi"),
        ("Qu\u00adảng Ninh\u200e", "quang ninh"),
    ],
)
def test_fold(typed: str, key: str) -> None:
    assert fold(typed) == key


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("tỉnh Thái Bình", "thai binh"),
        ("Thành phố Hải Phòng", "hai phong"),
        ("TP Huế", "hue"),
        ("Cụm thi đua các tỉnh Đồng bằng sông Hồng", "dong bang song hong"),
        ("Cụm thi đua các tỉnh, thành phố Bắc Trung Bộ", "bac trung bo"),
        ("Cụm thi đua 7 tỉnh miền núi biên giới phía Bắc", "mien nui bien gioi phia bac"),
        ("cụm bảy tỉnh biên giới phía bắc", "bien gioi phia bac"),
        ("Cụm thi đua miền Đông Nam Bộ", "dong nam bo"),
        ("Tỉnh", "tinh"),
        ("Tỉnh ủy Thái Bình", "tinh uy thai binh"),
    ],
)
def test_proper_key(typed: str, key: str) -> None:
    assert proper_key(typed) == key


@pytest.mark.parametrize(
    ("typed", "last"),
    [
        ("Đoàn đại biểu tỉnh Thái Bình", "thai binh"),
        ("UBND TP. Đà Nẵng", "da nang"),
        ("Thai Binh Province", "thai binh"),
        ("Đ/c Nguyễn Khắc Thận", "nguyen khac than"),
        ("Ông Nguyễn Khắc Thận", "nguyen khac than"),
        ("Tỉnh ủy Thái Bình", "tinh uy thai binh"),  # the Party's committee is not the province
    ],
)
def test_readings_end_in_the_bare_name(typed: str, last: str) -> None:
    assert readings(typed)[0] == fold(typed)
    assert readings(typed)[-1] == last


@pytest.mark.parametrize(
    "variants",
    [
        ("Đắk Lắk", "Đăk Lăk", "Đắc Lắc", "Daklak", "Dac Lac", "DakLak"),
        ("Bắc Kạn", "Bắc Cạn", "Backan", "Bac Can"),
        ("chiến sĩ thi đua", "chiến sỹ thi đua", "CSTĐ"),
        ("Trung du và miền núi", "Trung du, miền núi", "Trung du & miền núi"),
        ("Hà Nội", "Hanoi"),
    ],
)
def test_loose_brings_two_spellings_together(variants: tuple[str, ...]) -> None:
    assert len({loose(variant) for variant in variants}) == 1


@pytest.mark.parametrize(
    ("typed", "name", "verdict"),
    [
        ("Hoà Bình", "Hòa Bình", "same"),
        ("THÁI BÌNH", "Thái Bình", "same"),
        ("UBND tỉnh Thái Bình", "Thái Bình", "same"),
        ("Dak Lak", "Đắk Lắk", "bare"),
        ("Bùi Quang Huy", "Bui Quang Huy", "bare"),
        ("Quang Ngãi", "Quảng Ngãi", "partial"),
        ("Đăk Lăk", "Đắk Lắk", "partial"),
        ("Quãng Ngải", "Quảng Ngãi", "tone"),
        ("Trần Văn Hưng", "Trần Văn Hùng", "different"),
        ("Yên Bài", "Yên Bái", "different"),
        ("Lê Minh Tâm", "Lê Minh Tam", "different"),
    ],
)
def test_agreement(typed: str, name: str, verdict: str) -> None:
    assert agreement(typed, name) == verdict


def test_slug() -> None:
    assert slug("Đồng bằng sông Hồng") == "dong-bang-song-hong"


def test_names_sort_as_in_a_vietnamese_list() -> None:
    names = listed(
        "An Giang;Bà Rịa - Vũng Tàu;Bạc Liêu;Bắc Giang;Bắc Kạn;Bắc Ninh;Bến Tre;Bình Dương;Bình Định;Bình Phước;"
        "Cà Mau;Cao Bằng;Cần Thơ;Đà Nẵng;Đắk Lắk;Đắk Nông;Điện Biên;Đồng Nai;Hà Giang;Hà Nam;Hà Nội;Hải Dương;"
        "Hưng Yên;Khánh Hòa;Lai Châu;Lạng Sơn;Lào Cai;Lâm Đồng;Long An;ma;mà;mả;mã;má;mạ;mang;Quân khu 9;Quân khu 10;"
        "Sóc Trăng;Sơn La;Thái Bình;Thanh Hóa;Thừa Thiên Huế;Vĩnh Phúc",
        ";",
    )
    assert sorted(sorted(names), key=sort_key) == names
    assert sorted(names) != names, "by code points, Đà Nẵng comes after Vĩnh Phúc"


# Rules that hold of every text.


@given(TEXTS)
def test_fold_is_idempotent_and_ascii(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text).isascii()
    assert fold(text) == " ".join(fold(text).split())


@given(TEXTS)
def test_no_key_depends_on_composition(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    for key in (fold, loose, proper_key, readings, slug):
        assert key(composed) == key(decomposed)
    assert sort_key(composed) == sort_key(decomposed)


@given(NAMES)
def test_marks_and_case_never_change_the_key(name: str) -> None:
    bare = name.replace("đ", "d").replace("Đ", "D")
    bare = "".join(char for char in unicodedata.normalize("NFD", bare) if not unicodedata.combining(char))
    assert fold(bare) == fold(name) == fold(name.upper()) == fold(name.lower())
    assert agreement(name.upper(), name) == "same"


@given(NAMES, st.sampled_from(["-", " - ", " – ", ", ", "\u00a0", "  ", ".", "/"]))
def test_what_stands_between_words_never_changes_the_key(name: str, between: str) -> None:
    assert fold(between.join(name.split())) == fold(name)
    assert loose("".join(name.split())) == loose(name)


@given(TEXTS)
def test_loose_is_weaker_than_fold(text: str) -> None:
    assert loose(fold(text)) == loose(text)
    assert " " not in loose(text)


@given(st.sampled_from(["tỉnh", "Thành phố", "TP.", "T.P", "các tỉnh", "7 tỉnh", "Cụm thi đua các tỉnh"]), NAMES)
def test_generic_words_in_front_never_change_the_proper_key(front: str, name: str) -> None:
    # A name that begins with a numeral or with such a word itself is another matter.
    assume(proper_key(name) == fold(name) and not fold(name).startswith("uy "))
    assert proper_key(f"{front} {name}") == proper_key(name)


@given(TEXTS)
def test_readings_begin_whole_and_only_take_away(text: str) -> None:
    keys = readings(text)
    assert keys[:1] == ([fold(text)] if fold(text) else [])
    assert len(keys) == len(set(keys)) <= 8
    assert all(key in fold(text) for key in keys)


@given(TEXTS)
def test_slug_is_ascii_and_idempotent(text: str) -> None:
    assert slug(text).isascii()
    assert slug(slug(text)) == slug(text)


@given(NAMES, NAMES)
def test_order_is_total_and_letters_come_before_tones(one: str, other: str) -> None:
    assert (sort_key(one) == sort_key(other)) == (one == other)

    def without_tones(name: str) -> str:
        tones = "\u0300\u0301\u0303\u0309\u0323"
        kept = (char for char in unicodedata.normalize("NFD", name.lower()) if char not in tones)
        return unicodedata.normalize("NFC", "".join(kept))

    if without_tones(one) != without_tones(other):
        assert (sort_key(one) < sort_key(other)) == (sort_key(without_tones(one)) < sort_key(without_tones(other)))


@given(st.permutations(list("aăâbcdđeêghiklmnoôơpqrstuưvxy")))
def test_the_alphabet(letters: list[str]) -> None:
    assert "".join(sorted(letters, key=sort_key)) == "aăâbcdđeêghiklmnoôơpqrstuưvxy"
