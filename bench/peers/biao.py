"""CoNet and BIAO in eager PyTorch, as fast as we could make them on a CPU: the other side of Tributary's benchmarks.

Written from docs/models/conet.md and docs/models/biao.md. Both towers are one tensor [2, N, d] (target, source), both attentions too;
histories are padded to their window; an upper step differentiates by the rows that its two batches touch.
"""

import math

import sasrec  # sets up the heap before PyTorch allocates
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

MASKED = -1e9
TABLES = ("user", "item", "category")


class Batch:
    """Behaviors of the target and, beside each, a source behavior of the same user. Index 0 of stacked arrays is the target."""

    def __init__(self, user, items, labels, histories, category_of):
        """user [N]; items, labels [2, N]; histories [2, N, L], 0 is padding. A source item of 0 is none."""
        self.user, self.items, self.labels, self.histories = user, items, labels, histories
        self.categories = category_of[items]
        self.history_categories = category_of[histories] if histories is not None else None
        self.real = (items[1] > 0).float()

    def ids(self):
        """All ids by table, in one vector each."""
        found = {"user": [self.user], "item": [self.items], "category": [self.categories]}
        if self.histories is not None:
            found["item"].append(self.histories)
            found["category"].append(self.history_categories)
        return {name: torch.cat([x.reshape(-1) for x in parts]) for name, parts in found.items()}

    def renumbered(self, ids):
        """The same batch with other numbers for its ids, given as `ids` gives them."""
        other = Batch.__new__(Batch)
        other.labels, other.real = self.labels, self.real
        size = self.user.numel()
        other.user = ids["user"]
        other.items = ids["item"][: 2 * size].view(2, size)
        other.categories = ids["category"][: 2 * size].view(2, size)
        other.histories = other.history_categories = None
        if self.histories is not None:
            other.histories = ids["item"][2 * size :].view_as(self.histories)
            other.history_categories = ids["category"][2 * size :].view_as(self.histories)
        return other


def item_vectors(rows, items, categories):
    return torch.cat((F.embedding(items, rows["item"]), F.embedding(categories, rows["category"])), -1)


class CoNet(nn.Module):
    def __init__(self, users, items, categories, width=10, hidden=(64, 32, 16, 8), sparse=False):
        """Tables without row 0 among `users`, `items` and `categories`, which is held at zero."""
        super().__init__()
        for name, rows in zip(TABLES, (users, items, categories)):
            table = nn.Embedding(rows + 1, width, padding_idx=0, sparse=sparse)
            nn.init.normal_(table.weight, std=0.1)
            with torch.no_grad():
                table.weight[0] = 0
            setattr(self, name, table)
        shapes = list(zip((3 * width, *hidden), hidden))
        self.own = nn.ParameterList([nn.Parameter(torch.empty(2, *shape)) for shape in shapes])
        self.cross = nn.ParameterList([nn.Parameter(torch.empty(*shape)) for shape in shapes])
        self.head_weight, self.head_bias = nn.Parameter(torch.empty(2, hidden[-1], 1)), nn.Parameter(torch.zeros(2, 1, 1))
        for weight in (*self.own, *self.cross, self.head_weight):
            for matrix in weight if weight.dim() == 3 else (weight,):
                nn.init.xavier_uniform_(matrix)

    def tables(self):
        return {name: getattr(self, name).weight for name in TABLES}

    def losses(self, batch, rows=None):
        """[2, N]: of target and source behaviors. `rows` take the place of the tables."""
        if rows is None:
            user = self.user(batch.user)
            items = torch.cat((self.item(batch.items), self.category(batch.categories)), -1)
        else:
            user = F.embedding(batch.user, rows["user"])
            items = item_vectors(rows, batch.items, batch.categories)
        x = torch.cat((user.expand(2, -1, -1), items), -1)  # [2, N, 3d]
        for own, cross in zip(self.own, self.cross):
            x = torch.relu(torch.baddbmm(x.flip(0) @ cross, x, own))
        logits = torch.baddbmm(self.head_bias, x, self.head_weight)[..., 0]
        return F.binary_cross_entropy_with_logits(logits, batch.labels, reduction="none")

    def body(self):
        return [*self.own, *self.cross]


