"""What is done with a graph before it is counted: biases, normalisations, weights as stored, integers that flow."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from zoo_tools.modelfile.arena import arena_floor
from zoo_tools.modelfile.constants import parameters, stored_bytes
from zoo_tools.modelfile.deployed import weights_as_stored, with_absorbed, with_integers, with_learned
from zoo_tools.modelfile.graph import Graph, Memory, Operator, Role, Tensor


def tensor(name: str, *shape: int, dtype: str = "float32", buffer: int | None = None) -> Tensor:
    made = Tensor(name, shape, shape, dtype, buffer=buffer)
    return replace(made, stored_bytes=made.bytes) if buffer is not None else made


def step(inputs: tuple[int, ...], output: int, role: Role = Role.PLAIN, *, memory: Memory = Memory.OWN,
         weights: tuple[int, ...] = (), bias: int | None = None, channels: int | None = None) -> Operator:  # fmt: skip
    return Operator(
        role.name, 1, inputs, (output,), weights=weights, memory=memory, role=role, bias=bias, channels=channels
    )


def product(inputs: tuple[int, ...], output: int, *, bias: int | None = None) -> Operator:
    return step(inputs, output, Role.PRODUCT, weights=inputs[1:], bias=bias, channels=8)


def counted(graph: Graph) -> int:
    return parameters([weights_as_stored(with_learned(graph))])


def test_an_addition_is_a_bias_only_with_an_element_for_each_channel() -> None:
    for elements, expected in ((8, 72), (1, 64), (16, 64)):
        tensors = (
            tensor("x", 8),
            tensor("w", 8, 8, buffer=0),
            tensor("y", 8),
            tensor("b", elements, buffer=1),
            tensor("z", 8),
        )
        for order in ((2, 3), (3, 2)):
            graph = Graph(tensors, (product((0, 1), 2), step(order, 4, Role.SUM)), (0,), (4,))
            assert counted(graph) == expected


def test_a_product_with_a_bias_takes_no_second_one() -> None:
    tensors = (tensor("x", 8), tensor("w", 8, 8, buffer=0), tensor("b", 8, buffer=1), tensor("y", 8),
               tensor("c", 8, buffer=2), tensor("z", 8))  # fmt: skip
    graph = Graph(tensors, (product((0, 1, 2), 3, bias=2), step((3, 4), 5, Role.SUM)), (0,), (5,))
    assert counted(graph) == 72


def test_absorbed_normalisations_leave_nothing_but_their_shift() -> None:
    arrays = tuple(tensor(name, 8, buffer=at) for at, name in enumerate("stmv", 1))
    tensors = (tensor("x", 8), tensor("w", 8, 8, buffer=0), tensor("y", 8), *arrays, tensor("z", 8))
    graph = Graph(tensors, (product((0, 1), 2), step((2, 3, 4, 5, 6), 7, Role.NORMALIZATION)), (0,), (7,))
    assert counted(graph) == 64 + 8
    assert stored_bytes([graph]) == 4 * (64 + 4 * 8)
    assert stored_bytes([with_absorbed(with_learned(graph))]) == 4 * (64 + 8)


def test_weights_are_counted_as_the_file_stores_them() -> None:
    """int8, made real, turned: what a deployment keeps is the int8."""
    tensors = (
        tensor("x", 8), tensor("w", 8, 8, dtype="int8", buffer=0), tensor("real", 8, 8), tensor("turned", 8, 8),
        tensor("y", 8), tensor("scale", 1, buffer=1),
    )  # fmt: skip
    graph = Graph(
        tensors,
        (step((1, 5), 2, Role.DEQUANTIZE), step((2,), 3, Role.CONVERSION), product((0, 3), 4)),
        (0,),
        (4,),
    )
    stored = weights_as_stored(graph)
    assert [operator.role for operator in stored.operators] == [Role.PRODUCT]
    assert (parameters([stored]), stored_bytes([stored])) == (64, 64)
    # Where something else reads the real numbers as well, their conversion stays, and the weight is the stored one.
    also = Graph((*tensors, tensor("z", 8, 8)), (*graph.operators, step((3,), 6)), (0,), (4, 6))
    assert len(weights_as_stored(also).operators) == 4


def test_conversions_in_a_circle_end() -> None:
    tensors = (tensor("x", 8), tensor("a", 8, 8), tensor("b", 8, 8), tensor("y", 8))
    circle = (step((2,), 1, Role.CONVERSION), step((1,), 2, Role.CONVERSION), product((0, 1), 3))
    graph = Graph(tensors, circle, (0,), (3,))
    assert counted(graph) == 0
    with_integers(graph)


def test_between_quantizing_operators_integers_flow() -> None:
    real = tuple(tensor(name, 64) for name in ("real", "sum", "active"))
    tensors = (tensor("x", 64, dtype="int8"), *real, tensor("out", 64, dtype="int8"), tensor("w", 64, 64, buffer=0))
    operators = (
        step((0,), 1, Role.DEQUANTIZE, memory=Memory.IN_PLACE),
        product((1, 5), 2),
        step((2,), 3, memory=Memory.IN_PLACE),
        step((3,), 4, Role.QUANTIZE, memory=Memory.IN_PLACE),
    )
    graph = Graph(tensors, operators, (0,), (4,))
    assert arena_floor(graph) == 2 * 4 * 64
    assert arena_floor(with_integers(graph)) == 2 * 64


def test_what_is_also_read_as_real_numbers_stays_real() -> None:
    tensors = (
        tensor("x", 64),
        tensor("y", 64),
        tensor("q", 64, dtype="int8"),
        tensor("z", 64),
        tensor("w", 64, buffer=0),
    )
    operators = (product((0, 4), 1), step((1,), 2, Role.QUANTIZE), step((1,), 3))
    integers = with_integers(Graph(tensors, operators, (0,), (2, 3)))
    assert [one.dtype for one in integers.tensors[:4]] == ["float32", "float32", "int8", "float32"]


roles = st.sampled_from([Role.PLAIN, Role.QUANTIZE, Role.DEQUANTIZE, Role.FAKE_QUANTIZE, Role.CONVERSION, Role.SUM])
memories = st.sampled_from([Memory.OWN, Memory.IN_PLACE, Memory.VIEW])


@given(
    st.lists(
        st.tuples(roles, memories, st.integers(0, 50), st.integers(0, 50), st.sampled_from(["int8", "float32"])),
        max_size=12,
    )
)
def test_tensors_are_narrowed_and_never_widened(steps: list[tuple[Role, Memory, int, int, str]]) -> None:
    tensors = [tensor("x", 16)]
    operators = []
    for role, memory, first, second, dtype in steps:
        read = (first % len(tensors), second % len(tensors))
        tensors.append(tensor(f"t{len(tensors)}", 16, dtype=dtype))
        operators.append(step(read, len(tensors) - 1, role, memory=memory))
    graph = Graph(tuple(tensors), tuple(operators), (0,), (len(tensors) - 1,))
    integers = with_integers(graph)
    assert all(after.bytes <= before.bytes for after, before in zip(integers.tensors, tensors, strict=True))
    assert (integers.tensors[0].bytes, integers.tensors[-1].bytes) == (tensors[0].bytes, tensors[-1].bytes)
    assert len(integers.operators) <= len(operators)
