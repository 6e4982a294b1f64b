"""Source descriptions: what an article is called, who published it and when, as far as its text and address say."""

import datetime
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from thidua.base.articles import SourceText
from thidua.extract.article import Article
from thidua.rdf.ntriples import literal_term
from thidua.write.source_text import passages

#: By which rules facts are found and decided.
RULES = "docs/extraction.md"
_ADDRESS = re.compile(r"""https?://[^\s"'<>\\^`{|}]+""")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: A day with its year: in numbers, in words, or as ISO 8601 writes it.
_DAYS = re.compile(
    r"(?<![0-9])(?:([0-9]{1,2}) ?[/.-] ?([0-9]{1,2}) ?[/.-] ?([0-9]{4})|"
    r"([0-9]{1,2}) tháng ([0-9]{1,2}),? năm ([0-9]{4})|([0-9]{4})-([0-9]{2})-([0-9]{2}))(?![0-9])"
)
#: How addresses write a day.
_IN_ADDRESS = ("%Y/%m/%d", "%Y-%m-%d", "%Y.%m.%d", "%Y%m%d")
_MONTH = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2]))?")


def described(article: Article, reader: str, day: datetime.date, given: str = "") -> Iterator[str]:
    """The records of the source and of its reading, in Turtle, block by block.

    :param reader: who read it, such as ``agent:editors``; several with commas.
    :param day: of the reading.
    :param given: a title for an article that has neither a title nor a publisher.
    """
    source = article.source.id
    facts = ["td:kind c:source-article", f'td:contentHash "{article.source.sha256}"']
    if _ADDRESS.fullmatch(article.url):
        facts.append(f'schema:url "{article.url}"^^xsd:anyURI')
    title = " ".join(article.title.split())
    publisher = article.publisher or host_of(article.url)
    if title:
        facts.append(f"schema:name {literal_term(title)}@vi")
        if place := next((evidence for evidence, _, _ in passages(article.source, title)), ""):
            facts.append(f"td:titleAt {place}")
    elif not publisher and given:
        facts.append(f"dct:title {literal_term(given)}@vi")
    if publisher:
        facts.append(f"schema:publisher {literal_term(publisher)}")
    facts += _dated(article)
    if author := " ".join(article.author.split()):
        facts.append(f"schema:author {literal_term(author)}")
        if places := [evidence for evidence, _, _ in passages(article.source, author)]:
            facts.append(f"td:authorAt {places[-1]}")
    facts.append('schema:inLanguage "vi"')
    yield f"src:{source}\n    " + " ;\n    ".join(facts) + " .\n"
    yield (
        f"run:{source}\n"
        f'    td:readOn "{day.isoformat()}"^^xsd:date ;\n'
        f"    td:readBy {reader} ;\n"
        f"    td:byRules {literal_term(RULES)} .\n"
    )


def host_of(address: str) -> str:
    """The host of an address, as far as a reader would name it."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _dated(article: Article) -> list[str]:
    """When it was published: where that stands in the text, or that the address alone bears it."""
    published = article.published
    if _MONTH.fullmatch(published):
        return [f"td:during period:{published}"]
    try:
        day = datetime.date.fromisoformat(published) if _DAY.fullmatch(published) else None
    except ValueError:
        day = None
    if day is None:
        return []
    facts = [f'schema:datePublished "{published}"^^xsd:date']
    if place := _printed(article.source, day):
        facts.append(f"td:dateAt ev:{article.source.id}_{place[0]}-{place[1]}")
    elif any(day.strftime(form) in article.url for form in _IN_ADDRESS):
        facts.append("td:dateBasis c:basis-address")
    return facts


def _printed(source: SourceText, day: datetime.date) -> tuple[int, int] | None:
    """Where a day stands in a text with its year, in numbers or in words."""
    wanted = (day.day, day.month, day.year)
    for found in _DAYS.finditer(source.text):
        numbers = tuple(int(each) for each in found.groups() if each)
        if wanted in (numbers, numbers[::-1]):
            return source.word_edges(*found.span())
    return None
