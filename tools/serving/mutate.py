"""The trial of damaged requests: 20,000 of them, none of which may hurt."""

import collections
import concurrent.futures
import json
import random
import socket
import struct
import time
import zlib

from serving import TINY, TINY_VIDEO, Failure, Server, ask, chunk, form, picture, png, small

RIGHT_5XX = ("501", "505", "507")  # another transfer encoding, another HTTP, a full disk
LONGEST = 5  # seconds for an answer that needs no picture
PATIENCE = 60  # for one that does, and has to wait its turn
UNFRAMED = ("lines", "chunked", "headers")  # may say that more comes than is sent
LIMITS = ("--max-pixels", "16384", "--max-video-pixels", "20000", "--max-n", "2", "--max-steps", "6", "--max-body",
          "3000000", "--max-prompt", "5000")
VALUES = (None, True, -1, 0, 1.5, 1e308, -1e308, 10**30, 2**63, 2**64 - 1, "", " ", "a", "NaN", "1e999", "\0", "\ud800",
          "x" * 6000, "../../etc/passwd", "%00", [], [1], {}, {"a": 1}, [[]], "true", "64x64", "0x0", "99999999x99999999",
          "-1", "١٢", "1" * 5000, "\u202e", "日本")


def mutate(given, place):
    server = Server(given.serve, place, *LIMITS, models=(TINY, TINY_VIDEO))
    canary(place)
    server.start()
    port = server.port
    seeds = pictures(port)
    before = snapshot(place)
    chance = random.Random(given.seed)
    seen, wrong, memory, slowest = collections.Counter(), [], [server.memory()], (0, "")
    done = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        while done < given.requests and server.alive():
            batch = [make(chance, seeds) for _ in range(min(300, given.requests - done))]
            for (name, raw), (status, seconds, detail) in zip(batch, pool.map(lambda b: send(port, *b), batch)):
                seen[f"{name} {status}"] += 1
                if seconds > slowest[0]:
                    slowest = (seconds, name)
                hangs = status == "hangs" or status != "200" and seconds > LONGEST
                if hangs or status.startswith("5") and status not in RIGHT_5XX:
                    wrong.append(f"{name}: {status} after {seconds:.1f} s, {detail} of {raw[:300]!r}")
                    keep(place, len(wrong), raw)
            done += len(batch)
            memory.append(server.memory())
    if not server.alive() or ask(port, "GET", "/health").status != 200:
        wrong.append("the server is dead")
    elif ask(port, "POST", "/v1/images/generations", small("after")).status != 200:
        wrong.append("it makes no picture any more")
    wrong += [f"outside of the data folder: {path}" for path in sorted(set(snapshot(place)) ^ set(before))]
    if max(memory) > memory[0] + 700:
        wrong.append(f"memory grew to {max(memory):.0f} MB")
    temporary = len(list((place / "temporary").rglob("upload_*")))
    if temporary:
        wrong.append(f"{temporary} uploads were left in the temporary folder")
    server.stop()
    by_status = collections.Counter()
    for name, count in seen.items():
        by_status[name.rsplit(" ", 1)[1]] += count
    found = {"requests": done, "by_status": dict(by_status), "slowest_s": [round(slowest[0], 2), slowest[1]],
             "memory_mb": [round(memory[0]), round(max(memory)), round(memory[-1])]}
    kinds = collections.defaultdict(dict)
    for name, count in sorted(seen.items()):
        kind, status = name.rsplit(" ", 1)
        kinds[kind][status] = count
    return found | dict(kinds) | {"wrong": wrong}


def keep(place, number, raw):
    """For whoever mends it."""
    folder = place / "failures"
    folder.mkdir(exist_ok=True)
    if number <= 200:
        (folder / f"{number}.http").write_bytes(raw)


def canary(place):
    for path in (place / "canary", place / "work" / "canary"):
        path.write_text("untouched")


