import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { extract, readText } from '../../../../src/runtime/native/setup/wheel.ts';

let folder: string;
let archive: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ibex-wheel-'));
  archive = join(folder, 'some.whl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = 'steep gradients, '.repeat(1000);
const write = (files: Parameters<typeof zipSync>[0]) => writeFileSync(archive, zipSync(files));
const all = () => true;

describe('extract', () => {
  test('takes out the wanted files, deflated and stored, and counts them', async () => {
    write({ 'a/deflated.txt': strToU8(text), 'a/stored.txt': [strToU8('as it is'), { level: 0 }], 'b/unwanted.txt': strToU8('no') });
    expect(await extract(archive, folder, (name) => name.startsWith('a/'))).toEqual({ files: 2, bytes: text.length + 8 });
    expect(readFileSync(join(folder, 'a/deflated.txt'), 'utf8')).toBe(text);
    expect(readFileSync(join(folder, 'a/stored.txt'), 'utf8')).toBe('as it is');
    expect(existsSync(join(folder, 'b'))).toBe(false);
  });

  test('keeps what may be run runnable', async () => {
    write({ 'bin/ptxas': [strToU8('#!'), { os: 3, attrs: 0o100755 << 16 }], 'lib/plain': [strToU8('x'), { os: 3, attrs: 0o100644 << 16 }] });
    await extract(archive, folder, all);
    expect(statSync(join(folder, 'bin/ptxas')).mode & 0o111).toBe(0o111);
    expect(statSync(join(folder, 'lib/plain')).mode & 0o111).toBe(0);
  });

  test('leaves alone what is in place, and does again what was broken off', async () => {
    write({ 'done.txt': strToU8('1234'), 'half.txt': strToU8('5678') });
    writeFileSync(join(folder, 'done.txt'), 'kept');
    writeFileSync(join(folder, 'half.txt'), '56');
    writeFileSync(join(folder, 'half.txt.part'), 'rubbish from before');
    await extract(archive, folder, all);
    expect(readFileSync(join(folder, 'done.txt'), 'utf8')).toBe('kept');
    expect(readFileSync(join(folder, 'half.txt'), 'utf8')).toBe('5678');
    expect(existsSync(join(folder, 'half.txt.part'))).toBe(false);
  });

  test('puts nothing outside of its folder', async () => {
    write({ '../escaped.txt': strToU8('no') });
    expect(await extract(archive, join(folder, 'in'), all)).toEqual({ files: 0, bytes: 0 });
    expect(existsSync(join(folder, 'escaped.txt'))).toBe(false);
  });

  test('refuses a file with a wrong checksum, and does not put it in place', async () => {
    write({ 'a.txt': [strToU8('as it is'), { level: 0 }] });
    const bytes = readFileSync(archive);
    bytes[bytes.indexOf('as it is')]! ^= 1;
    writeFileSync(archive, bytes);
    await expect(extract(archive, folder, all)).rejects.toThrow('unpacking: a.txt has a wrong checksum: the download is damaged');
    expect(existsSync(join(folder, 'a.txt'))).toBe(false);
  });

  test('refuses what does not inflate', async () => {
    write({ 'a.txt': strToU8(text) });
    const bytes = readFileSync(archive);
    bytes.fill(0xff, 30 + 'a.txt'.length, 30 + 'a.txt'.length + 8);
    writeFileSync(archive, bytes);
    await expect(extract(archive, folder, all)).rejects.toThrow(/^unpacking: a\.txt: invalid/);
  });

  test('refuses an archive that was cut off', async () => {
    write({ 'a.txt': strToU8(text) });
    writeFileSync(archive, readFileSync(archive).subarray(0, -30));
    await expect(extract(archive, folder, all)).rejects.toThrow('unpacking: not a zip archive, or one that was cut off');
  });
});

test('readText reads one file', async () => {
  write({ 'x-1.dist-info/METADATA': strToU8('Name: x\n'), 'x.py': strToU8('') });
  expect(await readText(archive, (name) => name.endsWith('METADATA'))).toBe('Name: x\n');
  await expect(readText(archive, (name) => name === 'none')).rejects.toThrow('lacks a file that it should have');
});
