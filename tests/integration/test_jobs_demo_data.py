"""Demo data: as many as asked for, whole files behind them, and nothing that a vendor would be asked about."""

import pytest
from django.core.management import CommandError, call_command

from jobs import files, search
from jobs.models import END_STATES, Asset, Membership, Project, Task
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_as_many_are_made_as_were_asked_for_whole_and_asking_no_vendor() -> None:
    UserFactory(username="ana", is_superuser=True)

    call_command("demo_data", assets=60, tasks=25, projects=2)

    assert (Asset.objects.count(), Task.objects.count(), Project.objects.count()) == (60, 25, 2)
    assert set(Asset.objects.values_list("kind", flat=True)) >= {"model", "render", "texture_map"}
    assert Membership.objects.filter(user__username="ana", role="owner").count() == 2
    assert not Task.objects.exclude(state__in=END_STATES).exists()
    assert not Asset.objects.filter(preview=Asset.Preview.WAITING).exists()
    for columns in Asset.objects.values_list("sha256", "poster_sha256").distinct():
        for sha256 in columns:
            with files.open_file(sha256) as stream:
                assert stream.read(4) in (b"glTF", b"RIFF", b"\x89PNG")
    one = Asset.objects.filter(task__isnull=False).first()
    assert one is not None
    found = search.find("asset", [one.project_id], one.name.split()[0])
    assert found is not None
    assert one.pk in found.pks


def test_without_an_owner_nothing_is_made() -> None:
    with pytest.raises(CommandError, match="--owner"):
        call_command("demo_data", assets=10, tasks=1)
    assert not Project.objects.exists()
