"""Truncated results, for a page to show: cut in the worker, whose memory and time are the query's."""

import json
from io import BytesIO
from typing import IO


def excerpt(file: IO[bytes], form: str, rows: int | None, turtle: int | None) -> IO[bytes]:
    """An answer's beginning; the whole answer where nothing is asked to be cut.

    :param file: SPARQL's JSON results, or a graph's Turtle.
    :param rows: so many rows of a table; ``total``, beside its ``bindings``, counts all.
    :param turtle: so many bytes of a graph, to the end of a line; ``# …`` tells that there is more.
    """
    if form == "SELECT" and rows is not None:
        file.seek(0)
        document = json.load(file)
        results = document["results"]
        results["total"], results["bindings"] = len(results["bindings"]), results["bindings"][:rows]
        return BytesIO(json.dumps(document, ensure_ascii=False).encode())
    if form == "GRAPH" and turtle is not None:
        file.seek(0)
        text = file.read(turtle + 1)
        return BytesIO(text if len(text) <= turtle else text[: text.rfind(b"\n", 0, turtle) + 1] + "# …\n".encode())
    return file
