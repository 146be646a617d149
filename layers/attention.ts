import { z } from 'zod';
import { defineMerge } from '../src/core/defineLayer.ts';
import { weight } from '../src/core/weight.ts';
import { tf } from '../src/core/tensor.ts';
import { attend, attentionShapes, pairs, queryMask, scoreOptions } from './shared/attentionScores.ts';

/**
 * Attention by products (Luong et al., 2015): `[query, value]` or `[query, value, key]`, of shapes `[queries, dim]`, `[values, size]` and
 * `[values, dim]`, → `[queries, size]`. Called with `{ useCausalMask: true }` no place sees a later one; with
 * `{ returnAttentionScores: true }` the scores `[queries, values]` come second.
 */
export const attention = defineMerge({
  kind: 'attention',
  keras: { name: 'Attention' },
  options: z.strictObject({
    /** Whether scores are multiplied by a learnt number. */
    useScale: z.boolean().default(false),
    /** `dot`: query · key; `concat`: a learnt number times Σ tanh(query + key). */
    scoreMode: z.enum(['dot', 'concat']).default('dot'),
    ...scoreOptions,
  }),
  rank: { atLeast: 2 },
  mask: queryMask,
  build: ({ useScale, scoreMode }, inputs, place) => ({
    ...attentionShapes('attention', inputs, place),
    weights: { scale: useScale ? weight([], 'ones') : undefined, concatScoreWeight: scoreMode === 'concat' ? weight([], 'ones') : undefined },
  }),
  call([query, value, key = value], run) {
    const { scale, concatScoreWeight } = run.weights;
    if (run.options.scoreMode === 'dot') {
      const scores = tf.matMul(query!, key!, false, true);
      return attend(scale ? tf.mul(scores, scale) : scores, value!, run);
    }
    const sums = pairs(query!, key!);
    return attend(tf.mul(tf.sum(tf.tanh(scale ? tf.mul(sums, scale) : sums), -1), concatScoreWeight!), value!, run);
  },
});
