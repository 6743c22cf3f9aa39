"""Golden values of il-rec: its network, its critic, its discriminator and three updates of each, computed with PyTorch's own layers.

The encoder is `torch.nn.TransformerEncoder`, gradients are autograd's and steps are `torch.optim.Adam`'s. Run `python3 test/golden/il-rec.py`; it
rewrites il-rec.json beside this file. Values are computed in float64 from weights that are exact in float32.

Weights stand under the names of the TypeScript sources, with vectors as rows (y = x W + b): matrices of linear layers are transposed, the
in-projection of attention is cut in three, and row 0 of a table is nobody's.
"""

import json
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from sasrec import compact

torch.set_default_dtype(torch.float64)

WIDTH, WINDOW, LAYERS, HEADS, ACTIONS, USERS, BATCH, STEPS = 8, 3, 2, 1, 5, 3, 6, 3
CLAMP, GAMMA, ENTROPY, IMITATION, CLIP = 1.5, 0.5, 0.1, 0.25, 5.0
RATE, TARGET_EVERY, HIDDEN = 0.01, 2, 4


class Policy(nn.Module):
    def __init__(self, knows_users):
        super().__init__()
        self.items = nn.Embedding(ACTIONS + 1, WIDTH, padding_idx=0)
        self.users = nn.Embedding(USERS + 1, WIDTH, padding_idx=0) if knows_users else None
        self.reward = nn.Linear(1, WIDTH)
        self.positions = nn.Embedding(WINDOW, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, WIDTH, dropout=0.0, activation="relu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, LAYERS)
        self.norm = nn.LayerNorm(WIDTH)
        self.actor = nn.Linear(WIDTH, ACTIONS)

    def states(self, items, rewards, users):
        x = torch.tanh(self.items(items) + self.reward(rewards.unsqueeze(2)) + self.positions.weight)
        hidden = items == 0
        empty = hidden.all(1)
        opened = hidden.clone()
        opened[empty, -1] = False
        newest = self.encoder(x, src_key_padding_mask=opened)[:, -1]
        newest = torch.where(empty.unsqueeze(1), torch.zeros_like(newest), newest)
        if self.users is not None:
            newest = newest + self.users(users)
        return F.relu(self.norm(newest))

    def logits(self, states):
        return CLAMP * torch.tanh(self.actor(states) / CLAMP)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk, self.q, self.v = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, ACTIONS), nn.Linear(WIDTH, 1)

    def forward(self, states):
        hidden = F.relu(self.trunk(states))
        return self.q(hidden), self.v(hidden).squeeze(1)


