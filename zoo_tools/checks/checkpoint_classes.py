"""A checkpoint was trained for as many classes as the label set of its variant has names.

Why: a checkpoint holds no graph and no names, so one of another data set fits every statement but this: the shapes of
its heads. On each level a cell has A boxes; the last convolution for the scores has A * (classes + 1) rows, that for
the offsets 4 * A.
How to fix: name the label set the checkpoint was trained with, or pin the checkpoint that belongs to this variant.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.modelfile.torch_heads import class_count


def checkpoints(context: Context) -> Iterator[ArtifactSubject]:
    """Select the pinned checkpoints."""
    for subject in pinned_artifacts(context):
        if subject.artifact.format == "torch-pth":
            yield subject


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Compare the number of classes its heads have with the number of names."""
    labels = context.registry.labels.get(subject.variant.labels)
    if labels is None:
        raise Skip(f"the label set `{subject.variant.labels}` is not described: see references-resolve")
    held = class_count(context.facts(subject).held)
    if held is None:
        raise Skip("its keys are not those of detection heads that are known here")
    stated = len(labels.value.names)
    if held != stated:
        message = f"the heads of the checkpoint are made for {held} classes, label set `{labels.id}` names {stated}"
        at = subject.entry.locate((*subject.path[:2], "labels"))
        yield CHECK.error(subject, message, fix="name the label set it was trained with, or pin another file", at=at)


CHECK = Check("checkpoint-classes", Level.FILES, checkpoints, run)
