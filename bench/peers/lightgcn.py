"""One training step of LightGCN in PyTorch: what bench/graphs/lightgcn.ts does, on a graph of the same size and shape."""
import argparse
import json
import time

import numpy as np
import torch

parser = argparse.ArgumentParser()
defaults = (("users", 20000), ("items", 10000), ("rows", 200000), ("width", 64), ("batch", 2048), ("threads", 1), ("steps", 30))
for name, default in defaults:
    parser.add_argument(f"--{name}", type=int, default=default)
options = parser.parse_args()
torch.set_num_threads(options.threads)

rng = np.random.default_rng(1)
weight = 1 / (np.arange(options.items) + 10)
user = rng.integers(0, options.users, options.rows)
item = rng.choice(options.items, options.rows, p=weight / weight.sum())
pairs = np.unique(np.stack([user, item]), axis=1)
degrees = [np.bincount(side, minlength=size) for side, size in zip(pairs, (options.users, options.items))]
values = torch.tensor(1 / np.sqrt(degrees[0][pairs[0]] * degrees[1][pairs[1]]), dtype=torch.float32)
nodes = options.users + options.items
there, back = pairs[0], pairs[1] + options.users
graph = torch.sparse_coo_tensor(
    np.stack([np.concatenate([there, back]), np.concatenate([back, there])]), torch.cat([values, values]), (nodes, nodes)
).coalesce()

vectors = torch.nn.Parameter(torch.randn(nodes, options.width) * 0.1 / options.width**0.5)
optimizer = torch.optim.Adam([vectors], lr=0.005, weight_decay=1e-5, foreach=True)


class Heard(torch.autograd.Function):
    """The symmetric graph is its own transpose, which autograd does not know."""

    @staticmethod
    def forward(_, x):
        return torch.sparse.mm(graph, x)

    @staticmethod
    def backward(_, gradient):
        return torch.sparse.mm(graph, gradient)


def step():
    chosen = rng.integers(0, options.rows, options.batch)
    users, positives = torch.tensor(user[chosen]), torch.tensor(item[chosen]) + options.users
    negatives = torch.tensor(rng.integers(0, options.items, options.batch)) + options.users
    layer = vectors
    total = vectors
    for _ in range(3):
        layer = Heard.apply(layer)
        total = total + layer
    final = total / 4
    u = final[users]
    loss = torch.nn.functional.softplus((u * final[negatives]).sum(1) - (u * final[positives]).sum(1)).mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


taken = []
for _ in range(options.steps + 3):
    clock, processor = time.perf_counter(), time.process_time()
    step()
    taken.append((time.perf_counter() - clock, time.process_time() - processor))
clocks, processors = zip(*taken[3:])
print(json.dumps({"milliseconds": 1e3 * np.median(clocks), "processor": 1e3 * np.median(processors), "threads": options.threads}))
