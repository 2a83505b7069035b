"""Tests a server to destruction, and says whether it stood.

    python tools/serving/prove.py leave
    python tools/serving/prove.py --serve "bin/bottleneck4j serve" load --seconds 600 --clients 50
    python tools/serving/prove.py all

Each trial starts servers itself on a new folder, with the tiny models of the tests, prints a table of what it found, and ends with 1
where the server did what it must not. Python 3.11, nothing beside it; Linux, for /proc. `disk` needs root, for a small file system.
"""

import argparse
import json
import pathlib
import shutil
import sys
import tempfile
import time

import clients
import disasters
import load
import mutate
from serving import REPOSITORY, Failure

TRIALS = {
    "leave": clients.leave,
    "slow": clients.slow,
    "kill": disasters.kill,
    "disk": disasters.disk,
    "database": disasters.database,
    "mutate": mutate.mutate,
    "load": load.load,
}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", default=f"{REPOSITORY}/bin/bottleneck4j serve", help="command that serves")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a trial that succeeds too")
    parser.add_argument("--seed", type=int, default=1, help="of what is random")
    trials = parser.add_subparsers(dest="trial", required=True)
    trials.add_parser("all", help="each, shorter")
    trial = trials.add_parser("load", help="many clients for a while, and what queue and HTTP cost")
    trial.add_argument("--clients", type=int, default=50)
    trial.add_argument("--seconds", type=int, default=600)
    trial.add_argument("--pictures", type=int, default=200, help="of emoji-flux, for the cost; 0 for none")
    trial = trials.add_parser("leave", help="clients that close their connection")
    trial.add_argument("--times", type=int, default=10)
    trial = trials.add_parser("slow", help="clients that read and send a byte a second")
    trial.add_argument("--clients", type=int, default=30, help="of each kind")
    trial.add_argument("--seconds", type=int, default=100)
    trial = trials.add_parser("kill", help="kill -9 at random moments")
    trial.add_argument("--times", type=int, default=60)
    trials.add_parser("disk", help="a full disk")
    trial = trials.add_parser("database", help="a damaged database")
    trial.add_argument("--times", type=int, default=3, help="of each damage")
    trial = trials.add_parser("mutate", help="damaged requests")
    trial.add_argument("--requests", type=int, default=20_000)
    return parser


def run(name, given):
    """One trial; returns whether the server stood."""
    place = pathlib.Path(tempfile.mkdtemp(prefix=f"prove-{name}-"))
    begin = time.monotonic()
    try:
        found = TRIALS[name](given, place)
    except Failure as failure:
        found = {"wrong": [str(failure)]}
    wrong = found.pop("wrong", [])
    print(f"{name}: {'FAILED' if wrong else 'stood'} in {time.monotonic() - begin:.0f} s")
    for key, value in found.items():
        print(f"  {key:44} {value if isinstance(value, str) else json.dumps(value)}")
    for what in wrong[:20]:
        print(f"  WRONG {what}")
    if len(wrong) > 20:
        print(f"  WRONG and {len(wrong) - 20} more")
    if wrong or given.keep:
        print(f"  kept: {place}")
    else:
        shutil.rmtree(place, ignore_errors=True)
    sys.stdout.flush()
    return not wrong


def main():
    given = options().parse_args()
    if given.trial != "all":
        return 0 if run(given.trial, given) else 1
    shorter = dict(clients=20, seconds=90, pictures=10, times=5, requests=3000)
    stood = [run(name, argparse.Namespace(**shorter, **vars(given))) for name in TRIALS]
    return 0 if all(stood) else 1


if __name__ == "__main__":
    sys.exit(main())
