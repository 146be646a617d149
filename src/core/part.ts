/**
 * Initializers, regularizers, constraints and schedules are *parts*: data (`{ kind: 'l2', l2: 0.01 }`, which is also their
 * saved form) that carries its formula along under a symbol. Users' own parts are made by the same functions as ours.
 */
import { z } from 'zod';
import type { Arguments } from './arguments.ts';
import { didYouMean, ModelError, parseOptions } from './errors.ts';
import type { KerasForm } from './keras.ts';

const formula = Symbol('formula');
const form = Symbol('Keras form');

/** A configured part whose formula is a function `F`. */
export interface Part<F> {
  readonly kind: string;
  readonly [option: string]: unknown;
  readonly [formula]: F;
  readonly [form]: KerasForm | undefined;
}

export interface PartDefinition<S extends z.ZodObject, F> {
  /** The part's name in camelCase, which is also the name of its export. */
  readonly kind: string;
  readonly keras?: KerasForm;
  readonly options: S;
  /** The formula for these options. */
  readonly call: (options: z.output<S>) => F;
}

/** Makes parts of one kind: `l2({ l2: 0.01 })`. */
export interface PartFactory<S extends z.ZodObject, F> {
  (...given: Arguments<S>): Part<F>;
  readonly kind: string;
  readonly keras: KerasForm | undefined;
  readonly options: S;
}

export function definePart<S extends z.ZodObject, F>({ kind, keras, options: schema, call }: PartDefinition<S, F>): PartFactory<S, F> {
  const factory = (...[given]: Arguments<S>): Part<F> => {
    const options = parseOptions(kind, schema, given ?? {});
    const hidden = (value: unknown) => ({ value, enumerable: false });
    // The symbols stay out of JSON and of spreads: what is left is the saved form.
    return Object.freeze(Object.defineProperties({ kind, ...options }, { [formula]: hidden(call(options)), [form]: hidden(keras) })) as unknown as Part<F>;
  };
  return Object.assign(factory, { kind, keras, options: schema });
}

/** The formula that a part stands for. */
export const formulaOf = <F>(part: Part<F>): F => part[formula];

/** What the part is called in Keras's files; `undefined` for a user's own. */
export const kerasFormOf = (part: Part<unknown>): KerasForm | undefined => part[form];

const isPart = (value: unknown): value is Part<unknown> => typeof value === 'object' && value !== null && formula in value;

type Table<F> = Readonly<Record<string, PartFactory<z.ZodObject, F>>>;

/** The schema of an option that takes a part: a name (`'heNormal'`), saved data (`{ kind: 'l2', l2: 0.01 }`), or a part. */
export function partOption<F, T extends Readonly<Record<string, { readonly kind: string }>>>(table: T) {
  const factories = table as unknown as Table<F>;
  return z.union([z.custom<Part<F>>(isPart), z.string(), z.looseObject({ kind: z.string() })]).transform((given, context): Part<F> => {
    if (isPart(given)) return given as Part<F>;
    const { kind, ...options } = typeof given === 'string' ? { kind: given } : given;
    const make = Object.hasOwn(factories, kind) ? factories[kind] : undefined;
    if (!make) {
      context.addIssue({ code: 'custom', message: `cannot be "${kind}"${didYouMean(kind, Object.keys(factories))}`, params: { complete: true } });
      return z.NEVER;
    }
    try {
      return (make as (options: unknown) => Part<F>)(options);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      context.addIssue({ code: 'custom', message: `cannot be used: ${error.message}` });
      return z.NEVER;
    }
  }) as unknown as z.ZodType<Part<F>, (keyof T & string) | Part<F> | { readonly kind: keyof T & string }>;
}