class Perceptron(nn.Module):
    """What weighs source behaviors."""

    def __init__(self, features, heads=4, head_width=10, local=(32, 16)):
        super().__init__()
        self.heads, self.head_width, self.features = heads, head_width, features
        inner = heads * head_width
        self.linear = nn.Linear(features, 1)
        # Of the sides (target, source), query, key and value beside one another.
        self.query_key_value = nn.Parameter(torch.empty(2, 2 * features, 3 * inner))
        self.output = nn.Parameter(torch.empty(2, inner, 2 * features))
        for weight in (*self.query_key_value, *self.output):
            nn.init.xavier_uniform_(weight)
        widths = (4 * features, *local, 1)
        self.local = nn.ModuleList([nn.Linear(*shape) for shape in zip(widths, widths[1:])])
        self.scale = nn.Parameter(torch.tensor([math.log(math.e - 1)]))

    def forward(self, batch, rows):
        """The weights [N] of the source behaviors."""
        with torch.no_grad():
            own = item_vectors(rows, batch.items[1], batch.categories[1])  # [N, f]
            history = item_vectors(rows, batch.histories, batch.history_categories)  # [2, N, L, f]
            keep = (batch.histories > 0).float()  # [2, N, L]
            mask, mean = (keep - 1) * -MASKED, keep / keep.sum(-1, keepdim=True).clamp(min=1)
            mask, mean = (x[:, :, None].expand(-1, -1, self.heads, -1).reshape(-1, 1, x.shape[-1]) for x in (mask, mean))
        _, size, length, _ = history.shape
        # [e; E] W in two parts, of which the second is the same for all tokens of a behavior.
        first, second = self.query_key_value.split(self.features, 1)
        tokens = torch.bmm(history.view(2, size * length, -1), first).view(2, size, length, -1)
        tokens = tokens + (own @ second)[:, :, None]
        tokens = tokens.view(2, size, length, 3, self.heads, self.head_width).permute(3, 0, 1, 4, 2, 5)
        query, key, value = tokens.reshape(3, 2 * size * self.heads, length, self.head_width).unbind(0)
        scores = torch.baddbmm(mask, query, key.transpose(1, 2), alpha=1 / math.sqrt(self.head_width))
        # The mean over tokens is taken of the attention, before its product with the values.
        attended = torch.bmm(torch.bmm(mean, F.softmax(scores, -1)), value)  # [2 N heads, 1, width]
        interests = torch.bmm(attended.reshape(2, size, -1), self.output)  # [2, N, 2f]
        x = torch.cat((interests[1], interests[0]), -1)
        for i, layer in enumerate(self.local):
            x = layer(torch.relu(x) if i else x)
        importance = (self.linear(own) * x)[:, 0]
        return F.softplus(self.scale) * batch.real * F.softmax(importance + (batch.real - 1) * -MASKED, 0)


def even_weights(batch):
    return batch.real / batch.real.sum().clamp(min=1)


def train_loss(losses, weights):
    return losses[0].mean() + (weights * losses[1]).sum()


def optimizers(model, sparse, learning_rate=1e-3):
    """Dense Adam over everything, or SparseAdam for the tables and dense Adam for the rest."""
    if not sparse:
        return [torch.optim.Adam(model.parameters(), lr=learning_rate, foreach=True)]
    tables = list(model.tables().values())
    rest = [*model.body(), model.head_weight, model.head_bias]
    return [torch.optim.SparseAdam(tables, lr=learning_rate), torch.optim.Adam(rest, lr=learning_rate, foreach=True)]


def lower_step(model, optimizers, batch, perceptron=None):
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    with torch.no_grad():
        weights = even_weights(batch) if perceptron is None else perceptron(batch, model.tables())
    loss = train_loss(model.losses(batch), weights)
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
    return loss


