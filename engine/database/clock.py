"""The clock of the database: what processes of several machines compare must not come from their own."""

from typing import Any

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class now_s(FunctionElement[float]):  # noqa: N801 - a function of SQL
    """Unix seconds when the statement began."""

    type = Float()
    inherit_cache = True


@compiles(now_s)
def _of_sqlite(_element: now_s, _compiler: Any, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now_s, "postgresql")
def _of_postgresql(_element: now_s, _compiler: Any, **_: Any) -> str:
    return "extract(epoch from statement_timestamp())::double precision"
