"""A server as a process of its own, and a client of it: what prove.py's trials share. Standard library only."""

import atexit
import base64
import hashlib
import http.client
import json
import os
import pathlib
import re
import shlex
import signal
import socket
import struct
import subprocess
import time
import uuid
import zlib

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = REPOSITORY / "models/src/test/resources/golden/folders"
TINY = f"tiny={FOLDERS / 'tiny-a'}"
TINY_VIDEO = f"clip={FOLDERS / 'hunyuan-a'}"


class Failure(Exception):
    """The server did what it must not."""


class Server:
    """`serve` on a data folder and a free port. Its log goes to a file, behind that of servers before it."""

    def __init__(self, command, place, *options, models=(TINY,), data=None):
        self.place = pathlib.Path(place)
        self.data = pathlib.Path(data or self.place / "data")
        self.log = self.place / "server.log"
        for folder in ("work", "temporary"):
            (self.place / folder).mkdir(parents=True, exist_ok=True)
        named = [word for model in models for word in ("--model", model)]
        self.command = [*shlex.split(command), *named, "--data", str(self.data), "--port", "0", *options]
        self.process = None
        self.port = None

    def start(self, longest=120):
        """Starts it and returns how long it took to answer."""
        begin = time.monotonic()
        self.logged = self.log.stat().st_size if self.log.exists() else 0
        environment = dict(os.environ, JAVA_TOOL_OPTIONS=f"-Djava.io.tmpdir={self.place / 'temporary'}")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, cwd=self.place / "work", env=environment, start_new_session=True
            )
        atexit.register(self.kill)  # whatever becomes of the trial
        while time.monotonic() - begin < longest:
            said = re.search(r"serving .* at http://127\.0\.0\.1:(\d+)", self.said())
            if said:
                self.port = int(said.group(1))
                return time.monotonic() - begin
            if self.process.poll() is not None:
                raise Failure(f"the server ended at once: {self.said()[-2000:]}")
            time.sleep(0.05)
        self.kill()
        raise Failure(f"the server did not start within {longest} s: {self.said()[-2000:]}")

    def said(self):
        """What it logged since its last start."""
        with open(self.log, "rb") as log:
            log.seek(self.logged)
            return log.read().decode(errors="replace")

    def _signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass
        self.process.wait(120)

    def kill(self):
        if self.alive():
            self._signal(signal.SIGKILL)

    def stop(self):
        self._signal(signal.SIGTERM)

    def alive(self):
        return self.process.poll() is None

    def pid(self):
        """Of Java, which a script may have started as its child."""
        pid = self.process.pid
        while True:
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if not children or pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "java":
                return pid
            pid = int(children[0])

    def memory(self):
        """Resident MB."""
        status = pathlib.Path(f"/proc/{self.pid()}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1000

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid()}/fd"))

    def queued(self):
        """Jobs that wait, as its metrics say."""
        text = ask(self.port, "GET", "/metrics").body.decode()
        return float(re.search(r"^bottleneck4j_queue(?:\{.*\})? (\S+)", text, re.M).group(1))


class Answer:
    """Of a request: status, headers by lower-case name, bytes."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def error(self):
        try:
            return self.json()["error"]
        except (ValueError, KeyError, TypeError):
            return {"code": None, "message": self.body[:200].decode(errors="replace")}


def ask(port, method, path, body=None, headers=None, timeout=120):
    """One request on a connection of its own; a dict is sent as JSON."""
    headers = dict(headers or {})
    if isinstance(body, dict):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def patient(port, method, path, body=None, headers=None):
    """The same, again for as long as the server says that it is busy; also returns how often it was."""
    busy = 0
    while True:
        answer = ask(port, method, path, body, headers)
        if answer.status != 429:
            return answer, busy
        busy += 1
        time.sleep(float(answer.headers["retry-after"]))


def small(prompt, **more):
    """An order of a tiny picture, which takes some 20 ms."""
    return {"model": "tiny", "prompt": prompt, "plan": "baseline", "width": 32, "height": 64} | more


def form(fields, files):
    """A multipart body and its headers."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, content in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.png"\r\n'
        parts.append(head.encode() + b"Content-Type: image/png\r\n\r\n" + content + b"\r\n")
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def chunk(kind, content):
    """Of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, between=b""):
    """A grey PNG, with other chunks between its header and its pixels. A large one is made row by row."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" + b"\x80" * width) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + between + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def send_only(port, method, path, body, headers=None, buffer=None):
    """Sends a request and returns its socket, for those who do not read on as they should."""
    connection = socket.socket()
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.connect(("127.0.0.1", port))
    if isinstance(body, dict):
        body = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | dict(headers or {})
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return connection


def events(answer):
    """The events of a stream that has ended: their types and data."""
    found = []
    for block in answer.body.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def picture(answer):
    """Bytes of the picture in an answer, streamed or not."""
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        last = events(answer)[-1]
        if not last[0].endswith(".completed"):
            raise Failure(f"a stream ended with {last}")
        return base64.b64decode(last[1]["b64_json"])
    return base64.b64decode(answer.json()["data"][0]["b64_json"])


def digest(content):
    return hashlib.sha256(content).hexdigest()


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")
