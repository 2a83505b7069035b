"""Trials of what servers suffer: kill -9, a full disk, a damaged database."""

import os
import pathlib
import random
import re
import shutil
import subprocess
import threading
import time

from serving import TINY, TINY_VIDEO, Server, ask, digest, percentile, picture, small

MEDIUM = {"width": 192, "height": 192}
CLIP = {"model": "clip", "prompt": "a clip", "width": 32, "height": 32, "num_frames": 5}


def request(port, prompt, key=None, **more):
    headers = {"Idempotency-Key": key} if key else {}
    return ask(port, "POST", "/v1/images/generations", small(prompt, **more), headers)


def content(port, job):
    answer = ask(port, "GET", f"/v1/images/{job}/content")
    return digest(answer.body) if answer.status == 200 else f"{answer.status} {answer.error()}"


def check_pictures(port, known, when):
    """Each picture that a client has must be there, byte for byte."""
    wrong = []
    for job, (_, sha) in known.items():
        now = content(port, job)
        if now != sha:
            wrong.append(f"{when}: {job} was acknowledged and is {now}")
    return wrong


class Crowd:
    """Clients that ask for pictures and videos until their server is dead, and note what was acknowledged."""

    def __init__(self, port, round_number):
        self.port = port
        self.round = round_number
        self.pictures = {}
        self.videos = []
        self.open_keys = {}
        self.wrong = []
        self.lock = threading.Lock()
        work = [self._pictures] * 3 + [self._videos]
        self.threads = [threading.Thread(target=task, args=(i,)) for i, task in enumerate(work)]
        for thread in self.threads:
            thread.start()

    def _pictures(self, index):
        for number in range(10_000):
            key = f"{self.round}-{index}-{number}"
            more = MEDIUM if number % 3 == 0 else {}
            with self.lock:
                self.open_keys[key] = more
            try:
                answer = request(self.port, key, key, **more)
                if answer.status != 200:
                    self.wrong.append(f"{key}: {answer.status} {answer.error()}")
                    continue
                sha = digest(picture(answer))
                with self.lock:
                    self.pictures[answer.json()["id"]] = (key, sha)
                    del self.open_keys[key]
            except Exception:  # the server is dead: of many kinds, whenever it was
                return

    def _videos(self, _):
        for number in range(10_000):
            try:
                answer = ask(self.port, "POST", "/v1/videos", CLIP | {"seed": number})
                if answer.status == 200:
                    self.videos.append(answer.json()["id"])
                elif answer.status != 429:
                    self.wrong.append(f"video: {answer.status} {answer.error()}")
            except Exception:  # the same
                return
            time.sleep(0.7)

    def join(self):
        for thread in self.threads:
            thread.join()


def kill(given, place):
    chance = random.Random(given.seed)
    server = Server(given.serve, place, models=(TINY, TINY_VIDEO))
    pictures, videos, wrong, starts = {}, [], [], []
    counts = {"kills": 0, "keys_repeated": 0, "unanswered_repeated": 0, "named_interrupted": 0, "waited_again": 0}
    starts.append(server.start())
    for number in range(given.times):
        crowd = Crowd(server.port, number)
        time.sleep(chance.uniform(0.05, 4))
        server.kill()
        crowd.join()
        counts["kills"] += 1
        wrong += crowd.wrong
        pictures |= crowd.pictures
        videos += crowd.videos
        starts.append(server.start())
        said = server.said()
        counts["named_interrupted"] += said.count("was interrupted by the end")
        counts["waited_again"] += said.count("waits again after a restart")
        some = crowd.pictures | dict(chance.sample(sorted(pictures.items()), min(10, len(pictures))))
        wrong += check_pictures(server.port, some, f"kill {number}")
        wrong += check_interrupted(server.port, number)
        wrong += check_keys(server.port, crowd, counts, pictures)
        if chance.random() < 0.3:  # killed while it recovers
            server.kill()
            starts.append(server.start())
            counts["kills"] += 1
    wrong += check_pictures(server.port, pictures, "at the end")
    ends = video_ends(server.port, videos, wrong)
    leftovers = sorted(p.name for p in server.data.glob("jobs/*/.write-*"))
    found = counts | {
        "pictures_acknowledged": len(pictures), "videos_acknowledged": len(videos), "videos_ended": ends,
        "start_p50_s": round(percentile(starts, 0.5), 2), "start_max_s": round(max(starts), 2),
        "temporary_files_left": len(leftovers),
        "folders_without_job": count_orphans(server),
    }
    server.stop()
    return found | {"wrong": wrong}


