"""Golden values of off-policy estimators, computed with numpy. Run `python3 test/golden/ope.py`; it rewrites ope.json.

The formulas are those of the papers as the Open Bandit Pipeline 0.5.5 publishes them: estimators over whole matrices of
probabilities and expected rewards, `lambda` by SLOPE with one-sided t bounds at delta = .05 (each row is a user of its own, as there).
MIPS uses the known marginal probabilities of a deterministic group of each item. Tuned estimators say which setting they chose.
"""

import json
import os

import numpy as np

ROWS, ITEMS, GROUPS = 150, 8, 3
# Quantiles of Student's distribution with 149 degrees of freedom at .95, from scipy.stats.t.ppf(0.95, 149).
STUDENT = 1.655144533797956


def softmax(x):
    x = np.exp(x - x.max(axis=1, keepdims=True))
    return x / x.sum(axis=1, keepdims=True)


def slope(settings, rounds):
    """SLOPE++: from the widest to the narrowest, the last that agrees with all before it."""
    tried = []
    for setting in settings:
        x = rounds(setting)
        tried.append((STUDENT * np.sqrt(x.var() / (len(x) - 1)), x.mean(), setting))
    tried = [tried[i] for i in np.argsort([width for width, _, _ in tried])[::-1]]
    kept = [tried[0]]
    for width, value, setting in tried[1:]:
        if not all(abs(other - value) <= width + (np.sqrt(6) - 1) * wide for wide, other, _ in kept):
            break
        kept.append((width, value, setting))
    return kept[-1]


def world(random, sharpness, model_error):
    q = 1 / (1 + np.exp(-random.standard_normal((ROWS, ITEMS))))
    pi_b = softmax(random.standard_normal((ROWS, ITEMS)))
    pi_e = softmax(sharpness * q + random.standard_normal((ROWS, ITEMS)))
    item = np.array([random.choice(ITEMS, p=row) for row in pi_b])
    at = (np.arange(ROWS), item)
    reward = (random.random_sample(ROWS) < q[at]).astype(float)
    q_hat = np.clip(q - model_error + 0.2 * random.standard_normal((ROWS, ITEMS)), 0, 1)
    group = np.arange(ITEMS) % GROUPS
    member = (group[:, None] == np.arange(GROUPS)).astype(float)
    group_b, group_e = (pi @ member for pi in (pi_b, pi_e))
    in_group = (np.arange(ROWS), group[item])
    # A second policy that could have served each row; the first served the even rows.
    other = softmax(random.standard_normal((ROWS, ITEMS)))
    rho = np.array([0.5, 0.5])
    served = [pi_b, other]
    multi_item = item.copy()
    for row in range(1, ROWS, 2):
        multi_item[row] = random.choice(ITEMS, p=other[row])
    multi_at = (np.arange(ROWS), multi_item)
    multi_reward = (random.random_sample(ROWS) < q[multi_at]).astype(float)
    mixture = sum(share * pi for share, pi in zip(rho, served))

    w = pi_e[at] / pi_b[at]
    expected = np.average(q_hat, weights=pi_e, axis=1)
    apart = reward - q_hat[at]
    we = group_e[in_group] / group_b[in_group]
    wm = pi_e[multi_at] / mixture[multi_at]

    def dros(lam):
        return expected + (w if np.isinf(lam) else lam * w / (w**2 + lam)) * apart

    def switch(tau):
        return expected + np.where(w <= tau, w, 0) * apart

    places = np.ceil((np.arange(10) + 1) / 10 * ROWS).astype(int) - 1
    spread = list(np.sort(w)[places])
    tuned_dros = slope([x * x for x in spread] + [np.inf], dros)
    tuned_switch = slope(spread + [np.inf], switch)
    estimates = {
        "dm": expected.mean(),
        "ipw": (w * reward).mean(),
        "snipw": (w * reward).mean() / w.mean(),
        "dr": (expected + w * apart).mean(),
        "switch-dr:1.5": switch(1.5).mean(),
        "dros:2": dros(2.0).mean(),
        "switch-dr": tuned_switch[1],
        "dros": tuned_dros[1],
        "mips": (we * reward).mean(),
        "sn-mips": (we * reward).mean() / we.mean(),
        "balanced": (wm * multi_reward).mean(),
        "sn-balanced": (wm * multi_reward).mean() / wm.mean(),
        "balanced-dr": (expected + wm * (multi_reward - q_hat[multi_at])).mean(),
    }
    columns = {
        "rewards": reward,
        "propensities": pi_b[at],
        "probabilities": pi_e[at],
        "predicted": q_hat[at],
        "expected": expected,
        "groupPropensities": group_b[in_group],
        "groupProbabilities": group_e[in_group],
    }
    several = {
        "rewards": multi_reward,
        "propensities": np.where(np.arange(ROWS) % 2 == 0, pi_b[multi_at], other[multi_at]),
        "probabilities": pi_e[multi_at],
        "mixture": mixture[multi_at],
        "predicted": q_hat[multi_at],
        "expected": expected,
    }
    chosen = {"dros": tuned_dros[2], "switch-dr": tuned_switch[2]}
    return {"columns": columns, "several": several, "estimates": estimates, "chosen": chosen}


def plain(value):
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, np.ndarray):
        return [float(x) for x in value]
    return None if np.isinf(value) else float(value)


def main():
    random = np.random.RandomState(20261130)
    golden = {"mild": world(random, 1.0, 0.0), "sharp": world(random, 4.0, 0.35)}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ope.json")
    with open(path, "w") as file:
        json.dump(plain(golden), file, separators=(",", ":"))
        file.write("\n")
    print(json.dumps({name: [part["estimates"], plain(part["chosen"])] for name, part in golden.items()}, indent=1))


if __name__ == "__main__":
    main()
