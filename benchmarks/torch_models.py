"""The same four models in PyTorch's own layers, as one would write them there.

Run by the Python of the environment that torch_env.py makes: PyTorch and NumPy, no Keras. Layers
bear the names of those in Keras, so that `take` can give both the same weights. Where Keras has a
mask the rows are packed (`pack_padded_sequence`). The batches are tensors before the clock starts,
which saves PyTorch the reading that the workbook's column pays for.
"""

import time

import numpy as np
import torch
import workloads
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

RATE = 1e-3


def spatial_dropout(x, rate, training):
    """Drop whole features of a row: float (B, T, D), one pattern for all its steps."""
    return x * functional.dropout(torch.ones_like(x[:, :1]), rate, training) if rate else x


def packed(rnn, x, lengths):
    """Run a layer over rows of these lengths: -> outputs (B, T, H), zeros at padding, and state."""
    rows = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    outputs, state = rnn(rows)
    return pad_packed_sequence(outputs, batch_first=True, total_length=x.shape[1])[0], state


class LanguageModel(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.rate, width = sizes["dropout"], sizes["width"]
        self.embedding = nn.Embedding(sizes["words"], width)
        self.rnn_1 = nn.LSTM(width, sizes["units"], batch_first=True)
        self.projection = nn.Linear(sizes["units"], width)
        self.logits = nn.ParameterDict({"bias": torch.zeros(sizes["words"])})

    def forward(self, inputs):
        x = spatial_dropout(self.embedding(inputs), self.rate, self.training)
        x = spatial_dropout(self.rnn_1(x)[0], self.rate, self.training)
        return functional.linear(self.projection(x), self.embedding.weight, self.logits["bias"])


class Classifier(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes, width, half = sizes, sizes["width"], sizes["units"] // 2
        self.embedding = nn.Embedding(sizes["words"], width)
        self.reader = nn.GRU(width, half, batch_first=True, bidirectional=True)
        self.logits = nn.Linear(sizes["units"] * (1 + sizes["pooled"]), 1)

    def forward(self, inputs):
        lengths, rate = (inputs > 0).sum(dim=1), self.sizes["dropout"]
        x = self.embedding(inputs)
        if word := self.sizes["word_dropout"]:
            x = x * functional.dropout(torch.ones_like(x[..., :1]), word, self.training)
        x = spatial_dropout(x, rate, self.training)
        if self.sizes["pooled"]:
            states, _ = packed(self.reader, x, lengths)
            average = states.sum(dim=1) / lengths[:, None]
            x = torch.cat([average, states.amax(dim=1).relu()], dim=-1)
        else:
            rows = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            x = torch.cat([*self.reader(rows)[1]], dim=-1)  # the last states
        return self.logits(functional.dropout(x, rate, self.training))


class Forecaster(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes
        self.rnn_1 = nn.GRU(sizes["features"], sizes["units"], batch_first=True)
        self.logits = nn.Linear(sizes["units"], 1)
        self.linear = nn.Linear(sizes["length"], 1, bias=False) if sizes["linear"] else None

    def forward(self, inputs):
        last = inputs[:, -1:]
        _, state = self.rnn_1(inputs - last if self.linear else inputs)
        x = self.logits(functional.dropout(state[0], self.sizes["dropout"], self.training))
        if self.linear:
            x = x + self.linear(inputs[:, :, 0] - last[:, 0, :1]) + last[:, 0, :1]
        return x


class Translator(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.rate, width, units = sizes["dropout"], sizes["width"], sizes["units"]
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
        x = spatial_dropout(self.source_embedding(sources), self.rate, self.training)
        memory, state = packed(self.encoder, x, real.sum(dim=1))
        state = self.bridge(torch.cat([*state], dim=-1)).tanh()[None]
        y = spatial_dropout(self.target_embedding(inputs), self.rate, self.training)
        y, _ = self.decoder(y, state)
        scores = y @ self.keys(memory).transpose(1, 2)
        attention = scores.masked_fill(~real[:, None], float("-inf")).log_softmax(dim=-1)
        y = self.mix(torch.cat([y, attention.exp() @ memory], dim=-1)).tanh()
        return self.logits(functional.dropout(y, self.rate, self.training)), attention


MODELS = dict(
    zip(workloads.TASKS, (LanguageModel, Classifier, Forecaster, Translator), strict=True)
)


def loss_of(task, sizes, model, batch):
    """The loss that training makes smaller, as in the notebook of the task."""
    inputs, targets = batch["inputs"], batch["targets"]
    if task == "forecaster":
        loss = functional.mse_loss(model(inputs)[:, 0], targets)
        return loss + 1e-4 * model.linear.weight.square().sum() if model.linear else loss
    smoothing = sizes.get("smoothing", 0.0)
    if task == "classifier":
        targets = targets * (1 - smoothing) + smoothing / 2
        return functional.binary_cross_entropy_with_logits(model(inputs)[:, 0], targets)
    options = {"ignore_index": workloads.PADDING, "label_smoothing": smoothing}
    if task == "language model":
        return functional.cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), **options)
    logits, attention = model(batch["sources"], inputs)
    loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), **options)
    # A place is never padding, so the targets tell which steps count.
    links = torch.where(targets > 0, batch["links"], -1).flatten()
    return loss + 0.3 * functional.nll_loss(attention.flatten(0, 1), links, ignore_index=-1)


