import type { Callback } from './callback.ts';

/** Ends training at the first batch after which the loss is not a finite number. */
export const terminateOnNaN = (): Callback => ({
  onBatchEnd(batch, logs, training) {
    if (Number.isFinite(logs.loss)) return;
    console.warn(`ibex: the loss is ${logs.loss} at batch ${batch + 1}; training ends. Try a smaller learning rate, clipnorm, or data on a smaller scale.`);
    training.stop();
  },
});
