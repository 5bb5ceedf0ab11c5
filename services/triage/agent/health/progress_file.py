"""Writes progress to a small file, whose age a container's health check can test."""

import json
from pathlib import Path

from services.triage.agent.health.progress import Progress


def write_progress(path: Path, progress: Progress) -> None:
    """Replace the file at once, so that no reader ever sees half of it."""
    fresh = path.with_suffix(".new")
    document = {
        "phase": progress.phase,
        "ready": progress.is_ready(),
        "chunks": progress.chunks,
        "decided": progress.decided,
        "outputs": progress.outputs,
        "decided_to": progress.decided_to,
        "waiting": sorted(progress.waiting),
    }
    fresh.write_text(json.dumps(document))
    fresh.replace(path)
