"""Whatever the model is shown, it answers with numbers, and with boxes near the picture.

Why: a NaN passes every comparison unseen, and a wrong box coder throws boxes far out long before detections look odd.
Shown are the golden pictures, a grey, a black and a noise picture; boxes are looked at before clipping.
How to fix: mend the decoder in the contract, or report the model to its publisher.
"""

from collections.abc import Iterator

import numpy as np

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding

NEAREST, FARTHEST = -0.5, 1.5
"""Bounds of decoded corners, in fractions of the picture."""


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Look at every output and decoded box."""
    seen = context.observation(subject)
    at = subject.entry.locate(("contracts", subject.contract_id, "decode"))
    for name in seen.pictures:
        wild = [role for role, array in seen.raw(name).items() if not np.isfinite(array.astype(np.float64)).all()]
        if wild:
            message = f"{' and '.join(wild)} hold NaN or infinite values on {name}; every value should be a number"
            yield CHECK.error(subject, message, fix="report the file to its publisher", at=subject.at("sha256"))
            continue
        decoded = seen.decoded(name)
        candidates = decoded.boxes[decoded.best > float(subject.contract.select.lowest_score)]
        if not len(candidates):
            continue
        low, high = float(candidates.min()), float(candidates.max())
        if low < NEAREST or high > FARTHEST:
            reach, bounds = f"{low:.3g} to {high:.3g}", f"{NEAREST} to {FARTHEST}"
            message = f"decoded boxes on {name} reach from {reach}; they should stay within {bounds}"
            yield CHECK.error(subject, message, fix="mend the coder, its order or its units", at=at)


CHECK = Check("boxes-finite", Level.RUN, pinned_artifacts, run)
