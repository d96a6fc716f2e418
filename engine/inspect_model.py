"""The verb `inspect`: the facts of a model and its problems."""

from engine.facts import collect_facts
from engine.job import Job
from engine.scene import load_model


def run(job: Job) -> dict:
    """Load the model and tell its facts."""
    job.report(0.1, "Reading the model")
    loaded = load_model(job.source, workspace=job.workspace)
    job.report(0.7, "Looking for problems")
    return {"facts": collect_facts(job.source, loaded)}
