"""Arrow tables and Parquet files of rows, each column with a real type: the home of pyarrow.

pyarrow takes 43 MB when it is loaded, so it is loaded by whoever makes a table, never by importing this module.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from thidua.questions.rows import Rows
from thidua.rdf.columns import column_values

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_table(rows: Rows) -> "pa.Table":
    """The rows as an Arrow table, in their order; what a row leaves out is null.

    A column has the type that its question declares, whatever the rows at hand, so that two answers to one question
    fit together. Where nothing is declared it is as narrow as all its cells allow. Integers become int64; decimals and
    doubles float64, which is what pandas and spreadsheets compute with; dates date32; times timestamps in
    microseconds, in UTC if they name a time zone; truth values bool. IRIs, texts, and columns of several kinds are
    strings, and so is a column with a cell that its type cannot hold exactly.

    Evidence, where it was asked for, comes as :meth:`Rows.with_evidence` has it.

    The schema's metadata are ``question``, ``version`` and ``hash`` of the graph, ``labels`` (JSON), and ``link``; each
    field's are ``label_vi`` and ``label_en``.
    """
    import pyarrow as pa

    rows = rows.with_evidence()
    arrays, fields = [], []
    for name in rows.columns:
        cells = [record[name] for record in rows.records]
        kind, values = column_values(cells, rows.types.get(name))
        label = rows.labels.get(name, {})
        fields.append(pa.field(name, _ARROW[kind](pa), metadata={f"label_{lang}": label[lang] for lang in label}))
        arrays.append(pa.array(values, type=fields[-1].type))
    metadata = {
        "question": rows.question,
        "version": str(rows.version or ""),
        "hash": rows.hash,
        "labels": json.dumps({name: dict(label) for name, label in rows.labels.items()}, ensure_ascii=False),
        "link": rows.link,
    }
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=metadata))


def parquet_file(rows: Rows) -> bytes:
    """The rows as a Parquet file; the metadata of the table are kept."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = pa.BufferOutputStream()
    pq.write_table(arrow_table(rows), out, compression="zstd")
    return bytes(out.getvalue())


def write_parquet(
    path: Path,
    columns: Sequence[tuple[str, str, Sequence[Any], Mapping[str, str]]],
    metadata: Mapping[str, str],
) -> None:
    """Write columns into a Parquet file.

    :param columns: the name of each, its kind as :func:`column_values` says, its values, and its metadata.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = [_ARROW.get(kind, _ARROW["string"])(pa) for _, kind, _, _ in columns]
    fields = [
        pa.field(name, type_, metadata=dict(explained))
        for (name, _, _, explained), type_ in zip(columns, types, strict=True)
    ]
    arrays = [pa.array(values, type=type_) for (_, _, values, _), type_ in zip(columns, types, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=dict(metadata)))
    pq.write_table(table, path, compression="zstd")


def arrow_file(rows: Rows) -> bytes:
    """The rows in the Arrow IPC file format, which is also Feather, version 2."""
    import pyarrow as pa

    table, out = arrow_table(rows), pa.BufferOutputStream()
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)
    return bytes(out.getvalue())


_ARROW: Final[Mapping[str, Callable[[Any], Any]]] = {
    "integer": lambda pa: pa.int64(),
    "decimal": lambda pa: pa.float64(),
    "date": lambda pa: pa.date32(),
    "dateTime": lambda pa: pa.timestamp("us"),
    "dateTimeStamp": lambda pa: pa.timestamp("us", tz="UTC"),
    "boolean": lambda pa: pa.bool_(),
    "string": lambda pa: pa.string(),
}
