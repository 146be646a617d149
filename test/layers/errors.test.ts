/** What feed-forward layers refuse, in the words that a user reads: what was expected, what came, the remedy. */
import { describe, expect, test } from 'vitest';
import * as layers from '../../layers/index.ts';
import { input, model, sequential, tf } from 'ibexjs';
import { defineLayer, defineOptimizer, z } from 'ibexjs/define';
import type { Layer } from '../../src/core/layer.ts';
import { sized } from '../../src/core/shape.ts';

type Sizes = readonly (number | null)[];
const build = (layer: Layer, ...inputs: readonly Sizes[]) => layer.plan(inputs.map((sizes) => ({ shape: sized(...sizes), dtype: 'float32', batchSize: null })));

const { conv1d, conv2d, conv2dTranspose, depthwiseConv2d } = layers;

describe('options', () => {
  test.for<[string, () => Layer, string]>([
    ['a wrong number of sizes', () => conv2d({ filters: 1, kernelSize: [3, 3, 3] }), 'conv2d: kernelSize takes one whole number, or a list of 2, got [3,3,3]'],
    ['a size of 0', () => conv2d({ filters: 1, kernelSize: 0 }), 'conv2d: kernelSize must be at least 1, got 0'],
    ['causal images', () => conv2d({ filters: 1, kernelSize: 1, padding: 'causal' as 'same' }), 'conv2d: padding cannot be "causal"'],
    ['a misspelt option', () => conv2d({ filters: 1, kernelsize: 3 } as unknown as { filters: number; kernelSize: number }), 'conv2d: kernelSize missing: expected'],
    ['uneven strides', () => depthwiseConv2d({ kernelSize: 2, strides: [1, 2] }), 'depthwiseConv2d: strides must be the same along both axes, got [1,2]'],
    ['a negative crop', () => layers.cropping1d({ cropping: -1 }), 'cropping1d: cropping must be at least 0, got -1'],
    ['two open sizes', () => layers.reshape({ targetShape: [-1, -1] }), 'reshape: targetShape may hold -1 only once, got [-1,-1]'],
    ['an axis left out', () => layers.permute({ dims: [1, 3] }), 'permute: dims must name each of the axes 1, 2, … once, got [1,3]'],
    ['bins out of order', () => layers.discretization({ binBoundaries: [2, 1] }), 'discretization: binBoundaries must ascend, got [2,1]'],
    ['a factor beyond its bounds', () => layers.randomRotation({ factor: 2 }), 'randomRotation: factor must be at most 1, got 2'],
    ['a range the wrong way round', () => layers.randomZoom({ heightFactor: [0.2, 0.1] }), 'randomZoom: heightFactor must ascend, got [0.2,0.1]'],
    ['three axes of a product', () => layers.dot({ axes: [1, 2, 3] }), 'dot: axes takes one axis, or a list of 2, got [1,2,3]'],
    ['a lambda that is no function', () => layers.lambda({ function: 'x' as unknown as () => never }), 'lambda: function must be a function from tensor to tensor'],
  ])('%s', ([, make, words]) => expect(make).toThrow(words));
});

