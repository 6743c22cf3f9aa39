"""Golden values of one GRU layer, computed with PyTorch. Run `python3 test/golden/gru.py`; it rewrites gru.json.

Gates in the order reset, update, candidate (PyTorch's r, z, n), with the reset gate applied after the state's projection:
n = tanh(W_in x + b_in + r · (W_hn h + b_hn)), h' = (1 − z) · n + z · h. The state starts at zero, and a padding step keeps it.
"""

import json
import os

import numpy as np
import torch

from sasrec import compact, largest_difference

BATCH, LENGTH, INPUTS, STATE = 4, 6, 5, 7
LENGTHS = (6, 4, 1, 0)  # the last row is nothing but padding


def run(arrays, mask, dtype):
    t = {name: torch.tensor(value, dtype=dtype, requires_grad=name != "outputGradient") for name, value in arrays.items()}
    keep = torch.tensor(mask, dtype=dtype)
    h = torch.zeros(BATCH, STATE, dtype=dtype)
    states = []
    for step in range(LENGTH):
        from_input = (t["inputs"][:, step] @ t["input/weight"] + t["input/bias"]).chunk(3, dim=1)
        from_state = (h @ t["state/weight"] + t["state/bias"]).chunk(3, dim=1)
        reset = torch.sigmoid(from_input[0] + from_state[0])
        update = torch.sigmoid(from_input[1] + from_state[1])
        candidate = torch.tanh(from_input[2] + reset * from_state[2])
        new = (1 - update) * candidate + update * h
        present = keep[:, step : step + 1]
        h = present * new + (1 - present) * h
        states.append(h)
    states = torch.stack(states, dim=1)  # [B, T, H]
    (states * t["outputGradient"]).sum().backward()
    gradients = {name: x.grad.numpy() for name, x in t.items() if name != "outputGradient"}
    return {"states": states.detach().numpy(), "gradients": gradients}


def check_against_library(arrays, result):
    """torch.nn.GRU over each row without its padding must agree: the formulas above are then PyTorch's."""
    gru = torch.nn.GRU(INPUTS, STATE, batch_first=True).double()
    with torch.no_grad():
        gru.weight_ih_l0.copy_(torch.tensor(arrays["input/weight"]).t())
        gru.weight_hh_l0.copy_(torch.tensor(arrays["state/weight"]).t())
        gru.bias_ih_l0.copy_(torch.tensor(arrays["input/bias"]))
        gru.bias_hh_l0.copy_(torch.tensor(arrays["state/bias"]))
    total = torch.zeros((), dtype=torch.float64)
    for row, length in enumerate(LENGTHS):
        if length:
            start = LENGTH - length
            states, _ = gru(torch.tensor(arrays["inputs"][row : row + 1, start:]))
            assert np.allclose(states[0].detach().numpy(), result["states"][row, start:], atol=1e-12)
            total = total + (states[0] * torch.tensor(arrays["outputGradient"][row, start:])).sum()
    total.backward()
    assert np.allclose(gru.weight_ih_l0.grad.t().numpy(), result["gradients"]["input/weight"], atol=1e-12)
    assert np.allclose(gru.weight_hh_l0.grad.t().numpy(), result["gradients"]["state/weight"], atol=1e-12)
    assert np.allclose(gru.bias_ih_l0.grad.numpy(), result["gradients"]["input/bias"], atol=1e-12)
    assert np.allclose(gru.bias_hh_l0.grad.numpy(), result["gradients"]["state/bias"], atol=1e-12)


def main():
    random = np.random.RandomState(20261122)
    shapes = {
        "input/weight": (INPUTS, 3 * STATE), "input/bias": (3 * STATE,),
        "state/weight": (STATE, 3 * STATE), "state/bias": (3 * STATE,),
        "inputs": (BATCH, LENGTH, INPUTS), "outputGradient": (BATCH, LENGTH, STATE),
    }
    arrays = {
        name: (0.5 * random.standard_normal(shape)).astype(np.float32).astype(np.float64) for name, shape in shapes.items()
    }
    mask = np.array([[int(step >= LENGTH - length) for step in range(LENGTH)] for length in LENGTHS])
    exact, single = run(arrays, mask, torch.float64), run(arrays, mask, torch.float32)
    check_against_library(arrays, exact)
    golden = {
        "config": {"batch": BATCH, "length": LENGTH, "inputs": INPUTS, "state": STATE, "gates": ["reset", "update", "candidate"]},
        "mask": mask,
        **arrays,
        **exact,
        "float32Difference": {key: largest_difference(exact[key], single[key]) for key in exact},
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gru.json")
    with open(path, "w") as file:
        json.dump(compact(golden), file, separators=(",", ":"))
        file.write("\n")
    print(golden["float32Difference"])


if __name__ == "__main__":
    main()
