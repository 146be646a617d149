import type { NdArray } from '../src/core/array.ts';
import type { Split } from './split.ts';

interface Described extends Split<Float32Array, Float32Array> {
  readonly x: NdArray<Float32Array>;
  readonly y: NdArray<Float32Array>;
  readonly featureNames: readonly string[];
  readonly seed: number;
}

const count = (n: number) => n.toLocaleString('en');
const percent = (part: number, whole: number) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
const line = (first: string, ...cells: readonly string[]) => (first.padEnd(10) + cells.map((cell) => cell.padStart(16)).join('')).trimEnd();

/** Counts, survival by class and gender, the spread of each feature, how the data was split, and what the simplest rule achieves. */
export function describeTitanic({ x, y, train, test, featureNames, seed }: Described): string {
  const column = ({ data }: NdArray<Float32Array>, name: string) => data.filter((_, i) => i % featureNames.length === featureNames.indexOf(name));
  const classes = column(x, 'class');
  const genders = column(x, 'gender');
  const survival = (gender: number | undefined, ofClass: number | undefined) => {
    const outcomes = y.data.filter((_, i) => (gender === undefined || genders[i] === gender) && (ofClass === undefined || classes[i] === ofClass));
    return `${percent(outcomes.reduce((sum, survived) => sum + survived, 0), outcomes.length)} of ${count(outcomes.length)}`;
  };
  const survivalRow = (title: string, gender: number | undefined) => line(title, ...[1, 2, 3, undefined].map((ofClass) => survival(gender, ofClass)));
  const featureRow = (name: string) => {
    const values = column(x, name);
    const numbers = [values.reduce((sum, value) => sum + value, 0) / values.length, values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    return line(name, ...numbers.map((n) => n.toFixed(2)));
  };
  const survivors = (outcomes: NdArray<Float32Array>) => outcomes.data.reduce((sum, survived) => sum + survived, 0);
  const part = (outcomes: NdArray<Float32Array>) => `${count(outcomes.data.length)} (${count(survivors(outcomes))} survived)`;
  const testGenders = column(test.x, 'gender');
  const right = test.y.data.filter((survived, i) => survived === testGenders[i]).length;
  return [
    `Titanic: ${count(y.data.length)} passengers, ${count(survivors(y))} survived (${percent(survivors(y), y.data.length)})`,
    '',
    line('survived', '1st class', '2nd class', '3rd class', 'all'),
    survivalRow('female', 1),
    survivalRow('male', 0),
    survivalRow('all', undefined),
    '',
    line('feature', 'mean', 'min', 'max'),
    ...featureNames.map(featureRow),
    '',
    `Split: shuffled with seed ${seed}, each part with the same share of survivors: ${part(train.y)} to train, ${part(test.y)} to test`,
    `The rule "women survive, men die" is right for ${percent(right, test.y.data.length)} of the test part`,
  ].join('\n');
}
