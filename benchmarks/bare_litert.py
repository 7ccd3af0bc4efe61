"""`python -m benchmarks.bare_litert`: the least a program can do with models: open each and invoke it so often.

Standard input is JSON, a list of `[file, delegate, invokes]`; nothing is checked, isolated, prepared or decoded.
"""

import json
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

_RESOLVERS = {"none": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, "xnnpack": OpResolverType.AUTO}


def main() -> None:
    """Do all of it, one after the other."""
    for file, delegate, invokes in json.load(sys.stdin):
        model = Interpreter(
            model_content=Path(file).read_bytes(), num_threads=1, experimental_op_resolver_type=_RESOLVERS[delegate]
        )
        model.allocate_tensors()
        given, outputs = model.get_input_details()[0], [output["index"] for output in model.get_output_details()]
        noise = np.random.Generator(np.random.PCG64(0)).integers(0, 256, given["shape"], given["dtype"])
        for _ in range(invokes):
            model.set_tensor(given["index"], noise)
            model.invoke()
            for output in outputs:
                model.get_tensor(output)


if __name__ == "__main__":
    main()
