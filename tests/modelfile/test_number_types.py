"""Number formats of weights and activations: what manifests declare is what files hold."""

from pathlib import Path

import numpy as np
import pytest

from examples.tflite_writer import Options, TfliteWriter
from tests.make_tflite import tiny_ssd
from zoo_tools.domain.manifest import Artifact
from zoo_tools.modelfile.read import read_model
from zoo_tools.registry.load import load_registry

REGISTRY = Path(__file__).resolve().parents[2] / "registry"


def declared() -> list[tuple[str, Artifact, Path | None]]:
    """Return the pinned artifacts that hold a graph, and where the registry keeps them itself."""
    return [
        (
            f"{entry.id}/{variant.id}/{artifact.id}",
            artifact,
            entry.path.parent / artifact.path if artifact.path else None,
        )
        for entry in load_registry(REGISTRY).models.values()
        for variant in entry.value.variants
        for artifact in variant.artifacts
        if artifact.sha256 is not None and artifact.format in ("tflite", "onnx") and not artifact.companions
    ]


def agrees(path: Path, artifact: Artifact) -> None:
    facts = read_model(path, artifact.format)
    assert facts.weight_types == (artifact.precision.weights,)
    assert facts.activation_types == (artifact.precision.activations,)


@pytest.mark.parametrize(("name", "artifact", "path"), [one for one in declared() if one[2] is not None])
def test_the_files_of_the_registry(name: str, artifact: Artifact, path: Path) -> None:
    agrees(path, artifact)


def test_real_files(mirror: Path) -> None:
    elsewhere = [artifact for _, artifact, path in declared() if path is None]
    held = [(mirror / str(artifact.sha256) / artifact.filename, artifact) for artifact in elsewhere]
    there = [(path, artifact) for path, artifact in held if path.exists()]
    assert len(there) >= 8
    for path, artifact in there:
        agrees(path, artifact)


def test_biases_are_no_weights(tmp_path: Path) -> None:
    """Those of an int8 convolution are int32."""
    path = tmp_path / "x.tflite"
    path.write_bytes(tiny_ssd())
    facts = read_model(path, "tflite")
    assert (facts.weight_types, facts.activation_types) == (("int8",), ("int8",))


def test_half_floats_that_are_widened_before_use(tmp_path: Path) -> None:
    writer = TfliteWriter("float16 weights")
    image = writer.tensor("image", (1, 4, 4, 3), "float32")
    stored = writer.constant("stored", np.ones((2, 1, 1, 3), np.float16))
    weights = writer.tensor("weights", (2, 1, 1, 3), "float32")
    bias = writer.constant("bias", np.zeros(2, np.float32))
    out = writer.tensor("out", (1, 4, 4, 2), "float32")
    writer.operator("DEQUANTIZE", [stored], [weights])
    writer.operator(
        "CONV_2D", [image, weights, bias], [out], options=Options("Conv2DOptions", {"StrideW": 1, "StrideH": 1})
    )
    path = tmp_path / "x.tflite"
    path.write_bytes(writer.build([image], [out]))
    facts = read_model(path, "tflite")
    assert (facts.weight_types, facts.activation_types) == (("float16",), ("float32",))
