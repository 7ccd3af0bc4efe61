"""`zoo_tools schema`: the JSON Schema of registry files, and of the JSON report of `validate`."""

import json
from pathlib import Path

import click

from zoo_tools.fetch import write_whole
from zoo_tools.registry.kinds import KINDS, schema_name, schema_text

REPORT = "report"


def _text(kind: str) -> str:
    if kind != REPORT:
        return schema_text(kind)
    from zoo_tools.report.file_format import report_schema

    return json.dumps(report_schema(), indent=1, sort_keys=True) + "\n"


@click.command("schema")
@click.argument("kind", type=click.Choice([*KINDS, REPORT]), default="manifest")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the schemas of all kinds of registry files to this folder.",
)
def command(kind: str, out: Path | None) -> None:
    """Print the JSON Schema of manifests (or of another KIND of file), for editors; `report` is that of `validate`."""
    if out is None:
        click.echo(_text(kind), nl=False)
        return
    out.mkdir(parents=True, exist_ok=True)
    for name in KINDS:
        write_whole(out / schema_name(name), schema_text(name).encode("utf-8"))
        click.echo(f"wrote {out / schema_name(name)}")
