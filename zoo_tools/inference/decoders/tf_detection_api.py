"""Reader of `tf-detection-api`: boxes, labels, scores and how many of them count.

The rows behind the count may hold anything: TFLite_Detection_PostProcess does not write them.
"""

from zoo_tools.domain.decoding import TfDetectionApi
from zoo_tools.errors import ModelRunError
from zoo_tools.inference.decoders.outputs import Listed, Outputs, class_ids, same_rows, whole_numbers


def decode(outputs: Outputs, spec: TfDetectionApi) -> Listed:
    """Return the rows that count, in the graph's order."""
    corners = outputs.one(spec.boxes.role, (1, "boxes", 4))
    scores = outputs.one(spec.scores.role, (1, "boxes"))
    labels = outputs.numbers(spec.labels.role, (1, "boxes"))
    same_rows(boxes=corners, scores=scores, labels=labels)
    count = int(outputs.whole(spec.count.role, (1,)))
    if not 0 <= count <= len(scores):
        raise ModelRunError(
            f"The output of role `count` is {count}; there are rows for 0 to {len(scores)} detections.",
            fix="Correct the roles of the outputs in `tensors`.",
        )
    boxes = outputs.fractions(corners[:count], order=spec.boxes.order, units=spec.boxes.units)
    counted = whole_numbers(labels[:count], spec.labels.role)
    return Listed(boxes, scores[:count], class_ids(counted, spec.first_label))
