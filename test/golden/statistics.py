"""Golden values of tests and intervals, by scipy and numpy. Run `python3 test/golden/statistics.py`; it rewrites statistics.json.

What scipy has is scipy's (tails, t tests, χ²). Where it has nothing, the formula is written here a second time, in another form than in
src/statistics: interval limits are found by bisection of the e value, e values are summed one user at a time.
"""

import json
import math
import os

import numpy as np
from scipy import integrate, optimize, special, stats


def rounded(value):
    """Thirteen significant digits."""
    if isinstance(value, dict):
        return {key: rounded(x) for key, x in value.items()}
    if isinstance(value, (np.ndarray, list, tuple)):
        return [rounded(x) for x in value]
    return float(f"{float(value):.13g}") if isinstance(value, (float, np.floating)) else value


def tails():
    chi = [[x, k, stats.chi2.sf(x, k)] for x, k in [(0.1, 1), (3.84, 1), (10.83, 1), (60.0, 1), (7.3, 4), (200.0, 9), (99.0, 100)]]
    gamma = [[x, a, stats.gamma.cdf(x, a)] for x, a in [(0.2, 1), (3.0, 2.5), (900.0, 1000.0), (1050.0, 1000.0), (1001.0, 1000.0), (50.0, 1.0), (2e5, 200_300.0)]]
    log_gamma = [[x, special.gammaln(x)] for x in [0.3, 1.0, 7.5, 10_000.0, 1_234_567.8]]
    return {"chiSquare": chi, "gamma": gamma, "logGamma": log_gamma}


def arms(random):
    control = np.round(random.gamma(0.5, 2.0, 40), 3)
    treatment = np.round(random.gamma(0.6, 2.1, 55), 3)
    welch = stats.ttest_ind(treatment, control, equal_var=False)
    interval = welch.confidence_interval(0.95)
    greater = stats.ttest_ind(treatment + 0.3, control, equal_var=False, alternative="greater")
    paired = stats.ttest_1samp(control, 0.8)
    return {
        "control": control,
        "treatment": treatment,
        "welch": {"degrees": welch.df, "p": welch.pvalue, "low": interval.low, "high": interval.high},
        "above": {"p": greater.pvalue, "low": greater.confidence_interval(0.95).low - 0.3},
        "oneSample": {"statistic": paired.statistic, "p": paired.pvalue},
        "anytime": anytime(control, treatment),
        "relative": relative(control, treatment),
    }


def relative(control, treatment):
    """The gradient of t / c − 1 by central differences."""
    c, t, step = control.mean(), treatment.mean(), 1e-6
    by_t = ((t + step) / c - (t - step) / c) / (2 * step)
    by_c = (t / (c + step) - t / (c - step)) / (2 * step)
    variance = by_t**2 * treatment.var(ddof=1) / len(treatment) + by_c**2 * control.var(ddof=1) / len(control)
    return {"mean": t / c - 1, "error": math.sqrt(variance)}


def anytime(control, treatment, planned=400, alpha=0.05):
    """Intervals turn around e values: two-sided, a normal mixture with variance ρ² (which is integrated here); one-sided, half of one."""
    n = len(control) + len(treatment)
    mean = treatment.mean() - control.mean()
    error = math.sqrt(control.var(ddof=1) / len(control) + treatment.var(ddof=1) / len(treatment))

    def rho_squared(level):
        return (-2 * math.log(level) + math.log(-2 * math.log(level) + 1)) / planned

    def e_value(shift, rho2, one_sided):
        z = (mean - shift) / error  # of n users, each with variance 1: sum = z √n
        grid = np.linspace(0 if one_sided else -12, 12, 400_001) * math.sqrt(rho2)
        density = np.exp(-(grid**2) / (2 * rho2)) / math.sqrt(2 * math.pi * rho2) * (2 if one_sided else 1)
        return np.trapezoid(density * np.exp(grid * z * math.sqrt(n) - n * grid**2 / 2), grid)

    two = rho_squared(alpha)
    limits = [optimize.brentq(lambda s: e_value(s, two, False) - 1 / alpha, *ends) for ends in [(mean - 20 * error, mean), (mean, mean + 20 * error)]]
    return {
        "planned": planned,
        "low": limits[0],
        "high": limits[1],
        "p": min(1, 1 / e_value(0, two, False)),
        "pFar": 1 / e_value(mean - 5 * error, two, False),
        "farFloor": mean - 5 * error,
        # Eq. 134 as it is printed bounds the half mixture from below, so it is written out and not integrated.
        "oneSided": one_sided(mean, error, n, rho_squared(2 * alpha), alpha),
    }


