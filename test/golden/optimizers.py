"""Writes optimizers.json: what Keras's own optimizers and schedules do.

    pip install keras==3.15.1 jax numpy
    KERAS_BACKEND=jax python optimizers.py

Four weights descend a quadratic, whose gradient is curvature * (weight - goal), for ten batches.
"""
import json, os
import numpy as np
import keras
from keras import constraints, optimizers
from keras.optimizers import schedules

here = os.path.dirname(os.path.abspath(__file__))
random = np.random.RandomState(0)
shapes = {"kernel": (3, 2), "wide": (2, 3), "filters": (1, 2, 3), "bias": (2,)}
draw = lambda low, high: {name: random.uniform(low, high, shape).round(3).astype("float32") for name, shape in shapes.items()}
start, goal, curvature = draw(-1, 1), draw(-2, 2), draw(0.5, 2)

SGD, Adam, s = optimizers.SGD, optimizers.Adam, schedules
cases = {
    "sgd": lambda: SGD(0.1),
    "momentum": lambda: SGD(0.05, momentum=0.9),
    "momentum nesterov": lambda: SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda: Adam(0.05),
    "adam amsgrad": lambda: Adam(0.05, beta_1=0.8, beta_2=0.5, epsilon=1e-3, amsgrad=True),
    "adamW": lambda: optimizers.AdamW(0.05, weight_decay=0.1),
    "adamax": lambda: optimizers.Adamax(0.05),
    "nadam": lambda: optimizers.Nadam(0.05),
    "nadam accumulate": lambda: optimizers.Nadam(0.05, gradient_accumulation_steps=3),
    "rmsprop": lambda: optimizers.RMSprop(0.02),
    "rmsprop momentum": lambda: optimizers.RMSprop(0.02, momentum=0.8, rho=0.7),
    "rmsprop centered": lambda: optimizers.RMSprop(0.02, centered=True, epsilon=1e-2),
    "rmsprop momentum centered": lambda: optimizers.RMSprop(0.02, momentum=0.8, centered=True, epsilon=1e-2),
    "adagrad": lambda: optimizers.Adagrad(0.1, initial_accumulator_value=0.3),
    "adadelta": lambda: optimizers.Adadelta(1.0, epsilon=1e-3),
    "ftrl": lambda: optimizers.Ftrl(0.1),
    "ftrl full": lambda: optimizers.Ftrl(0.2, learning_rate_power=-0.7, initial_accumulator_value=0.2, l1_regularization_strength=0.3,
                                         l2_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.2, beta=0.4),
    "lion": lambda: optimizers.Lion(0.05),
    "lion decay": lambda: optimizers.Lion(0.05, beta_1=0.8, beta_2=0.7, weight_decay=0.2),
    "adafactor": lambda: optimizers.Adafactor(0.1),
    "adafactor options": lambda: optimizers.Adafactor(0.2, beta_2_decay=-0.5, epsilon_1=1e-3, epsilon_2=0.5, clip_threshold=0.8, relative_step=False),
    "lamb": lambda: optimizers.Lamb(0.05, weight_decay=0.1),
    "muon": lambda: optimizers.Muon(0.05),
    "muon options": lambda: optimizers.Muon(0.05, exclude_layers=["wi.e"], weight_decay=0.1, adam_weight_decay=0.2, adam_lr_ratio=0.5,
                                            nesterov=False, rms_rate=None, ns_steps=3, momentum=0.8),
    "scheduleFreeAdamW": lambda: optimizers.ScheduleFreeAdamW(0.05),
    "scheduleFreeAdamW warmup": lambda: optimizers.ScheduleFreeAdamW(0.1, warmup_steps=5, weight_decay=0.1, beta_1=0.6),
    "weight decay": lambda: SGD(0.1, weight_decay=0.3),
    "clipnorm": lambda: SGD(0.3, clipnorm=0.9),
    "global clipnorm": lambda: SGD(0.3, global_clipnorm=1.5),
    "clipvalue": lambda: SGD(0.3, clipvalue=0.4),
    "averages": lambda: Adam(0.05, use_ema=True, ema_momentum=0.8),
    "averages overwrite": lambda: SGD(0.1, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=3),
    "accumulate": lambda: Adam(0.1, gradient_accumulation_steps=3),
    "accumulate, decay, clip": lambda: SGD(0.1, momentum=0.5, weight_decay=0.3, clipnorm=0.8, gradient_accumulation_steps=4),
    "accumulate, averages": lambda: SGD(0.1, momentum=0.5, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=2, gradient_accumulation_steps=3),
    "accumulate, averages, amsgrad": lambda: Adam(0.1, amsgrad=True, use_ema=True, gradient_accumulation_steps=2),
    "schedule": lambda: SGD(s.ExponentialDecay(0.2, 2, 0.5), momentum=0.5),
    "schedule, decay": lambda: Adam(s.CosineDecay(0.01, 5, warmup_target=0.1, warmup_steps=3), weight_decay=0.2),
    "schedule, accumulate": lambda: SGD(s.PiecewiseConstantDecay([2, 6], [0.3, 0.1, 0.03]), gradient_accumulation_steps=2),
    "constraints": lambda: SGD(0.3, momentum=0.5),
    "constraints, accumulate": lambda: SGD(0.3, gradient_accumulation_steps=2),
}
constrained = {"kernel": constraints.MaxNorm(0.8), "wide": constraints.MinMaxNorm(0.5, 1.0, rate=0.6, axis=1), "filters": constraints.UnitNorm([0, 1]), "bias": constraints.NonNeg()}

