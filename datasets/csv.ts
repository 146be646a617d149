import { z } from 'zod';
import type { NdArray } from '../src/core/array.ts';
import { didYouMean, ModelError, parseOptions } from '../src/core/errors.ts';
import { type Column, columnOf } from './csvColumn.ts';
import { readCsv } from './csvReader.ts';
import { textOf } from './files.ts';

const csvOptions = z.strictObject({
  /** Columns that make x, in this order; default: all but the target. */
  features: z.array(z.string()).min(1).optional(),
  /** The column (or columns) that make y. */
  target: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  /** The values of columns of words: a cell becomes its place in the list. Default: the distinct words of the column, sorted. */
  categories: z.record(z.string(), z.array(z.string()).min(1)).default({}),
  /** A missing value is an error; or drops its row; or (features only) is filled in: mean of the column's numbers, most frequent of its words. */
  missing: z.enum(['error', 'drop', 'fill']).default('error'),
  /** How a cell without a value is written. */
  missingMarks: z.array(z.string()).default(['', 'NA', 'N/A', 'NaN', 'nan', 'null', '?']),
  /** What parts the cells of a row: a comma, a semicolon, a tab. */
  delimiter: z.string().length(1).default(','),
});
export type CsvOptions = z.input<typeof csvOptions>;

/** A table as numbers. */
export interface CsvTable {
  /** [rows, features] */
  readonly x: NdArray<Float32Array>;
  readonly featureNames: readonly string[];
  /** What the numbers of each column of words mean: `categories.gender[1]`. */
  readonly categories: Readonly<Record<string, readonly string[]>>;
  /** Rows left out since a value was missing. */
  readonly dropped: number;
}

export interface CsvTableWithTarget extends CsvTable {
  /** [rows, targets] */
  readonly y: NdArray<Float32Array>;
  readonly targetNames: readonly string[];
}

const matrix = (columns: readonly Column[], rows: readonly number[]): NdArray<Float32Array> => ({
  data: Float32Array.from({ length: rows.length * columns.length }, (_, i) => columns[i % columns.length]!.values[rows[Math.floor(i / columns.length)]!]!),
  shape: [rows.length, columns.length],
});

/**
 * Reads a table with named columns as numbers.
 * @param source a path, a `file:` or web address, or (if it holds a line break) the text itself
 * @throws ModelError that names the row and the column of what cannot be read
 */
export async function csv(source: string | URL, options: CsvOptions & { target: string | string[] }): Promise<CsvTableWithTarget>;
export async function csv(source: string | URL, options?: CsvOptions): Promise<CsvTable>;
export async function csv(source: string | URL, options: CsvOptions = {}): Promise<CsvTable | CsvTableWithTarget> {
  const isText = typeof source === 'string' && /[\r\n]/.test(source);
  const where = isText ? 'datasets.csv' : `datasets.csv (${source})`;
  const { features, target, categories, missing, missingMarks, delimiter } = parseOptions(where, csvOptions, options);
  const { header, rows, lines } = readCsv(where, isText ? source : await textOf(where, source), delimiter);

  const targetNames = typeof target === 'string' ? [target] : (target ?? []);
  const featureNames = features ?? header.filter((name) => !targetNames.includes(name));
  for (const name of [...featureNames, ...targetNames, ...Object.keys(categories)]) {
    if (!header.includes(name)) throw new ModelError(where, `there is no column "${name}"${didYouMean(name, header)}`);
  }

  const names = [...featureNames, ...targetNames];
  const isMissing = (cell: string) => missingMarks.includes(cell.trim());
  const missingAt = (row: number) => names.find((name) => isMissing(rows[row]![header.indexOf(name)]!));
  const kept = [...rows.keys()].filter((row) => missing !== 'drop' || missingAt(row) === undefined);
  if (kept.length === 0) throw new ModelError(where, rows.length === 0 ? 'no rows below the names of the columns' : 'each row has a missing value: none is left');

  const place = (row: number) => `row ${kept[row]! + 1} (line ${lines[kept[row]!]})`;
  const column = (name: string): Column => {
    const cells = kept.map((row) => rows[row]![header.indexOf(name)]!.trim());
    const mayFill = missing === 'fill' && !targetNames.includes(name);
    const gap = cells.findIndex(isMissing);
    if (gap >= 0 && !mayFill) {
      const remedy = targetNames.includes(name) ? "leave such rows out with missing: 'drop'" : "leave such rows out with missing: 'drop', or fill them in with missing: 'fill'";
      throw new ModelError(where, `${place(gap)} has no value in column "${name}"; ${remedy}`);
    }
    return columnOf({ where, name, cells, isMissing, place, listed: categories[name] });
  };
  const xColumns = featureNames.map(column);
  const yColumns = targetNames.map(column);
  const used = [...xColumns, ...yColumns].flatMap(({ name, words }) => (words ? [[name, words] as const] : []));
  const every = kept.map((_, i) => i);
  const table = { x: matrix(xColumns, every), featureNames, categories: Object.fromEntries(used), dropped: rows.length - kept.length };
  return target === undefined ? table : { ...table, y: matrix(yColumns, every), targetNames };
}