class Torch:
    """One model with its data: what a worker process holds."""

    def __init__(self, task, sizes):
        torch.manual_seed(1)
        self.task, self.sizes, self.training_loss = task, sizes, None
        self.rows = workloads.data(task, sizes)
        self.model = MODELS[task](sizes)
        self.optimizer = torch.optim.Adam(self.model.parameters(), RATE, eps=1e-7)  # Keras' eps
        self.batches = [self._tensors(number) for number in range(sizes["batches"])]

    def _tensors(self, number):
        batch = workloads.rows_of(self.rows, number, self.sizes["batch"])
        batch.pop("series", None)
        whole = {"int32": "int64"}
        kinds = {name: whole.get(str(x.dtype), str(x.dtype)) for name, x in batch.items()}
        return {name: torch.from_numpy(x.astype(kinds[name])) for name, x in batch.items()}

    def train(self):
        """One pass over the rows -> seconds of each step."""
        self.model.train()
        seconds, losses = [], []
        for batch in self.batches:
            began = time.perf_counter()
            self.optimizer.zero_grad()
            loss = loss_of(self.task, self.sizes, self.model, batch)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            seconds.append(time.perf_counter() - began)
            losses.append(loss.item())
        self.training_loss = float(np.mean(losses))
        return seconds

    def infer(self):
        """One pass without training -> seconds of each step."""
        seconds = []
        for batch in self.batches:
            began = time.perf_counter()
            self._outputs(batch)
            seconds.append(time.perf_counter() - began)
        return seconds

    def _outputs(self, batch):
        self.model.eval()
        inputs = [batch[name] for name in ("sources", "inputs") if name in batch]
        with torch.inference_mode():
            outputs = self.model(*inputs)
        return (outputs[0] if isinstance(outputs, tuple) else outputs).numpy()

    def loss(self):
        """The mean surprise on the first batch."""
        batch = workloads.rows_of(self.rows, 0, self.sizes["batch"])
        return workloads.surprise(
            self.task, self._outputs(self.batches[0]), batch, from_logits=True
        )

    def parameters(self):
        return sum(p.numel() for p in self.model.parameters())

    def set_weights(self, arrays):
        for name, module in self.model.named_children():
            own = [arrays[key] for key in arrays if key.split("/")[0] == name]
            take(module, [torch.from_numpy(array) for array in own])


def take(module, arrays):
    """Give a layer the weights of its twin in Keras."""
    with torch.no_grad():
        if isinstance(module, nn.Embedding):
            module.weight.copy_(arrays[0])
        elif isinstance(module, nn.ParameterDict):
            module["bias"].copy_(arrays[0])
        elif isinstance(module, nn.Linear):
            module.weight.copy_(arrays[0].T)
            if module.bias is not None:
                module.bias.copy_(arrays[1])
        elif module is not None:
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


def matmul(size):
    """A product of two matrices (size, size), as a function that waits for its result."""
    x = torch.from_numpy(np.random.default_rng(0).random((size, size)).astype("float32"))
    return lambda: (x @ x).numpy()
