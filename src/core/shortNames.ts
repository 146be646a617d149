/** Keras's short names, by which `compile` knows losses and metrics too. */
export const shortMetrics = {
  mse: 'meanSquaredError', mae: 'meanAbsoluteError', mape: 'meanAbsolutePercentageError', msle: 'meanSquaredLogarithmicError', bce: 'binaryCrossentropy',
} as const;
export const shortLosses = { ...shortMetrics, kld: 'klDivergence' } as const;

/** The name behind a short one; others are their own. */
export const inFull = (short: Readonly<Record<string, string>>, name: string): string => (Object.hasOwn(short, name) ? short[name]! : name);
