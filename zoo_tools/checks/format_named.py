"""A file is in the format that its name ends with.

Why: readers, engines and figures are chosen by the declared format; a row that links to the file beside it looks right
until somebody runs it.
How to fix: compare the row with the file it links to; mend the format, or name the right file.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding

_FORMATS = {
    ".tflite": "tflite", ".lite": "tflite", ".h5": "keras-h5", ".hdf5": "keras-h5", ".keras": "keras", ".onnx": "onnx",
    ".xml": "openvino-ir", ".pb": "tf-frozen-graph", ".pth": "torch-pth", ".pt": "torch-pth",
}  # fmt: skip
"""By the ending of a name; one that is not listed says nothing."""


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Compare the ending of the name with the declared format."""
    artifact = subject.artifact
    stem, point, ending = artifact.filename.casefold().rpartition(".")
    named = _FORMATS.get(point + ending) if stem else None
    if named is not None and named != artifact.format:
        message = f"`{artifact.filename}` is named as {named}, its format is declared {artifact.format}"
        fix = "mend the format, or name the right file"
        yield CHECK.warning(subject, message, fix=fix, at=subject.at("format"))


CHECK = Check("format-named", Level.STATIC, artifacts, run)
