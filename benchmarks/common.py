"""What every benchmark needs: CPU time, peak memory, the floor of this machine, one table.

Import this before numpy: it caps the linear-algebra threads at one, so that CPU seconds compare.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import gc  # noqa: E402
import json  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
MIB = 2.0**20


def cpu(function, *, repeats=5):
    """CPU seconds (median of several after one that warms up) and the last answer."""
    function()
    times = []
    for _ in range(repeats):
        gc.collect()
        start = time.process_time()
        answer = function()
        times.append(time.process_time() - start)
    return statistics.median(times), answer


def once(function):
    """CPU seconds of a single run (for what takes minutes) and its answer."""
    gc.collect()
    start = time.process_time()
    answer = function()
    return time.process_time() - start, answer


def shared_data():
    """The folder of real data, or an exit that says what is missing."""
    folder = (ROOT / os.environ.get("AUTARKY_SHARED", "../shared") / "data").resolve()
    if not (folder / "wiod2013" / "wiod2013_2011.npz").is_file():
        sys.exit(
            f"no wiod2013/wiod2013_2011.npz in {folder}: set AUTARKY_SHARED to the folder that "
            "holds data/ (the benchmarks run on the full WIOD 2013 table of 2011)"
        )
    return folder


def wiod2011():
    """Z (1435, 1435), Y (1435, 205) [million USD], region codes, sector codes, use codes."""
    folder = shared_data() / "wiod2013"
    with np.load(folder / "wiod2013_2011.npz") as raw:
        Z, Y = (raw[name].astype(np.float64, order="C") for name in "ZY")
    lines = (folder / "regions.csv").read_text(encoding="utf-8").splitlines()[1:]
    regions = [line.split(",")[1] for line in lines]
    return Z, Y, regions, [f"c{i}" for i in range(1, 36)], [f"c{i}" for i in range(37, 42)]


def resident():
    """Bytes of memory this process holds now, and the most it ever held."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak *= 1 if sys.platform == "darwin" else 1024
    statm = Path("/proc/self/statm")
    if not statm.exists():
        sys.exit("memory is measured through /proc: run the large part on Linux, or --no-large")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"), peak


def available_memory():
    """Bytes that can be used without swapping; 0 where the system does not say."""
    info = Path("/proc/meminfo")
    if not info.exists():
        return 0
    lines = dict(line.split(":") for line in info.read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) * 1024


def child(script, *arguments):
    """Run a script in a process of its own; it prints one JSON object on its last line."""
    done = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"a measuring process ended with {done.returncode} ({' '.join(arguments[:2])})")
    return json.loads(done.stdout.strip().splitlines()[-1])


class Machine:
    """What this machine can do at most: the floor that times are held against."""

    def __init__(self):
        rng = np.random.default_rng(0)
        a = rng.random((1500, 1500))
        seconds, _ = cpu(lambda: a @ a, repeats=3)
        self.flops = 2 * 1500**3 / seconds
        big = np.ones(2**24)
        seconds, _ = cpu(big.sum, repeats=3)
        self.bytes = big.nbytes / seconds

    def floor(self, *, flops=0.0, bytes=0.0):
        """Seconds below which nothing can be done on one thread."""
        return max(flops / self.flops, bytes / self.bytes)

    def __str__(self):
        return f"{self.flops / 1e9:.0f} Gflop/s, {self.bytes / 1e9:.1f} GB/s on one thread"


def row(what, ours, peer, target, *, floor=None, note=""):
    """One line of a table of ratios; a target of 0 is none."""
    ratio = peer / ours
    mark = "" if not target else "ok" if ratio >= target else "MISSED"
    over = f"{ours / floor:8.1f}" if floor else " " * 8
    print(
        f"{what:<50} {_amount(ours):>10} {_amount(peer):>10} {ratio:>8.1f} {target:>8g} "
        f"{mark:>6} {over}  {note}"
    )
    return ratio >= target


def header():
    """The head of a table of ratios."""
    names = ("CPU s", "ours", "peer", "ratio", "target", "", "× floor")
    line = f"{names[0]:<50} {names[1]:>10} {names[2]:>10} {names[3]:>8} {names[4]:>8} "
    print(line + f"{names[5]:>6} {names[6]:>8}")


def _amount(value):
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


if __name__ == "__main__":
    print(Machine())
