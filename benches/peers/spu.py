"""One party of three of SecretFlow SPU (pip install "spu==0.9.5"): ABY3 on a ring of 64 bits, over plain TCP.

python spu.py RANK WORK ROWS PORT [--table FEATURES.csv]
WORK: share | moments | multiply | less64 | less32 | sort | groups | correlation | logistic
The parties listen on 127.0.0.1:PORT, :PORT+1 and :PORT+2. Inputs are shared by party 0. Timed from when all are ready to the
end of the work; compiling is not timed. Prints one JSON object: seconds, processor time in these, peak memory of the process
(Python and JAX included), and what came out where that is to be looked at. The package does not tell bytes.
"""

import sys

# This file has the name of the package.
sys.path = [folder for folder in sys.path if folder not in ("", sys.path[0])]

import argparse
import json
import pickle
import resource
import time

import jax
import jax.numpy as jnp
import numpy as np
import spu.libspu as libspu
import spu.libspu.link as link
import spu.utils.frontend as frontend
from spu import Io, Runtime

jax.config.update("jax_enable_x64", True)

args = argparse.ArgumentParser()
args.add_argument("rank", type=int)
args.add_argument("work")
args.add_argument("rows", type=int)
args.add_argument("port", type=int)
args.add_argument("--table", default="")
args = args.parse_args()

desc = link.Desc()
desc.id = "bench"
desc.recv_timeout_ms = 600_000
desc.connect_retry_times = 120
for rank in range(3):
    desc.add_party(f"party{rank}", f"127.0.0.1:{args.port + rank}")
context = link.create_brpc(desc, args.rank)
config = libspu.RuntimeConfig(libspu.ProtocolKind.ABY3, libspu.FieldType.FM64)
io = Io(3, config)
random = np.random.default_rng(1)


def integers(bits):
    return random.integers(0, 1 << bits, args.rows, dtype=np.int64)


def shared(values):
    """Shares an array that party 0 has: the part of this party."""
    if args.rank == 0:
        parts = io.make_shares(values, libspu.Visibility.VIS_SECRET)
        for rank in (1, 2):
            context.send_async(rank, pickle.dumps((parts[rank].meta, list(parts[rank].share_chunks))))
        return parts[0]
    part = libspu.Share()
    part.meta, part.share_chunks = pickle.loads(context.recv(0))
    return part


def opened(parts):
    """Opens to party 0."""
    mine = pickle.dumps([(part.meta, list(part.share_chunks)) for part in parts])
    if args.rank != 0:
        context.send_async(0, mine)
        return None
    all_parts = [parts]
    for rank in (1, 2):
        theirs = []
        for meta, chunks in pickle.loads(context.recv(rank)):
            part = libspu.Share()
            part.meta, part.share_chunks = meta, chunks
            theirs.append(part)
        all_parts.append(theirs)
    return [io.reconstruct(list(each)) for each in zip(*all_parts)]


def timed(job):
    """What a job gave, its seconds and its processor time."""
    context.barrier()
    before, began = time.process_time(), time.monotonic()
    outcome = job()
    return outcome, time.monotonic() - began, time.process_time() - before


def run(function, *inputs):
    """Compiles a function, shares its inputs, runs it: its opened outcome, seconds and processor time."""
    names = [f"in{at}" for at in range(len(inputs))]
    visible = [libspu.Visibility.VIS_SECRET] * len(inputs)
    executable, _ = frontend.compile(
        frontend.Kind.JAX, function, inputs, {}, names, visible,
        lambda outs: [f"out{at}" for at in range(len(outs))],
    )
    runtime = Runtime(context, config)
    for name, values in zip(names, inputs):
        runtime.set_var(name, shared(values))
    _, seconds, cpu = timed(lambda: runtime.run(executable))
    found = opened([runtime.get_var(name) for name in executable.output_names])
    return found, seconds, cpu


