"""Writes sequences.json: what Keras's own layers on sequences, normalizing layers and layers around layers compute.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    TF_ENABLE_ONEDNN_OPTS=0 python sequences.py

Inputs and weights follow from their sizes alone, so the file holds results only: outputs, the slope of their weighted sum along each
trainable weight and each input, and what the layer set itself.
"""
import json, os
import numpy as np
import keras
import tensorflow as tf
from keras import layers as L

here = os.path.dirname(os.path.abspath(__file__))
B = 2


def waves(shape, phase, height=1.0):
    """sin(0.7 i + phase) · height at place i: what the test fills tensors with, too."""
    n = int(np.prod(shape, dtype=int))
    return (np.sin(0.7 * np.arange(n) + phase) * height).astype("float32").reshape(shape)


def steps(n, phase=0):
    """A mask [batch, n]: which steps count."""
    return (np.arange(B * n) + phase).reshape(B, n) % 3 != 1


written = []


def case(kind, options, layer, *shapes, masks=(), training=False, states=(), integers=False, **given):
    """`shapes` are those of one example of each input, `states` those of an initial state, `given` what the call is given besides."""
    xs = [(np.arange(np.prod([B, *s])).reshape(B, *s) % 3).astype("int32") if integers else waves((B, *s), i, 1.5) for i, s in enumerate(shapes)]
    xs = [tf.Variable(x) if x.dtype == np.float32 else tf.constant(x) for x in xs]
    flags = {snake(k): v for k, v in given.items()}
    masked = [tf.constant(steps(s[0], i)) if i < len(masks) and masks[i] else None for i, s in enumerate(shapes)]

    def run():
        if isinstance(layer, (L.Attention, L.AdditiveAttention)):
            return layer([tf.identity(x) for x in xs], mask=masked if masks else None, training=training, **flags)
        tensors = [tf.identity(x) for x in xs]
        if isinstance(layer, (L.MultiHeadAttention, L.GroupQueryAttention)):
            for tensor, mask in zip(tensors, masked):
                if mask is not None:
                    tensor._keras_mask = mask
            if "attention_mask" in flags:
                flags["attention_mask"] = tf.constant(steps(shapes[0][0] * shapes[1][0]).reshape(B, shapes[0][0], shapes[1][0]))
            return layer(*tensors, training=training, **flags)
        more = {"mask": masked[0]} if masked[0] is not None else {}
        if states:
            more["initial_state"] = [tf.constant(waves((B, *s), 5 + i)) for i, s in enumerate(states)]
        return layer(tensors[0], **more) if isinstance(layer, L.Embedding) else layer(tensors[0], training=training, **more)

    run()
    weights = [v for v in layer.weights if "rnn_state" not in v.path and "seed" not in v.path]
    for i, v in enumerate(weights):
        v.assign(waves(v.shape, i + 0.5, 0.5) + (1 if "variance" in v.path else 0))
    for v in keras.tree.flatten(getattr(layer, "states", None) or []):
        v.assign(np.zeros(v.shape))
    with tf.GradientTape() as tape:
        outputs = run()
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        total = sum(tf.reduce_sum(y * waves(y.shape, i)) for i, y in enumerate(outputs))
    trainable = [v.value for v in weights if v.trainable]
    at = trainable + [x for x in xs if isinstance(x, tf.Variable)]
    slopes = [None if g is None else float(tf.reduce_sum(tf.convert_to_tensor(g) * waves(v.shape, 0.25))) for v, g in zip(at, tape.gradient(total, at))]
    row = {"kind": kind, "options": options, "inputs": [list(s) for s in shapes]}
    row |= {k: v for k, v in {"masks": list(masks), "training": training, "states": [list(s) for s in states], "integers": integers, "given": given}.items() if v}
    row["outputs"] = [{"shape": list(y.shape), "data": digits(y)} for y in outputs]
    row["slopes"] = [None if s is None else float(f"{s:.6g}") for s in slopes]
    if training and any(not v.trainable for v in weights):
        row["after"] = [digits(v) for v in weights if not v.trainable]
    written.append(row)


def digits(tensor):
    return [float(f"{n:.6g}") for n in np.asarray(tensor).reshape(-1).tolist()]


