/** What `fit` can do beside fitting. */
import { earlyStopping } from './earlyStopping.ts';
import { history } from './history.ts';
import { lambdaCallback } from './lambdaCallback.ts';
import { learningRateScheduler } from './learningRateScheduler.ts';
import { modelCheckpoint } from './modelCheckpoint.ts';
import { progress } from './progress.ts';
import { terminateOnNaN } from './terminateOnNaN.ts';

export { earlyStopping, history, lambdaCallback, learningRateScheduler, modelCheckpoint, progress, terminateOnNaN };
export const callbacks = { earlyStopping, history, lambdaCallback, learningRateScheduler, modelCheckpoint, progress, terminateOnNaN } as const;
export type { Callback, Logs, TrainedModel, Training } from './callback.ts';
export type { History } from './history.ts';
