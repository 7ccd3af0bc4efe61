"""The number format in a file's name is the one that is declared.

Why: an int8 row that links to the float file, or the other way round, makes one of the two look wrong by a factor of
four. A quantised file whose name does not say so is noted.
How to fix: compare the row with the file it links to; mend the precision, or name the right file.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, artifacts
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.findings import Finding

_WORDS = {
    "int8": "int8", "i8": "int8", "uint8": "uint8", "u8": "uint8", "int4": "int4", "w4": "int4", "w8": "int8",
    "float": "float32", "float32": "float32", "fp32": "float32", "f32": "float32",
    "float16": "float16", "fp16": "float16", "f16": "float16",
}  # fmt: skip
"""Words of file names and the format of weights they stand for."""
_PARTS = re.compile(r"[_.\-/]")
_MIXED = re.compile(r"(w[48])a(?:8|16)")


@lru_cache(maxsize=1024)
def precisions_named(name: str) -> frozenset[str]:
    """Return the formats of weights that a file name, or the folder before it, speaks of."""
    words = _PARTS.split(name.casefold())
    words += [found[1] for word in words if word[:1] == "w" and (found := _MIXED.fullmatch(word))]
    return frozenset(_WORDS[word] for word in words if word in _WORDS)


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Compare the words of the name with the declared precision."""
    artifact = subject.artifact
    stated, named = artifact.precision.weights, precisions_named(artifact.filename)
    if not named and artifact.archive is None and artifact.urls:
        # Converted files are often told apart by their folder alone: FP16/model.xml.
        named = precisions_named("/".join(artifact.urls[0].split("/")[-2:-1]))
    if named and stated not in named:
        message = f"`{artifact.filename}` is called {' and '.join(sorted(named))}, its weights are declared {stated}"
        fix = "mend the precision, or name the right file"
        yield CHECK.warning(subject, message, fix=fix, at=subject.at("precision", "weights"))
    elif not named and stated not in ("float32", "float16"):
        message = f"the weights of `{artifact.filename}` are declared {stated}, its name does not say so"
        yield CHECK.note(subject, message, fix="make sure it is the file meant", at=subject.at("precision", "weights"))


CHECK = Check("precision-named", Level.STATIC, artifacts, run)
