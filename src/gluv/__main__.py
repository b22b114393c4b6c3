"""The program: `gluv` and `python -m gluv`."""

import sys


def main() -> None:
    """Run the command line; `--version` alone is answered before anything heavy is imported."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from gluv import __version__

        sys.stdout.write(f"gluv {__version__}\n")
        return
    try:
        from gluv.cli.main import run

        run()
    except KeyboardInterrupt:
        # Ctrl-C while the command line itself is still being imported.
        sys.stderr.write("gluv: cancelled\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
