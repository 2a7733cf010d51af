"""SmartNoise-SQL (pip install "smartnoise-sql==1.0.10"): counts, sums and means of a table by one key, with noise.

python smartnoise.py TABLE.csv KEY
One row is one person, as the package is quickest. Timed is the question alone, the least of three; not reading the table.
"""

import json
import sys

# Beside this file is one that has the name of a package.
sys.path = [folder for folder in sys.path if folder not in ("", sys.path[0])]

import time
import warnings

warnings.filterwarnings("ignore")

import pandas as pd
import snsql
from snsql import Privacy

path, key = sys.argv[1:3]
table = pd.read_csv(path)[[key, "wage"]]
columns = {key: {"type": "string"}, "wage": {"type": "int", "lower": 0, "upper": 100_000}}
metadata = {"": {"county": {"people": {"row_privacy": True, "rows": len(table), **columns}}}}
reader = snsql.from_df(table, privacy=Privacy(epsilon=1.0, delta=1e-9), metadata=metadata)
question = f"SELECT {key}, COUNT(*) AS n, SUM(wage) AS s, AVG(wage) AS m FROM county.people GROUP BY {key}"
times = []
for _ in range(3):
    began = time.perf_counter()
    rows = reader.execute(question)
    times.append(time.perf_counter() - began)
print(json.dumps({"seconds": min(times), "rows": len(rows) - 1}))
