"""The reference pages: every operation with all that the catalogue says of it, for people with an account."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from jobs.models import Project, User
from jobs.reference import build_reference
from jobs.vendors import OPERATIONS
from tests.conftest import sign_in
from tests.factories import TaskFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(viewer: User) -> Client:
    return sign_in(viewer)


def read(client: Client, address: str) -> str:
    """Return the page's text, without its marks."""
    page = re.sub(r"</?code>", "", client.get(address).content.decode())
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_list_names_every_operation_and_every_call(client: Client) -> None:
    page = client.get(reverse("references")).content.decode()

    assert len(OPERATIONS) == 8
    for key, operation in OPERATIONS.items():
        assert f'href="{reverse("reference", args=[key])}"' in page
        for endpoint in operation.endpoints:
            assert f"<code>{endpoint.path}</code>" in page


@pytest.mark.parametrize("key", sorted(OPERATIONS))
def test_a_page_tells_every_parameter_rule_result_and_limit(client: Client, key: str) -> None:
    reference = build_reference(OPERATIONS[key])
    address = reverse("reference", args=[key])

    page, text = client.get(address).content.decode(), read(client, address)

    assert re.findall(r'<tr id="parameter-(\w+)"', page) == [item.name for item in reference.parameters]
    for item in reference.parameters:
        assert item.label in text
        assert all(
            f'<code title="{html.escape(choice.label)}">{choice.value}</code>' in page for choice in item.choices
        )
    for rule in reference.rules:
        assert rule.replace("`", "") in text
    for limit in reference.limits:
        assert limit in text
    assert page.count("required</span>") == sum(item.is_required for item in reference.parameters)
    assert f'href="{reference.docs_url}"' in page
    assert "read on 21 November 2026" in text


def test_newer_and_retired_values_are_marked(client: Client) -> None:
    page = client.get(reverse("reference", args=["meshy.retexture"])).content.decode()

    assert re.search(r'class="choice-retired"><code[^>]*>meshy-4</code><span class="choice-mark">retired', page)
    assert re.search(r'class="choice-newer"><code[^>]*>meshy-6</code><span class="choice-mark">newer', page)
    assert not re.search(r'class="choice-\w+"><code[^>]*>meshy-5</code>', page)


def test_an_example_runs_in_three_languages(client: Client) -> None:
    page = client.get(reverse("reference", args=["triverse.model-remesh"])).content.decode()

    for language in ("curl", "javascript", "python"):
        assert f'data-copy="example-{language}"' in page
        assert f'<pre id="example-{language}"' in page


def test_an_operation_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get(reverse("reference", args=["triverse.nothing"])).status_code == 404


@pytest.mark.parametrize(("name", "arguments"), [("references", []), ("reference", ["triverse.model-remesh"])])
def test_the_signed_out_are_asked_to_sign_in(name: str, arguments: list[str]) -> None:
    response = Client().get(reverse(name, args=arguments))

    assert response["Location"].startswith(reverse("login"))


def test_the_reference_is_linked_from_the_menu_the_form_and_the_task(editor: User, project: Project) -> None:
    client, address = sign_in(editor), reverse("reference", args=["triverse.model-remesh"])
    task = TaskFactory(project=project)

    form = client.get(reverse("task-new", args=["robots", "triverse.model-remesh"])).content.decode()
    page = client.get(reverse("task", args=[task.pk])).content.decode()

    assert f'href="{address}"' in form
    assert f'href="{address}"' in page
    assert f'href="{reverse("references")}"' in page
