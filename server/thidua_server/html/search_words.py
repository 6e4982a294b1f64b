"""Search form texts, for its page and for what completes names while one types."""

from typing import Any, Final

from thidua.names.search import LABELS
from thidua_server.html import language

#: Why a resource was found.
HOW: Final = {
    "exact": ("đúng tên", "by this name"),
    "beginning": ("tên bắt đầu như thế", "the name begins so"),
    "word": ("có những chữ này", "these words are in it"),
    "fuzzy": ("gần giống", "nearly so"),
    "part": ("giống một phần", "in part"),
}


def words() -> dict[str, Any]:
    """What the script that answers while a reader types says, in the page's language."""
    return {
        "kinds": {kind: label[language.current()] for kind, label in LABELS.items()},
        "how": {how: language.pick(*each) for how, each in HOW.items()},
        "marks": language.pick("khác dấu", "other tone marks"),
        "from": language.pick("từ", "from"),
        "until": language.pick("đến", "until"),
        "offers": language.pick("gợi ý; chọn bằng phím mũi tên", "offers; choose with the arrow keys"),
        "nothing": language.pick("Không có tên nào giống như vậy.", "Nothing has a name like that."),
    }
