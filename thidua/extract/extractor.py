"""The extractor: from an article to facts, by rules over the registry's names."""

from thidua.extract import figures, honours, leadership, meeting, membership, people, rankings, references
from thidua.extract.article import Article
from thidua.extract.facts import Fact
from thidua.extract.lexicon import Lexicon
from thidua.extract.mentions import read
from thidua.extract.passages import sentences
from thidua.extract.scope import scope_of
from thidua.extract.tokens import keys_of

#: A longer text is read to here, and says so: no article is as long.
LONGEST = 200_000


def extract(article: Article, lexicon: Lexicon, scope: str = "") -> list[Fact]:
    """What an article says, in the order of its text; the scope first, and nothing else where it is another's.

    :param scope: what somebody has decided that it is; left out, it is weighed.
    """
    text = article.text[:LONGEST]
    readings = [read(sentence, lexicon, text) for sentence in sentences(text)]
    weighed = scope_of(readings)
    if scope and scope != weighed.get("value"):
        weighed = Fact("scope", {"value": scope}, weighed.spans, confidence=1.0, rule="scope.given")
    if weighed.get("value") != "national":
        return [weighed]
    held = meeting.meeting_of(article, readings, lexicon)
    if held is None:
        return [weighed]
    officials = list(people.facts_of(readings, held, lexicon, text))
    homes = {" ".join(keys_of(fact.get("name"))): fact.get("province") for fact in officials if fact.get("province")}
    found = [
        *meeting.facts_of(held),
        *membership.facts_of(readings, held, lexicon),
        *leadership.facts_of(readings, held, lexicon, text, homes),
        *officials,
        *honours.facts_of(readings, held, lexicon, text),
        *rankings.facts_of(readings, held, lexicon),
        *figures.facts_of(readings, held, lexicon, text),
        *references.facts_of(readings, lexicon, text),
    ]
    return [weighed, *sorted(found, key=lambda fact: fact.spans[:1] or ((0, 0),))]
