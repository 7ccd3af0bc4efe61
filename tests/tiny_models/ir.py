"""Writes OpenVINO IR through OpenVINO's own operators; the same calls give the same bytes if every node is named."""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

# OpenVINO's converter reports every import to a web service; neither is needed here.
for _name in ("openvino_telemetry", "openvino.tools.ovc"):
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]  # the documented way to make an import fail

import openvino
from openvino import Node, opset6, opset8

__all__ = ["Node", "opset6", "opset8", "saved"]


def saved(
    name: str, inputs: Sequence[Node], outputs: Sequence[Node], *, sinks: Sequence[Node] = ()
) -> dict[str, bytes]:
    """Return the two files; inputs and (the first) outputs are called as their nodes are, `sinks` store states."""
    for node in (*inputs, *outputs):
        node.output(0).set_names({node.get_friendly_name()})
    results = [opset8.result(node.output(0), name=f"{node.get_friendly_name()}/sink_port_0") for node in outputs]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.xml"
        openvino.save_model(openvino.Model(results, list(sinks), list(inputs), name), path, compress_to_fp16=False)
        return {one.name: one.read_bytes() for one in (path, path.with_suffix(".bin"))}
