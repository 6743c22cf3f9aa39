"""A sparse matrix and its transpose times a dense one: the products of bench/engine/sparse.ts in PyTorch, the faster of COO and CSR."""
import argparse
import json
import time
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore")
parser = argparse.ArgumentParser()
for name, default in (("rows", 20000), ("columns", 10000), ("entries", 200000), ("width", 64), ("threads", 1), ("steps", 30)):
    parser.add_argument(f"--{name}", type=int, default=default)
options = parser.parse_args()
torch.set_num_threads(options.threads)

rng = np.random.default_rng(1)
weight = 1 / (np.arange(options.columns) + 10)
rows = rng.integers(0, options.rows, options.entries)
columns = rng.choice(options.columns, options.entries, p=weight / weight.sum())
matrix = torch.sparse_coo_tensor(
    np.stack([rows, columns]), torch.rand(options.entries), (options.rows, options.columns)
).coalesce()
turned = matrix.t().coalesce()
x = torch.randn(options.columns, options.width)
g = torch.randn(options.rows, options.width)


def measure(product, there, back):
    taken = []
    for step in range(options.steps + 3):
        clock, processor = time.perf_counter(), time.process_time()
        product(there, x)
        product(back, g)
        taken.append((time.perf_counter() - clock, time.process_time() - processor))
    clocks, processors = zip(*taken[3:])
    return {"milliseconds": 1e3 * np.median(clocks), "processor": 1e3 * np.median(processors)}


variants = {
    "coo": measure(torch.sparse.mm, matrix, turned),
    "csr": measure(torch.matmul, matrix.to_sparse_csr(), turned.to_sparse_csr()),
}
best = min(variants.values(), key=lambda variant: variant["processor"])
print(json.dumps({**best, "variants": variants, "threads": options.threads}))
