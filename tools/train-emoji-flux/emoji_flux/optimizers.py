"""Muon for matrices and convolution kernels, AdamW for the rest, and an average of the weights."""
import torch


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised by five Newton-Schulz steps. Source: github.com/KellerJordan/Muon.

    The step is scaled by .2 sqrt(longer side), so that it is as large as AdamW's. Kernels count as matrices [out, rest].
    """

    def __init__(self, params, lr, momentum=.95, weight_decay=.01):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            alike = {}
            for p in group["params"]:
                if p.grad is None:
                    continue
                average = self.state[p].setdefault("momentum", torch.zeros_like(p))
                average.lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(average, group["momentum"]).reshape(p.shape[0], -1)
                alike.setdefault(tuple(update.shape), []).append((p, update))
            for shape, pairs in alike.items():
                step = group["lr"] * .2 * max(shape) ** .5
                for (p, _), update in zip(pairs, orthogonal(torch.stack([u for _, u in pairs]))):
                    p.mul_(1 - group["lr"] * group["weight_decay"]).add_(update.view_as(p).to(p.dtype), alpha=-step)


def orthogonal(m):
    """Moves the singular values of each of the matrices [N, R, C] towards 1."""
    tall = m.shape[1] > m.shape[2]
    x = (m.mT if tall else m).bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        a = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(a, a, a, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    return x.mT if tall else x


class Mixed:
    """Muon for the parameters that `is_matrix(name, parameter)` chooses and AdamW, at a part of the rate, for the others."""

    def __init__(self, named, is_matrix, lr, adam_part=.5):
        named = [(name, p) for name, p in named if p.requires_grad]
        self.parameters = [p for _, p in named]
        chosen = {name for name, p in named if is_matrix(name, p)}
        self._muon = Muon([p for name, p in named if name in chosen], lr)
        self._adam = torch.optim.AdamW([p for name, p in named if name not in chosen], lr=lr * adam_part, betas=(.9, .98),
                                       weight_decay=0.0)
        self._rates = ((self._muon, lr), (self._adam, lr * adam_part))

    def step(self, factor, clip=1.0):
        """One step at `factor` of the learning rates; gradients are clipped, used and cleared."""
        if clip:
            torch.nn.utils.clip_grad_norm_(self.parameters, clip)
        for optimizer, rate in self._rates:
            for group in optimizer.param_groups:
                group["lr"] = rate * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def state(self):
        """Returns the states as {name: tensor}."""
        out = {}
        for label, (optimizer, _) in zip(("muon", "adam"), self._rates):
            for number, p in enumerate(p for g in optimizer.param_groups for p in g["params"]):
                for key, value in optimizer.state.get(p, {}).items():
                    out[f"{label}.{number}.{key}"] = value
        return out

    def restore(self, state):
        """Takes back what `state` returned; without any the optimizers start anew."""
        for label, (optimizer, _) in zip(("muon", "adam"), self._rates):
            for number, p in enumerate(p for g in optimizer.param_groups for p in g["params"]):
                prefix = f"{label}.{number}."
                for key, value in state.items():
                    if key.startswith(prefix):
                        keep_on_host = key.endswith(".step")
                        optimizer.state[p][key[len(prefix):]] = value.clone() if keep_on_host else value.to(p.device)


class Average:
    """Exponential moving average of named parameters, shorter at the beginning."""

    def __init__(self, named, decay):
        self._named = dict(named)
        self._decay, self.steps = decay, 0
        self.values = {name: p.detach().clone() for name, p in self._named.items()}

    @torch.no_grad()
    def update(self):
        self.steps += 1
        decay = min(self._decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(list(self.values.values()), [p.detach() for p in self._named.values()], 1 - decay)

    @torch.no_grad()
    def swap(self):
        """Exchanges the weights and the averages; a second call undoes it."""
        for name, p in self._named.items():
            mine = self.values[name].clone()
            self.values[name].copy_(p)
            p.copy_(mine)
