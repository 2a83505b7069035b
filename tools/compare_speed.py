"""Compares the Java program with diffusers: one transformer forward, and the first image of a cold process.

Both programs run in turn in one session, five times or more; the JSON printed holds every measurement, the medians and
the ratios (Java over diffusers: below 1 the Java program is faster, or smaller).

  python compare_speed.py forward [MEDIUM_FOLDER] --java "COMMAND ..."
  python compare_speed.py video-forward --java "COMMAND ..."
  python compare_speed.py first-image [FOLDER] --java "COMMAND ..."
  python compare_speed.py video-decode --java "COMMAND ..."

`forward` wants a command that prints the lines of bench_forward.py; {folder} in it becomes the folder and {threads} the
number of threads. Without MEDIUM_FOLDER, medium_flux.py makes one for the time of the run. `video-forward` is the same for
bench_video_forward.py, which needs no folder. `first-image` takes any
command that writes a PNG: {folder}, {out}, {prompt}, {steps}, {size} and {seed} are replaced in it, word by word.
`video-decode` wants a command that prints the lines of bench_video_decode.py for the type {dtype}. Without --java only diffusers
is measured. Use an idle machine: a second busy process makes OpenMP many times slower.
"""
import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLE = (
    "bin/bottleneck4j generate {prompt} --model {folder} --plan baseline --steps {steps} --seed {seed}"
    " --width {size} --height {size} -o {out}"
)


def fill(command, **values):
    """Splits a command into words, then replaces {name} in each."""
    return [word.format(**values) for word in shlex.split(command)]


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
            raise SystemExit(f"{shlex.join(words)}: exit code {child.returncode}\n{err.read()}")
        return round(wall, 3), usage.ru_maxrss * 1024, out.read()


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def compare_forward(args, script, folder=None):
    """Runs each program's benchmark `--rounds` times in turn; each prints medians after its own warm-up."""
    bench = [sys.executable, f"{HERE}/{script}", *([folder] if folder else []), "--threads", str(args.threads)]
    commands = {"diffusers": bench + ["--repeats", str(args.repeats)]}
    if args.java:
        commands["java"] = fill(args.java, folder=folder, threads=args.threads)
    found = {}
    peaks = {}
    for _ in range(args.rounds):
        for program, words in commands.items():
            _, peak, text = run(words, args.threads)
            peaks.setdefault(program, []).append(peak)
            for line in json_lines(text):
                key = f"{line['dtype']} {line['image_tokens']}+{line['text_tokens']}"
                found.setdefault(key, {}).setdefault(program, []).extend(line["seconds"])
    cases = {}
    for key, programs in found.items():
        cases[key] = {name: {"median_s": statistics.median(s), "seconds": s} for name, s in programs.items()}
    tokens = dict.fromkeys(key.split(" ")[1] for key in cases)
    best = {}
    for size in tokens:
        # Each program in the better of its two dtypes.
        fastest = {}
        for key, programs in cases.items():
            if key.endswith(" " + size):
                for name, value in programs.items():
                    fastest[name] = min(fastest.get(name, float("inf")), value["median_s"])
        if "java" in fastest:
            fastest["ratio"] = round(fastest["java"] / fastest["diffusers"], 3)
        best[size] = fastest
    for programs in cases.values():
        if len(programs) == 2:
            programs["ratio"] = round(programs["java"]["median_s"] / programs["diffusers"]["median_s"], 3)
    memory = {name: int(statistics.median(values)) for name, values in peaks.items()}
    if "java" in memory:
        memory["ratio"] = round(memory["java"] / memory["diffusers"], 3)
    return {"cases": cases, "better_dtype": best, "peak_rss_bytes": memory}


