import { type Tensor, tf } from '../../core/tensor.ts';

/** What flows back to one factor: a product of dy and the other factor, repeated along the axes that were summed over in this one alone. */
function byFactor(dy: Tensor, labels: string, shape: number[], result: string, others: readonly { labels: string; tensor: Tensor }[]): Tensor {
  const seen = new Set([result, ...others.map((other) => other.labels)].join(''));
  const kept = [...labels].filter((label) => seen.has(label));
  const equation = `${[result, ...others.map((other) => other.labels)].join()}->${kept.join('')}`;
  const back = tf.einsum(equation, dy, ...others.map(({ tensor }) => tensor));
  return tf.broadcastTo(back.reshape([...labels].map((label, i) => (seen.has(label) ? shape[i]! : 1))), shape);
}

export const einsumGradients: readonly tf.GradConfig[] = [
  {
    kernelName: tf.Einsum,
    saveAllInputs: true,
    gradFunc(dy, saved, { equation }) {
      const [factors, result] = (equation as string).replaceAll(/\s/g, '').split('->') as [string, string];
      const labels = factors.split(',');
      return Object.fromEntries(labels.map((own, i) => {
        const others = labels.flatMap((other, j) => (j === i ? [] : [{ labels: other, tensor: saved[j]! }]));
        return [i, () => byFactor(dy as Tensor, own, saved[i]!.shape, result, others)];
      }));
    },
  },
];
