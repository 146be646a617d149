/** The table that `summary()` prints. */
import { show } from '../core/shape.ts';
import { argumentsOf, isLayer, operationOf, type Operation } from './graph.ts';
import { nameOf } from './names.ts';
import type { Network } from './network.ts';
import { variablesOf, type Variable } from './variables.ts';

export interface ParameterCounts { readonly total: number; readonly trainable: number; readonly nonTrainable: number }

export function countParameters(variables: readonly Variable[]): ParameterCounts {
  const saved = variables.filter(({ spec }) => spec.saved);
  const count = (list: readonly Variable[]) => list.reduce((sum, { spec }) => sum + spec.shape.reduce((product, n) => product * n, 1), 0);
  const trainable = count(saved.filter(({ learns }) => learns));
  return { total: count(saved), trainable, nonTrainable: count(saved) - trainable };
}

const grouped = (n: number) => n.toLocaleString('en-US');
const bytes = (parameters: number) => {
  const units = ['B', 'KB', 'MB', 'GB'];
  const power = parameters === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(parameters * 4) / 10));
  return `${((parameters * 4) / 1024 ** power).toFixed(power === 0 ? 0 : 2)} ${units[power]}`;
};

function row({ graph }: Network, operation: Operation): string[] {
  const nodes = graph.nodes.filter((node) => operationOf(node) === operation);
  const shapes = [...new Set(nodes.flatMap(({ outputs }) => outputs.map(({ shape }) => show([null, ...shape]))))];
  const from = nodes.flatMap((node) => argumentsOf(node).map(({ node: source, index }) => `${nameOf(operationOf(source))}${index > 0 ? `[${index}]` : ''}`));
  const kind = isLayer(operation) ? operation.kind : 'input';
  return [
    `${nameOf(operation)} (${kind})`,
    shapes.join(' '),
    grouped(isLayer(operation) ? countParameters(variablesOf(operation)).total : 0),
    from.join(', '),
  ];
}

/** Lines of a table: each layer with its output shape, its parameters and what it is connected to; then the counts. */
export function summaryLines(name: string, network: Network): readonly string[] {
  const { graph, variables } = network;
  const rows = [['Layer (kind)', 'Output shape', 'Parameters', 'Connected to'], ...graph.operations.map((operation) => row(network, operation))];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]) => cells.map((cell, i) => (i === 2 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ').trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, w) => sum + w + 2, -2));
  const { total, trainable, nonTrainable } = countParameters(variables);
  return [
    `Model "${name}"`, rule, line(rows[0]!), rule, ...rows.slice(1).map(line), rule,
    `Total parameters: ${grouped(total)} (${bytes(total)}), of which ${grouped(trainable)} trainable and ${grouped(nonTrainable)} not`,
  ];
}
