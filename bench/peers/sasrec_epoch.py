"""SASRec end to end on the Amazon splits in PyTorch: seconds per epoch, or (--train) what it reaches. See README.md.

d 64, batch 128, at most 50 steps a sequence, 2 blocks, 2 heads, cross-entropy over the items of the target's domain.
"""

import argparse
import gzip
import json
import math
import os
import statistics
import time

import sasrec
import numpy as np
import torch

BATCH, MAX_LENGTH = 128, 50


def read(folder):
    """Sequences of new item ids (contiguous per domain, from 1), where domains start, and the given test candidates."""
    with gzip.open(os.path.join(folder, "mixed.tsv.gz"), "rt") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    domains = sorted({domain for _, _, domain, _, _ in rows})
    keys = sorted({(domain, int(item)) for _, item, domain, _, _ in rows})
    ids = {item: index + 1 for index, (_, item) in enumerate(keys)}
    start = [1 + sum(key[0] < domain for key in keys) for domain in domains] + [len(keys) + 1]
    sequences, parts = {}, {}
    for user, item, _, _, part in rows:
        sequences.setdefault(user, []).append(ids[int(item)])
        parts.setdefault(user, []).append(part)
    assert all(p[-2:] == ["valid", "test"] and set(p[:-2]) == {"train"} for p in parts.values())
    with gzip.open(os.path.join(folder, "neg100_indomain_mixed_test.tsv.gz"), "rt") as file:
        lines = [line.split() for line in file][1:]
    candidates = {line[0]: [ids[int(item)] for item in line[1:]] for line in lines}  # the answer stands first
    users = list(sequences)
    assert all(candidates[user][0] == sequences[user][-1] for user in users)
    return [sequences[u] for u in users], np.array(start), np.array([candidates[u] for u in users])


def epoch_batches(windows, bucketed, random):
    """Every window once. Bucketed: neighbours in length share a batch, and batches come in random order."""
    order = random.permutation(len(windows))
    if bucketed:
        lengths = np.array([len(windows[k]) for k in order])
        order = order[np.argsort(lengths, kind="stable")]
    batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    random.shuffle(batches)
    for batch in batches:
        length = max(len(windows[k]) for k in batch) - 1 if bucketed else MAX_LENGTH
        items = np.zeros((len(batch), length), dtype=np.int64)
        targets = np.zeros_like(items)
        for row, k in enumerate(batch):
            window = windows[k]
            items[row, length - len(window) + 1 :] = window[:-1]
            targets[row, length - len(window) + 1 :] = window[1:]
        yield torch.from_numpy(items), torch.from_numpy(targets)


def run_epoch(model, optimizer, windows, bucketed, domain_start, random):
    model.train()
    losses = []
    for items, targets in epoch_batches(windows, bucketed, random):
        optimizer.zero_grad(set_to_none=True)
        loss = model.softmax(items, targets, domain_start)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@torch.no_grad()
def score(model, histories):
    """Scores of every item, [users, V]; column 0 is PAD and means nothing."""
    model.eval()
    scores = np.empty((len(histories), model.items.num_embeddings), dtype=np.float32)
    order = sorted(range(len(histories)), key=lambda k: len(histories[k]))
    for i in range(0, len(order), 256):
        batch = order[i : i + 256]
        windows = [histories[k][-MAX_LENGTH:] for k in batch]
        length = max(map(len, windows))
        items = torch.tensor([[0] * (length - len(window)) + list(window) for window in windows])
        scores[batch] = (model(items)[:, -1] @ model.items.weight.t()).numpy()
    return scores


def metrics(ranks):
    return {
        "hr@10": round(float((ranks < 10).mean()), 4),
        "ndcg@10": round(float(np.where(ranks < 10, 1 / np.log2(ranks + 2), 0).mean()), 4),
        "mrr": round(float((1 / (ranks + 1)).mean()), 4),
    }


