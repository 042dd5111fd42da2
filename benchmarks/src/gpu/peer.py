"""PyTorch's side of Langevin's GPU benchmark: the same U-Net, training step, sampler and kernels.

    peer.py                    answers requests, one JSON object a line on standard input, with one each on standard output
    peer.py --describe FILE    prints names and shapes of a safetensors file; needs no PyTorch

dev.langevin.benchmarks.gpu starts it and takes turns with it. A case is opened (built, compiled, warmed up), timed as
often as is asked, and closed. Everything runs on the GPU where there is one, else on the CPU.

Modes: eager (channels last), eager nchw (PyTorch's own layout), compiled (torch.compile, channels last, the whole step
then captured as a CUDA graph).
Precisions: fp32, tf32, bf16 (automatic mixed precision with float32 weights).
"""

import gc
import json
import math
import os
import struct
import sys
import time
import traceback


# ---- files ----

def read_safetensors(path):
    """Entries by name as (dtype, shape, bytes), and the metadata."""
    with open(path, "rb") as f:
        data = f.read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length].decode("utf-8"))
    metadata = header.pop("__metadata__", {})
    body = memoryview(data)[8 + length:]
    entries = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        entries[name] = (entry["dtype"], entry["shape"], body[begin:end])
    return entries, metadata


def describe(path):
    entries, metadata = read_safetensors(path)
    sizes = {"F32": 4, "F64": 8, "BF16": 2}
    for name, (dtype, shape, data) in entries.items():
        if math.prod(shape) * sizes[dtype] != len(data):
            raise ValueError(f"{path}: {name} has shape {shape} but {len(data)} bytes")
    print(json.dumps({"tensors": {n: e[1] for n, e in sorted(entries.items())}, "metadata": metadata}))


if __name__ == "__main__" and sys.argv[1:2] == ["--describe"]:
    describe(sys.argv[2])
    sys.exit(0)

# What libraries print must not come between answers.
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
import torch._functorch.config  # noqa: E402
from unet import UNet  # noqa: E402

# A backward pass that is timed alone keeps its graph.
torch._functorch.config.donated_buffer = False

CUDA = torch.cuda.is_available()
DEVICE = torch.device("cuda" if CUDA else "cpu")


def tensors(path):
    """The float32 tensors of a file by name, on the device, and the metadata."""
    entries, metadata = read_safetensors(path)
    out = {}
    for name, (dtype, shape, data) in entries.items():
        if dtype != "F32":
            raise ValueError(f"{path}: {name} is {dtype}, expected F32")
        out[name] = torch.frombuffer(bytearray(data), dtype=torch.float32).reshape(shape).to(DEVICE)
    return out, metadata


# ---- settings ----

def use(precision):
    tf32 = precision != "fp32"
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cudnn.benchmark = True


def autocast(precision, graph):
    # A cache of converted weights would point into an earlier graph's memory.
    return torch.autocast(DEVICE.type, dtype=torch.bfloat16, enabled=precision == "bf16", cache_enabled=not graph)


def compiled(request):
    return request["mode"] == "compiled"


def layout(request):
    return torch.contiguous_format if request["mode"] == "eager nchw" else torch.channels_last


def compile_with(request, function):
    return torch.compile(function, mode=request.get("compile"), fullgraph=True, dynamic=False) if compiled(request) else function


def network(path, memory_format):
    """The U-Net with the weights of a file, the settings in its metadata, and all that is in the file."""
    weights, metadata = tensors(path)
    config = json.loads(metadata["config"])
    net = UNet(config["unet"], memory_format)
    net.load_state_dict({n[len("model."):]: w for n, w in weights.items() if n.startswith("model.")})
    return net.to(DEVICE, memory_format=memory_format), config, weights


def beta_integral(c, t):
    return t * (c["betaMin"] + 0.5 * t * (c["betaMax"] - c["betaMin"]))


def mean_and_std(c, t):
    b = beta_integral(c, t)
    return torch.exp(-0.5 * b), torch.sqrt(-torch.expm1(-b))


