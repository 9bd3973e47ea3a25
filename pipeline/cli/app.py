"""The commands of `glassmaster`, run, and what stops them turned into exit codes.

Each command imports what it works with when it is called, so that all begin at once. Exit codes: 0 all passed, 1 a
deliverable failed its audit, 2 bad input or usage, 70 an internal error, 74 all passed but standard output could not be
written, 130 stopped by the user.
"""

import re
from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Any

import typer
import typer.main

from albums.faults import Fault
from pipeline.cli.batch.command import batch
from pipeline.cli.batch.serve import serve
from pipeline.cli.cache import clear
from pipeline.cli.cache import show as show_cache
from pipeline.cli.check import check
from pipeline.cli.ddp import extract, show
from pipeline.cli.internal_errors import faults_of, leaves, reported, threads_reported
from pipeline.cli.master import master
from pipeline.cli.new import new
from pipeline.cli.options import BAD_INPUT, INTERNAL, PASSED, STOPPED, UNWRITTEN, tells
from pipeline.cli.plan import plan
from pipeline.cli.profiles import list_profiles
from pipeline.cli.reference.schema import schema
from pipeline.cli.release.approve import approve
from pipeline.cli.release.deliver import deliver
from pipeline.cli.release.services import services
from pipeline.cli.release.tag import tag
from pipeline.cli.settings.command import show as show_config
from pipeline.cli.settings.option import configured
from pipeline.cli.shown import door
from pipeline.cli.shown.streams import guarded
from pipeline.cli.verify import verify
from pipeline.delivery.addresses import without_password
from pipeline.system.progress import Stopped

NAME = "glassmaster"
# Typer once imported click and now carries its own: what it raises is found through it.
ClickException: type[Exception] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
SAID_TWICE = re.compile(r"( Did you mean [^?]*\?)\1")  # once by click, once by some versions of Typer
SETTINGS = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    name=NAME,
    help="Master whole albums without a person at the desk: an album folder in, audited masters out.",
    context_settings=SETTINGS,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for command in (check, plan, master, verify, batch, serve, approve, deliver, services, tag):
    app.command()(tells(configured(command)))
app.command()(configured(new))
app.command(name="profiles")(configured(list_profiles))
app.command(name="config")(show_config)
app.command()(configured(schema))

filesets = typer.Typer(help="Look into DDP filesets, and take them apart.")
filesets.command()(configured(show))
filesets.command()(tells(configured(extract)))
app.add_typer(filesets, name="ddp")

remembered = typer.Typer(help="What is remembered from run to run: look at it, and clear it.")
remembered.command(name="show")(configured(show_cache))
remembered.command()(configured(clear))
app.add_typer(remembered, name="cache")


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        door.output.say(f"{NAME} {version(NAME)}")
        raise typer.Exit


@app.callback()
def _of_all(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...


def run(words: Sequence[str]) -> int:
    """Run the command that `words` name and return its exit code; nothing ends in a traceback."""
    kept = [*map(without_password, words)]  # as logs and reports have them
    with guarded() as (output, _), door.told(kept):
        with threads_reported(kept) as threads:
            code = _run(words)
        if threads.failed and code == PASSED:
            code = INTERNAL
        output.flush()
        if output.failure:
            door.errors.say(f"standard output could not be written: {output.failure}; the work itself is done")
            code = code or UNWRITTEN
        if door.telling.log:
            door.telling.log.write(f"ended with exit code {code}")
    return code


def _run(words: Sequence[str]) -> int:
    as_json = "--json" in words
    try:
        if _names_no_command(words):
            app([*words, "--help"], prog_name=NAME, standalone_mode=False)
            return BAD_INPUT
        code = app(words, prog_name=NAME, standalone_mode=False)
        return code if isinstance(code, int) else PASSED
    except ClickException as error:
        return _misused(error, as_json=as_json)
    except typer.Abort:
        return STOPPED
    except Exception as error:
        return _failed(error, [*map(without_password, words)], as_json=as_json)


def _names_no_command(words: Sequence[str]) -> bool:
    """Whether `words` end where a command is still to be named: `glassmaster`, `glassmaster ddp`."""
    here: Any = typer.main.get_command(app)
    for word in words:
        here = getattr(here, "commands", {}).get(word)
    return hasattr(here, "commands")


def _misused(error: Any, *, as_json: bool) -> int:
    """What is wrong with the words themselves, and how they are meant to be."""
    context = getattr(error, "ctx", None)
    where = context.command_path if context else NAME
    fault = Fault(where, without_password(SAID_TWICE.sub(r"\1", " ".join(error.format_message().split()))))
    if as_json:
        door.print_json({"passed": False, "faults": door.fault_document([fault])})
    door.errors.say(str(fault))
    if context:
        usage = " ".join(part for part in context.command.collect_usage_pieces(context) if part)
        door.errors.say(f"usage: {where} {usage}; `{where} --help` says more")
    return BAD_INPUT


def _failed(error: Exception, words: Sequence[str], *, as_json: bool) -> int:
    """The exit code for what a command raised, told: a stop, bad input, or an error of this program."""
    found = [*leaves(error)]
    if any(isinstance(each, Stopped) for each in found):
        return STOPPED
    faults = [*chain(*map(faults_of, found))]
    own = [each for each in found if not faults_of(each)]
    if own:
        said, log = reported(error, words, own[0])
    if as_json:
        internal = {"internal_error": said, "log": log} if own else {}
        door.print_json({"passed": False, **internal, "faults": door.fault_document(faults)})
    door.print_faults(faults)
    return INTERNAL if own else BAD_INPUT
