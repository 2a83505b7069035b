"""What only a GPU can tell, in one run of at most 12 minutes.

  tools/gpu/run [--cpu] [--parts PART ...] [options]

Parts, in this order; one that fails or is cut does not stop the others:
  checks   GPU and driver, Java 17, Maven, Python's packages; says what is missing and the remedy
  build    mvn -Pgpu -DskipTests package of the command line and the benchmarks
  tests    the tests tagged gpu
  tiny     tiny FLUX and HunyuanVideo folders, float32 and bfloat16: ours on the GPU against diffusers on the GPU and
           ours on the CPU
  forward  one forward of FLUX.1-dev's size, 4,096 + 512 tokens, bfloat16, random weights made on the GPU: ours and
           diffusers in turn
  plans    that model's 50 plain steps, x2, x3 and the paper's plan at 1,024 x 1,024: seconds, and ratios beside those
           by FLOPs

It prints a Markdown table and writes every number to one dated JSON file. The exit code is 1 where a part failed or
was cut. --cpu runs all parts on the CPU with a tiny network, to prove the script; its times mean nothing and go to no
results.
"""
import argparse
import json
import os
import re
import sys
import tempfile
import time
from datetime import date

import process
from parts import PARTS
from process import ROOT, TOOLS, Failed

sys.path.insert(0, TOOLS)
import compare_speed  # noqa: E402, which lies there

LIMITS = {"checks": 60, "build": 300, "tests": 120, "tiny": 150, "forward": 240, "plans": 180}


class Session:
    """One run: its options, its deadline and what it found."""

    def __init__(self, args):
        self.args = args
        self.device = "cpu" if args.cpu else args.device
        self.start = time.monotonic()
        self.deadline = self.start + args.limit
        self.part_ends = self.deadline
        self.rows = []
        self.result = {"date": date.today().isoformat(), "device": self.device, "limit_s": args.limit,
                       "machine": compare_speed.machine(), "parts": {}}

    def run(self, words, what=None):
        """Runs a command until the part's time is over."""
        return process.run(words, self.part_ends - time.monotonic(), what or os.path.basename(words[0]))

    def row(self, what, found, verdict=""):
        """Adds a line to the table, and shows it."""
        self.rows.append((what, found, verdict))
        print(f"  {what}: {found} {verdict}".rstrip(), flush=True)

    def verdict(self, what, value, bound):
        """A measure against its bound; returns whether it holds."""
        holds = value <= bound
        self.row(what, f"{value:.2g}, at most {bound:.2g}", "PASS" if holds else "FAIL")
        return {"what": what, "value": value, "bound": bound, "pass": holds}

    def maven(self, *words):
        """Maven with the options given."""
        options = ["-B", "-q"] + (["-o"] if self.args.offline else []) + ([] if self.args.cpu else ["-Pgpu"])
        if self.args.maven_repo:
            options.append(f"-Dmaven.repo.local={self.args.maven_repo}")
        return self.run(["mvn", *options, *words], what="mvn")

    def java(self, name, *words):
        """A class of ours, on the classpath that was built."""
        path = f"{ROOT}/benchmarks/target/classes:{ROOT}/cli/target/classes:{ROOT}/cli/target/lib/*"
        path = f"{self.args.classes}:{path}" if self.args.classes else path
        options = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms32m", "-Djava.awt.headless=true", "-cp", path]
        return self.run(["java", *options, f"io.bottleneck4j.{name}", *map(str, words)], what=name.split(".")[-1])


def run_part(session, name):
    """Runs a part within its limit and what is left; returns its word for the summary."""
    print(f"{name} ...", flush=True)
    start = time.monotonic()
    limit = LIMITS[name] * session.args.limit / 720
    session.part_ends = min(start + limit, session.deadline)
    entry = session.result["parts"][name] = {"limit_s": round(session.part_ends - start, 1)}
    try:
        entry["found"] = PARTS[name](session)
        entry["state"] = "done"
    except TimeoutError as e:
        entry |= {"state": "cut", "why": str(e)}
    except Failed as e:
        entry |= {"state": "failed", "why": str(e)}
    except Exception as e: # the others still run
        entry |= {"state": "failed", "why": f"{type(e).__name__}: {e}"}
    entry["seconds"] = round(time.monotonic() - start, 1)
    print(f"{name}: {told(entry)}, {entry['seconds']} s", flush=True)
    write(session)


def told(entry):
    """How a part ended."""
    return f"{entry['state']}: {entry['why']}" if "why" in entry else entry["state"]


def write(session):
    """What was found so far is kept, whatever comes later."""
    session.result["seconds"] = round(time.monotonic() - session.start, 1)
    session.result["rows"] = session.rows
    with open(session.args.out, "w") as file:
        json.dump(session.result, file, indent=1)
        file.write("\n")


def table(session):
    """The Markdown table of all rows and parts."""
    print("\n| what | found | |\n|---|---|---|")
    for row in session.rows:
        print("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |")
    print("\n| part | state | seconds | limit |\n|---|---|---|---|")
    for name, entry in session.result["parts"].items():
        print(f"| {name} | {told(entry)} | {entry['seconds']} | {entry['limit_s']} |")
    print(f"\n{session.result['seconds']} s of {session.args.limit} s; every number: {session.args.out}")


def options():
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="tools/gpu/run", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu", action="store_true", help="all parts on the CPU, tiny: proves the script")
    parser.add_argument("--device", default="cuda:0", help="default: cuda:0")
    parser.add_argument("--parts", nargs="+", metavar="PART", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--blocks", default="19+38", metavar="D+S",
                        help="double and single blocks of the timed network; fewer for a small GPU. Default:"
                             " FLUX.1-dev's 19+38, 24 GB")
    parser.add_argument("--limit", type=int, default=720, metavar="S",
                        help="seconds for all; parts' limits shrink and grow with it")
    parser.add_argument("--out",
                        help="JSON file; default: benchmarks/results/DATE-gpu.json, with --cpu a temporary one")
    parser.add_argument("--python", help="the Python with torch, diffusers and transformers; default: python3")
    parser.add_argument("--maven-repo", metavar="DIR", help="a local Maven repository that is already there")
    parser.add_argument("--offline", action="store_true", help="Maven asks no network")
    parser.add_argument("--no-build", action="store_true",
                        help="takes cli/target and benchmarks/target as they are; no Maven, no tests")
    parser.add_argument("--classes", metavar="PATH", help="put before the classpath, to try a change out without Maven")
    args = parser.parse_args()
    if not re.fullmatch(r"\d+\+\d+", args.blocks):
        parser.error(f"--blocks: must be two numbers as 19+38, not {args.blocks}")
    if args.limit < 60:
        parser.error(f"--limit: must be at least 60 seconds, not {args.limit}")
    if args.out is None:
        args.out = (f"{tempfile.gettempdir()}/bottleneck4j-gpu-script-on-cpu.json" if args.cpu
                    else f"{ROOT}/benchmarks/results/{date.today()}-gpu.json")
    return args


def main():
    session = Session(options())
    for name in PARTS:
        if name in session.args.parts:
            run_part(session, name)
    table(session)
    bad = [name for name, entry in session.result["parts"].items() if entry["state"] != "done"]
    if bad:
        sys.exit(f"not all parts are done: {', '.join(bad)}")


if __name__ == "__main__":
    main()
