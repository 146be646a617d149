/** Models of one layer each, of what the contract's rows say, and data for them. */
import { input, model, tf, type Model, type Tensor } from 'ibexjs';
import type { Row } from '../../contract.ts';

export const isList = (given: Row['input']): given is readonly (readonly number[])[] => Array.isArray(given[0]);
export const shapesOf = ({ input: given }: Row): readonly (readonly number[])[] => (isList(given) ? given : [given as readonly number[]]);

/** A model of the row's layer alone. */
export function rowModel(row: Row): Model {
  const inputs = shapesOf(row).map((shape, i) => input({ shape: [...shape], name: `in${i}`, dtype: row.dtype ?? 'float32', ...(row.batchSize !== undefined && { batchSize: row.batchSize }) }));
  return model({ inputs, outputs: [...row.layer()(isList(row.input) ? inputs : inputs[0]!)], seed: 3 }) as unknown as Model;
}

/** Weights that no two are alike, so that no mistake is hidden behind zeros and ones. */
export function scatterWeights(net: Model): void {
  const weights = net.readWeights();
  net.setWeights(weights.map(({ data, shape }, i) => ({ data: Float32Array.from(data, (n, at) => n + Math.abs(Math.sin(at * 7 + i)) / 4), shape: [...shape] })));
}

/** Examples for the row's inputs. */
export const rowData = (row: Row, batch: number): Tensor[] => shapesOf(row).map((sizes, i) => {
  const shape = [batch, ...sizes];
  const size = shape.reduce((product, n) => product * n, 1);
  if (row.dtype === 'int32') return tf.tensor(Int32Array.from({ length: size }, (_, at) => (at + i) % 3), shape, 'int32');
  return tf.tensor(Float32Array.from({ length: size }, (_, at) => 2 * Math.sin(at * 1.7 + i + 0.3)), shape);
});
