"""Golden values of CoNet, computed with PyTorch and its automatic differentiation, and the small world of the other
cross-domain CTR models (minet.py, dasl.py, biao.py import it).

The plainest form, which shares nothing with the TypeScript sources: one behavior at a time, histories as lists without padding.
Run `python3 test/golden/conet.py`; it rewrites conet.json beside this file. Values are computed in float64 from weights that are
exact in float32; `float32Difference` says how far the same computation in float32 strays.

Weights by name, with vectors as rows (y = x W + b), so a weight is [inputs, outputs]:
  user [users, d], item [items, d], category [categories, d], with row 0 of zeros that never learns;
  layer{l}/{target, source, transfer}: W_t, W_s and H of a cross unit, a_t' = ReLU(a_t W_t + a_s H), a_s' = ReLU(a_s W_s + a_t H);
  head/{target, source}/{weight, bias}: the logits.
"""

import json
import os

import numpy as np
import torch
import torch.nn.functional as F

from sasrec import compact, largest_difference

USERS = 5  # with row 0, a stranger
FIRST_SOURCE, ITEMS = 8, 18  # target items are 1 … 7, source items 8 … 17
CATEGORY = [0, 1, 1, 2, 2, 3, 3, 1, 4, 4, 5, 5, 5, 4, 6, 6, 5, 4]  # of each item; 1 … 3 on the target side, 4 … 6 on the other
CATEGORIES = 7
WIDTH = 3  # of every vector
WIDTHS = (5, 4)  # of CoNet's cross units
LONGEST = 6  # what a user had liked before a behavior, at most


def drawn_weights(random, shapes):
    """No bias is 0, so that a forgotten one shows; the rows of PAD and of strangers are."""
    weights = {}
    for name, (shape, scale) in shapes.items():
        weights[name] = (scale * random.standard_normal(shape)).astype(np.float32).astype(np.float64)
        if name in ("user", "item", "category"):
            weights[name][0] = 0
    return weights


def table_shapes():
    return {"user": ((USERS, WIDTH), 0.8), "item": ((ITEMS, WIDTH), 0.8), "category": ((CATEGORIES, WIDTH), 0.8)}


def behavior(user, item, partner, label, target, source):
    return {"user": user, "item": item, "partner": partner, "label": label, "target": target, "source": source}