def snapshot(place):
    """Files outside of the data folder with their times; the log and the temporary folder may change."""
    return [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for path in place.rglob("*")
        if path.is_file()
        and path.relative_to(place).parts[0] not in ("data", "temporary", "failures")
        and path.name != "server.log"
    ]


def pictures(port):
    """Of each format; JPEG and WebP are the server's own."""
    made = {"png": png(32, 64)}
    for kind in ("jpeg", "webp"):
        answer = ask(port, "POST", "/v1/images/generations", small("seed", output_format=kind))
        if answer.status != 200:
            raise Failure(f"{answer.status} {answer.error()}")
        made[kind] = picture(answer)
    made["png of the server"] = picture(ask(port, "POST", "/v1/images/generations", small("seed")))
    return made


def send(port, name, raw):
    """Sends bytes; returns status, seconds and what the error says. One that may never be whole is said to be all."""
    begin = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            try:
                connection.sendall(raw)
                if name in UNFRAMED:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it may answer before it has read all
            answer = receive(connection)
    except TimeoutError:
        return "hangs", time.monotonic() - begin, ""
    except OSError:
        return "closed", time.monotonic() - begin, ""
    seconds = time.monotonic() - begin
    if not answer.startswith(b"HTTP/1.1 "):
        return "closed", seconds, answer[:100]
    status = answer[9:12].decode()
    if b"event: error" in answer and b'"server_error"' in answer:
        status = "500"
    return status, seconds, answer[-300:] if status.startswith("5") else ""


def receive(connection):
    """All of an answer; each request says Connection: close, if it is whole."""
    answer = b""
    while True:
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            return answer
        if not more:
            return answer
        answer += more
        if answer.startswith(b"HTTP/1.1 4") and b"\r\n0\r\n\r\n" in answer:
            return answer


def raw_request(method, path, body=b"", headers=()):
    if isinstance(path, str):
        path = path.encode("utf-8", "surrogateescape")
    lines = [method.encode() + b" " + path + b" HTTP/1.1", b"Host: 127.0.0.1", b"Connection: close"]
    lines += [name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()) for name, value in headers]
    if body or method in ("POST", "PUT"):
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def flip(chance, content, most=8):
    content = bytearray(content)
    for _ in range(chance.randint(1, most)):
        if content:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return bytes(content)


def damage(chance, content):
    """Bits flipped, cut, a piece doubled, removed or replaced."""
    kind = chance.randrange(5)
    at = chance.randrange(len(content) + 1)
    to = min(len(content), at + chance.randrange(1, 40))
    if kind == 0:
        return flip(chance, content)
    if kind == 1:
        return content[:at]
    if kind == 2:
        return content[:to] + content[at:to] * chance.randint(1, 50) + content[to:]
    if kind == 3:
        return content[:at] + content[to:]
    return content[:at] + chance.randbytes(to - at) + content[to:]


def order(chance):
    """A valid body, and its path."""
    if chance.random() < 0.15:
        return "/v1/videos/sync", {"model": "clip", "prompt": "a", "width": 32, "height": 32, "num_frames": 5, "seed": 1}
    extra = {"seed": 7, "n": 1, "num_inference_steps": 2, "guidance_scale": 3.5, "output_format": "webp",
             "output_compression": 80, "response_format": "url", "negative_prompt": "b", "true_cfg_scale": 2.0,
             "user": "u", "quality": "auto", "lora": [], "size": "32x64", "background": "auto", "moderation": "auto"}
    chosen = {name: extra[name] for name in chance.sample(sorted(extra), 5)}
    stream = {"stream": True, "partial_images": 1, "progress": True} if chance.random() < 0.2 else {}
    return "/v1/images/generations", small("a red apple") | chosen | stream


JSON_TYPE = (("Content-Type", "application/json"),)


def as_json(body):
    return json.dumps(body).encode("utf-8", "surrogatepass")


def json_bytes(chance, seeds):
    path, body = order(chance)
    return raw_request("POST", path, damage(chance, as_json(body)), JSON_TYPE)


