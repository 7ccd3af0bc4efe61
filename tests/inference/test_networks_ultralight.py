"""The Ultra-Light checkpoint in our network is its project's ONNX file: probabilities and offsets of every picture."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np

from tests.conftest import oracle
from tests.inference.families import family
from tests.inference.reference_networks import picture
from zoo_tools.inference.image import read_image
from zoo_tools.inference.preprocess import prepare
from zoo_tools.inference.worker import Worker

onnx = oracle("onnx")
onnx_reference = oracle("onnx.reference")
onnxruntime = oracle("onnxruntime")
torch = oracle("torch")

from zoo_tools.inference.engines.networks import NETWORKS

NETWORK = "ultralight-face-slim-320"
CHECKPOINT = "cd24abce45da5dbc7cfd8167cd3d5f955382dfc9d9ae9459f0026abd3c2e38a4/version-slim-320.pth"
GRAPH = "6e12bb34a36eb17b86d2b76b79c9cd20f342a59ee737d2123a814ce6f532932b/version-slim-320_without_postprocessing.onnx"
NAMES = ("scores", "boxes")


def test_the_network_is_the_graph(mirror: Path) -> None:
    """In float64, where rounding hides nothing; the graph's epsilon is 1e-5 as float32, which is left to see."""
    given = picture((1, 3, 240, 320)).astype(np.float64) / 100
    theirs = onnx_reference.ReferenceEvaluator(in_float64(mirror / GRAPH)).run(NAMES, {"input": given})
    module = NETWORKS[NETWORK](1).module.eval()
    module.load_state_dict(torch.load(mirror / CHECKPOINT, map_location="cpu", weights_only=True), strict=True)
    with torch.inference_mode():
        ours = module.double()(torch.from_numpy(given))
    assert np.ptp(theirs[1]) > 5
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=0, atol=1e-7)


def in_float64(path: Path) -> object:
    """Return a graph with its numbers in float64, in an operator set whose normalisation is for inference alone."""
    model = onnx.load(str(path))
    held = {one.name for one in model.graph.initializer}
    for one in model.graph.initializer:
        if one.data_type == onnx.TensorProto.FLOAT:
            one.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(one).astype(np.float64), one.name))
    inputs = [one for one in model.graph.input if one.name not in held]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    for one in [*model.graph.input, *model.graph.output]:
        one.type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
    converted: object = onnx.version_converter.convert_version(model, 14)
    return converted


def test_the_checkpoint_gives_what_the_graph_gives(mirror: Path) -> None:
    """In float32 each of the two is up to 1e-5 from what float64 gives; offsets go to 5, and are so counted."""
    entries = json.loads((mirror / "index.json").read_text(encoding="utf-8"))["entries"]
    pictures = [mirror / entry["file"] for entry in entries if entry["kind"] == "image"]
    assert len(pictures) >= 3
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    graph = onnxruntime.InferenceSession(str(mirror / GRAPH), options, providers=["CPUExecutionProvider"])
    checkpoint = mirror / CHECKPOINT
    digest = sha256(checkpoint.read_bytes()).hexdigest()
    with Worker(checkpoint, sha256=digest, format="torch-pth", engine="torch", network=NETWORK) as worker:
        for shown in pictures:
            tensor = prepare(read_image(shown), family("ultralight_raw"), worker.inputs[0]).tensor
            ours = worker.run({"input": tensor})
            for name, theirs in zip(NAMES, graph.run(NAMES, {"input": tensor}), strict=True):
                near = 1e-5 * max(1, float(np.abs(theirs).max()))
                np.testing.assert_allclose(np.asarray(ours[name], np.float32), theirs, rtol=0, atol=near)
