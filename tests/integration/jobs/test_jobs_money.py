"""What a task costs and what became of its credits: quotes, lists, history, balances in rows, sums over tasks."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from jobs import balances, queue, quotes
from jobs.credits import Kind, read_money, sum_spent
from jobs.models import Circuit, Project, State, Task, User, VendorAccount
from jobs.prices import Price, ask_price, get_price, get_usual_prices
from jobs.vendors import OPERATIONS, get_connection
from tests.factories import TaskFactory
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db

REMESH = OPERATIONS["triverse.model-remesh"]
RETEXTURE = OPERATIONS["meshy.retexture"]


@pytest.fixture(autouse=True)
def fresh_quotes() -> None:
    quotes.forget()


# --- Prices ---------------------------------------------------------------------------------------------------------


def test_a_quote_is_the_vendors_word_and_is_remembered(sandbox: SandboxProcess) -> None:
    price = ask_price(REMESH, {"face_type": "triangle", "texture_size": 2048}, person=1)

    assert price == Price(30, "quote")
    sandbox.set_fault("server_error_before", on=["quote"])
    assert ask_price(REMESH, {"face_type": "triangle", "texture_size": 2048}, person=1) == price
    assert get_price(REMESH, {"face_type": "triangle", "texture_size": 2048}) == price


def test_without_an_answer_history_tells_and_nobody_asks_for_a_while(sandbox: SandboxProcess) -> None:
    TaskFactory(state=State.SUCCEEDED, charged_credits=20, params={"face_type": "triangle"})
    sandbox.set_fault("server_error_before", on=["quote"])

    assert ask_price(REMESH, {"face_type": "triangle"}, person=1) == Price(20, "history")
    sandbox.clear_faults()
    assert ask_price(REMESH, {"face_type": "quad"}, person=2) == Price(20, "history")


def test_a_person_asks_so_often_and_no_more(sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotes, "PER_PERSON", 2)
    asked = [ask_price(REMESH, {"target_face_count": count}, person=1) for count in (1000, 2000, 3000)]

    assert asked == [Price(20, "quote"), Price(20, "quote"), None]
    assert ask_price(REMESH, {"target_face_count": 4000}, person=2) == Price(20, "quote")


def test_a_vendor_that_is_left_alone_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    Circuit.objects.create(vendor="triverse", open_until=timezone.now() + timedelta(minutes=1))
    monkeypatch.setattr(quotes, "_ask", lambda *args, **named: pytest.fail("it was asked"))

    assert ask_price(REMESH, {}, person=1) is None


def test_a_list_price_follows_the_values() -> None:
    assert get_price(RETEXTURE, {"texture_resolution": "4k"}) == Price(10, "list")
    assert get_price(RETEXTURE, {"texture_resolution": "8k"}) == Price(15, "list")
    assert ask_price(RETEXTURE, {}, person=1) == Price(10, "list")


def test_history_is_a_range_where_no_task_had_these_values() -> None:
    TaskFactory(state=State.SUCCEEDED, charged_credits=20, params={"target_face_count": 5000})
    TaskFactory(state=State.RUNNING, quoted_credits=30, params={"target_face_count": 900_000})

    assert get_price(REMESH, {"target_face_count": 5000}) == Price(20, "history")
    assert get_price(REMESH, {"target_face_count": 7000}) == Price(20, "history", highest=30)
    assert get_price(OPERATIONS["triverse.image-generation"], {}) is None


def test_usual_prices_come_from_rows_in_few_queries() -> None:
    account = get_connection("triverse").account
    VendorAccount.objects.create(vendor="triverse", account=account, prices={REMESH.key: 20})
    TaskFactory(operation="triverse.image-generation", state=State.SUCCEEDED, charged_credits=5)

    with CaptureQueriesContext(connection) as queries:
        prices = get_usual_prices()

    assert len(queries) <= 3
    assert prices[REMESH.key] == Price(20, "quote")
    assert prices[RETEXTURE.key] == Price(10, "list")
    assert prices["triverse.image-generation"] == Price(5, "history")
    assert "triverse.prompt-optimize" not in prices


# --- Balances -------------------------------------------------------------------------------------------------------


def test_balances_and_prices_come_into_rows(sandbox: SandboxProcess, meshy: SandboxProcess) -> None:
    balances.refresh_due()

    held = balances.get_balances()
    assert {vendor: balance.credits for vendor, balance in held.items()} == {"triverse": 10_000, "meshy": 10_000}
    assert balances.get_default_prices()[REMESH.key] == 20
    assert set(balances.get_default_prices()) == {key for key, item in OPERATIONS.items() if item.vendor == "triverse"}


def test_a_balance_that_cannot_be_read_keeps_the_last_one_and_says_why(sandbox: SandboxProcess) -> None:
    balances.refresh("triverse", now=timezone.now())
    sandbox.set_fault("unauthorized", on=["account"])
    balances.refresh("triverse", now=timezone.now())

    balance = balances.get_balances()["triverse"]
    assert balance.credits == 10_000
    assert "key" in balance.problem


def test_another_keys_balance_is_not_shown(settings: Settings) -> None:
    VendorAccount.objects.create(vendor="meshy", account="0123456789abcdef", balance_credits=77)

    assert balances.get_balances()["meshy"].credits is None


def test_vendors_are_asked_again_when_tasks_move_and_seldom_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    hints: list[str] = []
    monkeypatch.setattr(queue, "send_now", lambda step, *args: bool(hints.append(step)))
    now = timezone.now()
    for vendor in ("triverse", "meshy"):
        account = get_connection(vendor).account
        VendorAccount.objects.create(vendor=vendor, account=account, asked_at=now - timedelta(minutes=2))

    balances.hint(now=now)
    assert hints == []
    TaskFactory(state=State.SUCCEEDED, state_at=now - timedelta(minutes=1))
    balances.hint(now=now)
    assert hints == [queue.BALANCES]
    balances.hint(now=now)
    assert hints == [queue.BALANCES]


def test_a_quote_refreshes_the_balance(sandbox: SandboxProcess) -> None:
    account = get_connection("triverse").account
    VendorAccount.objects.create(vendor="triverse", account=account, balance_credits=1)

    ask_price(REMESH, {}, person=1)

    assert balances.get_balances()["triverse"].credits == 10_000


# --- What became of the credits -------------------------------------------------------------------------------------


def test_sums_agree_with_single_tasks_in_every_state(project: Project, editor: User) -> None:
    words = ["", *Task.Charged.values]
    for state, word, (quoted, charged) in itertools.product(State.values, words, [(None, None), (20, None), (20, 15)]):
        TaskFactory(
            project=project,
            created_by=editor,
            state=state,
            error_charged=word,
            quoted_credits=quoted,
            charged_credits=charged,
        )
    TaskFactory(project=project, created_by=editor, state=State.SUCCEEDED, charged_credits=500, is_imported=True)

    expected: dict[str, float] = dict.fromkeys(Kind.values, 0.0)
    for task in Task.objects.all():
        money = read_money(task)
        expected[money.kind] += money.credits or 0

    [row] = sum_spent(Task.objects.filter(project=project), since=None)
    assert row.tasks == Task.objects.count() - 1
    found = {"held": row.held, "charged": row.charged, "released": row.released, "unknown": row.unknown}
    assert found == {name: expected[name] for name in found}
    assert all(found.values())


def test_sums_keep_to_their_period_and_are_read_from_the_index(project: Project) -> None:
    now = timezone.now()
    for days in (1, 40):
        TaskFactory(project=project, state=State.SUCCEEDED, charged_credits=10, created_at=now - timedelta(days=days))

    with CaptureQueriesContext(connection) as queries:
        rows = sum_spent(Task.objects.filter(project=project), since=now - timedelta(days=30))

    assert [row.charged for row in rows] == [10]
    if connection.vendor == "sqlite":
        plan: Any = connection.cursor().execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}").fetchall()
        assert "USING COVERING INDEX task_credits" in plan[0][3]


@pytest.mark.parametrize(
    ("values", "kind", "amount"),
    [
        ({"state": State.QUEUED}, Kind.NONE, None),
        ({"state": State.RUNNING, "quoted_credits": 20}, Kind.HELD, 20),
        ({"state": State.SUCCEEDED, "quoted_credits": 20, "charged_credits": 18}, Kind.CHARGED, 18),
        ({"state": State.FAILED, "quoted_credits": 20, "error_charged": "released"}, Kind.RELEASED, 20),
        ({"state": State.FAILED, "error_charged": "no"}, Kind.NONE, None),
        ({"state": State.CANCELED, "quoted_credits": 20, "error_charged": "unknown"}, Kind.UNKNOWN, 20),
        ({"state": State.EXPIRED, "charged_credits": 20, "error_charged": "yes"}, Kind.CHARGED, 20),
    ],
)
def test_a_task_says_what_became_of_its_credits(values: dict[str, Any], kind: Kind, amount: float | None) -> None:
    money = read_money(TaskFactory(**values))

    assert (money.kind, money.credits) == (kind, amount)