numbers = lambda tensor: [float(f"{value:.8g}") for value in np.asarray(tensor).ravel()]


def descend(name, make):
    optimizer = make()
    weights = [keras.Variable(value, name=key) for key, value in start.items()]
    for weight in weights:
        if name.startswith("constraints"):
            weight.constraint = constrained[weight.name]
    after = {}
    optimizer.build(weights)
    for batch in range(1, 11):
        optimizer.apply([keras.ops.convert_to_tensor(curvature[w.name]) * (w.value - goal[w.name]) for w in weights])
        if batch in (1, 2, 10):
            after[batch] = [numbers(w) for w in weights]
    return {"name": name, "class": type(optimizer).__name__, "config": optimizer.get_config(), "after": after, "variables": [numbers(v) for v in optimizer.variables]}


rates = [
    s.ExponentialDecay(0.1, 5, 0.8), s.ExponentialDecay(0.1, 5, 0.8, staircase=True),
    s.InverseTimeDecay(0.1, 5, 0.8), s.InverseTimeDecay(0.1, 5, 0.8, staircase=True),
    s.PiecewiseConstantDecay([3, 10], [1.0, 0.3, 0.1]), s.PiecewiseConstantDecay([4], [0.2, 0.7]),
    s.PolynomialDecay(0.1, 8), s.PolynomialDecay(0.1, 8, 0.02, power=2.0), s.PolynomialDecay(0.1, 8, 0.02, power=0.5, cycle=True),
    s.CosineDecay(0.1, 8), s.CosineDecay(0.1, 8, alpha=0.2), s.CosineDecay(0.01, 8, alpha=0.2, warmup_target=0.1, warmup_steps=4),
    s.CosineDecay(0.1, 8, warmup_target=0.2), s.CosineDecay(0.1, 8, warmup_steps=4),
    s.CosineDecayRestarts(0.1, 4), s.CosineDecayRestarts(0.1, 5, t_mul=1.0, m_mul=0.5, alpha=0.1), s.CosineDecayRestarts(0.1, 3, t_mul=1.5, m_mul=0.9),
]

plain = lambda values: {name: {"shape": list(value.shape), "values": numbers(value)} for name, value in values.items()}
with open(os.path.join(here, "optimizers.json"), "w") as file:
    rows = [*(descend(*case) for case in cases.items())]
    curves = [{"class": type(rate).__name__, "config": rate.get_config(), "rates": numbers([float(rate(step)) for step in range(21)])} for rate in rates]
    line = lambda value: json.dumps(value, separators=(",", ":"))
    parts = {key: plain(values) for key, values in (("start", start), ("goal", goal), ("curvature", curvature))}
    file.write("{" + "".join(f'"{key}":{line(value)},\n' for key, value in parts.items()))
    for key, values in (("optimizers", rows), ("schedules", curves)):
        file.write(f'"{key}":[\n' + ",\n".join(map(line, values)) + "\n]" + (",\n" if key == "optimizers" else "}\n"))
