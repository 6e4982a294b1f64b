"""Project file locations: the ontology, the shapes, the data and the questions.

Inside a checkout, or any folder below it, they are that checkout's, as with git; elsewhere those that came with this
package: beside it, or in an installed wheel within it. ``--files`` or ``THIDUA_FILES`` names others.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from thidua.base.errors import StoreError
from thidua.base.terms import GRAPH

_FOLDERS: Final = ("ontology", "shapes", "data", "queries")


@dataclass(frozen=True)
class SourceFile:
    """A Turtle file and the named graph it fills."""

    path: Path
    graph: str


@dataclass(frozen=True)
class ProjectFiles:
    """The four folders a graph is built from."""

    root: Path

    @classmethod
    def find(cls, root: Path | None = None) -> "ProjectFiles":
        """Take `root`, else ``THIDUA_FILES``, else the checkout that we stand in, else what came with this package.

        :raises StoreError: the folders are not there.
        """
        if root is None and os.environ.get("THIDUA_FILES"):
            root = Path(os.environ["THIDUA_FILES"])
        root = root or _checkout() or _installed()
        missing = [name for name in _FOLDERS if not (root / name).is_dir()]
        if missing:
            raise StoreError(f"{root} lacks {', '.join(missing)}/; name a folder that has them with --files")
        return cls(root)

    @property
    def vocabulary(self) -> list[SourceFile]:
        """The ontology, the code lists and the award catalogue; `graph/ontology` comes from thidua.ttl."""
        return [
            SourceFile(path, GRAPH + ("ontology" if path.stem == "thidua" else path.stem))
            for path in sorted((self.root / "ontology").glob("*.ttl"))
        ]

    @property
    def registry(self) -> list[SourceFile]:
        """What everybody shares: provinces, law, posts, bodies, people, clusters."""
        return [SourceFile(path, GRAPH + path.stem) for path in sorted((self.root / "data/registry").glob("*.ttl"))]

    @property
    def sources(self) -> list[SourceFile]:
        """One file per source; its name is the source's id and its graph's."""
        return [SourceFile(path, GRAPH + path.stem) for path in sorted((self.root / "data/sources").glob("*.ttl"))]

    @property
    def overlays(self) -> list[SourceFile]:
        """Links to other registries, and the editors' own judgements."""
        links = sorted((self.root / "data/links").glob("*.ttl"))
        editorial = self.root / "data/editorial.ttl"
        return [SourceFile(path, GRAPH + "links") for path in links] + (
            [SourceFile(editorial, GRAPH + "editorial")] if editorial.is_file() else []
        )

    @property
    def data(self) -> list[SourceFile]:
        """Every Turtle file that ends up in the graph, in the order it is read."""
        return self.vocabulary + self.registry + self.sources + self.overlays

    def rules(self, step: str) -> list[Path]:
        """The rules of one step, ``completion`` or ``inference``, in the order they run."""
        return sorted((self.root / "ontology/rules" / step).glob("*.rq"))

    @property
    def shapes(self) -> list[Path]:
        """The SHACL files."""
        return sorted((self.root / "shapes").glob("*.ttl"))

    @property
    def cross_checks(self) -> list[Path]:
        """Checks that look across named graphs, in SPARQL."""
        return sorted((self.root / "shapes/across-sources").glob("*.rq"))

    @property
    def borders(self) -> Path:
        """The outlines of provincial units."""
        return self.root / "data/borders/vietnam.svg"

    @property
    def left_out(self) -> Path:
        """What was read and is in no graph, with the reasons."""
        return self.root / "data/left-out.csv"

    @property
    def questions(self) -> list[Path]:
        """The catalogued questions."""
        return sorted((self.root / "queries").glob("*.rq"))

    @property
    def guides(self) -> dict[str, Path]:
        """The documentation's pages by name, such as ``time`` and ``reference/questions``."""
        return {name: path for name, path in self._documentation("docs").items() if not name.startswith("vi/")}

    @property
    def translated_guides(self) -> dict[str, Path]:
        """Those of them that are there in Vietnamese, by the same names."""
        known = self.guides
        return {name: path for name, path in self._documentation("docs/vi").items() if name in known}

    @property
    def pictures(self) -> dict[str, Path]:
        """The pictures in it, by name."""
        return {path.name: path for path in sorted((self.root / "docs/pictures").glob("*.*"))}

    def _documentation(self, folder: str) -> dict[str, Path]:
        there = self.root / folder
        return {path.relative_to(there).with_suffix("").as_posix(): path for path in sorted(there.rglob("*.md"))}

    def relative(self, path: Path) -> str:
        """A path as people read it in a message: ``data/sources/18d8c37f4f6536d1.ttl``."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def _checkout() -> Path | None:
    """The nearest folder, from where we stand upwards, that holds the files of this project."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # somebody has deleted it
        return None
    for folder in (here, *here.parents):
        if (folder / "ontology/thidua.ttl").is_file() and all((folder / name).is_dir() for name in _FOLDERS):
            return folder
    return None


def _installed() -> Path:
    package = Path(__file__).resolve().parents[1]
    return package / "project" if (package / "project").is_dir() else package.parent
