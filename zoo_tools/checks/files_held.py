"""What the registry holds itself is there, and is as large as the manifest says.

Why: an artifact with a `path` is offered to everybody who has the registry; one that was forgotten in the commit, or
stored by Git LFS as a pointer, is missed only by others.
How to fix: put the file where `path` says and commit it, or give its addresses instead.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.errors import UnavailableError
from zoo_tools.registry.load import shown_name


def held_artifacts(context: Context) -> Iterator[ArtifactSubject]:
    """Select the artifacts that the registry holds itself."""
    yield from (subject for subject in artifacts(context) if subject.artifact.path is not None)


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Look for the file, and at its size; its bytes are proven by file-hash.

    Raises:
        UnavailableError: its folder cannot be looked into.
    """
    artifact = subject.artifact
    assert artifact.path is not None
    file = subject.entry.path.parent / artifact.path
    at = subject.at("path")
    try:
        size = file.stat().st_size if file.is_file() else None
    except OSError as error:
        message = f"{shown_name(file)} cannot be looked at: {error.strerror}"
        raise UnavailableError(message, fix="make its folder readable") from None
    if size is None:
        message = f"there is no file {artifact.path} in this model's folder, and the artifact says so"
        yield CHECK.error(subject, message, fix="commit the file, or give `urls:` in place of `path:`", at=at)
    elif artifact.size is not None and size != artifact.size:
        message = f"{artifact.path} has {size:,} bytes; the artifact says {artifact.size:,}"
        yield CHECK.error(subject, message, fix="compare it with the file that was described", at=subject.at("size"))


CHECK = Check("files-held", Level.FILES, held_artifacts, run, gate=True)
