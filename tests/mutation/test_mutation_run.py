"""A sample of `make mutation` at level run: wrong statements about a real model fail `validate`; the judge can tell.

The judge runs the checks in this process and remembers what the model answered; `validate` does neither.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.mutation_run.facts import wrong_facts
from benchmarks.mutation_run.judge import Judge, Judged
from benchmarks.mutation_run.report import headline, share_caught, survivors, table
from tests.cli.invoke import call

REGISTRY = Path(__file__).resolve().parents[2] / "registry"
MODEL, CONTRACT = "st_ssd_mobilenet_v1", "ssd-three-outputs"
SUBJECT = f"{MODEL}/025_192/int8-v2.0.1"


def judged(mirror: Path, folder: Path, *facts: str, left_out: Sequence[str] = ()) -> dict[tuple[str, str], Judged]:
    """Judge the wrong statements of some facts about the smallest model."""
    judge = Judge(REGISTRY, str(mirror), folder, left_out=left_out)
    (subject,) = (one for one in judge.subjects if one.name == SUBJECT)
    chosen = [wrong for wrong in wrong_facts(subject) if wrong.fact in facts]
    return {(one.wrong.fact, one.wrong.change): one for one in judge.judge(subject, chosen)}


def edited(folder: Path, old: str, new: str) -> Path:
    """Copy the registry, with one word of the contract changed."""
    shutil.copytree(REGISTRY, folder)
    manifest = folder / "models" / MODEL / "manifest.yaml"
    before, name, after = manifest.read_text(encoding="utf-8").partition(f"  {CONTRACT}:\n")
    assert after.index(old) < after.index("\nvariants:")
    manifest.write_text(before + name + after.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "check", "message"),
    [
        (
            "coordinates: half-pixel-floor",
            "coordinates: asymmetric-floor",
            "golden-detections",
            "the input tensor made",
        ),
        ("a: 1/127.5", "a: 1/255", "quantisation-vs-formula", "pixel 255 becomes 0.0000 by the formula"),
        ("activation: none", "activation: softmax", "roles-proven", "they are probabilities already"),
        ("iou: 0.5", "iou: 0.45", "golden-selection", "by the contract none overlap by more than 0.45"),
        ("max_detections: 100", "max_detections: 200", "golden-selection", "at most 100 are kept"),
    ],
)
def test_a_wrong_word_fails_validate_also_where_bits_may_differ(
    mirror: Path, tmp_path: Path, old: str, new: str, check: str, message: str
) -> None:
    registry = edited(tmp_path / "registry", old, new)
    for path in registry.glob(f"models/{MODEL}/golden/025_192_*.json"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r'("version": )"[^"]*"', r'\1"0.0.1"', text, count=1), encoding="utf-8")
    words = ["--level", "run", "--engine", "litert", "--offline", "--format", "json"]
    called = call("validate", SUBJECT, *words, "--mirror", mirror, "--registry", registry)
    assert called.code == 1
    said = [one.message for one in called.report.errors if one.check == check]
    assert any(message in one for one in said), called.report.errors


def test_the_recordings_catch_what_no_statement_of_the_file_does(mirror: Path, tmp_path: Path) -> None:
    seen = judged(mirror, tmp_path, "colour", "clip", "score threshold", "name of anchors")
    missed = {(one.wrong.fact, one.wrong.change) for one in seen.values() if not one.elsewhere}
    assert missed == {("score threshold", "0.0001"), ("score threshold", "0.002")}
    assert all(seen[one].wrong.unseen for one in missed)
    assert {"input digest", "golden-raw"} <= seen["colour", "bgr"].recorded
    assert "golden-raw" not in seen["colour", "bgr"].elsewhere
    assert seen["name of anchors", "another"].elsewhere == {"io-outputs"}
    assert "golden-current" in seen["clip", "false"].static - seen["clip", "false"].recorded
    text = "\n".join([table(seen.values()), headline(list(seen.values())), *survivors(seen.values())])
    assert "| clip | false | S (D) | golden-current |" in text
    assert "every score is a whole number of 1/256" in text
    assert share_caught(list(seen.values())) == pytest.approx(1 - 2 / len(seen))


def test_without_the_checks_wrong_statements_survive(mirror: Path, tmp_path: Path) -> None:
    seen = judged(mirror, tmp_path, "NMS IoU", "clip", left_out=["golden-selection"])
    assert [one.elsewhere for one in seen.values() if one.wrong.change != "1"] == [frozenset()] * 6
    assert all(one.recorded == {"golden-detections"} for one in seen.values())


def test_a_wrong_statement_is_wrong_in_one_place(tmp_path: Path) -> None:
    judge = Judge(REGISTRY, "", tmp_path)
    subject = next(one for one in judge.subjects if one.name == SUBJECT)
    facts = list(wrong_facts(subject))
    assert len({(wrong.fact, wrong.change) for wrong in facts}) == len(facts) >= 60
    tree = subject.entry.source.plain()
    assert all(wrong.tree(subject) != tree for wrong in facts)
    assert subject.entry.source.plain() == tree
