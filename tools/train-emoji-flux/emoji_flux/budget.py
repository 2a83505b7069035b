"""How long to train: a part of a planned total, on a clock that stops while the process does."""
import time

import torch


class Budget:
    """Counts the minutes of this call and of the calls before it.

    On a CPU it counts the process's own CPU time per thread, so neither a pause (SIGSTOP) nor a busy neighbour shortens
    the training; on a GPU, wall time. The learning rate follows `progress`, which spans all calls.
    """

    def __init__(self, minutes, total=None, used=0.0, device="cpu"):
        self._clock = (lambda: time.process_time() / torch.get_num_threads()) if device == "cpu" else time.monotonic
        self._start, self._minutes, self._total, self._before = self._clock(), minutes, total or minutes, used

    @property
    def used(self):
        """Minutes of all calls so far."""
        return self._before + (self._clock() - self._start) / 60

    @property
    def progress(self):
        """0 at the beginning, 1 at the end of the planned total."""
        return min(1.0, self.used / self._total)

    @property
    def spent(self):
        """Whether this call's minutes or the planned total are over."""
        return self.used - self._before >= self._minutes or self.used >= self._total


def warm_then_linear(step, progress, warm=60, hold=.3):
    """The learning rate's factor: up over `warm` steps, constant until `hold` of the budget, then linearly down to 0."""
    return min(1.0, (step + 1) / warm) * (1.0 if progress < hold else max(0.0, (1 - progress) / (1 - hold)))
