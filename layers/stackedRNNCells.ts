import { z } from 'zod';
import { defineMerge } from '../src/core/defineLayer.ts';
import { layerOption } from '../src/core/layer.ts';
import type { Shape } from '../src/core/shape.ts';
import type { Tensor } from '../src/core/tensor.ts';
import { namedByClass } from './shared/namedByClass.ts';
import { checkStates } from './shared/recurrentCell.ts';

/** The schema of an option that takes a cell. */
export const cellOption = layerOption.refine(({ states }) => states !== undefined, 'must be a cell, as in lstmCell({ units: 8 })');

/** Cells on top of each other, each fed with the output of the one below: a cell for `rnn({ cell })` with the states of all, first those of the lowest. */
export const stackedRNNCells = defineMerge({
  kind: 'stackedRNNCells',
  keras: { name: 'StackedRNNCells' },
  options: z.strictObject({ cells: z.array(cellOption).min(1) }),
  states: ({ cells }) => cells.flatMap(({ states }) => [...states!]),
  layers: ({ cells }) => namedByClass('cells', cells),
  build({ cells }, [input, ...given], { inner }) {
    checkStates('stackedRNNCells', cells.flatMap((cell) => [...cell.states!]), given);
    const states: Shape[] = [];
    const output = Object.values(inner).reduce((below, plan, i) => {
      const [above, ...after] = plan(below, ...cells[i]!.states!);
      states.push(...after);
      return above!;
    }, input!);
    return { output: [output, ...states] };
  },
  call([x, ...before], { options: { cells }, inner }) {
    const after: Tensor[] = [];
    let taken = 0;
    const output = Object.values(inner).reduce((below, run, i) => {
      const count = cells[i]!.states!.length;
      const [above, ...states] = run([below, ...before.slice(taken, taken + count)]).map(({ tensor }) => tensor);
      taken += count;
      after.push(...states);
      return above!;
    }, x!);
    return [output, ...after];
  },
});
