/** Attention with several heads: what multiHeadAttention and groupQueryAttention have in common. */
import { z } from 'zod';
import { ModelError } from '../../src/core/errors.ts';
import type { MaskRule, Run } from '../../src/core/defineLayer.ts';
import type { Given } from '../../src/core/layer.ts';
import { weight, type WeightSpec } from '../../src/core/weight.ts';
import { show, sized, type Shape } from '../../src/core/shape.ts';
import type { CallArguments } from '../../src/core/symbolic.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { asMatrix } from './fans.ts';
import { attendHeads } from './headAttention.ts';
import { kernelAndBias } from './kernelAndBias.ts';
import { known } from './known.ts';

export const headOptions = {
  /** Share of the attention that is dropped while training. */
  dropout: z.number().min(0).lt(1).default(0),
  useBias: z.boolean().default(true),
  /** Whether the output of each head is multiplied by a sigmoid of the query. */
  useGate: z.boolean().default(false),
  /** A place sees only those that are less than so many steps away. */
  slidingWindow: z.int().positive().nullable().default(null),
  ...kernelAndBias,
  seed: z.int().nullable().default(null),
};
type HeadOptions = z.output<z.ZodObject<typeof headOptions>>;

/** Numbers of heads and their sizes, the axes of the input that attend, and the sizes of the output's last axes. */
export interface Heads {
  readonly queryHeads: number;
  readonly keyHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly axes: readonly number[];
  readonly outputs: readonly number[];
}

/** Places of the output are those of the query. */
export const queryMask: MaskRule<unknown> = ({ masks }) => masks[0];

/** @throws ModelError unless there are a query, a value and at most a key, and the latter two are as long */
export function threeInputs(kind: string, inputs: readonly Shape[]): { query: Shape; value: Shape; key: Shape } {
  const [query, value, key = value] = inputs;
  if (!query || !value || !key || inputs.length > 3) throw new ModelError(kind, `takes [query, value] or [query, value, key], as in layer([x, x]), got ${inputs.length} ${inputs.length === 1 ? 'tensor' : 'tensors'}`);
  const differ = value.length !== key.length || value.slice(0, -1).some((n, i) => n !== null && key[i] !== null && n !== key[i]);
  if (differ) throw new ModelError(kind, `takes a key for each value, but values are ${show(value)} and keys ${show(key)}`);
  if (query.length !== value.length) throw new ModelError(kind, `takes queries and values with the same number of axes, but here they are ${show(query)} and ${show(value)}`);
  return { query, value, key };
}

/** Kernels and biases that make heads of query, key and value (`[features, heads, size]`), and an output of what the heads give. */
export function headWeights(kind: string, options: HeadOptions, heads: Heads, inputs: readonly Shape[]) {
  const { query, value, key } = threeInputs(kind, inputs);
  const pair = (from: readonly number[], to: readonly number[]) => {
    const size = (sizes: readonly number[]) => sizes.reduce((product, n) => product * n, 1);
    const start = asMatrix(options.kernelInitializer, size(from), size(to));
    return {
      kernel: weight([...from, ...to], start, { regularizer: options.kernelRegularizer, constraint: options.kernelConstraint }),
      bias: options.useBias ? weight(to, options.biasInitializer, { regularizer: options.biasRegularizer, constraint: options.biasConstraint }) : undefined,
    };
  };
  const features = (shape: Shape) => [known(kind, 'features', shape.at(-1), shape)];
  const { queryHeads, keyHeads, keyDim, valueDim } = heads;
  const q = pair(features(query), [queryHeads, keyDim]);
  const k = pair(features(key), [keyHeads, keyDim]);
  const gate: { kernel?: WeightSpec; bias?: WeightSpec | undefined } = options.useGate ? pair(features(query), [queryHeads, valueDim]) : {};
  const v = pair(features(value), [keyHeads, valueDim]);
  const output = pair([queryHeads, valueDim], heads.outputs);
  return {
    queryKernel: q.kernel, queryBias: q.bias, keyKernel: k.kernel, keyBias: k.bias,
    gateKernel: gate.kernel as WeightSpec | undefined, gateBias: gate.bias,
    valueKernel: v.kernel, valueBias: v.bias, outputKernel: output.kernel, outputBias: output.bias,
  };
}
type Weights = ReturnType<typeof headWeights>;

/** Where Keras's files keep them: in layers within the layer. */
export const groups = (prefix: string): Readonly<Record<keyof Weights, string>> => ({
  queryKernel: `${prefix}query_dense`, queryBias: `${prefix}query_dense`, keyKernel: `${prefix}key_dense`, keyBias: `${prefix}key_dense`,
  gateKernel: '_gate_dense', gateBias: '_gate_dense',
  valueKernel: `${prefix}value_dense`, valueBias: `${prefix}value_dense`, outputKernel: `${prefix}output_dense`, outputBias: `${prefix}output_dense`,
});

/** Output shapes: that of the query with the output's sizes, and with `returnAttentionScores` the scores of each head. */
export function headShapes(kind: string, { queryHeads, axes, outputs }: Heads, inputs: readonly Shape[], given: CallArguments): Shape | Shape[] {
  const { query, value } = threeInputs(kind, inputs);
  const output = sized(...query.slice(0, -1), ...outputs);
  if (given.returnAttentionScores !== true) return output;
  const attending = (shape: Shape) => axes.map((axis) => shape[axis - 1]!);
  const others = query.slice(0, -1).filter((_, i) => !axes.includes(i + 1));
  return [output, sized(...others, queryHeads, ...attending(query), ...attending(value))];
}

/** Contracts the last `kernel.rank - made` axes of `x` with the first ones of the kernel, of which `made` are left. */
function project(x: Tensor, kernel: Tensor, bias: Tensor | undefined, made: number): Tensor {
  const taken = kernel.rank - made;
  const sizes = kernel.shape.slice(taken);
  const [from, to] = [kernel.shape.slice(0, taken), sizes].map((each) => each.reduce((product, n) => product * n, 1)) as [number, number];
  const y = tf.matMul(tf.reshape(x, [-1, from]), tf.reshape(kernel, [from, to]));
  return tf.reshape(bias ? tf.add(y, tf.reshape(bias, [to])) : y, [...x.shape.slice(0, x.rank - taken), ...sizes]);
}

const maskGiven = (given: Given) => (given.attentionMask as readonly Tensor[] | undefined)?.[0];

/** Attention of all heads, and what the output makes of it; then the scores, if they are asked for. */
export function runHeads([query, value, key = value]: readonly Tensor[], heads: Heads, { options, weights: w, masks, given, training, random }: Run<HeadOptions, Weights>): readonly Tensor[] {
  const q = project(query!, w.queryKernel, w.queryBias, 2);
  const k = project(key!, w.keyKernel, w.keyBias, 2);
  const v = project(value!, w.valueKernel, w.valueBias, 2);
  const withScores = given.returnAttentionScores === true;
  const { output, scores } = attendHeads({ q, k, v }, {
    axes: heads.axes, masks, attentionMask: maskGiven(given), useCausalMask: given.useCausalMask === true,
    dropout: training ? options.dropout : 0, zeroUnseen: options.dropout > 0 || withScores || q.rank > 4,
    slidingWindow: options.slidingWindow, seed: options.seed, random,
  });
  const gated = w.gateKernel ? tf.mul(output, tf.sigmoid(project(query!, w.gateKernel, w.gateBias, 2))) : output;
  const made = project(gated, w.outputKernel, w.outputBias, heads.outputs.length);
  return withScores ? [made, scores] : [made];
}
