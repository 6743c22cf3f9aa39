"""Golden values of SyNCRec's losses, gradients and training steps, computed with PyTorch and its automatic differentiation.

An independent reading of the paper in its plainest form, which shares nothing with the TypeScript sources: each user's mixed
sequence and each user's sequence of each domain is cut out and encoded by itself, without any padding or attention across
sequences; the K experts are K modules of `torch.nn.TransformerEncoder`; outputs of the single-domain sequences return to their
places in the mixed sequence by an index map.
Run `python3 test/golden/syncrec.py`; it rewrites syncrec.json beside this file. Values are computed in float64 from weights
that are exact in float32; `float32Difference` says how far the same computation in float32 strays.

Weights by name, with vectors as rows (y = x W + b), so a weight is [inputs, outputs]:
  items [V, r]; positions [maxLength, r], of which the last row is the last place of a sequence; domains [D, r];
  embedding/gain, embedding/bias [r]: the layer norm of M[x] + P + Y, the same for all views;
  expert{k}/layer{l}/{query,key,value,output}/{weight [r, r], bias}, …/norm1/{gain,bias}: LN(Z + MSA(Z)) → H,
  expert{k}/layer{l}/{inner [r, 4r], outer [4r, r]}/{weight,bias}, …/norm2/{gain,bias}: LN(H + FFN(H));
  gate/{cross,0,1,2}/{weight,bias}: weight [maxLength · r, K], row p · r + i for component i of the vector at row p of `positions`;
  tower/{cross,0,1,2}/{inner,outer}/{weight,bias}, …/norm/{gain,bias};
  mutualInformation/weight [r, r];
  start/cross [1, r], start/single [D, r]: M[SOS], where sequences have a start.
Experts and domains count from 0 here; experts 0 … j − 1 belong to the cross-domain task.
"""

import json
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from sasrec import compact, largest_difference

WIDTH, EXPERTS, CROSS_EXPERTS, LAYERS, HEADS = 4, 3, 2, 2, 1
LENGTH, MAX_LENGTH = 6, 8  # a window shorter than maxLength, so that positions must be aligned to the right
DOMAIN_START = [1, 7, 12, 18]  # items of domain d are DOMAIN_START[d] … DOMAIN_START[d + 1] − 1
DOMAINS, ITEMS = len(DOMAIN_START) - 1, DOMAIN_START[-1]  # with PAD, item 0
ALPHA, BETA, DELTA, ETA, TEMPERATURE = 0.8, 1.3, 0.6, 0.7, 0.2
LEARNING_RATE, NORM_EPSILON = 1e-3, 1e-5
VARIANTS = {
    "none": {},
    "loss-correction": {"correct": False},
    "mutual-information": {"eta": 1.0},
    "stop-gradient": {"stop": False},
    "mmoe": {"correct": False, "eta": 1.0, "stop": False},
}

# How what the paper leaves open, or prints otherwise than the released code has it, is read.
FORMS = {
    "older": {"start": False, "rho": "bilinear", "sums": False},
    "printed": {"start": True, "rho": "sigmoid", "sums": True},
}

# One row a user: items and, one longer, the last target. Domain 0: 1–6, domain 1: 7–11, domain 2: 12–17.
FIRST = [
    [3, 8, 14, 3, 9, 12, 10],  # a repeated item; the last target is the only successor of 9
    [5, 13, 2, 16, 15],  # nothing in domain 1
    [7, 17],  # one item: a cross target, no single one
    [11, 4, 10, 1, 17, 6],  # domain 2 stands last and has no successor
]
SECOND = [  # nothing in domain 1 at all, neither as input nor as target
    [2, 12, 6, 13, 4, 2, 16],
    [14, 15, 1],
    [1, 5, 6, 17],
    [17, 3],
]
# All events of each user, also those that a window of MAX_LENGTH leaves out.
LONG_FIRST = [
    [8, 14, 1, 2, 3, 4, 13, 5, 6, 1, 2, 3, 10],  # of domain 0 more than fit; 8 lies before the mixed window, as 14 does
    [5, 13, 2, 16, 15],
    [7, 17],
    [12, 7, 1, 8, 9, 2, 10, 3, 11],  # as many inputs as fit: no room for the start of the mixed sequence
]
LONG_SECOND = [[2, 12, 6, 13, 4, 2, 16], [14, 15, 1], [17, 16, 15, 14, 13, 12, 17, 16, 15, 14, 7, 17], [17, 3]]


def domain_of(item):
    return int(np.searchsorted(DOMAIN_START, item, side="right") - 1)


