export * from './all.ts';
/** The metrics by kind: `metrics.auc({ curve: 'PR' })`, or `'auc'` for its default options. */
export * as metrics from './all.ts';