def compare_first_image(args, folder):
    """Runs each program in a new process `--repeats` times, in turn, after one run that fills the file cache."""
    found = {}
    with tempfile.TemporaryDirectory() as work:
        values = {"folder": folder, "prompt": args.prompt, "steps": args.steps, "size": args.size, "seed": args.seed}
        values |= {"out": f"{work}/out.png", "threads": args.threads}
        bench = f"{shlex.quote(sys.executable)} {shlex.quote(HERE + '/bench_first_image.py')} {{folder}} --out {{out}}"
        bench += f" --dtype {args.dtype}"
        bench += " --prompt {prompt} --steps {steps} --size {size} --seed {seed}"
        commands = {"diffusers": fill(bench, **values)}
        if args.java:
            commands["java"] = fill(args.java, **values)
        for index in range(args.repeats + 1):
            for program, words in commands.items():
                if os.path.exists(values["out"]):
                    os.remove(values["out"])
                wall, peak, _ = run(words, args.threads)
                if not os.path.exists(values["out"]):
                    raise SystemExit(f"{shlex.join(words)}: wrote no {values['out']}; put {{out}} into --java")
                if index > 0:
                    found.setdefault(program, []).append((wall, peak))
    out = {}
    for program, runs in found.items():
        walls, peaks = zip(*runs)
        out[program] = {"wall_s": statistics.median(walls), "peak_rss_bytes": int(statistics.median(peaks))}
        out[program] |= {"walls": walls, "peaks": peaks}
    if args.java:
        out["ratio"] = {k: round(out["java"][k] / out["diffusers"][k], 3) for k in ("wall_s", "peak_rss_bytes")}
    return out


def compare_video_decode(args):
    """Runs each program `--rounds` times in turn, every type in a process of its own, whose peak memory is then the type's."""
    bench = [sys.executable, f"{HERE}/bench_video_decode.py", "--threads", str(args.threads), "--repeats", str(args.repeats)]
    cases = {}
    for dtype in ("float32", "bfloat16"):
        commands = {"diffusers": bench + ["--dtypes", dtype]}
        if args.java:
            commands["java"] = fill(args.java, threads=args.threads, dtype=dtype, repeats=args.repeats)
        found = {}
        for _ in range(args.rounds):
            for program, words in commands.items():
                for line in json_lines(run(words, args.threads)[2]):
                    seconds, peaks = found.setdefault(program, ([], []))
                    seconds.extend(line["seconds"])
                    peaks.append(line["peak_rss_bytes"])
        case = {
            name: {"median_s": statistics.median(s), "peak_rss_bytes": max(p), "seconds": s} for name, (s, p) in found.items()
        }
        if args.java:
            case["ratio"] = {k: round(case["java"][k] / case["diffusers"][k], 3) for k in ("median_s", "peak_rss_bytes")}
        cases[dtype] = case
    return {"cases": cases}


def machine():
    """Returns what the numbers depend on."""
    model = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), model)
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["forward", "video-forward", "video-decode", "first-image"])
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--java", help=f"command; for first-image for example: {EXAMPLE}")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="bfloat16",
                        help="of diffusers in first-image; the Java command says its own")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=2, help="how often the two forward benchmarks take turns")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--prompt", default="a red fox on a blue background, 3d style")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.repeats < 5:
        parser.error(f"--repeats: at least 5 for a median, {args.repeats}; use 5 or more")
    result = {"what": args.what, "machine": machine(), "threads": args.threads, "repeats": args.repeats}
    if args.what == "first-image":
        result |= compare_first_image(args, args.folder or f"{HERE}/../emoji-flux")
    elif args.what == "video-decode":
        result |= compare_video_decode(args)
    elif args.what == "video-forward":
        result |= compare_forward(args, "bench_video_forward.py")
    elif args.folder:
        result |= compare_forward(args, "bench_forward.py", args.folder)
    else:
        with tempfile.TemporaryDirectory() as work:
            run([sys.executable, f"{HERE}/medium_flux.py", f"{work}/medium"], args.threads)
            result |= compare_forward(args, "bench_forward.py", f"{work}/medium")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
