"""Compares bottleneck4j with diffusers, torch.compile and OpenVINO, each program in processes of its own, in turn.

  python compare_speed.py [WHAT ...] [--out FILE.json]

WHAT, one or more; all without any:
  forward        one forward of FLUX's transformer, medium and real width, float32 and bfloat16; all four programs
  parts          loading, text, denoising and decoding of the bundled model; diffusers
  first-image    a cold process to the written PNG; diffusers
  video-forward  one forward of HunyuanVideo's transformer; diffusers
  video-decode   HunyuanVideo's autoencoder; diffusers

Ratios are ours over the best of the others: below 1 we are faster, or smaller. "Of the product's rate" is the FLOPs of our
forward a second over those of one product of 2,048 x 2,048 matrices. Build first: mvn -q -DskipTests package.
`benchmarks/rivals` does that, makes a Python environment of the pinned versions, and writes benchmarks/results/DATE-rivals.json.
Use an idle machine.
"""
import argparse
import functools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
OURS = "bottleneck4j"
JAVA = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms32m", "-cp",
        f"{ROOT}/benchmarks/target/classes:{ROOT}/cli/target/lib/*"]
TYPES = ("float32", "bfloat16")
NOT_KEYS = ("program", "version", "threads", "seconds", "median_s", "peak_rss_bytes", "limit_s")


def java(name, *args):
    return [*JAVA, f"io.bottleneck4j.benchmarks.{name}", *map(str, args)]


def python(script, *args):
    return [sys.executable, f"{HERE}/{script}", *map(str, args)]


def run(words, threads):
    """Runs a command; returns wall seconds, peak bytes of it and its children, and its standard output."""
    env = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        child = subprocess.Popen(words, stdout=out, stderr=err, env=env)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode != 0:
            raise SystemExit(f"{' '.join(words)}: exit code {child.returncode}\n{err.read()[-3000:]}")
        return round(wall, 3), usage.ru_maxrss * 1024, out.read()


def benchmarks(what, args):
    """Yields groups of programs that print lines of the same cases: {program: words}."""
    n = args.repeats
    threads = args.threads
    if what == "forward":
        for model in args.models:
            warm_up = 1 if model == "real" else 2 # a forward of real width takes half a minute
            for dtype in args.dtypes:
                others = {
                    program: python("bench_forward.py", "--program", program, "--model", model, "--dtype", dtype,
                                    "--threads", threads, "--repeats", n, "--warmup", warm_up)
                    for program in ("diffusers", "compile", "openvino") if program in args.programs
                }
                yield {OURS: java("ForwardBenchmark", model, dtype, threads, warm_up, n, "cpu", args.quantize), **others}
    elif what == "parts":
        folder = f"{ROOT}/emoji-flux"
        for dtype in args.dtypes:
            yield {
                OURS: java("PipelineBenchmark", folder, dtype, threads, n),
                "diffusers": python("bench_pipeline.py", folder, "--dtype", dtype, "--threads", threads, "--repeats", n),
            }
    elif what == "video-forward":
        yield {
            OURS: java("VideoForwardBenchmark", threads, 1, n),
            "diffusers": python("bench_video_forward.py", "--threads", threads, "--repeats", n),
        }
    elif what == "video-decode":
        for dtype in args.dtypes:
            yield {
                OURS: java("VideoDecodeBenchmark", threads, 1, n, 17, 128, dtype),
                "diffusers": python("bench_video_decode.py", "--threads", threads, "--repeats", n, "--dtypes", dtype),
            }


def compare(what, args, keep):
    """Runs each program `--rounds` times in turn; returns the cases, each with every program's seconds and median.

    `keep` is given the cases after each program, so that nothing is lost where a long run is cut.
    """
    cases = {}
    for programs in benchmarks(what, args):
        peaks = {}
        own = {}
        for _ in range(args.rounds):
            for program, words in programs.items():
                _, peak, text = run(words, args.threads)
                peaks[program] = max(peak, peaks.get(program, 0))
                for line in (json.loads(row) for row in text.splitlines() if row.startswith("{")):
                    key = " ".join(str(value) for name, value in line.items() if name not in NOT_KEYS)
                    case = own.setdefault(key, {}).setdefault(program, {"version": line.get("version"), "seconds": []})
                    case["seconds"].extend(line["seconds"])
                    if "limit_s" in line:
                        case.setdefault("limits_s", []).append(line["limit_s"])
                keep(cases | own)
        for case in own.values():
            for program, value in case.items():
                value |= {"median_s": statistics.median(value["seconds"]), "process_peak_bytes": peaks[program]}
        cases |= own
        for key, case in own.items():
            print(row(what, key, case), flush=True)
    return cases


