"""Holds the CoNet and the BIAO of these benchmarks to the golden values of test/golden/biao.json, which another program made: the
weights of source behaviors, loss, gradients, and the hypergradient. Prints the largest differences, and fails where they are large.
"""

import json
import os

import biao
import numpy as np
import torch

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../test/golden/biao.json")


def tensor(values):
    return torch.tensor(values, dtype=torch.float32)


def batch_of(golden, category_of, window, sources=True):
    target, source = golden["target"], golden["source"]
    size = len(target)
    histories = np.zeros((2, size, window), dtype=np.int64)
    for s, side in enumerate(("target", "source")):
        for i, one in enumerate(target):
            recent = one[side][-window:]
            if recent:
                histories[s, i, -len(recent) :] = recent
    column = lambda rows, name: [one[name] for one in rows]
    labels = tensor([column(target, "label"), column(source, "label") if source else [0] * size])
    items = torch.tensor([column(target, "item"), column(target, "partner")])
    return biao.Batch(torch.tensor(column(target, "user")), items, labels, torch.from_numpy(histories), category_of)


def fill(model, perceptron, theta, phi):
    both = lambda prefix, name: torch.stack([tensor(theta[f"{prefix}/{side}{name}"]) for side in ("target", "source")])
    with torch.no_grad():
        for name in biao.TABLES:
            getattr(model, name).weight.copy_(tensor(theta[name]))
        for l in range(len(model.own)):
            model.own[l].copy_(both(f"layer{l}", ""))
            model.cross[l].copy_(tensor(theta[f"layer{l}/transfer"]))
        model.head_weight.copy_(both("head", "/weight"))
        model.head_bias.copy_(both("head", "/bias")[:, None])
        for parameter, value in zip(perceptron.parameters(), perceptron_values(phi)):
            parameter.copy_(value)


def perceptron_values(named):
    """In the order of the peer's parameters, as it lays them out."""
    sides = ("target", "source")
    layers = sorted({name.split("/")[1] for name in named if name.startswith("local/")})
    found = {
        "scale": tensor(named["scale"]),
        "query_key_value": torch.stack([
            torch.cat([tensor(named[f"history/{side}/{part}"]) for part in ("query", "key", "value")], 1) for side in sides
        ]),
        "output": torch.stack([tensor(named[f"history/{side}/output"]) for side in sides]),
        "linear.weight": tensor(named["global/weight"]).t(),
        "linear.bias": tensor(named["global/bias"]),
    }
    for i in layers:
        found[f"local.{i}.weight"], found[f"local.{i}.bias"] = tensor(named[f"local/{i}/weight"]).t(), tensor(named[f"local/{i}/bias"])
    order = ["query_key_value", "output", "scale", "linear.weight", "linear.bias"]
    order += [f"local.{i}.{part}" for i in layers for part in ("weight", "bias")]
    return [found[name] for name in order]


def main():
    torch.set_num_threads(1)
    with open(GOLDEN) as file:
        golden = json.load(file)
    config, case = golden["config"], golden["cases"][0]
    category_of = torch.tensor(config["categoryOfItem"])
    model = biao.CoNet(config["users"] - 1, config["items"] - 1, config["categories"] - 1, config["width"], config["widths"])
    perceptron = biao.Perceptron(2 * config["width"], config["heads"], config["headWidth"], config["local"])
    names = [name for name, _ in perceptron.named_parameters()]
    fill(model, perceptron, case["theta"], golden["perceptron"])
    lower, upper, dev = (batch_of(golden["batches"][name], category_of, config["window"]) for name in ("lower", "upper", "dev"))
    largest = lambda ours, theirs: float((ours.detach() - theirs).abs().max())
    weights = perceptron(lower, model.tables())
    loss = biao.train_loss(model.losses(lower), weights.detach())
    loss.backward()
    differences = {
        "weights": largest(weights, tensor(case["lower"]["weights"])),
        "loss": abs(loss.item() - case["lower"]["loss"]),
        "items": largest(model.item.weight.grad, tensor(case["lower"]["gradients"]["item"])),
        "cross": largest(model.cross[0].grad, tensor(case["lower"]["gradients"]["layer0/transfer"])),
    }
    for expected in case["upper"]:
        if expected["hessian"] != "body":
            continue
        found, norms = biao.hypergradient(model, perceptron, upper, dev, config["terms"], expected["alpha"])
        theirs = perceptron_values(expected["hypergradient"])
        differences[f"hypergradient, alpha {expected['alpha']}"] = max(
            largest(a, b) / expected["hypergradientNorm"] for a, b in zip(found, theirs)
        )
        differences[f"norms, alpha {expected['alpha']}"] = largest(torch.stack(norms), tensor(expected["norms"]))
    print(len(names), {key: f"{x:.1e}" for key, x in differences.items()})
    assert max(differences.values()) < 1e-5, differences


if __name__ == "__main__":
    main()
