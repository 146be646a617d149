import type { Callback } from './callback.ts';

/** Ends training soon after the first batch after which the loss is not a finite number: once it is not, it stays so. */
export const terminateOnNaN = (): Callback => ({
  sparse: true,
  onBatchEnd(batch, logs, training) {
    if (Number.isFinite(logs.loss)) return;
    console.warn(`ibex: the loss is ${logs.loss} at batch ${batch + 1}; training ends. Try a smaller learning rate, clipnorm, or data on a smaller scale.`);
    training.stop();
  },
});
