"""Names as people type them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thidua.text import fold, proper_key, slug


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
        ("Đắk Lắk", "dak lak"),
        ("TP. Hồ Chí Minh", "thanh pho ho chi minh"),
        ("TP.Hồ Chí Minh", "thanh pho ho chi minh"),
        ("Chủ tịch UBND tỉnh", "chu tich uy ban nhan dan tinh"),
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
        ("Cụm thi đua 7 tỉnh miền núi biên giới phía Bắc", "mien nui bien gioi phia bac"),
        ("Tỉnh", "tinh"),
    ],
)
def test_proper_key(typed: str, key: str) -> None:
    assert proper_key(typed) == key


def test_slug() -> None:
    assert slug("Đồng bằng sông Hồng") == "dong-bang-song-hong"


@given(st.text(max_size=60))
def test_fold_is_idempotent_and_blind_to_composition(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@given(st.text(max_size=60))
def test_slug_is_ascii_and_idempotent(text: str) -> None:
    assert slug(text).isascii()
    assert slug(slug(text)) == slug(text)
    assert slug(unicodedata.normalize("NFC", text)) == slug(unicodedata.normalize("NFD", text))