def standardised():
    """Rows to train on and rows to judge by, every fifth, as in this program."""
    rows = np.loadtxt(args.table, delimiter=",", skiprows=1)
    held = np.arange(len(rows)) % 5 == 0
    known, judged = rows[~held], rows[held]
    mean, deviation = known[:, :-1].mean(0), known[:, :-1].std(0)
    scale = lambda part: np.c_[np.ones(len(part)), (part[:, :-1] - mean) / deviation]
    return scale(known), known[:, -1], scale(judged), judged[:, -1]


def logistic():
    x, y, judged, truth = standardised()
    epochs, batches, rate = 10, 8, 0.5
    cut = [(at * len(x) // batches, (at + 1) * len(x) // batches) for at in range(batches)]

    def descent(x, y):
        weights = jnp.zeros(x.shape[1])
        for _ in range(epochs):
            for low, high in cut:
                off = jax.nn.sigmoid(x[low:high] @ weights) - y[low:high]
                weights = weights - rate / (high - low) * (x[low:high].T @ off)
        return weights

    found, seconds, cpu = run(descent, x, y)
    if found is None:
        return {}, seconds, cpu
    score = judged @ found[0]
    pairs = score[truth == 1][:, None] - score[truth == 0][None, :]
    return {"auc": float((pairs > 0).mean() + (pairs == 0).mean() / 2)}, seconds, cpu


def textbook(table):
    """By sums and sums of products."""
    mean = table.mean(0)
    covariance = table.T @ table / table.shape[0] - jnp.outer(mean, mean)
    deviation = jnp.sqrt(jnp.diag(covariance))
    return covariance / jnp.outer(deviation, deviation)


def correlation():
    common = random.random((args.rows, 1)) * 100
    table = (common + random.random((args.rows, 10)) * 100) / 2
    found, seconds, cpu = run(lambda table: jnp.corrcoef(table, rowvar=False), table)
    by_sums, _, _ = run(textbook, table)
    if found is None:
        return {}, seconds, cpu
    off = np.abs(found[0] - np.corrcoef(table, rowvar=False)).max()
    # jnp.corrcoef clips to -1 and 1; of both ways that which is further from 1.
    of_itself = np.concatenate([np.diag(found[0]), np.diag(by_sums[0])])
    worst = of_itself[np.abs(of_itself - 1).argmax()]
    return {"of_itself": float(worst), "error": float(off)}, seconds, cpu


def groups(keys, values):
    keys, values = jax.lax.sort((keys, values), num_keys=1)
    last = jnp.concatenate([keys[1:] != keys[:-1], jnp.ones(1, dtype=bool)])
    # Local additions; jnp.cumsum would take memory of the square of the rows here.
    return keys, jax.lax.associative_scan(jnp.add, values), last


def share():
    values = integers(62)
    part, seconds, cpu = timed(lambda: shared(values))
    # A sender does not wait: it is over when all have their parts.
    _, waited, more_cpu = timed(lambda: None)
    return {}, seconds + waited, cpu + more_cpu


def of(function, *inputs):
    _, seconds, cpu = run(function, *inputs)
    return {}, seconds, cpu


works = {
    "share": share,
    "moments": lambda: of(lambda x: (jnp.sum(x), jnp.mean(x), jnp.var(x)), random.random(args.rows)),
    "multiply": lambda: of(lambda x, y: x * y, integers(30), integers(30)),
    "less64": lambda: of(lambda x, y: x < y, integers(62), integers(62)),
    "less32": lambda: of(lambda x, y: x < y, integers(31).astype(np.int32), integers(31).astype(np.int32)),
    "sort": lambda: of(jnp.sort, integers(31).astype(np.int32)),
    "groups": lambda: of(groups, integers(30) % 100, integers(30)),
    "correlation": correlation,
    "logistic": logistic,
}
more, seconds, cpu = works[args.work]()
print(
    json.dumps(
        {
            "seconds": seconds,
            "cpu": cpu,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            **more,
        }
    ),
    flush=True,
)
context.barrier()
context.stop_link()
