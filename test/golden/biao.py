"""Golden values of BIAO over CoNet and over MiNet: the behavioral perceptron, a lower step, an upper step. Computed with PyTorch;
world, batches and base models are those of conet.py and minet.py: one behavior at a time, histories as lists without padding.
Run `python3 test/golden/biao.py`; it rewrites biao.json beside this file.

The perceptron, with f the width of an item's vector E = [e_id; e_category], which is an input of it and no weight:
  γ1 = E W + b: global/{weight [f, 1], bias};
  m_S, m_T: history/{source, target}/{query, key, value [2f, h], output [h, 2f]}: self-attention of HEADS heads over the tokens
    [e_i; E] of the user's WINDOW most recent liked items, no biases, the mean of its outputs; 0 where there are none;
  γ2: local/{0, 1, 2}/{weight, bias}: [m_S; m_T] → … → 1, ReLU between;
  weight_j = softplus(scale) · softmax(γ1 γ2)_j over the source behaviors of the batch; behaviors that are none have weight 0.
Lower step: one of Adam on mean target loss + Σ weight_j · source loss_j, the weights held fixed.
Upper step: p = α Σ_{n=0..K} (I − αH)^n ∇θ L_dev over all θ but the `heads`, by double backward; ∇φ = −∂φ ⟨∂θ L_train, p⟩; clipped by its
norm; SGD.
"""

import math

import numpy as np
import torch

from conet import (
    CATEGORY, WIDTH, WIDTHS, conet, conet_shapes, drawn_batch, drawn_weights, gradients, item_vector, logits, losses, tensors, world,
    write,
)
from minet import HIDDEN, RANK, SOURCE_WINDOW, TARGET_WINDOW, TOWER, minet, minet_shapes
from sasrec import largest_difference

FEATURES = 2 * WIDTH
HEADS, HEAD_WIDTH, LOCAL = 3, 4, (6, 5)
WINDOW = 5
TERMS = 3
CLIPS, UPPER_RATE, LOWER_RATE = (10.0, 1e-3), 1e-2, 1e-3
# The heads that may stay out of the series; what the scale of weights is multiplied by, such that the series converges: α · the largest
# eigenvalue of H is below 2; and which upper steps are taken: α, and whether H is that of all θ or of all but the heads.
BASES = {
    "conet": (
        conet, conet_shapes, ("head/target/weight", "head/target/bias", "head/source/weight", "head/source/bias"), 0.7,
        ((0.1, "body"), (0.1, "all"), (1.0, "body")),
    ),
    "minet": (minet, minet_shapes, (f"tower/target/{len(TOWER)}", f"tower/source/{len(TOWER)}"), 0.8, ((0.1, "body"),)),
}


def perceptron_shapes():
    token, inner = 2 * FEATURES, HEADS * HEAD_WIDTH
    shapes = {"global/weight": ((FEATURES, 1), 0.8), "global/bias": ((1,), 0.5)}
    for side in ("source", "target"):
        for name in ("query", "key", "value"):
            shapes[f"history/{side}/{name}"] = ((token, inner), 0.4)
        shapes[f"history/{side}/output"] = ((inner, token), 0.3)
    inputs = 2 * token
    for i, outputs in enumerate((*LOCAL, 1)):
        shapes[f"local/{i}/weight"], shapes[f"local/{i}/bias"] = ((inputs, outputs), 0.4), ((outputs,), 0.2)
        inputs = outputs
    shapes["scale"] = ((1,), 0.5)
    return shapes


def interest(phi, side, tokens):
    """The mean of what the tokens [n, 2f] attend to; [2f]."""
    if not len(tokens):
        return phi["global/bias"].new_zeros(2 * FEATURES)
    query, key, value = (tokens @ phi[f"history/{side}/{name}"] for name in ("query", "key", "value"))
    heads = []
    for h in range(HEADS):
        own = slice(h * HEAD_WIDTH, (h + 1) * HEAD_WIDTH)
        attention = torch.softmax(query[:, own] @ key[:, own].t() / math.sqrt(HEAD_WIDTH), -1)
        heads.append(attention @ value[:, own])
    return (torch.cat(heads, -1) @ phi[f"history/{side}/output"]).mean(0)


