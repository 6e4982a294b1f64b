"""A knowledge graph of Vietnam's provincial emulation clusters, with a SPARQL layer.

In a notebook::

    import thidua

    kg = thidua.open()                                # here, from the files that came with the package
    kg = thidua.connect("http://127.0.0.1:8000")      # or a running service
    kg.ask("who-led", cluster="dong-bang-song-hong")  # a pandas DataFrame
    kg.cite("head:dong-bang-song-hong_2024_nam-dinh") # a fact and its sources, to be put into a bibliography

Both need what ``pip install '.[notebook]'`` brings, in a clone of the repository. Nothing is imported before it is
used.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from thidua.base.extras import needing

if TYPE_CHECKING:
    from thidua.notebook import Graph

__all__ = ["cite", "connect", "open"]


def connect(url: str, *, version: int | None = None, token: str | None = None) -> "Graph":
    """A graph behind a running service.

    >>> kg = thidua.connect("http://127.0.0.1:8000")
    >>> kg.version
    1
    >>> kg.at(1).ask("who-led", year=2023, cluster="Đồng bằng sông Hồng").provinceLabel.tolist()
    ['Thái Bình']

    :param url: where the service is, such as ``http://127.0.0.1:8000``.
    :param version: stay with one version; by default every question is answered by the newest.
    :param token: for a service that only reads for those who have one.
    :raises RemoteError: nobody answers there, or somebody else.
    """
    with needing("notebook"):
        from thidua.notebook import Graph
        from thidua.notebook.service import Remote

    return Graph(Remote(url, version, token))


def open(
    store: "str | Path | None" = None, *, files: "str | Path | None" = None, version: int | None = None
) -> "Graph":
    """The graph in this process, without a service.

    >>> import thidua
    >>> kg = thidua.open("store")
    >>> kg.ask("who-led", cluster="dong-bang-song-hong", year=2023)[["role", "provinceLabel"]]
       role provinceLabel
    0  head     Thái Bình
    >>> kg.query("SELECT (COUNT(?cluster) AS ?clusters) { ?cluster a td:EmulationCluster }").clusters.tolist()
    [9]

    :param store: a store that has been built; without one, the graph is built from the files (once, in some seconds)
        and kept in the user's cache.
    :param files: the folders to build from; by default those that came with the package.
    :raises StoreError: there is no graph in the store.
    :raises DataError: the files do not make a graph.
    """
    with needing("notebook"):
        from thidua.notebook import Graph
        from thidua.notebook.local import Local

    return Graph(Local.open(Path(store) if store else None, Path(files) if files else None, version))


def cite(thing: Any = None, **how: Any) -> str:
    """A citation from the graph that came with the package: :meth:`thidua.notebook.Graph.cite` of ``thidua.open()``.

    :param thing: what to cite; the graph itself if left out.
    :param how: ``lang``, ``format``, or a ``question`` with its parameters.
    """
    return open().cite(thing, **how)


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext thidua``: the cell magic ``%%sparql``."""
    with needing("notebook"):
        from thidua.notebook.magic import load_ipython_extension as load

    load(shell)
