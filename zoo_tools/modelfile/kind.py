"""What a file is, told from its first bytes and never from its name.

Kinds that are no model at all are named too: most "broken models" are a Git LFS pointer or an error page.
"""

import re
import stat
from codecs import getincrementaldecoder
from enum import StrEnum
from pathlib import Path

HEAD_BYTES = 4096
"""How much of a file is looked at."""

_ONNX_MAX_IR_VERSION = 32
_ONNX_NEXT_FIELDS = frozenset(b"\x12\x1a\x22\x28\x32\x3a\x42")  # producer .. opset_import, as wire tags


class FileKind(StrEnum):
    """The kinds of file that turn up where a model is expected; ``sentence`` says what each is."""

    TFLITE = "tflite"
    ONNX = "onnx"
    HDF5 = "hdf5"
    KERAS = "keras"
    TORCH = "torch"
    OPENVINO_IR = "openvino-ir"
    TF_GRAPH = "tf-graph"
    PICKLE = "pickle"
    ZIP = "zip"
    GZIP = "gzip"
    TAR = "tar"
    XML = "xml"
    HTML = "html"
    JSON = "json"
    LFS_POINTER = "lfs-pointer"
    TEXT = "text"
    EMPTY = "empty"
    UNKNOWN = "unknown"

    @property
    def sentence(self) -> str:
        """What the file is, to stand after "it is"."""
        return _SENTENCES[self]


_SENTENCES = {
    FileKind.TFLITE: "a TFLite model",
    FileKind.ONNX: "an ONNX model",
    FileKind.HDF5: "an HDF5 file, such as Keras writes with the ending .h5",
    FileKind.KERAS: "a Keras model in a zip archive (.keras)",
    FileKind.TORCH: "a PyTorch checkpoint in a zip archive",
    FileKind.OPENVINO_IR: "the XML half of an OpenVINO model",
    FileKind.TF_GRAPH: "a TensorFlow graph",
    FileKind.PICKLE: "a Python pickle, such as old PyTorch checkpoints",
    FileKind.ZIP: "a zip archive",
    FileKind.GZIP: "data compressed with gzip",
    FileKind.TAR: "a tar archive",
    FileKind.XML: "an XML text",
    FileKind.HTML: "an HTML page: the server answered with a web page",
    FileKind.JSON: "a JSON text: the server may have answered with an error",
    FileKind.LFS_POINTER: "a Git LFS pointer: the real file was not downloaded",
    FileKind.TEXT: "a text",
    FileKind.EMPTY: "empty",
    FileKind.UNKNOWN: "of no kind known here",
}

_MAGIC = (
    (4, b"TFL3", FileKind.TFLITE),
    (0, b"\x89HDF\r\n\x1a\n", FileKind.HDF5),
    (0, b"PK\x03\x04", FileKind.ZIP),
    (0, b"PK\x05\x06", FileKind.ZIP),
    (0, b"\x1f\x8b", FileKind.GZIP),
    (257, b"ustar", FileKind.TAR),
)
"""Where bytes that nothing else has there are found."""


def sniff(source: Path | bytes) -> FileKind:
    """Tell the kind of a file from its path, or from its first bytes (4096 are enough)."""
    if isinstance(source, Path):
        if not stat.S_ISREG(source.stat().st_mode):
            return FileKind.UNKNOWN  # a pipe may keep its reader waiting for ever
        with source.open("rb") as file:
            head = file.read(HEAD_BYTES)
    else:
        head = source[:HEAD_BYTES]
    return _binary_kind(head) or _text_kind(head) or FileKind.UNKNOWN


def _binary_kind(head: bytes) -> FileKind | None:
    if not head:
        return FileKind.EMPTY
    for offset, magic, kind in _MAGIC:
        if head.startswith(magic, offset):
            return _zip_kind(head) if kind is FileKind.ZIP else kind
    if len(head) < 3:
        return None
    if head[0] == 0x80 and 2 <= head[1] <= 5:
        return FileKind.PICKLE
    # ONNX has no magic: a protobuf whose field 1 is a small ir_version, followed by another field of ModelProto.
    if head[0] == 0x08 and 1 <= head[1] <= _ONNX_MAX_IR_VERSION and head[2] in _ONNX_NEXT_FIELDS:
        return FileKind.ONNX
    return FileKind.TF_GRAPH if _is_tf_graph(head) else None


def _is_tf_graph(head: bytes) -> bool:
    """Tell a frozen graph, which has no magic: a protobuf whose field 1 is a node of a name and an operator."""
    match = re.match(rb"\x0a[\x80-\xff]{0,4}[\x00-\x7f]\x0a([\x01-\x7f])", head)
    if match is None:
        return False
    name_end = match.end() + match[1][0]
    name = head[match.end() : name_end]
    return re.fullmatch(rb"[A-Za-z0-9.][\w.\-/]*", name) is not None and head[name_end : name_end + 1] == b"\x12"


def _zip_kind(head: bytes) -> FileKind:
    """Tell zip archives apart by the names in the local headers at their beginning."""
    first_name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if first_name.endswith((b"/data.pkl", b"/byteorder", b"/.format_version")):
        return FileKind.TORCH
    if first_name in (b"metadata.json", b"config.json", b"model.weights.h5"):
        return FileKind.KERAS
    return FileKind.ZIP


def _text_kind(head: bytes) -> FileKind | None:
    try:
        # Not final: the cut at HEAD_BYTES may fall inside a character.
        text = getincrementaldecoder("utf-8-sig")().decode(head, final=len(head) < HEAD_BYTES)
    except UnicodeDecodeError:
        return None
    if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text):
        return None
    text = text.lstrip().lower()
    if text.startswith("version https://git-lfs"):
        return FileKind.LFS_POINTER
    if text.startswith("<"):
        return _markup_kind(text)
    if text.startswith(("{", "[")):
        return FileKind.JSON
    return FileKind.TEXT


def _markup_kind(text: str) -> FileKind:
    # A loop, not one pattern: nested repeats over hostile comments take exponential time.
    while text.startswith(("<?", "<!--")):
        text = text.partition("-->" if text.startswith("<!--") else "?>")[2].lstrip()
    if text.startswith(("<!doctype html", "<html", "<head", "<body")):
        return FileKind.HTML
    return FileKind.OPENVINO_IR if re.match(r"<net\s", text) else FileKind.XML