def captured(work):
    """A function that replays `work`, recorded once as a CUDA graph after three runs of warm-up."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=side):
        work()
    return graph.replay


# ---- cases: each is made from a request and has run() ----

class Training:
    """One step: times, noise, denoising score matching, backward, clipping, AdamW, moving average."""

    def __init__(self, r):
        use(r["precision"])
        self.precision, self.graph = r["precision"], compiled(r) and CUDA
        self.net, self.config, _ = network(r["file"], layout(r))
        self.net.train()
        o = self.config["optimiser"]
        self.clip, self.decay = o["clip"], o["emaDecay"]
        self.parameters = list(self.net.parameters())
        self.ema = [p.detach().clone() for p in self.parameters]
        fast = {"fused": True, "capturable": self.graph} if CUDA else {}
        self.adam = torch.optim.AdamW(self.parameters, lr=o["learningRate"], betas=(o["beta1"], o["beta2"]), eps=o["eps"],
                                      weight_decay=o["weightDecay"], **fast)
        n = r["batch"]
        size, channels = self.config["unet"]["imageSize"], self.config["unet"]["channels"]
        self.x0 = torch.rand(n, channels, size, size, device=DEVICE) * 2 - 1
        self.spread = torch.arange(n, device=DEVICE) / n
        self.eps = self.config["trainingEpsilon"]
        self.loss = compile_with(r, self.plain_loss)
        self.run = captured(self.step) if self.graph else self.eager

    def plain_loss(self, x0, t, z):
        mean, std = mean_and_std(self.config, t)
        x = x0 * mean[:, None, None, None] + z * std[:, None, None, None]
        with autocast(self.precision, self.graph):
            f = self.net(x, t)
        return F.mse_loss(f.float(), z)

    def step(self):
        t = self.eps + (1 - self.eps) * ((torch.rand((), device=DEVICE) + self.spread) % 1)
        loss = self.loss(self.x0, t, torch.randn_like(self.x0))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.clip)
        self.adam.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.ema, self.parameters, 1 - self.decay)
        # In a graph too: what is recorded next then writes gradients instead of adding to them.
        self.adam.zero_grad(set_to_none=True)

    def eager(self):
        self.step()


class Sampling:
    """Predictor-corrector sampling: reverse diffusion, then one Langevin step per image; noise from `draw`."""

    def __init__(self, r, draw=None):
        use(r["precision"])
        self.precision, self.graph = r["precision"], compiled(r) and CUDA
        self.net, self.config, _ = network(r["file"], layout(r))
        self.net.eval()
        self.steps, self.snr = r["steps"], r["snr"]
        size, channels = self.config["unet"]["imageSize"], self.config["unet"]["channels"]
        self.shape = (r["batch"], channels, size, size)
        self.draw = draw or (lambda what, i: torch.randn(self.shape, device=DEVICE))
        self.rows = [self.row(i) for i in range(self.steps)]
        self.update = compile_with(r, self.plain_update)
        if self.graph:
            self.capture()
        elif draw is None:
            with torch.no_grad():
                self.update(self.draw("start", 0), self.rows[0], self.draw("predictor", 0), self.draw("corrector", 0))

    def row(self, i):
        """Numbers of step i: t, next t, s(t), s(next), factor of x, variance, its root, alpha of the corrector."""
        c = self.config
        grid = [1 + (c["samplingEpsilon"] - 1) * j / self.steps for j in (i, i + 1)]
        t, to = grid[0], c["samplingEpsilon"] if i + 1 == self.steps else grid[1]
        std = [math.sqrt(-math.expm1(-beta_integral(c, v))) for v in (t, to)]
        share = [min((c["betaMin"] + v * (c["betaMax"] - c["betaMin"])) * (t - to), 0.999) for v in (t, to)]
        return t, to, std[0], std[1], 2 - math.sqrt(1 - share[0]), share[0], math.sqrt(share[0]), 1 - share[1]

    def score(self, x, t, std):
        n = x.shape[0]
        times = t.expand(n) if torch.is_tensor(t) else torch.full((n,), t, device=DEVICE)
        with autocast(self.precision, self.graph):
            f = self.net(x, times)
        return f.float() / -std

    def plain_mean(self, x, row):
        return row[4] * x + row[5] * self.score(x, row[0], row[2])

    def plain_update(self, x, row, z1, z2):
        x = self.plain_mean(x, row) + row[6] * z1
        g = self.score(x, row[1], row[3])
        ratio = z2.square().sum((1, 2, 3), keepdim=True) / g.square().sum((1, 2, 3), keepdim=True)
        size = 2 * row[7] * self.snr ** 2 * ratio
        return x + size * g + (2 * size).sqrt() * z2

    def capture(self):
        self.table = torch.tensor(self.rows, device=DEVICE)
        self.slot = self.table[0].clone()
        self.x = self.draw("start", 0)

        def step():
            self.x.copy_(self.update(self.x, self.slot.unbind(0), self.draw("predictor", 0), self.draw("corrector", 0)))

        with torch.no_grad():
            self.replay = captured(step)

    def run(self):
        with torch.no_grad():
            x = self.draw("start", 0)
            if self.graph:
                self.x.copy_(x)
                for i in range(self.steps - 1):
                    self.slot.copy_(self.table[i])
                    self.replay()
                x = self.x
            else:
                for i in range(self.steps - 1):
                    x = self.update(x, self.rows[i], self.draw("predictor", i), self.draw("corrector", i))
            return self.plain_mean(x, self.rows[-1])


def silu_of_norm(x, w, b, groups):
    return F.silu(F.group_norm(x, groups, w, b))


def langevin_update(x, g, size):
    return x + size * g + (2 * size).sqrt() * torch.randn_like(x)


def langevin_corrector(x, g, snr):
    z = torch.randn_like(x)
    size = 2 * snr ** 2 * (z.square().sum((1, 2, 3), keepdim=True) / g.square().sum((1, 2, 3), keepdim=True))
    return x + size * g + (2 * size).sqrt() * z


class Op:
    """One operation on `sets` sets of inputs in turn, so that no cache holds what comes next."""

    def __init__(self, r):
        use(r["precision"])
        self.calls = [self.call(r) for _ in range(r["sets"])]
        run = self.all
        self.graph = compiled(r) and CUDA and r["op"] != "groupnorm_silu backward"
        self.run = captured(run) if self.graph else run

    def all(self):
        for call in self.calls:
            call()

    @staticmethod
    def call(r):
        kind = torch.bfloat16 if r["precision"] == "bf16" else torch.float32

        def image(n, h, w, c, dtype=kind):
            return torch.randn(n, c, h, w, device=DEVICE, dtype=dtype).contiguous(memory_format=layout(r))

        op, shape = r["op"], r["shape"]
        if op == "copy":
            x = torch.randn(shape[0], device=DEVICE)
            y = torch.empty_like(x)
            return lambda: y.copy_(x)
        if op.startswith("groupnorm_silu"):
            x = image(*shape)
            w, b = (torch.randn(shape[3], device=DEVICE, dtype=kind) for _ in range(2))
            f = compile_with(r, silu_of_norm)
            if op == "groupnorm_silu forward":
                def forward():
                    with torch.no_grad():
                        f(x, w, b, r["groups"])
                return forward
            leaves = [v.requires_grad_() for v in (x, w, b)]
            y = f(x, w, b, r["groups"])
            dy = image(*shape)
            return lambda: torch.autograd.grad(y, leaves, dy, retain_graph=True)
        if op.startswith("langevin"):
            x, g = image(*shape, dtype=torch.float32), image(*shape, dtype=torch.float32)
            update = op == "langevin update"
            f = compile_with(r, langevin_update if update else langevin_corrector)
            last = torch.full((shape[0], 1, 1, 1), 1e-3, device=DEVICE) if update else 0.16
            return lambda: f(x, g, last)
        if op == "gemm":
            m, n, k = shape
            a, b = torch.randn(m, k, device=DEVICE, dtype=kind), torch.randn(k, n, device=DEVICE, dtype=kind)
            return lambda: torch.matmul(a, b)
        if op.startswith("conv"):
            n, h, w, c, k, size, stride, padding = shape
            x = image(n, h, w, c)
            weight = torch.randn(k, c, size, size, device=DEVICE, dtype=kind).contiguous(memory_format=torch.channels_last)
            bias = torch.randn(k, device=DEVICE, dtype=kind)
            if op == "conv forward":
                return lambda: F.conv2d(x, weight, bias, stride, padding)
            dy = torch.randn_like(F.conv2d(x, weight, bias, stride, padding))
            mask = [op == "conv backward data", op == "conv backward filter", False]
            return lambda: torch.ops.aten.convolution_backward(dy, x, weight, [k], [stride] * 2, [padding] * 2, [1, 1],
                                                               False, [0, 0], 1, mask)
        raise ValueError(f"unknown op {op}")


# ---- agreement ----

def difference(ours, theirs):
    """Greatest difference as a share of the greatest absolute value; infinite where one is not a number."""
    d = (ours.double() - theirs.double()).abs().max().item()
    scale = theirs.double().abs().max().item()
    return (0.0 if d == 0 else d / scale if scale else math.inf) if math.isfinite(d) else math.inf


def values(r, precision):
    """Output, loss, gradients and the end of a short sampling, for the batch in the file."""
    use(precision)
    net, config, given = network(r["file"], torch.channels_last)
    net.eval()  # no dropout
    x0, z, t = given["case.x0"], given["case.noise"], given["case.t"]
    mean, std = mean_and_std(config, t)
    x = x0 * mean[:, None, None, None] + z * std[:, None, None, None]
    with autocast(precision, False):
        f = net(x, t)
    loss = F.mse_loss(f.float(), z)
    loss.backward()
    names = {"start": lambda i: "case.start", "predictor": lambda i: f"case.predictor.{i}", "corrector": lambda i: f"case.corrector.{i}"}
    sampler = Sampling({**r, "precision": precision, "mode": "eager", "batch": x0.shape[0]}, lambda what, i: given[names[what](i)])
    out = {"output": f.detach(), "loss": loss.detach(), "sample": sampler.run()}
    out.update({"gradient." + n: p.grad for n, p in net.named_parameters()})
    return out, given


def distances(of, to):
    worst = max((n for n in to if n.startswith("gradient.")), key=lambda n: difference(of[n], to[n]))
    return {"output": difference(of["output"], to["output"]), "loss": difference(of["loss"], to["loss"]),
            "sample": difference(of["sample"], to["sample"]), "gradient": difference(of[worst], to[worst]), "weight": worst}


def check(r):
    """How far Langevin, and PyTorch itself in the same precision, are from PyTorch in float32."""
    exact, given = values(r, "fp32")
    out = {"langevin": distances({n: given["case." + n] for n in exact}, exact)}
    if r["precision"] != "fp32":
        out["torch"] = distances(values(r, r["precision"])[0], exact)
    return out


# ---- the conversation ----

def timed(case, repeats, inner):
    """Milliseconds of each repeat of `inner` runs, and the host's share of issuing them, both for one run."""
    ms, host = [], []
    for _ in range(repeats):
        begin = time.perf_counter()
        if CUDA:
            marks = [torch.cuda.Event(enable_timing=True) for _ in range(2)]
            marks[0].record()
        for _ in range(inner):
            case.run()
        host.append((time.perf_counter() - begin) * 1e3 / inner)
        if CUDA:
            marks[1].record()
            marks[1].synchronize()
            ms.append(marks[0].elapsed_time(marks[1]) / inner)
        else:
            ms.append(host[-1])
    return {"ms": ms, "host_ms": host}


