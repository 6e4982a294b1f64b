"""IPython cell magic ``%%sparql``: a query in a cell of its own, its answer as a table below."""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import HTML, display

from thidua.base.errors import KnowledgeGraphError
from thidua.notebook import Graph
from thidua.notebook.html import as_html


@magics_class
class SparqlMagics(Magics):
    """``%%sparql``."""

    @magic_arguments()
    @argument("graph", nargs="?", default="kg", help="The name of the graph to ask, kg if left out.")
    @argument("-o", "--output", help="Also keep the answer under this name.")
    @argument("-n", "--rows", type=int, default=50, help="How many rows to show.")
    @cell_magic
    def sparql(self, line: str, cell: str) -> Any:
        """Ask a graph the query in this cell."""
        given = parse_argstring(self.sparql, line)
        graph = self.shell.user_ns.get(given.graph)
        if not isinstance(graph, Graph):
            raise UsageError(f"{given.graph} is no graph; begin with {given.graph} = thidua.open()")
        try:
            answer = graph.query(cell)
        except KnowledgeGraphError as exc:
            raise UsageError("\n".join([str(exc), *getattr(exc, "__notes__", [])])) from exc
        if given.output:
            self.shell.user_ns[given.output] = answer
        if hasattr(answer, "columns"):
            display(HTML(as_html(answer, given.rows)))
            return None
        return answer if isinstance(answer, bool) else display(answer)


def load_ipython_extension(shell: Any) -> None:
    """Make the magic known."""
    shell.register_magics(SparqlMagics)
