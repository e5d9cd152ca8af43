"""Makes tests/stats/fixtures/*.json: what scipy and numpy say of samples that scipy.test.ts computes again.

Made with Python 3.11, scipy 1.17.1, numpy 2.4.6; run once, in a virtual environment of one's own:
    python3 -m venv /tmp/stats && /tmp/stats/bin/pip install scipy==1.17.1 numpy==2.4.6
    /tmp/stats/bin/python tests/stats/make_fixtures.py && npm run format
"""

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy import stats

assert (version("scipy"), version("numpy")) == ("1.17.1", "2.4.6"), "the fixtures are of these versions"
# ks_2samp warns where rounding makes it leave its exact method: no such case belongs into the fixtures.
warnings.simplefilter("error")

FIXTURES = Path(__file__).parent / "fixtures"


def keep(name, cases):
    (FIXTURES / f"{name}.json").write_text(json.dumps(cases))


def generated(seed, n, scale=1, offset=0, grid=None):
    """n numbers by Lehmer's generator, the same in JavaScript to the bit; `grid` rounds down to its multiples (ties)."""
    state, values = seed, np.empty(n)
    for i in range(n):
        state = state * 48271 % 2147483647
        values[i] = state / 2147483647
    values = values * scale + offset
    return values if grid is None else np.floor(values / grid) * grid


def ks(reference, current):
    result = stats.ks_2samp(reference, current)
    return {"statistic": float(result.statistic), "p_value": float(result.pvalue)}


SMALL = [
    ([1], [1]),
    ([1], [2]),
    ([1], [1, 2]),
    ([2], [1, 2, 3]),
    ([1, 2], [3, 4, 5]),
    ([1, 3, 5], [2, 4]),
    ([1, 2, 3, 4], [1, 2, 3, 4]),
    ([1, 1, 1, 2], [1, 2, 2, 2, 2]),
    ([0.0, -0.0, 1], [-0.0, 0.0, 0.0, -1]),
    ([-1e300, 0, 1e300], [1e-300, -1e-300]),
    ([1, 2, 3, 4, 5, 6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1, 0]),
    ([0.1 * i for i in range(12)], [0.1 * i + 0.31 for i in range(18)]),
    ([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], [2, 7, 1, 8, 2, 8, 1, 8]),
]

# Small and unequal, equal, with and without common divisors, both sides of 10,000, nm/(n+m) a whole number and a half.
SIZES = [
    (2, 9), (5, 6), (7, 13), (20, 20), (12, 18), (30, 1), (50, 400), (97, 89), (100, 100), (250, 1000), (1, 10_000),
    (9_000, 3), (999, 1_000), (9_973, 9_967), (9_999, 10_000), (10_000, 10_000), (4_096, 6_144),
    (10_001, 1), (2, 10_001), (10_001, 9), (139, 20_000), (142, 30_000), (10_001, 400), (10_001, 10_001),
    (10_003, 10_003), (10_010, 30_030), (20_000, 15_000), (40_009, 60_013), (250_000, 90_000),
]  # fmt: skip

ks_cases = [{"reference": a, "current": b, **ks(a, b)} for a, b in SMALL]
for index, (n, m) in enumerate(SIZES):
    near = 1 / np.sqrt(n * m / (n + m))
    for shift in (0, 0.5, 1.3, 2.5, 6):
        # `offset` moves the statistic by about `shift` of the limit law's units; scale and grid by turns.
        recipe = {
            "reference": {"seed": 1 + index, "n": n, "scale": 1, "offset": 0},
            "current": {"seed": 1_000 + index, "n": m, "scale": [1, 1, 0.9][index % 3], "offset": shift * near},
        }
        if index % 4 == 0:
            recipe["reference"]["grid"] = recipe["current"]["grid"] = 1 / 64
        ks_cases.append({**recipe, **ks(generated(**recipe["reference"]), generated(**recipe["current"]))})
keep("ks", ks_cases)

# The p-value alone, beyond 10,000 rows, over the whole range of d: scipy's own kstwo, of the size ks_2samp gives it.
p_cases = []
for n, m in [(1, 10_001), (3, 10_002), (20, 20_000), (80, 10_001), (141, 50_000), (145, 50_000), (10_001, 10_001),
             (15_000, 4_000), (70_000, 30_000), (400_000, 400_000), (3_000_000, 5_000_000)]:  # fmt: skip
    size = np.round(n * m / (n + m))
    root = np.sqrt(size)
    for d in [0, 0.3 / size, 0.7 / size, 1.2 / size, *(np.array([0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.47, 1.49, 1.7, 1.99,
              2.01, 2.5, 4, 9, 16]) / root), 0.499, 0.501, 0.75, 1 - 0.4 / size, 1]:  # fmt: skip
        if d <= 1:
            p_cases.append({"d": float(d), "n": n, "m": m, "p_value": float(stats.kstwo.sf(d, size))})
