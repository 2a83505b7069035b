"""The parts of tools/gpu/session.py. Each takes the session, shows its rows and returns what goes to the JSON file."""
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
from xml.etree import ElementTree

import tiny
from process import HERE, ROOT, TOOLS, Failed, tail

BYTES_DOUBLE, BYTES_SINGLE, BYTES_REST = 0.68e9, 0.283e9, 0.3e9  # of FLUX.1-dev's blocks and all else, in bfloat16
FLOAT32_BOUND = 5e-3  # largest difference of latents, over the largest value
ROUNDING_FACTOR = 2  # bfloat16: so many times as far from float32 as diffusers is, at most
ROUNDING_FLOOR = 0.02


def lines(text):
    """The lines of JSON in a program's output."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def checks(session):
    """What the machine must have. A GPU that is missing says so and lets what can run, run."""
    found, missing = {}, []

    def check(what, words, remedy, pattern=r"(.+)", accept=lambda text: True):
        try:
            text = session.run(words, what=what)
            hit = re.search(pattern, text)
            if not hit or not accept(hit.group(1)):
                raise Failed(f"{what}: says '{tail(text)}'")
            found[what] = hit.group(1).strip()
            session.row(what, found[what], "PASS")
        except (OSError, Failed, TimeoutError) as e:
            missing.append(what)
            session.row(what, f"{e}; {remedy}", "FAIL")

    check("java", ["sh", "-c", "java -version 2>&1"], "install a JDK 17 or newer", r'version "([^"]+)"',
          lambda version: int(version.split(".")[0]) >= 17)
    if not session.args.no_build:
        check("maven", ["mvn", "-version"], "install Maven 3.8.7 or newer, or build elsewhere and give --no-build",
              r"Apache Maven (\S+)")
    packages = "import torch, diffusers, transformers, safetensors; print(torch.__version__, diffusers.__version__)"
    check("python", [sys.executable, "-c", packages],
          "pip install -r tools/requirements.txt, or name a Python with --python")
    if not session.args.cpu:
        check("nvidia-smi", ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"],
              "install NVIDIA's driver, or use --cpu to prove the script")
        check("torch sees the GPU", [sys.executable, "-c", "import torch; print(torch.cuda.is_available())"],
              "install a torch built with CUDA, as of requirements.txt on Linux", r"(True)")
        libraries = ("(ldconfig -p; echo $LD_LIBRARY_PATH | tr : '\\n' | xargs -r ls)"
                     " | grep -o 'libcudart.so.13\\|libcudnn.so.9' | sort -u | tr '\\n' ' '")
        check("CUDA 13 and cuDNN 9", ["sh", "-c", libraries],
              "install both where the loader finds them, or set LD_LIBRARY_PATH (docs/models.md)",
              r"(libcudart\.so\.13 libcudnn\.so\.9)")
    if missing:
        raise Failed(f"checks: missing {', '.join(missing)}; the remedies stand above")
    return found


def build(session):
    """Packages the command line and the benchmarks with the natives of this run alone: two kinds together abort."""
    if session.args.no_build:
        if not os.path.isdir(f"{ROOT}/cli/target/lib"):
            raise Failed("build: --no-build needs cli/target/lib, which is not there; leave --no-build out")
    else:
        for stale in ("lib", "built", "bottleneck4j.jsa"):
            path = f"{ROOT}/cli/target/{stale}"
            shutil.rmtree(path) if os.path.isdir(path) else os.path.exists(path) and os.remove(path)
        session.maven("-DskipTests", "-pl", "benchmarks,cli", "-am", "package")
    natives = [jar for jar in os.listdir(f"{ROOT}/cli/target/lib") if re.match(r"pytorch-.*-linux", jar)]
    session.row("natives", ", ".join(natives))
    if len(natives) != 1 or (not session.args.cpu and "gpu" not in natives[0]):
        wanted = "natives of one kind" if session.args.cpu else "the GPU natives alone"
        raise Failed(f"build: cli/target/lib must hold {wanted}, holds {natives}; run without --no-build")
    return {"natives": natives}


def tests(session):
    """Those tagged gpu; on a CPU they are skipped, which is told."""
    if session.args.no_build:
        session.row("tests tagged gpu", "left out, since they need Maven and --no-build is given")
        return {"left_out": "no build"}
    reports = f"{ROOT}/torch/target/surefire-reports"
    shutil.rmtree(reports, ignore_errors=True)
    session.maven("-pl", "torch", "-am", "test", "-Dgroups=gpu", "-Dtest.excluded=none")
    counts = {"tests": 0, "skipped": 0}
    for name in os.listdir(reports):
        if name.endswith(".xml"):
            suite = ElementTree.parse(f"{reports}/{name}").getroot()
            for key in counts:
                counts[key] += int(suite.get(key, 0))
    session.row("tests tagged gpu", f"{counts['tests']} found, {counts['skipped']} skipped")
    if not counts["tests"] or (counts["skipped"] and not session.args.cpu):
        raise Failed(f"tests: must be run, none skipped, are {counts}; see torch/target/surefire-reports")
    return counts


def generate(session, name, dtype, device, work, plan="baseline"):
    """Our clean latents of a tiny folder."""
    from safetensors.torch import load_file

    case = tiny.CASES[name]
    out = f"{work}/ours-{name}-{dtype}-{device.replace(':', '')}-{plan}"
    words = ["generate", tiny.PROMPT, "--model", f"{tiny.FOLDERS}/{name}", "--device", device, "--dtype", dtype,
             "--plan", plan, "--width", case["width"], "--height", case["height"], "--guidance", case["guidance"],
             "--seed", case["seed"], "--max-sequence-length", case["length"], "--latents-out", f"{out}.safetensors"]
    words += ["--steps", case["steps"]] if plan == "baseline" else []
    words += ["--frames", case["frames"], "-o", f"{out}.gif"] if "frames" in case else ["-o", f"{out}.png"]
    session.java("cli.Main", *words)
    return load_file(f"{out}.safetensors")["latents"]


def apart(a, b):
    """The largest difference, over the largest value."""
    return ((a - b).abs().max() / b.abs().max()).item()


def tiny_folders(session):
    """Latents of whole runs: float32 against diffusers and our CPU; bfloat16 by how far each is from float32."""
    from safetensors.torch import load_file

    found = []
    with tempfile.TemporaryDirectory() as work:
        session.run([sys.executable, f"{HERE}/tiny.py", session.device, work], what="tiny.py")
        for name in tiny.CASES:
            theirs = {dtype: load_file(f"{work}/{name}-{dtype}.safetensors")["latents"] for dtype in tiny.TYPES}
            ours = {dtype: generate(session, name, dtype, session.device, work) for dtype in tiny.TYPES}
            cpu = generate(session, name, "float32", "cpu", work)
            far = apart(ours["float32"], theirs["float32"])
            found.append(session.verdict(f"{name} float32, ours to diffusers", far, FLOAT32_BOUND))
            far = apart(ours["float32"], cpu)
            found.append(session.verdict(f"{name} float32, ours to ours on the CPU", far, FLOAT32_BOUND))
            off = apart(theirs["bfloat16"], theirs["float32"])
            session.row(f"{name} bfloat16, diffusers to its float32", f"{off:.2g}")
            found.append(session.verdict(f"{name} bfloat16, ours to our float32 on the CPU",
                                         apart(ours["bfloat16"], cpu), max(ROUNDING_FACTOR * off, ROUNDING_FLOOR)))
        staged = [generate(session, "tiny-a", "float32", device, work, "paper") for device in (session.device, "cpu")]
        found.append(session.verdict("tiny-a float32, the paper's plan, ours to ours on the CPU", apart(*staged),
                                     FLOAT32_BOUND))
    wrong = [line["what"] for line in found if not line["pass"]]
    if wrong:
        raise Failed(f"tiny: {'; '.join(wrong)}: beyond the bound; run the layers' golden files on that device")
    return found


def model(session):
    """The network that is timed, in the words of both programs."""
    if session.args.cpu:
        return "tiny"
    double, single = map(int, session.args.blocks.split("+"))
    need = double * BYTES_DOUBLE + single * BYTES_SINGLE + BYTES_REST + 4e9
    free = float(session.run(["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits", "-i",
                              session.device.partition(":")[2] or "0"]).split()[0]) * 2**20
    if free < need:
        raise Failed(f"blocks: {session.args.blocks} need {need / 1e9:.0f} GB of GPU memory, {free / 1e9:.0f} GB are"
                     f" free; use --blocks {int(double * free / need * 0.9)}+{int(single * free / need * 0.9)}")
    return f"dev:{session.args.blocks}"


def forward(session):
    """One forward, in processes of its own, in turn."""
    name, threads = model(session), os.cpu_count()
    seconds = {"bottleneck4j": [], "diffusers": []}
    try:
        for _ in range(2):
            text = session.java("benchmarks.ForwardBenchmark", name, "bfloat16", threads, 1, 3, session.device)
            seconds["bottleneck4j"] += lines(text)[0]["seconds"]
            text = session.run([sys.executable, f"{TOOLS}/bench_forward.py", "--program", "diffusers", "--model", name,
                                "--dtype", "bfloat16", "--threads", str(threads), "--repeats", "3", "--warmup", "1",
                                "--device", session.device], what="bench_forward.py")
            seconds["diffusers"] += lines(text)[0]["seconds"]
    finally:
        medians = {program: statistics.median(values) for program, values in seconds.items() if values}
        for program, median in medians.items():
            session.row(f"forward, {name}, bfloat16, {program}", f"{median:.4f} s, median of {len(seconds[program])}")
        if len(medians) == 2:
            session.row("forward, ours over diffusers", f"{medians['bottleneck4j'] / medians['diffusers']:.2f}")
        session.result["forward"] = {"model": name, "seconds": seconds, "median_s": medians}
    return session.result["forward"]


def plans(session):
    """Plans beside plain steps, in one process, in turn."""
    name, pixels = model(session), 128 if session.args.cpu else 1024
    try:
        text = session.java("benchmarks.FluxPlansBenchmark", name, "bfloat16", os.cpu_count(), 2, session.device,
                            pixels)
    except TimeoutError as e:
        plan_rows(session, lines(getattr(e, "output", "")))
        raise
    return plan_rows(session, lines(text))


def plan_rows(session, found):
    """Medians by plan, and ratios to the plain steps."""
    by_plan = {}
    for line in found:
        by_plan.setdefault(line["plan"], {**line, "seconds": []})["seconds"].append(line["seconds"])
    plain = by_plan.get("paper-baseline")
    for plan, case in by_plan.items():
        case["median_s"] = statistics.median(case["seconds"])
        case["ratio"] = plain["median_s"] / case["median_s"]
        case["ratio_by_flops"] = plain["flops"] / case["flops"]
        session.row(f"{plan}, {case['forwards']} forwards at {case['pixels']} px",
                    f"{case['median_s']:.2f} s, {case['ratio']:.2f} x; by FLOPs {case['ratio_by_flops']:.2f} x")
    session.result["plans"] = list(by_plan.values())
    return session.result["plans"]


PARTS = {"checks": checks, "build": build, "tests": tests, "tiny": tiny_folders, "forward": forward, "plans": plans}
