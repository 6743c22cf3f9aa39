"""Golden values of DASL as docs/models/dasl.md defines it, computed with PyTorch. World and batches are those of conet.py; histories are
lists without padding, each run through a GRU by itself. Run `python3 test/golden/dasl.py`; it rewrites dasl.json beside this file.

The batch norm goes by the batch. In the paired batch every user has a source behavior. A case without dropout.
Weights [inputs, outputs]: item, category [·, d]; user/{side} [·, 2d]; bias/item, bias/user/{side} [·, 1]; gru/{side}/{input, state}/{weight, bias}
with the gates reset, update, candidate; attention/{side}/{weight, bias, vector}; norm/{side}/{gain, bias}; tower/{side}/{0, 1, 2}/{weight,
bias}; mapping [2d, 2d].
"""

import numpy as np
import torch

from conet import (
    CATEGORIES, FIRST_SOURCE, ITEMS, USERS, WIDTH, drawn_batch, drawn_independent, drawn_weights, gradients, item_vector, losses, row,
    tensors, world, write,
)
from sasrec import largest_difference

STATE, ATTENTION, TOWER, WINDOW, MAPPING, EPSILON = 4, 3, (5, 4), 4, 0.3, 1e-5
USER = 2 * WIDTH
SIDES = ("target", "source")


def dasl_shapes(form):
    shapes = {"item": ((ITEMS, WIDTH), 0.8), "category": ((CATEGORIES, WIDTH), 0.8), "bias/item": ((ITEMS, 1), 0.5)}
    read = ("target",) if form == "none" else SIDES
    told = SIDES if form == "loss" else ("target",)
    for side in read:
        shapes[f"user/{side}"] = ((USERS, USER), 0.8)
        shapes[f"gru/{side}/input/weight"], shapes[f"gru/{side}/input/bias"] = ((4 * WIDTH, 3 * STATE), 0.4), ((3 * STATE,), 0.3)
        shapes[f"gru/{side}/state/weight"], shapes[f"gru/{side}/state/bias"] = ((STATE, 3 * STATE), 0.6), ((3 * STATE,), 0.3)
    for side in told:
        shapes[f"bias/user/{side}"] = ((USERS, 1), 0.5)
        for name, shape in (("weight", (STATE, ATTENTION)), ("bias", (ATTENTION,)), ("vector", (ATTENTION, 1))):
            shapes[f"attention/{side}/{name}"] = (shape, 0.8)
        inputs = STATE + 4 * WIDTH
        shapes[f"norm/{side}/gain"], shapes[f"norm/{side}/bias"] = ((inputs,), 0.8), ((inputs,), 0.4)
        for i, outputs in enumerate((*TOWER, 1)):
            shapes[f"tower/{side}/{i}/weight"], shapes[f"tower/{side}/{i}/bias"] = ((inputs, outputs), 0.6), ((outputs,), 0.3)
            inputs = outputs
    if form != "none":
        shapes["mapping"] = ((USER, USER), 0.5)
    return shapes


def start_weights(random, form):
    weights = drawn_weights(random, dasl_shapes(form))
    for name, values in weights.items():
        if name.startswith(("user", "bias")):
            values[0] = 0
    return weights


def states(w, side, one):
    """Of each of what the user had liked on a side, [n, STATE]."""
    liked = one[side][-WINDOW:]
    if not liked:
        return None
    user = row(w[f"user/{side}"], one["user"])
    weights = [w[f"gru/{side}/{name}"].t() for name in ("input/weight", "state/weight")]
    biases = [w[f"gru/{side}/{name}"] for name in ("input/bias", "state/bias")]
    x = torch.stack([torch.cat([item_vector(w, item), user]) for item in liked])
    start = x.new_zeros(1, 1, STATE)
    return torch._VF.gru(x[None], start, [*weights, *biases], True, 1, 0.0, False, False, True)[0][0]


