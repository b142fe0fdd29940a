"""Where `eroad` starts: who only wants a load plan doesn't wait for every service's code."""

import sys

from shared.kernel.collector import uncollected


def main() -> None:
    """Run the command; `loadplan` alone is started without the rest of the command line."""
    if sys.argv[1:2] != ["loadplan"]:
        with uncollected():
            from deploy.cli import app

        app()
        return
    import typer

    from deploy.commands.loadplan import loadplan

    alone = typer.Typer(add_completion=False)
    alone.command()(loadplan)
    alone(args=sys.argv[2:], prog_name="eroad loadplan")
