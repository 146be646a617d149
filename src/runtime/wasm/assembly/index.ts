export { useScratch } from './scratch';
export { matMul } from './product';
export { convolve, convolveBackFilter, convolveBackInput } from './convolution';
export { depthwise, depthwiseBackFilter, depthwiseBackInput } from './depthwise';
export { maxPool, maxPoolBack, meanPool, meanPoolBack } from './pool';
export { segmentSum } from './segments';
export { randomNormal, randomUniform } from './random';