def listed(port, kind="images"):
    """All jobs, by page."""
    jobs, after = [], ""
    while True:
        page = ask(port, "GET", f"/v1/{kind}?limit=100{after}").json()
        jobs += page["data"]
        if not page["has_more"]:
            return jobs
        after = f"&after={page['last_id']}"


def count_orphans(server):
    """Folders of which no job is known."""
    known = {job["id"] for kind in ("images", "videos") for job in listed(server.port, kind)}
    return sum(1 for folder in (server.data / "jobs").iterdir() if folder.name not in known)


def check_interrupted(port, number):
    """After a start no picture waits or runs, since nobody waits for it; what was broken off says so."""
    wrong = []
    for job in ask(port, "GET", "/v1/images?limit=50").json()["data"]:
        if job["status"] in ("queued", "in_progress"):
            wrong.append(f"kill {number}: {job['id']} is {job['status']} after the restart")
        if job["status"] == "failed" and job["error"]["code"] != "interrupted":
            wrong.append(f"kill {number}: {job['id']} failed: {job['error']}")
    return wrong


def check_keys(port, crowd, counts, pictures):
    """The same keys: what was acknowledged is the same without a new job; what was not is made now."""
    wrong = []
    for job, (key, sha) in list(crowd.pictures.items())[-3:]:
        before = len(listed(port)) if len(crowd.pictures) < 3 else None
        more = MEDIUM if int(key.rsplit("-", 1)[1]) % 3 == 0 else {}
        answer = request(port, key, key, **more)
        counts["keys_repeated"] += 1
        if answer.status != 200 or answer.json()["id"] != job or digest(picture(answer)) != sha:
            wrong.append(f"{key}: repeated, {answer.status} {answer.body[:200]}")
        if before is not None and len(listed(port)) != before:
            wrong.append(f"{key}: repeated, there is one job more")
    for key, more in crowd.open_keys.items():
        answer = request(port, key, key, **more)
        counts["unanswered_repeated"] += 1
        if answer.status == 200:
            pictures[answer.json()["id"]] = (key, digest(picture(answer)))
        else:
            wrong.append(f"{key}: not answered before, {answer.status} {answer.error()}")
    return wrong


def video_ends(port, videos, wrong):
    """How those ended that were acknowledged, once all have."""
    ends = {}
    for video in videos:
        end = time.monotonic() + 600
        job = {"status": None}
        while time.monotonic() < end:
            answer = ask(port, "GET", f"/v1/videos/{video}")
            job = answer.json() if answer.status == 200 else {"status": f"{answer.status} {answer.error()}"}
            if job["status"] not in ("queued", "in_progress"):
                break
            time.sleep(0.1)
        name = job["status"] if job["status"] != "failed" else f"failed: {job['error']['code']}"
        ends[name] = ends.get(name, 0) + 1
        if name not in ("completed", "failed: interrupted"):
            wrong.append(f"{video} was acknowledged and is {name}")
        if name == "completed" and b"ftyp" not in ask(port, "GET", f"/v1/videos/{video}/content").body[:64]:
            wrong.append(f"{video} is completed and no MP4")
    return ends


def disk(given, place):
    if os.geteuid() != 0:
        return {"skipped": "only root can mount a small file system"}
    data = place / "small"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(data)], check=True)
    server = Server(given.serve, place, models=(TINY, TINY_VIDEO), data=data)
    try:
        return full_disk(server, data)
    finally:
        if server.process and server.alive():
            server.kill()
        subprocess.run(["umount", str(data)], check=True)


