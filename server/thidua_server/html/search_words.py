"""Search form texts, for its page and for what completes names while one types."""

from typing import Any, Final

from thidua.names.search import LABELS
from thidua_server.html import language

#: Why a resource was found.
HOW: Final = {
    "exact": ("đúng tên", "exact name"),
    "beginning": ("tên bắt đầu như thế", "name begins with this"),
    "word": ("có những chữ này", "contains these words"),
    "fuzzy": ("gần giống", "similar name"),
    "part": ("giống một phần", "partial match"),
}


def words() -> dict[str, Any]:
    """What the script that answers while a reader types says, in the page's language."""
    return {
        "kinds": {kind: label[language.current()] for kind, label in LABELS.items()},
        "how": {how: language.pick(*each) for how, each in HOW.items()},
        "marks": language.pick("khác dấu", "different tone marks"),
        "from": language.pick("từ", "from"),
        "until": language.pick("đến", "until"),
        "offers": language.pick("gợi ý; chọn bằng phím mũi tên", "suggestions; choose with the arrow keys"),
        "nothing": language.pick("Không có tên nào giống như vậy.", "No name matches."),
    }