def hypergradient(model, perceptron, batch, dev, terms, alpha):
    """−∂φ ⟨∂θ L_train, p⟩ with p = α Σ (I − αH)^n ∂θ L_dev, over all θ but the heads; and ‖v_n‖."""
    rows, local = {}, ({}, {})
    ids = batch.ids(), dev.ids()
    for name, table in model.tables().items():
        # Of the histories no gradient comes, but the perceptron reads their rows.
        both = torch.cat((ids[0][name].new_zeros(1), ids[0][name], ids[1][name]))
        unique, inverse = torch.unique(both, return_inverse=True)
        rows[name] = F.embedding(unique, table.detach()).requires_grad_()
        local[0][name], local[1][name] = inverse[1:].split((ids[0][name].numel(), ids[1][name].numel()))
    batch, dev = batch.renumbered(local[0]), dev.renumbered(local[1])
    theta, phi = [*rows.values(), *model.body()], list(perceptron.parameters())

    # Row 0 is no weight.
    def padded(named):
        return {name: torch.cat((x.new_zeros(1, x.shape[1]), x[1:])) for name, x in named.items()}

    held = padded(rows)
    loss = train_loss(model.losses(batch, held), perceptron(batch, {name: x.detach() for name, x in held.items()}))
    slope = torch.autograd.grad(loss, theta, create_graph=True)
    v = torch.autograd.grad(model.losses(dev, padded(rows))[0].mean(), theta)
    series, norms = v, [norm_of(v)]
    for _ in range(terms):
        products = torch.autograd.grad(slope, theta, v, retain_graph=True)
        v = torch._foreach_sub(v, torch._foreach_mul(products, alpha))
        series = torch._foreach_add(series, v)
        norms.append(norm_of(v))
    mixed = torch.autograd.grad(slope, phi, torch._foreach_mul(series, -alpha))
    return mixed, norms


def norm_of(parts):
    return torch.stack([x.square().sum() for x in parts]).sum().sqrt()


def upper_step(model, perceptron, optimizer, batch, dev, terms=3, alpha=0.1, clip=10):
    gradients, _ = hypergradient(model, perceptron, batch, dev, terms, alpha)
    for weight, gradient in zip(perceptron.parameters(), gradients):
        weight.grad = gradient
    nn.utils.clip_grad_norm_(perceptron.parameters(), clip)
    optimizer.step()


class Log:
    """A random log of one target and one source domain: rows of the target with their histories, and the source rows of each user."""

    def __init__(self, random, users, target_items, source_items, target_rows, source_rows, categories, window):
        items = target_items + source_items
        category = np.concatenate(([0], 1 + np.arange(items) % categories))
        side = np.repeat([0, 1], [target_rows, source_rows])
        user = np.concatenate([np.arange(users) + 1, random.randint(1, users + 1, size=len(side) - users)])
        item = np.where(side == 0, random.randint(1, target_items + 1, size=len(side)), random.randint(target_items + 1, items + 1, size=len(side)))
        label = (random.random_sample(len(side)) < 0.8).astype(np.float32)
        liked = {}
        partners = {}
        histories = np.zeros((2, target_rows, window), dtype=np.int64)
        rows, count = np.zeros(target_rows, dtype=np.int64), 0
        for row in random.permutation(len(side)):
            u = user[row]
            before = liked.setdefault(u, ([], []))
            if side[row] == 0:
                for s in (0, 1):
                    recent = before[s][-window:]
                    if recent:
                        histories[s, count, -len(recent) :] = recent
                rows[count] = row
                count += 1
            else:
                partners.setdefault(u, []).append(row)
            if label[row]:
                before[side[row]].append(item[row])
        self.window, self.sizes = window, (users, items, categories)
        self.category_of = torch.from_numpy(category)
        self.user, self.item, self.label = torch.from_numpy(user[rows]), torch.from_numpy(item), torch.from_numpy(label)
        self.rows, self.histories = torch.from_numpy(rows), torch.from_numpy(histories)
        # Source rows of a user stand together.
        start = np.zeros(users + 2, dtype=np.int64)
        for u, own in partners.items():
            start[u + 1] = len(own)
        self.start = torch.from_numpy(np.cumsum(start))
        self.partners = torch.from_numpy(np.concatenate([partners.get(u, []) for u in range(users + 1)]).astype(np.int64))

    def batch(self, places, with_histories):
        """Places among the target rows, each with one source row of its user, drawn anew."""
        user = self.user[places]
        start, end = self.start[user], self.start[user + 1]
        drawn = start + (torch.rand(len(places)) * (end - start)).long()
        has = end > start
        partner = self.partners[torch.where(has, drawn, 0)]
        source = torch.where(has, self.item[partner], 0)
        own = self.rows[places]
        items = torch.stack((self.item[own], source))
        labels = torch.stack((self.label[own], torch.where(has, self.label[partner], 0.0)))
        histories = self.histories[:, places] if with_histories else None
        return Batch(user, items, labels, histories, self.category_of)
