"""What goes compressed over the line."""

import gzip

import pytest
from django.urls import reverse

from jobs.models import Project, User
from tests.conftest import sign_in
from tests.made_models import glb
from tests.stored import store_cube

pytestmark = pytest.mark.django_db
TAKES = {"Accept-Encoding": "gzip, br"}


def test_a_page_comes_compressed_to_who_takes_it_so(viewer: User, project: Project) -> None:
    address = reverse("project", args=[project.slug])

    plain = sign_in(viewer).get(address)
    packed = sign_in(viewer).get(address, headers=TAKES)

    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert len(packed.content) < len(plain.content) / 3
    assert project.name in gzip.decompress(packed.content).decode()


def test_a_file_comes_as_it_is(viewer: User, project: Project) -> None:
    asset = store_cube(project)

    answer = sign_in(viewer).get(reverse("file", args=[asset.pk, asset.sha256, asset.file_name]), headers=TAKES)

    assert "Content-Encoding" not in answer
    assert answer.getvalue() == glb()
    answer.close()
