"""The verb `preview`: a poster, a light GLB where the viewer needs one, and the facts; the model is read once."""

import shutil

from engine.facts import collect_facts
from engine.job import Job
from engine.light import needs_light, write_light_glb
from engine.scene import load_model
from engine.studio import render_poster

LIGHT_OVER_BYTES = 8_000_000
POSTER_PX = 640
POSTER_FILE, LIGHT_FILE = "poster.webp", "light.glb"


def run(job: Job) -> dict:
    """Load the model, tell its facts, write the light GLB, then render (the studio moves things about: last)."""
    poster_px = job.get_integer("poster_px", POSTER_PX, least=64, most=2048)
    light_over_bytes = job.get_integer("light_over_bytes", LIGHT_OVER_BYTES, least=0, most=10**12)
    job.report(0.05, "Reading the model")
    loaded = load_model(job.source, workspace=job.workspace)
    facts = collect_facts(job.source, loaded)
    light = None
    if needs_light(loaded, size_bytes=facts["size_bytes"], light_over_bytes=light_over_bytes):
        job.report(0.4, "Making a light copy for the viewer")
        write_light_glb(job.out / LIGHT_FILE)
        light = LIGHT_FILE
    job.report(0.6, "Rendering the poster")
    render_poster(job.workspace / POSTER_FILE, size_px=poster_px)
    shutil.move(job.workspace / POSTER_FILE, job.out / POSTER_FILE)
    return {"poster": POSTER_FILE, "light": light, "facts": facts}
