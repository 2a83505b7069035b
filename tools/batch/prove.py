#!/usr/bin/env python3
"""Treats runs of `bottleneck4j batch` badly, and looks whether every row is there once.

    python3 tools/batch/prove.py kill --times 20 [--rows 400] [--pack parquet|webdataset]
    python3 tools/batch/prove.py disk                  # as root: a file system of 12 MB that is full in between
    python3 tools/batch/prove.py shards                # four processes that share a folder, two of them killed

Needs Python alone, and a build: bin/bottleneck4j.
"""

import argparse
import collections
import csv
import hashlib
import io
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TINY = ROOT / "models/src/test/resources/golden/folders/tiny-a"
PLAN = "stages:\n  - {width: 96, height: 96, steps: 2, strength: 1.0, shift: 1}\n"


def table(folder, rows):
    file = folder / "prompts.csv"
    with file.open("w", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(["id", "prompt", "kind"])
        for i in range(rows):
            lines.writerow([f"row-{i}", f"a fox, number {i % 37}", f"k{i % 3}"])
    return file


def command(folder, out, more):
    return [str(ROOT / "bin/bottleneck4j"), "batch", str(folder / "prompts.csv"), "-o", str(out), "--model", str(TINY),
            "--plan", str(folder / "plan.yaml"), *more]


def run(words, **more):
    return subprocess.run(words, capture_output=True, text=True, **more)


def made(out):
    """The last line of each row that was made, and where its bytes are: {id: sha256 of the bytes that are there}."""
    lines = {}
    parts = {}
    for file in sorted(out.glob("results*.jsonl")):
        for line in file.read_text().splitlines():
            one = json.loads(line)
            if "part" in one:
                parts[one["part"]] = one
            elif "error" not in one:
                lines[one["id"]] = one
    found = collections.defaultdict(list)
    for name, part in parts.items():
        data = (out / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == part["sha256"], f"{name} is not what was recorded"
        if name.endswith(".tar"):
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                for entry in tar:
                    if entry.name.endswith(".png"):
                        png = tar.extractfile(entry).read()
                        found[entry.name[:-4]].append(hashlib.sha256(png).hexdigest())
        else:
            for row in part["ids"]:
                found[row].append(lines[row]["sha256"])
    for file in (out / "images").rglob("*.png"):
        found[file.stem].append(hashlib.sha256(file.read_bytes()).hexdigest())
    return lines, found


def check(out, rows, reference):
    lines, found = made(out)
    wrong = []
    for i in range(rows):
        row = f"row-{i}"
        if found.get(row) != [reference[row]]:
            wrong.append(f"{row}: {len(found.get(row, []))} files")
        if row not in lines:
            wrong.append(f"{row}: not in the results")
    if set(found) - {f"row-{i}" for i in range(rows)}:
        wrong.append("files of no row")
    left = [str(file) for file in out.rglob("*") if ".tmp" in file.name or "making" in file.parts[len(out.parts):]]
    return wrong + [f"left: {file}" for file in left]


def reference(folder, rows):
    out = folder / "reference"
    result = run(command(folder, out, []))
    assert result.returncode == 0, result.stderr
    lines, found = made(out)
    assert len(found) == rows
    return {row: files[0] for row, files in found.items()}


def kill(folder, arguments):
    rows = arguments.rows
    right = reference(folder, rows)
    out = folder / "out"
    more = [] if arguments.pack == "files" else ["--pack", arguments.pack, "--part-rows", "23"]
    words = command(folder, out, more)
    kills = 0
    starts = 0
    done = 0
    while kills < arguments.times:
        starts += 1
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            # Two seconds to start, then anywhere: a long run is killed wherever it is, a short one is not over.
            process.wait(timeout=1.5 + random.random() * arguments.seconds)
            done += 1
            shutil.rmtree(out)  # whole before it was killed: once more from the start
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
    last = run(words)
    wrong = check(out, rows, right)
    print(json.dumps({"rows": rows, "kills": kills, "starts": starts, "whole_before_a_kill": done,
                      "pack": arguments.pack, "exit": last.returncode, "last": last.stdout.strip(), "wrong": wrong[:20]}))
    return not wrong and last.returncode == 0


def disk(folder, arguments):
    rows = arguments.rows
    right = reference(folder, rows)
    mount = folder / "small"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(mount)], check=True)
    try:
        out = mount / "out"
        words = command(folder, out, [] if arguments.pack == "files" else ["--pack", arguments.pack, "--part-rows", "23"])
        told = []
        filler = mount / "filler"
        for size in (11_500_000, 11_000_000, 10_500_000, 0):
            filler.write_bytes(b"x" * size)
            result = run(words)
            told.append({"filler": size, "exit": result.returncode,
                         "last": (result.stderr.strip().splitlines() or [""])[-1][-300:]})
            if size == 0:
                filler.unlink()
        wrong = check(out, rows, right)
        ends = [one["exit"] for one in told]
        print(json.dumps({"rows": rows, "pack": arguments.pack, "runs": told, "wrong": wrong[:20]}, indent=1))
        return not wrong and ends[-1] == 0 and any(code == 1 for code in ends[:-1])
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def shards(folder, arguments):
    rows = arguments.rows
    right = reference(folder, rows)
    out = folder / "out"
    for attempt in range(2):
        processes = [subprocess.Popen(command(folder, out, ["--shard", f"{i}/4"]), stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL) for i in range(1, 5)]
        if attempt == 0:
            time.sleep(6)
            for process in processes[:2]:
                process.send_signal(signal.SIGKILL)
        codes = [process.wait() for process in processes]
    wrong = check(out, rows, right)
    print(json.dumps({"rows": rows, "exits": codes, "wrong": wrong[:20]}))
    return not wrong and codes == [0, 0, 0, 0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trial", choices=["kill", "disk", "shards"])
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=4, help="a run is killed within these, after it has started")
    parser.add_argument("--pack", choices=["files", "webdataset", "parquet"], default="files")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "plan.yaml").write_text(PLAN)
        table(folder, arguments.rows)
        stood = {"kill": kill, "disk": disk, "shards": shards}[arguments.trial](folder, arguments)
    print("stood" if stood else "FAILED")
    sys.exit(0 if stood else 1)


if __name__ == "__main__":
    main()
