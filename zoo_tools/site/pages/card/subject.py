"""What a page of a model is about: the family, or one variant of it, with figures in groups and the anchors of rows.

A figure stands on the card of its variant and nowhere else in full, so every link to it leads there; what is said of
the family as a whole stands on the family's page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from zoo_tools.domain.address import AddressError, Addresses, Path
from zoo_tools.domain.evidence import Anomaly, Correction, Derived, Evidence
from zoo_tools.domain.figures import Group, GroupRef, groups_of
from zoo_tools.domain.findings import Outcome
from zoo_tools.domain.manifest import Artifact, Manifest, Variant
from zoo_tools.registry.load import Entry
from zoo_tools.site import words
from zoo_tools.site.escape import Html
from zoo_tools.site.place import Place, anchor
from zoo_tools.site.zoo import Marked, Zoo

FOLDED = ("missing", "odd")
"""Verdicts that make no figure wrong."""


def card_source(model: str, variant: str | None = None) -> str:
    """Return the source of a variant's card, or of the page of its family."""
    if variant is None:
        return f"models/{model}.md"
    # `index` and `readme` would be the family's own place; no id begins with an underscore.
    return f"models/{model}/{'_' if variant in ('index', 'readme') else ''}{variant}.md"


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """A footprint, latency or accuracy with its figures."""

    ref: GroupRef
    figures: list[Marked]
    anchor: str
    """Id of its row on the card of its variant."""

    @property
    def group(self) -> Group:
        """Conditions and values."""
        return self.ref.group

    def figure(self, quantity: str) -> Marked | None:
        """Return one of its figures, or None where it is not stated."""
        return next((marked for marked in self.figures if marked.figure.quantity == quantity), None)


@dataclass(frozen=True, slots=True)
class ArtifactRef:
    """An artifact and where it stands."""

    variant: Variant
    artifact: Artifact
    path: Path

    @property
    def name(self) -> str:
        """How commands call it, without the model."""
        return f"{self.variant.id}/{self.artifact.id}"

    @property
    def shown(self) -> Html:
        """How tables of several variants call it."""
        return words.path(self.variant.id, self.artifact.id)

    @property
    def anchor(self) -> str:
        """Id of its row on the card of its variant."""
        return row_anchor(f"variants[{self.variant.id}].artifacts[{self.artifact.id}]")