def full_disk(server, data):
    ballast = data / "ballast"
    ballast.write_bytes(b"\1" * 3_000_000)
    server.start()
    pictures, videos, wrong, seen = {}, [], [], {}

    def fill(count, prompt):
        for number in range(count):
            for answer in (request(server.port, f"{prompt} {number}", width=256, height=256),
                           request(server.port, f"{prompt} small {number}"),
                           ask(server.port, "POST", "/v1/videos", CLIP)):
                name = str(answer.status) if answer.status == 200 else f"{answer.status} {answer.error()['code']}"
                seen[name] = seen.get(name, 0) + 1
                if answer.status == 200 and answer.json().get("object") == "video":
                    videos.append(answer.json()["id"])
                elif answer.status == 200:
                    pictures[answer.json()["id"]] = (None, digest(picture(answer)))
                elif answer.status != 507 or "disk" not in answer.error()["message"]:
                    wrong.append(f"{prompt}: {answer.status} {answer.error()}")

    fill(40, "filling")
    if not any(name.startswith("507") for name in seen):
        wrong.append(f"the disk did not get full: {seen}")
    wrong += check_pictures(server.port, pictures, "full")
    wrong += unended(server.port, "full")
    first = next(iter(pictures))
    deleted = ask(server.port, "DELETE", f"/v1/images/{first}")
    if deleted.status == 200:
        del pictures[first]
    elif deleted.status != 507:
        wrong.append(f"DELETE when the disk is full: {deleted.status} {deleted.error()}")
    fill(3, "again")
    server.kill()
    try:
        server.start()
        started = "yes"
        wrong += check_pictures(server.port, pictures, "full, after a restart")
    except Exception as failure:
        started = f"no: {failure}"[:300]
        if "disk" not in str(failure) and "space" not in str(failure):
            wrong.append(f"it does not start on a full disk and does not say why: {failure}")
    ballast.unlink()
    if not server.alive():
        server.start()
    before = len(pictures)
    fill(3, "freed")
    if len(pictures) != before + 6:
        wrong.append("after space was freed not all pictures are made")
    wrong += check_pictures(server.port, pictures, "freed")
    ends = disk_videos(server.port, videos, wrong)
    wrong += unended(server.port, "freed")
    server.stop()
    return {"answers": seen, "delete_when_full": deleted.status, "starts_when_full": started,
            "pictures_kept": len(pictures), "videos": ends, "wrong": wrong}


def unended(port, when):
    """Once all is quiet, no job may seem to run."""
    end = time.monotonic() + 20
    while True:
        open_jobs = [job for kind in ("images", "videos") for job in listed(port, kind)
                     if job["status"] in ("queued", "in_progress")]
        if not open_jobs:
            return []
        if time.monotonic() > end:
            return [f"{when}: {len(open_jobs)} jobs seem to go on, as {open_jobs[0]['id']}, {open_jobs[0]['status']}"]
        time.sleep(0.2)


def disk_videos(port, videos, wrong):
    """Each acknowledged video is made, or says that the disk was full."""
    ends = {}
    for video in videos:
        job = ask(port, "GET", f"/v1/videos/{video}").json()
        name = job.get("status") if not job.get("error") else f"{job.get('status')}: {job['error'].get('code')}"
        ends[name] = ends.get(name, 0) + 1
        if name not in ("completed", "failed: disk_full", "failed: interrupted", "queued", "in_progress"):
            wrong.append(f"{video} was acknowledged and is {name}")
    return ends


def scribble(chance, file, part=1.0):
    """Overwrites some bytes in 8 places."""
    size = max(1, int(file.stat().st_size * part))
    with open(file, "r+b") as out:
        for _ in range(8):
            out.seek(chance.randrange(size))
            out.write(chance.randbytes(64))


def truncate(file, size):
    with open(file, "r+b") as out:
        out.truncate(size)


