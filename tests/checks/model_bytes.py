"""Bytes that stand where the tiny model should, by the names that examples call them.

Most are the tiny model with one thing changed in place, so that everything else about it stays true.
"""

import gzip
import importlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import tflite

from tests.conftest import oracle
from tests.make_tflite import ANCHORS, tiny_ssd


class Patched:
    """A copy of the tiny model whose numbers can be written over."""

    def __init__(self) -> None:
        self.bytes = bytearray(tiny_ssd())
        self._model = tflite.Model.GetRootAs(self.bytes, 0)
        self._graph = self._model.Subgraphs(0)

    def tensor(self, name: str) -> tflite.Tensor:
        """Return a tensor; what its `...AsNumpy` give is the file itself."""
        tensors = (self._graph.Tensors(i) for i in range(self._graph.TensorsLength()))
        return next(tensor for tensor in tensors if tensor.Name() == name.encode())

    def values(self, name: str, dtype: str) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
        """Return the stored values of a constant."""
        content: np.ndarray[tuple[int], np.dtype[np.generic]] = (
            self._model.Buffers(self.tensor(name).Buffer()).DataAsNumpy().view(dtype)
        )
        return content

    def set_version(self, operator: int, version: int) -> None:
        """Call an operator in another version."""
        for i in range(self._model.OperatorCodesLength()):
            code = self._model.OperatorCodes(i)
            if code.BuiltinCode() == operator:
                table = code._tab
                at = table.Pos + table.Offset(8)
                self.bytes[at : at + 4] = version.to_bytes(4, "little")

    def replace_operator(self, old: int, new: int) -> None:
        """Call another operator wherever one is called."""
        for i in range(self._model.OperatorCodesLength()):
            table = self._model.OperatorCodes(i)._tab
            deprecated, current = (table.Pos + table.Offset(slot) for slot in (4, 10))
            if self.bytes[current] == old:
                self.bytes[deprecated] = self.bytes[current] = new
                return
        raise LookupError(old)


@contextmanager
def patched() -> Iterator[Patched]:
    """Open a copy of the tiny model for writing."""
    yield Patched()


def _offsets_scaled(scale: float) -> Callable[[], bytes]:
    """Let the stored offsets stand for other real values."""

    def make() -> bytes:
        with patched() as model:
            model.tensor("offsets").Quantization().ScaleAsNumpy()[0] = scale
            return bytes(model.bytes)

    return make


def _boxes_inside_out() -> bytes:
    """Move every corner of a red cell ten times as far, and inwards."""
    with patched() as model:
        weights = model.values("deltas/weights", "int8")
        weights[:] = -weights.astype(np.int8)
        model.tensor("offsets").Quantization().ScaleAsNumpy()[0] = 1 / 127
        return bytes(model.bytes)


def _sigmoid() -> bytes:
    """Make of each logit a probability of its own, so that those of an anchor make more than 1."""
    with patched() as model:
        model.replace_operator(tflite.BuiltinOperator.SOFTMAX, tflite.BuiltinOperator.LOGISTIC)
        return bytes(model.bytes)


def _anchors_declared_single() -> bytes:
    """Declare one anchor where sixteen come out, as a published file does."""
    with patched() as model:
        tensor = model.tensor(ANCHORS)
        tensor.ShapeAsNumpy()[1] = tensor.ShapeSignatureAsNumpy()[1] = 1
        return bytes(model.bytes)


def _operator_of_the_future() -> bytes:
    """Call an operator in a version that no release has."""
    with patched() as model:
        model.set_version(tflite.BuiltinOperator.CONV_2D, 99)
        return bytes(model.bytes)


def _onnx(name: str) -> Callable[[], bytes]:
    def make() -> bytes:
        oracle("onnx")  # what follows cannot be imported without it
        return bytes(getattr(importlib.import_module("tests.checks.onnx_bytes"), name)())

    return make


def _checkpoint(classes: int) -> Callable[[], bytes]:
    """Save heads of two levels, of one and of two boxes a cell."""

    def make() -> bytes:
        torch = oracle("torch")
        heads = {}
        for level, boxes in enumerate((1, 2)):
            heads[f"bbox_head.cls_convs.{level}.0.weight"] = torch.zeros(boxes * (classes + 1), 8, 3, 3)
            heads[f"bbox_head.reg_convs.{level}.0.weight"] = torch.zeros(boxes * 4, 8, 3, 3)
        file = io.BytesIO()
        torch.save(heads, file)
        return file.getvalue()

    return make


def _impossible_reshape() -> bytes:
    """Reshape sixteen rows to seventeen, which the runtime refuses."""
    with patched() as model:
        model.values("offsets/shape", "int32")[1] = 17
        return bytes(model.bytes)


LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 4400\n"

BYTES: dict[str, Callable[[], bytes]] = {
    "model": tiny_ssd,
    "half": lambda: tiny_ssd()[:2200],
    "text": lambda: b"This is not a model.\n" * 20,
    "empty": lambda: b"",
    "lfs-pointer": lambda: LFS_POINTER,
    "html": lambda: b"<!doctype html><title>Not found</title>",
    "gzip": lambda: gzip.compress(tiny_ssd(), mtime=0),
    "bgr": lambda: tiny_ssd(is_bgr=True),
    "coarse": lambda: tiny_ssd(cell=8),
    "infinite": _offsets_scaled(3e38),
    "wild": _offsets_scaled(0.1),
    "inside-out": _boxes_inside_out,
    "sigmoid": _sigmoid,
    "single-anchor": _anchors_declared_single,
    "impossible": _impossible_reshape,
    "future": _operator_of_the_future,
    "onnx-raw": _onnx("raw"),
    "onnx-decoded": _onnx("decoded"),
    "onnx-foreign": _onnx("foreign"),
    "onnx-custom": _onnx("custom"),
    "onnx-random": _onnx("random"),
    "onnx-endless": _onnx("endless"),
    "onnx-sibling": _onnx("sibling"),
    "onnx-sibling-bgr": _onnx("sibling_bgr"),
    "checkpoint": _checkpoint(1),
    "checkpoint-of-two": _checkpoint(2),
}
