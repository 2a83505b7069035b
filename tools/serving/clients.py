"""Trials of clients that misbehave: they leave, or are slow."""

import concurrent.futures
import select
import statistics
import threading
import time

from serving import Failure, Server, ask, percentile, picture, send_only, small

LONG = {"width": 384, "height": 384, "num_inference_steps": 200}
LOOK = 0.5  # the server looks for its clients each quarter of a second, and a job may be between two looks


def identity(port, prompt):
    """The job of a prompt, once it is there."""
    for _ in range(200):
        for job in ask(port, "GET", "/v1/images?limit=100").json()["data"]:
            if job["prompt"] == prompt:
                return job["id"]
        time.sleep(0.05)
    raise Failure(f"there is no job of {prompt}")


def await_status(port, job, wanted, longest=60):
    """Seconds until a job has one of some states."""
    begin = time.monotonic()
    while time.monotonic() - begin < longest:
        status = ask(port, "GET", f"/v1/images/{job}").json()["status"]
        if status in wanted:
            return time.monotonic() - begin
        time.sleep(0.01)
    raise Failure(f"{job} is {status} after {longest} s")


def read_until(connection, text, longest=60):
    """Reads a stream until a text has come."""
    seen = b""
    connection.settimeout(longest)
    while text not in seen:
        more = connection.recv(65536)
        if not more:
            raise Failure(f"a stream ended before {text}: {seen[-300:]}")
        seen += more
    return seen


class Neighbours:
    """Other clients, who ask for small pictures meanwhile."""

    def __init__(self, port):
        self.port = port
        self.over = threading.Event()
        self.seconds = []
        self.wrong = []
        self.threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(2)]
        for thread in self.threads:
            thread.start()

    def _ask(self, index):
        number = 0
        while not self.over.is_set():
            begin = time.monotonic()
            number += 1
            try:
                answer = ask(self.port, "POST", "/v1/images/generations", small(f"neighbour {index} {number}"))
                if answer.status != 200 or not picture(answer).startswith(b"\x89PNG"):
                    self.wrong.append(f"a neighbour got {answer.status} {answer.error()}")
            except OSError as failure:
                self.wrong.append(f"a neighbour got {failure!r}")
            self.seconds.append(time.monotonic() - begin)
            time.sleep(0.2)

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def leave(given, place):
    """Clients close their connection: while they wait, while their picture is made, in their stream."""
    server = Server(given.serve, place)
    server.start()
    port = server.port
    picture(ask(port, "POST", "/v1/images/generations", small("first")))
    step = step_seconds(port)
    neighbours = Neighbours(port)
    times = {"queued": [], "running": [], "stream": []}
    for number in range(given.times):
        for kind in times:
            times[kind].append(LEAVING[kind](port, f"{kind} {number}"))
    neighbours.end()
    left = wait_for_empty(server)
    found = {"step_s": round(step, 3), "neighbours": len(neighbours.seconds)}
    found["neighbours_p50_s"] = round(percentile(neighbours.seconds, 0.5), 3)
    for kind, seconds in times.items():
        found[f"{kind}_close_to_cancelled_s"] = {
            "median": round(statistics.median(seconds), 3), "max": round(max(seconds), 3)
        }
    wrong = list(neighbours.wrong)
    if left:
        wrong.append(f"{left} jobs wait still")
    wrong += [f"{kind}: cancelled {t:.2f} s after the client left, a step takes {step:.2f} s"
              for kind, seconds in times.items() for t in seconds if t > 2 * step + LOOK + 1]
    server.stop()
    return found | {"wrong": wrong}


def step_seconds(port):
    """What a step of a long job takes at most, of ten."""
    stream = send_only(port, "POST", "/v1/images/generations", small("steps", stream=True, progress=True, **LONG))
    stream.settimeout(60)
    seen, came = b"", {}
    while 10 not in came:
        more = stream.recv(65536)
        if not more:
            raise Failure(f"a stream ended before its tenth step: {seen[-300:]}")
        seen += more
        for step in range(2, 11):  # several may come at once
            if f'"step":{step},'.encode() in seen:
                came.setdefault(step, time.monotonic())
    stream.close()
    return max(came[step] - came[step - 1] for step in range(3, 11))


def leave_queued(port, prompt):
    """Another's long job runs; it goes on when this one leaves."""
    other = send_only(port, "POST", "/v1/images/generations", small("long " + prompt, stream=True, progress=True, **LONG))
    read_until(other, b".step")
    mine = send_only(port, "POST", "/v1/images/generations", small(prompt))
    job = identity(port, prompt)
    mine.close()
    seconds = await_status(port, job, ("cancelled",))
    read_until(other, b".step")
    other.close()
    return seconds


def leave_running(port, prompt):
    mine = send_only(port, "POST", "/v1/images/generations", small(prompt, **LONG))
    job = identity(port, prompt)
    await_status(port, job, ("in_progress",))
    mine.close()
    return await_status(port, job, ("cancelled",))


def leave_stream(port, prompt):
    mine = send_only(port, "POST", "/v1/images/generations", small(prompt, stream=True, progress=True, **LONG))
    read_until(mine, b".step")
    job = identity(port, prompt)
    mine.close()
    return await_status(port, job, ("cancelled",))


