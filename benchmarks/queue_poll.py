"""The other usual design, to compare with: a django-q2 task for each poll, which enqueues itself again.

`manage.py qcluster` runs it on an installation's own settings, so the queue is tuned as ours is.
`python -m benchmarks.queue_poll BASE_URL FOLDER` enqueues the first poll of each [vendor, ID] on standard input.
"""

import json
import sys
from pathlib import Path

import requests

from benchmarks.usual_loop import fetch_file, find_file


def poll(base_url: str, folder: str, vendor: str, remote_id: str) -> None:
    """Ask once; download the file, or ask again when it is this task's turn."""
    with requests.Session() as session:
        url = find_file(session, base_url, vendor, remote_id)
        if url is None:
            enqueue(base_url, folder, vendor, remote_id)
        else:
            fetch_file(session, url, Path(folder) / f"{remote_id}.glb")


def enqueue(*values: str) -> None:
    from django_q.tasks import async_task

    async_task("benchmarks.queue_poll.poll", *values, q_options={"save": False})


def main(base_url: str, folder: str) -> None:
    import django

    django.setup()
    for vendor, remote_id in json.load(sys.stdin):
        enqueue(base_url, folder, vendor, remote_id)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