def preference(w, side, one, form, pooled):
    other = "source" if side == "target" else "target"
    own = states(w, side, one)
    cross = None if form == "none" else states(w, other, one)
    read = [x for x in (own, cross) if x is not None]
    if not read:
        return w["item"].new_zeros(STATE)
    both = torch.cat(read)
    hidden = torch.tanh(both @ w[f"attention/{side}/weight"] + w[f"attention/{side}/bias"])
    weight = torch.softmax((hidden @ w[f"attention/{side}/vector"])[:, 0], 0)
    if pooled == "both":
        return weight @ both
    return w["item"].new_zeros(STATE) if own is None else weight[: len(own)] @ own


def logits(w, side, behaviors, form, pooled):
    x, biases = [], []
    for one in behaviors:
        parts = [preference(w, side, one, form, pooled), item_vector(w, one["item"]), row(w[f"user/{side}"], one["user"])]
        x.append(torch.cat(parts))
        biases.append(row(w["bias/item"], one["item"])[0] + row(w[f"bias/user/{side}"], one["user"])[0])
    x = torch.nn.functional.batch_norm(
        torch.stack(x), None, None, w[f"norm/{side}/gain"], w[f"norm/{side}/bias"], True, eps=EPSILON
    )
    for i in range(len(TOWER) + 1):
        x = x @ w[f"tower/{side}/{i}/weight"] + w[f"tower/{side}/{i}/bias"]
        x = torch.sigmoid(x) if i < len(TOWER) else x
    return x[:, 0] + torch.stack(biases)


def run(start, batch, form, pooled, dtype):
    w = tensors(start, dtype)
    target = logits(w, "target", batch["target"], form, pooled)
    each = losses(target, batch["target"])
    loss = each.mean()
    result = {"targetLogits": target.detach().numpy(), "targetLosses": each.detach().numpy()}
    if form == "loss":
        source = logits(w, "source", batch["source"], form, pooled)
        each = losses(source, batch["source"])
        loss = loss + (torch.tensor(batch["weights"], dtype=dtype) * each).sum()
        result.update(sourceLogits=source.detach().numpy(), sourceLosses=each.detach().numpy())
    if form != "none":
        distances = [
            (row(w["user/source"], one["user"]) @ w["mapping"] - row(w["user/target"], one["user"])).square().sum()
            for one in batch["target"]
        ]
        excess = w["mapping"].t() @ w["mapping"] - torch.eye(USER, dtype=dtype)
        loss = loss + MAPPING * (torch.stack(distances).mean() + excess.square().sum() / USER)
    return {**result, "loss": loss.item(), "gradients": gradients(loss, w)}


def all_paired(random, size):
    """A paired batch in which nobody lacks a source behavior."""
    batch = drawn_batch(random, size)
    for target, source in zip(batch["target"], batch["source"]):
        if not source["item"]:
            source["item"] = target["partner"] = int(random.randint(FIRST_SOURCE, ITEMS))
    batch["weights"] = [1 / size] * size
    return batch


def main():
    torch.set_num_threads(1)
    random = np.random.RandomState(20261128)
    paired, independent = all_paired(random, 8), drawn_independent(random, 6, 4)
    found = []
    for form, pairing, pooled, batch in (
        ("loss", "any", "own", paired), ("loss", "any", "both", paired), ("features", "any", "own", paired),
        ("none", "any", "own", paired), ("loss", "independent", "own", independent),
    ):
        weights = start_weights(random, form)
        exact, rough = (run(weights, batch, form, pooled, dtype) for dtype in (torch.float64, torch.float32))
        for name, gradient in exact["gradients"].items():
            assert np.abs(gradient).max() > 1e-4, f"{form}: {name} has no gradient to speak of"
        difference = {key: largest_difference(exact[key], rough[key]) for key in exact}
        case = {"source": form, "pairing": pairing, "pooled": pooled, "batch": batch, "weights": weights, **exact}
        found.append({**case, "float32Difference": difference})
        print(form, pairing, pooled, exact["loss"], difference)
    config = {
        **world(), "hidden": STATE, "attention": ATTENTION, "layers": list(TOWER), "history": WINDOW, "mapping": MAPPING,
    }
    write("dasl.json", {"config": config, "cases": found})


if __name__ == "__main__":
    main()
