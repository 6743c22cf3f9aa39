"""Golden values of MiNet (BIAO's adaptation: an item is its id and its category), computed with PyTorch. World, batches and the
way of computing are those of conet.py: one behavior at a time, histories as lists without padding.
Run `python3 test/golden/minet.py`; it rewrites minet.json beside this file.

q = [e_id; e_category] (2d), p the user's vector (d), c_i the vectors of what the user had liked before, most recent TARGET_WINDOW and
SOURCE_WINDOW of each side; an empty history has a = 0.
  item level:     a_t = Σ α_i c_i, α ∝ exp(v₁ᵀ ReLU(V₁ [c_i; q_t; p; c_i ⊙ q_t])); a_s likewise with v₂, V₂ and (c_i H_a H_b) ⊙ q_t;
  interest level: v_i = exp(h_iᵀ ReLU(D_i [q_t; p; a_t; a_s]) + b_i) for user, target and source;
  towers without biases: target over [q_t; v_u p; v_t a_t; v_s a_s], source over [q_s; p].
Weights [inputs, outputs]: user, item, category; attention/{target, source}/{inner, outer}; transfer/{down, up};
interest/{user, target, source}/{inner, outer, bias}; tower/{target, source}/{0, 1, 2}.
"""

import numpy as np
import torch

from conet import WIDTH, cases, item_vector, row, table_shapes, world, write

HIDDEN = 5  # of both levels of attention
RANK = 2
TOWER = (6, 4)
TARGET_WINDOW, SOURCE_WINDOW = 3, 4


def minet_shapes(form):
    q = 2 * WIDTH
    shapes = table_shapes()
    sides = ("target",) if form == "none" else ("target", "source")
    interests = WIDTH + q * (1 + len(sides))  # [q; p; a …]
    for side in sides:
        shapes[f"attention/{side}/inner"], shapes[f"attention/{side}/outer"] = ((3 * q + WIDTH, HIDDEN), 0.5), ((HIDDEN, 1), 0.8)
    if "source" in sides:
        shapes["transfer/down"], shapes["transfer/up"] = ((q, RANK), 0.8), ((RANK, q), 0.8)
    for interest in ("user", *sides):
        shapes[f"interest/{interest}/inner"], shapes[f"interest/{interest}/outer"] = ((interests, HIDDEN), 0.3), ((HIDDEN, 1), 0.5)
        shapes[f"interest/{interest}/bias"] = ((1,), 0.4)
    for side in ("target", "source") if form == "loss" else ("target",):
        inputs = interests if side == "target" else q + WIDTH
        for l, outputs in enumerate((*TOWER, 1)):
            shapes[f"tower/{side}/{l}"] = ((inputs, outputs), 0.6)
            inputs = outputs
    return shapes


def attend(w, side, liked, q, p):
    if not liked:
        return torch.zeros_like(q)
    scores, vectors = [], []
    for item in liked:
        c = item_vector(w, item)
        seen = c if side == "target" else c @ w["transfer/down"] @ w["transfer/up"]
        hidden = torch.relu(torch.cat([c, q, p, seen * q]) @ w[f"attention/{side}/inner"])
        scores.append((hidden @ w[f"attention/{side}/outer"])[0])
        vectors.append(c)
    return torch.softmax(torch.stack(scores), 0) @ torch.stack(vectors)


def minet(w, side, one, form="loss"):
    q, p = item_vector(w, one["item"]), row(w["user"], one["user"])
    if side == "source":
        x = torch.cat([q, p])
    else:
        interests = {"user": p, "target": attend(w, "target", one["target"][-TARGET_WINDOW:], q, p)}
        if form != "none":
            interests["source"] = attend(w, "source", one["source"][-SOURCE_WINDOW:], q, p)
        z = torch.cat([q, *interests.values()])
        x = [q]
        for name, vector in interests.items():
            prefix = f"interest/{name}"
            x.append(torch.exp(torch.relu(z @ w[f"{prefix}/inner"]) @ w[f"{prefix}/outer"] + w[f"{prefix}/bias"]) * vector)
        x = torch.cat(x)
    for l in range(len(TOWER)):
        x = torch.relu(x @ w[f"tower/{side}/{l}"])
    return (x @ w[f"tower/{side}/{len(TOWER)}"])[0]


def main():
    torch.set_num_threads(1)
    random = np.random.RandomState(20261126)
    found = cases(minet, minet_shapes, random)
    config = {
        **world(), "hidden": HIDDEN, "rank": RANK, "tower": list(TOWER),
        "targetWindow": TARGET_WINDOW, "sourceWindow": SOURCE_WINDOW,
    }
    write("minet.json", {"config": config, "cases": found})


if __name__ == "__main__":
    main()
