"""Reading of an article for the desk, in a process of its own: without a network, with bounded memory and time.

The text is a stranger's, so what reads it may be killed at any moment and nothing else is harmed.
"""

import dataclasses
import datetime
import json
import re
import socket
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from thidua.base.articles import SourceText
from thidua.base.errors import InputError, QueryTimeoutError
from thidua.base.files import ProjectFiles
from thidua.base.sandbox import bound_resources, cut_network, refuse_unless_cut
from thidua.extract.article import Article
from thidua.extract.extractor import extract
from thidua.extract.facts import Fact
from thidua.extract.lexicon import Lexicon
from thidua.extract.page import read_article
from thidua.extract.work import METADATA
from thidua.workers.process import ask_once
from thidua.workers.wire import encode_error, receive, send

#: Bytes of a text in UTF-8, and seconds for reading it.
LONGEST: Final = 200_000
_PATIENCE: Final = 30.0
_MEMORY: Final = 1024 * 1024 * 1024
_ADDRESS: Final = re.compile(r"""https?://[^\s"'<>\\^`{|}]+""")
_LONGEST_ADDRESS: Final = 2000
_LONGEST_NAME: Final = 500


def read(
    content: bytes, files: ProjectFiles, metadata: Mapping[str, str], charset: str = ""
) -> tuple[Article, list[Fact]]:
    """An article and what it says.

    :param content: a page of the web, or plain text.
    :param metadata: what is known of it; it wins over what the page says of itself.
    :raises InputError: there is no text in it, or too much, or it is not encoded as it says.
    :raises QueryTimeoutError: reading takes too long.
    """
    asked = {"charset": charset, "files": str(files.root), "metadata": dict(metadata)}
    try:
        _, answer = ask_once("thidua.extract.reading", asked, content, _PATIENCE)
    except (TimeoutError, EOFError) as exc:
        raise QueryTimeoutError(f"The text could not be read within {_PATIENCE:g} s; send less of it.", "read") from exc
    told: dict[str, Any] = json.loads(answer)
    known = told["article"]
    article = Article(SourceText(**known.pop("source")), **known | {"warnings": tuple(known["warnings"])})
    return article, [Fact.from_json(each) for each in told["facts"]]


def article_of(content: bytes, charset: str, metadata: Mapping[str, str]) -> Article:
    """An article from bytes; raises what :func:`read` does."""
    given = {name: " ".join(metadata.get(name, "").split()) for name in METADATA}
    article = read_article(_as_utf8(content, charset), **given)
    if not article.text.strip():
        raise InputError("There is no text in it; paste the article's text.")
    if "\0" in article.text:  # which browsers leave out, and all positions behind it would be another's
        raise InputError("There is a NUL character in it; save the text anew, without it.")
    if (size := len(article.text.encode())) > LONGEST:
        raise InputError(f"The text has {size:,} bytes; at most {LONGEST:,} are read. Send the article alone.")
    # A page may say anything of itself.
    url = article.url if is_address(article.url) else given["url"]
    published = article.published if is_day(article.published) else given["published"]
    told = {name: getattr(article, name)[:_LONGEST_NAME] for name in ("title", "publisher", "author")}
    return replace(article, url=url, published=published, **told)


def is_address(text: str) -> bool:
    """Whether a text is an address that a source can have."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def is_day(text: str) -> bool:
    """Whether a text is a day, ISO."""
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _as_utf8(content: bytes, charset: str) -> bytes:
    """A text in the encoding that its sender names, as ours; a page of the web says so itself as well."""
    if not charset or charset.lower().replace("_", "-") in ("utf-8", "utf8"):
        return content
    try:
        return content.decode(charset).encode()
    except (UnicodeError, LookupError) as exc:
        raise InputError(f"The text is not in {charset}, as it says; save it as UTF-8.") from exc


def main(arguments: list[str]) -> None:
    """Read one article for the parent."""
    sock = socket.socket(fileno=int(arguments[0]))
    isolation = cut_network()
    bound_resources(_MEMORY, 0)
    try:
        asked, content, _ = receive(sock)
        refuse_unless_cut(isolation)
        article = article_of(content, asked["charset"], asked["metadata"])
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