def importance(phi, w, one, ablation=None):
    """γ1 γ2 of one source behavior."""
    vector = lambda item: item_vector(w, item).detach()
    own = vector(one["item"])
    first, second = 1.0, 1.0
    if ablation != "global":
        first = own @ phi["global/weight"][:, 0] + phi["global/bias"][0]
    if ablation != "user":
        parts = []
        for side in ("source", "target"):
            tokens = [torch.cat([vector(item), own]) for item in one[side][-WINDOW:]]
            parts.append(interest(phi, side, torch.stack(tokens) if tokens else []))
        x = torch.cat(parts)
        for i in range(len(LOCAL) + 1):
            x = x @ phi[f"local/{i}/weight"] + phi[f"local/{i}/bias"]
            x = torch.relu(x) if i < len(LOCAL) else x
        second = x[0]
    return first * second


def weights_of(phi, w, sources, ablation=None):
    """γ_{u,j}, [M]"""
    real = [i for i, one in enumerate(sources) if one["item"]]
    scores = torch.stack([importance(phi, w, sources[i], ablation) for i in real])
    shares = torch.nn.functional.softplus(phi["scale"]) * torch.softmax(scores, 0)
    return shares.new_zeros(len(sources)).index_copy(0, torch.tensor(real), shares)


def train_loss(model, w, batch, weights):
    target = losses(logits(model, w, "target", batch["target"]), batch["target"]).mean()
    source = losses(logits(model, w, "source", batch["source"]), batch["source"])
    return target + (weights * source).sum()


def flat(parts):
    return torch.cat([part.reshape(-1) for part in parts])


def upper(model, start, start_phi, heads, batch, dev, alpha, dtype, check=False):
    w, phi = tensors(start, dtype), tensors(start_phi, dtype)
    theta = [x for name, x in w.items() if name not in heads]
    loss = train_loss(model, w, batch, weights_of(phi, w, batch["source"]))
    dev_loss = losses(logits(model, w, "target", dev), dev).mean()
    slope = flat(torch.autograd.grad(loss, theta, create_graph=True))
    by_dev = torch.autograd.grad(dev_loss, theta, allow_unused=True)
    v = flat([torch.zeros_like(x) if g is None else g for x, g in zip(theta, by_dev)]).detach()
    p, norms = v, [v.norm().item()]

    def curved(vector):
        products = torch.autograd.grad(slope @ vector, theta, retain_graph=True, allow_unused=True)
        return flat([torch.zeros_like(x) if g is None else g for x, g in zip(theta, products)])

    first = v
    for _ in range(TERMS):
        v = v - alpha * curved(v)
        p = p + v
        norms.append(v.norm().item())
    p = alpha * p
    if check:
        hessian = torch.stack([curved(one) for one in torch.eye(len(first), dtype=dtype)])
        assert (hessian - hessian.t()).abs().max() < 1e-10
        step = torch.eye(len(first), dtype=dtype) - alpha * hessian
        series = alpha * sum(torch.linalg.matrix_power(step, n) @ first for n in range(TERMS + 1))
        assert (series - p).abs().max() < 1e-10
        largest = torch.linalg.eigvalsh(hessian).abs().max().item()
        assert alpha * largest < 2
        print("  largest eigenvalue of H", largest)
    mixed = torch.autograd.grad(slope @ p, list(phi.values()))
    found = {name: -g.numpy() for name, g in zip(phi, mixed)}
    if check:
        # One entry of φ of each kind against central differences of ⟨∂θ L_train, p⟩.
        for name in ("scale", "global/weight", "history/target/key", "local/1/bias"):
            sides = []
            for sign in (1, -1):
                moved = {key: value.copy() for key, value in start_phi.items()}
                moved[name].reshape(-1)[0] += sign * 1e-5
                other = train_loss(model, w, batch, weights_of(tensors(moved, dtype), w, batch["source"]))
                sides.append((flat(torch.autograd.grad(other, theta)) @ p).item())
            assert abs(-(sides[0] - sides[1]) / 2e-5 - found[name].reshape(-1)[0]) < 1e-8
    norm = math.sqrt(sum(float((g.astype(np.float64) ** 2).sum()) for g in found.values()))
    return {"alpha": alpha, "devLoss": dev_loss.item(), "norms": norms, "hypergradient": found, "hypergradientNorm": norm}


