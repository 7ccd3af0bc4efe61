"""The table: each finding about the published documents, by its number, with what catches it in this registry.

A and D are about how figures are printed, B about what the files contradict, C about figures that are out of line, E
about the documents of other publishers, F about an earlier card. Rows of twelve cells under eleven headings (A2 to A4)
cannot come into a manifest at all: the importer lists them.
"""

from tests.registry_data.catches import (
    MMDET,
    OMZ,
    TORCH,
    V1,
    V2,
    Agrees,
    Corrected,
    Noted,
    PutBack,
    Row,
    Stated,
    Told,
)
from zoo_tools.domain.findings import Severity

BOTH = (V1, V2)
NOTE = Severity.NOTE

H7_192 = "variants[025_192].footprints[int8,stm32h7]"
H7_256 = "variants[025_256].footprints[int8,stm32h7]"
V2_H7_192 = "variants[035_192].footprints[int8,stm32h7]"
PERSON_PROTOCOL = "protocols/st-ap40-coco-person.yaml"
MP257, MP157 = "latencies[int8,stm32mp257f-dk2]", "latencies[int8,stm32mp157f-dk2]"
CONTRACT = "contracts[ssd-three-outputs]"
LINK = "https://raw.githubusercontent.com/STMicroelectronics/stm32ai-modelzoo/main/object_detection/st_ssd_mobilenet_v1_025_192_int8.tflite"


def noted(id_: str, *models: str, verdict: str = "") -> list[Noted]:
    """Return the entry of that name in each of the models."""
    return [Noted(model, id_, verdict) for model in models]


PRINTED = [
    Row("A1", [
        PutBack(V2, f"{V2_H7_192}.ram.activation", "521.210.0.0", "schema"),
        Corrected(V2, f"{V2_H7_192}.ram.activation", "521.210.0.0"),
        PutBack(V2, f"{V2_H7_192}.ram.total", "711.45", "ram-total"),
    ]),
    Row("A2", noted("surplus-cell-at-192", V2)),
    Row("A3", noted("surplus-cell-at-192", V1)),
    Row("A4", noted("surplus-cell-at-224", V1)),
    Row("A5", [
        PutBack(V1, f"{H7_256}.ram.activation", "456.1 KiB", "schema"),
        Corrected(V1, f"{H7_256}.ram.activation", "456.1 KiB"),
    ]),
    Row("A6", [*noted("npu-memory-without-unit", V1), *noted("mcu-memory-without-unit", V1)]),
    Row("A7", [
        *noted("unit-in-time-cells", *BOTH),
        PutBack(V2, "variants[035_192].latencies[int8,stm32h747i-disco].ms", "511.16 ms", "schema"),
    ]),
    Row("A8", [
        *noted("shares-not-measured", *BOTH),
        PutBack(V1, f"variants[025_192].{MP157}.share.npu", "0", "as-published"),
    ]),
    Row("A9", noted("tab-in-cell", *BOTH)),
    Row("A10", [
        *noted("double-spaces", V2), *noted("double-space-in-clock", V1),
        PutBack(V1, f"variants[025_192].{MP257}.clock_mhz", "800  MHz", "schema"),
    ]),
    Row("A11", noted("times-without-decimals", V2)),
    Row("A12", noted("time-with-one-decimal", V2)),
    Row("A13", [
        *noted("ap-digits-differ", V1),
        PutBack(V1, "variants[025_256].accuracy[float,st-ap40-coco-person].ap", "51.00", "as-published"),
    ]),
    Row("A14", [
        *noted("percent-in-ap-cells", *BOTH),
        PutBack(V1, "variants[025_192].accuracy[int8,st-ap40-coco-person].ap", "35.80 %", "schema"),
    ]),
    Row("A15", [
        *noted("footnote-mark-in-quantization", *BOTH),
        PutBack(V1, "variants[025_192].artifacts[int8].precision.granularity", "per-channel**", "schema"),
    ]),
    Row("A16", noted("footnote-emphasis", *BOTH)),
    Row("A17", [
        *noted("version-notations", *BOTH),
        PutBack(V1, f"variants[025_192].{MP257}.tools", "x-linux-ai v5.1.0", "schema", inside=(0,)),
    ]),
]  # fmt: skip