def initial_weights(random):
    """No gain is 1 and no bias is 0, so that a forgotten one shows."""
    weights = {}

    def draw(name, *shape, mean=0.0, scale=0.3):
        weights[name] = (mean + scale * random.standard_normal(shape)).astype(np.float32).astype(np.float64)

    def linear(name, inputs, outputs):
        draw(f"{name}/weight", inputs, outputs, scale=0.5)
        draw(f"{name}/bias", outputs, scale=0.2)

    def norm(name):
        draw(f"{name}/gain", WIDTH, mean=1.0, scale=0.2)
        draw(f"{name}/bias", WIDTH, scale=0.2)

    draw("items", ITEMS, WIDTH, scale=0.8)
    weights["items"][0] = 0
    draw("positions", MAX_LENGTH, WIDTH)
    draw("domains", DOMAINS, WIDTH)
    norm("embedding")
    for k in range(EXPERTS):
        for layer in range(LAYERS):
            for projection in ("query", "key", "value", "output"):
                linear(f"expert{k}/layer{layer}/{projection}", WIDTH, WIDTH)
            norm(f"expert{k}/layer{layer}/norm1")
            linear(f"expert{k}/layer{layer}/inner", WIDTH, 4 * WIDTH)
            linear(f"expert{k}/layer{layer}/outer", 4 * WIDTH, WIDTH)
            norm(f"expert{k}/layer{layer}/norm2")
    for task in ("cross", *range(DOMAINS)):
        linear(f"gate/{task}", MAX_LENGTH * WIDTH, EXPERTS)
        linear(f"tower/{task}/inner", WIDTH, 4 * WIDTH)
        linear(f"tower/{task}/outer", 4 * WIDTH, WIDTH)
        norm(f"tower/{task}/norm")
    draw("mutualInformation/weight", WIDTH, WIDTH)
    random = np.random.RandomState(20261130)  # leaves what is drawn after the weights as it was
    draw("start/cross", 1, WIDTH)
    draw("start/single", DOMAINS, WIDTH)
    return weights


class Expert(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, 0.0, "gelu", NORM_EPSILON, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, LAYERS)

    def forward(self, embedded):
        """[n, r] → [n, r], causal."""
        n = embedded.shape[0]
        later = torch.ones(n, n, dtype=torch.bool).triu(1)
        return self.encoder(embedded[None], mask=later)[0]


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, NORM_EPSILON)

    def forward(self, x):
        return self.norm(x + self.outer(F.gelu(self.inner(x))))