def damages(chance):
    """By name: what is done to a database, of its path and its log's."""
    return {
        "nothing": lambda db, wal: None,
        "scribbled": lambda db, wal: scribble(chance, db),
        "header scribbled": lambda db, wal: scribble(chance, db, 0.001),
        "all garbage": lambda db, wal: db.write_bytes(chance.randbytes(50_000)),
        "text": lambda db, wal: db.write_text("this is no database\n" * 100),
        "truncated to half": lambda db, wal: truncate(db, db.stat().st_size // 2),
        "truncated to nothing": lambda db, wal: truncate(db, 0),
        "deleted": lambda db, wal: db.unlink(),
        "all deleted": lambda db, wal: [f.unlink(missing_ok=True) for f in (db, wal, pathlib.Path(f"{db}-shm"))],
        "log scribbled": lambda db, wal: scribble(chance, wal),
        "log garbage": lambda db, wal: wal.write_bytes(chance.randbytes(50_000)),
        "log truncated": lambda db, wal: truncate(wal, wal.stat().st_size // 2),
        "log deleted": lambda db, wal: wal.unlink(),
        "a word changed": lambda db, wal: change(db, b'"completed"', b'"complexed"'),
        "records changed": lambda db, wal: change(db, b'{"id":"img_', b'{"id":{img_'),
        "names changed": lambda db, wal: change(db, b"img_0", b"omg_0"),
    }


def change(file, old, new):
    file.write_bytes(file.read_bytes().replace(old, new))


def database(given, place):
    """Each damage to a database of a server that was killed, and of one that ended well."""
    chance = random.Random(given.seed)
    server = Server(given.serve, place, models=(TINY, TINY_VIDEO))
    server.start()
    pictures, video_ids = make_some(server)
    server.kill()
    killed = place / "killed"
    shutil.copytree(server.data, killed)
    server.start()
    server.stop()
    ended = place / "ended"
    shutil.copytree(server.data, ended)
    wrong, found = [], {"pictures": len(pictures), "videos": len(video_ids)}
    for name, damage in damages(chance).items():
        for number in range(given.times if "scribbled" in name else 1):
            for state, copy in (("killed", killed), ("ended", ended)):
                wal = server.data / "jobs.db-wal"
                shutil.rmtree(server.data)
                shutil.copytree(copy, server.data)
                if name.startswith("log") and not wal.exists():
                    continue
                damage(server.data / "jobs.db", wal)
                found[f"{name}, {state} {number}"] = survives(server, f"{name}, {state}", pictures, video_ids, wrong)
    return found | {"wrong": wrong}


def make_some(server, count=25):
    pictures = {}
    for number in range(count):
        answer = request(server.port, f"kept {number}", f"key-{number}")
        pictures[answer.json()["id"]] = (f"key-{number}", digest(picture(answer)))
    videos = [ask(server.port, "POST", "/v1/videos", CLIP, {"Idempotency-Key": f"clip-{i}"}).json()["id"] for i in range(3)]
    for video in videos:
        while ask(server.port, "GET", f"/v1/videos/{video}").json()["status"] != "completed":
            time.sleep(0.1)
    return pictures, videos


def survives(server, name, pictures, videos, wrong):
    """Starts on a damaged database; returns in words what it said."""
    try:
        server.start(60)
        before = len(wrong)
        wrong += check_pictures(server.port, pictures, name)
        for video in videos:
            if ask(server.port, "GET", f"/v1/videos/{video}/content").status != 200:
                wrong.append(f"{name}: {video} is gone")
        if not name.startswith("names") and len(listed(server.port)) != len(pictures):
            wrong.append(f"{name}: {len(listed(server.port))} of {len(pictures)} pictures are listed")
        job, (key, sha) = next(iter(pictures.items()))
        again = request(server.port, key.replace("key-", "kept "), key)
        if not name.startswith("names") and (again.status != 200 or again.json()["id"] != job):
            wrong.append(f"{name}: the same key gives another picture")
        if request(server.port, "new").status != 200:
            wrong.append(f"{name}: no new picture")
        lost = len(wrong) - before
    except Exception as failure:
        wrong.append(f"{name}: {failure!r}"[:1500])
        lost = "did not start"
    if server.alive():
        server.kill()
    said = re.findall(r"(is damaged|jobs were found|cannot be read|it is mended)", server.said())
    return {"wrong": lost, "said": sorted(set(said))}
