"""SyNCRec in eager PyTorch with K experts of their own: the other side of Tributary's benchmarks. See README.md.

Written from the paper as docs/models/syncrec.md reads it. Single-domain sequences of all domains are cut out, padded to the
longest among them and encoded together; an expert that stop-gradient closes to a view runs there without a graph. `--views
masked` instead leaves them at their places in the mixed sequences, with attention confined to the domain.
"""

import math

import sasrec
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

TEMPERATURE = 0.2


class Views:
    """A batch [B, T] as mixed and as single-domain sequences. Its tokens are the items sorted by domain, then user, then time;
    a row is one user's sequence in one domain, and rows are in the order of their tokens."""

    def __init__(self, items, targets, domain_start, masked=False):
        batch, length = items.shape
        domains = len(domain_start) - 1

        def domain_of(ids):
            return np.searchsorted(domain_start, ids, side="right") - 1

        def bounds(sorted_domains):
            return np.searchsorted(sorted_domains, np.arange(domains + 1)).tolist()

        at = np.flatnonzero(items)
        domain = domain_of(items.ravel()[at])
        order = np.argsort(domain, kind="stable")
        token, domain = at[order], domain[order]  # place of each token in [B · T], and its domain
        user = token // length
        first = np.ones(len(token), dtype=bool)
        first[1:] = (domain[1:] != domain[:-1]) | (user[1:] != user[:-1])
        row = np.cumsum(first) - 1
        starts = np.flatnonzero(first)
        counts = np.diff(np.append(starts, len(token)))
        from_right = counts[row] - 1 - (np.arange(len(token)) - starts[row])
        self.rows, self.longest = len(starts), int(counts.max())
        self.row_domains, self.token_domains = bounds(domain[starts]), bounds(domain)
        # The single target of a token: the next token of its row, else the user's last target where it lies in the domain.
        flat = targets.ravel()
        last = np.append(first[1:], True)
        final = user * length + length - 1
        with_target = np.flatnonzero(~last | (domain_of(flat[final]) == domain))
        event = np.where(last, final, np.append(token[1:], 0) - 1)[with_target]  # the place with the same (cross) target
        self.single_domains = bounds(domain[with_target])
        # Cross targets sorted by domain: the token at each, and where each single event stands among them.
        cross_domain = domain_of(flat[at])
        by_domain = np.argsort(cross_domain, kind="stable")
        cross_at, cross_domain = at[by_domain], cross_domain[by_domain]
        self.cross_domains = bounds(cross_domain)
        token_at, cross_index = np.zeros((2, batch * length), dtype=np.int64)
        token_at[token] = np.arange(len(token))
        cross_index[cross_at] = np.arange(len(cross_at))
        types = np.full(batch * length, domains)  # the last type is padding's
        types[token] = domain
        types = types.reshape(batch, length)
        tensors = {
            "items": items, "types": types, "token": token, "user": user, "domain": domain, "row": row, "counts": counts,
            "from_right": from_right, "compact": (row + 1) * self.longest - 1 - from_right, "with_target": with_target,
            "event": cross_index[event], "single_targets": flat[event], "cross_targets": flat[cross_at],
            "cross_domain": cross_domain, "cross_token": token_at[cross_at],
        }
        if masked:
            tensors["foreign"] = types[:, :, None] != types[:, None, :]
        else:
            tensors["before"] = np.arange(self.longest) < (self.longest - counts)[:, None, None]  # [rows, 1, T]
        for name, value in tensors.items():
            setattr(self, name, torch.from_numpy(value))
        self.padding = torch.from_numpy(items == 0) if len(at) < batch * length else None


class Layer(nn.Module):
    """A post-norm Transformer layer over [B · T, r]."""

    def __init__(self, width, heads, drop):
        super().__init__()
        self.heads, self.drop = heads, drop
        self.query_key_value = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.inner, self.outer = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-5), nn.LayerNorm(width, eps=1e-5)

    def forward(self, x, mask, batch, length):
        width, head = x.shape[1], x.shape[1] // self.heads
        projected = self.query_key_value(x)
        if self.heads == 1:
            query, key, value = projected.view(batch, length, 3 * width).split(width, -1)
        else:
            projected = projected.view(batch, length, 3, self.heads, head).permute(2, 0, 3, 1, 4)
            query, key, value = projected.reshape(3, batch * self.heads, length, head).unbind(0)
        scores = torch.baddbmm(mask, query, key.transpose(1, 2), alpha=1 / math.sqrt(head))
        attended = torch.bmm(self.drop(F.softmax(scores, -1)), value)
        if self.heads > 1:
            attended = attended.view(batch, self.heads, length, head).transpose(1, 2)
        x = self.norm1(x + self.drop(self.output(attended.reshape(batch * length, width))))
        return self.norm2(x + self.drop(self.outer(F.gelu(self.inner(x)))))


