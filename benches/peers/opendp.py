"""OpenDP (pip install "opendp[polars]==0.16.0"): counts, sums and means of a table by one key, with noise.

python opendp.py TABLE.csv KEY
One row is one person, and the keys are public, as the package is quickest. Timed is the question alone, from the query to the
released table, the least of three; not reading the table.
"""

import json
import sys

# This file has the name of the package.
sys.path = [folder for folder in sys.path if folder not in ("", sys.path[0])]

import time
import warnings

warnings.filterwarnings("ignore")

import opendp.prelude as dp
import polars as pl

dp.enable_features("contrib")
path, key = sys.argv[1:3]
table = pl.read_csv(path).select(key, "wage")
times = []
for _ in range(3):
    context = dp.Context.compositor(
        data=table.lazy(),
        privacy_unit=dp.unit_of(contributions=1),
        privacy_loss=dp.loss_of(rho=0.01),
        split_evenly_over=1,
        margins=[dp.polars.Margin(by=[key], invariant="keys", max_length=len(table))],
    )
    began = time.perf_counter()
    released = (
        context.query()
        .group_by(key)
        .agg(dp.len(), pl.col("wage").fill_null(0).dp.sum((0, 100_000)))
        .release()
        .collect()
        .with_columns((pl.col("wage") / pl.col("len")).alias("mean"))
    )
    times.append(time.perf_counter() - began)
print(json.dumps({"seconds": min(times), "rows": len(released)}))
