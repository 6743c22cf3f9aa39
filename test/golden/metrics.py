"""Golden values of the metrics, computed with numpy. Run `python3 test/golden/metrics.py`; it rewrites metrics.json.

The rank of a case is the number of candidates scored strictly higher than the answer (0 is best); candidate 0 is the answer and
no scores tie there. AUC counts a tied pair as one half. Log loss is the mean of −y ln p − (1 − y) ln(1 − p).
"""

import json
import os

import numpy as np

from sasrec import compact

CASES, CANDIDATES, CLICKS = 12, 30, 40


def ranking(random):
    scores = random.standard_normal((CASES, CANDIDATES)).astype(np.float32)
    scores[:, 0] += np.linspace(0, 3, CASES).astype(np.float32)  # answers from hard to easy
    assert all(len(np.unique(row)) == CANDIDATES for row in scores)
    ranks = (scores[:, 1:] > scores[:, :1]).sum(axis=1)
    overall = {"mrr": (1 / (ranks + 1)).mean(), "mrr@10": np.where(ranks < 10, 1 / (ranks + 1), 0).mean()}
    for k in (1, 5, 10):
        overall[f"hr@{k}"] = (ranks < k).mean()
        overall[f"ndcg@{k}"] = np.where(ranks < k, 1 / np.log2(ranks + 2), 0).mean()
    assert len({bool(rank < 10) for rank in ranks}) == 2
    return {"scores": scores.astype(np.float64), "ranks": ranks, "metrics": overall}


def clicks(random):
    probabilities = np.round(random.uniform(0.1, 0.9, CLICKS), 1)  # one decimal, so that some tie
    labels = (random.random_sample(CLICKS) < probabilities).astype(np.int64)
    positive, negative = probabilities[labels == 1], probabilities[labels == 0]
    higher = (positive[:, None] > negative).sum() + 0.5 * (positive[:, None] == negative).sum()
    assert (positive[:, None] == negative).any()
    logloss = -(labels * np.log(probabilities) + (1 - labels) * np.log(1 - probabilities)).mean()
    metrics = {"auc": higher / (len(positive) * len(negative)), "logloss": logloss}
    return {"probabilities": probabilities, "labels": labels, "metrics": metrics}


def ratings(random):
    given = random.randint(1, 6, CLICKS).astype(np.float64)
    predicted = np.round(given + random.standard_normal(CLICKS), 3)
    error = predicted - given
    return {"given": given, "predicted": predicted, "metrics": {"mae": np.abs(error).mean(), "rmse": np.sqrt((error**2).mean())}}


def main():
    random = np.random.RandomState(20261123)
    golden = {"ranking": ranking(random), "clicks": clicks(random), "ratings": ratings(random)}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "metrics.json")
    with open(path, "w") as file:
        json.dump(compact(golden), file, separators=(",", ":"))
        file.write("\n")
    print(json.dumps({name: compact(part["metrics"]) for name, part in golden.items()}))


if __name__ == "__main__":
    main()