def first_image(args):
    """Runs each program in a new process `--repeats` times, in turn, after one run that fills the file cache."""
    cases = {}
    for dtype in args.dtypes:
        found = cases[dtype] = {}
        with tempfile.TemporaryDirectory() as work:
            out = f"{work}/out.png"
            common = ["--dtype", dtype, "--steps", "30", "--seed", "1"]
            commands = {
                OURS: [f"{ROOT}/bin/bottleneck4j", "generate", "a red fox on a blue background, 3d style", "--plan", "baseline",
                       "--width", "256", "--height", "256", "-o", out, *common],
                "diffusers": python("bench_first_image.py", "--out", out, "--size", "256", *common),
            }
            for index in range(args.repeats + 1):
                for program, words in commands.items():
                    if os.path.exists(out):
                        os.remove(out)
                    wall, peak, _ = run(words, args.threads)
                    if not os.path.exists(out):
                        raise SystemExit(f"{' '.join(words)}: wrote no picture")
                    if index > 0:
                        case = found.setdefault(program, {"seconds": [], "process_peak_bytes": 0})
                        case["seconds"].append(wall)
                        case["process_peak_bytes"] = max(peak, case["process_peak_bytes"])
        for value in found.values():
            value["median_s"] = statistics.median(value["seconds"])
        print(row("first-image", dtype, found), flush=True)
    return cases


def row(what, key, case):
    """A line of the table: seconds and megabytes of each program, and our ratios to the best of the others."""
    cells = [f"{name} {value['median_s']:.3f} s, {value['process_peak_bytes'] / 1e6:.0f} MB" for name, value in case.items()]
    others = [value for name, value in case.items() if name != OURS]
    if others and OURS in case:
        for what_of, unit in (("median_s", "time"), ("process_peak_bytes", "memory")):
            ratio = round(case[OURS][what_of] / min(value[what_of] for value in others), 3)
            case[OURS][f"{unit}_ratio"] = ratio
            cells.append(f"{unit} {ratio:.2f}")
    if "limits_s" in case.get(OURS, {}):
        share = case[OURS]["share_of_limit"] = round(statistics.median(case[OURS]["limits_s"]) / case[OURS]["median_s"], 3)
        cells.append(f"of the product's rate {share:.2f}")
    return f"| {what} {key} | " + " | ".join(cells) + " |"


def machine():
    """Returns what the numbers depend on."""
    model = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), model)
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}


def main():
    kinds = ["forward", "parts", "first-image", "video-forward", "video-decode"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"of {', '.join(kinds)}; all without any")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=2, help="how often the programs take turns")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--models", nargs="+", choices=["medium", "real"], default=["medium", "real"], help="of forward")
    parser.add_argument("--dtypes", nargs="+", choices=TYPES, default=list(TYPES), help="of all but video-forward")
    parser.add_argument("--programs", nargs="+", choices=["diffusers", "compile", "openvino"],
                        default=["diffusers", "compile", "openvino"], help="of forward, beside ours")
    parser.add_argument("--quantize", choices=["none", "int8", "int8-weights", "int4-weights"], default="none",
                        help="of forward, our weights; the others stay as they are")
    parser.add_argument("--out", help="a JSON file for every measurement")
    args = parser.parse_args()
    for what in args.what:
        if what not in kinds:
            parser.error(f"{what}: must be one of {', '.join(kinds)}")
    if args.repeats * args.rounds < 5:
        parser.error(f"--repeats: {args.repeats} in {args.rounds} rounds must be at least 5 runs for a median; use more")
    result = {"machine": machine(), "threads": args.threads, "repeats": args.repeats, "rounds": args.rounds}

    def keep(what, cases):
        result[what] = cases
        if args.out:
            with open(args.out, "w") as file:
                json.dump(result, file, indent=1)

    for what in args.what or kinds:
        cases = first_image(args) if what == "first-image" else compare(what, args, functools.partial(keep, what))
        keep(what, cases)


if __name__ == "__main__":
    main()
