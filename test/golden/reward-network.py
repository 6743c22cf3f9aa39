"""Golden values of the reward network of world models and of one step of its training, computed with PyTorch and its automatic
differentiation.

The plainest form, which shares nothing with the TypeScript sources: one pair at a time, labels as lists without padding, every
product of two fields written out. Run `python3 test/golden/reward-network.py`; it rewrites reward-network.json beside this file.
Values are computed in float64 from weights that are exact in float32; `float32Difference` says how far float32 strays.

Weights by name, with vectors as rows (y = x W + b): `vectors/<field>` [rows, d] and `linear/<field>` [rows, 1], of which row 0 is
zero and never learns (a stranger, no label); `layer{i}/{weight, bias}`; `mean/{weight, bias}`, `variance/{weight, bias}`; `linear/numbers`.
Users are rows 1 + id, items their id, labels 1 + id.
"""

import json
import math
import os

import numpy as np
import torch

from sasrec import compact, largest_difference

WIDTH = 3
HIDDEN = (5, 4)
USERS = 4
ITEMS = 6  # item 0 is PAD
GENDER = {"labels": ["a", "b"], "of": [[0], [1], [], [1]]}  # of each user
COLOR = {"labels": ["blue", "green", "red"], "of": [[], [0], [1, 2], [2], [0, 1, 2], []]}  # of each item
PRICE = [None, 3.0, 9.0, None, 4.0, 4.5]  # of each item
LEARNING_RATE = 0.01
# user (−1 is a stranger), item, reward, weight: three rows of a log and their negatives, one of which was not found
PAIRS = [(0, 1, 4.0, 1.0), (1, 2, 2.0, 0.5), (3, 4, 0.5, 1.5), (2, 3, 0.0, 1.0), (0, 5, 0.0, 0.0), (-1, 2, 0.0, 1.0)]
FIELDS = ["user", "user/gender", "item", "item/color"]


def drawn_weights(random):
    rows = {"user": USERS + 1, "user/gender": 3, "item": ITEMS, "item/color": 4}
    shapes = {f"vectors/{field}": (rows[field], WIDTH) for field in FIELDS}
    shapes.update({f"linear/{field}": (rows[field], 1) for field in FIELDS})
    inputs = len(FIELDS) * WIDTH + 1
    for i, units in enumerate(HIDDEN):
        shapes[f"layer{i}/weight"], shapes[f"layer{i}/bias"] = (inputs, units), (units,)
        inputs = units
    for head in ("mean", "variance"):
        shapes[f"{head}/weight"], shapes[f"{head}/bias"] = (inputs,), (1,)
    shapes["linear/numbers"] = (1,)
    weights = {}
    for name, shape in shapes.items():
        weights[name] = (0.6 * random.standard_normal(shape)).astype(np.float32).astype(np.float64)
        if name[: name.index("/")] in ("vectors", "linear") and name != "linear/numbers":
            weights[name][0] = 0
    return weights


def standardized():
    known = [price for price in PRICE if price is not None]
    deviation = np.std(known)
    return [0.0 if price is None else (price - np.mean(known)) / deviation for price in PRICE]


def rows_of(user, item):
    """The rows that a pair reads, by field."""
    return {
        "user": [] if user < 0 else [user + 1],
        "user/gender": [] if user < 0 else [1 + label for label in GENDER["of"][user]],
        "item": [item],
        "item/color": [1 + label for label in COLOR["of"][item]],
    }


def mean_of(table, rows):
    return sum((table[row] for row in rows), torch.zeros_like(table[0])) / max(1, len(rows))


def forward(w, user, item, output):
    rows = rows_of(user, item)
    number = standardized()[item] * torch.ones(1, dtype=w["linear/numbers"].dtype)
    vectors = [mean_of(w[f"vectors/{field}"], rows[field]) for field in FIELDS]
    logit = w["mean/bias"][0] + (number * w["linear/numbers"]).sum()
    for field in FIELDS:
        logit = logit + mean_of(w[f"linear/{field}"], rows[field])[0]
    for i in range(len(FIELDS)):
        for j in range(i):
            logit = logit + vectors[i] @ vectors[j]
    h = torch.cat(vectors + [number])
    for i in range(len(HIDDEN)):
        h = torch.relu(h @ w[f"layer{i}/weight"] + w[f"layer{i}/bias"])
    logit = logit + h @ w["mean/weight"]
    s = h @ w["variance/weight"] + w["variance/bias"][0]
    softplus = torch.nn.functional.softplus
    s = 0.5 - softplus(0.5 - s)
    s = -10 + softplus(s + 10)
    return (torch.sigmoid(logit) if output == "sigmoid" else logit), s


def run(weights, dtype, output, l2, l2_vectors):
    w = {name: torch.tensor(value, dtype=dtype, requires_grad=True) for name, value in weights.items()}
    means, variances = [], []
    loss = torch.zeros((), dtype=dtype)
    for user, item, reward, weight in PAIRS:
        mean, s = forward(w, user, item, output)
        loss = loss + weight * ((mean - reward) ** 2 * torch.exp(-s) + s)
        for field, rows in rows_of(user, item).items():
            for row in rows:
                loss = loss + l2_vectors * ((w[f"vectors/{field}"][row] ** 2).sum() + (w[f"linear/{field}"][row] ** 2).sum())
        means.append(mean)
        variances.append(s)
    for name in [*(f"layer{i}/weight" for i in range(len(HIDDEN))), "mean/weight", "variance/weight"]:
        loss = loss + l2 * (w[name] ** 2).sum()
    loss.backward()
    gradients = {name: tensor.grad.numpy().copy() for name, tensor in w.items()}
    torch.optim.Adam(list(w.values()), lr=LEARNING_RATE).step()
    return {
        "mean": torch.stack(means).detach().numpy(),
        "logVariance": torch.stack(variances).detach().numpy(),
        "loss": loss.item(),
        "gradients": gradients,
        "weightsAfterOneStep": {name: tensor.detach().numpy() for name, tensor in w.items()},
    }


def main():
    weights = drawn_weights(np.random.RandomState(20261123))
    cases = []
    for output, l2, l2_vectors in (("identity", 0.1, 0.0), ("identity", 0.0, 0.2), ("sigmoid", 0.1, 0.05)):
        exact = run(weights, torch.float64, output, l2, l2_vectors)
        single = run(weights, torch.float32, output, l2, l2_vectors)
        assert all(math.isfinite(x) for x in exact["mean"])
        difference = {key: largest_difference(exact[key], single[key]) for key in exact}
        cases.append({"output": output, "l2": l2, "l2Vectors": l2_vectors, **exact, "float32Difference": difference})
        print(difference)
    golden = {
        "config": {"width": WIDTH, "hidden": HIDDEN, "users": USERS, "items": ITEMS, "learningRate": LEARNING_RATE},
        "gender": GENDER, "color": COLOR, "price": PRICE,
        "pairs": PAIRS, "weights": weights, "cases": cases,
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reward-network.json")
    with open(path, "w") as file:
        json.dump(compact(golden), file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
