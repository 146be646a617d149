/** The contract of an optimizer: its formula for one weight. Clipping, weight decay, averages and constraints are the trainer's. */
import { z } from 'zod';
import { ModelError, parseOptions } from './errors.ts';
import type { KerasForm } from './keras.ts';
import { learningRate, type LearningRate } from './schedule.ts';
import type { Tensor } from './tensor.ts';

/** A value of a running slot before the first update: a number for each element, or its own shape; `undefined` = not kept with these options. */
type Start = number | { readonly shape: readonly number[]; readonly value: number } | undefined;
type SlotRule<O> = number | ((options: O, shape: readonly number[]) => Start);
export type SlotRules<O> = Readonly<Record<string, SlotRule<O>>>;

/** The slots that a formula is handed: always there if the rule is a number, else perhaps not. */
export type Slots<R> = { readonly [K in keyof R]: R[K] extends number ? Tensor : Tensor | undefined };
type NewSlots<R> = { readonly [K in keyof R]?: Tensor | undefined };

/** What one update of one weight sees. All scalars are tensors, so that a recorded step does not freeze them. */
export interface Step<O, R, H extends string> {
  readonly options: O;
  /** Learning rate; scalar. */
  readonly rate: Tensor;
  readonly gradient: Tensor;
  readonly weight: Tensor;
  readonly slots: Slots<R>;
  /** Number of this update, counted from 1; float32 scalar. */
  readonly time: Tensor;
  /** Values that belong to no one weight, as `shared` gave them for this step. */
  readonly shared: Readonly<Record<H, Tensor>>;
}

interface CommonOptions {
  /** Decoupled weight decay: `w ← w − rate · weightDecay · w` before the update. */
  readonly weightDecay: number | null;
  /** Clips the norm of each weight's gradient. */
  readonly clipnorm: number | null;
  /** Clips the norm of all gradients together. */
  readonly globalClipnorm: number | null;
  /** Clips each element of the gradients. */
  readonly clipvalue: number | null;
  /** Keeps exponential moving averages of the weights. */
  readonly useEma: boolean;
  readonly emaMomentum: number;
  /** Every how many updates the weights are set to their averages; `null` = only when training ends, by the callback swapEmaWeights. */
  readonly emaOverwriteFrequency: number | null;
  /** Sums the gradients of so many batches before an update. */
  readonly gradientAccumulationSteps: number | null;
}

const share = z.number().min(0).lt(1);
const common = {
  weightDecay: z.number().nonnegative().nullable().default(null),
  clipnorm: z.number().positive().nullable().default(null),
  globalClipnorm: z.number().positive().nullable().default(null),
  clipvalue: z.number().positive().nullable().default(null),
  useEma: z.boolean().default(false),
  emaMomentum: z.number().min(0).max(1).default(0.99),
  emaOverwriteFrequency: z.int().positive().nullable().default(null),
  gradientAccumulationSteps: z.int().min(2).nullable().default(null),
};
export { share };

export interface OptimizerKerasForm extends KerasForm {
  /** How slots lie in a weights file: all of one weight together, or all of one slot together. Slots that options bring come last, as blocks. */
  readonly order?: 'interleaved' | 'blocks';
}

export interface OptimizerDefinition<K extends string, S extends z.ZodObject, R extends SlotRules<z.output<S>>, H extends string> {
  readonly kind: K;
  readonly keras?: OptimizerKerasForm;
  /** Learning rate if none is given. */
  readonly learningRate: number;
  /** Options beside the common ones. */
  readonly options: S;
  /** Weight decay if none is given. */
  readonly weightDecay?: number;
  /** Running values kept for each weight, by name, in the order of Keras's files. */
  readonly slots: R;
  /** Values kept once, with what they start from, and how they move at each step. */
  readonly shared?: { readonly start: Readonly<Record<H, number>>; readonly next: (now: { options: z.output<S>; time: Tensor; shared: Readonly<Record<H, Tensor>> }) => Readonly<Record<H, Tensor>> };
  /** Pure: the change of one weight, and the new values of its slots. */
  readonly step: (now: Step<z.output<S>, R, H>) => { readonly delta: Tensor; readonly slots: NewSlots<R> };
}

/** A configured optimizer: data, and its formula. Slots live in the model that it trains. */
export interface Optimizer {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>> & CommonOptions & { readonly learningRate: LearningRate };
  readonly keras: OptimizerKerasForm | undefined;
  /** Names and starting values of the slots of a weight of this shape. */
  slots(shape: readonly number[]): readonly { readonly name: string; readonly shape: readonly number[]; readonly value: number; /** Kept only with certain options. */ readonly optional: boolean }[];
  readonly shared: Readonly<Record<string, number>>;
  nextShared(time: Tensor, shared: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>>;
  step(now: Omit<Step<never, never, string>, 'options' | 'slots'> & { readonly slots: Readonly<Record<string, Tensor>> }): { readonly delta: Tensor; readonly slots: Readonly<Record<string, Tensor | undefined>> };
}

type Common = Partial<{ -readonly [K in keyof CommonOptions]: CommonOptions[K] | undefined }> & { learningRate?: LearningRate | undefined };
type Arguments<S extends z.ZodType> = {} extends z.input<S> ? [options?: z.input<S> & Common] : [options: z.input<S> & Common];

/** Makes optimizers of one kind: `adam({ learningRate: 0.001 })`. */
export interface OptimizerFactory<S extends z.ZodObject = z.ZodObject> {
  (...given: Arguments<S>): Optimizer;
  readonly kind: string;
  readonly keras: OptimizerKerasForm | undefined;
  readonly options: S;
}

/** Defines an optimizer. See docs/adding-an-optimizer.md. */
export function defineOptimizer<const K extends string, S extends z.ZodObject, const R extends SlotRules<z.output<S>>, H extends string = never>(
  definition: OptimizerDefinition<K, S, R, H>,
): OptimizerFactory<S> {
  const { kind, keras, weightDecay = null } = definition;
  const schema = definition.options.extend({
    learningRate: learningRate(definition.learningRate), ...common,
    weightDecay: common.weightDecay.removeDefault().default(weightDecay),
  });

  const factory = (...[given]: Arguments<S>): Optimizer => {
    const options = parseOptions(kind, schema, given ?? {}) as z.output<S> & Optimizer['options'];
    const clips = [options.clipnorm, options.globalClipnorm, options.clipvalue].filter((clip) => clip !== null);
    if (clips.length > 1) throw new ModelError(kind, 'takes one of clipnorm, globalClipnorm and clipvalue, got more; keep the one that is meant');
    return {
      kind, options, keras,
      slots: (shape) => Object.entries(definition.slots as SlotRules<z.output<S>>).flatMap(([name, rule]) => {
        const start = typeof rule === 'function' ? rule(options, shape) : rule;
        if (start === undefined) return [];
        return [{ name, optional: typeof rule === 'function', ...(typeof start === 'number' ? { shape, value: start } : start) }];
      }),
      shared: definition.shared?.start ?? {},
      nextShared: (time, shared) => definition.shared?.next({ options, time, shared: shared as Readonly<Record<H, Tensor>> }) ?? {},
      step: (now) => definition.step({ ...now, options, slots: now.slots as Slots<R>, shared: now.shared as Readonly<Record<H, Tensor>> }),
    };
  };
  return Object.assign(factory, { kind, keras, options: definition.options });
}
