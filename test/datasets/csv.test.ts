import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readCsv } from '../../datasets/csvReader.ts';
import { csv, type CsvOptions } from '../../datasets/index.ts';

test('reads what RFC 4180 allows: quotes, doubled quotes, commas and line breaks in cells, CRLF, no line break at the end', () => {
  expect(readCsv('t', '\uFEFFa,"b ""x""",c\r\n1,"2,\r\n3",""\r\n\r\n"4",5" wide, 6')).toEqual({
    header: ['a', 'b "x"', 'c'],
    rows: [['1', '2,\r\n3', ''], ['4', '5" wide', ' 6']],
    lines: [2, 5],
  });
  expect(readCsv('t', 'a;b\n1,5;\n', ';').rows).toEqual([['1,5', '']]);
});

test('any cells, written by the rules, are read back', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ' ', '"', ',', '\n', '\r', 'é') });
  const quoted = (text: string) => (/[",\r\n]/.test(text) || text.trim() === '' ? `"${text.replaceAll('"', '""')}"` : text);
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 3, maxLength: 3 })), fc.constantFrom('\n', '\r\n'), (rows, end) => {
      const text = [['x', 'y', 'z'], ...rows].map((row) => row.map(quoted).join(',')).join(end);
      expect(readCsv('t', text).rows).toEqual(rows);
    }),
  );
});

test.each([
  ['a,b\n1,"2\n3', 'the quote opened in line 2 is never closed'],
  ['a,b\n"1"2,3\n', 'line 2: "2" after a closing quote; expected "," or the end of the line'],
  ['a,b\n"1\n",3\n4\n', 'row 2 (line 4) has 1 cells; expected 2, one for each of a, b'],
  ['a,b,a\n1,2,3', 'two columns are named "a"'],
  ['\n\n', 'no text; expected a row with the names of the columns'],
])('refuses %j', (text, words) => {
  expect(() => readCsv('table', text)).toThrow(`table: ${words}`);
});

const houses = 'size,kind,heated,price\n50,flat,yes,100\n120.5,house,no,1e3\n-1,flat,no,.5\n';

test('numbers stay, words become their place in the list, the target is y', async () => {
  const { x, y, ...rest } = await csv(houses, { target: 'price', categories: { heated: ['no', 'yes'] } });
  expect(x).toEqual({ data: Float32Array.of(50, 0, 1, 120.5, 1, 0, -1, 0, 0), shape: [3, 3] });
  expect(y).toEqual({ data: Float32Array.of(100, 1000, 0.5), shape: [3, 1] });
  expect(rest).toEqual({
    featureNames: ['size', 'kind', 'heated'],
    targetNames: ['price'],
    categories: { kind: ['flat', 'house'], heated: ['no', 'yes'] },
    dropped: 0,
  });
});

test('columns in the order asked for; several targets; a target of words', async () => {
  const { x, y, categories } = await csv(houses, { features: ['price', 'size'], target: ['heated', 'kind'] });
  expect([...x.data]).toEqual([100, 50, 1000, 120.5, 0.5, -1]);
  expect(y).toEqual({ data: Float32Array.of(1, 0, 0, 1, 0, 0), shape: [3, 2] });
  expect(categories).toEqual({ heated: ['no', 'yes'], kind: ['flat', 'house'] });
  expect(await csv(houses)).not.toHaveProperty('y');
});

test('reads a file by path and by URL', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'houses.csv');
  writeFileSync(path, houses);
  const read = await csv(path);
  expect(read.x.shape).toEqual([3, 4]);
  expect(await csv(new URL(`file://${path}`))).toEqual(read);
});

const gaps = 'age,port,fare\n20,S,1\n,C,2\n40,,3\n30,C,\n';

test('missing values: an error by default, rows dropped or filled in on request', async () => {
  await expect(csv(gaps)).rejects.toThrow(
    "datasets.csv: row 2 (line 3) has no value in column \"age\"; leave such rows out with missing: 'drop', or fill them in with missing: 'fill'",
  );
  const dropped = await csv(gaps, { target: 'fare', missing: 'drop' });
  expect([dropped.dropped, ...dropped.x.data, ...dropped.y.data]).toEqual([3, 20, 0, 1]);
  expect((await csv(gaps, { features: ['age'], missing: 'drop' })).x.shape).toEqual([3, 1]);
  // Mean of 20, 40, 30; the most frequent port is C (0).
  expect([...(await csv(gaps, { features: ['age', 'port'], missing: 'fill' })).x.data]).toEqual([20, 1, 30, 0, 40, 0, 30, 0]);
  await expect(csv(gaps, { target: 'fare', missing: 'fill' })).rejects.toThrow("row 4 (line 5) has no value in column \"fare\"; leave such rows out with missing: 'drop'");
  expect([...(await csv('a\n1\n-9\n3\n', { missingMarks: ['-9'], missing: 'fill' })).x.data]).toEqual([1, 2, 3]);
  expect([...(await csv('a\n1\nNA\n', { missing: 'drop' })).x.data]).toEqual([1]);
});

test.each<[string, CsvOptions, string]>([
  ['a,b\n1,x\n2,3\n', {}, 'row 1 (line 2), column "b": "x" is not a number, though other cells of the column are; correct it'],
  ['a,b\n1,0x10\n2,3\n', {}, '"0x10" is not a number'],
  ['a,b\n1,1e39\n', {}, 'row 1 (line 2), column "b": 1e39 is too large for a 32-bit float'],
  ['a,b\n1,xs\n', { categories: { b: ['s', 'm'] } }, 'row 1 (line 2), column "b": "xs" is not among its categories'],
  [houses, { target: 'prise' }, 'there is no column "prise" — did you mean "price"?'],
  [houses, { features: ['rooms'] }, 'there is no column "rooms"'],
  [houses, { categories: { kinds: ['flat'] } }, 'there is no column "kinds" — did you mean "kind"?'],
  ['a,b\n,1\n,2\n', { missing: 'fill' }, 'column "a" has no values at all'],
  ['a,b\n,1\n,2\n', { missing: 'drop' }, 'each row has a missing value: none is left'],
  ['a,b\n', {}, 'no rows below the names of the columns'],
  [houses, { targets: 'price' } as object, 'unknown option "targets" — did you mean "target"?'],
])('refuses %j with %j', async (text, options, words) => {
  await expect(csv(text, options)).rejects.toThrow(words);
});
