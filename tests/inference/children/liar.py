"""A worker taken over by its model: it speaks the protocol until the run, then sends what its argument says."""

import struct
import sys

from zoo_tools.confinement import wire
from zoo_tools.confinement.isolation import Channel
from zoo_tools.inference.tensors import TensorInfo


def frame(header: bytes, arrays: bytes = b"", *, size: int | None = None, magic: bytes = b"zoo1") -> bytes:
    return struct.pack("<4sQQ", magic, len(header), len(arrays) if size is None else size) + header + arrays


def times(seconds: float, *, peak: str = "1") -> bytes:
    header = f'{{"kind": "times", "values": {{"peak_bytes": {peak}}}, "arrays": [["seconds", "float64", [1]]]}}'
    return frame(header.encode(), struct.pack("<d", seconds))


ANSWERS = {
    "garbage": b"\x93NUMPY" * 100,
    "magic": frame(b"{}", magic=b"zoo2"),
    "endless header": struct.pack("<4sQQ", b"zoo1", 1 << 62, 0),
    "endless arrays": frame(b"{}", size=1 << 62),
    "brackets": frame(b"[" * 1_000_000),
    "not json": frame(b"\xff{"),
    "no keys": frame(b"{}"),
    "wrong sum": frame(b'{"kind": "answer", "values": {}, "arrays": [["a", "float32", [2]]]}', bytes(4)),
    "object array": frame(b'{"kind": "answer", "values": {}, "arrays": [["a", "object", [1]]]}', bytes(8)),
    "negative shape": frame(b'{"kind": "answer", "values": {}, "arrays": [["a", "int8", [-1, -4]]]}', bytes(4)),
    "empty but vast": frame(b'{"kind": "answer", "values": {}, "arrays": [["a", "int8", [0, 1e30]]]}'),
    "too many dimensions": frame(
        b'{"kind": "answer", "values": {}, "arrays": [["a", "int8", [1,1,1,1,1,1,1,1,1]]]}', b"1"
    ),
    "vast dimensions": frame(
        b'{"kind": "answer", "values": {}, "arrays": [["a", "int8", [0' + b", 2147483647" * 7 + b"]]]}"
    ),
    "other kind": frame(b'{"kind": "ready", "values": {}, "arrays": []}'),
    "nothing": b"",
    "too few times": frame(b'{"kind": "times", "values": {"peak_bytes": 1}, "arrays": [["seconds", "float64", [0]]]}'),
    "negative times": times(-0.001),
    "longer than it took": times(1e9),
    "nan": times(float("nan")),
    "no times": frame(b'{"kind": "times", "values": {"peak_bytes": 1}, "arrays": []}'),
    "no peak": times(0.001, peak='"much"'),
    "half": frame(b'{"kind": "answer", "values": {}, "arrays": [["a", "int8", [9]]]}', bytes(4), size=9),
}


def speak(word: str) -> None:
    """Say that the runtime and the model are ready, or lie about it too; then answer one run."""
    channel = Channel()
    wire.decode(channel.read, max_bytes=0)
    channel.write(wire.encode(wire.Frame("ready", {"engine": "liar", "version": "1"}), max_bytes=0))
    tensor = TensorInfo("command", (-1,), "uint8").to_json()
    inputs: object = [{"name": 4}] if word == "bad tensors" else "none" if word == "no tensors" else [tensor]
    delegate = "" if word == "bad environment" else "none"
    described = {"delegate": delegate, "inputs": inputs, "outputs": []}
    channel.write(wire.encode(wire.Frame("model", described), max_bytes=0))
    wire.decode(channel.read, max_bytes=1 << 20)
    channel.write(ANSWERS[word])


if __name__ == "__main__":
    speak(sys.argv[1])