class SyNCRec(nn.Module):
    def __init__(self, stop=True, form="older"):
        super().__init__()
        self.stop, self.form = stop, FORMS[form]
        self.items = nn.Embedding(ITEMS, WIDTH)
        self.positions = nn.Embedding(MAX_LENGTH, WIDTH)
        self.domains = nn.Embedding(DOMAINS, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, NORM_EPSILON)
        self.experts = nn.ModuleList([Expert() for _ in range(EXPERTS)])
        tasks = ["cross", *map(str, range(DOMAINS))]
        self.gates = nn.ModuleDict({task: nn.Linear(MAX_LENGTH * WIDTH, EXPERTS) for task in tasks})
        self.towers = nn.ModuleDict({task: Tower() for task in tasks})
        self.bilinear = nn.Parameter(torch.zeros(WIDTH, WIDTH))
        self.start_cross = nn.Parameter(torch.zeros(1, WIDTH))
        self.start_single = nn.Parameter(torch.zeros(DOMAINS, WIDTH))

    def encode(self, task, sequence):
        """The states [n, r] of one sequence, in which None is the start, and its gate [K]."""
        n = len(sequence)
        embedded = []
        for place, item in enumerate(sequence, MAX_LENGTH - n):
            if item is not None:
                vector = self.items.weight[item] + self.domains.weight[domain_of(item)]
            elif task == "cross":
                vector = self.start_cross[0]
            else:
                vector = self.start_single[int(task)] + self.domains.weight[int(task)]
            embedded.append(vector + self.positions.weight[place])
        embedded = self.norm(torch.stack(embedded))
        padded = torch.cat([embedded.new_zeros(MAX_LENGTH - n, WIDTH), embedded])
        gate = torch.softmax(self.gates[task](padded.flatten()), -1)  # Eq. 3
        mixture = 0
        for k, expert in enumerate(self.experts):  # Eq. 2 and 4
            output = expert(embedded)
            own = k < CROSS_EXPERTS if task == "cross" else k >= CROSS_EXPERTS
            mixture = mixture + gate[k] * (output if own or not self.stop else output.detach())
        return self.towers[task](mixture), gate

    def view(self, task, events, inputs, all_items):
        """One sequence: for each of its last MAX_LENGTH places the event that stands there (None: the start), the event that is
        predicted there (None where there is none) and the state; then the gate."""
        if self.form["start"]:
            inputs, events = [None, *inputs], [None, *events]
        places = list(zip(inputs, [*events[1:], None]))[-MAX_LENGTH:]
        states, gate = self.encode(task, [None if s is None else all_items[s] for s, _ in places])
        return [(at, target, state) for (at, target), state in zip(places, states)], gate

    def forward(self, users):
        """Per user: the mixed sequence and that of each domain (Definition 1), by `view`, and the gates by task."""
        results = []
        for items in users:
            n = len(items)
            gates, single = {}, {}
            mixed, gates["cross"] = self.view("cross", list(range(n)), list(range(n - 1)), items)
            for d in range(DOMAINS):
                events = [s for s in range(n) if domain_of(items[s]) == d]
                inputs = [s for s in events if s < n - 1]
                if inputs or (events and self.form["start"]):
                    single[d], gates[str(d)] = self.view(str(d), events, inputs, items)
            results.append((mixed, single, gates))
        return results

    def item_loss(self, name, state, target, negative):
        if name == "softmax":
            d = domain_of(target)
            logits = self.items.weight[DOMAIN_START[d] : DOMAIN_START[d + 1]] @ state
            return F.cross_entropy(logits[None], torch.tensor([target - DOMAIN_START[d]]))
        if name == "bpr":
            return -F.logsigmoid(state @ (self.items.weight[target] - self.items.weight[negative]))
        return -F.logsigmoid(state @ self.items.weight[target]) - F.logsigmoid(-(state @ self.items.weight[negative]))

    def parts(self, name, users, negatives, shares):
        """Everything between the states and the sum of losses; `shares` are λ, before this batch."""
        encoded = self(users)
        # One loss an event: of its place in the mixed sequence, and of its place in the sequence of its own domain.
        cross, single, place = {}, {}, {}
        for u, (items, (mixed, own, _)) in enumerate(zip(users, encoded)):
            def loss_of(s, state):
                return self.item_loss(name, state, items[s], None if negatives is None else negatives[u][s - 1])

            for _, target, state in mixed:
                if target is not None:
                    cross[u, target] = loss_of(target, state)
            for places in own.values():
                for at, target, state in places:
                    if target is not None:
                        single[u, target] = loss_of(target, state)
                        place[u, at] = target

        def of(d, events):
            return [event for event in events if domain_of(users[event[0]][event[1]]) == d]

        def mean(values):
            return sum(values) / len(values)

        gaps, present = np.zeros(DOMAINS), []
        for d in range(DOMAINS):
            events = [event for event in of(d, single) if event in cross]
            if events:
                present.append(d)
                gaps[d] = mean([single[e].item() for e in events]) - mean([cross[e].item() for e in events])  # Eq. 10
        exponents = np.exp((ALPHA * shares[present] + BETA * gaps[present]) / DELTA)  # Eq. 11
        free = 1 - sum(shares[d] for d in range(DOMAINS) if d not in present)
        updated = shares.copy()
        updated[present] = free * exponents / exponents.sum()

        mutual = []
        for d in range(DOMAINS):  # Eq. 16–17
            singles, crosses = [], []
            for items, (mixed, own, _) in zip(users, encoded):
                there = [y for s, _, y in mixed if s is not None and domain_of(items[s]) == d]
                if there:
                    crosses.append(torch.stack(there).mean(0))
                    singles.append(torch.stack([y for s, _, y in own[d] if s is not None]).mean(0))
            terms = []  # one a user; all users' single-domain sequences compete for the user's cross-domain one
            for u, other in enumerate(crosses):
                products = torch.stack([mine @ self.bilinear @ other for mine in singles])
                similarities = torch.sigmoid(products) if self.form["rho"] == "sigmoid" else products / TEMPERATURE
                terms.append(-torch.log_softmax(similarities, 0)[u])
            total = sum(terms) if terms else self.bilinear.new_zeros(())
            mutual.append(total / (len(users) if self.form["sums"] else max(1, len(terms))))
        return encoded, cross, single, place, gaps, updated, mutual

    def loss(self, name, users, negatives, shares, correct=True, eta=ETA):
        encoded, cross, single, place, gaps, updated, mutual = self.parts(name, users, negatives, shares)
        if not correct:
            updated = np.full(DOMAINS, 1 / DOMAINS)
        weighed = sum(DOMAINS * updated[domain_of(users[u][s])] * loss for (u, s), loss in cross.items())  # Eq. 12
        crosses, singles = (len(users), len(users)) if self.form["sums"] else (len(cross), len(single))
        corrected, single_mean = weighed / crosses, sum(single.values()) / singles
        total = eta * (single_mean + corrected) + (1 - eta) * sum(mutual)  # Eq. 18
        terms = {
            "cross": (sum(cross.values()) / crosses).item(),
            "corrected": corrected.item(),
            "single": single_mean.item(),
            "mutualInformation": np.array([x.item() for x in mutual]),
            "gaps": gaps,
            "shares": updated,
            "total": total.item(),
        }
        return total, terms, (encoded, cross, single, place), updated


