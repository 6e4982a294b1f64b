"""A contradiction on purpose: a service whose second version has another source's other head of the Red River Delta."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.service import Server, running
from tests.support.stores import copied
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH, TD
from thidua.write.request import Write
from thidua.write.transaction import Writer

#: A source that speaks of the edition of 2023 already.
SPEAKING = "fc4f76211082579c"


@contextmanager
def contested(store: Path, folder: Path, source: str = SPEAKING) -> Iterator[Server]:
    """A service on a copy of a store in which a source names Hà Nam, too, as head of 2023; the checks doubt it."""
    own = copied(store, folder / "store")
    assert Writer(own, ProjectFiles.find(ROOT)).write(Write("update", text=_named(source))).findings
    with running(own) as service:
        yield service


def _named(source: str) -> str:
    return f"""PREFIX td: <{TD}> PREFIX org: <http://www.w3.org/ns/org#>
PREFIX edition: <https://w3id.org/thidua/id/edition/> PREFIX head: <https://w3id.org/thidua/id/head/>
PREFIX cluster: <https://w3id.org/thidua/id/cluster/> PREFIX province: <https://w3id.org/thidua/id/province/>
PREFIX ev: <https://w3id.org/thidua/id/ev/>
INSERT DATA {{ GRAPH <{GRAPH}{source}> {{
  edition:dong-bang-song-hong_2023 td:editionOf cluster:dong-bang-song-hong ; td:year 2023 ;
    td:headTerm head:dong-bang-song-hong_2023_ha-nam ; td:statedBy ev:{source} .
  head:dong-bang-song-hong_2023_ha-nam org:member province:ha-nam ; td:confidence 0.4 ;
    td:statedBy ev:{source} }} }}"""