describe('inputs', () => {
  test.for<[string, Layer, Sizes[], string]>([
    ['a kernel that does not fit', conv2d({ filters: 1, kernelSize: 5 }), [[4, 6, 3]],
      'conv2d: its kernel reaches over [5, 5], but the input has only [4, 6]; take a smaller kernelSize, padding: "same", or fewer layers that shrink their input before it'],
    ['a dilated kernel that does not fit', conv1d({ filters: 1, kernelSize: 3, dilationRate: 3 }), [[6, 2]], 'conv1d: its kernel reaches over [7], but the input has only [6]'],
    ['a pool that does not fit', layers.maxPooling2d(), [[1, 4, 3]], 'maxPooling2d: its pool reaches over [2, 2], but the input has only [1, 4]; take a smaller poolSize'],
    ['groups of channels', conv2d({ filters: 4, kernelSize: 1, groups: 2 }), [[4, 4, 3]], 'conv2d: groups must divide the 3 channels of its input, got 2; take a divisor of 3'],
    ['groups of filters', conv2d({ filters: 3, kernelSize: 1, groups: 2 }), [[4, 4, 2]], 'conv2d: groups must divide the 3 filters, got 2; take a multiple of 2 filters'],
    ['strides and dilation', conv2d({ filters: 1, kernelSize: 1, strides: 2, dilationRate: 2 }), [[4, 4, 2]],
      'conv2d: takes strides or dilationRate above 1, not both, got strides 2 × 2 and dilationRate 2 × 2; leave one at 1'],
    ['channels that vary', conv2d({ filters: 1, kernelSize: 1 }), [[4, 4, null]], "conv2d: needs to know the number of channels, but here one example is [4, 4, ?]; give a number in the input's shape"],
    ['features that vary', layers.dense({ units: 1 }), [[null]], 'dense: needs to know the number of features, but here one example is [?]'],
    ['output padding', conv2dTranspose({ filters: 1, kernelSize: 2, outputPadding: 1 }), [[4, 4, 2]],
      'conv2dTranspose: outputPadding must be less than the stride, but along axis 1 it is 1 for a stride of 1 and a kernel of 2; leave it out, or change one of them'],
    ['output padding of an even kernel', conv2dTranspose({ filters: 1, kernelSize: 2, strides: 2, outputPadding: 0, padding: 'same' }), [[4, 4, 2]],
      'conv2dTranspose: outputPadding must be less than the stride and, for an even kernel with padding "same", at least 1, but along axis 1 it is 0'],
    ['an image without channels', conv2d({ filters: 1, kernelSize: 1 }), [[28, 28]], 'conv2d: takes examples with 3 axes, but here one example is [28, 28]; put reshape({ targetShape }) before it'],
    ['a crop that leaves nothing', layers.cropping2d({ cropping: 2 }), [[4, 6, 1]], 'cropping2d: cannot cut 2 and 2 off an axis of 4, for nothing would be left of [4, 6]; take a smaller cropping'],
    ['a reshape of another size', layers.reshape({ targetShape: [5, 2] }), [[3, 4]], 'reshape: cannot turn [3, 4] (12 numbers) into [5, 2], which holds 10; change targetShape'],
    ['a reshape that leaves a rest', layers.reshape({ targetShape: [5, -1] }), [[3, 4]], 'reshape: cannot turn [3, 4] (12 numbers) into [5, -1], which holds a multiple of 5'],
    ['axes of another number', layers.permute({ dims: [2, 1] }), [[3, 4, 5]], 'permute: dims must name the 3 axes of [3, 4, 5], got [2, 1]'],
    ['an axis that is not there', layers.softmax({ axis: 3 }), [[4, 5]], 'softmax: has no axis 3 to work along, since one example is [4, 5]; take one of 1, 2, or -1 for the last (0 is the batch)'],
    ['an odd axis to be halved', layers.glu({ axis: 1 }), [[3, 2]], 'glu: activation "glu" halves the last axis, which must be even, but it is 3'],
    ['factors of another number', layers.rescaling({ scale: [1, 2] }), [[4, 3]], 'rescaling: scale must be one number, or one for each entry of the last axis of [4, 3], got 2'],
    ['cut and framed', layers.resizing({ height: 2, width: 2, cropToAspectRatio: true, padToAspectRatio: true }), [[4, 4, 1]], 'resizing: cannot both cut and frame images'],
    ['shapes that do not add', layers.add(), [[3, 2], [3, 4]], 'add: needs inputs of one shape (or of size 1 where they differ), got [3, 2] and [3, 4]; bring them to one with dense(), conv2d() or reshape()'],
    ['one input to merge', layers.add(), [[3, 2]], 'add: merges two tensors or more, got 1; call it on a list, as in add()([a, b])'],
    ['three to subtract', layers.subtract(), [[1], [1], [1]], 'subtract: takes two tensors, got 3; call it as subtract()([a, b])'],
    ['sides of different length', layers.concatenate({ axis: 1 }), [[3, 2], [3, 4]], 'concatenate: needs inputs whose sizes are equal but for axis 1, got [3, 2] and [3, 4]; choose another axis'],
    ['one to concatenate', layers.concatenate(), [[3]], 'concatenate: joins two tensors or more, got 1'],
    ['vectors of different length', layers.dot({ axes: 1 }), [[3], [4]], 'dot: needs axes of one size, but axis 1 of [3] has 3 and axis 1 of [4] has 4; choose other axes'],
    ['a list where one is taken', layers.dense({ units: 1 }), [[3], [4]], 'dense: takes one tensor, got a list of 2; put concatenate() or another merging layer before it'],
    ['an equation without an arrow', layers.einsumDense({ equation: 'ab,bc', outputShape: 3 }), [[4]], 'einsumDense: equation must be like "ab,bc->ac"'],
    ['an equation for another rank', layers.einsumDense({ equation: 'ab,bc->ac', outputShape: 3 }), [[4, 5]], 'einsumDense: equation "ab,bc->ac" is for inputs of 2 axes (the batch\'s is one), but here are 3; change the equation'],
    ['a letter from nowhere', layers.einsumDense({ equation: 'ab,bc->ad', outputShape: 3 }), [[4]], 'einsumDense: letter "d" of equation "ab,bc->ad" must be in two of its three places'],
    ['an output of another size', layers.einsumDense({ equation: 'abc,cd->abd', outputShape: 3 }), [[4, 5]], 'einsumDense: outputShape must give the sizes of "bd" behind the batch, with null for those of the input [4, 5], got [3]'],
    ['a bias nowhere', layers.einsumDense({ equation: 'ab,bc->ac', outputShape: 3, biasAxes: 'x' }), [[4]], 'einsumDense: biasAxes must be letters of the output "ac", got "x"'],
  ])('%s', ([, layer, inputs, words]) => expect(() => build(layer, ...inputs)).toThrow(words));
});

