"""Golden values of MARCO's agents and of one MAPPO update, computed with PyTorch and its automatic differentiation.

The plainest form, which shares nothing with the TypeScript sources: one user and item at a time, and of these one known domain after the
other; unknown domains are left out instead of masked. Run `python3 test/golden/marco.py`; it rewrites marco.json beside this file. Values
are computed in float64 from weights that are exact in float32; `float32Difference` says how far float32 strays.

Weights by name, with vectors as rows (y = x W + b): `{actor, critic}/layer{0, 1, 2}/{weight, bias}` with tanh between them, without the actor's last
bias (it would cancel), and `actor/logDeviation`. An agent sees o = [v ; e ; <e, v>], and where agents are told apart a one-hot of which it is; the critic [g ; o] with
g = [v ; e' ; <e', v>] of the known domain whose <e', v> is largest.
"""

import json
import math
import os

import numpy as np
import torch

from sasrec import compact, largest_difference

WIDTH = 4
AGENTS = 3
HIDDEN = 3
CLIP = 0.2
VALUE_COEFFICIENT = 0.5
LEARNING_RATE = 0.01
EPSILON = 1e-5
KNOWN = [[1, 1, 1], [1, 0, 1], [0, 1, 0], [1, 1, 1], [0, 1, 1], [1, 1, 0]]


def drawn(random, shape, scale=1.0):
    return (scale * random.standard_normal(shape)).astype(np.float32).astype(np.float64)


def drawn_weights(random, told):
    observed, state = 2 * WIDTH + 1 + (AGENTS if told else 0), 2 * WIDTH + 1
    weights = {"actor/logDeviation": drawn(random, (1,), 0.3)}
    for name, inputs in (("actor", observed), ("critic", state + observed)):
        widths = [inputs, HIDDEN, HIDDEN, 1]
        for i in range(3):
            weights[f"{name}/layer{i}/weight"] = drawn(random, (widths[i], widths[i + 1]), 0.6)
            if name == "critic" or i < 2:
                weights[f"{name}/layer{i}/bias"] = drawn(random, (widths[i + 1],), 0.3)
    return weights


def perceptron(w, name, x):
    for i in range(3):
        x = x @ w[f"{name}/layer{i}/weight"]
        if f"{name}/layer{i}/bias" in w:
            x = x + w[f"{name}/layer{i}/bias"]
        if i < 2:
            x = torch.tanh(x)
    return x[0]


def agents_of(w, item, vectors, known, told):
    """mu and V of each known domain, by its place."""
    heard = [d for d in range(AGENTS) if known[d]]
    loudest = max(heard, key=lambda d: float(vectors[d] @ item))
    state = torch.cat([item, vectors[loudest], (vectors[loudest] @ item).reshape(1)])
    means, values = {}, {}
    for d in heard:
        seen = [item, vectors[d], (vectors[d] @ item).reshape(1)]
        if told:
            seen.append(torch.eye(AGENTS, dtype=item.dtype)[d])
        observed = torch.cat(seen)
        means[d] = perceptron(w, "actor", observed)
        values[d] = perceptron(w, "critic", torch.cat([state, observed]))
    return means, values


def bent(x, loss):
    if loss == "square":
        return x * x
    return torch.where(x.abs() <= 1, x * x / 2, x.abs() - 0.5)


def update(w, scene, played, case, dtype):
    items, vectors = (torch.tensor(scene[key], dtype=dtype) for key in ("items", "vectors"))
    old = {key: torch.tensor(played[key], dtype=dtype) for key in played}
    B = len(KNOWN)
    deviation = torch.exp(w["actor/logDeviation"][0])
    actor, critic, entropy = (torch.zeros((), dtype=dtype) for _ in range(3))
    out = {key: np.zeros((B, AGENTS)) for key in ("means", "values", "weights", "ratios")}
    for b in range(B):
        means, values = agents_of(w, items[b], vectors[b], KNOWN[b], case["told"])
        total = sum(torch.exp(means[d]) for d in means)
        for d in means:
            share = torch.exp(means[d]) / total
            entropy = entropy - share * torch.log(share) / B
            action = old["actions"][b, d]
            logged = -((action - means[d]) ** 2) / (2 * deviation**2) - torch.log(deviation) - 0.5 * math.log(2 * math.pi)
            ratio = torch.exp(logged - old["logProbabilities"][b, d])
            if not case["rewarded"]:
                ratio = ratio.detach()
            advantage = old["advantages"][b, d]
            surrogate = torch.minimum(ratio * advantage, torch.clamp(ratio, 1 - CLIP, 1 + CLIP) * advantage)
            actor = actor - surrogate / (B * AGENTS)
            target, before = old["returns"][b, d], old["values"][b, d]
            near = before + torch.clamp(values[d] - before, -CLIP, CLIP)
            error = torch.maximum(bent(target - near, case["valueLoss"]), bent(target - values[d], case["valueLoss"]))
            critic = critic + error / (B * AGENTS)
            for key, x in (("means", means[d]), ("values", values[d]), ("weights", share), ("ratios", ratio)):
                out[key][b, d] = float(x)
    loss = actor + VALUE_COEFFICIENT * critic + case["entropy"] * entropy
    return loss, {**out, "actor": float(actor), "critic": float(critic), "entropy": float(entropy), "loss": float(loss)}


