export * from './all.ts';
/** The losses by kind: `losses.huber({ delta: 0.5 })`, or `'huber'` for its default options. */
export * as losses from './all.ts';
