"""Times Evidently's PSI and KS over the columns of two Parquet files; prints {"psi": seconds, "ks": seconds}."""

import json
import sys
import time
import warnings

import pandas
from evidently import Dataset, Report
from evidently.metrics import ValueDrift

warnings.filterwarnings("ignore")
reference, current = (pandas.read_parquet(file) for file in sys.argv[1:3])
seconds = {}
for method in ("psi", "ks"):
    began = time.perf_counter()
    report = Report([ValueDrift(column=name, method=method) for name in reference.columns])
    result = report.run(Dataset.from_pandas(current), Dataset.from_pandas(reference))
    assert len(result.dict()["metrics"]) == len(reference.columns)
    seconds[method] = time.perf_counter() - began
print(json.dumps(seconds))
