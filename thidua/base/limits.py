"""Resource limits of a stranger's request: each is a setting with a default, and a caller may only lower it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from thidua.base.errors import InputError

#: Settings that had another name, by which they are still known.
FORMER: Final = {"FAST_PLACES": "FAST_SLOTS", "SLOW_PLACES": "SLOW_SLOTS"}


def _limit(default: float, unit: str, text: str) -> Any:
    return field(default=default, metadata={"unit": unit, "text": text})


@dataclass(frozen=True)
class Limits:
    """Every limit of the service. A field's setting is its name in capitals: ``timeout`` is ``THIDUA_TIMEOUT``."""

    timeout: float = _limit(
        10,
        "s",
        "from a query's arrival to the end of its answer; at most half of it goes by waiting; `timeout=` lowers it",
    )
    memory: int = _limit(1024, "MiB", "address space of one worker process")
    answer: int = _limit(100, "MB", "one answer, before compression")
    query_length: int = _limit(64, "KiB", "the text of a query")
    upload: int = _limit(10, "MB", "the body of a write")
    write_timeout: float = _limit(120, "s", "one write: parsing, rules, validation and publishing")
    depth: int = _limit(64, "", "brackets open at once in a query")
    operators: int = _limit(256, "", "operators in one group of a query")
    path_steps: int = _limit(64, "", "operators of property paths, and path steps in a row")
    optionals: int = _limit(32, "", "OPTIONAL, MINUS and EXISTS in one query")
    fast_slots: int = _limit(max(2, os.cpu_count() or 1), "", "queries that run at once at full priority")
    slow_slots: int = _limit(
        2 * max(2, os.cpu_count() or 1), "", "longer queries that run beside them, at low priority"
    )
    slow_after: float = _limit(0.25, "s", "after this long a query counts as a longer one")
    running: int = _limit(2, "", "queries of one client that run at once")
    waiting: int = _limit(8, "", "queries of one client that wait")
    queue: int = _limit(32, "", "queries of all clients that wait; long ones may fill half of it")
    budget: float = _limit(
        60, "s", "time that one client may use in a minute, of workers and of the web process; 0 for no bound"
    )
    cache: int = _limit(
        64,
        "MB",
        "answers and whole responses kept in memory, large answers packed, each in a quarter of it at most; 0 for none",
    )

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> "Limits":
        """Take limits from settings named in capitals; what is not set keeps its default.

        :raises InputError: a value that is no number, or a negative one.
        """
        given: dict[str, Any] = {}
        for each in fields(cls):
            if (value := settings.get(each.name.upper())) is None:
                continue
            try:
                number = float(value)
            except (TypeError, ValueError):
                number = -1.0
            if not 0 <= number < 1e12 or (number == 0 and each.name not in ("budget", "cache", "queue", "waiting")):
                raise InputError(f"THIDUA_{each.name.upper()} must be a positive number, not {value!r}.")
            given[each.name] = number if each.type is float else int(number)
        return cls(**given)


def table(limits: Limits) -> list[tuple[str, float, str, str]]:
    """Each limit as (name, value, unit, what it bounds)."""
    return [
        (each.name, getattr(limits, each.name), each.metadata["unit"], each.metadata["text"]) for each in fields(limits)
    ]
