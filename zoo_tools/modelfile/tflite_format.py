"""A TFLite file's facts: the tables, what their operators mean, and what follows."""

from zoo_tools.domain.model_facts import ModelFacts, SignatureFacts
from zoo_tools.modelfile.facts import graph_facts, operator_facts, tensor_facts
from zoo_tools.modelfile.graph import Graph
from zoo_tools.modelfile.tflite_operators import meaning
from zoo_tools.modelfile.tflite_tables import StoredGraph, StoredModel, StoredSignature, read_tables


def read_tflite(data: bytes) -> ModelFacts:
    """Read the facts of a TFLite file.

    Inputs and outputs are those of the first graph.

    Raises:
        BrokenFileError: the message says what is wrong and stands after the file's name.
    """
    stored = read_tables(data)
    graphs = [_understood(graph) for graph in stored.graphs]
    main = graphs[0]
    # Once each: a hostile file may list one tensor of a million scales a thousand times.
    facing = {index: tensor_facts(main.tensors[index]) for index in {*main.inputs, *main.outputs}}
    return graph_facts(
        "tflite",
        graphs,
        inputs=tuple(facing[index] for index in main.inputs),
        outputs=tuple(facing[index] for index in main.outputs),
        signatures=tuple(_signature_facts(signature, stored) for signature in stored.signatures),
        operators=operator_facts((step.name, step.version, "") for graph in graphs for step in graph.operators),
        per_channel_tensors=sum(tensor.scales.size > 1 for graph in graphs for tensor in graph.tensors),
    )


def _understood(graph: StoredGraph) -> Graph:
    operators = tuple(
        meaning(step.name, step.version, inputs=step.inputs, outputs=step.outputs, tensors=graph.tensors)
        for step in graph.operators
    )
    return Graph(graph.tensors, operators, graph.inputs, graph.outputs)


def _signature_facts(signature: StoredSignature, stored: StoredModel) -> SignatureFacts:
    tensors = stored.graphs[signature.graph].tensors
    return SignatureFacts(
        name=signature.name,
        inputs={key: tensors[index].name for key, index in signature.inputs},
        outputs={key: tensors[index].name for key, index in signature.outputs},
    )
