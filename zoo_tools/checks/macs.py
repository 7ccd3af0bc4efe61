"""The declared multiply-accumulates of one inference are the file's.

Why: counts are copied from papers and from sibling models.
Counted are convolutions, fully connected layers and matrix products at the declared input size.
How to fix: write the count the file proves; `zoo_tools inspect FILE` shows it.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding


def declared(context: Context) -> Iterator[ArtifactSubject]:
    """Select the pinned artifacts that declare the count."""
    for subject in pinned_artifacts(context):
        if subject.artifact.macs is not None:
            yield subject


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Compare the declared count with the file's; exact."""
    stated, held = subject.artifact.macs, context.facts(subject).macs
    if held is None:
        raise Skip(f"{subject.artifact.format} files do not tell how much their layers multiply")
    if stated != held:
        message = f"macs is {stated}, the file has {held}"
        yield CHECK.error(subject, message, fix=f"write {held}", at=subject.at("macs"))


CHECK = Check("macs", Level.FILES, declared, run)
