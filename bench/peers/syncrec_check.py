"""Holds the SyNCRec of these benchmarks to the golden values of test/golden/syncrec.json, which another program made: losses, λ and
every gradient, with both layouts of single-domain sequences. Prints the largest differences, and fails where they are large.
"""

import json
import os

import syncrec
import numpy as np
import torch

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../test/golden/syncrec.json")


def named(model, width):
    """Golden name → (parameter, view of the part that is meant)."""
    found = {
        "items": (model.items.weight, lambda x: x),
        "positions": (model.positions.weight, lambda x: x),
        "domains": (model.types.weight, lambda x: x[:-1]),
        "mutualInformation/weight": (model.bilinear, lambda x: x),
    }

    def linear(name, module, rows=slice(None)):
        found[f"{name}/weight"] = (module.weight, lambda x: x[rows].t())
        found[f"{name}/bias"] = (module.bias, lambda x: x[rows])

    def norm(name, module):
        found[f"{name}/gain"], found[f"{name}/bias"] = (module.weight, lambda x: x), (module.bias, lambda x: x)

    norm("embedding", model.norm)
    for k, layers in enumerate(model.experts):
        for l, layer in enumerate(layers):
            for i, projection in enumerate(("query", "key", "value")):
                rows = slice(i * width, (i + 1) * width)
                linear(f"expert{k}/layer{l}/{projection}", layer.query_key_value, rows)
            for part in ("output", "inner", "outer"):
                linear(f"expert{k}/layer{l}/{part}", getattr(layer, part))
            norm(f"expert{k}/layer{l}/norm1", layer.norm1)
            norm(f"expert{k}/layer{l}/norm2", layer.norm2)
    for i, task in enumerate([*map(str, range(model.domains)), "cross"]):
        linear(f"gate/{task}", model.gates[i])
        linear(f"tower/{task}/inner", model.towers[i].inner)
        linear(f"tower/{task}/outer", model.towers[i].outer)
        norm(f"tower/{task}/norm", model.towers[i].norm)
    return found


def check(golden, case, masked):
    config = golden["config"]
    same = ("width", "experts", "layers", "heads", "alpha", "beta", "delta")
    eta = config["eta"] if case["ablation"] == "none" else 1
    model = syncrec.SyNCRec(
        config["domainStart"], **{key: config[key] for key in same}, cross_experts=config["crossExperts"],
        max_length=config["maxLength"], dropout=0, masked=masked, eta=eta,
    )
    parameters = named(model, config["width"])
    assert set(parameters) == set(golden["weights"])
    with torch.no_grad():
        for name, (parameter, part) in parameters.items():
            part(parameter).copy_(torch.tensor(golden["weights"][name]))
    optimizer = torch.optim.Adam(model.parameters(), lr=config["learningRate"])
    largest = {"loss": 0.0, "shares": 0.0, "gradients": 0.0}

    def note(key, ours, theirs):
        largest[key] = max(largest[key], float(np.abs(np.asarray(ours) - np.asarray(theirs)).max()))

    for batch, terms in zip(golden["batches"], (case["first"], case["second"])):
        arrays = (np.array(batch[key]) for key in ("items", "targets"))
        optimizer.zero_grad()
        loss = model.loss(syncrec.Views(*arrays, model.domain_start, masked))
        loss.backward()
        note("loss", loss.item(), terms["total"])
        note("shares", model.shares.numpy(), terms["shares"])
        if terms is case["first"]:
            for name, (parameter, part) in parameters.items():
                gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                note("gradients", part(gradient).numpy(), case["gradients"][name])
        optimizer.step()
    assert max(largest.values()) < 1e-5, largest
    return largest


def main():
    torch.set_num_threads(1)
    with open(GOLDEN) as file:
        golden = json.load(file)
    for case in golden["cases"]:
        if case["loss"] == "softmax" and case["ablation"] in ("none", "mutual-information"):
            for masked in (True, False):
                layout = "masked" if masked else "compact"
                print(case["ablation"], layout, {key: f"{x:.1e}" for key, x in check(golden, case, masked).items()})


if __name__ == "__main__":
    main()
