"""Facts of a file that has none worth mentioning."""

from zoo_tools.domain.model_facts import HeldTensor, ModelFacts, OperatorFacts, QuantizationFacts, TensorFacts

FACTS = ModelFacts(
    format="onnx",
    inputs=(TensorFacts("x", (None, 3), (1, 3), "uint8", QuantizationFacts((0.5,), (3,), None)),),
    outputs=(TensorFacts("y", None, None, "float32"),),
    signatures=(),
    operators=(OperatorFacts("Conv", 17, 2), OperatorFacts("Magic", None, 1, "com.example")),
    parameters=12,
    macs=None,
    uncounted_operators=("Conv",),
    constant_bytes_stored=48,
    constant_bytes_folded=None,
    arena_floor_bytes=2**70,
    naive_arena_bytes=None,
    per_channel_tensors=0,
    held=(HeldTensor("w", (3, 4), "float32"),),
)
