/** Layers that learn from data before a model trains: statistics, vocabularies. `layer.adapt(data)` is Keras's. */
import { z } from 'zod';
import type { NdArray } from './array.ts';
import { ModelError } from './errors.ts';
import { isArrayData, refuseNaN, toHost, type ArrayData, type HostArray } from './hostArray.ts';
import { defineLayer, type LayerDefinition, type LayerFactory } from './defineLayer.ts';
import type { Layer, Plan, PlanInput } from './layer.ts';
import type { WeightSpecs } from './weight.ts';
import { definePart } from './part.ts';
import { show } from './shape.ts';
import type { CallArguments } from './symbolic.ts';

/** What a layer has learnt: options that change, and values of its weights by name. */
export interface Learnt<O> { readonly options?: Partial<O>; readonly weights?: Readonly<Record<string, NdArray>> }

/** One way through data. */
export interface Adaptation<O> {
  /** Takes in some examples: the first axis counts them, single numbers or strings come as `[examples, 1]`. */
  see(examples: HostArray): void;
  /** @throws ModelError if there is nothing to learn from what was seen. */
  learnt(): Learnt<O>;
}

export interface Adaptable {
  /**
   * Learns from examples, anew: a tensor, nested arrays, a typed array, `{ data, shape }`, or an iterable of those.
   * @throws ModelError for data that do not fit; the layer is then as before.
   */
  adapt(data: ArrayData | Iterable<ArrayData>): void;
  adapt(data: AsyncIterable<ArrayData>): Promise<void>;
}

export interface AdaptableDefinition<K extends string, S extends z.ZodObject, W extends WeightSpecs, M> extends LayerDefinition<K, S, W> {
  /** Begins to learn; `where` is what errors call the place. */
  readonly adapt: (options: z.output<S>, where: string) => Adaptation<z.output<S>>;
  /** What such a layer can be asked beside. The options are the ones in force when it is asked. */
  readonly methods?: (options: z.output<S>) => M;
}

let learnings = 0;
/** How often a layer of any model has learnt: what was computed of options before another time may no longer hold. */
export const timesLearnt = (): number => learnings;

const takers = new WeakMap<Layer, (weights: Readonly<Record<string, NdArray>>) => void>();

/** Has `take` called with new values whenever a layer learns some: by whoever holds its weights. */
export const whenAdapted = (layer: Layer, take: (weights: Readonly<Record<string, NdArray>>) => void): void => void takers.set(layer, take);

const learntValues = (values: Float32Array) => definePart({ kind: 'learnt', options: z.strictObject({}), call: () => () => values })();

/** A plan whose weights start from what the layer has learnt. */
function startedFrom(where: string, plan: Plan, learnt: Readonly<Record<string, NdArray>>): Plan {
  const weights = Object.entries(plan.weights).map(([name, spec]) => {
    const found = learnt[name];
    if (!found) return [name, spec] as const;
    if (show(found.shape) !== show(spec.shape)) {
      throw new ModelError(where, `was adapted to data whose ${name} has shape ${show(found.shape)}, but here it needs ${show(spec.shape)}; adapt it to examples like those that the model takes`);
    }
    return [name, { ...spec, initializer: learntValues(Float32Array.from(found.data)) }] as const;
  });
  return { ...plan, weights: Object.fromEntries(weights) };
}

const outputsOf = ({ outputs }: Plan): string => outputs.map(({ shape }) => show(shape)).join(', ');

function makeAdaptable<O extends object>(layer: Layer, options: O, begin: (options: O, where: string) => Adaptation<O>): Adaptable {
  const { plan } = layer;
  let weights: Readonly<Record<string, NdArray>> = {};
  let place: { readonly inputs: readonly PlanInput[]; readonly given: CallArguments; readonly outputs: string } | undefined;
  const planHere: Layer['plan'] = (inputs, given = {}) => {
    const planned = startedFrom(layer.name || layer.kind, plan(inputs, given), weights);
    place = { inputs, given, outputs: outputsOf(planned) };
    return planned;
  };
  Object.assign(layer, { plan: planHere });

  const take = (where: string, learnt: Learnt<O>): void => {
    const before = { options: { ...options }, weights, place };
    const set = (to: Partial<O>) => Object.assign(layer.options, Object.assign(options, to));
    set(learnt.options ?? {});
    weights = learnt.weights ?? weights;
    try {
      // The place that it has in a model must go on to fit.
      if (place && outputsOf(planHere(place.inputs, place.given)) !== before.place!.outputs) {
        throw new ModelError(where, `its examples would go from ${before.place!.outputs} to ${place.outputs}, but a model is built on the former; adapt it before it becomes part of a model`);
      }
    } catch (error) {
      set(before.options as Partial<O>);
      ({ weights, place } = before);
      throw error;
    }
    learnings++;
    takers.get(layer)?.(weights);
  };

  function adapt(data: ArrayData | Iterable<ArrayData>): void;
  function adapt(data: AsyncIterable<ArrayData>): Promise<void>;
  function adapt(data: ArrayData | Iterable<ArrayData> | AsyncIterable<ArrayData>): void | Promise<void> {
    const where = `${layer.name || layer.kind}: adapt`;
    const adaptation = begin(options, where);
    const see = (batch: ArrayData): void => {
      const host = toHost(where, batch);
      if (host.data.length === 0 || host.shape.length === 0) throw new ModelError(where, 'there are no examples to learn from; give at least one');
      refuseNaN(where, host);
      adaptation.see(host.shape.length === 1 ? { ...host, shape: [...host.shape, 1] } : host);
    };
    if (typeof data === 'object' && data !== null && !isArrayData(data)) {
      if (Symbol.asyncIterator in data) {
        return (async () => {
          for await (const batch of data) see(batch);
          take(where, adaptation.learnt());
        })();
      }
      if (Symbol.iterator in data) {
        for (const batch of data) see(batch);
        return take(where, adaptation.learnt());
      }
    }
    see(data as ArrayData);
    return take(where, adaptation.learnt());
  }
  return { adapt };
}

/** Defines a layer that takes one tensor and has `adapt(data)`. */
export function defineAdaptable<const K extends string, S extends z.ZodObject, W extends WeightSpecs, M extends object = {}>(
  { adapt, methods, ...definition }: AdaptableDefinition<K, S, W, M>,
): LayerFactory<S, Layer & Adaptable & M> {
  return defineLayer<K, S, W>({
    ...definition,
    made: (layer, options) => void Object.assign(layer, makeAdaptable(layer, options, adapt), methods?.(options)),
  }) as LayerFactory<S, Layer & Adaptable & M>;
}
