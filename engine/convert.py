"""The verb `convert`: one model, another format."""

from engine.export import export_model
from engine.facts import collect_facts
from engine.formats import FORMATS
from engine.job import Job
from engine.scene import load_model


def run(job: Job) -> dict:
    """Load the model, write it in the wanted format, and tell the facts of what was written.

    The facts are those of the scene after the export; what the format could not hold is in `notes`.
    """
    target = job.get_text("target_format", choices=FORMATS)
    job.report(0.05, "Reading the model")
    loaded = load_model(job.source, workspace=job.workspace)
    job.report(0.4, f"Writing {target.upper()}")
    exported = export_model(target, folder=job.out, stem="model", workspace=job.workspace)
    job.report(0.8, "Checking the result")
    check = job.workspace / "check"
    check.mkdir()
    written = load_model(exported.path, workspace=check)
    notes = [*exported.notes]
    if loaded.missing_pictures:
        notes.append(f"Pictures that did not come with the model: {', '.join(loaded.missing_pictures[:5])}.")
    return {
        "file": exported.path.name,
        "format": target,
        "facts": collect_facts(exported.path, written),
        "notes": notes,
    }
