/** Runs one layer as a model would, with weights of the test's own. */
import type { Flow, Given, Layer, Pass, Plan } from '../../src/core/layer.ts';
import { formulaOf } from '../../src/core/part.ts';
import type { Random } from '../../src/core/random.ts';
import { philox } from '../../src/core/philox.ts';
import { sized } from '../../src/core/shape.ts';
import type { CallArguments } from '../../src/core/symbolic.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';

type Numbers = number | readonly Numbers[];
/** Weights by name; those of held layers below the name of the layer: `forwardLayer/kernel`. */
export type Weights = Readonly<Record<string, Numbers | Tensor>>;

interface Setting {
  readonly weights?: Weights;
  readonly given?: Given;
  readonly training?: boolean;
  readonly batchSize?: number;
  /** What the call is planned with beside its inputs. */
  readonly planned?: CallArguments;
  readonly seed?: number;
}

export interface Driven {
  readonly outputs: readonly Tensor[];
  readonly masks: readonly (Tensor | undefined)[];
  readonly updates: Readonly<Record<string, Tensor>>;
  readonly penalties: readonly Tensor[];
  readonly plan: Plan;
}

const asTensor = (value: Numbers | Tensor) => (typeof value === 'object' && 'dtype' in value ? value as Tensor : tf.tensor(value as number[], undefined, 'float32'));
const asFlow = (input: Flow | Tensor): Flow => ('tensor' in input ? input : { tensor: input });

/** Draws on the host: the same on every engine. */
function hostRandom(seed: number): Random {
  let draws = 0;
  const source = () => philox(seed, draws++);
  const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
  return {
    uniform: (shape) => tf.tensor(source().uniform(size(shape)), [...shape]),
    normal: (shape) => tf.tensor(source().normal(size(shape)), [...shape]),
  };
}

const planOf = (layer: Layer, inputs: readonly Flow[], { planned = {}, batchSize }: Setting): Plan =>
  layer.plan(inputs.map(({ tensor }) => ({ shape: sized(...tensor.shape.slice(1)), dtype: tensor.dtype as 'float32', batchSize: batchSize ?? null })), planned);

/** Every weight that the plan asks for, in Keras's order: of the layer itself, trainable ones first, then of the layers it holds. */
export function startingWeights(layer: Layer, plan: Plan, seed = 1, path = ''): [name: string, trainable: boolean, value: Tensor][] {
  const own = Object.entries(plan.weights).map(([name, spec], i): [string, boolean, Tensor] =>
    [path + name, spec.trainable, tf.tensor(formulaOf(spec.initializer)(spec.shape, [seed, i]), [...spec.shape], spec.dtype)]);
  return [
    ...own.filter(([, trainable]) => trainable), ...own.filter(([, trainable]) => !trainable),
    ...[...layer.held].flatMap(([name, held]) => (plan.inner.has(held) ? startingWeights(held, plan.inner.get(held)!, seed + 1, `${path}${name}/`) : [])),
  ];
}

/** Paths of the layer and of those it holds. */
const paths = (layer: Layer, path = ''): [Layer, string][] => [[layer, path], ...[...layer.held].flatMap(([name, held]) => paths(held, `${path}${name}/`))];

export function drive(layer: Layer, input: Tensor | Flow | readonly (Tensor | Flow)[], setting: Setting = {}): Driven {
  const inputs = (Array.isArray(input) ? input as readonly (Tensor | Flow)[] : [input as Tensor | Flow]).map(asFlow);
  const plan = planOf(layer, inputs, setting);
  const values: Record<string, Tensor> = Object.fromEntries(startingWeights(layer, plan).map(([name, , value]) => [name, value]));
  for (const [name, value] of Object.entries(setting.weights ?? {})) {
    if (!(name in values)) throw new Error(`no weight ${name} among ${Object.keys(values).join(', ')}`);
    values[name] = asTensor(value);
  }
  const pathOf = new Map(paths(layer));
  const updates: Record<string, Tensor> = {};
  const penalties: Tensor[] = [];
  const pass: Pass = {
    training: setting.training ?? false,
    random: hostRandom(setting.seed ?? 1),
    weights: (of) => {
      const path = pathOf.get(of)!;
      const own = Object.keys(values).filter((name) => name.startsWith(path) && !name.slice(path.length).includes('/'));
      return Object.fromEntries(own.map((name) => [name.slice(path.length), updates[name] ?? values[name]]));
    },
    update: (of, name, value) => { updates[`${pathOf.get(of)!}${name}`] = value; },
    penalize: (penalty) => void penalties.push(penalty),
  };
  const flows = layer.run(inputs, setting.given ?? {}, pass);
  return { outputs: flows.map(({ tensor }) => tensor), masks: flows.map(({ mask }) => mask), updates, penalties, plan };
}

export { planOf };
