"""Code that runs a file with a bare runtime, written from its contract: from the picture to the raw outputs.

Only what the contract states exactly becomes code. Where it leaves something open, or asks for more than a few lines,
there is no snippet rather than one that is nearly right.
"""

from zoo_tools.domain.decoding import Contract
from zoo_tools.domain.manifest import Artifact, TensorSpec
from zoo_tools.domain.preprocessing import Resize
from zoo_tools.site.pages.card.subject import ArtifactRef, Subject

_TYPES = {"uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "int32": "int32_t", "int64": "int64_t"}
_MOST_OUTPUTS = 4
_REST = "Then decode and select as in the steps under “Input and output”."


def contract_of(subject: Subject, ref: ArtifactRef) -> Contract | None:
    """Return how a file is run."""
    return subject.manifest.contracts.get(ref.artifact.contract or ref.variant.contract)


def python_snippet(subject: Subject, ref: ArtifactRef) -> tuple[str, str] | None:
    """Return Python code for LiteRT or ONNX Runtime and a sentence about it, or None."""
    contract, tensors = contract_of(subject, ref), ref.artifact.tensors
    if contract is None or tensors is None or len(tensors.inputs) != 1 or ref.artifact.format not in _RUN:
        return None
    height, width = _size(contract, tensors.inputs[0])
    pixels = _pixels(contract, height, width)
    values = _values(contract, tensors.inputs[0])
    if pixels is None or values is None:
        return None
    imports, run = _RUN[ref.artifact.format](ref.artifact)
    head = [*(["import cv2"] if "cv2." in pixels else []), "import numpy as np", *imports]
    needs = ", ".join(line.split()[1].partition(".")[0] for line in head if "ai_edge" not in line)
    text = [*head, "from PIL import Image", "", 'picture = np.asarray(Image.open("picture.png").convert("RGB"))']
    note = f"Needs {_packages(needs, ref.artifact)}. {_REST}"
    return "\n".join([*text, pixels, *values, *run]), note


def _packages(needs: str, artifact: Artifact) -> str:
    names = {"cv2": "opencv-python-headless", "numpy": "numpy", "onnxruntime": "onnxruntime"}
    packages = [names[one] for one in needs.split(", ")] + ["pillow"]
    return ", ".join([*packages, "ai-edge-litert"] if artifact.format == "tflite" else packages)


def _size(contract: Contract, spec: TensorSpec) -> tuple[int | str, int | str]:
    """Return height and width of the input."""
    _, *rest = spec.shape
    height, width = rest[:2] if contract.input.layout == "NHWC" else rest[1:]
    return height, width


def _pixels(contract: Contract, height: int | str, width: int | str) -> str | None:
    """Return the lines that resize the picture, exactly as the contract says, or None."""
    rule = contract.preprocess.resize
    if not (isinstance(rule, Resize) and isinstance(height, int) and isinstance(width, int)):
        return None
    if rule.mode != "stretch":
        return None
    if rule.filter == "nearest":
        half = " + np.float32(0.5)" if rule.coordinates == "half-pixel-floor" else ""
        return "\n".join(
            [
                "def nearest(size, wanted):",
                f'    at = (np.arange(wanted, dtype="f4"){half}) * (np.float32(size) / np.float32(wanted))',
                "    return np.minimum(np.floor(at), size - 1).astype(int)",
                f"rows, columns = nearest(picture.shape[0], {height}), nearest(picture.shape[1], {width})",
                "pixels = picture[rows[:, None], columns]",
            ]
        )
    if rule.filter == "bilinear-opencv" and rule.coordinates == "half-pixel":
        return f"pixels = cv2.resize(picture, ({width}, {height}), interpolation=cv2.INTER_LINEAR)"
    return None


def _values(contract: Contract, spec: TensorSpec) -> list[str] | None:
    """Return the lines from pixels to the input tensor, or None."""
    if contract.input.colour == "grey" or [str(end) for end in contract.input.range] != ["0", "255"]:
        return None
    rule = contract.preprocess.normalise
    turned = ["pixels = pixels[:, :, ::-1]  # blue first"] if contract.input.colour == "bgr" else []
    if rule.applied == "host" and spec.dtype == "float32":
        lines = [*turned, f"values = pixels.astype(np.float32) * {_numbers(rule.a)} + {_numbers(rule.b)}"]
    elif spec.dtype == "uint8" and rule.applied != "host":
        lines = [*turned, "values = pixels  # as they are"]
    elif spec.dtype == "float32" and rule.applied == "graph":
        lines = [*turned, "values = pixels.astype(np.float32)"]
    else:
        return None
    if contract.input.layout == "NCHW":
        lines.append("values = values.transpose(2, 0, 1)")
    return [*lines, "image = np.ascontiguousarray(values[None])"]


def _numbers(given: str | list[str]) -> str:
    return f"np.float32([{', '.join(given)}])" if isinstance(given, list) else f"np.float32({given})"


def _names(outputs: list[TensorSpec]) -> list[str]:
    return [spec.slot.replace(".", "_").replace("-", "_") for spec in outputs]


def _targets(names: list[str]) -> str:
    return ", ".join(names) if len(names) > 1 else f"({names[0]},)"


def _litert(artifact: Artifact) -> tuple[list[str], list[str]]:
    assert artifact.tensors is not None
    names = _names(artifact.tensors.outputs)
    found = '(net.get_tensor(one["index"]) for one in net.get_output_details())'
    run = [
        "",
        f"net = Interpreter({_quoted(artifact.filename)})",
        "net.allocate_tensors()",
        'net.set_tensor(net.get_input_details()[0]["index"], image)',
        "net.invoke()",
        f"{_targets(names)} = {found}",
    ]
    return ["from ai_edge_litert.interpreter import Interpreter"], run


def _onnx(artifact: Artifact) -> tuple[list[str], list[str]]:
    assert artifact.tensors is not None
    outputs = artifact.tensors.outputs
    asked = ", ".join(_quoted(spec.name) for spec in outputs)
    run = [
        "",
        f'net = onnxruntime.InferenceSession({_quoted(artifact.filename)}, providers=["CPUExecutionProvider"])',
        f"{_targets(_names(outputs))} = net.run([{asked}], {{{_quoted(artifact.tensors.inputs[0].name)}: image}})",
    ]
    return ["import onnxruntime"], run


_RUN = {"tflite": _litert, "onnx": _onnx}


def _quoted(text: str) -> str:
    """Return text as a literal of Python, which is one of C too for what file names hold."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def c_snippet(subject: Subject, ref: ArtifactRef) -> tuple[str, str] | None:
    """Return C code for the C API of LiteRT and a sentence about it, or None."""
    contract, tensors = contract_of(subject, ref), ref.artifact.tensors
    if contract is None or tensors is None or ref.artifact.format != "tflite" or len(tensors.inputs) != 1:
        return None
    spec = tensors.inputs[0]
    if not all(isinstance(size, int) for size in spec.shape[1:]) or len(tensors.outputs) > _MOST_OUTPUTS:
        return None
    count = " * ".join(map(str, spec.shape[1:]))
    order = f"{contract.input.colour.upper()}, {contract.input.layout}"
    text = "\n".join(
        [
            '#include "tensorflow/lite/c/c_api.h"',
            "",
            f"TfLiteModel *model = TfLiteModelCreateFromFile({_quoted(ref.artifact.filename)});",
            "TfLiteInterpreter *net = TfLiteInterpreterCreate(model, NULL);",
            "TfLiteInterpreterAllocateTensors(net);",
            "",
            f"static {_c_type(spec)} image[{count}]; // {order}: fill it by the first steps below",
            "TfLiteTensorCopyFromBuffer(TfLiteInterpreterGetInputTensor(net, 0), image, sizeof image);",
            "TfLiteInterpreterInvoke(net);",
            "",
            *(
                _c_output(i, name, one)
                for i, (name, one) in enumerate(zip(_names(tensors.outputs), tensors.outputs, strict=True))
            ),
        ]
    )
    note = (
        "Check what each call returns. TensorFlow Lite Micro takes the file as an array, and the operators that "
        f"`zoo_tools inspect` lists. {_REST}"
    )
    return text, note


def _c_type(spec: TensorSpec) -> str:
    return _TYPES.get(spec.dtype, "float")


def _c_output(position: int, name: str, spec: TensorSpec) -> str:
    shape = ", ".join(map(str, spec.shape))
    data = f"TfLiteTensorData(TfLiteInterpreterGetOutputTensor(net, {position}))"
    return f"const {_c_type(spec)} *{name} = {data}; // ({shape})"