def one_sided(mean, error, n, rho2, alpha):
    s, c = error * math.sqrt(n), n * rho2 + 1
    low = mean - s * math.sqrt(2 * c / (n**2 * rho2) * math.log(1 + math.sqrt(c) / (2 * alpha)))
    # p is the α at which the bound, with this ρ, touches the floor.
    bound = lambda a: mean - s * math.sqrt(2 * c / (n**2 * rho2) * math.log(1 + math.sqrt(c) / (2 * a)))
    floor = mean - 4.2 * error
    return {"low": low, "floor": floor, "p": optimize.brentq(lambda a: bound(a) - floor, 1e-9, 1)}


def ratios(random):
    lists = random.poisson(3, 30) + 1.0
    clicks = random.binomial(lists.astype(int), 0.3).astype(float)
    covariance = np.cov(clicks, lists, ddof=1)
    ratio = clicks.sum() / lists.sum()
    variance = (covariance[0, 0] - 2 * ratio * covariance[0, 1] + ratio**2 * covariance[1, 1]) / lists.mean() ** 2
    return {"above": clicks, "below": lists, "mean": ratio, "variance": variance}


def adjusted(random):
    before = [np.round(random.normal(5, 2, n), 3) for n in (25, 35)]
    values = [np.round(0.7 * b + random.normal(d, 1, len(b)), 3) for b, d in zip(before, (0.0, 0.4))]
    # With an indicator of the arm, least squares of y on x has θ as its slope.
    x, y = np.concatenate(before), np.concatenate(values)
    arm = np.repeat([0.0, 1.0], [25, 35])
    slope = np.linalg.lstsq(np.stack([np.ones_like(x), arm, x], 1), y, rcond=None)[0][2]
    means = [(v - slope * (b - x.mean())).mean() for v, b in zip(values, before)]
    return {"before": before, "values": values, "slope": slope, "means": means}


def capped(random):
    values = np.round(random.lognormal(0, 1.5, 60), 3)
    return {"values": values, "share": 0.95, "limit": np.quantile(values, 0.95)}


def mismatches():
    cases = []
    for counts, weights in [([480, 520], [0.5, 0.5]), ([5000, 5300], [1, 1]), ([300, 100, 90], [3, 1, 1]), ([0, 0], [1, 1])]:
        share = np.array(weights) / sum(weights)
        expected = sum(counts) * share
        p = stats.chisquare(counts, expected).pvalue if sum(counts) > 0 else 1.0
        cases.append({"counts": counts, "weights": weights, "p": p, "sequential": sequential([(counts, weights)])})
    days = [([70, 52], [1, 1]), ([75, 61], [1, 1]), ([90, 30], [9, 1]), ([95, 9], [9, 1])]
    return {"cases": cases, "days": [list(day) for day in days], "sequentialDays": sequential(days, 100.0), "concentration": 100.0}


def sequential(days, concentration=10_000.0):
    """One user at a time: what the Dirichlet expects of the next user, over what was planned; looked at at the end of each day."""
    e, largest, last = 0.0, 0.0, None
    for counts, weights in days:
        share = np.array(weights) / sum(weights)
        if weights != last:
            prior, last = share * concentration, weights
        for arm, count in enumerate(counts):
            for _ in range(count):
                e += math.log(prior[arm] / prior.sum()) - math.log(share[arm])
                prior = prior + np.eye(len(counts))[arm]
        largest = max(largest, e)
    return math.exp(-largest)


