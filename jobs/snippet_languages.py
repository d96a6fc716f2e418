"""Writes one call in three languages. The code reads the key from the environment and stops at the first refusal."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.fields import SentAs

INDENT = "  "


@dataclass(frozen=True)
class File:
    """A file of the reader's own, and how it reaches the vendor."""

    path: str
    kind: str
    media_type: str
    sent_as: SentAs


@dataclass(frozen=True)
class FreshId:
    """A new idempotency key: the one that was sent belongs to the request that was sent."""


@dataclass(frozen=True)
class Call:
    """A request with files and fresh IDs in the places of what cannot be sent twice."""

    base_url: str
    key_variable: str
    method: str
    path: str
    body: Mapping[str, Any]

    def sends(self, way: SentAs) -> bool:
        return any(file.sent_as == way for file in find_files(self.body))

    @property
    def uploads(self) -> bool:
        return self.sends("file_key") or self.sends("url")

    @property
    def has_fresh_id(self) -> bool:
        return any(isinstance(value, FreshId) for value in self.body.values())


def find_files(value: Any) -> Iterator[File]:
    if isinstance(value, File):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from find_files(item)
    elif isinstance(value, list):
        for item in value:
            yield from find_files(item)


def write_value(value: Any, write_leaf: Callable[[Any], str], *, step: str = INDENT, indent: str = "") -> str:
    """Return nested JSON over several lines; `write_leaf` writes what is neither object nor list."""
    inner = indent + step
    if isinstance(value, Mapping) and value:
        items = [
            f"{inner}{json.dumps(name)}: {write_value(item, write_leaf, step=step, indent=inner)}"
            for name, item in value.items()
        ]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        items = [write_value(item, write_leaf, step=step, indent=inner) for item in value]
        short = f"[{', '.join(items)}]"
        return short if len(short) < 80 else "[\n" + ",\n".join(f"{inner}{item}" for item in items) + f"\n{indent}]"
    return write_leaf(value)


def write_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# --- cURL -----------------------------------------------------------------------------------------------------------

CURL_UPLOAD = """
upload() {  # path, kind, media type: prints the vendor's key of the file
  answer=$(curl --silent --show-error --fail-with-body "$BASE/upload/$2" \\
    --header "Authorization: Bearer $%(key)s" --form "file=@$1;type=$3") || { echo "$answer" >&2; return 1; }
  printf "%%s" "$answer" | sed -n 's/.*"file_key": *"\\([^"]*\\)".*/\\1/p'
}
"""
CURL_PUBLIC = """
make_public() {  # the key of a file: prints an address that anybody can read for a while
  answer=$(curl --silent --show-error --fail-with-body "$BASE/upload/presigned-get-url" \\
    --header "Authorization: Bearer $%(key)s" --header "Content-Type: application/json" \\
    --data "{\\"file_key\\": \\"$1\\"}") || { echo "$answer" >&2; return 1; }
  printf "%%s" "$answer" | sed -n 's/.*"\\(download_\\)\\{0,1\\}url": *"\\([^"]*\\)".*/\\2/p'
}
"""
CURL_CALL = """
curl --silent --show-error --fail-with-body --request %(method)s "$BASE%(path)s" \\
  --header "Authorization: Bearer $%(key)s" --header "Content-Type: application/json" \\
  --data-binary @- <<JSON
%(body)s
JSON
"""


def write_curl(call: Call) -> str:
    names = {"key": call.key_variable, "method": call.method, "path": call.path}
    files = list(find_files(call.body))
    variables = {id(file): f"file_{number}" for number, file in enumerate(files, start=1)}
    steps = [f"# sh request.sh\nset -e\nBASE={call.base_url}\n"]
    steps += [CURL_UPLOAD % names] if call.uploads else []
    steps += [CURL_PUBLIC % names] if call.sends("url") else []
    steps += ["\n", *(write_shell_file(file, variables[id(file)]) for file in files)] if files else []

    def write_leaf(value: Any) -> str:
        return f'"${variables[id(value)]}"' if isinstance(value, File) else write_shell_leaf(value)

    steps.append(CURL_CALL % {**names, "body": write_value(call.body, write_leaf)})
    return "".join(steps)


def write_shell_file(file: File, variable: str) -> str:
    """Put into a variable what the vendor takes for the file."""
    if file.sent_as == "data_uri":
        return f"{variable}=\"data:{file.media_type};base64,$(base64 <{file.path} | tr -d '\\n')\"\n"
    lines = f"{variable}=$(upload {file.path} {file.kind} {file.media_type})\n"
    return lines + (f'{variable}=$(make_public "${variable}")\n' if file.sent_as == "url" else "")


def write_shell_leaf(value: Any) -> str:
    """Write JSON for a here-document, in which the shell still looks for variables and commands."""
    if isinstance(value, FreshId):
        return '"order-$(date +%s)-$$"'
    text = write_json(value)
    for sign in ("\\", "$", "`"):
        text = text.replace(sign, f"\\{sign}")
    return text