def bindings(model):
    """Name in the JSON → (tensor of the module, view of the part that is meant)."""
    found = {}

    def whole(name, tensor):
        found[name] = (tensor, lambda x: x)

    def linear(name, module):
        found[f"{name}/weight"] = (module.weight, lambda x: x.t())
        whole(f"{name}/bias", module.bias)

    def norm(name, module):
        whole(f"{name}/gain", module.weight)
        whole(f"{name}/bias", module.bias)

    whole("items", model.items.weight)
    whole("positions", model.positions.weight)
    whole("domains", model.domains.weight)
    norm("embedding", model.norm)
    for k, expert in enumerate(model.experts):
        for l, layer in enumerate(expert.encoder.layers):
            prefix = f"expert{k}/layer{l}"
            for i, projection in enumerate(("query", "key", "value")):
                rows = slice(i * WIDTH, (i + 1) * WIDTH)
                found[f"{prefix}/{projection}/weight"] = (layer.self_attn.in_proj_weight, lambda x, rows=rows: x[rows].t())
                found[f"{prefix}/{projection}/bias"] = (layer.self_attn.in_proj_bias, lambda x, rows=rows: x[rows])
            linear(f"{prefix}/output", layer.self_attn.out_proj)
            norm(f"{prefix}/norm1", layer.norm1)
            linear(f"{prefix}/inner", layer.linear1)
            linear(f"{prefix}/outer", layer.linear2)
            norm(f"{prefix}/norm2", layer.norm2)
    for task in model.gates:
        linear(f"gate/{task}", model.gates[task])
        linear(f"tower/{task}/inner", model.towers[task].inner)
        linear(f"tower/{task}/outer", model.towers[task].outer)
        norm(f"tower/{task}/norm", model.towers[task].norm)
    whole("mutualInformation/weight", model.bilinear)
    whole("start/cross", model.start_cross)
    whole("start/single", model.start_single)
    return found


def new_model(start, stop, form, dtype):
    model = SyNCRec(stop, form).to(dtype)
    bound = bindings(model)
    assert list(bound) == list(start)
    with torch.no_grad():
        for name, (tensor, part) in bound.items():
            part(tensor).copy_(torch.tensor(start[name], dtype=dtype))
    assert sum(x.numel() for x in model.parameters()) == sum(x.size for x in start.values())
    return model, bound


def numpy_of(bound, what):
    return {name: part(what(tensor)).detach().numpy().copy() for name, (tensor, part) in bound.items()}


def gradient_of(tensor):
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad


def on_grid(users, value, width=None):
    """Values by (user, place) on a left-padded [B, T] grid, zeros at padding."""
    grid = np.zeros((len(users), LENGTH) + (() if width is None else (width,)))
    for u, sequence in enumerate(users):
        n = len(sequence) - 1
        for t in range(n):
            grid[u, LENGTH - n + t] = value(u, t)
    return grid


def run(start, name, variant, form, negatives, dtype):
    """One step of Adam on the first batch, then the losses of the second."""
    settings = dict(VARIANTS[variant])
    first, second = (FIRST, SECOND) if form == "older" else (LONG_FIRST, LONG_SECOND)
    model, bound = new_model(start, settings.pop("stop", True), form, dtype)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    shares = np.full(DOMAINS, 1 / DOMAINS)
    optimizer.zero_grad()
    total, terms, (encoded, cross, single, place), shares = model.loss(name, first, negatives[0], shares, **settings)
    total.backward()
    result = {"first": terms, "gradients": numpy_of(bound, gradient_of)}
    if form == "older":
        single_states = [{s: y for places in own.values() for s, _, y in places} for _, own, _ in encoded]
        result["crossStates"] = on_grid(FIRST, lambda u, t: encoded[u][0][t][2].detach().numpy(), WIDTH)
        result["singleStates"] = on_grid(FIRST, lambda u, t: single_states[u][t].detach().numpy(), WIDTH)
        result["gates"] = {
            task: np.array([e[2][task].detach().numpy() if task in e[2] else np.zeros(EXPERTS) for e in encoded])
            for task in model.gates
        }
        # Each at the place of the item that predicts.
        result["crossLosses"] = on_grid(FIRST, lambda u, t: cross[u, t + 1].item())
        result["singleLosses"] = on_grid(FIRST, lambda u, t: single[u, place[u, t]].item() if (u, t) in place else 0)
    optimizer.step()
    result["weightsAfterOneStep"] = numpy_of(bound, lambda tensor: tensor)
    _, result["second"], _, _ = model.loss(name, second, negatives[1], shares, **settings)
    if form == "older":
        for key in ("gradients", "weightsAfterOneStep"):
            for name in ("start/cross", "start/single"):
                del result[key][name]
    return result


