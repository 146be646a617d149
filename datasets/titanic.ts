import { z } from 'zod';
import type { NdArray } from '../src/core/array.ts';
import { ModelError, parseOptions } from '../src/core/errors.ts';
import { csv } from './csv.ts';
import { type Split, trainTestSplit } from './split.ts';
import { type Scale, scaleOf, standardize } from './standardize.ts';
import { describeTitanic } from './titanicTable.ts';

const where = 'datasets.titanic';
const featureNames = ['class', 'gender', 'age', 'siblings', 'parents', 'fare'] as const;
const genders = ['male', 'female'];
const classNames = ['died', 'survived'] as const;
// Beside the sources when run from them, beside dist/ in the package.
const table = new URL(import.meta.url.endsWith('.ts') ? './titanic.csv' : '../../datasets/titanic.csv', import.meta.url);

const titanicOptions = z.strictObject({
  /** Whether each feature is given as (value - mean) / deviation, both of the training part. */
  standardize: z.boolean().default(true),
  /** The share of the passengers that is kept for the test. */
  testShare: z.number().gt(0).lt(1).default(0.2),
  /** The same seed gives the same split on each machine. */
  seed: z.int().default(1912),
});
export type TitanicOptions = z.input<typeof titanicOptions>;

const passenger = z.strictObject({
  /** Class of travel: 1, 2 or 3. */
  class: z.int().min(1).max(3),
  /** 'male' or 'female' (or the numbers that stand for them: 0, 1). */
  gender: z.preprocess((given) => (typeof given === 'number' ? (genders[given] ?? given) : given), z.enum(genders)),
  /** Years; parts of a year for infants. */
  age: z.number().min(0).max(120),
  /** Siblings and spouses aboard. */
  siblings: z.int().min(0).max(20),
  /** Parents and children aboard. */
  parents: z.int().min(0).max(20),
  /** Price of the ticket in pounds of 1912; a ticket may be for a family. */
  fare: z.number().min(0).max(1000),
});
export interface Passenger extends Omit<z.input<typeof passenger>, 'gender'> {
  readonly gender: 'male' | 'female' | 0 | 1;
}

export interface Titanic extends Split<Float32Array, Float32Array> {
  /** Names of the columns of x: class, gender, age, siblings (and spouses), parents (and children), fare. */
  readonly featureNames: readonly string[];
  /** What y = 0 and y = 1 mean. */
  readonly classNames: readonly string[];
  /** Mean and deviation by which x is standardised: those of the training part; 0 and 1 if it is not. */
  readonly scale: Scale;
  /** A short table of the data, to print. */
  readonly describe: () => string;
  /** Passengers as rows [passengers, 6] on the scale of x, for `predict`. */
  readonly encode: (...passengers: readonly Passenger[]) => NdArray<Float32Array>;
}

/**
 * Who survived the Titanic: the 1,317 passengers of Encyclopedia Titanica's lists, 500 of whom survived. The crew have no class and
 * paid no fare; they are not in the table. The nine men of the builders' guarantee group, who joined in Belfast, are counted as passengers there and here.
 * x is [passengers, 6] (gender: 0 male, 1 female), y [passengers, 1] (1: survived). The rows of the table are in an order; they are shuffled, and
 * split such that both parts have the same share of survivors. Nothing is read from the network.
 */
export async function titanic(options: TitanicOptions = {}): Promise<Titanic> {
  const { standardize: isStandardized, testShare, seed } = parseOptions(where, titanicOptions, options);
  const { x, y } = await csv(table, { features: [...featureNames], target: 'survived', categories: { gender: genders } });
  const raw = trainTestSplit({ x, y }, { testShare, seed, stratify: true });
  const scale = isStandardized ? scaleOf(raw.train.x) : { mean: featureNames.map(() => 0), deviation: featureNames.map(() => 1) };

  const encode = (...passengers: readonly Passenger[]) => {
    if (passengers.length === 0) throw new ModelError(`${where} encode`, 'no passenger given');
    const rows = passengers.flatMap((given) => {
      const { gender, ...rest } = parseOptions(`${where} encode`, passenger, given);
      const values = { ...rest, gender: genders.indexOf(gender) };
      return featureNames.map((name) => values[name]);
    });
    return standardize({ data: Float32Array.from(rows), shape: [passengers.length, featureNames.length] }, scale);
  };
  return {
    train: { x: standardize(raw.train.x, scale), y: raw.train.y },
    test: { x: standardize(raw.test.x, scale), y: raw.test.y },
    featureNames,
    classNames,
    scale,
    describe: () => describeTitanic({ x, y, ...raw, featureNames, seed }),
    encode,
  };
}
