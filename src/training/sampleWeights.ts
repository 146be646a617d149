/** How much each example counts in the loss: sample weights, with class weights worked in. */
import type { TypedArray } from '../core/array.ts';
import { inWords, ModelError } from '../core/errors.ts';
import { fits, show, type Shape } from '../core/shape.ts';
import type { Structure, Structured } from '../model/structure.ts';
import { isArrayData, readNumbers, refuseNaN, type ArrayData, type HostArray } from './data.ts';
import { isListFor, toPorts, type Data } from './ports.ts';

/** Weights of classes, by label. */
export type ClassWeight = Readonly<Record<string | number, number>>;

interface Numbers { readonly data: TypedArray; readonly shape: readonly number[] }

function checkClassWeight(where: string, given: ClassWeight): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new ModelError(where, `must be a record of weights by label, such as { 0: 1, 1: 5 }, got ${inWords(given)}`);
  for (const [label, weight] of Object.entries(given)) {
    if (!/^\d+$/.test(label)) throw new ModelError(where, `names the class "${label}"; classes are labels, counted from 0`);
    if (!(typeof weight === 'number' && weight >= 0 && Number.isFinite(weight))) throw new ModelError(where, `must have a number of at least 0 for class ${label}, got ${inWords(weight)}`);
  }
}

/** The label of each example, or of each of its steps: as given, or the largest of a row of classes. */
function labelsOf({ data, shape }: Numbers, output: Shape): Numbers {
  const sameRank = shape.length === output.length + 1;
  const width = sameRank ? shape.at(-1)! : 1;
  const labels = sameRank ? shape.slice(0, -1) : shape;
  if (width === 1) return { data: Int32Array.from(data, Math.round), shape: labels };
  const classes = new Int32Array(data.length / width);
  for (let row = 0; row < classes.length; row++) {
    let best = 0;
    for (let i = 1; i < width; i++) if (data[row * width + i]! > data[row * width + best]!) best = i;
    classes[row] = best;
  }
  return { data: classes, shape: labels };
}

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Weights of examples and of steps, multiplied. */
function combine(a: Numbers, b: Numbers | undefined): Numbers {
  if (!b) return a;
  const [few, many] = a.shape.length <= b.shape.length ? [a, b] : [b, a];
  const per = product(many.shape) / product(few.shape);
  return { data: Float32Array.from(many.data, (weight, i) => weight * few.data[Math.floor(i / per)]!), shape: many.shape };
}

/** One number for each example, or for each of its steps. */
function readSampleWeight(where: string, given: ArrayData, target: Numbers, output: Shape): Numbers {
  const host = readNumbers(where, given);
  refuseNaN(where, host);
  const examples = target.shape[0]!;
  // A column is as good as a list.
  const shape = host.shape.length > 1 && host.shape.at(-1) === 1 && host.shape.length > output.length ? host.shape.slice(0, -1) : host.shape;
  const steps = output.slice(0, -1);
  if (shape[0] !== examples || shape.length > output.length || !fits(steps.slice(0, shape.length - 1), shape.slice(1))) {
    const perStep = steps.length > 0 ? `, or one for each of their steps, ${show([examples, ...steps])}` : '';
    throw new ModelError(where, `must have one weight for each of the ${examples} examples, ${show([examples])}${perStep}; got ${show(host.shape)}`);
  }
  return { data: host.data, shape };
}

export interface Weights { readonly sampleWeight?: Data | undefined; readonly classWeight?: ClassWeight | undefined }
interface Targets { readonly y: readonly (Numbers | undefined)[]; readonly names: readonly string[]; readonly shapes: readonly Shape[]; readonly structure: Structure }

/** Weights for each output. @throws ModelError for weights that do not fit the targets. */
export function readWeights(where: string, { sampleWeight, classWeight }: Weights, { y, names, shapes, structure }: Targets): readonly (HostArray | undefined)[] {
  const at = `${where}: sampleWeight`;
  const given = sampleWeight === undefined || sampleWeight === null ? []
    // One list of numbers for several outputs weights them all.
    : isArrayData(sampleWeight) && !isListFor(sampleWeight, names, isArrayData) ? names.map(() => sampleWeight)
      : toPorts(at, sampleWeight as Structured<ArrayData>, { names, structure, isOne: isArrayData, needed: () => false });
  const weights = names.map((name, i) => {
    const [mine, target] = [given[i], y[i]];
    return mine === undefined || !target ? undefined : readSampleWeight(names.length > 1 ? `${at} "${name}"` : at, mine, target, shapes[i]!);
  });
  if (classWeight === undefined || classWeight === null) return weights;
  const atClass = `${where}: classWeight`;
  checkClassWeight(atClass, classWeight);
  if (names.length > 1 || !y[0]) throw new ModelError(atClass, 'goes with models of one output; use sampleWeight, by output');
  const labels = labelsOf(y[0], shapes[0]!);
  return [combine({ data: Float32Array.from(labels.data, (label) => classWeight[label] ?? 1), shape: labels.shape }, weights[0])];
}
