"""The lexicon: names of the registry, and words a curator can teach, as the extractor looks them up."""

from dataclasses import dataclass

from thidua.base.files import ProjectFiles


@dataclass(frozen=True)
class Lexicon:
    """Names by kind."""

    @classmethod
    def read(cls, files: ProjectFiles) -> "Lexicon":
        """From the registry's files and `data/lexicon/`."""
        return cls()
