/** The contract of an optimizer: its formula for one weight. Clipping, weight decay, averages and constraints are the trainer's. */
import { z } from 'zod';
import type { Arguments } from './arguments.ts';
import { ModelError, parseOptions } from './errors.ts';
import type { KerasForm } from './keras.ts';
import { learningRate, type LearningRate } from './schedule.ts';
import { show } from './shape.ts';
import { tf, type Tensor } from './tensor.ts';

/** What an optimizer may know about a weight before it trains: its sizes, and its layer's name and its own (`embedding/embeddings`). */
export interface Place { readonly shape: readonly number[]; readonly path: string }

type Named = Readonly<Record<string, Tensor>>;
/** What a slot starts from: a number for each element, a copy of the weight, or its own shape; `undefined` = not kept for this weight with these options. */
type Start = number | 'weight' | { readonly shape: readonly number[]; readonly value: number } | undefined;
export type SlotRules<O> = Readonly<Record<string, Start | ((options: O, weight: Place) => Start)>>;

type Kept<S> = undefined extends S ? Tensor | undefined : Tensor;
/** The slots that a formula is handed and hands back. */
export type Slots<R> = { readonly [K in keyof R]: R[K] extends (...given: never[]) => infer S ? Kept<S> : Tensor };

/** What holds for all weights of one update. All scalars are tensors, so that a recorded step does not freeze them. */
export interface Update<O, H extends string> {
  readonly options: O;
  /** Learning rate; scalar. */
  readonly rate: Tensor;
  /** Number of this update, counted from 1; float32 scalar. */
  readonly time: Tensor;
  /** Values that belong to no one weight, as `shared` gave them for this update. */
  readonly shared: Readonly<Record<H, Tensor>>;
}

/** What the update of one weight sees. */
export interface Step<O, R, H extends string, C> extends Update<O, H> {
  /** What `scalars` computed for this update. */
  readonly scalars: C;
  readonly gradient: Tensor;
  readonly weight: Tensor;
  readonly slots: Slots<R>;
}

/** What an update makes of one weight: what is added to it, or what it becomes. */
type Outcome<R> = { readonly slots: Slots<R> } & ({ readonly delta: Tensor; readonly weight?: never } | { readonly weight: Tensor; readonly delta?: never });

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
  /** What the averages keep at each update; default 0.99. */
  readonly emaMomentum: number;
  /** Every how many updates the weights are set to their averages; `null` = only when training ends. */
  readonly emaOverwriteFrequency: number | null;
  /** Averages the gradients of so many batches before an update. */
  readonly gradientAccumulationSteps: number | null;
}

/** The schema of a share of what was: at least 0, less than 1. */
export const share = z.number().min(0).lt(1);
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
/** Keras's keys that change no number here: a loss is scaled against underflow in half precision, and scaled back. */
const saysNothing = ['name', 'loss_scale_factor', 'jit_compile', 'is_legacy_optimizer', 'decay'];

export interface OptimizerKerasForm extends KerasForm {
  /** Slots that lie in a weights file as one block for all weights, in this order, after those that lie together weight by weight. */
  readonly blocks?: readonly string[];
}

export interface OptimizerDefinition<K extends string, S extends z.ZodObject, R extends SlotRules<z.output<S>>, H extends string, C extends Named> {
  readonly kind: K;
  readonly keras?: OptimizerKerasForm;
  /** Learning rate if none is given. */
  readonly learningRate: number;
  /** Options beside the common ones. */
  readonly options: S;
  /** Weight decay if none is given. */
  readonly weightDecay?: number;
  /** The decay of one weight, where it is not `weightDecay` for all. */
  readonly decay?: (options: z.output<S> & CommonOptions, weight: Place) => number | null;
  /** Running values kept for each weight, by name, in the order of Keras's files. */
  readonly slots: R;
  /** Values kept once, with what they start from, and how they move at each update. */
  readonly shared?: { readonly start: Readonly<Record<H, number>>; readonly next: (now: Update<z.output<S>, H>) => Readonly<Record<H, Tensor>> };
  /** Pure: what the formula needs for every weight alike, so that it is computed once an update. */
  readonly scalars?: (now: Update<z.output<S>, H>) => C;
  /** Pure: what one weight becomes, and its slots. */
  readonly step: (now: Step<z.output<S>, R, H, C>) => Outcome<R>;
}

/** A configured optimizer: data, and its formula. Slots live in the model that it trains. */
export interface Optimizer {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>> & CommonOptions & { readonly learningRate: LearningRate };
  readonly keras: OptimizerKerasForm | undefined;
  /** Names, sizes and starting values of the slots of one weight, in the order of Keras's files. */
  slots(weight: Place): readonly { readonly name: string; readonly shape: readonly number[]; readonly value: number | 'weight' }[];
  /** Starting values of what is kept once. */
  readonly shared: Readonly<Record<string, number>>;
  decay(weight: Place): number | null;
  /** One update: what is kept once moves on, and `step` is the formula for each weight. */
  begin(now: { readonly rate: Tensor; readonly time: Tensor; readonly shared: Named }): {
    readonly shared: Named;
    step(now: { readonly gradient: Tensor; readonly weight: Tensor; readonly slots: Named }): { readonly weight: Tensor; readonly slots: Named };
  };
}

