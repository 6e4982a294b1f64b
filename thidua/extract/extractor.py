"""The extractor: from an article to facts, by rules over the registry's names."""

from thidua.extract.article import Article
from thidua.extract.facts import Fact
from thidua.extract.lexicon import Lexicon


def extract(article: Article, lexicon: Lexicon) -> list[Fact]:
    """What an article says, in the order of its text; the scope first, and nothing else where it is another's."""
    return []
