import { didYouMean, ModelError } from '../src/core/errors.ts';

/** A column as numbers; `words` says what they stand for if the cells are words. */
export interface Column {
  readonly name: string;
  readonly values: readonly number[];
  readonly words: readonly string[] | undefined;
}

interface Cells {
  readonly where: string;
  readonly name: string;
  readonly cells: readonly string[];
  readonly isMissing: (cell: string) => boolean;
  /** Names a row for an error. */
  readonly place: (row: number) => string;
  /** The words that the column may hold, if they were given. */
  readonly listed: readonly string[] | undefined;
}

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function mostFrequent(cells: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

/** Turns a column's cells into numbers, missing ones into what is usual in the column. */
export function columnOf({ where, name, cells, isMissing, place, listed }: Cells): Column {
  const present = cells.filter((cell) => !isMissing(cell));
  if (present.length === 0) throw new ModelError(where, `column "${name}" has no values at all; leave it out of the features`);
  const isNumber = (cell: string) => number.test(cell);

  if (listed || !present.some(isNumber)) {
    const words = listed ?? [...new Set(present)].sort();
    const usual = mostFrequent(present);
    const values = cells.map((cell, row) => {
      const code = words.indexOf(isMissing(cell) ? usual : cell);
      if (code < 0) throw new ModelError(where, `${place(row)}, column "${name}": "${cell}" is not among its categories${didYouMean(cell, words)}`);
      return code;
    });
    return { name, values, words };
  }

  const mean = present.reduce((sum, cell) => sum + Number(cell), 0) / present.length;
  const values = cells.map((cell, row) => {
    if (isMissing(cell)) return mean;
    if (!isNumber(cell)) {
      throw new ModelError(where, `${place(row)}, column "${name}": "${cell}" is not a number, though other cells of the column are; correct it, name it in missingMarks, or list the column's values in categories`);
    }
    if (!Number.isFinite(Math.fround(Number(cell)))) throw new ModelError(where, `${place(row)}, column "${name}": ${cell} is too large for a 32-bit float`);
    return Number(cell);
  });
  return { name, values, words: undefined };
}
