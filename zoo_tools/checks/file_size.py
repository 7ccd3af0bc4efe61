"""The artifact and its companions have the sizes the manifest states.

Why: the size bounds every download; a wrong one refuses the right file.
How to fix: write the number of bytes of the file whose sha256 is stated.
"""

from collections.abc import Callable, Iterator
from functools import partial

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding, Location
from zoo_tools.errors import WrongBytesError
from zoo_tools.fetch import MistypedSizeError


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Get each file; its size is verified on the way."""
    files: list[tuple[Callable[[], object], Location]] = [(partial(context.file, subject), subject.at("size"))]
    for i, companion in enumerate(subject.artifact.companions):
        files.append((partial(context.companion, companion), subject.at("companions", i, "size")))
    for get, at in files:
        try:
            get()
        except MistypedSizeError as error:
            yield CHECK.error(subject, error.message, fix=error.fix or "mend the size", at=at)
        except WrongBytesError:
            continue  # file-hash reports it


CHECK = Check("file-size", Level.FILES, pinned_artifacts, run, gate=True)