def evaluate(scores, answers, domain_start, candidates=None):
    """Ranks are numbers of candidates scored strictly higher; nothing of the history is masked."""
    rows = np.arange(len(answers))
    own = scores[rows, answers][:, None]
    first = domain_start[np.searchsorted(domain_start, answers, side="right") - 1]
    last = domain_start[np.searchsorted(domain_start, answers, side="right")]
    columns = np.arange(scores.shape[1])
    higher = scores > own
    result = {
        "all": metrics(higher[:, 1:].sum(1)),
        "domain": metrics((higher & (columns >= first[:, None]) & (columns < last[:, None])).sum(1)),
    }
    if candidates is not None:
        result["given"] = metrics((scores[rows[:, None], candidates] > own).sum(1))
    return result


def new_model(arguments, items):
    model = sasrec.SASRec(items, inner=arguments.inner, dropout=arguments.dropout, byte_dropout=arguments.masks == "bytes")
    return model, sasrec.optimizers(model, sparse=False)[0]


def measure(arguments, sequences, domain_start):
    windows = [s[:-2][-MAX_LENGTH - 1 :] for s in sequences if len(s) >= 4]
    result = {}
    for bucketed in (True, False) if arguments.padded else (True,):
        sasrec.start(arguments.threads, arguments.seed)
        model, optimizer = new_model(arguments, domain_start[-1])
        random = np.random.RandomState(arguments.seed)
        seconds = []
        for _ in range(arguments.warmup + arguments.epochs):
            begin = time.perf_counter()
            run_epoch(model, optimizer, windows, bucketed, domain_start, random)
            seconds.append(time.perf_counter() - begin)
        timed = seconds[arguments.warmup :]
        name = "bucketed" if bucketed else "padded"
        result[name] = {"median": round(statistics.median(timed), 3), "fastest": round(min(timed), 3)}
    return {"peer": "sasrec-epoch", "seconds": result["bucketed"]["median"], "variants": result, "blas": sasrec.blas()}


def train(arguments, sequences, domain_start, candidates):
    """Stops when validation NDCG@10 (in the answer's domain) has not risen for `patience` epochs; keeps the best weights."""
    sasrec.start(arguments.threads, arguments.seed)
    windows = [s[:-2][-MAX_LENGTH - 1 :] for s in sequences if len(s) >= 4]
    valid, test = (np.array([s[-k] for s in sequences]) for k in (2, 1))
    model, optimizer = new_model(arguments, domain_start[-1])
    random = np.random.RandomState(arguments.seed)
    best, best_epoch, weights, begin = -math.inf, 0, None, time.perf_counter()
    for epoch in range(1, arguments.epochs + 1):
        run_epoch(model, optimizer, windows, True, domain_start, random)
        if epoch % 2:
            continue
        result = evaluate(score(model, [s[:-2] for s in sequences]), valid, domain_start)
        if result["domain"]["ndcg@10"] > best:
            best, best_epoch, validation = result["domain"]["ndcg@10"], epoch, result
            weights = {name: value.clone() for name, value in model.state_dict().items()}
        if epoch - best_epoch >= arguments.patience:
            break
    model.load_state_dict(weights)
    return {
        "peer": "sasrec-train",
        "dropout": arguments.dropout,
        "inner": arguments.inner,
        "seed": arguments.seed,
        "bestEpoch": best_epoch,
        "epochs": epoch,
        "seconds": round(time.perf_counter() - begin, 1),
        "validation": validation,
        "test": evaluate(score(model, [s[:-1] for s in sequences]), test, domain_start, candidates),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.path.join(os.environ.get("TRIBUTARY_DATA", "../shared/data"), "amazon5/splits"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dropout", type=float, default=0.5)
    parser.add_argument("--masks", choices=["bytes", "native"], default="bytes", help="dropout from bytes, or PyTorch's own")
    parser.add_argument("--inner", type=int, default=64)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--epochs", type=int, help="timed epochs (5), or with --train the most epochs (400)")
    parser.add_argument("--padded", action="store_true", help="also time sequences all padded to 50")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--patience", type=int, default=20)
    arguments = parser.parse_args()
    arguments.epochs = arguments.epochs or (400 if arguments.train else 5)
    sequences, domain_start, candidates = read(arguments.data)
    if arguments.train:
        result = train(arguments, sequences, domain_start, candidates)
    else:
        result = measure(arguments, sequences, domain_start)
    print(json.dumps({**result, "threads": arguments.threads, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
