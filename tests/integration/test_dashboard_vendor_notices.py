"""Every page of a signed-in person says which vendor does not answer or is paused; staff can pause and resume it."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from jobs import circuit
from jobs.claims import format_moment
from jobs.models import Circuit, Project, User
from tests.conftest import sign_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

MEANS_DOWN = "Tasks wait safely and nothing is charged twice; it is asked again"


@pytest.fixture(autouse=True)
def real_vendors(settings: Settings) -> None:
    settings.TRIVERSE_API_KEY = settings.MESHY_API_KEY = "key"


def take_down(vendor: str = "meshy", *, for_s: float = 180) -> Circuit:
    now = timezone.now()
    row = Circuit.objects.create(
        vendor=vendor, failures=6, reason="it answered 503", opened_at=now, open_until=now + timedelta(seconds=for_s)
    )
    circuit.forget()
    return row


def read_notices(html: str) -> list[str]:
    found = re.findall(r'<div class="vendor-notice vendor-notice-\w+">(.*?)</div>', html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", text).split()) for text in found]


def get(user: User, address: str = "/") -> str:
    return sign_in(user).get(address).content.decode()


def test_every_page_says_which_vendor_does_not_answer(owner: User, project: Project) -> None:
    row = take_down()

    said = f"Meshy is not answering since {format_moment(row.opened_at)}. {MEANS_DOWN} at"
    for address in ("/", "/tasks/", f"/p/{project.slug}/", f"/p/{project.slug}/new/meshy.retexture/", "/nowhere/"):
        assert read_notices(get(owner, address)) == [f"{said} {format_moment(row.open_until)}."], address


def test_a_moment_that_is_near_or_just_past_is_no_time_of_day(owner: User) -> None:
    take_down(for_s=-5)

    assert read_notices(get(owner))[0].endswith("it is asked again in a moment.")


def test_nothing_is_said_where_all_is_well_or_nobody_asks_any_more(owner: User) -> None:
    assert read_notices(get(owner)) == []

    take_down(for_s=-600)
    assert read_notices(get(owner)) == []


def test_who_is_not_signed_in_reads_nothing(client: Client) -> None:
    take_down()

    assert "vendor-notice" not in client.get(reverse("login")).content.decode()
    assert client.get(reverse("vendor-notices")).status_code == 204, "a tab whose session ended keeps what it shows"


def test_a_pause_names_who_since_when_and_why(owner: User, staff: User) -> None:
    circuit.pause("triverse", actor=staff, reason="We change the <plan>.")

    since = format_moment(Circuit.objects.get(vendor="triverse").paused_at)
    assert read_notices(get(owner)) == [
        f"Triverse is paused by staff since {since}: We change the &lt;plan&gt;. New tasks wait; running ones go on."
    ]


def test_an_older_day_is_named(owner: User) -> None:
    row = take_down()
    Circuit.objects.update(opened_at=row.opened_at - timedelta(days=2))
    circuit.forget()

    day = timezone.localtime(row.opened_at - timedelta(days=2))
    assert f"not answering since {day:%-d %b, %H:%M}." in read_notices(get(owner))[0]


def test_the_sandbox_is_named_where_it_stands_in(owner: User, settings: Settings) -> None:
    settings.MESHY_API_KEY = ""
    take_down()

    assert read_notices(get(owner))[0].startswith("Meshy (sandbox) is not answering")


def test_the_line_asks_for_itself_only_while_it_says_something(owner: User) -> None:
    client = sign_in(owner)
    quiet = client.get(reverse("vendor-notices")).content.decode()
    take_down()
    loud = client.get(reverse("vendor-notices"))

    assert "hx-" not in quiet
    assert 'hx-trigger="every 10s' in loud.content.decode()
    assert 'role="status"' in loud.content.decode()
    assert "no-store" in loud["Cache-Control"]
    assert len(read_notices(loud.content.decode())) == 1


def test_only_staff_who_may_change_it_find_the_way_to_the_switch(owner: User, staff: User) -> None:
    take_down()
    circuit.pause("meshy", actor=staff, reason="x")
    address = "/admin/jobs/circuit/meshy/"
    reader = UserFactory(username="reader", is_staff=True)

    assert f"{address}change/" in get(staff)
    assert f"{address}resume/" in get(staff)
    assert address not in get(owner)
    assert address not in get(reader)


def test_staff_pause_with_a_reason_and_resume(staff: User) -> None:
    client = sign_in(staff)
    change, pause = (
        reverse("admin:jobs_circuit_change", args=["meshy"]),
        reverse("admin:jobs_circuit_pause", args=["meshy"]),
    )
    assert "Pause" in client.get(change).content.decode()
    assert "New tasks wait until" in client.get(pause).content.decode()
    assert client.post(pause, {"reason": ""}).status_code == 200
    assert circuit.find_hold("meshy", creating=True) is None

    answer = client.post(pause, {"reason": "New plan"}, follow=True).content.decode()

    hold = circuit.find_hold("meshy", creating=True)
    assert hold is not None
    assert hold.until is None
    assert circuit.find_hold("meshy", creating=False) is None, "what runs goes on"
    assert "Resume" in answer
    client.post(reverse("admin:jobs_circuit_resume", args=["meshy"]))
    assert circuit.find_hold("meshy", creating=True) is None
    assert [str(entry.get_change_message()) for entry in LogEntry.objects.order_by("pk")] == [
        "Paused. New plan",
        "Resumed.",
    ]


def test_staff_have_a_vendor_asked_at_once(staff: User) -> None:
    take_down()
    Circuit.objects.update(opened_at=datetime(2026, 11, 22, 6, 33, 48, 429_935, tzinfo=UTC))
    client = sign_in(staff)
    shown = client.get(reverse("admin:jobs_circuit_change", args=["meshy"])).content.decode()
    assert "Nov. 22, 2026, 6:33 a.m." in shown
    assert "Ask again now" in client.get(reverse("admin:jobs_circuit_change", args=["meshy"])).content.decode()

    client.post(reverse("admin:jobs_circuit_ask", args=["meshy"]))

    until = Circuit.objects.get(vendor="meshy").open_until
    assert until is not None
    assert until <= timezone.now()


@pytest.mark.parametrize("deed", ["pause", "resume", "ask"])
def test_deeds_need_the_right_and_a_post(deed: str, staff: User, owner: User) -> None:
    take_down()
    circuit.pause("meshy", actor=staff, reason="x")
    before = Circuit.objects.values().get(vendor="meshy")
    address = reverse(f"admin:jobs_circuit_{deed}", args=["meshy"])
    reader = UserFactory(username="reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_circuit"))

    assert sign_in(staff).get(address).status_code == 200, "it asks first"
    assert sign_in(reader).post(address, {"reason": "y"}).status_code == 403
    assert sign_in(owner).post(address, {"reason": "y"}).status_code == 403
    assert Circuit.objects.values().get(vendor="meshy") == before
    assert sign_in(staff).post(reverse(f"admin:jobs_circuit_{deed}", args=["nobody"])).status_code == 404


def test_the_list_shows_every_vendor_without_a_way_to_write_a_column(staff: User) -> None:
    client = sign_in(staff)

    html = client.get(reverse("admin:jobs_circuit_changelist")).content.decode()

    assert all(words in html for words in ("Triverse", "Meshy", "asked as usual"))
    assert client.get(reverse("admin:jobs_circuit_add")).status_code == 403
    client.post(reverse("admin:jobs_circuit_change", args=["meshy"]), {"failures": 99, "paused_at_0": "2026-01-01"})
    row = Circuit.objects.get(vendor="meshy")
    assert (row.failures, row.paused_at) == (0, None)


def test_the_command_shows_pauses_and_resumes() -> None:
    def run(*args: str) -> str:
        out = StringIO()
        call_command("vendor", *args, stdout=out)
        return out.getvalue()

    assert run("show").splitlines() == ["Triverse is asked as usual.", "Meshy is asked as usual."]
    said = run("pause", "meshy", "--reason", "New plan")
    since = format_moment(Circuit.objects.get(vendor="meshy").paused_at)
    assert f"Meshy is paused since {since}: New plan." in said
    assert "Meshy is paused already." in run("pause", "meshy")
    assert "Meshy is asked as usual." in run("resume", "meshy")
    assert "Meshy is not paused." in run("resume", "meshy")