def randomize(module, seed):
    random = np.random.default_rng(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            drawn = (0.4 * random.standard_normal(tuple(parameter.shape))).astype(np.float32)
            parameter.copy_(torch.tensor(drawn.astype(np.float64)))
        for one in module.modules():
            if isinstance(one, nn.Embedding) and one.padding_idx == 0:
                one.weight[0] = 0
            if isinstance(one, nn.LayerNorm):
                one.weight += 1


def linear(name, layer):
    return {f"{name}/weight": layer.weight.T, f"{name}/bias": layer.bias}


def policy_weights(policy, of=lambda parameter: parameter):
    weights = {"items": of(policy.items.weight), "positions": of(policy.positions.weight)}
    if policy.users is not None:
        weights["users"] = of(policy.users.weight)
    weights |= {"reward/weight": of(policy.reward.weight).T, "reward/bias": of(policy.reward.bias)}
    for i, layer in enumerate(policy.encoder.layers):
        block = f"encoder/block{i}"
        attention = layer.self_attn
        for part, weight, bias in zip(
            ("query", "key", "value"), of(attention.in_proj_weight).chunk(3), of(attention.in_proj_bias).chunk(3)
        ):
            weights |= {f"{block}/{part}/weight": weight.T, f"{block}/{part}/bias": bias}
        for part, one in (("output", attention.out_proj), ("inner", layer.linear1), ("outer", layer.linear2)):
            weights |= {f"{block}/{part}/weight": of(one.weight).T, f"{block}/{part}/bias": of(one.bias)}
        for part, one in (("norm1", layer.norm1), ("norm2", layer.norm2)):
            weights |= {f"{block}/{part}/gain": of(one.weight), f"{block}/{part}/bias": of(one.bias)}
    weights |= {"state/gain": of(policy.norm.weight), "state/bias": of(policy.norm.bias)}
    # The actor has a row for each action.
    return weights | {"actor/weight": of(policy.actor.weight), "actor/bias": of(policy.actor.bias)}


def critic_weights(critic):
    pad = lambda rows: torch.cat((torch.zeros_like(rows[:1]), rows))
    return {
        "critic/trunk/weight": critic.trunk.weight.T,
        "critic/trunk/bias": critic.trunk.bias,
        "critic/q/weight": pad(critic.q.weight),
        "critic/q/bias": pad(critic.q.bias.unsqueeze(1)),
        "critic/v/weight": critic.v.weight.T,
        "critic/v/bias": critic.v.bias,
    }


def plain(tensors):
    return {name: compact(x.detach().numpy()) for name, x in tensors.items()}


def drawn_batch(random, empty):
    items = random.integers(1, ACTIONS + 1, (BATCH, WINDOW))
    for b in range(BATCH):
        items[b, : b % (WINDOW + 1)] = 0
    if not empty:
        items[:, -1] = np.maximum(items[:, -1], 1)
    rewards = np.where(items > 0, random.integers(1, 6, items.shape) / 5, 0)
    return {
        "items": items,
        "rewards": rewards.astype(np.float32).astype(np.float64),
        "users": random.integers(0, USERS + 1, BATCH),
        "actions": random.integers(0, ACTIONS, BATCH),
        "demonstrated": random.integers(0, 2, BATCH).astype(np.float64),
        "weights": random.integers(1, 9, BATCH) / 4.0,
        "paid": random.integers(1, 6, BATCH).astype(np.float64),
        "done": random.integers(0, 2, BATCH).astype(np.float64),
        "next": (random.integers(-8, 9, (BATCH, WIDTH)) / 8.0),
    }


def case(knows_users, seed):
    policy, critic, discriminator = Policy(knows_users), Critic(), None
    randomize(policy, seed)
    randomize(critic, seed + 1)
    discriminator = nn.Sequential(nn.Linear(2 * WIDTH, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))
    randomize(discriminator, seed + 2)
    target = Critic()
    target.load_state_dict(critic.state_dict())
    random = np.random.default_rng(seed + 3)
    batches = [drawn_batch(random, empty=True) for _ in range(STEPS)]
    told = {
        "user": "vector" if knows_users else "none",
        "policy": plain(policy_weights(policy)),
        "critic": plain(critic_weights(critic)),
        "discriminator": plain(
            linear("discriminator/inner", discriminator[0]) | linear("discriminator/outer", discriminator[2])
        ),
        "batches": [{name: compact(np.asarray(x, dtype=float)) for name, x in batch.items()} for batch in batches],
    }
    adams = [torch.optim.Adam(one.parameters(), lr=RATE) for one in (policy, critic, discriminator)]
    expected = {"steps": []}
    least = None
    for step, batch in enumerate(batches, start=1):
        t = {name: torch.tensor(x) for name, x in batch.items()}
        states = policy.states(t["items"], t["rewards"], t["users"])
        # The discriminator, on pairs of states and items as they are.
        pairs = torch.cat((states, policy.items(t["actions"] + 1)), 1).detach()
        chances = torch.sigmoid(discriminator(pairs).squeeze(1))
        judged = F.binary_cross_entropy(chances, 1 - t["demonstrated"])
        adams[2].zero_grad()
        judged.backward()
        # The critic, on states that it takes as given.
        fixed = states.detach()
        q, v = critic(fixed)
        with torch.no_grad():
            y = t["paid"] + GAMMA * (1 - t["done"]) * target(t["next"])[1]
        own = torch.where(t["demonstrated"] > 0, t["weights"], torch.ones(BATCH))
        taken = q.gather(1, t["actions"].unsqueeze(1)).squeeze(1)
        critic_loss = (own * (taken - y) ** 2).mean() + ((v - y) ** 2).mean()
        adams[1].zero_grad()
        critic_loss.backward()
        adams[1].step()
        if step % TARGET_EVERY == 0:
            target.load_state_dict(critic.state_dict())
        # The policy, by the critic as it is now.
        with torch.no_grad():
            q, v = critic(fixed)
            advantage = q.gather(1, t["actions"].unsqueeze(1)).squeeze(1) - v
            advantage = advantage - advantage.mean()
            advantage = (advantage / max(float(advantage.std(unbiased=False)), 1e-8)).clamp(-CLIP, CLIP)
        logits = policy.logits(states)
        distribution = torch.distributions.Categorical(logits=logits)
        log = distribution.log_prob(t["actions"])
        actor = -(advantage * log).mean()
        entropy = distribution.entropy().mean()
        shown = t["demonstrated"] > 0
        imitation = (t["weights"] * -log)[shown].mean() if shown.any() else torch.zeros(())
        loss = actor - ENTROPY * entropy + IMITATION * imitation
        adams[0].zero_grad()
        loss.backward()
        adams[0].step()
        adams[2].step()
        sizes = {name: x.detach().abs() for name, x in policy_weights(policy, lambda p: p.grad).items()}
        least = sizes if least is None else {name: torch.minimum(least[name], x) for name, x in sizes.items()}
        expected["steps"].append(
            {
                "states": compact(states.detach().numpy()),
                "logits": compact(logits.detach().numpy()),
                "chances": compact(chances.detach().numpy()),
                "losses": {
                    "discriminator": float(judged),
                    "critic": float(critic_loss),
                    "loss": float(loss),
                    "actor": float(actor),
                    "imitation": float(imitation),
                },
            }
        )
    expected["policy"] = plain(policy_weights(policy))
    expected["leastGradients"] = plain(least)
    expected["critic"] = plain(critic_weights(critic))
    expected["discriminator"] = plain(
        linear("discriminator/inner", discriminator[0]) | linear("discriminator/outer", discriminator[2])
    )
    return told | {"expected": expected}


if __name__ == "__main__":
    names = "width window layers heads actions users batch clamp gamma entropy imitation clip rate targetEvery hidden"
    given = (WIDTH, WINDOW, LAYERS, HEADS, ACTIONS, USERS, BATCH, CLAMP, GAMMA)
    given += (ENTROPY, IMITATION, CLIP, RATE, TARGET_EVERY, HIDDEN)
    golden = {"config": dict(zip(names.split(), given)), "cases": [case(True, 11), case(False, 22)]}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "il-rec.json")
    with open(path, "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")
