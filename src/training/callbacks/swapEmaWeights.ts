import { z } from 'zod';
import { parseOptions } from '../../core/errors.ts';
import type { Callback } from './callback.ts';

const options = z.strictObject({
  /** Whether the averages stay in place at the end of an epoch as well, for callbacks that come after this one, such as modelCheckpoint. */
  swapOnEpoch: z.boolean().default(false),
});

/** Validates with the moving averages of the weights in their place; for an optimizer with `useEma`. */
export function swapEmaWeights(given: z.input<typeof options> = {}): Callback {
  const { swapOnEpoch } = parseOptions('swapEmaWeights', options, given);
  return {
    onTrainBegin(training) {
      training.averaged = false;
    },
    onTestBegin(training) {
      training.averaged = true;
    },
    onTestEnd(training) {
      training.averaged = false;
    },
    ...(swapOnEpoch && {
      onEpochBegin(_, training) {
        training.averaged = false;
      },
      onEpochEnd(_, __, training) {
        training.averaged = true;
      },
    } satisfies Callback),
  };
}
