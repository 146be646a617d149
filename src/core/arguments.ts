import type { z } from 'zod';

/** What a schema without options takes is `Record<string, never>` to zod, which would refuse the common options beside it. */
type Own<S extends z.ZodType> = z.input<S> extends Record<string, never> ? {} : z.input<S>;

/** The argument of a factory: its own options and the common ones; it may be left out if none is required. */
export type Arguments<S extends z.ZodType, Common = {}> = {} extends Own<S> ? [options?: Own<S> & Common] : [options: Own<S> & Common];