def run(weights, scene, played, case, dtype):
    w = {name: torch.tensor(value, dtype=dtype, requires_grad=True) for name, value in weights.items()}
    loss, out = update(w, scene, played, case, dtype)
    loss.backward()
    gradients = {name: np.zeros(weights[name].shape) if x.grad is None else x.grad.numpy().copy() for name, x in w.items()}
    for x in w.values():
        if x.grad is None:
            x.grad = torch.zeros_like(x)
    torch.optim.Adam(list(w.values()), lr=LEARNING_RATE, eps=EPSILON).step()
    _, after = update(w, scene, played, case, dtype)
    return {
        **out,
        "gradients": gradients,
        "weightsAfterOneStep": {name: x.detach().numpy() for name, x in w.items()},
        "ratiosAfterOneStep": after["ratios"],
    }


def main():
    random = np.random.RandomState(20261131)
    B = len(KNOWN)
    scene = {"items": drawn(random, (B, WIDTH)), "vectors": drawn(random, (B, AGENTS, WIDTH))}
    cases = []
    for case in (
        {"told": False, "valueLoss": "huber", "entropy": 0.0, "rewarded": True},
        {"told": True, "valueLoss": "square", "entropy": 0.15, "rewarded": True},
        {"told": True, "valueLoss": "huber", "entropy": -1.5, "rewarded": True},
        {"told": False, "valueLoss": "huber", "entropy": 0.15, "rewarded": False},
    ):
        weights = drawn_weights(random, case["told"])
        # The policy has moved since it acted, so that some ratios and some values are beyond the clip.
        moved = {name: value + drawn(random, value.shape, 0.2) for name, value in weights.items()}
        old = {name: torch.tensor(value) for name, value in moved.items()}
        played = {key: np.zeros((B, AGENTS)) for key in ("actions", "logProbabilities", "advantages", "returns", "values")}
        for b in range(B):
            items, vectors = torch.tensor(scene["items"][b]), torch.tensor(scene["vectors"][b])
            means, values = agents_of(old, items, vectors, KNOWN[b], case["told"])
            deviation = math.exp(moved["actor/logDeviation"][0])
            for d in means:
                noise = float(random.standard_normal())
                played["actions"][b, d] = float(means[d]) + deviation * noise
                played["logProbabilities"][b, d] = -noise**2 / 2 - math.log(deviation) - 0.5 * math.log(2 * math.pi)
                played["advantages"][b, d] = random.standard_normal()
                played["returns"][b, d] = random.standard_normal()
                played["values"][b, d] = float(values[d])
        played = {key: value.astype(np.float32).astype(np.float64) for key, value in played.items()}
        exact = run(weights, scene, played, case, torch.float64)
        single = run(weights, scene, played, case, torch.float32)
        beyond = int((np.abs(exact["ratios"][np.array(KNOWN) == 1] - 1) > CLIP).sum())
        assert 0 < beyond < np.sum(KNOWN), beyond
        difference = {key: largest_difference(exact[key], single[key]) for key in exact}
        print(beyond, difference)
        cases.append({**case, "weights": weights, "played": played, "expected": exact, "float32Difference": difference})
    golden = {
        "config": {
            "width": WIDTH, "agents": AGENTS, "hidden": HIDDEN, "clip": CLIP, "valueCoefficient": VALUE_COEFFICIENT,
            "learningRate": LEARNING_RATE, "epsilon": EPSILON,
        },
        "known": KNOWN, **scene, "cases": cases,
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "marco.json")
    with open(path, "w") as file:
        json.dump(compact(golden), file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