keep("ks-p-values", p_cases)


def psi(reference, current):
    reference, current = np.asarray(reference, float), np.asarray(current, float)
    cells, n, m = len(reference), reference.sum(), current.sum()
    p, q = (reference + 0.5) / (n + cells / 2), (current + 0.5) / (m + cells / 2)
    raw = float(((q - p) * np.log(q / p)).sum())
    bias = float((cells - 1) * (1 / n + 1 / m))
    return {"raw": raw, "corrected": max(0.0, raw - bias), "bias": bias}


def cells_of(values, edges):
    """Counts of (-inf, e0], (e0, e1] … (last, inf)."""
    return np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1).tolist()


psi_cases = []
for reference, current in [
    ([1, 0], [0, 1]), ([0, 0, 5], [5, 0, 0]), ([1], [9]), ([10, 20, 30], [10, 20, 30]), ([7, 0, 0, 0], [0, 0, 0, 1]),
    ([10**9, 2 * 10**9, 7], [3 * 10**9, 10**9, 0]), ([3] * 10, [0] * 9 + [30]),
]:  # fmt: skip
    psi_cases.append({"reference_counts": reference, "current_counts": current, **psi(reference, current)})
for seed, n, m, scale, offset, bins in [
    (11, 500, 500, 1, 0, 10), (12, 20_000, 3_000, 1.16, 0.3, 10), (13, 60, 9, 1, 0.1, 10), (14, 5_000, 5_000, 0.5, 0.9, 20),
    (15, 30_000, 8_000, 1, 0.02, 1_000), (16, 400, 700, 1, 3, 10),
]:  # fmt: skip
    reference, current = generated(seed, n), generated(seed + 100, m, scale, offset)
    edges = np.quantile(reference, np.arange(1, bins) / bins)
    counts = cells_of(reference, edges), cells_of(current, edges)
    psi_cases.append({"reference_counts": counts[0], "current_counts": counts[1], **psi(*counts)})
keep("psi", psi_cases)

categorical_cases = []
for reference, current, nulls in [
    ({"web": 40, "app": 60}, {"web": 70, "app": 30}, (0, 0)),
    ({"web": 40, "app": 60}, {"app": 90, "kiosk": 10}, (0, 0)),
    ({"web": 40, "app": 60}, {"web": 35, "app": 50}, (0, 15)),
    ({"web": 40, "app": 60, "fax": 0}, {"web": 40, "app": 60, "fax": 0}, (5, 5)),
    ({"__proto__": 9, "constructor": 1}, {"toString": 10}, (1, 0)),
    ({}, {"web": 12}, (30, 0)),
]:
    levels = [k for k in {**reference, **current} if reference.get(k, 0) + current.get(k, 0) > 0]
    sides = [[side.get(k, 0) for k in levels] + [n] * (sum(nulls) > 0) for side, n in zip((reference, current), nulls)]
    case = {"reference_counts": reference, "current_counts": current}
    case["nulls"] = {"reference": nulls[0], "current": nulls[1]}
    categorical_cases.append({**case, **psi(*sides)})
keep("categorical-psi", categorical_cases)

wilson_cases = []
for successes, trials in [(0, 1), (1, 1), (0, 40), (40, 40), (81, 263), (3, 7), (999, 100_000), (123_456, 10_000_000)]:
    interval = stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    wilson_cases.append({"successes": successes, "trials": trials, "low": interval.low, "high": interval.high})
keep("wilson", wilson_cases)

rank_cases = []
for p in (0.5, 0.9, 0.95, 0.99, 0.999, 0.01):
    for n in (1, 5, 10, 60, 99, 367, 368, 369, 1_000, 3_688, 20_000, 1_234_567, 80_000_000):
        low, high = (int(rank) for rank in stats.binom.ppf([0.025, 0.975], n, p))
        rank_cases.append({"n": n, "p": p, "low": low or None, "high": high + 1 if high < n else None})
keep("quantile-ranks", rank_cases)

discovery_cases = []
for p_values in [
    [0.03], [1.0, 1.0, 1.0], [0, 0, 0.5], [0.01, 0.02, 0.03, 0.04, 0.05], [0.5, 0.01, 0.5, 0.01],
    generated(5, 29).tolist(), (generated(6, 60) ** 4).tolist(), generated(7, 200, grid=1 / 16).tolist(),
]:  # fmt: skip
    adjusted = stats.false_discovery_control(p_values).tolist()
    discovery_cases.append({"p_values": p_values, "adjusted": adjusted})
keep("false-discovery", discovery_cases)
