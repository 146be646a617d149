import { z } from 'zod';
import { defineMerge } from '../src/core/defineLayer.ts';
import { weight } from '../src/core/weight.ts';
import { tf } from '../src/core/tensor.ts';
import { attend, attentionShapes, pairs, queryMask, scoreOptions } from './shared/attentionScores.ts';
import { known } from './shared/known.ts';

/**
 * Attention by sums (Bahdanau et al., 2015), with scores Σ scale · tanh(query + key): `[query, value]` or `[query, value, key]`, of shapes
 * `[queries, dim]`, `[values, size]` and `[values, dim]`, → `[queries, size]`. Called like `attention`.
 */
export const additiveAttention = defineMerge({
  kind: 'additiveAttention',
  keras: { name: 'AdditiveAttention' },
  options: z.strictObject({
    /** Whether each feature has a learnt share in the scores. */
    useScale: z.boolean().default(true),
    ...scoreOptions,
  }),
  rank: { atLeast: 2 },
  mask: queryMask,
  build: ({ useScale }, inputs, place) => ({
    ...attentionShapes('additiveAttention', inputs, place),
    weights: { scale: useScale ? weight([known('additiveAttention', 'features', inputs[0]!.at(-1), inputs[0]!)], 'glorotUniform') : undefined },
  }),
  call([query, value, key = value], run) {
    const { scale } = run.weights;
    const bent = tf.tanh(pairs(query!, key!));
    return attend(tf.sum(scale ? tf.mul(bent, scale) : bent, -1), value!, run);
  },
});
