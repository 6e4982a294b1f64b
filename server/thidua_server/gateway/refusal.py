"""Problem bodies (RFC 9457) for requests that never reach the app, such as one whose address is endless."""

import json
import socket
from http import HTTPStatus
from typing import Final

from gunicorn import util

from thidua_server.gateway import head
from thidua_server.http.negotiation import PROBLEM
from thidua_server.http.problems import body_for

#: What to do about an error that gunicorn finds; its own words say what is wrong.
_ADVICE: Final = {
    HTTPStatus.REQUEST_URI_TOO_LONG: "; send a long query by POST",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "; send fewer or shorter headers (cookies, most likely)",
}


def write(sock: socket.socket, status: int, reason: str, message: str) -> None:
    """Refuse a request and announce the end of its connection; has the place and the form of gunicorn's own writer."""
    body = json.dumps(body_for(status, message + _ADVICE.get(HTTPStatus(status), ""))).encode()
    told = head.fields((("Connection", "close"), ("Content-Type", PROBLEM), ("Content-Length", len(body))))
    util.write_nonblock(sock, head.response(status, told, body=body))


def install() -> None:
    """Have gunicorn, whichever of its workers runs, refuse in this way."""
    util.write_error = write
