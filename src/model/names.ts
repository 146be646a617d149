/** Names of layers: given ones are kept, the others get their kind and a number, unique within each model that they are part of. */
import { ModelError } from '../core/errors.ts';
import { nameLayer } from '../core/layer.ts';
import { isLayer, type Operation } from './graph.ts';

export const nameOf = (operation: Operation) => (isLayer(operation) ? operation.name : (operation.source?.name ?? ''));

/** Names that a model found, and so may change when two of them meet in another model. */
const found = new WeakSet<Operation>();

/** Marks a name as one that may change: nobody gave it. */
export const nameMayChange = (operation: Operation): void => void found.add(operation);

/** With whom an operation shares models. */
const companies = new WeakMap<Operation, (readonly Operation[])[]>();
const namesAround = (operation: Operation) => (companies.get(operation) ?? []).flat().map(nameOf);

function rename(operation: Operation, name: string): void {
  nameMayChange(operation);
  if (isLayer(operation)) nameLayer(operation, name);
  else operation.source!.name = name;
}

/** Names every operation that has no name of its own: `dense`, `dense_1`, … in the order given. Two of one given name are an error. */
export function nameOperations(where: string, operations: readonly Operation[]): void {
  const taken = new Set<string>();
  const nameless: Operation[] = [];
  for (const operation of operations) {
    const name = nameOf(operation);
    if (!name || (found.has(operation) && taken.has(name))) nameless.push(operation);
    else if (taken.has(name)) throw new ModelError(where, `has two layers named "${name}"; give one of them another name`);
    else taken.add(name);
  }
  for (const operation of nameless) {
    const kind = isLayer(operation) ? operation.kind : 'input';
    const elsewhere = new Set(namesAround(operation));
    let name = kind;
    for (let n = 1; taken.has(name) || elsewhere.has(name); n++) name = `${kind}_${n}`;
    taken.add(name);
    rename(operation, name);
  }
  for (const operation of operations) companies.set(operation, [...(companies.get(operation) ?? []), operations]);
}
