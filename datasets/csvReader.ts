import { ModelError } from '../src/core/errors.ts';

/** The cells of a comma-separated text, as written. */
export interface CsvCells {
  /** The first row: names of the columns. */
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** In which line of the text (from 1) each row begins; a quoted cell may hold line breaks. */
  readonly lines: readonly number[];
}

/**
 * Splits text into cells by RFC 4180: cells in double quotes may hold delimiters, line breaks and doubled quotes; rows end in CRLF or LF.
 * Empty lines are passed over. A quote inside a cell that does not begin with one is taken as it is.
 * @throws ModelError with the line of a quote that does not close, of text after a closing quote, or of a row that is too short or too long
 */
export function readCsv(where: string, text: string, delimiter = ','): CsvCells {
  const rows: string[][] = [];
  const lines: number[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;

  const quotedCell = (): string => {
    const opened = line;
    let cell = '';
    for (at++; ; at++) {
      const close = text.indexOf('"', at);
      if (close < 0) throw new ModelError(where, `the quote opened in line ${opened} is never closed`);
      const piece = text.slice(at, close);
      line += piece.split('\n').length - 1;
      cell += piece;
      at = close + 1;
      if (text[at] !== '"') return cell;
      cell += '"';
    }
  };
  const plainCell = (): string => {
    const from = at;
    while (at < text.length && text[at] !== delimiter && text[at] !== '\n') at++;
    return text.slice(from, text[at] === '\n' && text[at - 1] === '\r' && at > from ? at - 1 : at);
  };
  const row = (): string[] => {
    const cells: string[] = [];
    for (;;) {
      cells.push(text[at] === '"' ? quotedCell() : plainCell());
      if (text[at] === '\r' && text[at + 1] === '\n') at++;
      const next = text[at++];
      if (next === delimiter) continue;
      if (next === undefined || next === '\n') return cells;
      throw new ModelError(where, `line ${line}: "${next}" after a closing quote; expected "${delimiter}" or the end of the line`);
    }
  };

  while (at < text.length) {
    const begun = line;
    const cells = row();
    line++;
    if (cells.length === 1 && cells[0]!.trim() === '') continue;
    rows.push(cells);
    lines.push(begun);
  }
  const header = rows.shift()?.map((name) => name.trim());
  lines.shift();
  if (!header) throw new ModelError(where, 'no text; expected a row with the names of the columns');
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice !== undefined) throw new ModelError(where, `two columns are named "${twice}"; expected a first row with a different name for each column`);
  for (const [i, cells] of rows.entries()) {
    if (cells.length !== header.length) {
      throw new ModelError(where, `row ${i + 1} (line ${lines[i]}) has ${cells.length} cells; expected ${header.length}, one for each of ${header.join(', ')}`);
    }
  }
  return { header, rows, lines };
}
