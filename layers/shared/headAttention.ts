/** Scaled dot products of heads. Vaswani et al., 2017. */
import type { Random } from '../../src/core/random.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { asBool, both, causal, penalty, window } from './attentionMask.ts';
import { dropoutMask } from './dropoutMask.ts';

interface Attention {
  /** Axes of the sequence that attend; the batch is axis 0. */
  readonly axes: readonly number[];
  /** Masks of query, value and key. */
  readonly masks: readonly (Tensor | undefined)[];
  readonly attentionMask: Tensor | undefined;
  readonly useCausalMask: boolean;
  readonly slidingWindow: number | null;
  readonly dropout: number;
  readonly seed: number | null;
  readonly random: Random;
  /** Whether a query that sees nothing gets zeros; else all values in equal shares. Keras does either, depending on what it is asked for. */
  readonly zeroUnseen: boolean;
}

const product = (sizes: readonly number[]) => sizes.reduce((all, n) => all * n, 1);
const reordered = (x: Tensor, order: number[]) => (order.every((axis, i) => axis === i) ? x : tf.transpose(x, order));

/** Axes that do not attend, of which the batch is the first. */
const otherAxes = (rank: number, axes: readonly number[]) => Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i));

/** `[…, heads, size]` with attending axes somewhere in between → `[…others, heads, places, size]`. */
function byHead(x: Tensor, axes: readonly number[]): Tensor {
  const [heads, size] = [x.rank - 2, x.rank - 1];
  const others = otherAxes(heads, axes);
  const moved = reordered(x, [...others, heads, ...axes, size]);
  return axes.length === 1 ? moved : tf.reshape(moved, [...others.map((axis) => x.shape[axis]!), x.shape[heads]!, product(axes.map((axis) => x.shape[axis]!)), x.shape[size]!]);
}

/** What all masks say together, of shape […others, heads or 1, queries or 1, values], or less axes. */
function maskOf({ axes, masks, attentionMask, useCausalMask, slidingWindow }: Attention, rank: number, queries: number, values: number): Tensor | undefined {
  const places = (mask: Tensor | undefined, axis: number): Tensor | undefined => {
    // Such a mask says of each place whether it counts; one with other axes speaks of something else.
    if (!mask || mask.rank !== rank) return undefined;
    const others = otherAxes(rank, axes);
    const flat = tf.reshape(reordered(asBool(mask), [...others, ...axes]), [...others.map((each) => mask.shape[each]!), -1]);
    return tf.expandDims(flat, axis);
  };
  const lifted = (mask: Tensor | undefined): Tensor | undefined => {
    if (!mask) return undefined;
    const ones = Array<number>(Math.max(0, otherAxes(rank, axes).length + 3 - mask.rank)).fill(1);
    return tf.reshape(mask, [...mask.shape.slice(0, -2), ...ones, ...mask.shape.slice(-2)]);
  };
  const seen = both(both(places(masks[0], -1), places(masks[1], -2)), places(masks[2], -2));
  const near = both(useCausalMask ? causal(queries, values) : undefined, slidingWindow === null ? undefined : window(queries, values, slidingWindow));
  const asked = attentionMask && tf.reshape(asBool(attentionMask), [...attentionMask.shape.slice(0, -2 * axes.length), queries, values]);
  return both(both(lifted(asked), lifted(seen)), near);
}

/**
 * softmax(q · k / √size) · v for each head: `q` is `[batch, …, heads, size]`; `k` and `v` may have fewer heads, each of which serves several of
 * the query's. Gives `[batch, …, heads, size of v]`, and the scores `[batch, …others, heads, …queries, …values]`.
 */
export function attendHeads({ q, k, v }: { q: Tensor; k: Tensor; v: Tensor }, attention: Attention): { output: Tensor; scores: Tensor } {
  const { axes, dropout, random, seed } = attention;
  const [query, key, value] = [byHead(tf.mul(q, 1 / Math.sqrt(q.shape.at(-1)!)), axes), byHead(k, axes), byHead(v, axes)];
  const [heads, queries] = query.shape.slice(-3) as [number, number];
  const [shared, values] = key.shape.slice(-3) as [number, number];
  const others = query.shape.slice(0, -3);
  // Queries that share a key lie one below the other, so that no key needs to be repeated.
  const stacked = (x: Tensor) => (heads === shared ? x : tf.reshape(x, [...others, shared, (heads / shared) * queries, x.shape.at(-1)!]));
  const apart = (x: Tensor) => (heads === shared ? x : tf.reshape(x, [...others, heads, queries, x.shape.at(-1)!]));

  const products = apart(tf.matMul(stacked(query), key, false, true));
  const mask = maskOf(attention, q.rank - 2, queries, values);
  const seen = mask && tf.cast(mask, 'float32');
  // Not by the penalty alone: a query that sees nothing would send gradients through its equal shares.
  const shares = tf.softmax(seen ? tf.add(tf.mul(products, seen), penalty(seen, 2.38e38)) : products);
  const scores = seen && attention.zeroUnseen ? tf.mul(shares, seen) : shares;
  const kept = dropout > 0 ? tf.mul(scores, dropoutMask(random, dropout, scores.shape, seed)) : scores;
  const attended = apart(tf.matMul(stacked(kept), value));

  const rest = otherAxes(q.rank - 2, axes);
  const laidOut = axes.length === 1 ? attended : tf.reshape(attended, [...others, heads, ...axes.map((axis) => q.shape[axis]!), v.shape.at(-1)!]);
  const order = [...rest, q.rank - 2, ...axes, q.rank - 1];
  return {
    output: tf.transpose(laidOut, order.map((_, axis) => order.indexOf(axis))),
    scores: axes.length === 1 ? scores : tf.reshape(scores, [...others, heads, ...axes.map((axis) => q.shape[axis]!), ...axes.map((axis) => k.shape[axis]!)]),
  };
}
