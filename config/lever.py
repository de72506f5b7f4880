"""What manage.py does: find the command, run it, and say a refusal in one sentence."""

import ast
import importlib
import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line
from django.db.utils import OperationalError

from config.home import PROJECT
from config.sentences import Refusal

REFUSED = 2
INTERRUPTED = 130

# These start other processes or none: they must not pay for Django, nor start the database to stop it.
WITHOUT_DJANGO = ("clean", "demo", "postgres", "sandbox", "serve", "simulate")


def pull(argv: list[str]) -> int:
    """Run the command line and return the exit status: 2 for a refusal, which is printed as a sentence."""
    try:
        _run(argv)
    except Refusal as refusal:
        return _refused(str(refusal))
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None):
            raise
        return _refused(f"The database does not answer: {str(error).splitlines()[0]}.")
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def own_commands() -> dict[str, str]:
    """The project's commands with their one line of help, read without running them."""
    return {path.stem: _help_in(path) for path in sorted(PROJECT.glob("*/management/commands/[a-z]*.py"))}


def _run(argv: list[str]) -> None:
    name = argv[1] if len(argv) > 1 else "help"
    if name in WITHOUT_DJANGO:
        module = importlib.import_module(f"config.management.commands.{name}")
        command = module.Command()
        command.handle(**vars(command.create_parser(argv[0], name).parse_args(argv[2:])))
    elif len(argv) <= 1 or argv[1:] == ["help"]:
        _list_commands()
    else:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        execute_from_command_line(argv)


def _list_commands() -> None:
    commands = own_commands() | {"migrate": "Bring the database's tables to the state this code needs."}
    width = max(map(len, commands))
    print("\n".join(f"{name:<{width}}  {commands[name]}" for name in sorted(commands)))


def _help_in(path: Path) -> str:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == "help" for target in node.targets):
            return str(ast.literal_eval(node.value)).strip().splitlines()[0]
    return ""


def _refused(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return REFUSED
