"""Input and output of a model: what its document says beside what its files do, and every step between.

What was read from a file is said to be observed; where no file was opened, the contract is said to be described.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zoo_tools.domain.decoding import Contract
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.manifest import TensorSpec
from zoo_tools.site import words
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.pages.card.steps import Step, pixel_range, steps
from zoo_tools.site.pages.card.subject import ArtifactRef, Subject, evidence_anchor
from zoo_tools.site.tables import Column, Row, Section, table


@dataclass(frozen=True, slots=True)
class _Stated:
    """A contract and the files it is of."""

    id: str
    contract: Contract
    files: list[ArtifactRef]

    @property
    def example(self) -> ArtifactRef | None:
        """A file of it whose tensors were read; those of an unpinned file are said, not read."""
        return next((ref for ref in self.files if ref.artifact.tensors and ref.artifact.sha256), None)


def contracts(subject: Subject) -> Iterator[Html]:
    """Yield, for each kind of contract, the comparison with its document and the steps of a run."""
    stated = [_Stated(id_, one, _files(subject, id_)) for id_, one in subject.manifest.contracts.items()]
    kinds: dict[tuple[str, str], list[_Stated]] = {}
    for one in stated:
        # Contracts of one kind take the same steps: what they have in common is said once.
        kinds.setdefault((one.contract.decode.type, one.contract.select.nms), []).append(one)
    for members in kinds.values():
        described = [one for one in members if one.contract.documented is None and one.example is None]
        for one in members:
            if len(stated) > 1:
                yield el("p", el("strong", "Contract ", words.code(one.id)), f": {_users(subject, one.files)}.")
            if one not in described:
                yield from _documented(subject, one)
        if described:
            yield el("p", *_only_described(described), class_="zoo-differs")
        each = [list(steps(one.contract)) for one in members]
        yield el("ol", *(el("li", step) for step in _merged([one.id for one in members], each)), class_="zoo-steps")
        yield from _origins(members)


def _files(subject: Subject, id_: str) -> list[ArtifactRef]:
    return [ref for ref in subject.artifacts if (ref.artifact.contract or ref.variant.contract) == id_]


def _users(subject: Subject, files: Sequence[ArtifactRef]) -> str:
    """Return the variants a contract is of; files one by one where a variant has another contract besides."""
    if not files:
        return "of no file"
    names: dict[str, None] = {}
    for ref in files:
        whole = sum(other.variant.id == ref.variant.id for other in subject.artifacts)
        is_whole = whole == sum(other.variant.id == ref.variant.id for other in files)
        names[ref.variant.id if is_whole else ref.name] = None
    return f"of {', '.join(names)}"


def _documented(subject: Subject, one: _Stated) -> Iterator[Html]:
    documented = one.contract.documented
    yield _comparison(subject, one)
    if documented is not None and documented.differs is not None:
        yield el("p", el("strong", "How they differ. "), documented.differs, class_="zoo-differs")


def _only_described(members: Sequence[_Stated]) -> Iterator[str]:
    """Yield that nobody saw these contracts at work, and what they can be held against."""
    yield el("strong", "Described, not observed. ")
    yield "No document says what goes in and what comes out, and no file was opened here."
    variants = {ref.variant.id: ref.variant for one in members for ref in one.files}
    configs = dict.fromkeys(t.config for v in variants.values() for t in v.training if t.config is not None)
    if configs:
        links = join(*(link(url, url.rpartition("/")[2]) for url in configs), by=", ")
        yield join(" Hold the steps against the configuration of the training: ", links, ".")


def _origins(members: Sequence[_Stated]) -> Iterator[Html]:
    """Yield where the steps were read or seen, folded away; what several contracts have in common is said once."""
    said: dict[Html, list[str]] = {}
    for one in members:
        for source in one.contract.sources:
            where = None if source.url is None else link(source.url, source.url.rpartition("/")[2])
            line = join(
                el("strong", f"{source.says[:1].upper()}{source.says[1:]}."), " ", join(where, source.how, by=". ")
            )
            said.setdefault(line, []).append(one.id)
    if not said:
        return
    lines = [join(None if len(ids) == len(members) else f"{', '.join(ids)}: ", line) for line, ids in said.items()]
    listed = el("ul", *(el("li", line) for line in lines))
    head = el("summary", "Where these steps were read or seen")
    yield el("div", el("details", head, listed, class_="zoo-details"))


def _comparison(subject: Subject, one: _Stated) -> Html:
    contract, documented, example = one.contract, one.contract.documented, one.example
    takes = f"{contract.input.colour.upper()}, {contract.input.layout}, {pixel_range(contract)}"
    gives = f"{', '.join(_roles(contract))} ({contract.decode.type})"
    if example is not None and example.artifact.tensors is not None:
        takes = f"{_tensors(example.artifact.tensors.inputs)}; {takes}"
        gives = _tensors(example.artifact.tensors.outputs)
        heading, seen = "The file does", f"Observed in the file of {example.name}."
    else:
        heading, seen = "Described, not observed", "No file was opened here: the right column was read elsewhere."
    source: str | Html = "none"
    if documented is not None:
        evidence = subject.manifest.evidence.get(documented.evidence)
        title = evidence.title if isinstance(evidence, Published) else documented.evidence
        source = el("a", title, href=f"#{evidence_anchor(documented.evidence)}")
    columns = [Column(""), Column("The document says", missing="not stated"), Column(heading)]
    rows = [
        Row(["Input", documented.input if documented else None, takes]),
        Row(["Output", documented.output if documented else None, gives]),
    ]
    note = join("Document: ", source, f". {seen}")
    several = len(subject.manifest.contracts) > 1
    title = f"Documented and {'observed' if example is not None else 'described'}{f': {one.id}' if several else ''}"
    return table(title, columns, rows, note=note, class_="zoo-compare-contract")


def _roles(contract: Contract) -> list[str]:
    """Return the roles of the outputs, in the order of the decoder."""
    specs = (getattr(contract.decode, name) for name in type(contract.decode).model_fields)
    return [str(spec.role) for spec in specs if hasattr(spec, "role")]


def _merged(ids: Sequence[str], each: Sequence[Sequence[Step]]) -> Iterator[Html]:
    """Yield each step once where all contracts take the same, else contract by contract."""
    for members in zip(*each, strict=True):
        said: dict[Html, list[str]] = {}
        for id_, step in zip(ids, members, strict=True):
            said.setdefault(step.html, []).append(id_)
        if len(said) == 1:
            yield members[0].whole
            continue
        parts = [el("li", el("strong", ", ".join(names)), ": ", html) for html, names in said.items()]
        yield join(f"{members[0].name}:", el("ul", *parts))


def _tensors(specs: list[TensorSpec]) -> str:
    each = [f"{spec.slot} {spec.dtype} {_shape(spec)}" for spec in specs]
    return each[0] if len(each) == 1 else f"{len(each)} tensors: {', '.join(each)}"


def _shape(spec: TensorSpec) -> str:
    return f"({', '.join(str(size) for size in spec.shape)})"


def tensors(subject: Subject) -> Html | None:
    """Return every input and output tensor of every file whose tensors are known, folded away."""
    known = [ref for ref in subject.artifacts if ref.artifact.tensors is not None]
    if not known:
        return None
    columns = [
        Column("Role"),
        Column("Direction"),
        Column("Name in the file"),
        Column("Shape"),
        Column("Type"),
        Column("Scale", numeric=True, missing="none"),
        Column("Zero point", numeric=True, missing="none"),
    ]
    sections = [Section(ref.name, list(_tensor_rows(ref))) for ref in known]
    note = "Bind tensors by name or by what they hold: two of them may have the same shape."
    head = f"Tensors of {words.count(len(known), 'file')}, by name"
    shown = table("Tensors", columns, sections, note=note)
    return el("div", el("details", el("summary", head), shown, class_="zoo-details zoo-details--wide"))


def _tensor_rows(ref: ArtifactRef) -> Iterator[Row]:
    found = ref.artifact.tensors
    if found is None:
        return
    for direction, specs in (("input", found.inputs), ("output", found.outputs)):
        for spec in specs:
            q = spec.quantisation
            scale, zero = (str(q.scale), str(q.zero_point)) if q is not None else (None, None)
            yield Row([spec.slot, direction, words.code(spec.name), words.code(_shape(spec)), spec.dtype, scale, zero])
