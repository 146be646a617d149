import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Passenger, titanic } from '../../datasets/index.ts';

const sumOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const bytesOf = ({ buffer }: Float32Array) => new Uint8Array(buffer);

test('the table is the one that was agreed on', () => {
  const bytes = readFileSync(new URL('../../datasets/titanic.csv', import.meta.url));
  expect(sumOf(bytes)).toBe('ca7346a71f2e69264b5e30737b820e4100622cab3e8991bef38318dbde6cac0f');
});

test('names, shapes, and the same share of survivors in both parts', async () => {
  const { train, test, featureNames, classNames } = await titanic();
  expect(featureNames).toEqual(['class', 'gender', 'age', 'siblings', 'parents', 'fare']);
  expect(classNames).toEqual(['died', 'survived']);
  expect([train.x.shape, train.y.shape, test.x.shape, test.y.shape]).toEqual([[1054, 6], [1054, 1], [263, 6], [263, 1]]);
  expect(train.x.data).toBeInstanceOf(Float32Array);
  const survivors = (y: Float32Array) => y.reduce((a, b) => a + b, 0);
  expect([survivors(train.y.data), survivors(test.y.data)]).toEqual([400, 100]);
});

// The sums were made by a Python program of its own: mulberry32, Fisher and Yates, and the table.
test('the split is the same on each machine', async () => {
  const { train, test } = await titanic({ standardize: false });
  expect([...train.x.data.slice(0, 6)]).toEqual([3, 0, 24, 0, 0, Math.fround(8.6625)]);
  expect(sumOf(bytesOf(train.x.data))).toBe('529e5af34729006a865b3aac80fa4afbd4354942aa0326c2e326ba860e4e37b2');
  expect(sumOf(bytesOf(test.x.data))).toBe('e8df37135523da6424e4d1d61f99c65d1320004cd8ff4f636782aebe7784f63a');
});

test('standardised by mean and deviation of the training part', async () => {
  const { train, test, scale } = await titanic();
  // From the same Python program, in 64 bits.
  const mean = [2.29696394686907, 0.35009487666034156, 29.603810815939276, 0.4990512333965844, 0.3738140417457306, 32.31061366223903];
  const deviation = [0.8345312428451116, 0.4769994276689664, 13.87297562833034, 1.0569634692664382, 0.8606500276903423, 45.68382562063146];
  mean.forEach((each, i) => expect(scale.mean[i]).toBeCloseTo(each, 5));
  deviation.forEach((each, i) => expect(scale.deviation[i]).toBeCloseTo(each, 5));
  expect(train.x.data[2]).toBeCloseTo((24 - mean[2]!) / deviation[2]!, 5);
  expect(test.x.data[2]).toBeCloseTo((26 - mean[2]!) / deviation[2]!, 5);
});

test('encode gives the row that the table has for such a passenger', async () => {
  const first = { class: 3, gender: 'male', age: 24, siblings: 0, parents: 0, fare: 8.6625 } as const;
  for (const standardize of [true, false]) {
    const { train, encode } = await titanic({ standardize });
    expect(encode(first)).toEqual({ data: train.x.data.slice(0, 6), shape: [1, 6] });
    const two = encode({ ...first, gender: 1 }, first);
    expect(two.shape).toEqual([2, 6]);
    expect(two.data.slice(6)).toEqual(train.x.data.slice(0, 6));
    expect(two.data[1]).toBeGreaterThan(two.data[7]!);
  }
});

test.each([
  [{ age: undefined }, 'age missing: expected number'],
  [{ fare: NaN }, 'fare must be a number, got NaN'],
  [{ class: 4 }, 'class must be at most 3, got 4'],
  [{ class: '1st' }, 'class must be a number, got "1st"'],
  [{ gender: 'femal' }, 'gender cannot be "femal" — did you mean "female"?'],
  [{ gender: 2 }, 'gender must be one of "male", "female", got 2'],
  [{ gender: undefined }, 'gender must be one of "male", "female", got nothing'],
  [{ age: -1 }, 'age must be at least 0, got -1'],
  [{ age: 200 }, 'age must be at most 120, got 200'],
  [{ siblings: 0.5 }, 'siblings must be an int, got 0.5'],
  [{ fare: -7 }, 'fare must be at least 0, got -7'],
  [{ sibling: 1 }, 'unknown option "sibling" — did you mean "siblings"?'],
])('encode refuses %o', async (wrong, words) => {
  const { encode } = await titanic();
  const rose = { class: 1, gender: 'female', age: 17, siblings: 0, parents: 1, fare: 100, ...wrong };
  expect(() => encode(rose as unknown as Passenger)).toThrow(`datasets.titanic encode: ${words}`);
});

test('encode without a passenger is an error, too', async () => {
  const { encode } = await titanic();
  expect(() => encode()).toThrow('datasets.titanic encode: no passenger given');
});

test('share and seed change the split, and only in the way that was asked for', async () => {
  const [half, again, other] = await Promise.all([7, 7, 8].map((seed) => titanic({ testShare: 0.5, seed, standardize: false })));
  expect(half!.test.x.shape).toEqual([659, 6]);
  expect(again!.train).toEqual(half!.train);
  expect(other!.train.x.data).not.toEqual(half!.train.x.data);
  const fares = ({ train, test }: typeof half & object) => [...train.x.data, ...test.x.data].filter((_, i) => i % 6 === 5).sort((a, b) => a - b);
  expect(fares(other!)).toEqual(fares(half!));
  await expect(titanic({ testShare: 1 })).rejects.toThrow('datasets.titanic: testShare must be less than 1, got 1');
  await expect(titanic({ normalize: true } as object)).rejects.toThrow('unknown option "normalize"');
});

// Counted from the table with another program: 139 of 144 women in the first class survived, and so on.
test('describe prints the table', async () => {
  expect((await titanic()).describe()).toBe(
    `
Titanic: 1,317 passengers, 500 survived (38.0 %)

survived         1st class       2nd class       3rd class             all
female       96.5 % of 144   88.7 % of 106   49.1 % of 216   72.7 % of 466
male         34.4 % of 180   13.5 % of 178   15.2 % of 493   18.9 % of 851
all          62.0 % of 324   41.5 % of 284   25.5 % of 709 38.0 % of 1,317

feature               mean             min             max
class                 2.29            1.00            3.00
gender                0.35            0.00            1.00
age                  29.61            0.17           74.00
siblings              0.50            0.00            8.00
parents               0.38            0.00            9.00
fare                 33.84            3.17          512.33

Split: shuffled with seed 1912, each part with the same share of survivors: 1,054 (400 survived) to train, 263 (100 survived) to test
The rule "women survive, men die" is right for 76.0 % of the test part`.trim(),
  );
});