class Tower(nn.Module):
    def __init__(self, width, drop):
        super().__init__()
        self.drop = drop
        self.inner, self.outer = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm = nn.LayerNorm(width, eps=1e-5)

    def forward(self, x):
        return self.norm(x + self.drop(self.outer(F.gelu(self.inner(x)))))


class SyNCRec(nn.Module):
    def __init__(self, domain_start, width=16, experts=5, cross_experts=3, layers=2, heads=1, max_length=50, dropout=0.3,
                 byte_dropout=True, masked=False, alpha=0.9, beta=1.0, delta=1.0, eta=0.9):
        super().__init__()
        self.domain_start, self.domains = np.asarray(domain_start), len(domain_start) - 1
        self.width, self.cross_experts, self.heads, self.max_length = width, cross_experts, heads, max_length
        self.dropout, self.byte_dropout, self.masked = dropout, byte_dropout, masked
        self.alpha, self.beta, self.delta, self.eta = alpha, beta, delta, eta
        self.items = nn.Embedding(int(domain_start[-1]), width, padding_idx=0)
        self.positions = nn.Embedding(max_length, width)
        self.types = nn.Embedding(self.domains + 1, width)  # the last one is padding's
        self.norm = nn.LayerNorm(width, eps=1e-5)
        self.experts = nn.ModuleList(
            nn.ModuleList(Layer(width, heads, self.drop) for _ in range(layers)) for _ in range(experts)
        )
        self.gates = nn.ModuleList(nn.Linear(max_length * width, experts) for _ in range(self.domains + 1))
        self.towers = nn.ModuleList(Tower(width, self.drop) for _ in range(self.domains + 1))
        self.bilinear = nn.Parameter(torch.empty(width, width))
        nn.init.normal_(self.bilinear, std=0.02)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        with torch.no_grad():
            self.items.weight[0] = 0
        self.causal = torch.full((max_length, max_length), sasrec.MASKED).triu(1)
        self.register_buffer("shares", torch.full((self.domains,), 1 / self.domains))

    def drop(self, x):
        if not self.training or self.dropout == 0:
            return x
        return sasrec.ByteDropout.apply(x, self.dropout) if self.byte_dropout else F.dropout(x, self.dropout, True)

    def mask(self, length, hidden):
        """[B · h, T, T]: later places and those that are `hidden`; [T, T] where none is."""
        mask = self.causal[:length, :length]
        if hidden is None:
            return mask
        mask = torch.minimum(mask, hidden * sasrec.MASKED)
        return mask if self.heads == 1 else mask.repeat_interleave(self.heads, 0)

    def gate(self, task, embedded):
        """[rows, T, r] with zeros at padding → [rows, K]."""
        linear, inputs = self.gates[task], embedded.shape[1] * self.width
        return F.softmax(F.linear(embedded.flatten(1), linear.weight[:, -inputs:], linear.bias), -1)

    def mixture(self, embedded, mask, gate, learns, select):
        """Σ gate · expert over [rows, T, r], at the places that `select` takes of [rows · T]; gate is [places, K]. Experts that do
        not learn from this task run without a graph."""
        rows, length, _ = embedded.shape
        flat = embedded.reshape(rows * length, self.width)
        total = 0
        for k, layers in enumerate(self.experts):
            with torch.set_grad_enabled(torch.is_grad_enabled() and learns(k)):
                x = flat if learns(k) else flat.detach()
                for layer in layers:
                    x = layer(x, mask, rows, length)
                x = x[select]
            total = total + gate[:, k : k + 1] * x
        return total

    def cross(self, views, raw, types):
        """States of the tokens [N, r], in their order, of the mixed sequences."""
        batch, length, _ = raw.shape
        x = self.drop(self.norm(raw + types + self.positions.weight[self.max_length - length :]))
        if views.padding is not None:
            x = x * (~views.padding)[:, :, None]
        gate = self.gate(self.domains, x)
        mask = self.mask(length, None if views.padding is None else views.padding[:, None, :])
        states = self.mixture(x, mask, gate[views.user], lambda k: k < self.cross_experts, views.token)
        return self.towers[self.domains](states)

    def single(self, views, raw, types):
        """States of the tokens [N, r] of the single-domain sequences."""
        at = views.token
        x = raw.view(-1, self.width)[at] + types.view(-1, self.width)[at]
        x = self.drop(self.norm(x + self.positions(self.max_length - 1 - views.from_right)))  # [N, r]
        compact = x.new_zeros(views.rows * views.longest, self.width).index_copy(0, views.compact, x)
        compact = compact.view(views.rows, views.longest, self.width)
        rows = [slice(*views.row_domains[d : d + 2]) for d in range(self.domains)]
        gate = torch.cat([self.gate(d, compact[rows[d]]) for d in range(self.domains)])[views.row]  # [N, K]
        if self.masked:
            sequences = x.new_zeros(raw.shape).view(-1, self.width).index_copy(0, at, x).view(raw.shape)
            place, mask = at, self.mask(raw.shape[1], views.foreign)
        else:
            sequences, place, mask = compact, views.compact, self.mask(views.longest, views.before)
        mixed = self.mixture(sequences, mask, gate, lambda k: k >= self.cross_experts, place)
        tokens = [slice(*views.token_domains[d : d + 2]) for d in range(self.domains)]
        return torch.cat([self.towers[d](mixed[tokens[d]]) for d in range(self.domains)])

    def loss(self, views):
        raw, types = self.items(views.items), self.types(views.types)
        y_cross, y_single = self.cross(views, raw, types), self.single(views, raw, types)  # [N, r], tokens in order

        # Cross-entropy over the domain's items, of both tasks at once.
        cross_states, single_states = y_cross[views.cross_token], y_single[views.with_target]
        cross_losses, single_losses = [], []
        for d in range(self.domains):
            c, s = (slice(b[d], b[d + 1]) for b in (views.cross_domains, views.single_domains))
            start, end = self.domain_start[d], self.domain_start[d + 1]
            states = torch.cat((cross_states[c], single_states[s]))
            if not len(states):
                continue
            targets = torch.cat((views.cross_targets[c], views.single_targets[s])) - start
            losses = F.cross_entropy(states @ self.items.weight[start:end].t(), targets, reduction="none")
            cross_losses.append(losses[: c.stop - c.start])
            single_losses.append(losses[c.stop - c.start :])
        cross, single = torch.cat(cross_losses), torch.cat(single_losses)

        with torch.no_grad():
            sums = np.diff(views.single_domains)
            present = torch.from_numpy(sums > 0)
            difference = torch.zeros(self.domains).index_add_(0, views.domain[views.with_target], single - cross[views.event])
            gaps = difference / torch.from_numpy(np.maximum(sums, 1))
            logits = (self.alpha * self.shares + self.beta * gaps) / self.delta
            free = self.shares[present].sum()
            self.shares = torch.where(present, free * F.softmax(logits.masked_fill(~present, -math.inf), 0), self.shares)
            weights = self.domains * self.shares[views.cross_domain] / len(cross)
        total = self.eta * (single.mean() + (weights * cross).sum())
        if self.eta == 1:
            return total

        counts = views.counts[:, None]
        means = [
            x.new_zeros(views.rows, self.width).index_add(0, views.row, x) / counts
            for x in (y_single, y_cross)
        ]
        singles, crosses = means[0] @ self.bilinear, means[1]
        mutual = 0
        for d in range(self.domains):
            rows = slice(views.row_domains[d], views.row_domains[d + 1])
            if rows.stop > rows.start:
                similarities = crosses[rows] @ singles[rows].t() / TEMPERATURE  # all users' singles for each cross
                mutual = mutual + F.cross_entropy(similarities, torch.arange(len(similarities)))
        return total + (1 - self.eta) * mutual


def new_model(arguments, domain_start):
    sasrec.start(arguments.threads, arguments.seed)
    model = SyNCRec(
        domain_start,
        width=arguments.width,
        experts=arguments.experts,
        cross_experts=arguments.cross_experts,
        dropout=arguments.dropout,
        byte_dropout=arguments.masks == "bytes",
        masked=arguments.views == "masked",
    )
    return model, torch.optim.Adam(model.parameters(), lr=1e-3, foreach=True)


def add_options(parser):
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--experts", type=int, default=5)
    parser.add_argument("--cross-experts", type=int, default=3)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--masks", choices=["bytes", "native"], default="bytes", help="dropout from bytes, or PyTorch's own")
    parser.add_argument("--views", choices=["masked", "compact"], default="masked", help="how single-domain sequences lie in memory")