def snake(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def l(kind, **options):
    """A layer as an option."""
    return {"layer": kind, "options": options}


def recurrent(kind, make, count, **own):
    """The ways to call a recurrent layer; `count` states."""
    x, state = (5, 3), [(2,)] * count
    both = {"returnSequences": True, "returnState": True}
    case(kind, {"units": 2, **own}, make(2), x)
    case(kind, {"units": 2, **both, **own}, make(2, return_sequences=True, return_state=True), x, states=state)
    case(kind, {"units": 2, **both, "goBackwards": True, **own}, make(2, return_sequences=True, return_state=True, go_backwards=True), x, masks=[1])
    case(kind, {"units": 2, **both, **own}, make(2, return_sequences=True, return_state=True), x, masks=[1], states=state)
    case(kind, {"units": 2, **both, "zeroOutputForMask": True, **own}, make(2, return_sequences=True, return_state=True, zero_output_for_mask=True), x, masks=[1])
    case(kind, {"units": 2, "zeroOutputForMask": True, **own}, make(2, zero_output_for_mask=True), x, masks=[1])
    case(kind, {"units": 3, "useBias": False, "activation": "relu", **own}, make(3, use_bias=False, activation="relu"), x)


recurrent("lstm", L.LSTM, 2)
recurrent("gru", L.GRU, 1)
recurrent("gru", lambda units, **more: L.GRU(units, reset_after=False, **more), 1, resetAfter=False)
recurrent("simpleRNN", L.SimpleRNN, 1)
case("lstm", {"units": 2, "recurrentActivation": "softmax"}, L.LSTM(2, recurrent_activation="softmax"), (4, 3))
case("lstm", {"units": 2, "recurrentActivation": "hardSigmoid"}, L.LSTM(2, recurrent_activation="hard_sigmoid"), (4, 3))
case("gru", {"units": 2, "recurrentActivation": "softmax"}, L.GRU(2, recurrent_activation="softmax"), (4, 3))

case("rnn", {"cell": l("lstmCell", units=2), "returnState": True}, L.RNN(L.LSTMCell(2), return_state=True), (4, 3), masks=[1], states=[(2,), (2,)])
case("rnn", {"cell": l("gruCell", units=2, resetAfter=False), "goBackwards": True}, L.RNN(L.GRUCell(2, reset_after=False), go_backwards=True), (4, 3))
case("rnn", {"cell": [l("lstmCell", units=2), l("gruCell", units=3), l("simpleRNNCell", units=2)], "returnSequences": True},
     L.RNN([L.LSTMCell(2), L.GRUCell(3), L.SimpleRNNCell(2)], return_sequences=True), (4, 3), masks=[1])

for mode in ["concat", "sum", "mul", "ave", None]:
    case("bidirectional", {"layer": l("lstm", units=2, returnSequences=True), "mergeMode": mode}, L.Bidirectional(L.LSTM(2, return_sequences=True), merge_mode=mode), (4, 3), masks=[1])
    case("bidirectional", {"layer": l("gru", units=2), "mergeMode": mode}, L.Bidirectional(L.GRU(2), merge_mode=mode), (4, 3))
case("bidirectional", {"layer": l("lstm", units=2, returnState=True)}, L.Bidirectional(L.LSTM(2, return_state=True)), (4, 3), states=[(2,)] * 4)
case("bidirectional", {"layer": l("lstm", units=2), "backwardLayer": l("gru", units=3, goBackwards=True)}, L.Bidirectional(L.LSTM(2), backward_layer=L.GRU(3, go_backwards=True)), (4, 3))

case("timeDistributed", {"layer": l("dense", units=3)}, L.TimeDistributed(L.Dense(3)), (4, 3), masks=[1])
case("timeDistributed", {"layer": l("conv2d", filters=2, kernelSize=2)}, L.TimeDistributed(L.Conv2D(2, 2)), (2, 4, 3, 2))
case("timeDistributed", {"layer": l("lstm", units=2)}, L.TimeDistributed(L.LSTM(2)), (2, 3, 2))

for training in [False, True]:
    case("batchNormalization", {"momentum": 0.7}, L.BatchNormalization(momentum=0.7), (3, 2, 4), training=training)
    case("batchNormalization", {"axis": 1, "epsilon": 0.01, "scale": False}, L.BatchNormalization(axis=1, epsilon=0.01, scale=False), (3, 4), training=training)
    case("batchNormalization", {"center": False}, L.BatchNormalization(center=False), (5, 3), masks=[1], training=training)
case("spectralNormalization", {"layer": l("dense", units=3)}, L.SpectralNormalization(L.Dense(3)), (4,), training=True)
case("spectralNormalization", {"layer": l("conv2d", filters=3, kernelSize=2), "powerIterations": 3}, L.SpectralNormalization(L.Conv2D(3, 2), power_iterations=3), (3, 4, 2), training=True)
case("layerNormalization", {}, L.LayerNormalization(), (3, 6))
case("layerNormalization", {"axis": [1, 3], "epsilon": 0.01, "scale": False}, L.LayerNormalization(axis=[1, 3], epsilon=0.01, scale=False), (3, 2, 4))
case("layerNormalization", {"axis": 1, "center": False}, L.LayerNormalization(axis=1, center=False), (3, 6))
case("groupNormalization", {"groups": 2}, L.GroupNormalization(2), (3, 2, 6))
case("groupNormalization", {"groups": 3, "axis": 1}, L.GroupNormalization(3, axis=1), (3, 2, 4))
case("groupNormalization", {"groups": -1, "axis": -2, "scale": False}, L.GroupNormalization(-1, axis=-2, scale=False), (3, 2, 4))
case("rmsNormalization", {"axis": [1, 2], "epsilon": 0.01}, L.RMSNormalization(axis=[1, 2], epsilon=0.01), (3, 6))
case("unitNormalization", {}, L.UnitNormalization(), (3, 6))
case("unitNormalization", {"axis": [1, 2]}, L.UnitNormalization(axis=[1, 2]), (3, 6))
case("embedding", {"inputDim": 3, "outputDim": 2, "maskZero": True}, L.Embedding(3, 2, mask_zero=True), (5,), integers=True)

q, v, k = (3, 4), (5, 2), (5, 4)
for kind, make, options, arguments in [
    ("attention", L.Attention, {"useScale": True}, {"use_scale": True}),
    ("attention", L.Attention, {"scoreMode": "concat", "useScale": True}, {"score_mode": "concat", "use_scale": True}),
    ("additiveAttention", L.AdditiveAttention, {}, {}),
]:
    case(kind, options, make(**arguments), q, v, k, returnAttentionScores=True)
    case(kind, options, make(**arguments), q, k, masks=[1, 1], useCausalMask=True)
m = {"numHeads": 2, "keyDim": 3}
case("multiHeadAttention", m, L.MultiHeadAttention(2, 3), q, v)
case("multiHeadAttention", {**m, "valueDim": 4, "useBias": False, "outputShape": 7}, L.MultiHeadAttention(2, 3, value_dim=4, use_bias=False, output_shape=7), q, v, k, masks=[1, 1, 0])
case("multiHeadAttention", {**m, "outputShape": [2, 3], "useGate": True}, L.MultiHeadAttention(2, 3, output_shape=[2, 3], use_gate=True), q, v, useCausalMask=True)
case("multiHeadAttention", {**m, "slidingWindow": 2}, L.MultiHeadAttention(2, 3, sliding_window=2), q, (3, 2))
case("multiHeadAttention", m, L.MultiHeadAttention(2, 3), q, v, masks=[1, 1], useCausalMask=True, returnAttentionScores=True)
case("multiHeadAttention", m, L.MultiHeadAttention(2, 3), q, v, attentionMask=True)
case("multiHeadAttention", {**m, "attentionAxes": 2}, L.MultiHeadAttention(2, 3, attention_axes=2), (2, 3, 4), (2, 5, 2), returnAttentionScores=True)
case("multiHeadAttention", m, L.MultiHeadAttention(2, 3), (2, 3, 4), (2, 2, 4))
g = {"headDim": 3, "numQueryHeads": 4, "numKeyValueHeads": 2}
case("groupQueryAttention", g, L.GroupQueryAttention(3, 4, 2), q, k, masks=[1, 1], returnAttentionScores=True)
case("groupQueryAttention", {**g, "useGate": True, "slidingWindow": 3}, L.GroupQueryAttention(3, 4, 2, use_gate=True, sliding_window=3), q, (3, 4), useCausalMask=True)

clip = (3, 4, 3, 2)
case("convLstm2d", {"filters": 2, "kernelSize": 2}, L.ConvLSTM2D(2, 2), clip)
case("convLstm2d", {"filters": 2, "kernelSize": [3, 2], "padding": "same", "returnSequences": True, "returnState": True, "goBackwards": True},
     L.ConvLSTM2D(2, (3, 2), padding="same", return_sequences=True, return_state=True, go_backwards=True), clip, masks=[1])
case("convLstm2d", {"filters": 2, "kernelSize": 2, "strides": 2, "useBias": False, "returnSequences": True}, L.ConvLSTM2D(2, 2, strides=2, use_bias=False, return_sequences=True), clip, states=[(2, 1, 2)] * 2)
case("convLstm1d", {"filters": 2, "kernelSize": 2, "dilationRate": 2}, L.ConvLSTM1D(2, 2, dilation_rate=2), (3, 5, 2))
case("convLstm3d", {"filters": 1, "kernelSize": 2}, L.ConvLSTM3D(1, 2), (2, 3, 2, 3, 2))

with open(os.path.join(here, "sequences.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in written) + "\n]\n")
