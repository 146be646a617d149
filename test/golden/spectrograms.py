"""Writes spectrograms.json: what Keras's STFTSpectrogram makes of a wave.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0 scipy
    python spectrograms.py
"""
import json, os
import numpy as np
from keras import layers as L

here = os.path.dirname(os.path.abspath(__file__))
x = (np.sin(0.7 * np.arange(2 * 9 * 2)) * 1.5).astype("float32").reshape(2, 9, 2)
first = {"data_format": "channels_first"}
cases = [
    {"mode": "log"}, {"mode": "magnitude", "expand_dims": True}, {"mode": "psd", "padding": "same", "window": "hamming", "periodic": True},
    {"mode": "real", "scaling": "spectrum", "window": "blackman"}, {"mode": "imag", "window": None, "scaling": None}, {"mode": "angle", "fft_length": 8},
    {"mode": "stft", "frame_step": 1, "window": [1.0, 2.0, 3.0, 1.0]}, {"mode": "stft", **first}, {"mode": "magnitude", **first, "expand_dims": True, "window": "bartlett"},
]
lines = []
for options in cases:
    options = {"frame_length": 4, **options}
    y = np.array(L.STFTSpectrogram(**options)(x.transpose(0, 2, 1) if "data_format" in options else x))
    lines.append(json.dumps([options, list(y.shape), [round(float(n), 6) for n in y.ravel()]], separators=(",", ":")))
with open(f"{here}/spectrograms.json", "w") as file:
    file.write("[" + ",\n".join(lines) + "]\n")
