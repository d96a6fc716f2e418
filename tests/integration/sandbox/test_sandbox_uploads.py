"""Multipart uploads, signed addresses, and the host that serves them."""

import re

import pytest
import requests

from sandbox.canned_models import build_glb
from tests.integration.sandbox.caller import Caller, build_image, fetch, read_data, read_refusal
from tests.sandbox_process import SandboxProcess

IMAGE_LIMIT_BYTES = 50 * 10**6


def sign_upload(caller: Caller, **body: str) -> dict:
    return read_data(caller.call("POST", "/upload/presigned-upload-url", json=body))


def sign_get(caller: Caller, key: str, **body: str) -> requests.Response:
    return caller.call("POST", "/upload/presigned-get-url", json={"file_key": key, **body})


@pytest.mark.parametrize(
    ("image_format", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_an_image_becomes_a_file_key(caller: Caller, image_format: str, mime: str) -> None:
    content = build_image(image_format)

    key = read_data(caller.upload("image", content, name="picture", mime=mime))["file_key"]

    assert re.fullmatch(r"tasks/uid_[0-9a-f-]{36}/\d{8}/[^/]+\.(png|jpg|webp)", key)
    assert caller.account_id() in key
    assert fetch(read_data(sign_get(caller, key))["download_url"]).content == content


@pytest.mark.parametrize("name", ["a.glb", "A.OBJ", "b.fbx", "../../etc/c.stl", "d.zip", "e.usdz", "f.ply"])
def test_a_model_becomes_a_file_key(caller: Caller, name: str) -> None:
    key = read_data(caller.upload(name=name, mime="application/octet-stream"))["file_key"]

    assert key.startswith(f"tasks/uid_{caller.account_id()}/")
    assert ".." not in key


@pytest.mark.parametrize(
    ("kind", "name", "mime"),
    [
        ("image", "a.gif", "image/gif"),
        ("image", "a.png", "application/octet-stream"),
        ("image", "a.png", "image/png"),  # the bytes are a model's
        ("model", "a.png", "image/png"),
        ("model", "a", "model/gltf-binary"),
        ("model", "a.blend", "application/octet-stream"),
    ],
)
def test_a_wrong_type_is_refused_with_2004(caller: Caller, kind: str, name: str, mime: str) -> None:
    assert read_refusal(caller.upload(kind, build_glb(), name=name, mime=mime)) == (400, 2004)


@pytest.mark.parametrize("excess_bytes", [1, 2_000_000])
def test_an_image_that_is_too_large_is_refused_with_1004(caller: Caller, excess_bytes: int) -> None:
    content = build_image("PNG").ljust(IMAGE_LIMIT_BYTES + excess_bytes, b"\0")

    assert read_refusal(caller.upload("image", content, name="a.png", mime="image/png")) == (400, 1004)


def test_an_image_of_just_the_limit_is_taken(caller: Caller) -> None:
    content = build_image("PNG").ljust(IMAGE_LIMIT_BYTES, b"\0")

    assert caller.upload("image", content, name="a.png", mime="image/png").status_code == 200


def test_an_upload_without_content_is_refused(caller: Caller) -> None:
    assert read_refusal(caller.upload(content=b"")) == (400, 1004)


@pytest.mark.parametrize(
    "sent",
    [
        {"files": {"picture": ("a.glb", b"glTF", "model/gltf-binary")}},
        {"data": {"file": "text"}},
        {"json": {"file": "text"}},
        {"data": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"data": b"--x", "headers": {"Content-Type": "multipart/form-data"}},
    ],
)
def test_an_upload_without_a_file_field_is_refused(caller: Caller, sent: dict) -> None:
    headers = sent.pop("headers", {}) | {"Authorization": f"Bearer {caller.key}"}

    answer = requests.post(f"{caller.sandbox.triverse_url}/upload/model", headers=headers, timeout=10, **sent)

    assert read_refusal(answer) == (400, 1004)


def test_the_model_variant_is_geometry_or_textured(caller: Caller) -> None:
    files = {"file": ("a.glb", build_glb(), "model/gltf-binary")}

    taken = caller.call("POST", "/upload/model?modelVariant=textured", files=files)
    refused = caller.call("POST", "/upload/model?modelVariant=shiny", files=files)

    assert taken.status_code == 200
    assert read_refusal(refused) == (400, 1004)


def test_ten_uploads_a_minute_are_taken_of_both_kinds_together(limited_sandbox: SandboxProcess) -> None:
    with Caller(limited_sandbox) as caller, Caller(limited_sandbox) as other:
        for _ in range(5):
            assert caller.upload().status_code == 200
            assert caller.upload("image", build_image("PNG"), name="a.png", mime="image/png").status_code == 200

        assert read_refusal(caller.upload()) == (429, 2000)
        assert read_refusal(caller.upload("image", build_image("PNG"), name="a.png", mime="image/png")) == (429, 2000)
        assert other.upload().status_code == 200
        limited_sandbox.advance_clock(61)
        assert caller.upload().status_code == 200


def test_without_limits_uploads_are_not_counted(caller: Caller) -> None:
    assert all(caller.upload().status_code == 200 for _ in range(15))


def test_a_signed_address_takes_a_direct_upload(caller: Caller) -> None:
    signed = sign_upload(caller, filename="cube.glb", content_type="model/gltf-binary")

    put = requests.put(signed["upload_url"], data=build_glb(), headers=signed["headers"], timeout=10)

    assert put.status_code == 200
    assert caller.finish(caller.remesh(model_file=signed["file_key"]))["status"] == "SUCCESS"


def test_a_file_that_was_not_put_yet_is_not_found(caller: Caller) -> None:
    signed = sign_upload(caller, filename="cube.glb")

    assert read_refusal(caller.remesh(model_file=signed["file_key"])) == (404, 1005)
    assert read_refusal(sign_get(caller, signed["file_key"])) == (404, 1005)


def test_a_put_with_another_content_type_is_refused(caller: Caller) -> None:
    signed = sign_upload(caller, filename="cube.glb", content_type="model/gltf-binary")

    put = requests.put(signed["upload_url"], data=build_glb(), headers={"Content-Type": "text/plain"}, timeout=10)

    assert put.status_code == 403
    assert "SignatureDoesNotMatch" in put.text


def test_an_address_for_reading_takes_no_upload(caller: Caller) -> None:
    url = read_data(sign_get(caller, caller.upload_model()))["download_url"]

    assert requests.put(url, data=b"other", timeout=10).status_code == 403


def test_a_signed_upload_expires(caller: Caller) -> None:
    signed = sign_upload(caller, filename="cube.glb")
    caller.sandbox.advance_clock(3600)

    put = requests.put(signed["upload_url"], data=build_glb(), headers=signed["headers"], timeout=10)

    assert put.status_code == 403
    assert "expired" in put.text


@pytest.mark.parametrize("body", [{}, {"filename": ""}, {"filename": 3}])
def test_a_signed_upload_needs_a_file_name(caller: Caller, body: dict) -> None:
    assert read_refusal(caller.call("POST", "/upload/presigned-upload-url", json=body)) == (400, 1004)


def test_a_signed_upload_needs_a_known_extension(caller: Caller) -> None:
    answer = caller.call("POST", "/upload/presigned-upload-url", json={"filename": "virus.exe"})

    assert read_refusal(answer) == (400, 2004)


def test_a_signed_address_reads_the_file_under_the_name_that_was_asked(caller: Caller) -> None:
    signed = read_data(sign_get(caller, caller.upload_model(), filename="my cube.glb"))

    answer = fetch(signed["download_url"])

    assert answer.content == build_glb()
    assert "my%20cube.glb" in answer.headers["content-disposition"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", signed["expires_at"])


def test_a_signed_address_answers_ranges_and_head(caller: Caller) -> None:
    url = read_data(sign_get(caller, caller.upload_model()))["download_url"]

    part, head = fetch(url, headers={"Range": "bytes=4-11"}), requests.head(url, timeout=10)

    assert (part.status_code, part.content) == (206, build_glb()[4:12])
    assert head.headers["content-length"] == str(len(build_glb()))


def test_a_signed_address_expires(caller: Caller) -> None:
    url = read_data(sign_get(caller, caller.upload_model()))["download_url"]
    caller.sandbox.advance_clock(3600)

    assert fetch(url).status_code == 403


def test_a_cut_or_changed_signature_opens_nothing(caller: Caller) -> None:
    url = read_data(sign_get(caller, caller.upload_model()))["download_url"]

    assert fetch(url[:-1]).status_code == 403
    assert fetch(url.partition("?")[0]).status_code == 403
    assert fetch(url.replace("Expires=", "Expires=9")).status_code == 403
    assert fetch(url.replace(".glb?", ".fbx?")).status_code == 403


def test_the_storage_host_refuses_the_api_key(caller: Caller) -> None:
    url = read_data(sign_get(caller, caller.upload_model()))["download_url"]

    assert caller.session.get(url, timeout=10).status_code == 400


def test_a_foreign_file_key_is_not_found(caller: Caller, stranger_caller: Caller) -> None:
    key = caller.upload_model()

    assert read_refusal(sign_get(stranger_caller, key)) == (404, 1005)
    assert read_refusal(stranger_caller.remesh(model_file=key)) == (404, 1005)
