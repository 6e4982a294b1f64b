"""Source files from facts: the records of an article in the authoring form, as docs/adding-a-source.md has it."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from thidua.base.files import ProjectFiles
from thidua.extract.article import Article
from thidua.extract.facts import Fact
from thidua.extract.registry import Registry


@dataclass(frozen=True)
class LeftOut:
    """A fact that no record says, with the reason: a line of ``data/left-out.csv``."""

    fact: Fact
    reason_vi: str
    reason_en: str


@dataclass(frozen=True)
class Records:
    """What facts come to."""

    source: str
    """The id of the source."""
    turtle: str
    """The whole file ``data/sources/<id>.ttl``, for a build, the desk or a ``PUT`` of the source's graph."""
    registry: Mapping[str, str]
    """By file of ``data/registry/`` (``posts``): Turtle to add there, or to ``POST`` to that graph; empty for none."""
    left_out: tuple[LeftOut, ...]


def turtle(
    article: Article,
    facts: Iterable[Fact],
    registry: Registry | None = None,
    *,
    curator: str = "",
    day: datetime.date | None = None,
) -> Records:
    """The source file of an article: what is known of it, who read it, and a record for each fact.

    :param facts: those that were accepted.
    :param registry: of the graph; that of the project's files if left out.
    :param curator: who decided; the editors if left out.
    :param day: of the reading; today if left out.
    """
    registry = registry or Registry.read(ProjectFiles.find())
    return Records(article.source.id, "", {}, ())


def body(article: Article, fact: Fact, registry: Registry | None = None) -> str:
    """The records of one fact in the authoring form, without prefixes; empty where the model cannot say it."""
    return ""
