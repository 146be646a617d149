/** Every layer: one line a file. */
export { activation } from './activation.ts';
export { add } from './add.ts';
export { batchNormalization } from './batchNormalization.ts';
export { concatenate } from './concatenate.ts';
export { conv1d, conv2d, conv3d } from './conv.ts';
export { dense } from './dense.ts';
export { dropout } from './dropout.ts';
export { embedding } from './embedding.ts';
export { flatten } from './flatten.ts';
export { gru, gruCell } from './gru.ts';
export { lstm, lstmCell } from './lstm.ts';
export { masking } from './masking.ts';
export { averagePooling1d, averagePooling2d, averagePooling3d, maxPooling1d, maxPooling2d, maxPooling3d } from './pooling.ts';
export { reLU } from './reLU.ts';
export { reshape } from './reshape.ts';
export { simpleRNN, simpleRNNCell } from './simpleRNN.ts';
export { softmax } from './softmax.ts';
