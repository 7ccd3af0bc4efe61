"""The tiny detector in other formats than TFLite: artifacts and variants that examples add to the tiny zoo."""

from collections.abc import Callable
from hashlib import sha256

from tests.checks.tiny_zoo import Zoo, swapped

_CONTRACT = """
  {id}:
    input: {{role: image, layout: NCHW, colour: rgb, range: [0, 255]}}
    preprocess:
      resize: {{mode: stretch, filter: nearest, coordinates: half-pixel-floor}}
      normalise: {{formula: x * a + b, a: 1/127.5, b: -1, in: host}}
    decode:
{decode}
      clip: true
    select: {{nms: class-wise, iou: 0.5, score: 0.001, max_detections: 100, ties: lower-anchor-first}}
"""

_RAW = """\
      type: prior-box-centre-variance
      scores: {role: scores, activation: none, background: 0}
      offsets: {role: offsets, order: xyxy}
      priors:
        units: pixels
        clamp: none
        levels:
        - {map: [4, 4], step: 4, squares: [4]}
      variances: [0.1, 0.2]"""

_DECODED = """\
      type: decoded-boxes
      scores: {role: scores, activation: none, background: 0}
      boxes: {role: boxes, order: xyxy, units: normalised}"""

_SIBLING = """\
      type: anchor-tensor-corner-offsets
      scores: {role: scores, activation: none, background: 0}
      offsets: {role: offsets, order: xyxy}
      anchors: {role: anchors, order: xyxy, units: normalised}"""

_ARTIFACT = """
  - id: {id}
    release: v1
    format: onnx
    precision: {{weights: float32, activations: float32}}
    urls: ["https://models.example.org/v1/{file}"]
    sha256: "{sha256}"
    size: {size}
    contract: {contract}{more}
    tensors:
      inputs:
      - {{role: image, name: image, shape: [1, 3, 16, 16], dtype: float32}}
      outputs:
      - {{role: scores, name: scores, shape: [1, 16, 2], dtype: float32}}{outputs}
"""

_OUTPUT = """
      - {{role: {role}, name: {name}, shape: [1, 16, 4], dtype: float32}}"""

_VARIANT = """
- id: "{id}"
  resolution: [16, 16, 3]
  dataset: red-squares
  labels: squares
  contract: three-outputs
  artifacts:{artifacts}"""

_CHECKPOINT = """
  - id: pth
    release: v1
    format: torch-pth
    precision: {{weights: float32, activations: float32}}
    urls: ["https://models.example.org/v1/tiny.pth"]
    sha256: "{sha256}"
    size: {size}
"""


def _contract(zoo: Zoo, id_: str, decode: str) -> None:
    zoo.edit("\nvariants:\n", _CONTRACT.format(id=id_, decode=decode) + "\nvariants:\n")


def _artifact(zoo: Zoo, id_: str, *, bytes_: str, contract: str, roles: dict[str, str], more: str = "") -> str:
    """Store a file, and return what the manifest says of it."""
    content, file = swapped(bytes_), f"tiny_{id_.replace('-', '_')}.onnx"
    zoo.store(file, content)
    outputs = "".join(_OUTPUT.format(role=role, name=name) for role, name in roles.items())
    digest, size = sha256(content).hexdigest(), len(content)
    return _ARTIFACT.format(
        id=id_, file=file, sha256=digest, size=size, contract=contract, outputs=outputs, more=more
    ).rstrip("\n")  # fmt: skip


def _variant(zoo: Zoo, artifacts: str) -> None:
    zoo.edit("\nevidence:\n", _VARIANT.format(id="16-onnx", artifacts=artifacts) + "\n\nevidence:\n")


def add_pair(zoo: Zoo) -> None:
    """Add a variant with two files, with and without the decoding of boxes in the graph."""
    _contract(zoo, "raw", _RAW)
    _contract(zoo, "decoded", _DECODED)
    raw = _artifact(zoo, "raw", bytes_="onnx-raw", contract="raw", roles={"offsets": "boxes"})
    more = "\n    decoded_form_of: raw"
    decoded = _artifact(
        zoo, "decoded", bytes_="onnx-decoded", contract="decoded", roles={"boxes": "boxes"}, more=more
    )  # fmt: skip
    _variant(zoo, decoded + raw)


def add_sibling(zoo: Zoo) -> None:
    """Add, beside the int8 file, the float one it could be made of."""
    _contract(zoo, "sibling", _SIBLING)
    roles = {"offsets": "offsets", "anchors": "anchors"}
    artifact = _artifact(zoo, "float-onnx", bytes_="onnx-sibling", contract="sibling", roles=roles)
    zoo.edit("\n  - id: float\n", f"{artifact}\n  - id: float\n")


def add_checkpoint(zoo: Zoo) -> None:
    """Add a checkpoint of detection heads for one class."""
    content = swapped("checkpoint")
    zoo.store("tiny.pth", content)
    text = _CHECKPOINT.format(sha256=sha256(content).hexdigest(), size=len(content))
    zoo.edit("\n  - id: float\n", f"{text}  - id: float\n")


ADDED: dict[str, Callable[[Zoo], None]] = {"pair": add_pair, "sibling": add_sibling, "checkpoint": add_checkpoint}
"""What an example can add, by name."""
