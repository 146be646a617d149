export { cosineDecay } from './cosineDecay.ts';
export { cosineDecayRestarts } from './cosineDecayRestarts.ts';
export { exponentialDecay } from './exponentialDecay.ts';
export { inverseTimeDecay } from './inverseTimeDecay.ts';
export { piecewiseConstantDecay } from './piecewiseConstantDecay.ts';
export { polynomialDecay } from './polynomialDecay.ts';
export { warmup } from './warmup.ts';
