"""Reading of an article for the desk, in a process of its own: without a network, with bounded memory and time.

The text is a stranger's, so what reads it may be killed at any moment and nothing else is harmed.
"""

import dataclasses
import json
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from thidua.base.articles import SourceText
from thidua.base.errors import InputError, QueryTimeoutError
from thidua.base.files import ProjectFiles
from thidua.base.sandbox import bound_resources, cut_network, refuse_unless_cut
from thidua.extract.article import Article, from_text
from thidua.extract.extractor import extract
from thidua.extract.facts import Fact
from thidua.extract.lexicon import Lexicon
from thidua.extract.work import METADATA
from thidua.workers.process import Worker
from thidua.workers.wire import decode_error, encode_error, receive, send

#: Bytes of a text in UTF-8, and seconds for reading it.
LONGEST: Final = 200_000
_PATIENCE: Final = 30.0
_MEMORY: Final = 1024 * 1024 * 1024
_MARKUP: Final = ("text/html", "application/xhtml+xml")


def read(
    content: bytes, media_type: str, files: ProjectFiles, metadata: Mapping[str, str], charset: str = ""
) -> tuple[Article, list[Fact]]:
    """An article and what it says.

    :param media_type: ``text/html``, or that of a plain text.
    :param metadata: what is known of it; it wins over what the page says of itself.
    :raises InputError: there is no text in it, or too much, or it is not encoded as it says.
    :raises QueryTimeoutError: reading takes too long.
    """
    worker = Worker("thidua.extract.reading")
    asked = {"media_type": media_type, "charset": charset, "files": str(files.root), "metadata": dict(metadata)}
    try:
        head, file = worker.ask(asked, content, time.monotonic() + _PATIENCE, None, None)
        answer = file.read()
    except (TimeoutError, EOFError) as exc:
        raise QueryTimeoutError(f"The text could not be read within {_PATIENCE:g} s; send less of it.", "read") from exc
    finally:
        worker.kill()
    if error := decode_error(head):
        raise error
    told: dict[str, Any] = json.loads(answer)
    known = told["article"]
    article = Article(SourceText(**known.pop("source")), **known | {"warnings": tuple(known["warnings"])})
    return article, [Fact.from_json(each) for each in told["facts"]]


def article_of(content: bytes, media_type: str, charset: str, metadata: Mapping[str, str]) -> Article:
    """An article from bytes; raises what :func:`read` does."""
    text = _decoded(content, charset)
    article = _of_markup(text) if media_type in _MARKUP else from_text(text)
    if not article.text.strip():
        raise InputError("There is no text in it; paste the article's text.")
    if (size := len(article.text.encode())) > LONGEST:
        raise InputError(f"The text has {size:,} bytes; at most {LONGEST:,} are read. Send the article alone.")
    return article.with_(**{name: " ".join(metadata.get(name, "").split()) for name in METADATA})


def _of_markup(text: str) -> Article:
    raise InputError("Pages in HTML are not read yet; paste the article's text.")


def _decoded(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset or "utf-8-sig").removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as exc:
        raise InputError(f"The text is not in {charset or 'UTF-8'}: {exc}; save it as UTF-8.") from exc


def main(arguments: list[str]) -> None:
    """Read one article for the parent."""
    sock = socket.socket(fileno=int(arguments[0]))
    isolation = cut_network()
    bound_resources(_MEMORY, 0)
    try:
        asked, content, _ = receive(sock)
        refuse_unless_cut(isolation)
        article = article_of(content, asked["media_type"], asked["charset"], asked["metadata"])
        facts = extract(article, Lexicon.read(ProjectFiles(Path(asked["files"]))))
        told = {"article": dataclasses.asdict(article), "facts": [fact.as_json() for fact in facts]}
        answer = json.dumps(told, ensure_ascii=False).encode()
    except EOFError:
        return
    except Exception as exc:
        send(sock, encode_error(exc, _MEMORY >> 20))
        return
    send(sock, {}, answer)


if __name__ == "__main__":
    main(sys.argv[1:])
