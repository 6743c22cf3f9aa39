"""One training step of the mean of personalized bridges in PyTorch: what bench/bridges/step.ts does, with all histories padded beforehand."""
import argparse
import json
import time

import numpy as np
import torch

parser = argparse.ArgumentParser()
defaults = (("users", 4000), ("items", 20000), ("sources", 3), ("behaviors", 20), ("width", 11), ("hidden", 50), ("batch", 256), ("threads", 1), ("steps", 100))
for name, default in defaults:
    parser.add_argument(f"--{name}", type=int, default=default)
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(1)
S, T, n = options.sources, options.behaviors, options.width

rng = np.random.default_rng(1)
users = torch.randn(S, options.users, n)
items = torch.randn(options.items + 1, n)
behaviors = torch.tensor(rng.integers(1, options.items + 1, (S, options.users, T)))
keep = torch.ones(S, options.users, T)
known = torch.ones(S, options.users, 1)
rated = torch.tensor(rng.integers(1, options.items + 1, 160000))
rater = torch.tensor(rng.integers(0, options.users, 160000))
rating = torch.randn(160000)


class Bridge(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = torch.nn.Sequential(torch.nn.Linear(n, n), torch.nn.ReLU(), torch.nn.Linear(n, 1, bias=False))
        self.meta = torch.nn.Sequential(torch.nn.Linear(n, options.hidden), torch.nn.ReLU(), torch.nn.Linear(options.hidden, n * n))

    def forward(self, vector, liked, mask):
        logits = self.attention(liked).squeeze(2) + (mask - 1) * 1e9
        weights = torch.softmax(logits, 1) * mask
        q = torch.bmm(weights.unsqueeze(1), liked).squeeze(1)
        return torch.bmm(vector.unsqueeze(1), self.meta(q).view(-1, n, n)).squeeze(1)


bridges = torch.nn.ModuleList(Bridge() for _ in range(S))
optimizer = torch.optim.Adam(bridges.parameters(), lr=0.01, weight_decay=1e-4, foreach=True)


def step(rows):
    user, item = rater[rows], rated[rows]
    count = known[:, user].sum(0).clamp(min=1)
    total = sum(
        bridge(users[s, user], items[behaviors[s, user]], keep[s, user]) * known[s, user] for s, bridge in enumerate(bridges)
    )
    loss = (((total / count) * items[item]).sum(1) - rating[rows]).square().mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


order = torch.randperm(len(rated))
taken = []
for at in range(options.steps + 5):
    clock, processor = time.perf_counter(), time.process_time()
    step(order[at * options.batch : (at + 1) * options.batch])
    taken.append((time.perf_counter() - clock, time.process_time() - processor))
clocks, processors = zip(*taken[5:])
print(json.dumps({"milliseconds": 1e3 * np.median(clocks), "processor": 1e3 * np.median(processors), "threads": options.threads}))
