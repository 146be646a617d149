import { beforeAll, describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { canRecord, expectSameRecorded } from '../helpers/recording.ts';
import { lossCases } from './cases.ts';

describe.each(engines)('losses and their gradients can be recorded on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  it.for(lossCases)('$kind $i', ({ make, y, p }, { skip }) => {
    skip(!canRecord(), 'this engine does not record');
    const loss = make();
    tf.tidy(() => {
      // The second half is the first upside down: targets meet other predictions.
      const twice = (x: Tensor, mirrored: boolean) => tf.concat([x, mirrored ? tf.reverse(x, 0) : x]);
      const data = [twice(tf.tensor(y as number[][]), true), twice(tf.tensor(p as number[][]), false)];
      const declined = expectSameRecorded([tf.scalar(0), tf.zerosLike(tf.tensor(p as number[][]))], data, ([total, slopes], [yTrue, yPred]) => {
        const { value, grad } = tf.valueAndGrad((x) => tf.sum(loss(yTrue!, x)))(yPred!);
        return [tf.add(total!, value), tf.add(slopes!, grad)];
      });
      skip(declined?.includes('Pow') ?? false, declined);
      expect(declined).toBeUndefined();
    });
  });
});
