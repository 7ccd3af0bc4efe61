"""The declared inputs are the file's: names, order, shapes, dtypes, scale and zero point.

Why: whoever integrates the model copies these lines into firmware.
How to fix: write what the file holds; `zoo_tools inspect FILE` shows it.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.checks.tensors_match import declared, differences
from zoo_tools.domain.findings import Finding


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Compare the declared inputs with the file's, in its order."""
    facts = context.facts(subject)
    tensors = declared(subject, facts)
    if tensors is None:
        fix = "add `tensors:` with roles; `zoo_tools inspect FILE` shows the rest"
        yield CHECK.error(subject, "the artifact declares no tensors", fix=fix)
        return
    for path, message, fix in differences(tensors.inputs, facts.inputs, side="input"):
        yield CHECK.error(subject, message, fix=fix, at=subject.at("tensors", "inputs", *path))


CHECK = Check("io-inputs", Level.FILES, pinned_artifacts, run)
