"""One training step of the mean of personalized bridges in PyTorch: what bench/bridges/step.ts does, with all histories padded beforehand.

--turn agents: one turn of the agents of MARCO instead. They play 512 rows, and learn from them in four passes of minibatches of 256 (MAPPO)."""
import argparse
import json
import time

import numpy as np
import torch

parser = argparse.ArgumentParser()
defaults = (("users", 4000), ("items", 20000), ("sources", 3), ("behaviors", 20), ("width", 11), ("hidden", 50), ("batch", 256), ("threads", 1), ("steps", 100))
for name, default in defaults:
    parser.add_argument(f"--{name}", type=int, default=default)
parser.add_argument("--turn", choices=("bridges", "agents"), default="bridges")
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


def perceptron(inputs, hidden=10, bias=True):
    layers = (torch.nn.Linear(inputs, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, hidden), torch.nn.Tanh())
    return torch.nn.Sequential(*layers, torch.nn.Linear(hidden, 1, bias=bias))


class Team(torch.nn.Module):
    """One actor and one critic of all sources."""

    def __init__(self):
        super().__init__()
        self.actor, self.critic = perceptron(2 * n + 1, bias=False), perceptron(4 * n + 2)
        self.log_deviation = torch.nn.Parameter(torch.full((1,), -0.5))

    def forward(self, item, vectors, heard):
        scores = (vectors * item.unsqueeze(1)).sum(2)  # [B, S]
        observed = torch.cat([item.unsqueeze(1).expand(-1, S, -1), vectors, scores.unsqueeze(2)], 2)
        among = (scores * heard) - (1 - heard) * 1e9
        loudest = (among == among.max(1, keepdim=True).values).float()
        loudest = loudest / loudest.sum(1, keepdim=True) * heard
        state = torch.cat([item, (vectors * loudest.unsqueeze(2)).sum(1), (scores * loudest).sum(1, keepdim=True)], 1)
        seen = torch.cat([state.unsqueeze(1).expand(-1, S, -1), observed], 2)
        return scores, self.actor(observed).squeeze(2), self.critic(seen).squeeze(2)


team = Team()
team_optimizer = torch.optim.Adam(team.parameters(), lr=0.01, eps=1e-5, foreach=True)
LOG_ROOT = 0.5 * np.log(2 * np.pi)


def turn(rows, batch=256, passes=4, clip=0.2):
    user, item, given = rater[rows], items[rated[rows]], rating[rows]
    heard = known[:, user].squeeze(2).t()  # [B, S]
    with torch.no_grad():
        vectors = torch.stack([bridge(users[s, user], items[behaviors[s, user]], keep[s, user]) for s, bridge in enumerate(bridges)], 1)
        scores, means, values = team(item, vectors, heard)
        noise = torch.randn_like(means)
        deviation = team.log_deviation.exp()
        actions = means + deviation * noise
        old = -0.5 * noise * noise - team.log_deviation - LOG_ROOT
        weights = torch.softmax(actions - (1 - heard) * 1e9, 1) * heard
        predicted = (weights * scores).sum(1, keepdim=True)
        reward = -((predicted - given.unsqueeze(1)) ** 2)
        changed = weights * (means - actions).exp()  # had an agent said what it says on average
        otherwise = (predicted - weights * scores + changed * scores) / (1 - weights + changed)
        ahead = reward + (otherwise - given.unsqueeze(1)) ** 2
        advantages = (ahead - ahead.mean()) / (ahead.std(unbiased=False) + 1e-8)
        returns = reward.expand(-1, S)
    for _ in range(passes):
        for part in torch.randperm(len(rows)).split(batch):
            mask = heard[part]
            _, mean, value = team(item[part], vectors[part], mask)
            z = (actions[part] - mean) * (-team.log_deviation).exp()
            ratio = (-0.5 * z.square() - team.log_deviation - LOG_ROOT - old[part]).exp()
            advantage = advantages[part]
            actor = -torch.min(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage).mean()
            near = values[part] + (value - values[part]).clamp(-clip, clip)
            errors = [torch.nn.functional.huber_loss(x, returns[part], reduction="none", delta=1.0) for x in (near, value)]
            critic = (torch.max(*errors) * mask).mean()
            logits = mean - (1 - mask) * 1e9
            entropy = -((torch.softmax(logits, 1) * mask) * torch.log_softmax(logits, 1)).sum(1).mean()
            loss = actor + 0.5 * critic + 0.001 * entropy
            team_optimizer.zero_grad(set_to_none=True)
            loss.backward()
            team_optimizer.step()
            with torch.no_grad():
                team.log_deviation.clamp_(-3, 1)


work, size = (step, options.batch) if options.turn == "bridges" else (turn, 512)
order = torch.randperm(len(rated))
taken = []
for at in range(options.steps + 5):
    clock, processor = time.perf_counter(), time.process_time()
    work(order[at * size : (at + 1) * size])
    taken.append((time.perf_counter() - clock, time.process_time() - processor))
clocks, processors = zip(*taken[5:])
print(json.dumps({"milliseconds": 1e3 * np.median(clocks), "processor": 1e3 * np.median(processors), "threads": options.threads}))
