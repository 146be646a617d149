"""Writes layers.json: what Keras's own feed-forward layers compute.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0 jax
    TF_ENABLE_ONEDNN_OPTS=0 python layers.py
    KERAS_BACKEND=jax python layers.py   # adds what TensorFlow cannot do, or does wrong, on a CPU: convolutions with channels first

Inputs and weights follow from their sizes alone, so the file holds results only.
"""
import json, os
import numpy as np
import keras
from keras import layers as L

here = os.path.dirname(os.path.abspath(__file__))


def waves(shape, phase, height):
    """sin(0.7 i + phase) · height at place i: what the test fills tensors with, too."""
    n = int(np.prod(shape, dtype=int))
    return (np.sin(0.7 * np.arange(n) + phase) * height).astype("float32").reshape(shape)


# kind, class, arguments, shapes of one example
image, volume, steps = (5, 6, 4), (4, 5, 4, 2), (7, 4)
first, firstVolume, firstSteps = (4, 5, 6), (2, 4, 5, 4), (4, 7)
cf = {"data_format": "channels_first"}
cases = []


def case(kind, cls, arguments, *shapes, **more):
    cases.append((kind, cls, arguments, shapes, more))


for name in ["relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "swish", "hard_silu", "hard_swish", "mish", "softplus", "squareplus",
             "sparse_plus", "softsign", "sigmoid", "log_sigmoid", "hard_sigmoid", "sparse_sigmoid", "tanh", "hard_tanh", "tanh_shrink", "hard_shrink",
             "soft_shrink", "exponential", "softmax", "log_softmax", "sparsemax", "glu", "linear"]:
    case("activation", L.Activation, {"activation": name}, (4, 6))
case("elu", L.ELU, {"alpha": 0.6}, (4, 3))
case("leakyReLU", L.LeakyReLU, {}, (4, 3))
case("leakyReLU", L.LeakyReLU, {"negative_slope": 0.1}, (4, 3))
case("prelu", L.PReLU, {}, (4, 3))
case("prelu", L.PReLU, {"shared_axes": [1]}, (4, 3))
case("reLU", L.ReLU, {}, (4, 3))
case("reLU", L.ReLU, {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.3}, (4, 3))
case("reLU", L.ReLU, {"max_value": 1.0}, (4, 3))
case("reLU", L.ReLU, {"negative_slope": 0.2}, (4, 3))
case("reLU", L.ReLU, {"threshold": 0.5}, (4, 3))
case("softmax", L.Softmax, {}, (4, 3))
case("softmax", L.Softmax, {"axis": 1}, (4, 3))
case("softmax", L.Softmax, {"axis": [1, 2]}, (4, 3))
case("softmax", L.Softmax, {}, (4,), mask=True)

