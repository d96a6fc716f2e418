"""What a download follows and what it refuses: redirects, inner networks, clear refusals."""

import ipaddress
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.vendors import addresses, downloads
from jobs.vendors.base import VendorError
from tests.integration.jobs.fake_vendor import FakeVendor, Handler, reply

Start = Callable[[Handler], FakeVendor]
OUTSIDE = ipaddress.ip_address("8.8.8.8")
FILE = reply("200 OK", b"glTF")


def make(text: str) -> addresses.Address:
    found = addresses.read_address(text)
    assert found is not None
    return found


def fetch(url: str, folder: Path, *, vendor_url: str = "http://127.0.0.1:9") -> bytes:
    target = folder / "result"
    downloads.download(url, target, limit_bytes=1000, keep_on=lambda: True, label="Triverse", vendor_url=vendor_url)
    return target.read_bytes()


def lead_to(url: str, status: str = "302 Found") -> Handler:
    return reply(status, b"", f"Location: {url}", "Set-Cookie: a=b")


def count_requests(vendor: FakeVendor) -> int:
    return sum(request.startswith(b"GET ") for request in vendor.requests)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_followed_to_the_file(start: Start, tmp_path: Path, status: str) -> None:
    storage = start(FILE)
    first = start(lead_to(f"{storage.url}/there?Signature=s", status))

    assert fetch(f"{first.url}/m.glb?key=k", tmp_path) == b"glTF"

    assert storage.requests[0].startswith(b"GET /there?Signature=s ")
    assert b"authorization" not in storage.requests[0].lower()
    assert b"referer" not in storage.requests[0].lower()


def test_a_redirect_without_end_is_refused(start: Start, tmp_path: Path) -> None:
    vendor = start(lambda connection, request: lead_to("/again")(connection, request))

    with pytest.raises(VendorError, match="from one address of the file to the next") as caught:
        fetch(f"{vendor.url}/m", tmp_path)

    assert not caught.value.retryable
    assert count_requests(vendor) == downloads.REDIRECTS_MAX + 1


@pytest.mark.parametrize("further", ["file:///etc/passwd", "ftp://127.0.0.1/m", "data:text/plain,x"])
def test_a_redirect_leads_to_web_addresses_alone(start: Start, tmp_path: Path, further: str) -> None:
    vendor = start(lead_to(further))

    with pytest.raises(VendorError, match="not safe"):
        fetch(f"{vendor.url}/m", tmp_path)


def test_a_redirect_from_outside_does_not_lead_inside(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = start(FILE)
    outer = start(lead_to(f"http://127.0.0.2:{inner.port}/latest/meta-data"))
    monkeypatch.setattr(addresses, "resolve", lambda host: [OUTSIDE] if host == "127.0.0.1" else [make("127.0.0.2")])

    with pytest.raises(VendorError, match="inside a private network") as caught:
        fetch(f"{outer.url}/m", tmp_path, vendor_url="http://near.example")

    assert (caught.value.code, caught.value.retryable) == ("bad_address", False)
    assert count_requests(outer) == 1
    assert not inner.requests


def test_a_name_that_turns_inside_after_it_was_looked_up_gets_no_request(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = start(FILE)
    outer = start(lead_to(f"{inner.url}/latest/meta-data"))
    monkeypatch.setattr(addresses, "resolve", lambda host: [OUTSIDE] if host == "127.0.0.1" else [make("10.0.0.1")])

    with pytest.raises(VendorError, match="not answering"):
        fetch(f"{outer.url}/m", tmp_path, vendor_url="http://near.example")

    assert count_requests(outer) == 1
    assert count_requests(inner) == 0


@pytest.mark.parametrize(
    ("url", "is_refused"),
    [
        ("http://127.0.0.1/m", True),
        ("http://[::1]/m", True),
        ("http://[::ffff:10.0.0.1]/m", True),
        ("http://localhost:5432/m", True),
        ("http://10.1.2.3/m", True),
        ("http://169.254.169.254/latest", True),
        ("http://100.64.0.1/m", True),
        ("http://0.0.0.0/m", True),
        ("http://224.0.0.1/m", True),
        ("http://2130706433/m", True),
        ("http://0xa.1/m", True),
        ("http://this-machine.example/m", True),
        ("https://8.8.8.8/m", False),
        ("https://[2606:4700::1]/m", False),
        ("https://bucket.in-a-company.example/m", False),
    ],
)
def test_a_vendor_outside_cannot_name_an_address_inside(
    url: str, is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"bucket.in-a-company.example": [make("10.9.8.7")], "this-machine.example": [make("127.0.0.1")]}
    monkeypatch.setattr(addresses, "resolve", lambda host: known.get(host, []))

    assert addresses.names_inside(url) is is_refused


def test_an_inner_address_of_a_vendor_outside_is_not_asked(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = start(FILE)
    monkeypatch.setattr(addresses, "resolve", lambda host: [OUTSIDE] if host == "api.example" else [make(host)])

    with pytest.raises(VendorError, match="inside a private network"):
        fetch(f"{inner.url}/m", tmp_path, vendor_url="https://api.example")

    assert not inner.requests


@pytest.mark.parametrize(
    ("status", "retryable", "text"),
    [
        ("400 Bad Request", False, "Triverse refuses to give the file (400 Bad Request)."),
        ("451 Unavailable", False, "Triverse refuses to give the file (451 Unavailable For Legal Reasons)."),
        ("304 Not Modified", False, "Triverse refuses to give the file (304 Not Modified)."),
        ("799 Odd", True, "Triverse did not give the file (799)."),
        ("429 Too Many", True, "Triverse did not give the file (429 Too Many Requests)."),
        ("410 Gone", True, "The address of the file is over (410 Gone)."),
    ],
)
def test_a_clear_refusal_is_told_and_not_tried_for_ever(
    start: Start, tmp_path: Path, status: str, retryable: bool, text: str
) -> None:
    vendor = start(reply(status))

    with pytest.raises(VendorError) as caught:
        fetch(f"{vendor.url}/m", tmp_path)

    assert (caught.value.message, caught.value.retryable) == (text, retryable)
