export { useScratch } from './scratch';
export { matMul, matMulPart } from './product';
export { convolve, convolveBackFilter, convolveBackInput } from './convolution';
export { depthwise, depthwiseBackFilter, depthwiseBackInput } from './depthwise';
export { maxPool, maxPoolBack, meanPool, meanPoolBack } from './pool';
export { dilate, dilateBackFilter, dilateBackInput } from './dilate';
export { sequenceForward } from './sequence';
export { sequenceBack } from './sequenceBack';
export { segmentSum } from './segments';
export { gather, gatherPlaces, markPlaces, missed, scatterPlaces } from './lookup';
export {
  absolute, ceiling, clip, cos, elu, erf, exp, expMinus1, floor, leakyRelu, log, log1Plus, logOf1PlusExp, negative, reciprocal, reciprocalRoot, round, sigmoid, sign, sin, square,
  squareRoot, step, tanh,
} from './unary';
export { binary, binaryInteger, compare, compareInteger } from './binary';
export { extremePlace, reduce } from './reduce';
export { scan } from './scan';
export { softmax } from './softmax';
export { normalize } from './normalize';
export { copyRows, copyStrided, fill, fillBytes, transpose } from './move';
export { booleanToFloat, booleanToInteger, floatToBoolean, floatToInteger, integerToBoolean, integerToFloat, isFiniteNumber, isInfinite, not, select } from './convert';
export { randomNormal, randomUniform } from './random';
export { and, or, quantify } from './logic';
export { sumIntegers } from './integers';
export { largest } from './largest';
export { resizeBilinear, resizeNearest } from './resize';
export { transform } from './transform';
