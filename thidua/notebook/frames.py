"""DataFrames of answers, with real types: the home of pandas."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from thidua.base.terms import shorten
from thidua.base.text import sort_key
from thidua.exchange.reconcile import MOST_QUERIES
from thidua.notebook import inputs
from thidua.questions import certainty
from thidua.questions.rows import Rows
from thidua.rdf.results_json import records_of_json

if TYPE_CHECKING:
    import pyarrow as pa

_CODE: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_NUMBERS: Final = {"int64": "Int64", "double": "Float64", "bool": "boolean"}


def frame(table: "pa.Table", categories: bool = False) -> pd.DataFrame:
    """A DataFrame of what :meth:`~thidua.questions.rows.Rows.to_arrow` gives: see :class:`thidua.notebook.Graph`.

    :param categories: names and codes are categories rather than text.
    """
    columns: dict[str, Any] = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        kind = str(field.type)
        values = column.to_pandas() if kind.startswith(("date", "timestamp")) else column.to_pylist()
        if kind in _NUMBERS:
            columns[field.name] = pd.array(values, dtype=_NUMBERS[kind])
        elif kind.startswith("date"):
            columns[field.name] = pd.to_datetime(values)
        elif kind == "string":
            columns[field.name] = _categories(field.name, values) if categories else pd.array(values, dtype="string")
        else:
            columns[field.name] = values
    shown = pd.DataFrame(columns, columns=table.schema.names)
    given = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    shown.attrs = {name: json.loads(given.pop(name, "{}")) for name in ("labels", "parameters")} | given
    return shown


def in_words(answer: pd.DataFrame, language: str) -> pd.DataFrame:
    """An answer whose codes of certainty are words: see :meth:`thidua.notebook.Graph.in_words`."""
    shown = answer.copy()
    for column in filter(certainty.is_coded, answer.columns):
        codes = answer[column].astype("string")
        words = codes.map(lambda code, name=column: certainty.in_words(name, code, language), na_action="ignore")
        shown[column] = words.astype("string")
    return shown


def frame_of_results(content: bytes, version: int, categories: bool = False) -> pd.DataFrame | bool:
    """SPARQL's JSON results as a DataFrame, or the truth value of an ASK."""
    document = json.loads(content)
    if "boolean" in document:
        return bool(document["boolean"])
    columns, records = records_of_json(document)
    return frame(Rows("", columns, records, version=version).to_arrow(), categories)


def frame_of_changes(document: Mapping[str, Any]) -> pd.DataFrame:
    """What became different between two versions, a row for each property: see :meth:`thidua.notebook.Graph.diff`."""
    names = ("what", "iri", "label", "property", "before", "after", "graph")
    records = [
        (
            thing["what"],
            thing["iri"],
            thing["label"] or None,
            shorten(change["property"]),
            ", ".join(change["before"]) or None,
            ", ".join(change["after"]) or None,
            shorten(change["graph"]) if change["graph"] else None,
        )
        for thing in document["things"]
        for change in thing["changes"]
    ]
    shown = pd.DataFrame.from_records(records, columns=names).astype("string")
    shown.attrs = {"from": document["from"], "to": document["to"], "graphs": document["graphs"]}
    return shown


def frame_of_records(records: Sequence[Mapping[str, Any]], types: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Plain records as a DataFrame."""
    return pd.DataFrame.from_records(list(records)).convert_dtypes().astype(dict(types or {}))


#: A name whose score is less than that below the best is as good; so many candidates are listed.
_RIVAL: Final = 3
_LISTED: Final = 5


def reconciled(
    ask: Callable[[Mapping[str, dict[str, Any]]], Mapping[str, Sequence[Mapping[str, Any]]]],
    names: Any,
    kind: str,
    on: Any = None,
) -> pd.DataFrame:
    """Names with the things that they mean: see :meth:`thidua.notebook.Graph.reconcile`.

    :param ask: answers a batch of the Reconciliation API.
    """
    typed = inputs.column(names)
    days = inputs.days(on, typed)
    queries: dict[str, dict[str, Any]] = {}
    for row, (name, day) in enumerate(zip(typed, days, strict=True)):
        if pd.notna(name) and str(name).strip():
            queries[str(row)] = {"query": str(name), "type": kind}
            if pd.notna(day):
                queries[str(row)]["properties"] = [{"pid": "on", "v": day}]
    answers: dict[str, Sequence[Mapping[str, Any]]] = {}
    rows = list(queries)
    for start in range(0, len(rows), MOST_QUERIES):
        answers |= ask({row: queries[row] for row in rows[start : start + MOST_QUERIES]})
    best = [answers.get(str(row)) or [] for row in range(len(typed))]
    return pd.DataFrame(
        {
            "typed": pd.array(typed, dtype="string"),
            "match": pd.array([bool(found and found[0]["match"]) for found in best], dtype="boolean"),
            "iri": pd.array([found[0]["iri"] if found else None for found in best], dtype="string"),
            "label": pd.array([found[0]["label"] if found else None for found in best], dtype="string"),
            "score": pd.array([found[0]["score"] if found else None for found in best], dtype="Float64"),
            "others": pd.array([max(len(found) - 1, 0) for found in best], dtype="Int64"),
            "reason": pd.array([_reason(found, day) for found, day in zip(best, days, strict=True)], dtype="string"),
            "candidates": pd.array([_listed(found) for found in best], dtype="string"),
        },
        index=typed.index,
    )


def _reason(found: Sequence[Mapping[str, Any]], day: Any) -> str | None:
    """Why a name is not matched; None for one that is."""
    if not found:
        return "nothing is called so"
    best = found[0]
    if best["match"]:
        return None
    if best["existed"] is False:
        return f"it did not exist in {day}" if len(str(day)) == 4 else f"it did not exist on {day}"
    rivals = [each for each in found if each["named"] > best["named"] - _RIVAL and each["existed"] is not False]
    if len(rivals) > 1:
        when = "" if pd.isna(day) else f" in {day}" if len(str(day)) == 4 else f" on {day}"
        return f"{len(rivals)} things are called so{when}; give a day, or choose by the id"
    return "it is spelled otherwise"


def _listed(found: Sequence[Mapping[str, Any]]) -> str | None:
    """The ids of what may be meant, best first."""
    return ", ".join(shorten(each["iri"]) for each in found[:_LISTED]) or None


def _categories(name: str, values: list[str | None]) -> Any:
    """Names are categories that sort as Vietnamese does, codes are categories, the rest is text."""
    present = {value for value in values if value is not None}
    if name.endswith("Label"):
        return pd.Categorical(values, categories=sorted(present, key=sort_key), ordered=True)
    if present and all(map(_CODE.fullmatch, present)):
        return pd.Categorical(values, categories=sorted(present))
    return pd.array(values, dtype="string")
