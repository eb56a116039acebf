"""Structured arrays as columns of Parquet files and back, field by field, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cockpit.errors import BadInput

FORMAT: Final = {"compression": "zstd", "write_page_checksum": True, "store_schema": False}
"""Checksums on every page: a flipped bit is an error on reading, never another price."""


def table_of(rows: NDArray[Any]) -> pa.Table:
    """Turn a structured array into a table: one column a field, `bid_price.0` to `bid_price.4` for a field of five."""
    columns = {name: np.ascontiguousarray(column) for name, column in _columns(rows)}
    return pa.table({name: pa.array(column) for name, column in columns.items()})


def rows_of(table: pa.Table, dtype: np.dtype[Any], where: Path) -> NDArray[Any]:
    """Turn a table back into a structured array of `dtype`; columns the dtype does not name are left out.

    Errors: BadInput when a column is missing, holds nulls or is of another type.
    """
    rows = np.zeros(table.num_rows, dtype=dtype)
    for name, column in _columns(rows):
        if name not in table.column_names:
            raise BadInput(
                f"{where.name} has no column {name!r}; it was written by another version or is no file of ours"
            )
        found = table.column(name)
        if found.null_count or found.type != pa.from_numpy_dtype(column.dtype):
            raise BadInput(
                f"{where.name}: column {name!r} is {found.type} with {found.null_count} gaps: not as written"
            )
        column[:] = found.to_numpy()
    return rows


def opened(path: Path) -> pq.ParquetFile:
    """Open a file of columns, its checksums verified as it is read.

    Errors: BadInput when it is no such file.
    """
    try:
        return pq.ParquetFile(path, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as fault:
        raise damaged(path, fault) from fault


def damaged(path: Path, fault: Exception) -> BadInput:
    """Answer the refusal of a file that cannot be what was written."""
    return BadInput(
        f"{path} cannot be read as columns: {fault}", remedy="Delete the file and fetch or record the day again."
    )


def _columns(rows: NDArray[Any]) -> Iterator[tuple[str, NDArray[Any]]]:
    for name in rows.dtype.names or ():
        column = rows[name]
        if column.ndim == 1:
            yield name, column
        else:
            yield from ((f"{name}.{level}", column[:, level]) for level in range(column.shape[1]))
