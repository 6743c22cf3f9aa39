"""Golden values of the estimators of lists, with the published formulas of the Open Bandit Pipeline (obp/ope/estimators_slate.py).
Run `python3 test/golden/ope-lists.py`; it rewrites ope-lists.json. Needs numpy alone.

A list holds three of five items, drawn by Plackett-Luce without replacement. The probability of a list, of its head, and of an item at a rank are all
summed over the permutations, so that they share nothing with a product of conditional probabilities.
"""

import itertools
import json
import os

import numpy as np

LISTS, RANKS, ITEMS = 60, 3, 5
PERMUTATIONS = list(itertools.permutations(range(ITEMS), RANKS))


def probabilities(logits):
    """Of every list."""
    weights = np.exp(logits)
    of = []
    for permutation in PERMUTATIONS:
        p, left = 1.0, weights.sum()
        for item in permutation:
            p *= weights[item] / left
            left -= weights[item]
        of.append(p)
    assert abs(sum(of) - 1) < 1e-12
    return np.array(of)


def over(of, where):
    return sum(p for p, permutation in zip(of, PERMUTATIONS) if where(permutation))


def main():
    random = np.random.RandomState(20261130)
    columns = {name: [] for name in ("propensities", "probabilities", "rankPropensities", "rankProbabilities", "rewards", "predicted", "expected")}
    whole, head, item = [], [], []  # the weights that OBP calls pscore, pscore_cascade, pscore_item_position
    for _ in range(LISTS):
        behavior, evaluation = probabilities(random.standard_normal(ITEMS)), probabilities(random.standard_normal(ITEMS))
        shown = PERMUTATIONS[random.choice(len(PERMUTATIONS), p=behavior)]
        model = random.uniform(0, 1, (RANKS, ITEMS))
        previous = (1.0, 1.0)
        for k in range(RANKS):
            heads = [over(of, lambda permutation: permutation[: k + 1] == shown[: k + 1]) for of in (behavior, evaluation)]
            ranks = [over(of, lambda permutation: permutation[k] == shown[k]) for of in (behavior, evaluation)]
            next_items = [over(evaluation, lambda permutation: permutation[: k + 1] == shown[:k] + (b,)) / previous[1] for b in range(ITEMS)]
            columns["propensities"].append(heads[0] / previous[0])
            columns["probabilities"].append(heads[1] / previous[1])
            columns["rankPropensities"].append(ranks[0])
            columns["rankProbabilities"].append(ranks[1])
            columns["rewards"].append(float(random.poisson(model[k, shown[k]] * (3 - k))))
            columns["predicted"].append(model[k, shown[k]])
            columns["expected"].append(float(np.dot(next_items, model[k])))
            whole.append(over(evaluation, lambda permutation: permutation == shown) / over(behavior, lambda permutation: permutation == shown))
            head.append(heads[1] / heads[0])
            item.append(ranks[1] / ranks[0])
            previous = heads
    shaped = lambda column: np.array(column).reshape(LISTS, RANKS)
    reward, predicted, expected = (shaped(columns[name]) for name in ("rewards", "predicted", "expected"))
    whole, head, item = shaped(whole), shaped(head), shaped(item)
    before = np.concatenate([np.ones((LISTS, 1)), head[:, :-1]], axis=1)
    estimates = {
        "sips": (whole * reward).sum() / LISTS,
        "snsips": (whole * reward / whole.mean()).sum() / LISTS,
        "rips": (head * reward).sum() / LISTS,
        "snrips": (head * reward / head.mean(axis=0)).sum() / LISTS,
        "iips": (item * reward).sum() / LISTS,
        "sniips": (item * reward / item.mean(axis=0)).sum() / LISTS,
        "cascade-dr": (head * (reward - predicted) + before * expected).sum() / LISTS,
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ope-lists.json")
    with open(path, "w") as file:
        json.dump({"lists": LISTS, "ranks": RANKS, "columns": columns, "estimates": estimates}, file, separators=(",", ":"))
        file.write("\n")
    print(json.dumps(estimates))


if __name__ == "__main__":
    main()