def lower(model, start, start_phi, batch, dtype):
    w, phi = tensors(start, dtype), tensors(start_phi, dtype)
    weights = weights_of(phi, w, batch["source"]).detach()
    loss = train_loss(model, w, batch, weights)
    result = {"loss": loss.item(), "gradients": gradients(train_loss(model, w, batch, weights), w)}
    optimizer = torch.optim.Adam(list(w.values()), lr=LOWER_RATE)
    loss.backward()
    optimizer.step()
    result["weightsAfterOneStep"] = {name: x.detach().numpy() for name, x in w.items()}
    for ablation in (None, "global", "user"):
        key = "weights" if ablation is None else f"weightsWithout{ablation.capitalize()}"
        result[key] = weights_of(phi, tensors(start, dtype), batch["source"], ablation).detach().numpy()
    return result


def stepped(start_phi, found, clip):
    """φ after a step of SGD."""
    factor = min(1.0, clip / found["hypergradientNorm"])
    return {name: start_phi[name] - UPPER_RATE * factor * g for name, g in found["hypergradient"].items()}


def run(name, start, start_phi, batches, dtype, check=False):
    model, _, heads, _, settings = BASES[name]
    result = {"lower": lower(model, start, start_phi, batches["lower"], dtype), "upper": []}
    for alpha, hessian in settings:
        left_out = heads if hessian == "body" else ()
        last = check and (alpha, hessian) == settings[-1]
        found = upper(model, start, start_phi, left_out, batches["upper"], batches["dev"]["target"], alpha, dtype, last)
        found["hessian"] = hessian
        if alpha == 1:
            found["afterOneStep"] = [{"clip": clip, "perceptron": stepped(start_phi, found, clip)} for clip in CLIPS]
        result["upper"].append(found)
    return result


def main():
    torch.set_num_threads(1)
    random = np.random.RandomState(20261127)
    phi = drawn_weights(random, perceptron_shapes())
    batches = {"lower": drawn_batch(random, 8), "upper": drawn_batch(random, 8), "dev": drawn_batch(random, 10)}
    cases = []
    for name, (_, shapes, _, factor, _) in BASES.items():
        weights = drawn_weights(random, {key: (shape, factor * scale) for key, (shape, scale) in shapes("loss").items()})
        exact = run(name, weights, phi, batches, torch.float64, check=True)
        rough = run(name, weights, phi, batches, torch.float32)
        difference = {key: largest_difference(exact["lower"][key], rough["lower"][key]) for key in exact["lower"]}
        # Adam divides a gradient by its own size, and so turns rounding errors beside an exact 0 into steps.
        difference["weightsAfterOneStep"] = max(
            float(np.abs(after - rough["lower"]["weightsAfterOneStep"][key])[np.abs(exact["lower"]["gradients"][key]) > 1e-5].max())
            for key, after in exact["lower"]["weightsAfterOneStep"].items()
        )
        difference["hypergradient"] = max(
            largest_difference(a["hypergradient"], b["hypergradient"]) for a, b in zip(exact["upper"], rough["upper"])
        )
        print(name, exact["lower"]["loss"], exact["lower"]["weights"], [x["hypergradientNorm"] for x in exact["upper"]])
        print("  norms", [x["norms"] for x in exact["upper"]], difference)
        for found in exact["upper"]:
            for key, g in found["hypergradient"].items():
                assert np.abs(g).max() > 1e-4 * found["hypergradientNorm"], f"{name}: {key} has no gradient to speak of"
        cases.append({"base": name, "theta": weights, **exact, "float32Difference": difference})
    config = {
        **world(), "widths": list(WIDTHS), "hidden": HIDDEN, "rank": RANK, "tower": list(TOWER),
        "targetWindow": TARGET_WINDOW, "sourceWindow": SOURCE_WINDOW, "window": WINDOW, "terms": TERMS, "heads": HEADS,
        "headWidth": HEAD_WIDTH, "local": list(LOCAL), "upperLearningRate": UPPER_RATE, "learningRate": LOWER_RATE,
    }
    write("biao.json", {"config": config, "batches": batches, "perceptron": phi, "cases": cases})


if __name__ == "__main__":
    main()
