/** Products of a tensor and a kernel in Einstein's notation (`abc,cd->abd`), by one matrix product. */
import { ModelError } from '../../src/core/errors.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';

/** The letters of an equation, one an axis; letters that `...` stood for are digits. */
export interface Equation {
  readonly x: string;
  readonly kernel: string;
  readonly y: string;
}

/**
 * Reads `[x],[kernel]->[y]` for an `x` of `rank` axes, the batch's among them; `...` may begin or end both `x` and `y`.
 * @throws ModelError for what is not such an equation
 */
export function readEquation(where: string, equation: string, rank: number): Equation {
  const parts = /^(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?$/.exec(equation.replaceAll(' ', ''));
  const [, before, x = '', after, kernel = '', beforeY, y = '', afterY] = parts ?? [];
  const twice = [x, kernel, y].find((letters) => new Set(letters).size < letters.length);
  if (!parts || before !== beforeY || after !== afterY || (before && after) || twice !== undefined) {
    throw new ModelError(where, `equation must be like "ab,bc->ac", "...a,ab->...b" or "ab...,bc->ac...", with no letter twice in one place, got "${equation}"`);
  }
  const open = before || after ? rank - x.length : 0;
  if (open < 0 || (!before && !after && x.length !== rank)) {
    throw new ModelError(where, `equation "${equation}" is for inputs of ${before || after ? 'at least ' : ''}${x.length} axes (the batch's is one), but here are ${rank}; change the equation`);
  }
  const unknown = [...y].find((letter) => !x.includes(letter) && !kernel.includes(letter)) ?? [...kernel].find((letter) => !x.includes(letter) && !y.includes(letter));
  if (unknown) throw new ModelError(where, `letter "${unknown}" of equation "${equation}" must be in two of its three places`);
  const rest = Array.from({ length: open }, (_, i) => String(i)).join('');
  return before ? { x: rest + x, kernel, y: rest + y } : { x: x + rest, kernel, y: y + rest };
}

const product = (sizes: readonly number[]) => sizes.reduce((all, n) => all * n, 1);

/** Lays a tensor's axes out in another order. */
const arranged = (tensor: Tensor, from: string, to: string) => (from === to ? tensor : tf.transpose(tensor, [...to].map((letter) => from.indexOf(letter))));

/** `y` of the equation: sums over letters that are not in it. */
export function contract({ x: xs, kernel: ks, y: ys }: Equation, x: Tensor, kernel: Tensor): Tensor {
  const pick = (letters: string, test: (letter: string) => boolean) => [...letters].filter(test).join('');
  const sizeOf = (letter: string) => (xs.includes(letter) ? x.shape[xs.indexOf(letter)]! : kernel.shape[ks.indexOf(letter)]!);
  const sizes = (letters: string) => [...letters].map(sizeOf);
  const alone = pick(xs, (letter) => !ks.includes(letter) && !ys.includes(letter));
  const summed = alone ? tf.sum(x, [...alone].map((letter) => xs.indexOf(letter))) : x;
  const left = pick(xs, (letter) => !alone.includes(letter));
  const each = pick(left, (letter) => ks.includes(letter) && ys.includes(letter));
  const rows = pick(left, (letter) => !ks.includes(letter));
  const inner = pick(left, (letter) => ks.includes(letter) && !ys.includes(letter));
  const columns = pick(ks, (letter) => !xs.includes(letter));
  const blocks = each ? [product(sizes(each))] : [];
  const a = tf.reshape(arranged(summed, left, each + rows + inner), [...blocks, product(sizes(rows)), product(sizes(inner))]);
  const b = tf.reshape(arranged(kernel, ks, each + inner + columns), [...blocks, product(sizes(inner)), product(sizes(columns))]);
  return arranged(tf.reshape(tf.matMul(a, b), sizes(each + rows + columns)), each + rows + columns, ys);
}