# --- JavaScript -----------------------------------------------------------------------------------------------------

JS_HEAD = """\
// Node 20 or newer: node request.mjs
%(imports)s
const BASE = "%(base)s";
const KEY = process.env.%(key)s;

async function call(path, body, method = "POST") {
  const headers = { Authorization: `Bearer ${KEY}` };
  if (!(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  const answer = await fetch(BASE + path, { method, headers, body });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.json();
}
"""
JS_UPLOAD = """
async function upload(path, kind, type) {
  const form = new FormData();
  form.set("file", new Blob([await readFile(path)], { type }), path);
  return (await call(`/upload/${kind}`, form)).data.file_key;
}
"""
JS_PUBLIC = """
async function makePublic(key) {
  const { data } = await call("/upload/presigned-get-url", { file_key: key });
  return data.download_url ?? data.url;
}
"""
JS_INLINE = """
async function inline(path, type) {
  return `data:${type};base64,${(await readFile(path)).toString("base64")}`;
}
"""


def write_javascript(call: Call) -> str:
    has_files = any(find_files(call.body))
    imports = 'import { readFile } from "node:fs/promises";\n' if has_files else ""
    steps = [JS_HEAD % {"imports": imports, "base": call.base_url, "key": call.key_variable}]
    steps += [JS_UPLOAD] if call.uploads else []
    steps += [JS_PUBLIC] if call.sends("url") else []
    steps += [JS_INLINE] if call.sends("data_uri") else []
    body = write_value(call.body, write_javascript_leaf)
    method = "" if call.method == "POST" else f", {write_json(call.method)}"
    steps.append(f"\nconsole.log(await call({write_json(call.path)}, {body}{method}));\n")
    return "".join(steps)


def write_javascript_leaf(value: Any) -> str:
    if isinstance(value, FreshId):
        return "crypto.randomUUID()"
    if not isinstance(value, File):
        return write_json(value)
    if value.sent_as == "data_uri":
        return f'await inline("{value.path}", "{value.media_type}")'
    uploaded = f'await upload("{value.path}", "{value.kind}", "{value.media_type}")'
    return f"await makePublic({uploaded})" if value.sent_as == "url" else uploaded


# --- Python ---------------------------------------------------------------------------------------------------------

PYTHON_HEAD = """\
%(imports)s
import requests

BASE = "%(base)s"
session = requests.Session()
session.headers["Authorization"] = f"Bearer {os.environ['%(key)s']}"


def call(path, method="POST", **data):
    answer = session.request(method, BASE + path, timeout=300, **data)
    if not answer.ok:
        raise SystemExit(f"{answer.status_code} {answer.text}")
    return answer.json()
"""
PYTHON_UPLOAD = """

def upload(path, kind, media_type):
    with open(path, "rb") as file:
        return call(f"/upload/{kind}", files={"file": (path, file, media_type)})["data"]["file_key"]
"""
PYTHON_PUBLIC = """

def make_public(key):
    data = call("/upload/presigned-get-url", json={"file_key": key})["data"]
    return data.get("download_url") or data["url"]
"""
PYTHON_INLINE = """

def inline(path, media_type):
    with open(path, "rb") as file:
        return f"data:{media_type};base64,{base64.b64encode(file.read()).decode()}"
"""
PYTHON_WORDS = {True: "True", False: "False", None: "None"}


def write_python(call: Call) -> str:
    modules = [("base64", call.sends("data_uri")), ("os", True), ("uuid", call.has_fresh_id)]
    imports = "".join(f"import {name}\n" for name, is_used in modules if is_used)
    steps = [PYTHON_HEAD % {"imports": imports, "base": call.base_url, "key": call.key_variable}]
    steps += [PYTHON_UPLOAD] if call.uploads else []
    steps += [PYTHON_PUBLIC] if call.sends("url") else []
    steps += [PYTHON_INLINE] if call.sends("data_uri") else []
    method = "" if call.method == "POST" else f", {write_json(call.method)}"
    body = write_value(call.body, write_python_leaf, step="    ")
    steps.append(f"\n\nprint(call({write_json(call.path)}{method}, json={body}))\n")
    return "".join(steps)


def write_python_leaf(value: Any) -> str:
    if isinstance(value, FreshId):
        return "uuid.uuid4().hex"
    if value is None or isinstance(value, bool):
        return PYTHON_WORDS[value]
    if not isinstance(value, File):
        return write_json(value)
    if value.sent_as == "data_uri":
        return f'inline("{value.path}", "{value.media_type}")'
    uploaded = f'upload("{value.path}", "{value.kind}", "{value.media_type}")'
    return f"make_public({uploaded})" if value.sent_as == "url" else uploaded


LANGUAGES: dict[str, Callable[[Call], str]] = {
    "curl": write_curl,
    "javascript": write_javascript,
    "python": write_python,
}
