"""Three parties of MPyC (pip install "mpyc==0.11"): Shamir's shares modulo a prime, over plain TCP, against parties that only look.

python mpyc.py WORK ROWS -M3 [-B PORT]
WORK: share | moments | multiply | less64 | less32 | sort
Starts two more processes of itself. Inputs are shared by party 0, as arrays of NumPy. Timed from when all are ready to the
end of the work, at party 0, which prints one JSON object: seconds, processor time in these, its bytes sent, peak memory.
"""

import sys

# This file has the name of the package.
sys.path = [folder for folder in sys.path if folder not in ("", sys.path[0])]

import argparse
import json
import random
import resource
import time

import numpy as np
from mpyc.runtime import mpc

args = argparse.ArgumentParser()
args.add_argument("work")
args.add_argument("rows", type=int)
args = args.parse_args()
rows = args.rows
made = random.Random(1)


def values(kind, bits):
    """An array that party 0 has."""
    own = np.array([made.randrange(1 << bits) for _ in range(rows)], dtype=object)
    return kind.array(own if mpc.pid == 0 else np.zeros(rows, dtype=object))


def integers(kind, bits):
    """An array that party 0 shares."""
    return mpc.input(values(kind, bits), senders=0)


async def done(*arrays):
    """Waits until the shares of all parties are there."""
    for array in arrays:
        await mpc.gather(array)
    await mpc.barrier()


async def share():
    own = values(mpc.SecInt(64), 62)
    return lambda: [mpc.input(own, senders=0)]


async def moments():
    kind = mpc.SecInt(64)
    x = integers(kind, 20)
    await done(x)
    return lambda: [np.sum(x), np.sum(x * x)]


async def multiply():
    kind = mpc.SecInt(64)
    x, y = integers(kind, 31), integers(kind, 31)
    await done(x, y)
    return lambda: [x * y]


def less(bits):
    async def ready():
        kind = mpc.SecInt(bits)
        x, y = integers(kind, bits - 2), integers(kind, bits - 2)
        await done(x, y)
        return lambda: [x < y]

    return ready


async def sort():
    kind = mpc.SecInt(34)
    x = integers(kind, 31)
    await done(x)
    return lambda: [np.sort(x)]


works = {
    "share": share,
    "moments": moments,
    "multiply": multiply,
    "less64": less(64),
    "less32": less(32),
    "sort": sort,
}


def sent():
    return sum(peer.protocol.nbytes_sent for peer in mpc.parties if peer.pid != mpc.pid)


async def main():
    await mpc.start()
    job = await works[args.work]()
    await mpc.barrier()
    before, cpu, began = sent(), time.process_time(), time.monotonic()
    await done(*job())
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    if mpc.pid == 0:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "cpu": cpu, "sent": sent() - before, "peak": peak}), flush=True)
    await mpc.shutdown()


mpc.run(main())
