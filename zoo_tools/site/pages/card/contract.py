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

_FEW = 8


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
    """Yield the comparison with what documents say, and for each kind of contract the steps of a run."""
    every = subject.manifest.contracts
    stated = [_Stated(id_, every[id_], _files(subject, id_)) for id_ in subject.contracts]
    described = [one for one in stated if one.contract.documented is None and one.example is None]
    compared = [one for one in stated if one.contract.documented is not None]
    if compared:
        yield _comparison(subject, compared)
        yield from _differences(compared)
    if described:
        yield el("p", *_only_described(described), class_="zoo-differs")
    kinds: dict[tuple[str, str], list[_Stated]] = {}
    for one in stated:
        # Contracts of one kind take the same steps: what they have in common is said once.
        kinds.setdefault((one.contract.decode.type, one.contract.select.nms), []).append(one)
    for members in kinds.values():
        if len(stated) > 1:
            each = (join("Contract ", words.code(one.id), f": {_users(subject, one.files)}") for one in members)
            yield el("p", el("strong", "Steps. "), join(*each, by="; "), ".")
        told = [list(steps(one.contract)) for one in members]
        yield el("ol", *(el("li", step) for step in _merged([one.id for one in members], told)), class_="zoo-steps")
        yield from _origins(members)


def _files(subject: Subject, id_: str) -> list[ArtifactRef]:
    return [ref for ref in subject.artifacts if (ref.artifact.contract or ref.variant.contract) == id_]


def _users(subject: Subject, files: Sequence[ArtifactRef]) -> str:
    """Return the files a contract is of."""
    if len(files) == len(subject.artifacts):
        return "of every file"
    return f"of {', '.join(ref.artifact.id for ref in files)}" if files else "of no file"


def _differences(compared: Sequence[_Stated]) -> Iterator[Html]:
    """Yield how files differ from their documents, in the words of the registry."""
    said = [one for one in compared if one.contract.documented is not None and one.contract.documented.differs]
    for one in said:
        name = join(words.code(one.id), ": ") if len(compared) > 1 else None
        differs = one.contract.documented.differs if one.contract.documented is not None else None
        yield el("p", el("strong", "How they differ. "), name, differs, class_="zoo-differs")


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
    yield el("details", head, listed, class_="zoo-details")


def _comparison(subject: Subject, compared: Sequence[_Stated]) -> Html:
    """Return what documents say beside what files do, a section for each document."""
    is_seen = any(one.example is not None for one in compared)
    heading = "The file does" if is_seen else "Described, not observed"
    columns = [Column(""), Column("The document says", missing="not stated"), Column(heading)]
    said: dict[tuple[str | None, ...], list[_Stated]] = {}
    for one in compared:
        documented = one.contract.documented
        if documented is not None:
            said.setdefault((documented.evidence, documented.input, documented.output), []).append(one)
    sections = [Section(_about(subject, members), _rows(members)) for members in said.values()]
    title = f"Documented and {'observed' if is_seen else 'described'}"
    return table(title, columns, sections, class_="zoo-compare-contract")


def _about(subject: Subject, members: Sequence[_Stated]) -> Html:
    """Return which document is meant, and where the right column comes from."""
    documented = members[0].contract.documented
    evidence = subject.manifest.evidence.get(documented.evidence) if documented is not None else None
    id_ = documented.evidence if documented is not None else ""
    title = evidence.title if isinstance(evidence, Published) else id_
    seen = [one.example.artifact.id for one in members if one.example is not None]
    unseen = [one.id for one in members if one.example is None]
    observed = f" Observed in the file {', '.join(seen)}." if seen else None
    said = f" No file was opened here for {', '.join(unseen)}: described, not observed." if unseen else None
    return join(el("a", title, href=f"#{evidence_anchor(id_)}"), el("span", ".", observed, said, class_="zoo-of"))


def _rows(members: Sequence[_Stated]) -> list[Row]:
    """Return input and output: the words of the document once, what files do contract by contract."""
    documented = members[0].contract.documented
    each = [(join(el("strong", one.id), ": ") if len(members) > 1 else None, *_does(one)) for one in members]
    takes = join(*(el("div", name, takes) for name, takes, _ in each))
    gives = join(*(el("div", name, gives) for name, _, gives in each))
    return [
        Row(["Input", documented.input if documented else None, takes]),
        Row(["Output", documented.output if documented else None, gives]),
    ]


def _does(one: _Stated) -> tuple[str, str]:
    """Return what goes in and what comes out, as the file has it or, where none was opened, the contract."""
    contract, example = one.contract, one.example
    takes = f"{contract.input.colour.upper()}, {contract.input.layout}, {pixel_range(contract)}"
    if example is None or example.artifact.tensors is None:
        return takes, f"{', '.join(_roles(contract))} ({contract.decode.type})"
    return f"{_tensors(example.artifact.tensors.inputs)}; {takes}", _tensors(example.artifact.tensors.outputs)


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


def classes(subject: Subject) -> Html | None:
    """Return the classes in the order of their ids, many of them folded away."""
    entry = subject.zoo.registry.labels.get(subject.variants[0].labels)
    if entry is None:
        return None
    stated = entry.value
    names = ", ".join(f"{i} {name}" for i, name in enumerate(stated.names))
    count = words.count(len(stated.names), "class", plural="classes")
    without = f" No picture is labelled with {', '.join(stated.unannotated)}." if stated.unannotated else None
    if len(stated.names) <= _FEW:
        return el("p", el("strong", "Classes. "), f"{stated.title}, by id, the background apart: {names}.", without)
    head = f"{count} by id, the background apart: {stated.title}"
    return el("details", el("summary", head), el("p", f"{names}.", without), class_="zoo-details zoo-code")


def tensors(subject: Subject) -> Html | None:
    """Return every input and output tensor of every file whose tensors are known, as a listing."""
    known = [ref for ref in subject.artifacts if ref.artifact.tensors is not None]
    if not known:
        return None
    listing = "\n\n".join("\n".join([ref.artifact.id, *_aligned(list(_tensor_rows(ref)))]) for ref in known)
    head = f"Tensors of {words.count(len(known), 'file')}: role, name, type, shape, quantisation"
    note = "Bind tensors by name or by what they hold: two of them may have the same shape."
    code = el("pre", el("code", listing), data_search_exclude=True)
    # Where no document is compared with the file, this is what says what goes in.
    is_open = not any(subject.manifest.contracts[id_].documented for id_ in subject.contracts)
    return el("details", el("summary", head), code, el("p", note), class_="zoo-details zoo-code", open=is_open)


def _tensor_rows(ref: ArtifactRef) -> Iterator[list[str]]:
    found = ref.artifact.tensors
    if found is None:
        return
    for direction, specs in (("in", found.inputs), ("out", found.outputs)):
        for spec in specs:
            q = spec.quantisation
            how = f"scale {q.scale}, zero point {q.zero_point}" if q is not None else ""
            yield [direction, spec.slot, spec.name, spec.dtype, _shape(spec), how]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
