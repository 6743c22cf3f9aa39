"""Golden values of SASRec training, computed with PyTorch and its automatic differentiation.

An independent reading of the definition in docs/models/sasrec.md: nothing here is shared with the TypeScript sources.
Run `python3 test/golden/sasrec.py`; it rewrites sasrec.json beside this file. Values are computed in float64 from weights
that are exact in float32; `float32Difference` says how far the same computation in float32 strays.
"""

import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

HIDDEN, HEADS, BLOCKS, INNER = 8, 2, 2, 12
BATCH, LENGTH, MAX_LENGTH = 4, 6, 8  # a window shorter than maxLength, so that positions must be aligned to the right
DOMAIN_START = [1, 11, 19, 30]  # items of domain d are DOMAIN_START[d] … DOMAIN_START[d + 1] − 1
ITEMS = DOMAIN_START[-1]  # with PAD, item 0
DROPOUT = 0.25
LEARNING_RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8
NORM_EPSILON = 1e-5
MASKED = -1e9


def initial_weights(random):
    """Weights by name, in the order of the JSON. No gain is 1 and no bias is 0, so that a forgotten one shows."""
    weights = {}

    def draw(name, *shape, mean=0.0, scale=0.3):
        weights[name] = (mean + scale * random.standard_normal(shape)).astype(np.float32).astype(np.float64)

    draw("items", ITEMS, HIDDEN)
    weights["items"][0] = 0
    draw("positions", MAX_LENGTH, HIDDEN)

    def norm(name):
        draw(f"{name}/gain", HIDDEN, mean=1.0, scale=0.2)
        draw(f"{name}/bias", HIDDEN, scale=0.2)

    def linear(name, inputs, outputs):
        draw(f"{name}/weight", inputs, outputs)
        draw(f"{name}/bias", outputs, scale=0.2)

    for i in range(BLOCKS):
        norm(f"block{i}/norm1")
        for projection in ("query", "key", "value", "output"):
            linear(f"block{i}/{projection}", HIDDEN, HIDDEN)
        norm(f"block{i}/norm2")
        linear(f"block{i}/inner", HIDDEN, INNER)
        linear(f"block{i}/outer", INNER, HIDDEN)
    norm("norm")
    return weights


def sequences(random):
    """Left-padded items, the next item at each position as target, and one negative of the target's domain."""
    items = np.zeros((BATCH, LENGTH), dtype=np.int64)
    targets = np.zeros_like(items)
    negatives = np.zeros_like(items)
    for row, length in enumerate((6, 4, 1, 3)):
        sequence = random.randint(1, ITEMS, size=length + 1)
        items[row, LENGTH - length :] = sequence[:-1]
        targets[row, LENGTH - length :] = sequence[1:]
    items[0, 2] = items[0, 4]  # a repeated item: its row gathers two gradients
    for row, column in zip(*np.nonzero(targets)):
        start, end = domain_range(targets[row, column])
        negatives[row, column] = random.randint(start, end)
    return items, targets, negatives


def domain_range(item):
    domain = np.searchsorted(DOMAIN_START, item, side="right") - 1
    return DOMAIN_START[domain], DOMAIN_START[domain + 1]


def dropout_masks(random):
    """1 keeps, 0 drops; kept values are divided by 1 − DROPOUT."""
    def draw(*shape):
        return (random.random_sample(shape) >= DROPOUT).astype(np.int64)

    masks = {"embedding": draw(BATCH, LENGTH, HIDDEN)}
    for i in range(BLOCKS):
        masks[f"block{i}/attention"] = draw(BATCH, HEADS, LENGTH, LENGTH)
        masks[f"block{i}/output"] = draw(BATCH, LENGTH, HIDDEN)
        masks[f"block{i}/outer"] = draw(BATCH, LENGTH, HIDDEN)
    return masks


