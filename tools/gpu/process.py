"""Programs that tools/gpu/session.py starts, each until its part's time is over."""
import os
import signal
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(f"{HERE}/../..")
TOOLS = f"{ROOT}/tools"


class Failed(Exception):
    """A part that failed: what, the requirement, the value, the remedy."""


def tail(text):
    """The last lines of a program's complaint."""
    return " | ".join(line.strip() for line in text.strip().splitlines()[-4:])[-600:]


def run(words, seconds, name):
    """Runs a command for at most so long; returns its standard output. All it started ends with it."""
    if seconds < 1:
        raise TimeoutError(f"{name}: not started, the time was over")
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen(words, stdout=out, stderr=err, cwd=ROOT, start_new_session=True)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            out.seek(0)
            cut = TimeoutError(f"{name}: cut after {seconds:.0f} s")
            cut.output = out.read()
            raise cut from None
        out.seek(0)
        err.seek(0)
        if child.returncode != 0:
            raise Failed(f"{name}: must end with 0, ended with {child.returncode}: {tail(err.read() or out.read())}")
        return out.read()
