export { accuracy, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy } from './accuracy.ts';
export { mean, sum } from './aggregates.ts';
export { auc } from './auc.ts';
export { concordanceCorrelation, cosineSimilarity, pearsonCorrelation } from './correlation.ts';
export { falseNegatives, falsePositives, precision, recall, trueNegatives, truePositives } from './decisions.ts';
export { f1Score, fBetaScore } from './fBetaScore.ts';
export { binaryIoU, iou, meanIoU, oneHotIoU, oneHotMeanIoU } from './iou.ts';
export {
  binaryCrossentropy, categoricalCrossentropy, categoricalHinge, hinge, klDivergence, logCoshError, meanAbsoluteError, meanAbsolutePercentageError,
  meanSquaredError, meanSquaredLogarithmicError, poisson, sparseCategoricalCrossentropy, squaredHinge,
} from './ofLoss.ts';
export { precisionAtRecall, recallAtPrecision, sensitivityAtSpecificity, specificityAtSensitivity } from './operatingPoints.ts';
export { r2Score } from './r2Score.ts';
export { rootMeanSquaredError } from './rootMeanSquaredError.ts';
export { sparseTopKCategoricalAccuracy, topKCategoricalAccuracy } from './topK.ts';
