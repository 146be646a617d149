/** Events that TensorBoard reads: records of TensorFlow's `Event` and `Summary` messages (tensorflow/core/util/event.proto, framework/summary.proto). */
import { double, doubles, float, integer, join, message, text, type Fields } from '../core/protobuf.ts';
import { tfRecord } from './tfRecord.ts';

/** How many steps a histogram has. */
const steps = 30;

const event = (...fields: readonly Fields[]): Uint8Array => tfRecord(join([double(1, Date.now() / 1000), ...fields]));

/** What a file of events begins with. */
export const firstEvent = (): Uint8Array => event(text(3, 'brain.Event:2'));

/** Numbers by name, at a step. */
export const scalarsEvent = (step: number, scalars: Readonly<Record<string, number>>): Uint8Array =>
  event(integer(2, step), message(5, ...Object.entries(scalars).map(([tag, value]) => message(1, text(1, tag), float(2, value)))));

/** How often values of an array fall into each of so many steps of one height; those that are no numbers are left out. */
function histogram(values: ArrayLike<number>): Fields {
  const numbers = Array.from(values).filter(Number.isFinite);
  const [least, most] = numbers.reduce(([low, high], n) => [Math.min(low, n), Math.max(high, n)], [Infinity, -Infinity] as [number, number]);
  if (numbers.length === 0) return join([]);
  const height = (most - least) / steps;
  const counts = Array<number>(height > 0 ? steps : 1).fill(0);
  for (const n of numbers) counts[height > 0 ? Math.min(steps - 1, Math.floor((n - least) / height)) : 0]!++;
  const sum = (of: (n: number) => number) => numbers.reduce((total, n) => total + of(n), 0);
  return join([
    double(1, least), double(2, most), double(3, numbers.length), double(4, sum((n) => n)), double(5, sum((n) => n * n)),
    doubles(6, counts.map((_, i) => (i === counts.length - 1 ? most : least + (i + 1) * height))), doubles(7, counts),
  ]);
}

/** How numbers are spread, by name, at a step. */
export const histogramsEvent = (step: number, arrays: Readonly<Record<string, ArrayLike<number>>>): Uint8Array =>
  event(integer(2, step), message(5, ...Object.entries(arrays).map(([tag, values]) => message(1, text(1, tag), message(5, histogram(values))))));
