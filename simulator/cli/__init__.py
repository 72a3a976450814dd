"""The command line: parses, calls the library, prints. Nothing is computed here.

One file per command. `main` is the entry point of the `seawall` program; it checks the interpreter before it imports
anything that an unsupported one could not read.
"""

import sys

# The in-process EVM (pyrevm) publishes builds for these interpreters only.
SUPPORTED = ((3, 11), (3, 12))


def main():
    """Run the command line on `sys.argv` and exit with the code it gives."""
    if sys.version_info[:2] not in SUPPORTED:
        found = "{}.{}".format(*sys.version_info[:2])
        print(
            "seawall: error: Python {} is not supported ({}); create the environment with Python 3.11 or 3.12".format(  # noqa: UP032
                found, sys.executable
            ),
            file=sys.stderr,
        )
        sys.exit(2)
    from simulator.cli.application import run

    sys.exit(run(sys.argv[1:]))
