/** What attention and additiveAttention have in common: from scores [batch, queries, values] to the output. */
import { z } from 'zod';
import { ModelError } from '../../src/core/errors.ts';
import type { MaskRule, Place, Run } from '../../src/core/defineLayer.ts';
import { show, sized, type Shape } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { asBool, both, causal, penalty } from './attentionMask.ts';
import { dropoutMask } from './dropoutMask.ts';

export const scoreOptions = {
  /** Share of the attention that is dropped while training. */
  dropout: z.number().min(0).lt(1).default(0),
  seed: z.int().nullable().default(null),
};

/** Places of the output are those of the query. */
export const queryMask: MaskRule<unknown> = ({ masks }) => masks[0];

/** @throws ModelError unless there are a query, a value and at most a key, as long and wide as they must be */
export function attentionShapes(kind: string, inputs: readonly Shape[], { given }: Place): { output: Shape | Shape[] } {
  const [query, value, key = value] = inputs;
  if (!query || !value || !key || inputs.length > 3) throw new ModelError(kind, `takes [query, value] or [query, value, key], got ${inputs.length} tensors`);
  if (query.at(-1) !== key.at(-1)) throw new ModelError(kind, `compares queries with keys of the same size, but here they are ${show(query)} and ${show(key)}; put dense() on one of them`);
  const output = sized(...query.slice(0, -1), value.at(-1)!);
  return { output: given.returnAttentionScores === true ? [output, sized(...query.slice(0, -1), value.at(-2)!)] : output };
}

type Setting = Pick<Run<z.output<z.ZodObject<typeof scoreOptions>>, never>, 'options' | 'masks' | 'given' | 'training' | 'random'>;

/** softmax(scores) · value, as masks and call allow; then the softmax, if it is asked for. */
export function attend(scores: Tensor, value: Tensor, { options: { dropout, seed }, masks: [queryMasked, valueMasked], given, training, random }: Setting): readonly Tensor[] {
  const [queries, values] = scores.shape.slice(-2) as [number, number];
  const mask = both(valueMasked && tf.expandDims(asBool(valueMasked), -2), given.useCausalMask === true ? causal(queries, values) : undefined);
  const shares = tf.softmax(mask ? tf.add(scores, penalty(tf.cast(mask, 'float32'), 1e9)) : scores);
  const kept = training && dropout > 0 ? tf.mul(shares, dropoutMask(random, dropout, shares.shape, seed)) : shares;
  const output = tf.matMul(kept, value);
  const shown = queryMasked ? tf.mul(output, tf.cast(tf.expandDims(queryMasked, -1), 'float32')) : output;
  return given.returnAttentionScores === true ? [shown, kept] : [shown];
}

/** Every query beside every key: `[batch, queries, values, dim]`. */
export const pairs = (query: Tensor, key: Tensor): Tensor => tf.add(tf.expandDims(query, -2), tf.expandDims(key, -3));
