"""Streaming responses: an answer in a file as a response that knows its length."""

import os
from io import BytesIO

from flask import Response, request
from werkzeug.wsgi import wrap_file

from thidua.engine.query import SerializedResult


def streamed(written: SerializedResult) -> Response:
    """An answer as a response that knows its length."""
    size = written.file.seek(0, os.SEEK_END)
    written.file.seek(0)
    if isinstance(written.file, BytesIO):
        return Response(written.file.getvalue(), mimetype=written.media_type)
    # Passed through, gunicorn has the kernel send the file; compression takes that back where it has a part in it.
    file = wrap_file(request.environ, written.file, 1 << 16)
    response = Response(file, mimetype=written.media_type, direct_passthrough=True)
    response.content_length = size
    return response