CONTRADICTED = [
    Row("B1", [
        *noted("output-shape", *BOTH, verdict="contradicted"),
        PutBack(
            V1, "variants[025_192].artifacts[int8-v2.0.1].tensors.outputs[scores].shape", "9", "classes-match",
            inside=(2,),
        ),
    ]),
    Row("B2", [
        *noted("number-of-classes", *BOTH, verdict="contradicted"),
        PutBack(V1, "variants[025_192].dataset", "coco-2017", "classes-match"),
    ]),
    Row("B3", [
        *noted("number-of-images", *BOTH, verdict="contradicted"), *noted("number-of-images-80", V2),
        Stated(V1, PERSON_PROTOCOL, "image_count: 118287", "dataset-split"),
    ]),
    Row("B4", noted("preprocessing-unsaid", *BOTH)),
    Row("B5", [
        *noted("title-says-quantised", *BOTH),
        PutBack(V1, "variants[025_192].artifacts[int8].precision.weights", "float32", "conditions-as-published"),
    ]),
    Row("B6", noted("float-files-undescribed", *BOTH)),
    Row("B7", [
        *noted("weights-licence-unsaid", *BOTH),
        PutBack(V1, "licences.weights.spdx", "CC BY 4.0", "schema"),
        PutBack(V1, "licences.dataset.spdx", "CC-BY", "licences-stated"),
    ]),
    Row("B8", noted("provenance-is-the-backbone", *BOTH)),
    Row("B9", [
        *noted("same-names-other-files", *BOTH, verdict="disputed"),
        Told(V1, "figure-stale", "evidence[card-v3]", NOTE), Told(V2, "figure-stale", "evidence[card-v3]", NOTE),
    ]),
    Row("B10", noted("mpu-latencies-of-earlier-files", *BOTH, verdict="disputed")),
    Row("B11", noted("activation-ram-of-earlier-tool", *BOTH, verdict="disputed")),
]  # fmt: skip

OUT_OF_LINE = [
    Row("C1", [
        Told(V2, "fits-target", "variants[035_416].footprints[int8,stm32n6].ram.internal"),
        *noted("internal-ram-above-chip", V2, verdict="contradicted"),
    ]),
    Row("C2", noted("n6-time-at-416", V2)),
    Row("C3", noted("activation-ram-at-192", V2)),
    Row("C4", noted("internal-ram-from-192-to-224", V2)),
    Row("C5", [
        Told(V2, "resolution-monotone", f"variants[035_256].{MP257}.ms"),
        *noted("larger-input-is-faster-on-mp257", V2),
    ]),
    Row("C6", [
        Told(V1, "resolution-monotone", f"variants[025_256].{MP257}.ms"),
        *noted("larger-input-is-faster-on-mp257", V1),
    ]),
    Row("C7", [
        Told(V1, "resolution-monotone", "variants[025_256].footprints[int8,stm32n6].flash.weights", NOTE),
        *noted("larger-input-needs-less-flash-on-n6", V1),
    ]),
    Row("C8", [
        *(
            Told(V2, "fits-target", f"variants[{variant}].footprints[int8,stm32h7].ram.total")
            for variant in ("035_224", "035_256", "035_416")
        ),
        *noted("ram-above-h7-chip", V2),
    ]),
    Row("C9", [
        Told(V2, "ap-quantised-vs-float", "variants[100_416].accuracy[int8,st-ap40-coco-80].ap"),
        *noted("int8-loses-much-at-100-416", V2),
    ]),
    # The same figure, seen from the input sizes: its float sibling gains what it does not.
    Row("C10", [
        Told(V2, "ap-quantised-vs-float", "variants[100_416].accuracy[int8,st-ap40-coco-80].ap"),
        *noted("int8-gains-nothing-from-416", V2),
        *noted("ap-80-classes-of-earlier-card", V2),
    ]),
    Row("C11", [
        Told(V1, "ap-quantised-vs-float", "variants[025_192].accuracy[int8,st-ap40-coco-person].ap", NOTE),
        *noted("int8-equals-float-at-192", V1),
    ]),
    Row("C12", noted("ap-at-192-of-earlier-file", V2)),
    Row("C13", [
        *noted("ap-protocol-incomplete", *BOTH),
        Stated(V1, PERSON_PROTOCOL, "image_count: 118287", "dataset-split"),
    ]),
    Row("C14", [Agrees(V1, "rate-inverse"), Agrees(V2, "rate-inverse"), Agrees(TORCH, "rate-inverse")]),
    Row("C15", [Agrees(V1, "engine-shares"), Agrees(V2, "engine-shares")]),
    Row("C16", [Agrees(model, check) for model in BOTH for check in ("ram-total", "flash-total")]),
]  # fmt: skip