@dataclass(frozen=True)
class Family:
    """A model with all its variants, and what their pages have in common, computed once."""

    zoo: Zoo
    entry: Entry[Manifest]

    @property
    def manifest(self) -> Manifest:
        """The model."""
        return self.entry.value

    @cached_property
    def groups(self) -> list[FigureGroup]:
        """All groups of figures in the order of the file."""
        figures: dict[Path, list[Marked]] = {}
        for marked in self.zoo.figures(self.entry.id):
            figures.setdefault(marked.figure.group_path, []).append(marked)
        return [
            FigureGroup(ref, figures.get(ref.path, []), row_anchor(f"variants[{ref.variant.id}].{ref.name}"))
            for ref in groups_of(self.manifest)
        ]

    @cached_property
    def artifacts(self) -> list[ArtifactRef]:
        """All artifacts in the order of the file."""
        return [
            ArtifactRef(variant, artifact, ("variants", v, "artifacts", a))
            for v, variant in enumerate(self.manifest.variants)
            for a, artifact in enumerate(variant.artifacts)
        ]

    @cached_property
    def contract_users(self) -> dict[str, set[int]]:
        """Positions of the variants that use each contract."""
        found: dict[str, set[int]] = {}
        for ref in self.artifacts:
            found.setdefault(ref.artifact.contract or ref.variant.contract, set()).add(int(ref.path[1]))
        return found

    @cached_property
    def _addresses(self) -> Addresses:
        return Addresses(self.manifest)

    @cached_property
    def _group_at(self) -> dict[Path, FigureGroup]:
        return {group.ref.path: group for group in self.groups}

    @cached_property
    def _paths(self) -> dict[str, Path]:
        """Paths of the addresses already asked for: anomalies name the same ones again and again."""
        return {}

    def path(self, address: str) -> Path:
        """Return the path of an address, or none where it leads nowhere."""
        if address not in self._paths:
            try:
                self._paths[address] = self._addresses.path(address)
            except AddressError:
                self._paths[address] = ()
        return self._paths[address]

    def group_of(self, address: str) -> FigureGroup | None:
        """Return the group of figures an address lies in, or None."""
        path = self.path(address)
        found = (self._group_at.get(path[:n]) for n in range(len(path), 0, -1))
        return next((group for group in found if group is not None), None)

    def variants_of(self, addresses: Iterable[str]) -> set[int]:
        """Return the positions of the variants that addresses speak of, by name or by their contract."""
        found: set[int] = set()
        for path in map(self.path, addresses):
            if path[:1] == ("variants",) and len(path) > 1:
                found.add(int(path[1]))
            elif path[:1] == ("contracts",) and len(path) > 1:
                found |= self.contract_users.get(str(path[1]), set())
        return found

    @cached_property
    def anomalies(self) -> list[tuple[Anomaly, set[int]]]:
        """All anomalies with the variants they speak of; none for the family as a whole."""
        return [(one, self.variants_of(one.at)) for one in self.manifest.anomalies]

    @cached_property
    def corrections(self) -> list[tuple[Correction, set[int]]]:
        """All corrections with the variants they speak of."""
        return [(one, self.variants_of([one.at])) for one in self.manifest.corrections]

    @cached_property
    def _outcomes(self) -> dict[str, list[Outcome]]:
        found: dict[str, list[Outcome]] = {}
        for outcome in self.zoo.outcomes(self.entry.id):
            found.setdefault(outcome.check, []).append(outcome)
        return found

    def outcomes_of(self, check: str) -> list[Outcome]:
        """Return what one check said of the model in the last run."""
        return self._outcomes.get(check, [])

    @cached_property
    def remarks(self) -> dict[Path, list[str]]:
        """Ids of the anomalies that concern each group of figures."""
        found: dict[Path, list[str]] = {}
        for anomaly in self.manifest.anomalies:
            groups = [group for at in anomaly.at if (group := self.group_of(at)) is not None]
            for path in dict.fromkeys(group.ref.path for group in groups):
                found.setdefault(path, []).append(anomaly.id)
        return found


