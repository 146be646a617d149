import type { Callback } from './callback.ts';

/** Sets the learning rate at the start of each epoch: `schedule(epoch, rate so far)`, epochs from 0. */
export const learningRateScheduler = (schedule: (epoch: number, rate: number) => number): Callback => ({
  onEpochBegin(epoch, training) {
    training.learningRate = schedule(epoch, training.learningRate);
  },
});
