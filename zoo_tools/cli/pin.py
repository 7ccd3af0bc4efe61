"""`zoo_tools pin`: see an unpinned file once, and write down which bytes it was."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from zoo_tools.checks.subjects import ArtifactSubject, artifact_subjects
from zoo_tools.cli.fetch_report import exit_code, print_error, progress_bars
from zoo_tools.cli.options import make_fetcher, open_registry, registry_option
from zoo_tools.cli.subjects import choose
from zoo_tools.domain.manifest import Manifest, TensorSpec
from zoo_tools.domain.model_facts import ModelFacts, TensorFacts
from zoo_tools.errors import BrokenFileError, UnavailableError, UsageError, ZooToolsError
from zoo_tools.fetch import Fetcher, Progress, unseen_of, write_whole
from zoo_tools.fetch.wanted import further_digests
from zoo_tools.modelfile.read import read_model
from zoo_tools.registry.edit import Edit, Symbol, Value, edited
from zoo_tools.registry.load import Registry, shown_name
from zoo_tools.registry.schema import validate
from zoo_tools.registry.source import parse_source

READABLE = frozenset({"tflite", "onnx", "openvino-ir", "tf-frozen-graph"})
"""Formats whose tensors, parameters and MACs are read from the file; the others hold weights and no graph."""


@click.command("pin")
@click.argument("subjects", nargs=-1, required=True)
@click.option(
    "--allow-host", "allow_hosts", multiple=True, metavar="HOST[:PORT]",
    help="Trust one more host, this machine's own addresses included.",
)  # fmt: skip
@registry_option
def command(subjects: tuple[str, ...], *, allow_hosts: tuple[str, ...], registry_folder: Path | None) -> int:
    """Download unpinned artifacts once over https and write their sha256 and size into the manifest.

    Its parameters, MACs and tensors are written as well, where its format tells them and the manifest does not. The
    rest of the manifest keeps every byte; the change is for a reviewer to judge, as a first sight is believed.
    """
    registry = open_registry(registry_folder)
    fetcher = make_fetcher(registry, (), offline=False, allow_hosts=allow_hosts, progress=None)
    artifacts = _unpinned(registry, subjects)
    failures: list[ZooToolsError] = []
    for artifact in artifacts:
        try:
            with progress_bars() as bars:
                lines = _pin(artifact, fetcher, bars(artifact.name) if bars else None)
            click.echo("\n".join(lines))
        except ZooToolsError as error:
            failures.append(error)
            print_error(artifact.name if len(artifacts) > 1 else None, error)
    return exit_code(failures)


def _unpinned(registry: Registry, subjects: Sequence[str]) -> list[ArtifactSubject]:
    found: dict[str, ArtifactSubject] = {}
    for chosen in choose(registry, subjects):
        entry = registry.models.get(chosen.model)
        if entry is None:
            problem = registry.findings_of(chosen.model)[0]
            message = f"the manifest of {chosen.model} cannot be read: {problem.message} ({problem.location})"
            raise UsageError(message, fix="mend it; `zoo_tools validate --level static` names every problem")
        for one in artifact_subjects(entry):
            if one.artifact.unpinned is not None and (one.name + "/").startswith(chosen.name + "/"):
                found[one.name] = one
    if not found:
        fix = "name an unpinned one; `zoo_tools validate --level static` lists them"
        raise UsageError(f"{' '.join(subjects)} has nothing unpinned", fix=fix)
    return list(found.values())


def _pin(subject: ArtifactSubject, fetcher: Fetcher, progress: Progress | None) -> list[str]:
    """See the bytes, and write them down; return what to tell."""
    from zoo_tools.fetch.first_sight import first_sight, member_at_first_sight

    artifact = subject.artifact
    whole = seen = first_sight(fetcher, unseen_of(artifact), progress=progress)
    edits = []
    if artifact.archive is not None:
        digests = further_digests(artifact.digests)
        seen = member_at_first_sight(fetcher, whole, artifact.archive.member, artifact.filename, digests=digests)
        known = {"sha256": artifact.archive.sha256, "size": artifact.archive.size}
        said: dict[str, Value] = {"sha256": whole.sha256, "size": whole.size}
        _refuse_others(subject, known, said)
        if missing := {key: value for key, value in said.items() if known[key] is None}:
            edits.append(Edit((*subject.path, "archive"), missing))
    add: dict[str, Value] = {"sha256": seen.sha256, "size": seen.size}
    facts, notes = _facts(subject, seen.path)
    if facts is not None:
        add |= _computed(subject, facts, notes)
    edits.append(Edit(subject.path, add, instead_of="unpinned"))
    _write(subject, edits)
    return [
        f"{subject.name}: sha256 {seen.sha256}, {seen.size:,} bytes, from {seen.url}",
        f"  written to {shown_name(subject.entry.path)}: {', '.join(add)}",
        *(f"  note: {note}" for note in notes),
    ]


def _refuse_others(subject: ArtifactSubject, known: Mapping[str, object], said: Mapping[str, object]) -> None:
    for key, value in known.items():
        if value is not None and value != said[key]:
            message = f"the archive of {subject.name} has {key} {said[key]}, its manifest says {value}"
            raise UsageError(message, fix="find out which is right, and correct the manifest")


def _facts(subject: ArtifactSubject, path: Path) -> tuple[ModelFacts | None, list[str]]:
    """Read what the file proves.

    Raises:
        BrokenFileError: it is not a file of its format: not to be pinned.
    """
    if subject.artifact.format not in READABLE:
        return None, []
    if subject.artifact.companions:
        return None, ["it is nothing without its companions; parameters, macs and tensors are not written"]
    try:
        return read_model(path, subject.artifact.format), []
    except BrokenFileError:
        raise
    except UnavailableError as error:
        return None, [f"{error.message}; parameters, macs and tensors are not written"]


def _computed(subject: ArtifactSubject, facts: ModelFacts, notes: list[str]) -> dict[str, Value]:
    artifact = subject.artifact
    found: dict[str, Value] = {}
    if artifact.parameters is None:
        found["parameters"] = facts.parameters
    if artifact.macs is None and facts.macs is not None and not facts.uncounted_operators:
        found["macs"] = facts.macs
    if artifact.tensors is None:
        sibling = _sibling(subject, facts)
        if sibling is None:
            names = ", ".join(tensor.name for tensor in facts.outputs)
            notes.append(f"tensors are not written: nobody says which roles the outputs {names} have; add them by hand")
        else:
            tensors = sibling.artifact.tensors
            assert tensors is not None  # that is what makes it a sibling
            found["tensors"] = {
                "inputs": [_tensor(*both) for both in zip(tensors.inputs, facts.inputs, strict=True)],
                "outputs": [_tensor(*both) for both in zip(tensors.outputs, facts.outputs, strict=True)],
            }
            notes.append(f"roles are those of {sibling.name}, whose tensors have the same names; validate proves them")
    return found


def _sibling(subject: ArtifactSubject, facts: ModelFacts) -> ArtifactSubject | None:
    """Return an artifact of the same contract whose tensors have the same names, dtypes and ranks in the same order."""
    held = [(one.name, one.dtype, None if one.shape is None else len(one.shape)) for one in _facing(facts)]
    for other in artifact_subjects(subject.entry):
        tensors = other.artifact.tensors
        if tensors is None or _contract(other) != _contract(subject) or len(tensors.inputs) != len(facts.inputs):
            continue
        if held == [(one.name, one.dtype, len(one.shape)) for one in (*tensors.inputs, *tensors.outputs)]:
            return other
    return None


def _facing(facts: ModelFacts) -> tuple[TensorFacts, ...]:
    return (*facts.inputs, *facts.outputs)


def _contract(subject: ArtifactSubject) -> str:
    return subject.artifact.contract or subject.variant.contract


def _tensor(spec: TensorSpec, fact: TensorFacts) -> dict[str, Value]:
    assert fact.shape is not None  # siblings have as many dimensions
    shape: list[Value] = [
        size if size is not None else Symbol(was if isinstance(was, str) else f"size{at}")
        for at, (size, was) in enumerate(zip(fact.shape, spec.shape, strict=True))
    ]
    tree: dict[str, Value] = {"role": Symbol(spec.role)}
    if spec.level is not None:
        tree["level"] = spec.level
    tree |= {"name": fact.name, "shape": shape, "dtype": Symbol(fact.dtype)}
    held = fact.quantization
    if held is not None and len(held.scales) == 1:
        tree["quantisation"] = {"scale": Symbol(repr(held.scales[0])), "zero_point": held.zero_points[0]}
    return tree


def _write(subject: ArtifactSubject, edits: Sequence[Edit]) -> None:
    """Change the manifest, if it still is what it was and becomes a valid one."""
    path = subject.entry.path
    try:
        data = path.read_bytes()
        text = edited(data, edits)
    except (OSError, ValueError) as error:
        message = f"{shown_name(path)} cannot be edited: {error}"
        raise UsageError(message, fix="mend it; `zoo_tools validate --level static` names every problem") from None
    source, _ = parse_source(text, shown_name(path))
    before, _ = parse_source(data, shown_name(path))
    if source is None or before is None:
        raise RuntimeError("an edited manifest is strict YAML")
    manifest, findings = validate(Manifest, source, subject.entry.id)
    changed = subject.entry.source.sha256 != before.sha256
    artifact = None if manifest is None else _artifact(manifest, subject)
    if artifact is None or artifact != subject.artifact.id:
        why = findings[0].message if findings else "it was changed meanwhile" if changed else "it would not be valid"
        raise UsageError(f"{shown_name(path)} cannot be edited: {why}", fix="mend it, and pin again")
    write_whole(path, text)


def _artifact(manifest: Manifest, subject: ArtifactSubject) -> str | None:
    variant, artifact = subject.path[1], subject.path[3]
    assert isinstance(variant, int)  # so are paths of artifacts made
    assert isinstance(artifact, int)
    try:
        return manifest.variants[variant].artifacts[artifact].id
    except IndexError:
        return None
