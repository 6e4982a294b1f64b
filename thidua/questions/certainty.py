"""Words of certainty: what the codes of the columns that say how sure a row is mean, in both languages.

Answers have the codes; pages, the command line and notebooks show these words. docs/certainty.md is the scheme.
"""

from collections.abc import Mapping
from typing import Final

_TABLE: Final = """
support    | stated           | nêu thẳng            | stated
support    | implied          | hàm ý                | implied
reading    | first-hand       | đọc toàn văn         | first-hand
reading    | second-hand      | đọc gián tiếp        | second-hand
time       | settled          | đã rõ                | settled
time       | allowed          | không loại trừ       | allowed
certainty  | certain          | chắc chắn            | certain
certainty  | possible         | có thể               | possible
basis      | stated           | nêu thẳng            | stated
basis      | listed           | liệt kê              | listed
basis      | attendance       | dự họp               | attendance
basis      | signing          | ký kết               | signing
basis      | named            | nêu tên              | named
basis      | province-implied | suy ra tỉnh          | province implied
basis      | year-inferred    | suy ra năm           | year inferred
basis      | phase-inferred   | suy ra giai đoạn     | phase inferred
basis      | unit-implied     | suy ra đơn vị        | unit implied
basis      | address          | theo địa chỉ         | from the address
basis      | ambiguous        | hiểu nhiều cách      | ambiguous
basis      | inferred         | suy luận             | inferred
status     | given            | đã tặng              | given
status     | proposed         | mới đề nghị          | proposed
shareIs    | stated           | nguồn nêu            | stated
shareIs    | computed         | được tính            | computed
recipients | collective       | tập thể              | collective
recipients | household        | hộ gia đình          | household
recipients | individual       | cá nhân              | individual
recipients | unit             | đơn vị của cụm       | unit of the cluster
head       | known            | đã biết              | known
head       | unknown          | chưa biết            | not known
state      | certain          | chắc chắn            | certain
state      | possible         | có thể               | possible
state      | disputed         | nguồn nêu khác nhau  | disputed
state      | unknown          | chưa rõ              | not known
state      | none             | không có tin         | nothing known
reason     | stated           | nêu thẳng            | stated
reason     | second-hand      | đọc gián tiếp        | second-hand
reason     | implied          | hàm ý                | implied
reason     | year-inferred    | suy ra năm           | year inferred
reason     | several-heads    | nhiều cụm trưởng     | several heads
reason     | two-readings     | hiểu hai cách        | one text, two readings
reason     | unnamed          | có nguồn, không nêu  | sources name no head
rule       | host-of-review   | đăng cai tổng kết    | hosted the review
reason     | unmentioned      | không nguồn nào nói  | no source mentions it
"""


def _read() -> dict[str, dict[str, Mapping[str, str]]]:
    found: dict[str, dict[str, Mapping[str, str]]] = {}
    for line in _TABLE.strip().splitlines():
        column, code, vi, en = (part.strip() for part in line.split("|"))
        found.setdefault(column, {})[code] = {"vi": vi, "en": en}
    return found


#: Column to code to words by language.
WORDS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = _read()
#: Columns of another name that hold the same codes: of evidence, and of the two sides of a contradiction.
_LIKE: Final = {
    "evidenceHow": "support", "supportA": "support", "supportB": "support",
    "readingA": "reading", "readingB": "reading",
}  # fmt: skip


def words(language: str) -> dict[str, dict[str, str]]:
    """Column to code to words in one language."""
    return {column: {code: text[language] for code, text in codes.items()} for column, codes in WORDS.items()}


def is_coded(column: str) -> bool:
    """Whether a column holds codes that have words here."""
    return _LIKE.get(column, column) in WORDS


def in_words(column: str, value: str, language: str) -> str:
    """A value of a column in a reader's words; one that has none as it is.

    :param value: a code, or several with commas between.
    """
    known = WORDS.get(_LIKE.get(column, column), {})
    return ", ".join(known[code][language] if code in known else code for code in value.split(", "))
