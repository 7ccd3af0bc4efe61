"""The file is what its format says, and sound.

Why: a Git LFS pointer, a web page or half a download can carry a model's name, and some runtimes crash on them.
How to fix: get the real file and pin that, or mend `format:`.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.errors import BrokenFileError
from zoo_tools.modelfile.kind import sniff
from zoo_tools.modelfile.read import KINDS


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Look at the file's first bytes, then read it through; its companions with it."""
    artifact = subject.artifact
    kind, expected = sniff(context.file(subject)), KINDS[artifact.format]
    if kind not in expected:
        message = f"{artifact.filename} is {kind.sentence}; format {artifact.format} should be {expected[0].sentence}"
        yield CHECK.error(subject, message, fix="pin the real file, or mend `format:`", at=subject.at("format"))
        return
    try:
        context.facts(subject)
    except BrokenFileError as error:
        fix = error.fix or "pin a sound file"
        yield CHECK.error(subject, error.message, fix=fix, at=subject.at("format"))


CHECK = Check("file-kind", Level.FILES, pinned_artifacts, run, gate=True)