describe('the place of a layer', () => {
  const { dense, flatten, stringLookup } = layers;
  const words = input({ shape: [1], dtype: 'string', name: 'words' });
  const lookup = (name?: string) => stringLookup({ vocabulary: ['a'], numOovIndices: 0, ...(name && { name }) });

  test.for<[string, () => unknown, string]>([
    ['in a stack', () => sequential([input({ shape: [4] }), dense({ units: 2 }), dense({ units: 2 }), conv1d({ filters: 1, kernelSize: 1 })], { name: 'net' }), 'net, layer 3 (conv1d): takes examples with 2 axes'],
    ['in a stack, named', () => sequential([input({ shape: [4] }), conv1d({ filters: 1, kernelSize: 1, name: 'head' })]), 'sequential, layer 1 (conv1d "head"): takes examples with 2 axes'],
    ['in a graph, named', () => dense({ units: 2, name: 'head' })(input({ shape: [null] })), 'head (dense): needs to know the number of features'],
    ['in a graph, by what it is called on', () => dense({ units: 2 })(flatten()(input({ shape: [null, 3] }))), 'dense, called on the output of flatten: needs to know the number of features'],
    ['in a graph, by several', () => layers.add()([input({ shape: [2], name: 'a' }), dense({ units: 3, name: 'b' })(input({ shape: [2] }))]), 'add, called on the input "a" and the output of b (dense): needs inputs of one shape'],
    ['as it runs, named by the model', () => model({ inputs: words, outputs: [lookup()(words), lookup()(words)] }).predict(['b']), 'stringLookup: met "b", which is not in its vocabulary'],
    ['as it runs, by its name', () => model({ inputs: words, outputs: lookup('tags')(words) }).predict(['b']), 'tags (stringLookup): met "b", which is not in its vocabulary'],
  ])('%s', ([, make, problem]) => expect(make).toThrow(problem));
});

describe('a part of one’s own that is not what it should be', () => {
  const layer = (parts: object) => defineLayer({ kind: 'mine', options: z.strictObject({}), build: (_, x) => ({ output: x }), call: (x) => x, ...parts });
  const run = (parts: object) => sequential([input({ shape: [2] }), layer(parts)()]).predict([[1, 2]]);
  const train = (parts: object) => {
    const optimizer = defineOptimizer({ kind: 'mine', learningRate: 1, options: z.strictObject({}), slots: { velocity: 0 }, step: ({ gradient, slots }) => ({ delta: gradient, slots }), ...parts });
    return sequential([input({ shape: [2] }), layers.dense({ units: 1, useBias: false })]).compile({ optimizer: optimizer(), loss: 'meanSquaredError' }).trainOnBatch([[1, 2]], [[1]]);
  };

  test.for<[string, object, string]>([
    ['no build', { build: undefined }, 'defineLayer: mine: needs build(options, inputShape) → { output, weights }, got nothing'],
    ['no call', { call: 3 }, 'defineLayer: mine: needs call(x, run) → tensor, got 3'],
    ['a build that gives a shape', { build: (_: object, x: unknown) => x }, 'mine): its build must give { output, weights }, with the shape of one example as output, got [2]'],
    ['a call that gives nothing', { call: () => {} }, 'mine: its call must give a tensor, or a list of them, got nothing'],
    ['a call that gives another shape', { call: (x: tf.Tensor) => tf.concat([x, x], 1) }, 'mine: its call gave examples of shape [4] where its build said [2]; let the two agree'],
  ])('layer: %s', ([, parts, problem]) => expect(() => run(parts)).toThrow(problem));

  test.for<[string, object, string]>([
    ['a delta of another shape', { step: ({ gradient, slots }: { gradient: tf.Tensor; slots: object }) => ({ delta: tf.sum(gradient), slots }) }, 'mine: its step must give a delta of shape [2, 1], gave []; return { delta, slots }'],
    ['no slots', { step: ({ gradient }: { gradient: tf.Tensor }) => ({ delta: gradient }) }, 'mine: its step must give the slot "velocity" of shape [2, 1], gave none; return { delta, slots }'],
  ])('optimizer: %s', ([, parts, problem]) => expect(train(parts)).rejects.toThrow(problem));
});
