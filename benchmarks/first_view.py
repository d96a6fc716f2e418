"""How soon a person sees a 75 MB model: the page of its file beside bare model-viewer, over 10 Mbit/s.

`python -m benchmarks.first_view [--rounds 3]`. Results: build/bench/first_view.json
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import statistics
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.figures import ROOT, Section
from tests.browser.walking import make_first_account
from tests.site_process import SiteProcess
from tests.waiting import wait_until

MEGABITS_PER_S = 10
LATENCY_MS = 20
RINGS, SEGMENTS = 510, 1020
"""A ball of 1.04 million flat-shaded triangles whose corners are not shared: 75 MB, as a scan without textures is."""
SHOWN_WITHIN_MS = 240_000
READY_WITHIN_S = 600
CHROMIUM = [
    *("--no-sandbox", "--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist"),
    "--disable-gpu-compositing",  # else pages, too, are painted by the emulated graphics card, in twice the time
]
METHOD = (
    "One GLB of {megabytes:.0f} MB ({triangles:,} flat-shaded triangles) is uploaded to the running product, whose "
    f"worker makes poster and light GLB. Then Chromium, throttled by its own protocol to {MEGABITS_PER_S} Mbit/s and "
    f"{LATENCY_MS} ms, with nothing cached, opens in turn the page of the file and a page that holds nothing but the "
    "same model-viewer with the same file, both from this machine. Poster: when the browser has painted it (its own "
    "largest contentful paint). "
    "Model: model-viewer's `load` and the next two frames. Median over {rounds} rounds. WebGL is Mesa's software "
    "renderer, so the time to draw is longer than on any graphics card, for both; pages are painted by the processor, "
    "as Chromium does where there is no graphics card."
)
WATCH = """(within) => {
    const seen = {};
    let tell;
    window.seen = new Promise((resolve, reject) => {
        tell = resolve;
        setTimeout(() => reject(new Error("the model was not seen")), within);
    });
    const afterTwoFrames = (name) => requestAnimationFrame(() => requestAnimationFrame(() => {
        seen[name] ??= performance.now();
        if (name === "model") tell(seen);
    }));
    document.addEventListener("load", (event) => {
        if (event.target.matches?.("model-viewer")) afterTwoFrames("model");
    }, true);
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
        if (entry.element?.matches("[data-viewer-poster]")) seen.poster = entry.startTime;
    })).observe({type: "largest-contentful-paint", buffered: true});
    customElements.whenDefined("model-viewer").then(() => {
        const listen = () => {
            const model = document.querySelector("model-viewer");
            if (!model) return requestAnimationFrame(listen);
            if (model.loaded) return afterTwoFrames("model");
            model.addEventListener("load", () => afterTwoFrames("model"), { once: true });
        };
        listen();
    });
}"""


def write_scan(path: Path) -> int:
    """Write the model and return its number of triangles."""
    down = np.linspace(0, np.pi, RINGS + 1)[:, None]
    around = np.linspace(0, 2 * np.pi, SEGMENTS + 1)[None, :]
    bumps = 1 + 0.02 * np.sin(24 * down) * np.sin(31 * around) + 0.01 * np.sin(90 * down + 70 * around)
    points = np.stack(
        [np.sin(down) * np.cos(around), np.cos(down) * np.ones_like(around), np.sin(down) * np.sin(around)], axis=-1
    )
    points = (points * bumps[..., None] * 0.5).astype("<f4")
    corners = [points[:-1, :-1], points[:-1, 1:], points[1:, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]]
    flat = np.stack(corners, axis=2).reshape(-1, 3, 3)
    normals = np.cross(flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    flat, normals = flat[lengths[:, 0] > 0], normals[lengths[:, 0] > 0] / lengths[lengths[:, 0] > 0]
    parts = [flat.reshape(-1, 3).tobytes(), np.repeat(normals, 3, axis=0).astype("<f4").tobytes()]
    path.write_bytes(
        build_glb(parts, count=len(flat) * 3, low=flat.min((0, 1)).tolist(), high=flat.max((0, 1)).tolist())
    )
    return len(flat)


def build_glb(parts: list[bytes], *, count: int, low: list[float], high: list[float]) -> bytes:
    accessor = {"componentType": 5126, "count": count, "type": "VEC3"}
    document = {
        "asset": {"version": "2.0", "generator": "Patina benchmarks"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1}}]}],
        "accessors": [accessor | {"bufferView": 0, "min": low, "max": high}, accessor | {"bufferView": 1}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(parts[0])},
            {"buffer": 0, "byteOffset": len(parts[0]), "byteLength": len(parts[1])},
        ],
        "buffers": [{"byteLength": sum(map(len, parts))}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary = b"".join(parts)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serve_bare(folder: Path) -> Iterator[str]:
    """Serve a page that holds model-viewer and the file, and nothing else."""
    library = ROOT / "static" / "vendor" / "model-viewer" / "model-viewer.min.js"
    (folder / "model-viewer.min.js").write_bytes(library.read_bytes())
    (folder / "index.html").write_text(
        '<!DOCTYPE html><script type="module" src="model-viewer.min.js"></script>'
        "<style>model-viewer { width: 900px; height: 600px; }</style>"
        '<model-viewer src="scan.glb" camera-controls></model-viewer>'
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/index.html"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def upload(browser: Browser, site: SiteProcess, state: Path, model: Path) -> str:
    """Upload the file as a person does and return its page, once its light GLB is there."""
    context = browser.new_context(storage_state=state, base_url=site.base_url)
    page = context.new_page()
    page.goto("/p/sample/upload/")
    page.locator("input[type=file]").first.set_input_files(model)
    page.get_by_role("button", name="Upload").first.click()
    wait_until(lambda: find_light(site, model.stem), within_s=READY_WITHIN_S)
    page.goto(f"/p/sample/a/{find_light(site, model.stem)}/")
    address = page.url
    context.close()
    return address


def find_light(site: SiteProcess, name: str) -> int | None:
    """Return the number of the file, once it has its light GLB."""
    rows = site.query("SELECT id FROM jobs_asset WHERE name = ? AND light_sha256 <> ''", name)
    return rows[0][0] if rows else None


def time_page(browser: Browser, address: str, *, state: Path | None) -> dict[str, float]:
    """Return the seconds until poster and model were seen, with nothing cached."""
    context = browser.new_context(storage_state=state, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    throttle(page)
    page.add_init_script(f"({WATCH})({SHOWN_WITHIN_MS})")
    page.goto(address, wait_until="commit", timeout=SHOWN_WITHIN_MS)
    seen = page.evaluate("window.seen")
    context.close()
    return {name: value / 1000 for name, value in seen.items()}


def throttle(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    speed = MEGABITS_PER_S * 1_000_000 / 8
    limits = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": speed, "uploadThroughput": speed}
    session.send("Network.emulateNetworkConditions", limits)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        triangles = write_scan(folder / "scan.glb")
        megabytes = (folder / "scan.glb").stat().st_size / 1e6
        method = METHOD.format(megabytes=megabytes, triangles=triangles, rounds=rounds)
        section = Section("first_view", "The first look at a large model", method=method)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        with SiteProcess(folder / "data") as site, serve_bare(folder) as bare_address:
            state = make_first_account(browser, site.address, kept=folder / "owner.json")
            address = upload(browser, site, state, folder / "scan.glb")
            ours, bare = [], []
            for _ in range(rounds):
                ours.append(time_page(browser, address, state=state))
                bare.append(time_page(browser, bare_address, state=None))
                print(ours[-1], bare[-1], flush=True)
        browser.close()
    add_tables(section, ours, bare)
    section.save()


def add_tables(section: Section, ours: list[dict[str, float]], bare: list[dict[str, float]]) -> None:
    model, poster = (statistics.median(seen[name] for seen in ours) for name in ("model", "poster"))
    alone = statistics.median(seen["model"] for seen in bare)
    rows = [
        ["page of the file", f"{poster:.2f}", f"{model:.1f}", f"{model / alone:.3f}"],
        ["bare model-viewer", "–", f"{alone:.1f}", "1"],
    ]
    section.add_table(["page", "poster, s", "first picture of the model, s", "ratio"], rows)


if __name__ == "__main__":
    main()