def answer(cases, r):
    do = r["do"]
    if do == "hello":
        return {"torch": torch.__version__, "device": torch.cuda.get_device_name() if CUDA else "cpu",
                "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version() if CUDA else None}
    if do == "open":
        begin = time.perf_counter()
        case = {"training": Training, "sampling": Sampling, "op": Op}[r["what"]](r)
        for _ in range(r["warm_up"]):
            case.run()
        if CUDA:
            torch.cuda.synchronize()
        cases[r["case"]] = case
        return {"seconds": time.perf_counter() - begin}
    if do == "time":
        return timed(cases[r["case"]], r["repeats"], r["inner"])
    if do == "close":
        cases.pop(r["case"], None)
        if not cases and "torch._dynamo" in sys.modules:
            torch._dynamo.reset()
        gc.collect()
        if CUDA:
            torch.cuda.synchronize()
            torch.cuda.empty_cache()
        return {}
    if do == "check":
        return check(r)
    raise ValueError(f"unknown request {do}")


def main():
    cases = {}
    for line in sys.stdin:
        try:
            reply = answer(cases, json.loads(line))
        except Exception as e:  # the benchmark goes on without this figure
            traceback.print_exc()
            reply = {"error": f"{type(e).__name__}: {e}".splitlines()[0][:300]}
        print(json.dumps(reply), file=ANSWERS, flush=True)


if __name__ == "__main__":
    main()
