"""Does a vendor answer at all, how soon, and what time is it there? Without a key, and whatever it answers."""

import email.utils
import time
from dataclasses import dataclass

import requests
import urllib3.exceptions

from jobs.vendors.http import CONNECT_TIMEOUT_S, NoAuth, describe_failure, make_session


@dataclass(frozen=True)
class Probe:
    """`skew_s` is how far the vendor's clock is ahead of ours; None where it does not tell."""

    answer_s: float
    skew_s: float | None


def probe(url: str, *, label: str, timeout_s: float) -> Probe:
    """:raises VendorError: when nothing answers"""
    with make_session(NoAuth(), url) as session:
        started, began_at = time.perf_counter(), time.time()
        try:
            with session.get(
                url, timeout=(CONNECT_TIMEOUT_S, timeout_s), stream=True, allow_redirects=False
            ) as response:
                answer_s = time.perf_counter() - started
                told = response.headers.get("Date", "")
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            raise describe_failure(error, label=label) from None
    return Probe(answer_s, read_skew_s(told, now=began_at + answer_s / 2))


def read_skew_s(told: str, *, now: float) -> float | None:
    """Return how far a `Date` header is ahead of `now`; it has whole seconds, so half of one is added."""
    try:
        return email.utils.parsedate_to_datetime(told).timestamp() + 0.5 - now
    except (TypeError, ValueError):
        return None
