"""Chains against PyTorch with the same weights, inputs and dy: every array, layer by layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from normstats.networks.chain import Chain, Residual, Stage, Step
from normstats.networks.given import Trace, propagate
from normstats.networks.written import chain_of

torch = pytest.importorskip("torch")
F = torch.nn.functional
pytestmark = pytest.mark.torch

CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def mask(stage: Stage, trace: Trace, batch: int, shape: tuple[int, ...]) -> Any:
    """1 where an element is kept, of this shape behind the examples."""
    u = trace.drawn[stage.number]["uniforms"]
    assert stage.call is not None
    kept = u.reshape(-1, -(-batch // 8) * 8)[:, :batch] > stage.call.params["p"]
    return torch.from_numpy(kept.T.reshape(batch, *shape).astype(float))


def tensor(values: Any) -> Any:
    return torch.from_numpy(np.ascontiguousarray(values))


class Model:
    """The chain in PyTorch; it notes every tensor that it makes, with its gradient."""

    def __init__(self, chain: Chain, trace: Trace) -> None:
        self.chain, self.trace = chain, trace
        self.x: dict[int, Any] = {}
        self.y: dict[int, Any] = {}
        self.weights: dict[tuple[int, str], Any] = {}

    def run(self, steps: tuple[Step, ...], x: Any) -> Any:
        for step in steps:
            x = x * 1.0  # a tensor of its own, whose gradient is that at this layer's input
            x.retain_grad()
            self.x[step.number] = x
            if isinstance(step, Residual):
                x = step.skip * x + step.branch * self.run(step.steps, x)
            else:
                x = self.stage(step, x)
            self.y[step.number] = x
        return x

    def weight(self, stage: Stage, name: str, values: Any) -> Any:
        made = tensor(values).clone().requires_grad_()
        self.weights[stage.number, name] = made
        return made

    def stage(self, stage: Stage, x: Any) -> Any:
        if stage.call is None:
            return x.flatten(1)
        params, name, batch = stage.call.params, stage.name, len(x)
        channels = stage.x[0]
        if name == "linear" or name.startswith("conv"):
            w = self.weight(stage, "weight", self.trace.drawn[stage.number]["weight"])
            outs = params.get("out_features") or params["out_channels"]
            b = self.weight(stage, "bias", np.zeros(outs))
            names = ("stride", "padding", "output_padding", "dilation", "groups")
            options = {name: params[name] for name in names if name in params}
            return getattr(F, name)(x, w, b, **options)
        if name == "batch_norm":
            g, b = (self.weight(stage, n, np.full(channels, v)) for n, v in NORM.items())
            return F.batch_norm(x, None, None, g, b, training=True, eps=params["eps"])
        if name in ("layer_norm", "rms_norm"):
            shape = params["normalized_shape"]
            own = [self.weight(stage, n, np.full(shape, v)) for n, v in NORM.items()]
            own = own if name == "layer_norm" else own[:1]
            if name == "rms_norm":
                del self.weights[stage.number, "bias"]
            return getattr(F, name)(x, shape, *own, eps=params["eps"])
        if name == "group_norm":
            g, b = (self.weight(stage, n, np.full(channels, v)) for n, v in NORM.items())
            return F.group_norm(x, params["num_groups"], g, b, params["eps"])
        if name == "instance_norm":
            g, b = (self.weight(stage, n, np.full(channels, v)) for n, v in NORM.items())
            return F.instance_norm(x, weight=g, bias=b, eps=params["eps"])
        if name == "dropout":
            return x * mask(stage, self.trace, batch, stage.x) / (1.0 - params["p"])
        if name == "dropout2d":
            kept = mask(stage, self.trace, batch, stage.x[:1])
            return x * kept[:, :, None, None] / (1.0 - params["p"])
        if name == "stochastic_depth":
            return x * mask(stage, self.trace, batch, ()).reshape(-1, 1, 1) / (1.0 - params["p"])
        if name in ("max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "max_pool1d"):
            size = params.get("kernel_size") or params["output_size"]
            names = ("stride", "padding")
            return getattr(F, name)(x, size, **{n: params[n] for n in names if n in params})
        if name == "logsumexp":
            return x.logsumexp(-1)
        if name in ("softmax", "log_softmax", "glu"):
            return getattr(F, name)(x, dim=-1)
        if name == "upsample":
            return F.interpolate(x, scale_factor=params["scale_factor"])
        if name == "pixel_shuffle":
            return F.pixel_shuffle(x, params["upscale_factor"])
        if name == "leaky_relu":
            return F.leaky_relu(x, params["negative_slope"])
        return getattr(F, name, None)(x) if hasattr(F, name) else getattr(torch, name)(x)


NORM = {"weight": 1.0, "bias": 0.0}


def compare(text: str, size: Any, batch: int, seed: int = 0) -> None:
    chain = chain_of(text, size=size, batch_size=batch)
    trace = propagate(chain, seed=seed)
    model = Model(chain, trace)
    x = tensor(trace.x).requires_grad_()
    model.run(chain.steps, x).backward(tensor(trace.dy))
    assert model.y.keys() == trace.y.keys()
    for step in chain.stages:
        number = step.number
        where = f"{text}: layer {number}, {step.name}"
        for found, wanted in (
            (trace.y[number], model.y[number].detach()),
            (trace.dx[number], model.x[number].grad),
        ):
            np.testing.assert_allclose(found, wanted.numpy(), **CLOSE, err_msg=where)
        for name, found in trace.gradients.get(number, {}).items():
            wanted = model.weights[number, name].grad.numpy()
            np.testing.assert_allclose(
                found.reshape(wanted.shape), wanted, **CLOSE, err_msg=f"{where}, {name}"
            )


CASES = [
    ("linear(24, init=xavier_normal), tanh, linear(17), relu, linear(24, init=orthogonal)", 31, 13),
    ("3 * (linear(16), batch_norm, relu), dropout(0.3), linear(5), log_softmax", 16, 9),
    ("residual(layer_norm, linear(40), gelu, linear(16), dropout(0.2), branch=0.5, skip=2)", 16, 8),
    ("2 * (residual(linear(8), residual(relu, linear(8), branch=-2), tanh)), softmax", 8, 5),
    (
        "conv2d(6, 3, padding=1), batch_norm2d, relu, max_pool2d(2), conv2d(8, 3, groups=2),"
        " group_norm(4), silu, dropout2d(0.4), adaptive_avg_pool2d(1), flatten, linear(10)",
        "4x8x8",
        11,
    ),
    (
        "conv_transpose2d(8, 4, 2, 1, init=fan_out_rows), instance_norm, leaky_relu(0.2),"
        " avg_pool2d(2), pixel_shuffle(2), upsample",
        "3x4x4",
        10,
    ),
    ("conv1d(6, 5, init=orthogonal), max_pool1d(3, 2, 1), sigmoid, linear(7)", "3x16", 7),
    ("linear(12), rms_norm, glu, softplus, linear(6), logsumexp", "5x8", 6),
    ("residual(rms_norm, linear(12), stochastic_depth(0.3)), elu, linear(3)", "4x12", 9),
    ("linear(7), layer_norm(7), mish, group_norm(4), linear(11)", "4x5", 6),
]


@pytest.mark.parametrize(("text", "size", "batch"), CASES)
def test_layer_by_layer(text: str, size: Any, batch: int) -> None:
    compare(text, size, batch)


WIDTHS = st.integers(1, 20)
ACTIVATIONS = st.sampled_from(["relu", "tanh", "sigmoid", "gelu", "selu", "mish", "softsign"])
INITS = st.sampled_from(["fan_in_rows", "kaiming_normal", "orthogonal", "xavier_uniform"])
EXTRAS = st.sampled_from(["", ", layer_norm", ", batch_norm", ", dropout(0.5)", ", softmax"])


@st.composite
def chains(draw: Any) -> str:
    """Blocks of a linear layer, an activation and something else, some of them residual."""
    width = draw(st.integers(2, 20))
    blocks = []
    for _ in range(draw(st.integers(1, 4))):
        inner = f"linear({draw(WIDTHS) + 1}, init={draw(INITS)}), {draw(ACTIVATIONS)}{draw(EXTRAS)}"
        if draw(st.booleans()):
            inner = f"residual({inner}, linear({width}), branch={draw(st.floats(-2, 2)):.3f})"
        blocks.append(f"{inner}, linear({width})" if "residual" not in inner else inner)
    return f"linear({width}), " + ", ".join(blocks)


@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])  # shrinking takes minutes
@given(text=chains(), ins=WIDTHS, batch=st.integers(4, 20), seed=st.integers(0, 9))
def test_random_networks(text: str, ins: int, batch: int, seed: int) -> None:
    compare(text, ins, batch, seed)


def test_a_wrong_gradient_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from normstats.networks import propagate as module

    right = module.Network._sum

    def wrong(self: Any, a: Any, b: Any, of_a: float, of_b: float) -> Any:
        return right(self, a, b, of_a * (1.0 + 1e-9), of_b)

    monkeypatch.setattr(module.Network, "_sum", wrong)
    with pytest.raises(AssertionError, match="residual"):
        compare("residual(linear(8))", 8, 8)
