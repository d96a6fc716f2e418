"""What most people write first, to compare with: a thread for each task that asks every 5 seconds and then downloads.

`python -m benchmarks.usual_loop BASE_URL FOLDER` reads [[vendor, ID], ...] from standard input and ends when every
file lies in FOLDER. One kept connection for each thread; nothing is checked, nothing survives its end.
"""

import json
import sys
import threading
import time
from pathlib import Path

import requests

EVERY_S = 5.0
TIMEOUT_S = 30
KEY = {"Authorization": "Bearer stub"}


def find_file(session: requests.Session, base_url: str, vendor: str, remote_id: str) -> str | None:
    """Ask once; return the result's address when the task has ended."""
    if vendor == "meshy":
        task = get_json(session, f"{base_url}/openapi/v1/retexture/{remote_id}")
        return task["model_urls"]["glb"] if task["status"] == "SUCCEEDED" else None
    task = get_json(session, f"{base_url}/api/v1/tasks/{remote_id}")["data"]
    if task["status"] != "SUCCESS":
        return None
    return get_json(session, f"{base_url}/api/v1/tasks/url/{remote_id}")["data"]["download_url"]


def get_json(session: requests.Session, url: str) -> dict:
    answer = session.get(url, headers=KEY, timeout=TIMEOUT_S)
    answer.raise_for_status()
    return answer.json()


def fetch_file(session: requests.Session, url: str, target: Path) -> None:
    answer = session.get(url, timeout=TIMEOUT_S)
    answer.raise_for_status()
    target.write_bytes(answer.content)


def follow(base_url: str, vendor: str, remote_id: str, folder: Path) -> None:
    with requests.Session() as session:
        while (url := find_file(session, base_url, vendor, remote_id)) is None:
            time.sleep(EVERY_S)
        fetch_file(session, url, folder / f"{remote_id}.glb")


def main(base_url: str, folder: Path) -> None:
    tasks = json.load(sys.stdin)
    threads = [threading.Thread(target=follow, args=(base_url, *task, folder)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
