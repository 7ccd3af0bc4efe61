"""The bytes of the artifact and of its companions are the ones the manifest names: each sha256 is exact.

Why: everything else is said of these bytes. A file of the same name may be last year's.
How to fix: find out which bytes are meant; mend the digest, or pin the new file with its own figures.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.errors import WrongBytesError


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Get each file from cache, mirror or network; its sha256 is verified on the way."""
    try:
        context.file(subject)
    except WrongBytesError as error:
        yield CHECK.error(subject, error.message, fix=error.fix or "mend the digest", at=subject.at("sha256"))
    for i, companion in enumerate(subject.artifact.companions):
        try:
            context.companion(companion)
        except WrongBytesError as error:
            at = subject.at("companions", i, "sha256")
            yield CHECK.error(subject, error.message, fix=error.fix or "mend the digest", at=at)


CHECK = Check("file-hash", Level.FILES, pinned_artifacts, run, gate=True)
