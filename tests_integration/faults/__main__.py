"""Faults at length:  python -m tests_integration.faults --operations 5000 --seed 1 --hold 3

Prints figures; the exit code is 1 if an answer lied or a call took too long.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
import warnings

from .mischief import FAULTS
from .ring import ring
from .run import Order, run
from .work import KINDS


def main() -> int:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m tests_integration.faults", description=__doc__)
    parser.add_argument("--operations", type=_at_least_one, default=5000, help="at least so many (default 5000)")
    parser.add_argument("--seed", type=int, default=1, help="decides on faults and operations (default 1)")
    parser.add_argument("--hold", type=float, default=3, help="seconds that a fault lasts (default 3)")
    parser.add_argument("--rate", type=float, default=100, help="operations per second (default 100)")
    parser.add_argument("--hands", type=_at_least_one, default=6, help="so many work at once in each API (default 6)")
    parser.add_argument("--faults", nargs="+", choices=FAULTS, default=list(FAULTS), help="default all")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="of operations; default all")
    parser.add_argument("--driver", choices=["acsylla"], help="another adapter than the driver's that is installed")
    parser.add_argument("--seconds", type=float, help="end after so many, however many operations there were")
    given = vars(parser.parse_args())
    order = Order(**{**given, "faults": tuple(given["faults"]), "kinds": tuple(given["kinds"])})
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    with ring() as nodes:
        started = time.monotonic()
        result = asyncio.run(
            run(nodes, order, lambda line: print(f"{time.monotonic() - started:7.1f} s  {line}", flush=True))
        )
    print(f"{' '.join(sys.argv[1:])}\n{result}")
    return 0 if result.is_right else 1


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


if __name__ == "__main__":
    sys.exit(main())