def drawn_batch(random, size):
    """Target behaviors, each with a source behavior of the same user: same histories, partners of one another. Of the first user
    nobody knows anything, the second has no source behavior, histories of the others may be empty or longer than a window."""
    targets, sources, weights = [], [], []
    lengths = [(0, 0), (3, 0), (2, 3), (LONGEST, LONGEST)]
    for n in range(size):
        user = n % USERS if n else 0
        target, source = int(random.randint(1, FIRST_SOURCE)), int(random.randint(FIRST_SOURCE, ITEMS))
        counts = lengths[n] if n < len(lengths) else random.randint(0, LONGEST + 1, size=2)
        liked = [[int(i) for i in random.randint(start, end, size=count)]
                 for count, (start, end) in zip(counts, ((1, FIRST_SOURCE), (FIRST_SOURCE, ITEMS)))]
        missing = n == 1
        labels = (n % 2, (n // 2) % 2)
        targets.append(behavior(user, target, 0 if missing else source, labels[0], *liked))
        sources.append(behavior(user, 0 if missing else source, target, 0 if missing else labels[1], *liked))
        weights.append(0 if missing else 1 / (size - (size > 1)))
    return {"target": targets, "source": sources, "weights": weights}


def drawn_independent(random, targets, sources):
    """A batch of its own on each side, with weights of any size."""
    batch = {"target": drawn_batch(random, targets)["target"], "source": drawn_batch(random, sources + 2)["source"][2:]}
    batch["weights"] = [float(np.float32(x)) for x in random.uniform(0.1, 0.6, size=sources)]
    return batch


def row(table, index):
    return table[index] if index else torch.zeros_like(table[0])


def item_vector(w, item):
    """[e_id; e_category]"""
    return torch.cat([row(w["item"], item), row(w["category"], CATEGORY[item])])


def conet_shapes(form):
    shapes, inputs = table_shapes(), 3 * WIDTH
    for l, outputs in enumerate(WIDTHS):
        # Without a source head nobody reads the last state of the source side.
        unread = {"loss": (), "features": ("source",) * (l == len(WIDTHS) - 1), "none": ("source", "transfer")}[form]
        for name in (name for name in ("target", "source", "transfer") if name not in unread):
            shapes[f"layer{l}/{name}"] = ((inputs, outputs), 0.6)
        inputs = outputs
    for side in ("target", "source") if form == "loss" else ("target",):
        shapes[f"head/{side}/weight"], shapes[f"head/{side}/bias"] = ((inputs, 1), 0.8), ((1,), 0.3)
    return shapes


def conet(w, side, one, form="loss"):
    """The logit of one behavior of that side."""
    target, source = (one["item"], one["partner"]) if side == "target" else (one["partner"], one["item"])
    user = row(w["user"], one["user"])
    a_t = torch.cat([user, item_vector(w, target)])
    a_s = torch.cat([user, item_vector(w, source)])
    for l in range(len(WIDTHS)):
        if form == "none":
            a_t = torch.relu(a_t @ w[f"layer{l}/target"])
            continue
        transfer, source_weight = w[f"layer{l}/transfer"], w.get(f"layer{l}/source")
        a_t, a_s = (
            torch.relu(a_t @ w[f"layer{l}/target"] + a_s @ transfer),
            None if source_weight is None else torch.relu(a_s @ source_weight + a_t @ transfer),
        )
    return ((a_t if side == "target" else a_s) @ w[f"head/{side}/weight"] + w[f"head/{side}/bias"])[0]


def logits(model, w, side, behaviors, form="loss"):
    return torch.stack([model(w, side, one, form) for one in behaviors])


def losses(values, behaviors):
    labels = torch.tensor([float(one["label"]) for one in behaviors], dtype=values.dtype)
    return F.binary_cross_entropy_with_logits(values, labels, reduction="none")


def tensors(weights, dtype):
    return {name: torch.tensor(value, dtype=dtype, requires_grad=True) for name, value in weights.items()}


def gradients(loss, w):
    found = torch.autograd.grad(loss, list(w.values()), allow_unused=True)
    return {name: (torch.zeros_like(x) if g is None else g).numpy() for (name, x), g in zip(w.items(), found)}


def run(model, start, batch, form, dtype):
    w = tensors(start, dtype)
    target = logits(model, w, "target", batch["target"], form)
    each = losses(target, batch["target"])
    loss = each.mean()
    result = {"targetLogits": target.detach().numpy(), "targetLosses": each.detach().numpy()}
    if form == "loss":
        source = logits(model, w, "source", batch["source"], form)
        each = losses(source, batch["source"])
        loss = loss + (torch.tensor(batch["weights"], dtype=dtype) * each).sum()
        result.update(sourceLogits=source.detach().numpy(), sourceLosses=each.detach().numpy())
    return {**result, "loss": loss.item(), "gradients": gradients(loss, w)}


def cases(model, shapes, random):
    """Every form on a paired batch, and the whole model on independent ones."""
    found = []
    paired, independent = drawn_batch(random, 8), drawn_independent(random, 6, 4)
    for form, pairing, batch in (
        ("loss", "any", paired), ("features", "any", paired), ("none", "any", paired), ("loss", "independent", independent),
    ):
        weights = drawn_weights(random, shapes(form))
        exact, rough = (run(model, weights, batch, form, dtype) for dtype in (torch.float64, torch.float32))
        for name, gradient in exact["gradients"].items():
            assert np.abs(gradient).max() > 1e-3, f"{form}: {name} has no gradient to speak of"
        difference = {key: largest_difference(exact[key], rough[key]) for key in exact}
        found.append({"source": form, "pairing": pairing, "batch": batch, "weights": weights, **exact, "float32Difference": difference})
        print(form, pairing, exact["loss"], difference)
    return found


def world():
    return {
        "users": USERS, "items": ITEMS, "categories": CATEGORIES, "firstSource": FIRST_SOURCE, "categoryOfItem": CATEGORY,
        "width": WIDTH,
    }


def write(name, golden):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    with open(path, "w") as file:
        json.dump(compact(golden), file, separators=(",", ":"))
        file.write("\n")


def main():
    torch.set_num_threads(1)
    random = np.random.RandomState(20261125)
    found = cases(conet, conet_shapes, random)
    write("conet.json", {"config": {**world(), "widths": list(WIDTHS)}, "cases": found})


if __name__ == "__main__":
    main()