def json_values(chance, seeds):
    path, body = order(chance)
    for _ in range(chance.randint(1, 2)):
        body[chance.choice(sorted(body))] = chance.choice(VALUES)
    encoded = json.dumps(body, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    return raw_request("POST", path, encoded, JSON_TYPE)


def json_shapes(chance, seeds):
    depth = chance.choice((10, 600, 5000, 100_000))
    huge = b"1" * chance.choice((400, 2000, 1_000_000))
    body = chance.choice((
        b"[" * depth, b'{"prompt":' + b"[" * depth + b"]" * depth + b"}", b'{"a":' * depth, b"", b"null", b"[]", b'"a"',
        b"{}" * 3, b'{"prompt":"a","prompt":"b"}', b'{"prompt":"\xff\xfe"}', b'{"prompt":"\xed\xa0\x80"}', b"\xef\xbb\xbf{}",
        b'{"prompt":"a","seed":' + huge + b"}", b'{"prompt":"a","guidance_scale":' + huge + b"e" + huge[:5] + b"}",
        b'{"prompt":"a","n":1e' + huge[:9] + b"}", b'{"prompt":"a","guidance_scale":NaN}', as_json({"prompt": "a" * 2_000_000}),
        b'{"' + b"k" * 200_000 + b'":1}', b"{" + b",".join(b'"k%d":1' % i for i in range(20_000)) + b"}",
        as_json({"prompt": "a", "lora": [{"name": "x" * 1000, "scale": 1}] * 50}),
        '{"prompt":"a"}'.encode("utf-16"), '{"prompt":"a"}'.encode("utf-32"), b'{"prompt":"a"}\0',
    ))
    return raw_request("POST", "/v1/images/generations", body, JSON_TYPE)


def edit(fields, files):
    body, headers = form(fields, files)
    return raw_request("POST", "/v1/images/edits", body, tuple(headers.items()))


def damaged_picture(chance, seeds):
    source = seeds[chance.choice(sorted(seeds))]
    files = {"image": source}
    files[chance.choice(("image", "mask"))] = damage(chance, source)
    return edit(small("edit", num_inference_steps=1, strength=0.5), files)


def damaged_form(chance, seeds):
    body, headers = form(small("edit", num_inference_steps=1), {"image": seeds["png"]})
    kind = headers["Content-Type"].encode()
    if chance.random() < 0.3:
        kind = damage(chance, kind).replace(b"\r", b"").replace(b"\n", b"")
    return raw_request("POST", "/v1/images/edits", damage(chance, body), (("Content-Type", kind),))


def form_values(chance, seeds):
    fields = small("edit", num_inference_steps=1, strength=0.5)
    fields[chance.choice(sorted(fields))] = chance.choice(VALUES)
    body, headers = form({}, {"image": seeds["png"], chance.choice(("mask", "image2", "../x", "image")): seeds["jpeg"]})
    parts = b"".join(
        f'--{headers["Content-Type"].split("=")[1]}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        .encode("utf-8", "surrogatepass") for name, value in fields.items())
    return raw_request("POST", "/v1/images/edits", parts + body, tuple(headers.items()))


BOMBS = {}


def bomb(chance, seeds):
    """Small files that stand for much: pixels, texts, profiles."""
    if not BOMBS:
        zeros = zlib.compress(bytes(30_000_000), 9)
        BOMBS.update({
            "30000x30000": png(30000, 3000).replace(struct.pack(">II", 30000, 3000), struct.pack(">II", 30000, 30000)),
            "4096x4096": png(4096, 4096),
            "iTXt": png(32, 64, chunk(b"iTXt", b"Comment\0\1\0\0\0" + zeros)),
            "zTXt": png(32, 64, chunk(b"zTXt", b"Comment\0\0" + zeros)),
            "iCCP": png(32, 64, chunk(b"iCCP", b"profile\0\0" + zeros)),
            "many iTXt": png(32, 64, chunk(b"iTXt", b"Comment\0\1\0\0\0" + zeros) * 20),
            "2147483647": png(1, 1).replace(struct.pack(">II", 1, 1), struct.pack(">II", 2**31 - 1, 2**31 - 1)),
            "0x0": png(1, 1).replace(struct.pack(">II", 1, 1), bytes(8)),
            "long chunk": png(32, 64).replace(b"\0\0\0\x0dIHDR", b"\x7f\xff\xff\xffIHDR"),
            "long text": png(32, 64, struct.pack(">I", 2**31 - 1) + b"tEXtab\0"),
            "jpeg 65535": jpeg_of(seeds["jpeg"], 65535, 65535),
            "webp vp8x": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff" * 6 + bytes(4),
            "riff": b"RIFF\xff\xff\xff\xffWEBPVP8L\xff\xff\xff\x7f\x2f" + b"\xff" * 60,
        })
    name = chance.choice(sorted(BOMBS))
    files = {"image": seeds["png"]}
    files[chance.choice(("image", "mask"))] = BOMBS[name]
    return edit(small("bomb", num_inference_steps=1), files)


def jpeg_of(file, width, height):
    at = next(i for i in range(len(file)) if file[i] == 0xFF and file[i + 1] in (0xC0, 0xC1, 0xC2))
    return file[: at + 5] + struct.pack(">HH", height, width) + file[at + 9:]


PATHS = (
    "/", "/v1", "/v1/", "/v1//images", "//v1/images", "/../../etc/passwd", "/v1/images/../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/%252e%252e/x", "/static/../../jobs.db", "/..;/jobs.db", "/v1/images/%00",
    "/v1/images/a%00/content", "/v1/images/..%2f..%2fjobs.db/content", "/v1/images/%2e%2e/content", "/v1/images/.../content",
    "/v1/images/img_%ff%fe", "/v1/images/%", "/v1/images/%zz", "/v1/images/" + "a" * 7000, "/" + "a/" * 3000,
    "/v1/images?limit=-1", "/v1/images?limit=99999999999", "/v1/images?limit=a&limit=b", "/v1/images?after=../x",
    "/v1/images?after=%00", "/v1/images?%", "/v1/images?a=%zz", "/v1/images?" + "a=b&" * 1500, "/v1/images?after=%ff", "/error",
    "/health/../metrics", "/metrics?includedNames[]=x", "/metrics?name[]=" + "a" * 900, "/openapi.json/x", "/index.html%00.js",
    "/index.html/..", "/v1/images/x/content?variant=%00", "/v1/images/x/cancel", "/v1/videos/x", "/v1/videos/../images",
    "/v1/images/generations;a=b", "/actuator/env", "/actuator", "/health/x", "/v1/images/\\..\\..\\x", "/C:/windows", "/v1/images/'OR'1'='1",
    "/v1/models/" + "%41" * 2000, "/v1/images/<script>", "*", "http://evil/v1/models", "/app.js?v=%0d%0aX:y", "/%c0%ae%c0%ae/x",
)


def paths(chance, seeds):
    path = chance.choice(PATHS)
    if chance.random() < 0.3:
        path = damage(chance, path.encode()).replace(b"\n", b"").decode("utf-8", "surrogateescape")
    method = chance.choice(("GET", "GET", "GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH", "TRACE"))
    return raw_request(method, path, headers=JSON_TYPE if method == "POST" else ())


HEADERS = (
    ("Content-Type", "application/json; charset=nonsense"), ("Content-Type", "application/json; charset=utf-16"), ("Content-Type", "a" * 5000),
    ("Content-Type", "multipart/form-data"), ("Content-Type", "multipart/form-data; boundary="), ("Content-Type", "application/x-www-form-urlencoded"),
    ("Content-Type", "multipart/form-data; boundary=" + "b" * 3000), ("Content-Type", "multipart/mixed; boundary=a"), ("Content-Type", ""),
    ("Content-Length", "-1"), ("Content-Length", "99999999999999999999"), ("Content-Length", "a"), ("Content-Encoding", "gzip"),
    ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip, chunked"), ("Transfer-Encoding", "x"), ("Expect", "100-continue"), ("Expect", "x"),
    ("Host", "evil.example"), ("Host", ""), ("Host", "a b"), ("Host", "[::1"), ("Host", "127.0.0.1:99999"), ("Origin", "null"),
    ("Origin", "http://evil.example"), ("Origin", "%%%"), ("Authorization", "Bearer"), ("Authorization", "Bearer \xff\x01"), ("Authorization", "Basic " + "a" * 4000),
    ("Idempotency-Key", ""), ("Idempotency-Key", "k" * 256), ("Idempotency-Key", "\x01"), ("Idempotency-Key", "ключ"), ("Accept", "text/html;q=x"),
    ("Accept", "application/nonsense"), ("Accept", "*" * 500), ("Accept", "a/b;q=9"), ("Accept-Language", "-" * 100), ("Accept-Encoding", "x;q=" + "9" * 300),
    ("Range", "bytes=99999999999-"), ("Range", "bytes=5-1"), ("Range", "x"), ("If-Modified-Since", "x"), ("Cookie", "a" * 3000), ("Cookie", "JSESSIONID=../x"),
    ("X-Forwarded-For", "x"), ("X-Forwarded-Host", "evil"), ("X-HTTP-Method-Override", "DELETE"), ("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings"),
    ("Forwarded", "for=x"), ("X-Long", "a" * 20_000), ("Bad Name", "x"), ("X-Control", "a\x00b"), ("Content-Disposition", "form-data; name=\"..\""),
)


def headers(chance, seeds):
    some = chance.sample(HEADERS, chance.randint(1, 3))
    encoded = [(name, value.encode("utf-8")) for name, value in some]
    if chance.random() < 0.5:
        return raw_request("GET", chance.choice(("/", "/v1/models", "/metrics", "/health", "/v1/images", "/app.js", "/openapi.json")), headers=encoded)
    path, body = order(chance)
    if not any(name == "Content-Type" for name, _ in some):
        encoded += JSON_TYPE
    return raw_request("POST", path, as_json(body), encoded)


def chunked(chance, seeds):
    path, body = order(chance)
    content = as_json(body)
    framed = chance.choice((
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content), b"zz\r\n" + content, b"ffffffffffffffff\r\n" + content + b"\r\n0\r\n\r\n",
        b"%x;%s\r\n%s\r\n0\r\n\r\n" % (len(content), b"e" * 9000, content), b"-1\r\n" + content + b"\r\n0\r\n\r\n",
        b"%x\r\n%s\r\n0\r\n" % (len(content), content) + b"T: x\r\n" * 2000 + b"\r\n",
    ))
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n" % path.encode()
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + framed


def lines(chance, seeds):
    """A request that is hardly one."""
    path, body = order(chance)
    whole = raw_request("POST", path, as_json(body), JSON_TYPE)
    head, _, rest = whole.partition(b"\r\n\r\n")
    return flip(chance, head, 3) + b"\r\n\r\n" + rest


KINDS = {
    "json bytes": (json_bytes, 5), "json values": (json_values, 5), "json shapes": (json_shapes, 1), "pictures": (damaged_picture, 5),
    "forms": (damaged_form, 3), "form values": (form_values, 2), "bombs": (bomb, 0.5), "paths": (paths, 3), "headers": (headers, 3), "chunked": (chunked, 1),
    "lines": (lines, 1),
}


def make(chance, seeds):
    """A request of some kind: the kind's name and the bytes."""
    name = chance.choices(sorted(KINDS), [KINDS[kind][1] for kind in sorted(KINDS)])[0]
    return name, KINDS[name][0](chance, seeds)
