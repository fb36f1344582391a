"""Tortoise's SQLite client with transactions that begin by writing and always let go.

Two differences to the stock client, version 1.1.9:
- BEGIN IMMEDIATE: a deferred BEGIN fails with "database is locked" when another process has written between
  its first read and its first write, whatever the busy timeout.
- A BEGIN or COMMIT that fails (database locked, disk full) releases the connection's lock and leaves no
  transaction open; the stock client keeps both for ever.
Never: used but through app/store/tx.py, which keeps cancellation away.
"""

import sqlite3
from typing import Any

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError


class Client(SqliteClient):
    """One connection to one file."""

    def _in_transaction(self) -> TransactionContext:
        return _Context(_Transaction(self), self._lock)


class _Transaction(SqliteTransactionWrapper):
    async def begin(self) -> None:
        await self._leave_nothing_open()
        await self._run("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        await self._run("COMMIT")
        self._finalized = True

    async def rollback(self) -> None:
        self._finalized = True
        await self._leave_nothing_open()

    async def execute_script(self, query: str) -> None:
        """Statement by statement: sqlite3's own executescript commits the open transaction first."""
        for statement in _statements(query):
            await self.execute_query(statement)

    async def _leave_nothing_open(self) -> None:
        if self._connection.in_transaction:
            await self._connection.rollback()

    async def _run(self, statement: str) -> None:
        try:
            await (await self._connection.execute(statement)).close()
        except sqlite3.Error as exc:
            raise OperationalError(exc) from exc


class _Context(SqliteTransactionContext):
    connection: _Transaction

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            await self._end(failed=exc_type is not None)
        finally:
            get_connections().reset(self.token)
            self._trxlock.release()

    async def _end(self, *, failed: bool) -> None:
        try:
            if not failed:
                await self.connection.commit()
        finally:
            if not self.connection._finalized:
                await self.connection.rollback()


def _statements(script: str) -> list[str]:
    found, current = [], ""
    for piece in script.split(";"):
        current += piece + ";"
        if sqlite3.complete_statement(current):
            found.append(current)
            current = ""
    return [statement for statement in found if statement.strip(" \n\t;")]


client_class = Client
"""The name under which Tortoise looks for it."""
