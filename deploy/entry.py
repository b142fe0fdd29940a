"""Where `eroad` starts: who only wants a load plan doesn't wait for every service's code."""

import sys

from shared.kernel.collector import uncollected


def main() -> None:
    """Run a command; a file or a disk that refuses ends it in one line."""
    try:
        _run()
    except OSError as refused:
        where = f"{refused.filename}: " if refused.filename else ""
        sys.stderr.write(f"{where}{refused.strerror or refused}\n")
        raise SystemExit(1) from refused


def _run() -> None:
    """`loadplan` alone is started without the rest of the command line."""
    if sys.argv[1:2] != ["loadplan"]:
        with uncollected():
            from deploy.cli import app

        app(prog_name="eroad")
        return
    import typer

    from deploy.commands.loadplan import loadplan

    alone = typer.Typer(add_completion=False)
    alone.command()(loadplan)
    alone(args=sys.argv[2:], prog_name="eroad loadplan")


if __name__ == "__main__":
    main()
