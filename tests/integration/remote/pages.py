"""Addresses of the pages of a vendor's account, and how their content is read."""

import re

from django.test import Client
from django.urls import reverse

from jobs.models import Task

RETEXTURE = "meshy.retexture"
LIST = "/vendors/meshy/tasks/"
OPEN = "/vendors/meshy/open/"
IMPORT = "/vendors/meshy/import/"
NOBODY_LISTENS = "http://127.0.0.1:9"


def read(client: Client, address: str, **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def cut_row(page: str, remote_id: str) -> str:
    match = re.search(rf'<tr id="remote-{re.escape(remote_id)}">.*?</tr>', page)
    assert match is not None, f"{remote_id} is not listed"
    return match[0]


def get_delete_address(task: Task) -> str:
    return reverse("task-delete-at-vendor", args=[task.pk])