NAMED = [
    Row("D1", noted("no-n6-row-for-192", V1)),
    Row("D2", noted("no-memory-of-full-width", V2)),
    Row("D3", [*noted("one-label-for-four-files", V2), *noted("one-label-for-three-files", V1)]),
    Row("D4", [
        *noted("relative-links", *BOTH),
        PutBack(V1, "variants[025_192].artifacts[int8].urls", LINK, "urls-pinned", inside=(0,)),
    ]),
    Row("D5", [*noted("board-names", *BOTH)]),
    Row("D6", noted("clock-of-which-unit", *BOTH)),
    Row("D7", noted("one-tool-under-two-names", *BOTH)),
    Row("D8", noted("thge", *BOTH)),
    Row("D9", noted("heading-not-bold", V1)),
    Row("D10", noted("boxes-for-booleans", *BOTH)),
]  # fmt: skip

ELSEWHERE = [
    Row("E1", noted("shape-cell", TORCH)),
    Row("E2", [
        *noted("three-layouts", TORCH),
        PutBack(TORCH, "variants[coco].resolution", "3", "conditions-as-published", inside=(0,)),
    ]),
    Row("E3", noted("external-ram-equal", TORCH)),
    Row("E4", noted("flash-linear-in-classes", TORCH)),
    Row("E5", noted("another-ap", TORCH)),
    Row("E6", noted("scraped-page", TORCH)),
    Row("E7", noted("no-number-of-images", TORCH)),
    Row("E8", [*noted("two-colour-orders", OMZ), *noted("class-91-is-never-given", OMZ, verdict="contradicted")]),
    Row("E9", [*noted("coco-precision-unnamed", OMZ), *noted("shape-depends-on-release", OMZ)]),
    Row("E10", [*noted("diff-view", MMDET), *noted("speed-as-frames", MMDET)]),
    Row("E11", noted("third-ap", MMDET)),
]  # fmt: skip

EARLIER_CARD = [
    Row("F1", noted("v2-weights-flash-below-content", V2, verdict="contradicted")),
    Row("F2", [
        *noted("v2-config-rescaling", V2, verdict="contradicted"),
        PutBack(V1, f"{CONTRACT}.preprocess.normalise.a", "127.5", "preprocessing-complete"),
        PutBack(V2, f"{CONTRACT}.preprocess.normalise.a", "127.5", "preprocessing-complete"),
    ]),
    Row("F3", noted("v2-config-max-detections", V2)),
    Row("F4", [PutBack(V1, f"{H7_192}.ram.activation", "266.3. KiB", "schema")]),
]  # fmt: skip

TABLE = [*PRINTED, *CONTRADICTED, *OUT_OF_LINE, *NAMED, *ELSEWHERE, *EARLIER_CARD]
