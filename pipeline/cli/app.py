"""The commands of `glassmaster`, run, and what stops them turned into exit codes.

Each command imports what it works with when it is called, so that all begin at once. Exit codes: 0 all passed, 1 a
deliverable failed its audit, 2 bad input or usage, 130 stopped by the user.
"""

from collections.abc import Sequence

import click
import typer

from albums.faults import Fault, Refusal
from pipeline.cli import console
from pipeline.cli.check import check
from pipeline.cli.ddp import extract, show
from pipeline.cli.master import master
from pipeline.cli.new import new
from pipeline.cli.options import BAD_INPUT, PASSED, STOPPED
from pipeline.cli.plan import plan
from pipeline.cli.profiles import list_profiles
from pipeline.cli.verify import verify
from pipeline.system.progress import Stopped

app = typer.Typer(
    name="glassmaster",
    help="Master whole albums without a person at the desk: an album folder in, audited masters out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for command in (new, check, plan, master, verify):
    app.command()(command)
app.command(name="profiles")(list_profiles)

filesets = typer.Typer(no_args_is_help=True, help="Look into DDP filesets, and take them apart.")
filesets.command()(show)
filesets.command()(extract)
app.add_typer(filesets, name="ddp")


def run(words: Sequence[str]) -> int:
    """Run the command that `words` name and return its exit code; bad input ends in a message, not in a traceback."""
    try:
        code = app(words, standalone_mode=False)
        return code if isinstance(code, int) else PASSED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (Stopped, click.Abort):
        return STOPPED
    except Refusal as refusal:
        return _refused(refusal.faults, as_json="--json" in words)
    except OSError as error:
        return _refused([Fault(str(error.filename or ""), error.strerror or str(error))], as_json="--json" in words)


def _refused(faults: Sequence[Fault], *, as_json: bool) -> int:
    if as_json:
        console.print_json({"passed": False, "faults": console.fault_document(faults)})
    console.print_faults(faults)
    return BAD_INPUT