@dataclass(frozen=True)
class Subject:
    """What the sections of a page are made from: one variant, or all of the family where none is named."""

    family: Family
    position: int | None = None
    """Position of the variant."""
    on: Place | None = None
    """The page the sections are put on, where that is neither the card nor the family's page."""

    @property
    def zoo(self) -> Zoo:
        """Everything pages are made from."""
        return self.family.zoo

    @property
    def entry(self) -> Entry[Manifest]:
        """The manifest and its file."""
        return self.family.entry

    @property
    def manifest(self) -> Manifest:
        """The model."""
        return self.family.entry.value

    @cached_property
    def variants(self) -> list[Variant]:
        """The variant, or all of them."""
        found = self.manifest.variants
        return found if self.position is None else [found[self.position]]

    @property
    def source(self) -> str:
        """Source of the page that is about this."""
        return card_source(self.entry.id, None if self.position is None else self.variants[0].id)

    @cached_property
    def place(self) -> Place:
        """The page links are written on."""
        return self.on or self.zoo.place(self.source)

    def href(self, fragment: str) -> str:
        """Return the link to a row of the page that is about this."""
        return self.place.href(self.source, fragment)

    def card_href(self, variant: Variant, fragment: str = "") -> str:
        """Return the link to a variant's card, or to a row of it."""
        return self.place.href(card_source(self.entry.id, variant.id), fragment)

    def figure_href(self, group: FigureGroup) -> str:
        """Return the link to the row of a group of figures."""
        return self.card_href(group.ref.variant, group.anchor)

    def id(self, fragment: str) -> str | None:
        """Return a row's id on its own page, none elsewhere: a link to it shall lead to one place."""
        return fragment if self.on is None else None

    def _is_of(self, path: Path) -> bool:
        return self.position is None or path[1] == self.position

    @cached_property
    def groups(self) -> list[FigureGroup]:
        """The groups of figures, in the order of the file."""
        return [g for g in self.family.groups if self._is_of(g.ref.path)]

    @cached_property
    def figures(self) -> list[Marked]:
        """The figures, in the order of the file."""
        return [marked for g in self.groups for marked in g.figures]

    @cached_property
    def artifacts(self) -> list[ArtifactRef]:
        """The files, in the order of the manifest."""
        return [ref for ref in self.family.artifacts if self._is_of(ref.path)]

    @cached_property
    def main(self) -> ArtifactRef:
        """The file a reader should look at first: one he can get, that runs, small, and spoken of."""
        return max(self.artifacts, key=lambda ref: (*usefulness(ref.artifact), len(self.groups_of(ref))))

    @cached_property
    def releases(self) -> list[str]:
        """Releases in the order they first appear."""
        return list(dict.fromkeys(ref.artifact.release for ref in self.artifacts))

    @cached_property
    def anomalies(self) -> list[Anomaly]:
        """The anomalies told here in full; on another page, all.

        What makes no figure wrong and is so of several variants is told on the page of the family, once.
        """
        found = self.family.anomalies
        if self.on is not None:
            return [one for one, _ in found]
        if self.position is None:
            return [one for one, touched in found if not touched or _is_shared(one, touched)]
        return [one for one, touched in found if self.position in touched and not _is_shared(one, touched)]

    @cached_property
    def shared_anomalies(self) -> list[Anomaly]:
        """The anomalies of this variant that the page of the family tells in full."""
        return [one for one, touched in self.family.anomalies if self.position in touched and _is_shared(one, touched)]

    def anomaly_href(self, anomaly: str) -> str:
        """Return the link to an anomaly: on this card, or on the page of the family if it is told there."""
        is_shared = any(one.id == anomaly for one in self.shared_anomalies)
        source = card_source(self.entry.id) if is_shared else self.source
        return self.place.href(source, anomaly_anchor(anomaly))

    @cached_property
    def corrections(self) -> list[Correction]:
        """The corrections of the variant; of the family and on another page, all."""
        return [one for one, touched in self.family.corrections if self.position is None or self.position in touched]

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        """The evidence that is spoken of here, with what it was computed from."""
        stated = self.manifest.evidence
        if self.position is None:
            return stated
        contracts = [self.manifest.contracts.get(id_) for id_ in self.contracts]
        asked = [
            *(g.group.evidence for g in self.groups),
            *(one.evidence for one in (*self.anomalies, *self.shared_anomalies)),
            *(one.evidence for one in self.corrections),
            *(one.documented.evidence for one in contracts if one is not None and one.documented is not None),
        ]
        wanted = set(asked)
        while asked:
            one = stated.get(asked.pop())
            fresh = [id_ for id_ in one.sources if id_ not in wanted] if isinstance(one, Derived) else []
            asked += fresh
            wanted.update(fresh)
        return {id_: one for id_, one in stated.items() if id_ in wanted}

    @cached_property
    def contracts(self) -> list[str]:
        """Ids of the contracts its files are run by."""
        return [
            id_
            for id_ in self.manifest.contracts
            if self.position is None or self.position in self.family.contract_users.get(id_, ())
        ]

    def groups_of(self, ref: ArtifactRef) -> list[FigureGroup]:
        """Return the groups of figures measured on an artifact."""
        return [g for g in self.groups if g.ref.path[1] == ref.path[1] and g.group.artifact == ref.artifact.id]

    @property
    def remarks(self) -> dict[Path, list[str]]:
        """Ids of the anomalies that concern each group of figures."""
        return self.family.remarks

    def group_of(self, address: str) -> FigureGroup | None:
        """Return the group of figures an address lies in, or None."""
        return self.family.group_of(address)


def usefulness(artifact: Artifact) -> tuple[bool, bool, bool]:
    """Sort files by what a reader can do with them: get one, run it on a small machine, in little memory."""
    is_runnable = artifact.format in ("tflite", "onnx")
    return artifact.sha256 is not None, is_runnable, not words.is_float(artifact)


def _is_shared(anomaly: Anomaly, touched: set[int]) -> bool:
    return len(touched) > 1 and anomaly.verdict in FOLDED


def row_anchor(address: str) -> str:
    """Return the id of the row of a group of figures or a file on its card: its address inside the variant."""
    return anchor(address.partition("].")[2] if address.startswith("variants[") else address)


def anomaly_anchor(anomaly: str) -> str:
    """Return the id of an anomaly's row on its card."""
    return anchor(f"anomaly.{anomaly}")


def evidence_anchor(evidence: str) -> str:
    """Return the id of an evidence's row on its card."""
    return anchor(f"evidence.{evidence}")
