"""`zoo_tools merge`: join the reports of shards, or write one report in other formats."""

from pathlib import Path

import click

from zoo_tools.cli.validate_report import outputs_named, report_options, write_report


@click.command("merge")
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@report_options
def command(reports: tuple[Path, ...], *, formats: tuple[str, ...], verbose: bool) -> int:
    """Join the JSON REPORTs of `zoo_tools validate --shard I/N` into the one of a single run.

    A single report, of a whole run, can be written in other formats: the registry is not needed for that.

    Exit codes: that of the run that is reported; 1 also where a report cannot be read, 2 where the reports do not
    belong together, 3 where one is missing.
    """
    from zoo_tools.report.file_format import read_run
    from zoo_tools.report.merge import merged

    outputs = outputs_named(formats)
    run = merged([read_run(report) for report in reports])
    for output in outputs:
        write_report(output, run, verbose=verbose)
    return run.exit_code
