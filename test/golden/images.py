"""Writes images.json: what Keras's random changes of images do while training, for settings that leave nothing to chance (a sign at most).

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    TF_ENABLE_ONEDNN_OPTS=0 python images.py
"""
import json, os
import numpy as np
import keras
from keras import layers as L

here = os.path.dirname(os.path.abspath(__file__))
first = {"data_format": "channels_first"}
cases = [
    ("autoContrast", L.AutoContrast, {}, None),
    ("autoContrast", L.AutoContrast, {"value_range": [-100, 300]}, None),
    ("randomGrayscale", L.RandomGrayscale, {"factor": 1.0}, None),
    ("randomGrayscale", L.RandomGrayscale, {"factor": 1.0, **first}, None),
    ("randomColorDegeneration", L.RandomColorDegeneration, {"factor": [0.4, 0.4]}, None),
    ("randomInvert", L.RandomInvert, {"factor": [1.0, 1.0], "value_range": [0, 200]}, None),
    ("randomPosterization", L.RandomPosterization, {"factor": [3, 3]}, None),
    ("randomPosterization", L.RandomPosterization, {"factor": [2, 2], "value_range": [-10, 300]}, None),
    ("randomSharpness", L.RandomSharpness, {"factor": [0.1, 0.1]}, None),
    ("randomSharpness", L.RandomSharpness, {"factor": [0.9, 0.9]}, None),
    ("randomSaturation", L.RandomSaturation, {"factor": [0.2, 0.2]}, None),
    ("randomSaturation", L.RandomSaturation, {"factor": [0.7, 0.7], "value_range": [0, 1]}, None),
    ("randomSaturation", L.RandomSaturation, {"factor": [0.3, 0.3], **first}, None),
    ("randomHue", L.RandomHue, {"factor": [0.3, 0.3]}, ["factor", 0.15]),
    ("randomHue", L.RandomHue, {"factor": [0.9, 0.9], "value_range": [-20, 300], **first}, ["factor", 0.45]),
    ("randomColorJitter", L.RandomColorJitter, {"brightness_factor": [0.1, 0.1], "contrast_factor": [0.2, 0.2], "saturation_factor": [0.4, 0.4]}, "contrast"),
    ("randomGaussianBlur", L.RandomGaussianBlur, {"factor": [1.0, 1.0], "kernel_size": 5, "sigma": [0.8, 0.8]}, None),
    ("solarization", L.Solarization, {}, None),
    ("solarization", L.Solarization, {"value_range": [-10, 300]}, None),
    ("randomShear", L.RandomShear, {"x_factor": [0.3, 0.3], "y_factor": [0.2, 0.2]}, "shear"),
    ("randomShear", L.RandomShear, {"x_factor": [0.5, 0.5], "fill_mode": "constant", "fill_value": 7.0, "interpolation": "nearest"}, "shear"),
]
with open(f"{here}/images.json", "w") as file:
    lines = []
    for kind, cls, options, signed in cases:
        shape = (2, 3, 5, 6) if options.get("data_format") == "channels_first" else (2, 5, 6, 3)
        x = ((np.sin(0.7 * np.arange(180)) + 1) * 100 + 5).astype("float32").reshape(shape)
        layer = cls(**options)
        if signed is None:
            outputs = [np.array(layer(x, training=True))]
        elif signed == "contrast":
            # Its stretch is drawn from 1 - 0.2 to 1 + 0.2: none of both is left here.
            options = {**options, "contrast_factor": [0.0, 0.0]}
            outputs = [np.array(cls(**options)(x, training=True))]
        elif signed == "shear":
            factors = np.array([[options["x_factor"][0], options.get("y_factor", [0.0])[0]]] * 2, "float32")
            outputs = [np.array(layer.transform_images(x, {"shear_factor": sign * factors, "input_shape": shape})) for sign in (1, -1)]
        else:
            name, value = signed
            outputs = [np.array(layer.transform_images(x, {name: np.array([sign * value] * 2, "float32")})) for sign in (1, -1)]
        lines.append(json.dumps({"kind": kind, "options": options, "outputs": [output.ravel().round(4).tolist() for output in outputs]}, separators=(",", ":")))
    file.write("[\n" + ",\n".join(lines) + "\n]\n")
