"""Golden values of the estimators of episodes, with the published formulas of SCOPE-RL (scope_rl/ope/discrete), of Xie, Ma and Wang (2019)
and of Duan, Jia and Wang (2020). Run `python3 test/golden/ope-episodes.py`; it rewrites ope-episodes.json. Needs numpy alone.

Episodes of at most six turns in a world of four states and three items; users leave now and then, so that episodes differ in length. Everything is
computed over padded [episodes x turns] arrays: a turn after the end pays 0 and has the ratio 1.
"""

import json
import os

import numpy as np

EPISODES, TURNS, STATES, ITEMS, WIDTH, FOLDS, USERS = 80, 6, 4, 3, 5, 5, 40


def softmax(logits):
    weights = np.exp(logits)
    return weights / weights.sum(axis=-1, keepdims=True)


def regression(phi, y):
    """Least squares, held to 0 as by one row of ordinary size."""
    square = phi.T @ phi
    square += np.eye(WIDTH) * np.trace(square) / (WIDTH * len(phi))
    return np.linalg.solve(square, phi.T @ y), np.linalg.inv(square)


def fit(there, phi, phi_pi, reward, learns):
    thetas, inverses = [None] * TURNS, [None] * TURNS
    onward = np.zeros(EPISODES)
    for t in reversed(range(TURNS)):
        rows = there[:, t] & learns
        thetas[t], inverses[t] = regression(phi[rows, t], (reward[:, t] + onward)[rows])
        onward = np.where(there[:, t], phi_pi[:, t] @ thetas[t], 0)
    q = np.where(there, np.einsum("etw,tw->et", phi, thetas), 0)
    v = np.where(there, np.einsum("etw,tw->et", phi_pi, thetas), 0)
    return q, v, inverses


def main():
    random = np.random.RandomState(20261130)
    served, target = softmax(random.standard_normal((STATES, ITEMS))), softmax(random.standard_normal((STATES, ITEMS)))
    onto = softmax(random.standard_normal((STATES, ITEMS, STATES)))
    pays = random.uniform(0, 2, (STATES, ITEMS))
    leaves = random.uniform(0.02, 0.3, STATES)
    known = random.standard_normal((STATES, ITEMS, WIDTH))
    known[:, :, 0] = 1
    user = random.randint(0, USERS, EPISODES)
    state, item = np.zeros((EPISODES, TURNS), int), np.zeros((EPISODES, TURNS), int)
    reward, there = np.zeros((EPISODES, TURNS)), np.zeros((EPISODES, TURNS), bool)
    for e in range(EPISODES):
        s = random.randint(STATES)
        for t in range(TURNS):
            state[e, t], there[e, t] = s, True
            item[e, t] = a = random.choice(ITEMS, p=served[s])
            reward[e, t] = pays[s, a] + 0.3 * random.standard_normal()
            if random.uniform() < leaves[s]:
                break
            s = random.choice(STATES, p=onto[s, a])
    assert len(set(there.sum(axis=1))) == TURNS
    ratio = np.where(there, target[state, item] / served[state, item], 1)
    weight = np.cumprod(ratio, axis=1)
    before = np.concatenate([np.ones((EPISODES, 1)), weight[:, :-1]], axis=1)
    phi, phi_pi = known[state, item], np.einsum("sa,saw->sw", target, known)[state]

    # Marginalized: transitions and pay of the target between states, then forward.
    marginal = 0.0
    share = np.bincount(state[:, 0], minlength=STATES) / EPISODES
    for t in range(TURNS):
        count = np.array([max(1, (there[:, t] & (state[:, t] == s)).sum()) for s in range(STATES)])
        paid = np.array([(ratio * reward)[there[:, t] & (state[:, t] == s), t].sum() for s in range(STATES)]) / count
        marginal += share @ paid
        if t + 1 == TURNS:
            break
        moves = np.array([[ratio[there[:, t + 1] & (state[:, t] == s) & (state[:, t + 1] == n), t].sum() for n in range(STATES)] for s in range(STATES)])
        share = share @ (moves / count[:, None])

    q, v, inverses = fit(there, phi, phi_pi, reward, np.ones(EPISODES, bool))
    fitted = v[:, 0].mean()
    comes = np.where(there[:, 0, None], phi_pi[:, 0], 0).sum(axis=0)
    onward = np.concatenate([v[:, 1:], np.zeros((EPISODES, 1))], axis=1)
    for t in range(TURNS):
        often = np.where(there[:, t], phi[:, t] @ (inverses[t] @ comes), 0)
        fitted += (often * (reward[:, t] + onward[:, t] - q[:, t])).sum() / EPISODES
        if t + 1 < TURNS:
            comes = (often[:, None] * np.where(there[:, t + 1, None], phi_pi[:, t + 1], 0)).sum(axis=0)

    doubly = 0.0
    for fold in range(FOLDS):
        held = user % FOLDS == fold
        q, v, _ = fit(there, phi, phi_pi, reward, ~held)
        doubly += (weight * (reward - q) * there + before * v)[held].sum() / EPISODES

    estimates = {
        "tis": (weight[:, -1:] * reward).sum() / EPISODES,
        "sntis": (weight[:, -1:] * reward).sum() / weight[:, -1].sum(),
        "pdis": (weight * reward).sum() / EPISODES,
        "snpdis": (weight * reward / weight.mean(axis=0)).sum() / EPISODES,
        "sequential-dr": doubly,
        "fqe": fitted,
        "mis": marginal,
    }
    columns = {
        "rewards": reward[there],
        "propensities": served[state, item][there],
        "probabilities": target[state, item][there],
        "states": state[there],
        "shown": phi[there].ravel(),
        "asked": phi_pi[there].ravel(),
    }
    golden = {
        "lengths": there.sum(axis=1).tolist(),
        "users": user.tolist(),
        "width": WIDTH,
        "columns": {name: column.tolist() for name, column in columns.items()},
        "estimates": estimates,
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ope-episodes.json")
    with open(path, "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")
    print(json.dumps(estimates))


if __name__ == "__main__":
    main()
