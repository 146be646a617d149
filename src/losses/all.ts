export { binaryCrossentropy } from './binaryCrossentropy.ts';
export { categoricalCrossentropy } from './categoricalCrossentropy.ts';
export { meanAbsoluteError } from './meanAbsoluteError.ts';
export { meanSquaredError } from './meanSquaredError.ts';
export { sparseCategoricalCrossentropy } from './sparseCategoricalCrossentropy.ts';
