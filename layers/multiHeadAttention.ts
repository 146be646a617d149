import { z } from 'zod';
import { defineMerge } from '../src/core/defineLayer.ts';
import { sized, type Shape } from '../src/core/shape.ts';
import { checkAxes } from './shared/axes.ts';
import { known } from './shared/known.ts';
import { groups, headOptions, headShapes, headWeights, queryMask, runHeads, type Heads } from './shared/multiHead.ts';

const list = (what: z.ZodInt) => z.union([what.transform((one) => [one]), z.array(what).min(1)]).nullable().default(null);

const options = z.strictObject({
  numHeads: z.int().positive(),
  /** Size of each head's queries and keys. */
  keyDim: z.int().positive(),
  /** Size of each head's values; as keyDim if not given. */
  valueDim: z.int().positive().nullable().default(null),
  /** Sizes that stand in for the query's last one in the output. */
  outputShape: list(z.int().positive()),
  /** Axes that attend, with the batch as 0; all between batch and features if not given. */
  attentionAxes: list(z.int()),
  ...headOptions,
});

/** `rank` is that of the query with its batch axis, `features` its last size. */
const headsOf = ({ numHeads, keyDim, valueDim, outputShape, attentionAxes }: z.output<typeof options>, rank: number, features: () => number): Heads => ({
  queryHeads: numHeads, keyHeads: numHeads, keyDim, valueDim: valueDim ?? keyDim,
  axes: attentionAxes?.map((axis) => (axis < 0 ? axis + rank : axis)) ?? Array.from({ length: rank - 2 }, (_, i) => i + 1),
  outputs: outputShape ?? [features()],
});

/**
 * Attention with several heads (Vaswani et al., 2017): `[query, value]` or `[query, value, key]`, of shapes `[queries, …]`, `[values, …]` and `[values, …]`,
 * → the query's shape. Called with `{ useCausalMask: true }` no place sees a later one; `{ attentionMask }` takes a tensor
 * `[queries, values]`, true where a query may look; with `{ returnAttentionScores: true }` the scores `[heads, queries, values]` come second.
 */
export const multiHeadAttention = defineMerge({
  kind: 'multiHeadAttention',
  keras: { name: 'MultiHeadAttention', spread: true, ignore: ['flash_attention'], weights: groups('') },
  options,
  rank: { atLeast: 2 },
  mask: queryMask,
  build(given, inputs, place) {
    const query: Shape | undefined = inputs[0];
    const heads = headsOf(given, query!.length + 1, () => known('multiHeadAttention', 'features', query!.at(-1), query!));
    checkAxes('multiHeadAttention', heads.axes, sized(...query!.slice(0, -1)));
    return {
      output: headShapes('multiHeadAttention', heads, inputs, place.given),
      weights: headWeights('multiHeadAttention', given, heads, inputs),
    };
  },
  call: (xs, run) => runHeads(xs, headsOf(run.options, xs[0]!.rank, () => xs[0]!.shape.at(-1)!), run),
});
