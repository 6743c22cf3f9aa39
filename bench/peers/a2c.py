"""Times A2C with a large set of actions in PyTorch and prints one JSON line. See README.md beside this file.

A simulator in numpy, 100 episodes of 30 turns side by side, the last 3 turns averaged as the state (item vector and last reward),
a trunk of 64 and 64, a linear head over all items, GAE with lambda 1, minibatches of 1024, Adam. Seconds are of one collection
of 3,000 turns with its update; the median of several.
"""

import argparse
import json
import resource
import statistics
import time

import sasrec
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

WINDOW, DISCOUNT, BATCH = 3, 0.9, 1024


class Rewards:
    """What each pair of user and item pays, 0 to 1: one number a cell, or the product of factors where those would not fit."""

    def __init__(self, random, users, items, width):
        self.users, self.items = users, items
        self.factors = width > 0
        if self.factors:
            self.of_user = random.random((users, width), dtype=np.float32) / np.float32(width)
            self.of_item = random.random((items, width), dtype=np.float32)
        else:
            self.cells = random.random((users, items), dtype=np.float32)

    def __call__(self, users, items):
        if self.factors:
            return np.einsum("nf,nf->n", self.of_user[users], self.of_item[items])
        return self.cells[users, items]


class Policy(nn.Module):
    """Item `items` of the table is what a window begins with."""

    def __init__(self, items, width, hidden):
        super().__init__()
        self.items = nn.Embedding(items + 1, width)
        nn.init.normal_(self.items.weight, std=0.1)
        self.first, self.second = nn.Linear(width + 1, hidden), nn.Linear(hidden, hidden)
        self.actor, self.critic = nn.Linear(hidden, items), nn.Linear(hidden, 1)

    def forward(self, window, rewards, share):
        """Logits [B, items] and values [B] of windows of items and of rewards [B, WINDOW], weighed by share [B, WINDOW]."""
        vectors = torch.einsum("bw,bwd->bd", share, self.items(window))
        state = torch.cat((vectors, (share * rewards).sum(1, keepdim=True)), 1)
        features = F.relu(self.second(F.relu(self.first(state))))
        return self.actor(features), self.critic(features).squeeze(1)


def draw(logits, random, how):
    """An action of each row with probability softmax(logits)."""
    if how == "multinomial":
        return torch.multinomial(F.softmax(logits, 1), 1).squeeze(1).numpy()
    weights = torch.exp(logits - logits.max(1, keepdim=True).values)
    if how == "torch":
        sums = weights.cumsum(1)
        points = torch.from_numpy(random.random((len(logits), 1), dtype=np.float32)) * sums[:, -1:]
        return torch.searchsorted(sums, points, right=True).squeeze(1).clamp_(max=logits.shape[1] - 1).numpy()
    # A row at a time: a cumulative sum along a contiguous row, a binary search in it.
    rows = weights.numpy()
    points = random.random(len(rows))
    actions = np.empty(len(rows), dtype=np.int64)
    for row, weight in enumerate(rows):
        sums = np.cumsum(weight)
        actions[row] = np.searchsorted(sums, points[row] * sums[-1], side="right")
    return np.minimum(actions, logits.shape[1] - 1)


def collect(policy, rewards, random, episodes, length, how):
    """Windows, their rewards and shares, actions and pay of each turn, [length, episodes, …], and values with one more for the end."""
    begin = rewards.items
    users = random.integers(0, rewards.users, episodes)
    # The begin token and what follows, so that a window is a slice.
    items = np.full((WINDOW + length, episodes), begin)
    observed = np.ones((WINDOW + length, episodes), dtype=np.float32)
    shares = np.zeros((length, WINDOW), dtype=np.float32)
    values = np.zeros((length + 1, episodes), dtype=np.float32)
    with torch.no_grad():
        for turn in range(length):
            # One begin token stands before the first turn; the places before it are empty.
            known = min(turn + 1, WINDOW)
            shares[turn, WINDOW - known :] = 1 / known
            window = torch.from_numpy(items[turn : turn + WINDOW].T.copy())
            seen = torch.from_numpy(observed[turn : turn + WINDOW].T.copy())
            share = torch.from_numpy(np.broadcast_to(shares[turn], (episodes, WINDOW)).copy())
            logits, value = policy(window, seen, share)
            action = draw(logits, random, how)
            values[turn] = value.numpy()
            items[WINDOW + turn] = action
            observed[WINDOW + turn] = rewards(users, action)
    return items, observed, shares, values


