"""Times IL-Rec's training loop in PyTorch and prints one JSON line. See README.md beside this file.

An iteration is an episode in a world where an item pays everybody the same, 0 to 5, and a user leaves at what pays less than `leave`. It acts
with dropout, remembers its steps, and corrects critic and policy once on eight of them each. Milliseconds are of an episode.
"""

import argparse
import json
import resource
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

USERS, WIDTH, WINDOW, CLAMP, GAMMA, BATCH = 2000, 32, 4, 15.0, 0.5, 8


class Policy(nn.Module):
    def __init__(self, items):
        super().__init__()
        self.users, self.items = nn.Embedding(USERS, WIDTH), nn.Embedding(items + 1, WIDTH, padding_idx=0)
        self.reward, self.positions = nn.Linear(1, WIDTH), nn.Embedding(WINDOW, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, 1, WIDTH, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.norm, self.actor = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, items)

    def states(self, users, items, rewards):
        x = torch.tanh(self.items(items) + self.reward(rewards.unsqueeze(2)) + self.positions.weight)
        hidden = items == 0
        empty = hidden[:, -1:]
        hidden = torch.cat((hidden[:, :-1], torch.zeros_like(empty)), 1)
        newest = self.encoder(x, src_key_padding_mask=hidden)[:, -1].masked_fill(empty, 0)
        return F.relu(self.norm(self.users(users) + newest))

    def logits(self, states):
        return CLAMP * torch.tanh(self.actor(states) / CLAMP)


class Critic(nn.Module):
    def __init__(self, items):
        super().__init__()
        self.trunk, self.q, self.v = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, items), nn.Linear(WIDTH, 1)

    def forward(self, states):
        hidden = F.relu(self.trunk(states))
        return self.q(hidden), self.v(hidden).squeeze(1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--episodes", type=int, default=300)
    parser.add_argument("--warmup", type=int, default=50)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--leave", type=float, default=0.4)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    random = np.random.default_rng(1)
    pays = 5 * random.random(options.items)
    policy, critic, target = Policy(options.items), Critic(options.items), Critic(options.items)
    target.load_state_dict(critic.state_dict())
    policy_adam = torch.optim.Adam(policy.parameters(), lr=1e-3)
    critic_adam = torch.optim.Adam(critic.parameters(), lr=1e-3)
    replay = []
    turns = 0

    def window(history):
        last = history[-WINDOW:]
        room = WINDOW - len(last)
        return [0] * room + [item for item, _ in last], [0.0] * room + [paid / 5 for _, paid in last]

    def states_of(records):
        items, rewards = zip(*(window(history) for _, history in records))
        users = torch.tensor([user for user, _ in records])
        return policy.states(users, torch.tensor(items), torch.tensor(rewards, dtype=torch.float32))

    for episode in range(options.warmup + options.episodes):
        if episode == options.warmup:
            started, used, turns = time.perf_counter(), time.process_time(), 0
        user, history = episode % USERS, []
        while len(history) < 100:
            with torch.no_grad():
                chances = F.softmax(policy.logits(states_of([(user, history)])), 1)
                action = int(torch.multinomial(chances, 1))
            paid = float(pays[action])
            replay.append((user, list(history[-WINDOW:]), action, paid, paid < options.leave))
            history.append((action + 1, paid))
            turns += 1
            if paid < options.leave:
                break
        drawn = [replay[i] for i in random.choice(len(replay), min(BATCH, len(replay)), replace=False)]
        actions = torch.tensor([record[2] for record in drawn])
        paid = torch.tensor([record[3] for record in drawn], dtype=torch.float32)
        done = torch.tensor([float(record[4]) for record in drawn])
        with torch.no_grad():
            states = states_of([(record[0], record[1]) for record in drawn])
            following = states_of([(r[0], r[1] + [(r[2] + 1, r[3])]) for r in drawn])
            y = paid + GAMMA * (1 - done) * target(following)[1]
        q, v = critic(states)
        taken = q.gather(1, actions.unsqueeze(1)).squeeze(1)
        loss = F.mse_loss(taken, y) + F.mse_loss(v, y)
        critic_adam.zero_grad()
        loss.backward()
        critic_adam.step()
        if (episode + 1) % 10 == 0:
            target.load_state_dict(critic.state_dict())
        drawn = [replay[i] for i in random.choice(len(replay), min(BATCH, len(replay)), replace=False)]
        actions = torch.tensor([record[2] for record in drawn])
        states = states_of([(record[0], record[1]) for record in drawn])
        with torch.no_grad():
            q, v = critic(states)
            advantage = q.gather(1, actions.unsqueeze(1)).squeeze(1) - v
            advantage = (advantage - advantage.mean()) / advantage.std(unbiased=False).clamp(min=1e-8)
            advantage = advantage.clamp(-5, 5)
        log = F.log_softmax(policy.logits(states), 1)
        spread = -(log.exp() * log).sum(1).mean()
        loss = -(advantage * log.gather(1, actions.unsqueeze(1)).squeeze(1)).mean() - 0.1 * spread
        policy_adam.zero_grad()
        loss.backward()
        policy_adam.step()
        with torch.no_grad():
            rows = policy.actor.weight
            rows.mul_((10 / rows.norm(dim=1, keepdim=True)).clamp(max=1))
            policy.actor.bias.clamp_(-5, 5)
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    print(
        json.dumps(
            {
                "items": options.items,
                "turns": round(turns / options.episodes, 2),
                "milliseconds": round(1000 * seconds / options.episodes, 3),
                "processor": round(1000 * processor / options.episodes, 3),
                "episodesPerSecond": round(options.episodes / seconds, 2),
                "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "threads": options.threads,
            }
        )
    )


if __name__ == "__main__":
    main()