def signed_ranks(random):
    """Exact, with ties and zeros, and too many for exact counting. scipy's statistic for `greater` is the sum of ranks above zero."""
    columns = [random.normal(0.4, 1, 21).round(4), random.randint(-3, 6, 40).astype(float), random.normal(0.05, 1, 120).round(6)]
    methods = ["exact", "approx", "approx"]
    cases = []
    for values, method in zip(columns, methods):
        above = stats.wilcoxon(values, alternative="greater").statistic
        cases.append({"values": values, "above": above, "p": stats.wilcoxon(values, correction=False, method=method).pvalue})
    return cases


def weighted_rewards(random):
    """Confidence sequence for weighted rewards. The mixture over bets λ is integrated: ∫ exp(λ s − ψ(λ) v) dF(λ), ψ(λ) = −ln(1 − λ) − λ,
    where 1 − λ has a gamma distribution with shape and rate 1, cut off at 1."""

    def log_wealth(values, mean):
        s, v, total = 0.0, 0.0, 0.0
        for i, x in enumerate(values):
            v += (x - min(1.0, (total + 0.5) / (i + 1))) ** 2
            s += x - mean
            total += x
        bets = lambda kept: math.exp((1 - kept) * s + (math.log(kept) + 1 - kept) * v - kept)  # kept is 1 − λ
        return math.log(integrate.quad(bets, 0, 1, epsabs=0, epsrel=1e-12, limit=500, points=[v / (s + v + 1)])[0] / (1 - math.exp(-1)))

    def low(values, alpha, most):
        top = min(most, values.mean())
        return optimize.brentq(lambda m: log_wealth(values, m) + math.log(alpha), 0, top, xtol=1e-14) if log_wealth(values, 0) > -math.log(alpha) else 0.0

    weights = random.lognormal(-0.18, 0.6, 300).round(4)
    rewards = (random.random_sample(300) < 0.3) * 2.0 + 1.0  # from 1 to 3
    unit = (rewards - 1) / 2
    gain = 1 + (weights - 1) * unit, 1 + (weights - 1) * (1 - unit)
    return {
        "weights": weights,
        "rewards": rewards,
        "range": [1, 3],
        "value": {"low": 1 + 2 * low(weights * unit, 0.025, 1), "high": 3 - 2 * low(weights * (1 - unit), 0.025, 1)},
        "difference": {
            "low": 2 * (low(gain[0], 0.025, 2) - 1),
            "high": 2 * (1 - low(gain[1], 0.025, 2)),
            "p": min(1, 2 * math.exp(-max(log_wealth(gain[0], 1), log_wealth(gain[1], 1)))),
        },
    }


def power():
    """Fixed: by the normal distribution. Watched: the same with the half width of the confidence sequence at its end in place of 1.96."""
    cases = []
    for effect, users, variance, shares in [(0.1, 4000, 1.3, (0.5, 0.5)), (0.02, 90_000, 0.8, (0.8, 0.2)), (0.3, 500, 2.0, (0.4, 0.4))]:
        share = np.array(shares) / sum(shares)
        error = math.sqrt(variance / (users * share[0]) + variance / (users * share[1]))
        c = -2 * math.log(0.05) + math.log(1 - 2 * math.log(0.05))
        bars = {"fixed": stats.norm.ppf(0.975), "anytime": math.sqrt(2 * (c + 1) / c * math.log(math.sqrt(c + 1) / 0.05))}
        for interval, bar in bars.items():
            cases.append(
                {
                    "effect": effect,
                    "users": users,
                    "plan": {"variance": variance, "shares": list(shares), "interval": interval},
                    "power": stats.norm.sf(bar - effect / error) + stats.norm.cdf(-bar - effect / error),
                    "detectable": (bar + stats.norm.ppf(0.8)) * error,
                }
            )
    return cases


def main():
    random = np.random.RandomState(20261130)
    golden = {
        "tails": tails(),
        "arms": arms(random),
        "ratios": ratios(random),
        "cuped": adjusted(random),
        "winsorized": capped(random),
        "mismatches": mismatches(),
        "power": power(),
        "signedRank": signed_ranks(random),
        "weightedRewards": weighted_rewards(random),
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "statistics.json")
    with open(path, "w") as file:
        json.dump(rounded(golden), file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
