"""ACRO (pip install "acro==1.0.2"): a cross-table of persons by sex and one key, with its disclosure checks.

python acro.py TABLE.csv KEY
Timed is one cross-table with its checks, the least of two; not reading the table. What ACRO prints is not looked at.
"""

import contextlib
import io
import json
import logging
import sys

# This file has the name of the package.
sys.path = [folder for folder in sys.path if folder not in ("", sys.path[0])]

import time
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import pandas as pd

with contextlib.redirect_stdout(io.StringIO()):
    from acro import ACRO

path, key = sys.argv[1:3]
table = pd.read_csv(path)
times = []
for _ in range(2):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        session = ACRO(suppress=True)
        began = time.perf_counter()
        cells = session.crosstab(table["sex"], table[key])
        times.append(time.perf_counter() - began)
print(json.dumps({"seconds": min(times), "cells": int(cells.size)}))
