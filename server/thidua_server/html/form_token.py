"""Bearer token of a form: who sends it, told from the header before anything large is read."""

from typing import Final

from flask import current_app, request

from thidua.base.errors import UnauthorizedError
from thidua_server.html import language
from thidua_server.http import access

#: Bytes of a form that is read to find the token in it.
_WITHOUT_TOKEN: Final = 64 * 1024


def author_by_header(most: int) -> str | None:
    """Who sends the form, if that can be told without reading it; None if the token must be in it.

    :param most: bytes that the form may have; one with its token inside has fewer.
    :raises UnauthorizedError: the token is not known, or the form is too large to look for one.
    :raises ForbiddenError: its role is too small, or nobody may write here.
    """
    request.max_content_length = request.max_form_memory_size = most
    if current_app.config["OPEN_WRITES"] or "Authorization" in request.headers or not access.writes_possible():
        return access.require("write")
    if request.content_length is None or request.content_length > _WITHOUT_TOKEN:
        raise UnauthorizedError(
            language.pick(
                "Biểu mẫu này lớn, nên mã ghi phải nằm trong tiêu đề `Authorization: Bearer …`; trang gửi như thế "
                "khi trình duyệt cho chạy JavaScript.",
                "So large a form needs its token in a header, `Authorization: Bearer …`; the page sends it so where "
                "the browser runs JavaScript.",
            )
        )
    request.max_content_length = request.max_form_memory_size = _WITHOUT_TOKEN
    return None
