"""The model runs, and what comes out has the declared names, shapes and dtypes.

Why: files declare shapes they do not keep (a published one declares [1, 1, 4] and gives [1, 4420, 4]), and some kill
the runtime that opens them. The model runs in a process of its own; its death is a finding here, and the run goes on.
How to fix: write the shapes that come out; get a sound file where the model cannot be run.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.checks.tensors_match import shape_text
from zoo_tools.domain.findings import Finding, Location
from zoo_tools.domain.manifest import TensorSpec
from zoo_tools.errors import BrokenFileError, ModelRunError, WrongBytesError
from zoo_tools.inference.image import read_image


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Run the model on every picture and probe and compare the outputs with the declared ones."""
    try:
        seen = context.observation(subject)
    except ModelRunError as error:
        yield CHECK.error(subject, error.message, fix=error.fix or "get a sound file", at=subject.at("sha256"))
        return
    except (BrokenFileError, WrongBytesError) as error:
        yield CHECK.error(subject, error.message, fix=error.fix or "get the file again", at=_culprit(subject, context))
        return
    outputs = subject.artifact.tensors.outputs if subject.artifact.tensors else []
    for i, spec in enumerate(outputs):
        shapes = {
            (arrays[spec.name].shape, arrays[spec.name].dtype.name)
            for arrays in seen.runs.values()
            if spec.name in arrays
        }
        at = ("tensors", "outputs", i)
        if not shapes:
            message = (
                f"no output is called `{spec.name}`; the model gives {', '.join(info.name for info in seen.outputs)}"
            )
            yield CHECK.error(subject, message, fix="mend the name", at=subject.at(*at, "name"))
        for shape, dtype in sorted(shapes):
            if not _fits(spec, shape):
                message = f"`{spec.name}` is declared {shape_text(spec.shape)}, the model gives {shape_text(shape)}"
                yield CHECK.error(subject, message, fix="write the shape that comes out", at=subject.at(*at, "shape"))
            if dtype != spec.dtype:
                message = f"`{spec.name}` is declared {spec.dtype}, the model gives {dtype}"
                yield CHECK.error(subject, message, fix=f"write {dtype}", at=subject.at(*at, "dtype"))


def _culprit(subject: ArtifactSubject, context: Context) -> Location:
    """Return where the picture is named that is not what it should be; else it is the model's file."""
    for case in context.goldens_beside(subject):
        try:
            read_image(context.picture(case.case.image))
        except (BrokenFileError, WrongBytesError):
            return case.at("image")
    return subject.at("sha256")


def _fits(spec: TensorSpec, shape: tuple[int, ...]) -> bool:
    sizes = [1 if size == "batch" else size for size in spec.shape]
    return len(sizes) == len(shape) and all(
        isinstance(stated, str) or stated == real for stated, real in zip(sizes, shape, strict=True)
    )


CHECK = Check("io-after-invoke", Level.RUN, pinned_artifacts, run, gate=True)
