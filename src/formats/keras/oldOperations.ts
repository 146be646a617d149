/** Operators between tensors (`x * 0.5 + y`) and calls of TensorFlow's functions, as Keras 2 writes them: put into Keras 3's words. */
import { ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import { tensorAt, withTensors } from './calls.ts';
import { isObject } from './json.ts';
import { kerasHistory } from './schema.ts';

/** The class of Keras 3 for a function of TensorFlow. */
const classes: Readonly<Record<string, string>> = {
  '__operators__.add': 'Add', 'math.add': 'Add', 'math.subtract': 'Subtract', 'math.multiply': 'Multiply', 'math.truediv': 'TrueDivide', 'math.divide': 'Divide', 'math.pow': 'Power',
  'math.maximum': 'Maximum', 'math.minimum': 'Minimum', 'math.negative': 'Negative', 'math.abs': 'Absolute', 'math.square': 'Square', 'math.sqrt': 'Sqrt', 'math.rsqrt': 'Rsqrt',
  'math.exp': 'Exp', 'math.log': 'Log', 'math.log1p': 'Log1p', 'math.sin': 'Sin', 'math.cos': 'Cos', 'math.erf': 'Erf', 'math.sign': 'Sign', 'math.reciprocal': 'Reciprocal',
  'math.sigmoid': 'Sigmoid', 'math.tanh': 'Tanh', 'math.softplus': 'Softplus', 'nn.sigmoid': 'Sigmoid', 'nn.tanh': 'Tanh', 'nn.relu': 'Relu', 'nn.softplus': 'Softplus', 'nn.silu': 'Silu',
};

/** What stands for a number in the place of a tensor. */
const constantMark = '_CONSTANT_VALUE';

export const isOldOperation = ({ class_name: name }: JsonObject): boolean => name === 'TFOpLambda';

/** @throws ModelError for a function that ibex has no operation for */
export function modernOperation({ config, inbound_nodes: nodes, name: key, ...rest }: JsonObject, where: string): JsonObject {
  const { name, function: called } = isObject(config) ? config : {};
  const at = `${where}: ${String(name ?? key)}`;
  const operation = Object.hasOwn(classes, String(called)) ? classes[String(called)]! : undefined;
  if (!operation) throw new ModelError(at, `is a call of TensorFlow's function "${String(called)}", which ibex does not know; build the model of layers in Keras`);
  const calls = (Array.isArray(nodes) ? nodes : []).map((node: Json): JsonObject => {
    const [first, , value, named] = Array.isArray(node) ? node as readonly Json[] : [];
    if (first !== constantMark && !kerasHistory.safeParse(node).success) throw new ModelError(at, 'is called in a way that ibex does not know; build the model of layers in Keras');
    const { name: _, y, ...others } = isObject(named) ? named : {};
    const unknown = Object.keys(others).find((each) => others[each] !== null);
    if (unknown) throw new ModelError(at, `is called with ${unknown}, which ibex does not know; build the model of layers in Keras`);
    return { args: [first === constantMark ? value! : tensorAt(node), ...(y === undefined ? [] : [withTensors(y) as Json])], kwargs: {} };
  });
  return { ...rest, module: 'keras.src.ops.numpy', class_name: operation, registered_name: operation, config: { name: name ?? null }, ...(key !== undefined && { name: key }), inbound_nodes: calls };
}
