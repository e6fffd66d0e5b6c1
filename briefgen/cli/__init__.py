"""The command line: the only room that prints, exits, reads the clock or the environment.

Commands are loaded when they are called, so that `briefgen --help` answers at once.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from briefgen import __version__
from briefgen.errors import BriefgenError, RequestError, shortened, told
from briefgen.letters import faults_of_name, is_private, printable

_COMMANDS = {
    "brief": ("papers", "Make the brief before a bilateral meeting."),
    "history": ("papers", "Make the outreach history of countries, treaties or groups."),
    "record": ("readout", "Make the overview of one contact: what each side said."),
    "pack": ("packs", "Make the papers of many States in one run."),
    "verify": ("packs", "Check a pack against its manifest."),
    "why": ("packs", "Tell what is in a paper of a pack, and by which rule."),
    "gaps": ("gaps", "Show who was not met since when, and what stays open."),
    "addendum": ("changes", "Tell on one page what has changed since a brief was made."),
    "diff": ("changes", "Compare two versions of a brief, fact by fact."),
    "explain": ("changes", "Tell what every statement of a paper rests on, and what is not in it."),
    "scan": ("scanning", "Look into finished files for what may not be released."),
    "select": ("inspect", "Show which events a paper would hold, and why."),
    "events": ("inspect", "List the events of the record."),
    "status": ("inspect", "Show where States stand on a treaty."),
    "bureau": ("bureaus", "Make, show, check and preview a bureau's own papers."),
    "check": ("workspace", "Check the whole record and tell every problem at once."),
    "schema": ("workspace", "Write JSON Schemas for an editor to complete fields by."),
    "init": ("workspace", "Start a workspace of one's own from the sample."),
}


class _Commands(click.Group):
    """A group whose commands are imported when they are first needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"briefgen.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from briefgen.errors import did_you_mean

        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            near = did_you_mean(args[0], _COMMANDS) or f"known: {', '.join(_COMMANDS)}"
            raise click.UsageError(f"unknown command '{args[0]}' ({near})")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
)
@click.version_option(__version__, prog_name="briefgen")
@click.option(
    "--workspace",
    "-w",
    metavar="DIR",
    envvar="BRIEFGEN_WORKSPACE",
    help="Folder that holds data/ and templates/; else the nearest one upwards, else the sample.",
)
@click.pass_context
def group(ctx: click.Context, workspace: str | None) -> None:
    """Make briefing papers from one record of facts.

    Every statement has its source, every selection its reason, DOCX and PDF say the same.
    """
    ctx.obj = {"workspace": workspace}


def main(arguments: Sequence[str] | None = None) -> Any:
    """Run the command line and exit: 0 done, 1 problems in data or templates, 2 wrong usage."""
    try:
        group.main(_sound(arguments), prog_name="briefgen", standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        click.echo("briefgen: stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except RequestError as error:
        click.echo(f"briefgen: {printable(shortened(str(error)))}", err=True)
        sys.exit(2)
    except BriefgenError as error:
        for line in told(error.problems):
            click.echo(line, err=True)
        count = len(error.problems)
        click.echo(
            f"briefgen: {count} problem{'' if count == 1 else 's'}; nothing written", err=True
        )
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)


def _sound(arguments: Sequence[str] | None) -> list[str]:
    """The arguments; raises RequestError for letters that would show otherwise than they are."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    for argument in given:
        for fault in faults_of_name(argument):
            if not is_private(argument[fault.at]):
                raise RequestError(f"'{argument}' {fault.message} ({fault.hint})")
    return given


def run() -> NoReturn:
    """The process of the command line: `main`, and out.

    What it holds goes with the process, all at once, and is not taken apart piece by piece before:
    a tenth of a second in which a desk officer would wait for nothing.
    """
    # No plugin of another package looks into the records, and none is searched for.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a terminal cannot show is told by number
            stream.reconfigure(errors="backslashreplace")
    code: Any = 0
    try:
        main()
    except SystemExit as stop:
        code = stop.code
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # nobody reads any more, or it is closed
        code = code or 141
    os._exit(code if isinstance(code, int) else 1)
