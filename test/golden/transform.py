"""Writes transform.json: what TensorFlow's ImageProjectiveTransformV3 makes of images, for each interpolation and each fill mode.

    pip install tensorflow-cpu==2.21.0
    python transform.py
"""
import json, math, os
import numpy as np
import tensorflow as tf

here = os.path.dirname(os.path.abspath(__file__))
cos, sin = math.cos(0.7), math.sin(0.7)
maps = [
    [1, 0, 0, 0, 1, 0, 0, 0],
    [1, 0, 0.5, 0, 1, -0.5, 0, 0],  # by halves of a pixel
    [1, 0, -13.3, 0, 1, 17.8, 0, 0],  # far beyond the edge
    [cos, -sin, 1.3, sin, cos, -2.4, 0, 0],  # turned
    [2.6, 0.3, -2.7, -0.2, 1.9, -3.2, 0, 0],  # smaller
    [0.9, 0.2, 0.4, 0.1, 1.1, -0.7, -0.25, 0.15],  # in perspective: nothing is seen where 0.25 x = 1
]
settings = [([6, 3, 5, 2], maps, [4, 5]), ([6, 6, 2, 1], maps, None), ([2, 1, 4, 5], [maps[3]], [2, 7])]

lines = []
for shape, transforms, size in settings:
    count = math.prod(shape)
    image = (3 * np.sin(0.7 * np.arange(count))).astype("float32").reshape(shape)
    for interpolation in ("nearest", "bilinear"):
        for mode, value in (("constant", -1.5), ("reflect", 2.5), ("wrap", 0.0), ("nearest", 0.0)):
            output = tf.raw_ops.ImageProjectiveTransformV3(
                images=image, transforms=np.array(transforms, "float32"), output_shape=size or shape[1:3], fill_value=value,
                interpolation=interpolation.upper(), fill_mode=mode.upper(),
            ).numpy()
            case = {"shape": shape, "transforms": transforms, "interpolation": interpolation, "fillMode": mode, "fillValue": value}
            if size: case["outputShape"] = size
            case["output"] = [float(f"{n:.7g}") for n in output.ravel()]
            lines.append(json.dumps(case))
with open(f"{here}/transform.json", "w") as file:
    file.write("[\n" + ",\n".join(lines) + "\n]\n")
