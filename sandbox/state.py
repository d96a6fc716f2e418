"""The one SQLite file that keeps the sandbox's rows over a restart.

Rows are read once, at start, and answered from memory. Changes are written in order by a thread of their own, so
that no status request ever waits for the disk.
"""

import asyncio
import json
import secrets
import sqlite3
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from sandbox.rows import Account, LedgerLine, Row, SandboxTask, StoredFile

TABLES = ("accounts", "files", "tasks", "ledger")

Document = tuple[str, str, str]
"""Table, id, and the row as JSON."""


class Store:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._db = sqlite3.connect(folder / "sandbox.sqlite3", check_same_thread=False, isolation_level=None)
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self._prepare()
        self.accounts = {row["id"]: Account(**row) for row in self._read("accounts")}
        self.files = {row["key"]: StoredFile(**row) for row in self._read("files")}
        self.tasks = {row["id"]: SandboxTask(**row) for row in self._read("tasks")}
        self.ledger = [LedgerLine(**row) for row in self._read("ledger")]

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        for table in TABLES:
            self._db.execute(f"CREATE TABLE IF NOT EXISTS {table} (id TEXT PRIMARY KEY, row TEXT NOT NULL)")
        self._db.execute("CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")

    def _read(self, table: str) -> list[dict]:
        # rowid keeps the order in which rows were first written
        rows = self._db.execute(f"SELECT row FROM {table} ORDER BY rowid")  # noqa: S608 -- a name from TABLES
        return [json.loads(row) for (row,) in rows]

    async def save(self, *rows: Row) -> None:
        """Write the rows as they are now, all or none; return when they would survive a crash of this program."""
        await asyncio.wrap_future(self._writer.submit(self._write, _write_out(rows)))

    async def delete(self, row: Row, *others: Row) -> None:
        """Forget a row for good, and write the others as they are now, all or none."""
        await asyncio.wrap_future(self._writer.submit(self._write, _write_out(others), (type(row).table, row.row_id)))

    async def settle(self) -> None:
        """Return when everything that was handed to `save` so far has been written."""
        await asyncio.wrap_future(self._writer.submit(lambda: None))

    def _write(self, documents: list[Document], forgotten: tuple[str, str] | None = None) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if forgotten:
                table, row_id = forgotten
                self._db.execute(f"DELETE FROM {table} WHERE id = ?", (row_id,))  # noqa: S608
            for table, row_id, row in documents:
                upsert = f"INSERT INTO {table} VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET row = excluded.row"  # noqa: S608
                self._db.execute(upsert, (row_id, row))
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def get_fact(self, name: str, default: str) -> str:
        """Read one of the sandbox's own facts; remember the default when there is none yet."""
        self._db.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, default))
        return self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()[0]

    async def set_fact(self, name: str, value: str) -> None:
        await asyncio.wrap_future(self._writer.submit(self.put_fact, name, value))

    def put_fact(self, name: str, value: str) -> None:
        """Write a fact down at once: before the program serves, or in the writer's thread."""
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def get_signing_secret(self) -> bytes:
        return bytes.fromhex(self.get_fact("signing_secret", secrets.token_hex(32)))

    def close(self) -> None:
        self._writer.shutdown(wait=True)
        self._db.close()


def _write_out(rows: Iterable[Row]) -> list[Document]:
    return [(type(row).table, row.row_id, json.dumps(asdict(row))) for row in rows]  # type: ignore[call-overload]
