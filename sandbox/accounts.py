"""Who is asking, what they own, and the ledger of every credit that was frozen, charged or released."""

import hashlib
import uuid

from sandbox.clock import Clock
from sandbox.rows import Account, LedgerLine, Row, SandboxTask
from sandbox.state import Store

STARTING_CREDITS = 10_000.0
ACCOUNT_NAMESPACE = uuid.UUID("8f0f7b9e-6f43-4a8e-9d3c-5f2b0d6a1c11")


class NotEnoughCredits(Exception):
    pass


class Accounts:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._by_key = {(row.vendor, row.key_sha256): row for row in store.accounts.values()}

    def get_by_key(self, vendor: str, key: str) -> Account:
        """Find the key's account; a key that was never seen has a full one of its own, always with the same id."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        account = self._by_key.get((vendor, digest))
        if account is None:
            account_id = str(uuid.uuid5(ACCOUNT_NAMESPACE, f"{vendor}:{digest}"))
            account = Account(id=account_id, vendor=vendor, key_sha256=digest, total_credits=STARTING_CREDITS)
            self._by_key[vendor, digest] = account
            self._store.accounts[account_id] = account
        return account

    def freeze(self, task: SandboxTask) -> list[Row]:
        """Hold the task's price back, and return the rows to save with the task.

        :raises NotEnoughCredits: and changes nothing
        """
        account = self._store.accounts[task.account_id]
        if account.available_credits < task.cost_credits:
            raise NotEnoughCredits
        account.frozen_credits += task.cost_credits
        return [account, self._write_down(task, "created")]

    def charge(self, task: SandboxTask) -> list[Row]:
        account = self._store.accounts[task.account_id]
        account.frozen_credits -= task.cost_credits
        account.total_credits -= task.cost_credits
        return [account, self._write_down(task, "charged")]

    def release(self, task: SandboxTask) -> list[Row]:
        account = self._store.accounts[task.account_id]
        account.frozen_credits -= task.cost_credits
        return [account, self._write_down(task, "released")]

    def _write_down(self, task: SandboxTask, event: str) -> LedgerLine:
        line = LedgerLine(
            number=len(self._store.ledger) + 1,
            at=self._clock.now(),
            vendor=task.vendor,
            account_id=task.account_id,
            task_id=task.id,
            flow=task.flow,
            client_order_id=task.client_order_id,
            event=event,
            credits=task.cost_credits,
        )
        self._store.ledger.append(line)
        return line
