"""Networks that checkpoints are loaded into: a checkpoint holds weights under names, and no graph.

They are written from the papers and from what their projects' files state, with those projects' names for the weights.
"""

from collections.abc import Callable

from zoo_tools.inference.engines.networks.mmdet_ssd import ssd300, ssd512, ssdlite_mobilenetv2
from zoo_tools.inference.engines.networks.reference import ReferenceNetwork
from zoo_tools.inference.engines.networks.ultralight_slim import ultralight_slim_320

NETWORKS: dict[str, Callable[[int], ReferenceNetwork]] = {
    "mmdet-ssd300": ssd300,
    "mmdet-ssd512": ssd512,
    "mmdet-ssdlite-mobilenetv2": ssdlite_mobilenetv2,
    "ultralight-face-slim-320": ultralight_slim_320,
}
"""For each network, as manifests name it, what builds it for a number of classes without the background."""
