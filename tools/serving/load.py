"""The trial of many clients, and what the queue and HTTP cost beside the bare library."""

import collections
import concurrent.futures
import json
import shlex
import subprocess
import threading
import time

from serving import Failure, Server, ask, form, percentile, picture, png, small

SHARES = ("plain", "stream", "edit", "plain")


def load(given, place):
    server = Server(given.serve, place, "--queue", "40")
    server.start()
    for kind in SHARES:
        order(server.port, kind, 0)
    seen = Seen()
    end = time.monotonic() + given.seconds
    clients = [threading.Thread(target=client, args=(server.port, i, end, seen)) for i in range(given.clients)]
    for thread in clients:
        thread.start()
    memory, descriptors, queued = [], [], []
    begin = time.monotonic()
    while time.monotonic() < end and server.alive():
        memory.append(server.memory())
        descriptors.append(server.descriptors())
        queued.append(server.queued())
        time.sleep(max(0.5, given.seconds / 120))
    for thread in clients:
        thread.join()
    took = time.monotonic() - begin
    found = seen.found(took) | {
        "memory_mb_over_time": [round(m) for m in memory[:: max(1, len(memory) // 12)]],
        "descriptors_over_time": descriptors[:: max(1, len(descriptors) // 12)],
        "queue_max": max(queued),
        "alive": server.alive(),
    }
    wrong = list(seen.wrong)
    half = memory[len(memory) // 2:]
    if len(memory) > 20 and max(half[-5:]) > 1.25 * max(half[:5]) + 30:
        wrong.append("memory grows in the second half")
    if max(descriptors[-5:]) > max(descriptors[: len(descriptors) // 2]) + 20:
        wrong.append("open files grow")
    server.stop()
    if given.pictures:
        cost(given, place, found, wrong)
    return found | {"wrong": wrong}


class Seen:
    """What clients saw."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.seconds = collections.defaultdict(list)
        self.wrong = []

    def add(self, kind, status, seconds):
        with self.lock:
            self.counts[str(status)] += 1
            if status == 200:
                self.seconds[kind].append(seconds)

    def found(self, took):
        every = [s for some in self.seconds.values() for s in some]
        return {
            "pictures": len(every),
            "pictures_a_second": round(len(every) / took, 2),
            "latency_p50_s": round(percentile(every, 0.5), 3),
            "latency_p95_s": round(percentile(every, 0.95), 3),
            "by_kind": {
                kind: {"pictures": len(some), "p50_s": round(percentile(some, 0.5), 3),
                       "p95_s": round(percentile(some, 0.95), 3)}
                for kind, some in self.seconds.items()
            },
            "by_status": dict(self.counts),
        }


def client(port, index, end, seen):
    """Asks for one picture after the other; the time of one counts from its first try."""
    number = index
    while time.monotonic() < end:
        kind = SHARES[number % len(SHARES)]
        begin = time.monotonic()
        try:
            answer = order(port, kind, number)
            while answer.status == 429 and time.monotonic() < end:
                seen.add(kind, 429, 0)
                time.sleep(float(answer.headers["retry-after"]))
                answer = order(port, kind, number)
            check(answer, seen)
            seen.add(kind, answer.status, time.monotonic() - begin)
        except (OSError, ValueError, KeyError, Failure) as failure:
            seen.wrong.append(f"{kind}: {failure!r}")
            time.sleep(0.1)
        number += 1


def check(answer, seen):
    if answer.status == 200:
        if not picture(answer).startswith(b"\x89PNG"):
            seen.wrong.append("an answer is no PNG")
    elif answer.status != 429:
        seen.wrong.append(f"{answer.status} {answer.error()}")


def order(port, kind, number):
    prompt = f"picture {number}"
    if kind == "stream":
        body = small(prompt, stream=True, partial_images=2, progress=True)
        return ask(port, "POST", "/v1/images/generations", body)
    if kind == "edit":
        body, headers = form(small(prompt, strength=0.5), {"image": png(32, 64)})
        return ask(port, "POST", "/v1/images/edits", body, headers)
    return ask(port, "POST", "/v1/images/generations", small(prompt))


def cost(given, place, found, wrong):
    """Pictures a second of emoji-flux: bare, by HTTP, bare again."""
    before = bare(given, place, given.pictures)
    server = Server(given.serve, place, models=("emoji-flux",), data=place / "cost")
    server.start()
    body = {"model": "emoji-flux", "prompt": "a red apple", "plan": "x3"}
    ask(server.port, "POST", "/v1/images/generations", body)
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(
            lambda seed: ask(server.port, "POST", "/v1/images/generations", body | {"seed": seed}, timeout=600),
            range(given.pictures),
        ))
    took = time.monotonic() - begin
    server.stop()
    wrong += [f"{answer.status} {answer.error()}" for answer in answers if answer.status != 200]
    working = sum(answer.json()["inference_time_s"] for answer in answers if answer.status == 200)
    after = bare(given, place, given.pictures)
    library = (before + after) / 2
    found["library_s_a_picture"] = [round(before, 3), round(after, 3)]
    found["http_s_a_picture"] = round(took / given.pictures, 3)
    found["http_beside_library_percent"] = round(100 * (took / given.pictures / library - 1), 1)
    found["queue_and_http_beside_worker_percent"] = round(100 * (took / working - 1), 2)


def bare(given, place, count):
    """Seconds a picture of `generate`, of a longer run less a short one: what starts and warms up falls out."""
    return (generate(given, place, count + 3) - generate(given, place, 3)) / count


def generate(given, place, count):
    command = shlex.split(given.serve)[:-1]
    command += ["generate", "a red apple", "-n", str(count), "--model", "emoji-flux", "--plan", "x3", "--seed", "0"]
    command += ["--format", "json", "-o", str(place / "bare.png")]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"generate: {done.stderr[-500:]}")
    return json.loads(done.stdout)["seconds"]["total"]
