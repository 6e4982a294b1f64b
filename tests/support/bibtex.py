"""A strict reader of BibTeX: entries of fields in braces, which balance as programs count them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One entry; of each field what stands between its outer braces."""

    type: str
    key: str
    fields: dict[str, str]


def read(text: str) -> list[Entry]:
    """All entries of a file; an AssertionError for anything else that stands there."""
    found, rest = [], text.strip()
    while rest:
        assert rest.startswith("@"), rest[:40]
        head, _, rest = rest[1:].partition("{")
        body, rest = _braced("{" + rest)
        key, *fields = _parts(body)
        found.append(Entry(head, key, dict(map(_field, fields))))
        rest = rest.strip()
    return found


def _field(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    inner, left = _braced(value.strip())
    assert equals and name.strip().isalpha() and not left.strip(), text
    return name.strip(), inner


def _braced(text: str) -> tuple[str, str]:
    """What stands between the braces that a text begins with, and what is behind them; a backslash excuses none."""
    assert text.startswith("{"), text[:40]
    depth = 0
    for place, letter in enumerate(text):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth == 0:
            return text[1:place], text[place + 1 :]
    raise AssertionError(f"braces that do not close: {text[:80]}")


def _parts(body: str) -> list[str]:
    """What stands between commas that are in no braces."""
    parts, depth = [""], 0
    for letter in body:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]
