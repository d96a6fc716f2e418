"""Rows of a product that runs in other processes, read without a Django of its own."""

import contextlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg


def query(environment: Mapping[str, str], sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Read from the database of the product with these settings; `?` stands for a value on every stack."""
    address = environment.get("DATABASE_URL", "")
    if address.startswith("postgres"):
        with psycopg.connect(address) as connection:
            return connection.execute(sql.replace("?", "%s"), values).fetchall()
    path = Path(environment["PATINA_DATA_DIR"]) / "db.sqlite3"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as reader:
        return reader.execute(sql, values).fetchall()