def forward(w, items, masks):
    """Hidden states [B, T, d]. `masks` is None where nothing is dropped."""
    dtype = w["items"].dtype
    padding = items == 0

    def drop(x, name):
        return x if masks is None else x * torch.tensor(masks[name], dtype=dtype) / (1 - DROPOUT)

    def norm(x, name):
        return F.layer_norm(x, (HIDDEN,), w[f"{name}/gain"], w[f"{name}/bias"], NORM_EPSILON)

    def linear(x, name):
        return x @ w[f"{name}/weight"] + w[f"{name}/bias"]

    def heads(x):
        return x.view(BATCH, LENGTH, HEADS, HIDDEN // HEADS).transpose(1, 2)  # [B, h, T, d/h]

    hidden_from = torch.ones(LENGTH, LENGTH, dtype=torch.bool).triu(1)[None] | padding[:, None, :]  # [B, T, T]
    mask = torch.zeros(BATCH, LENGTH, LENGTH, dtype=dtype).masked_fill(hidden_from, MASKED)[:, None]

    x = F.embedding(items, w["items"], padding_idx=0) * math.sqrt(HIDDEN) + w["positions"][MAX_LENGTH - LENGTH :]
    x = drop(x, "embedding") * (~padding)[:, :, None]
    for i in range(BLOCKS):
        h = norm(x, f"block{i}/norm1")
        query, key, value = (heads(linear(h, f"block{i}/{name}")) for name in ("query", "key", "value"))
        attention = torch.softmax(query @ key.transpose(2, 3) / math.sqrt(HIDDEN // HEADS) + mask, dim=-1)
        attended = drop(attention, f"block{i}/attention") @ value
        attended = attended.transpose(1, 2).reshape(BATCH, LENGTH, HIDDEN)
        x = x + drop(linear(attended, f"block{i}/output"), f"block{i}/output")
        h = torch.relu(linear(norm(x, f"block{i}/norm2"), f"block{i}/inner"))
        x = x + drop(linear(h, f"block{i}/outer"), f"block{i}/outer")
    return norm(x, "norm")


def loss_of(name, w, hidden, targets, negatives):
    """Mean over the positions with a target."""
    at = targets.nonzero(as_tuple=True)
    h, positive = hidden[at], targets[at]
    if name == "softmax":
        terms = []
        for row, item in zip(h, positive):
            start, end = domain_range(int(item))
            terms.append(torch.logsumexp(w["items"][start:end] @ row, 0) - w["items"][item] @ row)
        return torch.stack(terms).mean()
    positive_score = (h * w["items"][positive]).sum(-1)
    negative_score = (h * w["items"][negatives[at]]).sum(-1)
    if name == "bpr":
        return -F.logsigmoid(positive_score - negative_score).mean()
    return (-F.logsigmoid(positive_score) - F.logsigmoid(-negative_score)).mean()


def train(start, inputs, loss_name, masks, dtype):
    """Three steps of dense Adam on one and the same batch."""
    w = {name: torch.tensor(value, dtype=dtype, requires_grad=True) for name, value in start.items()}
    items, targets, negatives = (torch.tensor(x) for x in inputs)
    optimizer = torch.optim.Adam(w.values(), lr=LEARNING_RATE, betas=(BETA1, BETA2), eps=EPSILON)
    result = {"losses": []}
    for step in range(1, 4):
        optimizer.zero_grad()
        hidden = forward(w, items, masks)
        loss = loss_of(loss_name, w, hidden, targets, negatives)
        loss.backward()
        result["losses"].append(loss.item())
        if step == 1:
            # What padding positions hold is nobody's business: nothing reads them. Zero here.
            result["hidden"] = (hidden * (items > 0)[:, :, None]).detach().numpy().copy()
            result["gradients"] = {name: x.grad.numpy().copy() for name, x in w.items()}
        optimizer.step()
        if step != 2:
            after = {name: x.detach().numpy().copy() for name, x in w.items()}
            result["weightsAfterOneStep" if step == 1 else "weightsAfterThreeSteps"] = after
    return result


def compact(value):
    """Nine significant digits (float32 needs no more); what is zero but for rounding becomes 0."""
    if isinstance(value, dict):
        return {key: compact(x) for key, x in value.items()}
    if isinstance(value, (np.ndarray, list)):
        return [compact(x) for x in value]
    if isinstance(value, (float, np.floating)):
        return 0 if abs(value) < 1e-14 else float(f"{value:.9g}")
    return int(value) if isinstance(value, np.integer) else value


def largest_difference(a, b):
    if isinstance(a, dict):
        return max(largest_difference(a[key], b[key]) for key in a)
    return float(np.abs(np.asarray(a) - np.asarray(b)).max())


def main():
    random = np.random.RandomState(20261121)
    weights, inputs, masks = initial_weights(random), sequences(random), dropout_masks(random)
    cases = []
    for loss_name, case_masks in (("bpr", None), ("bce", None), ("softmax", None), ("softmax", masks)):
        exact = train(weights, inputs, loss_name, case_masks, torch.float64)
        single = train(weights, inputs, loss_name, case_masks, torch.float32)
        case = {"loss": loss_name, "dropout": 0 if case_masks is None else DROPOUT, **exact}
        # By softmax's invariance the gradient of a key bias is zero: Adam turns its rounding errors into steps.
        def without_key_bias(named):
            return {name: x for name, x in named.items() if not name.endswith("/key/bias")}

        case["float32Difference"] = {
            key: largest_difference(without_key_bias(exact[key]), without_key_bias(single[key]))
            if isinstance(exact[key], dict)
            else largest_difference(exact[key], single[key])
            for key in exact
        }
        if cases and case_masks is None:
            del case["hidden"]  # the loss does not change it
        cases.append(case)
    golden = {
        "config": {
            "hidden": HIDDEN, "heads": HEADS, "blocks": BLOCKS, "inner": INNER, "maxLength": MAX_LENGTH,
            "length": LENGTH, "batch": BATCH, "items": ITEMS, "domainStart": DOMAIN_START,
            "normEpsilon": NORM_EPSILON, "masked": MASKED,
            "adam": {"learningRate": LEARNING_RATE, "beta1": BETA1, "beta2": BETA2, "epsilon": EPSILON},
        },
        "inputs": {"items": inputs[0], "targets": inputs[1], "negatives": inputs[2]},
        "weights": weights,
        "dropoutMasks": masks,
        "cases": cases,
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sasrec.json")
    with open(path, "w") as file:
        json.dump(compact(golden), file, separators=(",", ":"))
        file.write("\n")
    for case in cases:
        print(case["loss"], case["dropout"], case["losses"], case["float32Difference"])


if __name__ == "__main__":
    main()
