/** Tables and curves in characters, for the examples' terminals. */

/** Rows: what is true; columns: what was predicted. */
export function confusionMatrix(truth: ArrayLike<number>, predicted: ArrayLike<number>, names: readonly string[]): string {
  const counts = names.map(() => names.map(() => 0));
  for (let i = 0; i < truth.length; i++) counts[truth[i]!]![predicted[i]!]!++;
  const width = Math.max(...names.map((name) => name.length), String(truth.length).length) + 2;
  const cells = (list: readonly (string | number)[]) => list.map((cell) => String(cell).padStart(width)).join('');
  return [`${'true \\ predicted'.padEnd(18)}${cells(names)}`, ...counts.map((row, i) => `${names[i]!.padEnd(18)}${cells(row)}`)].join('\n');
}

const marks = ['●', '○', '◆', '◇'];

/** Numbers of each epoch as points: epochs to the right, values upwards. */
export function learningCurve(history: Readonly<Record<string, readonly number[]>>, names: readonly string[], height = 10, width = 60): string {
  const series = names.map((name) => history[name] ?? []);
  const values = series.flat();
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const epochs = Math.max(...series.map(({ length }) => length));
  const grid = Array.from({ length: height }, () => Array<string>(width).fill(' '));
  series.forEach((points, s) => points.forEach((value, epoch) => {
    const column = epochs === 1 ? 0 : Math.round((epoch / (epochs - 1)) * (width - 1));
    const row = high === low ? 0 : Math.round(((high - value) / (high - low)) * (height - 1));
    grid[row]![column] = marks[s % marks.length]!;
  }));
  const label = (row: number) => (high - ((high - low) * row) / (height - 1)).toFixed(3);
  return [
    ...grid.map((cells, row) => `${row === 0 || row === height - 1 ? label(row).padStart(8) : ' '.repeat(8)} ┤${cells.join('').trimEnd()}`),
    `${' '.repeat(9)}└${'─'.repeat(width)}`,
    `${' '.repeat(10)}1${`epoch ${epochs}`.padStart(width - 1)}`,
    `${' '.repeat(10)}${names.map((name, s) => `${marks[s % marks.length]} ${name}`).join('   ')}`,
  ].join('\n');
}
