import { tf } from '../../core/tensor.ts';
import { absoluteGradients } from './absolute.ts';
import { broadcastingGradients } from './broadcasting.ts';
import { convolutionGradients } from './convolutions.ts';
import { einsumGradients } from './einsum.ts';
import { extremeGradients } from './extremes.ts';
import { placeGradients } from './places.ts';
import { resizeGradients } from './resize.ts';
import { scanGradients } from './scans.ts';
import { stepGradients } from './steps.ts';

let registered = false;

/** Gives tfjs the gradients that tfjs-core lacks or gets wrong, for all engines. Calling it again does no harm. */
export function registerGradients(): void {
  if (registered) return;
  registered = true;
  const all = [absoluteGradients, broadcastingGradients, convolutionGradients, einsumGradients, extremeGradients, placeGradients, resizeGradients, scanGradients, stepGradients].flat();
  for (const gradient of all) tf.registerGradient(gradient);
}
