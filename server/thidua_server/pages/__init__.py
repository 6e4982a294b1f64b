"""Pages for readers, each a module and a template; they work without their scripts. No format for programs but HTML."""

from typing import Any, Final

from flask import Flask, current_app

#: The pages that every page leads to: endpoint, and what it is called in Vietnamese and English.
_MENU: Final = (
    ("timeline.page", "Dòng thời gian", "Timeline"),
    ("map.page", "Bản đồ", "Map"),
    ("questions.index", "Câu hỏi", "Questions"),
    ("search.search", "Tìm", "Search"),
    ("editor.page", "Soạn truy vấn", "Editor"),
    ("versions.index", "Phiên bản", "Versions"),
    ("docs.page", "API", "API"),
)
#: Those that make sense with any RDF.
_PLAIN: Final = ("editor.page", "versions.index", "docs.page")


def register(app: Flask) -> None:
    """Let templates use the menu."""
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    plain = current_app.config["PLAIN"]
    return {"menu": [item for item in _MENU if not plain or item[0] in _PLAIN], "plain": plain}
