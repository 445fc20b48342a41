"""The same four models in PyTorch's own layers, as one would write them there.

Run by the Python of the environment that torch_env.py makes: PyTorch and NumPy, no Keras. Layers
bear the names of those in Keras, so that `take` can give both the same weights. Where Keras has a
mask the rows are packed (`pack_padded_sequence`). The batches are tensors before the clock starts,
which saves PyTorch the reading that the workbook's column pays for.
"""

import time

import torch
import workloads
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

RATE = 1e-3


def packed(rnn, x, lengths):
    """Run a layer over rows of these lengths: -> outputs (B, T, H), zeros at padding, and state."""
    rows = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    outputs, state = rnn(rows)
    outputs, _ = pad_packed_sequence(outputs, batch_first=True, total_length=x.shape[1])
    return outputs, state


class LanguageModel(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.embedding = nn.Embedding(sizes["words"], sizes["width"])
        self.embedding.requires_grad_(False)
        self.rnn = nn.LSTM(sizes["width"], sizes["units"], batch_first=True)
        self.logits = nn.Linear(sizes["units"], sizes["words"])

    def forward(self, inputs):
        x, _ = self.rnn(self.embedding(inputs))
        return self.logits(x)


class Classifier(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.embedding = nn.Embedding(sizes["words"], sizes["width"])
        self.rnn = nn.GRU(sizes["width"], sizes["units"], batch_first=True, bidirectional=True)
        self.logits = nn.Linear(2 * sizes["units"], 1)

    def forward(self, inputs):
        lengths = (inputs > 0).sum(dim=1)
        _, states = packed(self.rnn, self.embedding(inputs), lengths)
        return self.logits(torch.cat([states[0], states[1]], dim=1))


class Forecaster(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.rnn = nn.GRU(sizes["features"], sizes["units"], batch_first=True)
        self.logits = nn.Linear(sizes["units"], sizes["horizon"])

    def forward(self, inputs):
        _, states = self.rnn(inputs)
        return self.logits(states[0])


class Translator(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        width, units = sizes["width"], sizes["units"]
        self.source_embedding = nn.Embedding(sizes["words"], width)
        self.target_embedding = nn.Embedding(sizes["target_words"], width)
        self.encoder = nn.GRU(width, units, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(2 * units, units)
        self.decoder = nn.GRU(width, units, batch_first=True)
        self.keys = nn.Linear(2 * units, units, bias=False)
        self.mix = nn.Linear(3 * units, 2 * width)
        self.logits = nn.Linear(2 * width, sizes["target_words"])

    def forward(self, sources, inputs):
        real = sources > 0
        memory, states = packed(self.encoder, self.source_embedding(sources), real.sum(dim=1))
        first = self.bridge(torch.cat([states[0], states[1]], dim=1)).tanh()
        y, _ = self.decoder(self.target_embedding(inputs), first[None])
        scores = y @ self.keys(memory).transpose(1, 2)
        scores = scores.masked_fill(~real[:, None], float("-inf"))
        context = scores.softmax(dim=2) @ memory
        both = torch.cat([y, context], dim=2)
        return self.logits(self.mix(both).tanh())


MODELS = {
    "language model": LanguageModel,
    "classifier": Classifier,
    "forecaster": Forecaster,
    "translator": Translator,
}


def loss_of(task, outputs, targets):
    """The loss that Keras' twin is compiled with."""
    if task == "forecaster":
        return functional.mse_loss(outputs, targets)
    if task == "classifier":
        return functional.binary_cross_entropy_with_logits(outputs[:, 0], targets)
    flat = outputs.flatten(0, 1)
    return functional.cross_entropy(flat, targets.flatten(), ignore_index=workloads.PADDING)


class Torch:
    """One model with its data: what a worker process holds."""

    def __init__(self, task, sizes):
        torch.manual_seed(1)
        self.task = task
        self.model = MODELS[task](sizes)
        wanted = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.optimizer = torch.optim.Adam(wanted, RATE, eps=1e-7)  # Keras' eps
        self.batches = []
        rows = workloads.data(task, sizes)
        for number in range(sizes["batches"]):
            batch = workloads.rows_of(rows, number, sizes["batch"])
            targets = tensor(batch.pop("targets"))
            self.batches.append(([tensor(x) for x in batch.values()], targets))

    def train(self):
        """One pass over the rows -> seconds of each step."""
        self.model.train()
        seconds = []
        for inputs, targets in self.batches:
            began = time.perf_counter()
            self.optimizer.zero_grad()
            loss = loss_of(self.task, self.model(*inputs), targets)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            seconds.append(time.perf_counter() - began)
        return seconds

    def infer(self):
        """One pass without training -> seconds of each step."""
        seconds = []
        for inputs, _ in self.batches:
            began = time.perf_counter()
            self._outputs(inputs)
            seconds.append(time.perf_counter() - began)
        return seconds

    def _outputs(self, inputs):
        self.model.eval()
        with torch.inference_mode():
            return self.model(*inputs)

    def loss(self):
        """The loss of the first batch."""
        inputs, targets = self.batches[0]
        return loss_of(self.task, self._outputs(inputs), targets).item()

    def parameters(self):
        return sum(p.numel() for p in self.model.parameters())

    def set_weights(self, arrays):
        for name, module in self.model.named_children():
            own = [arrays[key] for key in arrays if key.split("/")[0] == name]
            take(module, [torch.from_numpy(array) for array in own])


def tensor(array):
    """PyTorch looks words up by int64."""
    return torch.from_numpy(array.astype("int64") if array.dtype == "int32" else array)


def take(module, arrays):
    """Give a layer the weights of its twin in Keras."""
    with torch.no_grad():
        if isinstance(module, nn.Embedding):
            module.weight.copy_(arrays[0])
        elif isinstance(module, nn.Linear):
            module.weight.copy_(arrays[0].T)
            if module.bias is not None:
                module.bias.copy_(arrays[1])
        else:
            for suffix, part in zip(("", "_reverse"), (arrays[:3], arrays[3:]), strict=True):
                if part:
                    _take_direction(module, suffix, part)


def _take_direction(module, suffix, arrays):
    """Kernel (F, gH), recurrent kernel (H, gH) and bias; in a GRU the gates change their order."""
    gates = 4 if isinstance(module, nn.LSTM) else 3
    order = [0, 1, 2, 3] if gates == 4 else [1, 0, 2]  # Keras: update, reset, candidate
    w_x, w_h, bias = (
        torch.cat([array.chunk(gates, dim=-1)[gate] for gate in order], dim=-1) for array in arrays
    )
    biases = (bias, torch.zeros_like(bias)) if bias.ndim == 1 else bias
    getattr(module, f"weight_ih_l0{suffix}").copy_(w_x.T)
    getattr(module, f"weight_hh_l0{suffix}").copy_(w_h.T)
    for name, value in zip(("bias_ih_l0", "bias_hh_l0"), biases, strict=True):
        getattr(module, f"{name}{suffix}").copy_(value)
