export { accuracy, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy } from './accuracy.ts';
export { binaryCrossentropy, categoricalCrossentropy, meanAbsoluteError, meanSquaredError, sparseCategoricalCrossentropy } from './ofLoss.ts';
export { rootMeanSquaredError } from './rootMeanSquaredError.ts';
