"""Configuration from the environment: each setting is a name behind ``THIDUA_``."""

import difflib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from thidua.base.errors import InputError
from thidua.base.limits import FORMER, Limits

PREFIX: Final = "THIDUA_"
YES: Final = ("1", "true", "yes", "on")
_NO: Final = ("0", "false", "no", "off", "")


@dataclass(frozen=True)
class Setting:
    """A name, its default (a text, a number or a truth value), and what it is for."""

    name: str
    default: str | int | bool
    text: str
    choices: tuple[str, ...] = ()
    """The only values there are, where they are few."""

    def read(self, value: str) -> str | int | bool:
        """A value from the environment, in the default's type.

        :raises InputError: it is none of that type.
        """
        word = value.strip().lower()
        if isinstance(self.default, bool):
            if word not in (*YES, *_NO):
                raise InputError(f"{PREFIX}{self.name} is true or false, not {value!r}.")
            return word in YES
        if isinstance(self.default, int):
            if not (word.isascii() and word.isdigit()):
                raise InputError(f"{PREFIX}{self.name} is a number such as 1, not {value!r}.")
            return int(word)
        if self.name == "LOG_LEVEL" and value.upper() not in logging.getLevelNamesMapping():
            raise InputError(f"{PREFIX}{self.name} is DEBUG, INFO, WARNING or ERROR, not {value!r}.")
        if self.choices and word not in self.choices:
            raise InputError(f"{PREFIX}{self.name} is {' or '.join(self.choices)}, not {value!r}.")
        return value.upper() if self.name == "LOG_LEVEL" else word if self.choices else value


SETTINGS: Final = (
    Setting("STORE", "store", "folder of the built graph"),
    Setting(
        "FILES",
        "",
        "folder with ontology/, shapes/, data/ and queries/; unset, those of the checkout, or installed",
    ),
    Setting(
        "ENGINE",
        "",
        "folder in thidua/engine/ that answers; unset, remote where THIDUA_STORE_QUERY is set, and embedded elsewhere",
    ),
    Setting("STORE_QUERY", "", "address of a remote engine's query endpoint; set, the engine holds the graph"),
    Setting("STORE_UPDATE", "", "address of its update endpoint, for whoever writes"),
    Setting("STORE_DATA", "", "address of its Graph Store Protocol, for whoever writes"),
    Setting("STORE_USER", "", "who we are to the engine; unset, nobody"),
    Setting("STORE_PASSWORD", "", "our password there"),
    Setting("STORE_AUTH", "basic", "how it asks for that: basic or digest"),
    Setting(
        "STORE_MERGED",
        "",
        "graph that holds the merge, for an engine whose default graph is the union of all graphs",
    ),
    Setting("COLUMNS", "on", "on, or off for long queries to be answered by the triple store alone", ("on", "off")),
    Setting("COLUMNS_FROM", 200_000, "triples from which a build gives a version columns; docs/columns.md"),
    Setting("TOKENS", "", "file of tokens; unset, tokens.json in the store"),
    Setting("PRIVATE", False, "reading needs a token, too"),
    Setting("UNISOLATED", False, "queries run even where workers cannot be cut off from the network"),
    Setting("TRUSTED_PROXIES", 0, "proxies in front that tell whom they speak for"),
    Setting("PUBLISHER", "", "who publishes the graph, as the dataset's description says; unset, it does not say"),
    Setting("CONTACT", "", "mail address that reports of mistakes go to; unset, a reader is given the text alone"),
    Setting(
        "SOURCE_TEXTS",
        "",
        "folder of articles, each as <id>.txt: pages of sources show them, and checks look passages up in them",
    ),
    Setting("LLM_URL", "", "address of an OpenAI-compatible API, such as https://llm.example.org/v1, for --by llm"),
    Setting("LLM_MODEL", "", "the model that is asked there"),
    Setting("LLM_KEY", "", "our key there; unset, none is sent"),
    Setting("DESK", "", "folder of curators' work in progress; unset, desk in the store"),
    Setting("DESK_DAYS", 14, "days that work in progress, and the text in it, is kept"),
    Setting(
        "FETCH_HOSTS",
        "",
        "hosts that the desk may fetch articles from, such as baoninhbinh.org.vn, *.gov.vn; unset, it fetches nothing",
    ),
    Setting(
        "GATEWAY",
        "buffering",
        "buffering, or plain for gunicorn's own threaded worker, which promises less: docs/gateway.md",
        ("buffering", "plain"),
    ),
    Setting("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR; each request is a line at INFO"),
    Setting("LOG_QUERIES", False, "the log has the texts of queries"),
)


def columns_from(settings: Mapping[str, Any]) -> int | None:
    """Triples from which a version gets columns; None for never."""
    return None if settings["COLUMNS"] == "off" else int(settings["COLUMNS_FROM"])


def read_settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """Every setting by its name, and the limits that are set, still as texts.

    :raises InputError: a value is wrong, or a name behind ``THIDUA_`` is no setting: a misspelled one protects nobody.
    """
    given = {name.removeprefix(PREFIX): value for name, value in environment.items() if name.startswith(PREFIX)}
    for former, name in FORMER.items():
        if former in given:
            given.setdefault(name, given.pop(former))
    limits = [each.name.upper() for each in fields(Limits)]
    known = [setting.name for setting in SETTINGS]
    for name in given:
        if name not in (*limits, *known):
            near = difflib.get_close_matches(name, [*limits, *known], n=1)
            hint = f"did you mean {PREFIX}{near[0]}?" if near else "`thidua serve --help` lists them."
            raise InputError(f"There is no setting {PREFIX}{name}; {hint}")
    values: dict[str, Any] = {
        setting.name: setting.read(given[setting.name]) if setting.name in given else setting.default
        for setting in SETTINGS
    }
    return values | {name: given[name] for name in limits if name in given}