def returns(pay, values):
    """Discounted sums of what follows (GAE with lambda 1) and advantages, [length, episodes]; an episode ends with its last turn."""
    total = np.empty_like(pay)
    following = np.zeros(pay.shape[1], dtype=np.float32)
    for turn in range(len(pay) - 1, -1, -1):
        following = pay[turn] + DISCOUNT * following
        total[turn] = following
    return total, total - values[:-1]


def learn(policy, optimizer, random, collected, length, episodes):
    items, observed, shares, values = collected
    total, advantage = returns(observed[WINDOW:], values)
    turns = np.arange(length)[:, None] + np.arange(WINDOW)
    flat = lambda array: torch.from_numpy(np.ascontiguousarray(array))  # noqa: E731
    windows = flat(items[turns].transpose(0, 2, 1).reshape(-1, WINDOW))
    seen = flat(observed[turns].transpose(0, 2, 1).reshape(-1, WINDOW))
    share = flat(np.repeat(shares, episodes, 0))
    actions, advantages, targets = flat(items[WINDOW:].ravel()), flat(advantage.ravel()), flat(total.ravel())
    order = torch.from_numpy(random.permutation(len(actions)))
    batches = list(order.split(BATCH))
    if len(batches) > 1 and len(batches[-1]) < BATCH:
        batches[-2:] = [torch.cat(batches[-2:])]
    for batch in batches:
        logits, value = policy(windows[batch], seen[batch], share[batch])
        actor = (F.cross_entropy(logits, actions[batch], reduction="none") * advantages[batch]).mean()
        critic = F.mse_loss(value, targets[batch])
        optimizer.zero_grad(set_to_none=True)
        (actor + 0.5 * critic).backward()
        optimizer.step()
    return actor.item(), critic.item()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=290)
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--factors", type=int, default=0, help="width of the rewards' factors; 0 is one number a cell")
    parser.add_argument("--width", type=int, default=40)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--length", type=int, default=30)
    parser.add_argument("--collections", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--draw", choices=["torch", "rows", "multinomial"], default="torch")
    arguments = parser.parse_args()
    sasrec.start(arguments.threads, arguments.seed)
    random = np.random.Generator(np.random.SFC64(arguments.seed))
    rewards = Rewards(random, arguments.users, arguments.items, arguments.factors)
    policy = Policy(arguments.items, arguments.width, arguments.hidden)
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3, foreach=True)
    times, processor, collecting, earned = [], [], [], []
    for _ in range(arguments.warmup + arguments.collections):
        begin, used = time.perf_counter(), time.process_time()
        collected = collect(policy, rewards, random, arguments.episodes, arguments.length, arguments.draw)
        collecting.append(time.perf_counter() - begin)
        actor, critic = learn(policy, optimizer, random, collected, arguments.length, arguments.episodes)
        times.append(time.perf_counter() - begin)
        processor.append(time.process_time() - used)
        earned.append(float(collected[1][WINDOW:].sum() / arguments.episodes))
    timed = times[arguments.warmup :]
    turns = arguments.episodes * arguments.length
    print(
        json.dumps(
            {
                "peer": "a2c",
                "seconds": round(statistics.median(timed), 5),
                "fastest": round(min(timed), 5),
                "processor": round(statistics.median(processor[arguments.warmup :]), 5),
                "collecting": round(statistics.median(collecting[arguments.warmup :]), 5),
                "stepsPerSecond": round(turns / statistics.median(timed)),
                "earned": [round(earned[0], 3), round(earned[-1], 3)],
                "actor": round(actor, 4),
                "critic": round(critic, 4),
                "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                **vars(arguments),
                "torch": torch.__version__,
                "blas": sasrec.blas(),
            }
        )
    )


if __name__ == "__main__":
    main()
