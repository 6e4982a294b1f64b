"""User agent: by what name this library asks servers of others."""

from importlib.metadata import version
from typing import Final

AGENT: Final = f"thidua/{version('thidua')} (https://w3id.org/thidua/)"
