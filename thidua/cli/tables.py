"""Tables in a terminal: columns where they fit, else each record as lines of ``name: value``; nothing is ever cut."""

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from thidua.cli.shared import out

#: A column of prose is folded into a width like this, at its spaces.
_PROSE: Final = 28
#: Between two columns, and at the edges, that many characters are the frame's.
_FRAME: Final = 3


def print_records(heads: Sequence[str], records: Sequence[Sequence[str]]) -> None:
    """Print records, without the columns that are empty in all of them.

    An id is never broken: where the columns do not fit beside each other with every word whole, the records are
    printed one below the other.
    """
    shown = [at for at in range(len(heads)) if not records or any(record[at] for record in records)]
    heads = [heads[at] for at in shown]
    rows = [[record[at] for at in shown] for record in records]
    least = [_width([head, *(row[at] for row in rows)]) for at, head in enumerate(heads)]
    if sum(least) + _FRAME * len(least) + 1 > out.width and rows:
        _print_one_by_one(heads, rows)
        return
    table = Table()
    for head, width in zip(heads, least, strict=True):
        table.add_column(head, overflow="fold", min_width=width)
    for row in rows:
        table.add_row(*row)
    out.print(table)


def _width(texts: Sequence[str]) -> int:
    """What a column needs at least: its longest word, and of prose not less than can be read."""
    words = max((cell_len(word) for text in texts for word in text.split()), default=0)
    return max(words, min(_PROSE, max(map(cell_len, texts), default=0)))


def _print_one_by_one(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    indent = max(map(cell_len, heads)) + 2
    for number, row in enumerate(rows):
        if number:
            out.print()
        for head, text in zip(heads, row, strict=True):
            if text:
                label = f"{head}:" + " " * (indent - cell_len(head) - 1)
                told = f"\n{' ' * indent}".join(text.split("\n"))
                out.print(Text(label + told), soft_wrap=True)
