"""The same day written out with the full matrix of orders: slow, and independent of the kernel."""

import numpy as np


class Naive:
    """One lane; industries and final users in one matrix of orders, cell by cell."""

    def __init__(self, e, *, days, tau, psi, alpha_max, alpha_tau):
        self.e, self.p = e, (days, tau, psi, alpha_max, alpha_tau)
        self.a = e.a
        self.stock = days * e.W[:, : e.n]
        self.orders = e.W[:, : e.n].copy()
        self.alpha = np.ones(e.n)
        self.x = e.x.copy()

    def day(self, *, capacity, final, left, moved):
        """left (n, N): share of base capacity of every link, infinite where it is open."""
        e = self.e
        days, tau, psi, alpha_max, alpha_tau = self.p
        n, N = e.B.shape
        wish = np.hstack([self.orders, final * e.final])
        orders = np.zeros((n, N))
        for s in range(e.S):
            rows = np.flatnonzero(e.product == s)
            for j in range(N):
                base = e.B[rows, j]
                if base.sum() == 0:
                    continue
                asked = wish[s, j] * base / base.sum()
                cap = (
                    np.where(np.isinf(left[rows, j]), np.inf, 1.0)
                    * np.minimum(left[rows, j], 1e30)
                    * base
                )
                open_ = np.isinf(left[rows, j])
                kept = np.where(open_, asked, np.minimum(asked, cap))
                lost = moved * (asked - kept).sum()
                if (base * open_).sum() > 0:
                    kept = kept + lost * base * open_ / (base * open_).sum()
                orders[rows, j] = kept
        D = orders.sum(axis=1)
        z = np.divide(D - self.x, D, out=np.zeros(n), where=D > 0)
        up = (alpha_max - self.alpha) * z / alpha_tau
        self.alpha = np.maximum(
            1.0, self.alpha + np.where(z > 1e-9, up, (1 - self.alpha) / alpha_tau)
        )
        want = np.minimum(D, e.x * capacity * self.alpha)
        x = want.copy()
        for j in range(n):
            for s in range(e.S):
                if self.a[s, j] > 0 and want[j] > 0:
                    share = self.stock[s, j] / (psi * days * self.a[s, j] * want[j])
                    x[j] = min(x[j], want[j] * share, self.stock[s, j] / self.a[s, j])
        sent = orders * np.divide(x, D, out=np.zeros(n), where=D > 0)[:, None]
        received = np.zeros((e.S, N))
        for i in range(n):
            received[e.product[i]] += sent[i]
        self.stock = self.stock + received[:, :n] - self.a * x
        self.orders = self.a * x + np.maximum(days * self.a * want - self.stock, 0.0) / tau
        self.x = x
        return x, received[:, n:]