def check_stop_gradient(start, negatives):
    """What the paper says of the experts, term by term: those of one task have no gradient by the loss of the other."""
    model, _ = new_model(start, True, "older", torch.float64)
    _, cross, single, *_ = model.parts("bce", FIRST, negatives[0], np.full(DOMAINS, 1 / DOMAINS))
    for losses, blocked in ((cross, range(CROSS_EXPERTS, EXPERTS)), (single, range(CROSS_EXPERTS))):
        model.zero_grad(set_to_none=True)
        sum(losses.values()).backward(retain_graph=True)
        for k, expert in enumerate(model.experts):
            size = sum(gradient_of(x).abs().sum().item() for x in expert.parameters())
            assert (size == 0) == (k in blocked)


def left_padded(rows):
    return np.array([[0] * (LENGTH - len(row)) + list(row) for row in rows])


def main():
    torch.set_num_threads(1)
    random = np.random.RandomState(20261124)
    weights = initial_weights(random)
    negatives = []
    for users in (FIRST, SECOND):
        batch = []
        for sequence in users:
            ranges = [DOMAIN_START[domain_of(item) : domain_of(item) + 2] for item in sequence[1:]]
            batch.append([int(random.randint(start, end)) for start, end in ranges])
        negatives.append(batch)
    check_stop_gradient(weights, negatives)
    cases = []
    detailed = [("softmax", "none", "older"), ("bce", "none", "older")]
    ablated = [("softmax", ablation, "older") for ablation in VARIANTS if ablation != "none"]
    # The first targets have negatives of our own drawing, so that this form is held by the loss without any.
    printed = [("softmax", "none", "printed"), ("softmax", "stop-gradient", "printed")]
    for name, variant, form in detailed + ablated + [("bpr", "none", "older")] + printed:
        drawn = (None, None) if form == "printed" else negatives
        exact, rough = (run(weights, name, variant, form, drawn, dtype) for dtype in (torch.float64, torch.float32))
        # By softmax's invariance the gradient of a key bias is zero: Adam turns its rounding errors into steps.
        for result in (exact, rough):
            key_biases = [key for key in result["weightsAfterOneStep"] if key.endswith("/key/bias")]
            for key in key_biases:
                del result["weightsAfterOneStep"][key]
        difference = {key: largest_difference(exact[key], rough[key]) for key in exact}
        if (name, variant, form) not in detailed:
            for key in ("crossStates", "singleStates", "gates", "crossLosses", "singleLosses", "weightsAfterOneStep"):
                exact.pop(key, None)
        cases.append({"loss": name, "ablation": variant, "form": form, **exact, "float32Difference": difference})
        print(name, variant, form, exact["first"]["total"], exact["first"]["shares"], exact["second"]["shares"], difference)
    golden = {
        "config": {
            "width": WIDTH, "experts": EXPERTS, "crossExperts": CROSS_EXPERTS, "layers": LAYERS, "heads": HEADS,
            "inner": 4 * WIDTH, "maxLength": MAX_LENGTH, "length": LENGTH, "batch": len(FIRST), "items": ITEMS,
            "domainStart": DOMAIN_START, "alpha": ALPHA, "beta": BETA, "delta": DELTA, "eta": ETA,
            "temperature": TEMPERATURE, "normEpsilon": NORM_EPSILON, "learningRate": LEARNING_RATE,
        },
        "batches": [
            {
                "items": left_padded([sequence[:-1] for sequence in users]),
                "targets": left_padded([sequence[1:] for sequence in users]),
                "negatives": left_padded(drawn),
            }
            for users, drawn in zip((FIRST, SECOND), negatives)
        ],
        "sequences": [LONG_FIRST, LONG_SECOND],
        "weights": weights,
        "cases": cases,
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "syncrec.json")
    with open(path, "w") as file:
        json.dump(compact(golden), file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
