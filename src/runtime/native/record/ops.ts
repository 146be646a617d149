/** What the table of TensorFlow's ops says of one. */
import { opsByOutputs, opsByTypes } from './opTable.ts';

const listed = (groups: Readonly<Record<string, string>>) => Object.entries(groups).map(([key, ops]) => [key, ops.split(' ')] as const);

const outputs = new Map(listed(opsByOutputs).flatMap(([names, ops]) => ops.map((op) => [op, names.split(' ')] as const)));

const inferred = new Map<string, (readonly [attribute: string, input: number])[]>();
for (const [key, ops] of listed(opsByTypes)) {
  const [attribute, input] = key.split(':') as [string, string];
  for (const op of ops) inferred.set(op, [...(inferred.get(op) ?? []), [attribute, Number(input)]]);
}

/** How a node's n-th output is written inside a function: `output:0`; `undefined` if the op is none that a step may use. */
export function outputNames(op: string): ((n: number) => string) | undefined {
  const names = outputs.get(op);
  if (!names) return undefined;
  const [first] = names;
  // A list is the only output of the ops that have one.
  return first!.endsWith('*') ? (n) => `${first!.slice(0, -1)}:${n}` : (n) => `${names[n]!}:0`;
}

/** Attributes that say the type of an input. */
export const typesOf = (op: string): readonly (readonly [attribute: string, input: number])[] => inferred.get(op) ?? [];
