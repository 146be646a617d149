/** What `fit` can do beside fitting. */
import { backupAndRestore } from './backupAndRestore.ts';
import { csvLogger } from './csvLogger.ts';
import { earlyStopping } from './earlyStopping.ts';
import { history } from './history.ts';
import { lambdaCallback } from './lambdaCallback.ts';
import { learningRateScheduler } from './learningRateScheduler.ts';
import { modelCheckpoint } from './modelCheckpoint.ts';
import { progress } from './progress.ts';
import { reduceLROnPlateau } from './reduceLROnPlateau.ts';
import { remoteMonitor } from './remoteMonitor.ts';
import { swapEmaWeights } from './swapEmaWeights.ts';
import { tensorBoard } from './tensorBoard.ts';
import { terminateOnNaN } from './terminateOnNaN.ts';

export {
  backupAndRestore, csvLogger, earlyStopping, history, lambdaCallback, learningRateScheduler,
  modelCheckpoint, progress, reduceLROnPlateau, remoteMonitor, swapEmaWeights, tensorBoard, terminateOnNaN,
};
export const callbacks = {
  backupAndRestore, csvLogger, earlyStopping, history, lambdaCallback, learningRateScheduler,
  modelCheckpoint, progress, reduceLROnPlateau, remoteMonitor, swapEmaWeights, tensorBoard, terminateOnNaN,
} as const;
export type { Callback, Logs, Memory, TrainedModel, Training } from './callback.ts';
export type { History } from './history.ts';
export type { Snapshot } from '../snapshot.ts';