type Common = Partial<{ -readonly [K in keyof CommonOptions]: CommonOptions[K] | undefined }> & {
  /** Size of the steps: a number, a schedule, or a function of the step from scalar to scalar. Its default is the optimizer's. */
  learningRate?: LearningRate | undefined;
};
type FactoryArguments<S extends z.ZodType> = Arguments<S, Common>;

/** Makes optimizers of one kind: `adam({ learningRate: 0.001 })`. */
export interface OptimizerFactory<S extends z.ZodObject = z.ZodObject> {
  (...given: FactoryArguments<S>): Optimizer;
  readonly kind: string;
  readonly keras: OptimizerKerasForm | undefined;
  readonly options: S;
  /** Of all options, the common ones among them. */
  readonly schema: z.ZodObject;
}

/** The slots that are there, in the order of their rules, in which files hold them. */
const inOrder = (rules: object, slots: Readonly<Record<string, Tensor | undefined>>): Named =>
  Object.fromEntries(Object.keys(rules).map((name) => [name, slots[name]]).filter((slot): slot is [string, Tensor] => slot[1] !== undefined));

const sameSizes = (a: Tensor, b: Tensor) => a.rank === b.rank && a.shape.every((n, i) => n === b.shape[i]);

/** What a formula gave, before a mistake in it becomes another number: a sum in place of an average would be added to every element. */
function checkStep(kind: string, weight: Tensor, given: Tensor | undefined, slots: Named, nextSlots: Readonly<Record<string, Tensor | undefined>> | undefined): void {
  const must = (what: string, got: Tensor | undefined, like: Tensor) => {
    if (!got?.shape || !sameSizes(got, like)) throw new ModelError(kind, `its step must give ${what} of shape ${show(like.shape)}, gave ${got?.shape ? show(got.shape) : 'none'}; return { delta, slots }`);
  };
  must('a delta', given, weight);
  for (const [name, slot] of Object.entries(slots)) must(`the slot "${name}"`, nextSlots?.[name], slot);
}

/** Defines an optimizer. See docs/adding-an-optimizer.md. */
export function defineOptimizer<
  const K extends string, S extends z.ZodObject, const R extends SlotRules<z.output<S>>, H extends string = never, C extends Named = {},
>(definition: OptimizerDefinition<K, S, R, H, C>): OptimizerFactory<S> {
  const { kind, weightDecay = null } = definition;
  const keras = definition.keras && { ...definition.keras, ignore: [...saysNothing, ...(definition.keras.ignore ?? [])] };
  const schema = definition.options.extend({
    learningRate: learningRate(definition.learningRate), ...common,
    weightDecay: common.weightDecay.removeDefault().default(weightDecay),
  });

  const factory = (...[given]: FactoryArguments<S>): Optimizer => {
    const options = parseOptions(kind, schema, given ?? {}) as z.output<S> & Optimizer['options'];
    const clips = [options.clipnorm, options.globalClipnorm, options.clipvalue].filter((clip) => clip !== null);
    if (clips.length > 1) throw new ModelError(kind, 'takes one of clipnorm, globalClipnorm and clipvalue, got more; keep the one that is meant');
    return {
      kind, options, keras,
      slots: (weight) => Object.entries(definition.slots as SlotRules<z.output<S>>).flatMap(([name, rule]) => {
        const start = typeof rule === 'function' ? rule(options, weight) : rule;
        if (start === undefined) return [];
        return [{ name, ...(typeof start === 'object' ? start : { shape: weight.shape, value: start }) }];
      }),
      shared: definition.shared?.start ?? {},
      decay: (weight) => (definition.decay ? definition.decay(options, weight) : options.weightDecay),
      begin({ rate, time, shared: before }) {
        const now = { options, rate, time, shared: before as Readonly<Record<H, Tensor>> };
        const shared = definition.shared?.next(now) ?? now.shared;
        const scalars = definition.scalars?.({ ...now, shared }) ?? ({} as C);
        return {
          shared,
          step({ gradient, weight, slots }) {
            const outcome = definition.step({ options, rate, time, shared, scalars, gradient, weight, slots: slots as Slots<R> });
            checkStep(kind, weight, outcome.weight ?? outcome.delta, slots, outcome.slots);
            return { weight: outcome.weight ?? tf.add(weight, outcome.delta), slots: inOrder(definition.slots, outcome.slots) };
          },
        };
      },
    };
  };
  return Object.assign(factory, { kind, keras, options: definition.options, schema });
}