LEAVING = {"queued": leave_queued, "running": leave_running, "stream": leave_stream}


def wait_for_empty(server, longest=30):
    """Waits until no job waits; returns how many do."""
    end = time.monotonic() + longest
    while server.queued() > 0 and time.monotonic() < end:
        time.sleep(0.1)
    return server.queued()


def slow(given, place):
    """Streams read a byte a second; headers, JSON and forms sent a byte a second. Neighbours are served meanwhile."""
    server = Server(given.serve, place)
    server.start()
    port = server.port
    calm = [timed(port, "alone") for _ in range(20)]
    readers = slow_readers(server, given.clients)
    wait_for_empty(server, 600)  # what is measured is slow reading, not their pictures
    senders = {kind: [sender(port) for _ in range(given.clients)] for kind, sender in SENDERS.items()}
    every = readers + [connection for some in senders.values() for connection in some]
    end = time.monotonic() + given.seconds
    trickle = threading.Thread(target=trickle_all, args=(readers, senders, end))
    trickle.start()
    during, health, memory, failures = [], [], [], []
    while time.monotonic() < end:
        try:
            during.append(timed(port, "beside"))
            begin = time.monotonic()
            ask(port, "GET", "/health", timeout=10)
            health.append(time.monotonic() - begin)
        except (Failure, OSError) as failure:
            failures.append(f"a neighbour got {failure!r}")
        memory.append(server.memory())
        time.sleep(0.2)
    trickle.join()
    found = {
        "alone_p50_s": round(percentile(calm, 0.5), 3),
        "beside_slow_p50_s": round(percentile(during, 0.5), 3),
        "beside_slow_p95_s": round(percentile(during, 0.95), 3),
        "beside_slow_max_s": round(max(during), 3),
        "health_max_s": round(max(health), 3),
        "pictures_beside": len(during),
        "memory_max_mb": round(max(memory)),
        "still_open": {"readers": count_open(readers)} | {kind: count_open(some) for kind, some in senders.items()},
        "descriptors": server.descriptors(),
    }
    for connection in every:
        connection.close()
    time.sleep(3)
    found["descriptors_after"] = server.descriptors()
    wrong = failures + ([f"{wait_for_empty(server)} jobs wait"] if wait_for_empty(server) else [])
    if percentile(during, 0.95) > 20 * percentile(calm, 0.95) + 2:
        wrong.append("neighbours of slow clients wait long")
    wrong += [f"{count} clients who send {kind} slowly are still listened to after {given.seconds} s"
              for kind, count in found["still_open"].items() if kind in ("json", "forms") and given.seconds >= 90 and count]
    server.stop()
    return found | {"wrong": wrong}


def timed(port, prompt):
    begin = time.monotonic()
    answer = ask(port, "POST", "/v1/images/generations", small(prompt), timeout=30)
    if answer.status != 200:
        raise Failure(f"{answer.status} {answer.error()}")
    return time.monotonic() - begin


def slow_readers(server, count):
    """Their streams are larger than the buffers on the way. They come one by one, as all together would fill the queue."""
    readers = []
    for number in range(count):
        while server.queued() > 40:
            time.sleep(0.2)
        order = small(f"slow {number}", stream=True, progress=True, partial_images=3, num_inference_steps=4, n=4,
                      width=256, height=256)
        readers.append(send_only(server.port, "POST", "/v1/images/generations", order, buffer=2048))
        read_until(readers[-1], b"HTTP/1.1 200")
    return readers


def slow_headers(port):
    connection = send_only(port, "GET", "/health", b"")
    connection.sendall(b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    return connection


def slow_json(port):
    return unfinished(port, "application/json", b'{"model":"tiny","prompt":"')


def slow_form(port):
    part = b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n'
    return unfinished(port, "multipart/form-data; boundary=b", part, "/v1/images/edits")


def unfinished(port, kind, beginning, path="/v1/images/generations"):
    """A request whose body is announced to be longer than what is sent."""
    connection = send_only(port, "GET", "/health", b"")
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: 1000000\r\n\r\n"
    connection.sendall(head.encode() + beginning)
    return connection


SENDERS = {"headers": slow_headers, "json": slow_json, "forms": slow_form}


def trickle_all(readers, senders, end):
    """A byte a second of each, in and out."""
    sending = [connection for some in senders.values() for connection in some]
    while time.monotonic() < end:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(read_byte, readers))
            list(pool.map(send_byte, sending))
        time.sleep(1)


def read_byte(connection):
    if select.select([connection], [], [], 0)[0]:
        try:
            connection.recv(1)
        except OSError:
            pass


def send_byte(connection):
    try:
        connection.send(b"a")
    except OSError:
        pass


def count_open(connections):
    """Those that the server has not closed."""
    return sum(1 for connection in connections if is_open(connection))


def is_open(connection):
    try:
        connection.settimeout(0.01)
        while connection.recv(65536):
            pass
        return False
    except TimeoutError:
        return True
    except OSError:
        return False