case("dense", L.Dense, {"units": 3, "activation": "tanh"}, (4,))
case("dense", L.Dense, {"units": 3, "use_bias": False}, (2, 4))
case("dense", L.Dense, {"units": 6, "activation": "glu"}, (4,))
case("einsumDense", L.EinsumDense, {"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "c"}, (4,))
case("einsumDense", L.EinsumDense, {"equation": "abc,cd->abd", "output_shape": [None, 3], "bias_axes": "d", "activation": "relu"}, (3, 4))
case("einsumDense", L.EinsumDense, {"equation": "...x,xy->...y", "output_shape": 3, "bias_axes": "y"}, (3, 4))
case("einsumDense", L.EinsumDense, {"equation": "abc,cde->abde", "output_shape": [None, 2, 3], "bias_axes": "de"}, (3, 4))
case("einsumDense", L.EinsumDense, {"equation": "abcd,cde->abe", "output_shape": [None, 3], "bias_axes": "e"}, (3, 2, 4))
case("einsumDense", L.EinsumDense, {"equation": "abc,bd->adc", "output_shape": [5, 4], "bias_axes": "dc"}, (3, 4))
case("einsumDense", L.EinsumDense, {"equation": "abc,dc->adb", "output_shape": [5, 3]}, (3, 4))

for padding in ["valid", "same", "causal"]:
    case("conv1d", L.Conv1D, {"filters": 3, "kernel_size": 3, "strides": 2, "padding": padding}, steps)
    case("conv1d", L.Conv1D, {"filters": 3, "kernel_size": 2, "dilation_rate": 2, "padding": padding, "activation": "relu"}, steps)
case("conv1d", L.Conv1D, {"filters": 3, "kernel_size": 3, "padding": "causal", **cf}, firstSteps)
case("conv1d", L.Conv1D, {"filters": 4, "kernel_size": 3, "groups": 2, "use_bias": False}, steps)
for padding in ["valid", "same"]:
    case("conv2d", L.Conv2D, {"filters": 3, "kernel_size": [3, 2], "strides": [2, 1], "padding": padding}, image)
    case("conv2d", L.Conv2D, {"filters": 3, "kernel_size": 2, "dilation_rate": [2, 3], "padding": padding}, image)
    case("conv2dTranspose", L.Conv2DTranspose, {"filters": 3, "kernel_size": [3, 2], "strides": 2, "padding": padding}, image)
    case("conv2dTranspose", L.Conv2DTranspose, {"filters": 3, "kernel_size": 2, "strides": 3, "padding": padding}, image)
    case("conv2dTranspose", L.Conv2DTranspose, {"filters": 2, "kernel_size": 3, "strides": 2, "padding": padding, "output_padding": 1, **cf}, first)
    case("conv1dTranspose", L.Conv1DTranspose, {"filters": 3, "kernel_size": 3, "strides": 2, "padding": padding}, steps)
    case("conv3dTranspose", L.Conv3DTranspose, {"filters": 3, "kernel_size": 2, "strides": [2, 1, 2], "padding": padding}, volume)
    case("depthwiseConv1d", L.DepthwiseConv1D, {"kernel_size": 3, "strides": 2, "padding": padding, "depth_multiplier": 2}, steps)
    case("depthwiseConv2d", L.DepthwiseConv2D, {"kernel_size": [3, 2], "strides": 2, "padding": padding, "depth_multiplier": 2}, image)
    case("depthwiseConv2d", L.DepthwiseConv2D, {"kernel_size": 2, "strides": 2, "dilation_rate": 2, "padding": padding}, image)
    case("separableConv1d", L.SeparableConv1D, {"filters": 3, "kernel_size": 3, "strides": 2, "padding": padding}, steps)
    case("separableConv2d", L.SeparableConv2D, {"filters": 3, "kernel_size": [2, 3], "padding": padding, "depth_multiplier": 2, "activation": "relu"}, image)
    for kind, cls, shape in [("maxPooling1d", L.MaxPooling1D, steps), ("averagePooling1d", L.AveragePooling1D, steps), ("maxPooling2d", L.MaxPooling2D, image),
                             ("averagePooling2d", L.AveragePooling2D, image), ("maxPooling3d", L.MaxPooling3D, volume), ("averagePooling3d", L.AveragePooling3D, volume)]:
        case(kind, cls, {"pool_size": 2, "padding": padding}, shape)
        case(kind, cls, {"pool_size": 3, "strides": 2, "padding": padding}, shape)
case("conv2d", L.Conv2D, {"filters": 4, "kernel_size": 2, "groups": 2, "activation": "tanh"}, image)
case("conv2d", L.Conv2D, {"filters": 8, "kernel_size": 2, "groups": 4, "strides": 2}, image)
case("conv2d", L.Conv2D, {"filters": 3, "kernel_size": 2, "activation": "softmax", **cf}, first)
case("conv3d", L.Conv3D, {"filters": 3, "kernel_size": 2}, volume)
case("conv3d", L.Conv3D, {"filters": 3, "kernel_size": [2, 3, 2], "strides": [1, 2, 2], "padding": "same", "use_bias": False}, volume)
case("conv1dTranspose", L.Conv1DTranspose, {"filters": 3, "kernel_size": 2, "dilation_rate": 2}, steps)
case("conv2dTranspose", L.Conv2DTranspose, {"filters": 3, "kernel_size": 3, "activation": "relu", "use_bias": False}, image)
case("depthwiseConv2d", L.DepthwiseConv2D, {"kernel_size": 2, "dilation_rate": 2, **cf}, first)
case("depthwiseConv1d", L.DepthwiseConv1D, {"kernel_size": 2, "dilation_rate": 2, "padding": "same"}, steps)
case("separableConv2d", L.SeparableConv2D, {"filters": 3, "kernel_size": 2, "strides": 2, **cf}, first)
case("separableConv1d", L.SeparableConv1D, {"filters": 3, "kernel_size": 2, "dilation_rate": 2}, steps)
case("maxPooling2d", L.MaxPooling2D, {"pool_size": [2, 3], **cf}, first)
case("averagePooling1d", L.AveragePooling1D, {"pool_size": 2, **cf}, firstSteps)
for size, shape, name in [("1D", steps, "1d"), ("2D", image, "2d"), ("3D", volume, "3d")]:
    for mode, ours in [("Max", "Max"), ("Average", "Average")]:
        for keep in [False, True]:
            case(f"global{ours}Pooling{name}", getattr(L, f"Global{mode}Pooling{size}"), {"keepdims": keep}, shape)
        case(f"adaptive{ours}Pooling{name}", getattr(L, f"Adaptive{mode}Pooling{size}"), {"output_size": {"1d": 3, "2d": [2, 4], "3d": [3, 2, 4]}[name]}, shape)
case("globalAveragePooling1d", L.GlobalAveragePooling1D, {}, steps, mask=True)
case("globalAveragePooling2d", L.GlobalAveragePooling2D, {**cf}, first)
case("globalMaxPooling1d", L.GlobalMaxPooling1D, {"keepdims": True, **cf}, firstSteps)
case("adaptiveMaxPooling2d", L.AdaptiveMaxPooling2D, {"output_size": [3, 4], **cf}, first)

case("flatten", L.Flatten, {}, image)
case("flatten", L.Flatten, {**cf}, first)
case("reshape", L.Reshape, {"target_shape": [3, -1]}, image)
case("permute", L.Permute, {"dims": [3, 1, 2]}, image)
case("repeatVector", L.RepeatVector, {"n": 3}, (4,))
case("cropping1d", L.Cropping1D, {"cropping": [1, 2]}, steps)
case("cropping2d", L.Cropping2D, {"cropping": [[1, 2], [0, 1]]}, image)
case("cropping2d", L.Cropping2D, {"cropping": [1, 2], **cf}, first)
case("cropping3d", L.Cropping3D, {"cropping": [[1, 0], [1, 2], [0, 1]]}, volume)
case("cropping3d", L.Cropping3D, {"cropping": 1, **cf}, firstVolume)
case("zeroPadding1d", L.ZeroPadding1D, {"padding": [1, 2]}, steps)
case("zeroPadding2d", L.ZeroPadding2D, {"padding": [[1, 2], [0, 1]]}, image)
case("zeroPadding2d", L.ZeroPadding2D, {"padding": [1, 2], **cf}, first)
case("zeroPadding3d", L.ZeroPadding3D, {"padding": 1}, (1, 2, 1, 2))
case("upSampling1d", L.UpSampling1D, {"size": 3}, (3, 2))
case("upSampling2d", L.UpSampling2D, {"size": [2, 3]}, (2, 3, 2))
case("upSampling2d", L.UpSampling2D, {"size": 2, **cf}, (2, 3, 2))
for interpolation in ["bilinear", "bicubic", "lanczos3", "lanczos5"]:
    case("upSampling2d", L.UpSampling2D, {"size": [2, 3], "interpolation": interpolation}, (3, 2, 2))
case("upSampling3d", L.UpSampling3D, {"size": [2, 1, 3]}, (2, 2, 2, 1))
case("identity", L.Identity, {}, (3, 2))

for kind, cls in [("add", L.Add), ("average", L.Average), ("maximum", L.Maximum), ("minimum", L.Minimum), ("multiply", L.Multiply)]:
    case(kind, cls, {}, (3, 2), (3, 2), (3, 2))
    case(kind, cls, {}, (3, 2), (1, 2))
    case(kind, cls, {}, (2,), (3, 2))
case("subtract", L.Subtract, {}, (3, 2), (3, 2))
for axis in [-1, 1, 2]:
    case("concatenate", L.Concatenate, {"axis": axis}, (3, 2), (3, 2))
case("dot", L.Dot, {"axes": 1}, (4,), (4,))
case("dot", L.Dot, {"axes": -1, "normalize": True}, (3, 4), (2, 4))
case("dot", L.Dot, {"axes": [2, 1]}, (3, 4), (4, 2))
case("dot", L.Dot, {"axes": [1, 2]}, (4, 3), (2, 4))
case("dot", L.Dot, {"axes": [1, 1]}, (4,), (4, 2))
case("dot", L.Dot, {"axes": [3, 1]}, (2, 3, 4), (4, 2))
case("dot", L.Dot, {"axes": 1, "normalize": True}, (4,), (4,))

case("rescaling", L.Rescaling, {"scale": 0.5, "offset": -1.0}, (3, 2))
case("rescaling", L.Rescaling, {"scale": [0.5, 2.0], "offset": [1.0, -1.0]}, (3, 2))
for interpolation in ["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"]:
    case("resizing", L.Resizing, {"height": 3, "width": 7, "interpolation": interpolation}, (5, 4, 2))
    case("resizing", L.Resizing, {"height": 4, "width": 3, "interpolation": interpolation, "antialias": True}, (9, 7, 1))
case("resizing", L.Resizing, {"height": 4, "width": 4, "crop_to_aspect_ratio": True}, (6, 9, 1))
case("resizing", L.Resizing, {"height": 6, "width": 4, "pad_to_aspect_ratio": True, "fill_value": 0.5}, (5, 7, 1))
case("centerCrop", L.CenterCrop, {"height": 3, "width": 4}, (6, 7, 2))
case("centerCrop", L.CenterCrop, {"height": 6, "width": 4}, (4, 8, 1))
for mode in ["multi_hot", "one_hot", "count"]:
    case("categoryEncoding", L.CategoryEncoding, {"num_tokens": 4, "output_mode": mode}, (1,) if mode == "one_hot" else (3,), integers=True)
for mode in ["int", "multi_hot", "one_hot", "count"]:
    case("discretization", L.Discretization, {"bin_boundaries": [-1.0, 0.0, 0.5], "output_mode": mode}, (1,) if mode == "one_hot" else (3,))

path = os.path.join(here, "layers.json")
written = json.load(open(path)) if keras.backend.backend() == "jax" else []
done = [(each["kind"], each["options"], each["inputs"]) for each in written]
for kind, cls, arguments, shapes, more in cases:
    if (kind, arguments, [list(s) for s in shapes]) in done:
        continue
    if "onv" in kind and arguments.get("data_format") and keras.backend.backend() != "jax":
        continue
    label = f"{kind} {json.dumps(arguments)} {shapes}"
    try:
        layer = cls(**arguments)
        if more.get("integers"):
            inputs = [np.arange(2 * int(np.prod(s)), dtype="int32").reshape((2, *s)) % 3 for s in shapes]
        else:
            inputs = [waves((2, *s), k, 1.5) for k, s in enumerate(shapes)]
        given = inputs if len(inputs) > 1 else inputs[0]
        if more.get("integers") and kind == "categoryEncoding":
            pass
        else:
            layer.build([i.shape for i in inputs] if len(inputs) > 1 else inputs[0].shape)
        layer.set_weights([waves(w.shape, k + 0.5, 0.5) for k, w in enumerate(layer.get_weights())])
        extra = {"mask": np.arange(2 * shapes[0][0]).reshape((2, shapes[0][0])) % 3 != 1} if more.get("mask") else {}
        output = np.asarray(layer(given, **extra))
    except Exception as error:  # What Keras itself refuses is no case.
        print("left out:", label, "-", " ".join(str(error).split())[:140])
        continue
    # 24 bits of precision need no more digits than these.
    numbers = [float(f"{n:.6g}") for n in output.astype("float64").ravel()]
    written.append({"kind": kind, "options": arguments, "inputs": [list(s) for s in shapes], **({"mask": True} if more.get("mask") else {}),
                    **({"integers": True} if more.get("integers") else {}), "shape": list(output.shape), "output": numbers})

# Images moved by affine maps, one for each of two, as the random layers move them: rows a0 a1 a2, b0 b1 b2.
maps = np.array([[0.91, -0.32, 0.73, 0.23, 1.13, -1.34, 0, 0], [1.21, 0.14, -3.27, -0.13, 0.84, 2.62, 0, 0]], dtype="float32")
for mode in ["reflect", "wrap", "constant", "nearest"]:
    for interpolation in ["bilinear", "nearest"]:
        if keras.backend.backend() == "jax":
            break
        arguments = {"fill_mode": mode, "interpolation": interpolation, "fill_value": 0.5}
        moved = np.asarray(keras.ops.image.affine_transform(waves((2, 4, 5, 2), 0, 1.5), maps, **arguments))
        written.append({"kind": "warp", "options": arguments, "inputs": [[4, 5, 2]], "maps": maps[:, :6].astype("float64").round(2).tolist(),
                        "shape": list(moved.shape), "output": [float(f"{n:.6g}") for n in moved.astype("float64").ravel()]})

with open(path, "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(each, separators=(",", ":")) for each in written) + "\n]\n")
print(len(written), "cases")
