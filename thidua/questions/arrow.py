"""Arrow tables and Parquet files of typed columns: the home of pyarrow.

pyarrow takes 43 MB when it is loaded, so it is loaded by whoever makes a table, never by importing this module.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa

#: Of each column its name, its kind as :func:`~thidua.rdf.columns.column_values` says, its values, and its metadata.
Columns = Sequence[tuple[str, str, Sequence[Any], Mapping[str, str]]]


def arrow_table(columns: Columns, metadata: Mapping[str, str]) -> "pa.Table":
    """Columns as an Arrow table; a value that is None is null, and a kind that is not known is written as text."""
    import pyarrow as pa

    types = [_ARROW.get(kind, _ARROW["string"])(pa) for _, kind, _, _ in columns]
    fields = [
        pa.field(name, type_, metadata=dict(explained))
        for (name, _, _, explained), type_ in zip(columns, types, strict=True)
    ]
    arrays = [pa.array(values, type=type_) for (_, _, values, _), type_ in zip(columns, types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=dict(metadata)))


def write_parquet(path: Path, columns: Columns, metadata: Mapping[str, str]) -> None:
    """Write columns into a Parquet file."""
    path.write_bytes(parquet_file(arrow_table(columns, metadata)))


def parquet_file(table: "pa.Table") -> bytes:
    """A table as a Parquet file, with its metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = pa.BufferOutputStream()
    pq.write_table(table, out, compression="zstd")
    return bytes(out.getvalue())


def arrow_file(table: "pa.Table") -> bytes:
    """A table in the Arrow IPC file format, which is also Feather, version 2."""
    import pyarrow as pa

    out = pa.BufferOutputStream()
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
