import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { crc32 } from '../../src/formats/crc32.ts';
import { readZip } from '../../src/formats/zip.ts';
import { writeZip, type NewZipMember } from '../../src/formats/zipWriter.ts';

const text = (words: string) => new TextEncoder().encode(words);
const concat = (pieces: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(pieces));
const archive = (...members: NewZipMember[]) => concat(writeZip(members, 'save'));
const small = () => archive({ name: 'config.json', content: text('{"a": 1}') }, { name: 'model.weights.h5', content: text('weights') });
const deflated = (content: Uint8Array, name = 'a') => zipSync({ [name]: [content, { level: 9 }] });

/** The archive with some bytes replaced, found by what comes before them. */
function patched(bytes: Uint8Array, signature: number, offset: number, values: readonly number[], nth = 0): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = Array.from({ length: bytes.length - 3 }, (_, at) => at).filter((at) => view.getUint32(at, true) === signature);
  const copy = bytes.slice();
  copy.set(values, places[nth]! + offset);
  return copy;
}
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;

const python = (() => {
  try {
    execFileSync('python3', ['-c', 'import zipfile'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** What a script prints that finds `bytes` in a.zip, and what it leaves there. */
function inPython(script: string, bytes?: Uint8Array): { printed: string; left: Uint8Array } {
  const folder = mkdtempSync(join(tmpdir(), 'ibex-zip-'));
  try {
    if (bytes) writeFileSync(join(folder, 'a.zip'), bytes);
    const printed = execFileSync('python3', ['-c', `import zipfile, json, io\n${script}`], { cwd: folder, encoding: 'utf8' });
    return { printed, left: readFileSync(join(folder, 'a.zip')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('crc32', () => {
  it('gives the published check value, in one go and in pieces', () => {
    expect(crc32(text('123456789'))).toBe(0xcbf43926);
    expect(crc32(text('3456789'), crc32(text('12')))).toBe(0xcbf43926);
    expect(crc32(text('The quick brown fox jumps over the lazy dog'))).toBe(0x414fa339);
  });
});

describe('writeZip', () => {
  it('copies no content: the pieces given are among the pieces returned', () => {
    const content = [text('one'), text('two')];
    const pieces = writeZip([{ name: 'a', content }], 'save');
    expect(pieces).toContain(content[0]);
    expect(pieces).toContain(content[1]);
  });

  it('refuses a name given twice, and 4 GiB', () => {
    const a = { name: 'a', content: text('') };
    expect(() => writeZip([a, a], 'save')).toThrow(new ModelError('save', 'two members of the zip archive are called "a": rename one'));
    const huge = { name: 'a', content: [{ length: 2 ** 32 } as Uint8Array] };
    expect(() => writeZip([huge], 'save')).toThrow('more than the 4 GiB');
  });

  it.skipIf(!python)('is read by Python (skipped without python3): order, contents, stored, names beyond ASCII', () => {
    const written = archive(
      { name: 'metadata.json', content: text('{}') },
      { name: 'assets/wörter.txt', content: [text('ein'), text('zwei')] },
      { name: 'empty', content: [] },
    );
    const script = `
with zipfile.ZipFile("a.zip") as z:
    assert z.testzip() is None
    print(json.dumps([[i.filename, z.read(i).decode(), i.compress_type, i.flag_bits & 8, len(i.extra), i.create_version, i.date_time, oct(i.external_attr >> 16)] for i in z.infolist()]))`;
    const rest = [0, 0, 0, 20, [1980, 1, 1, 0, 0, 0], '0o100644'];
    expect(JSON.parse(inPython(script, written).printed)).toEqual([
      ['metadata.json', '{}', ...rest],
      ['assets/wörter.txt', 'einzwei', ...rest],
      ['empty', '', ...rest],
    ]);
  });
});

describe('readZip', () => {
  it('gives the members in order; stored bytes are a view, not a copy', () => {
    const bytes = small();
    const members = readZip(bytes, 'load');
    expect([...members.keys()]).toEqual(['config.json', 'model.weights.h5']);
    const weights = members.get('model.weights.h5')!;
    expect(weights.size).toBe(7);
    expect(weights.bytes()).toEqual(text('weights'));
    expect(weights.bytes().buffer).toBe(bytes.buffer);
  });

  it('takes a member out without a copy, where numbers may lie', () => {
    const numbers = Float32Array.of(1.5, -2, 3);
    for (const name of ['a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg', 'abcdefgh']) {
      const bytes = archive({ name, content: new Uint8Array(numbers.buffer) }, { name: 'z', content: text('after') });
      const members = readZip(bytes, 'load');
      const taken = members.get(name)!.take();
      expect(taken.buffer).toBe(bytes.buffer);
      expect(new Float32Array(taken.buffer, taken.byteOffset, 3)).toEqual(numbers);
      expect(members.get('z')!.bytes()).toEqual(text('after'));
    }
  });

  it('reads an archive that is itself a view into a larger buffer', () => {
    const larger = concat([text('xyz'), small(), text('xyz')]);
    expect(readZip(larger.subarray(3, -3), 'load').get('config.json')!.bytes()).toEqual(text('{"a": 1}'));
  });

  it('reads deflated members of another writer', () => {
    const content = new Uint8Array(300_000).map((_, i) => (i * i) % 251);
    const members = readZip(zipSync({ 'a/b.bin': [content, { level: 6 }], 'c.txt': text('c') }), 'load');
    expect(members.get('a/b.bin')!.bytes()).toEqual(content);
    expect(members.get('c.txt')!.bytes()).toEqual(text('c'));
  });

  it.skipIf(!python)('reads what Python writes (skipped without python3): streamed, zip64, with a comment, behind other bytes', () => {
    const streamed = inPython(`
class Pipe(io.RawIOBase):
    def __init__(self): self.data = b""
    def writable(self): return True
    def write(self, b): self.data += bytes(b); return len(b)
p = Pipe()
with zipfile.ZipFile(p, "w", zipfile.ZIP_DEFLATED) as z: z.writestr("a", b"hello" * 1000); z.comment = b"a comment"
open("a.zip", "wb").write(p.data)`);
    expect(readZip(streamed.left, 'load').get('a')!.bytes()).toEqual(text('hello'.repeat(1000)));
    const zip64 = inPython(`
with zipfile.ZipFile("a.zip", "w") as z:
    with z.open("a", "w", force_zip64=True) as f: f.write(b"hello")`);
    expect(readZip(zip64.left, 'load').get('a')!.bytes()).toEqual(text('hello'));
    const manyMembers = inPython(`
with zipfile.ZipFile("a.zip", "w") as z:
    for i in range(70000): z.writestr(str(i), b"")`);
    expect(readZip(manyMembers.left, 'load').size).toBe(70000);
    const astray = patched(manyMembers.left, 0x07064b50, 8, [255, 255, 255, 255]);
    expect(() => readZip(astray, 'load')).toThrow('the zip archive is damaged at its end');
    const behind = inPython(`
open("a.zip", "wb").write(b"#!/bin/sh")
with zipfile.ZipFile("a.zip", "a") as z: z.writestr("a", b"hello")`);
    expect(readZip(behind.left, 'load').get('a')!.bytes()).toEqual(text('hello'));
  });

  it('reads 64-bit numbers where the entry has none', () => {
    // The entry of "a" with its sizes and offset moved into a zip64 extra field.
    const plain = archive({ name: 'a', content: text('hello') });
    const entry = plain.length - 22 - 47;
    const extra = new Uint8Array(12 + 28);
    const view = new DataView(extra.buffer);
    // Another field comes first: a time stamp.
    view.setUint16(0, 0x5455, true);
    view.setUint16(2, 8, true);
    view.setUint16(12, 1, true);
    view.setUint16(14, 24, true);
    view.setBigUint64(16, 5n, true);
    view.setBigUint64(24, 5n, true);
    let wide: Uint8Array = concat([plain.subarray(0, plain.length - 22), extra, plain.subarray(plain.length - 22)]);
    const ones = [255, 255, 255, 255];
    wide = patched(wide, CENTRAL, 20, [...ones, ...ones]);
    wide = patched(wide, CENTRAL, 42, ones);
    wide = patched(wide, CENTRAL, 30, [40]);
    wide = patched(wide, END, 12, [wide.length - 22 - entry]);
    expect(readZip(wide, 'load').get('a')!.bytes()).toEqual(text('hello'));
  });

  it('says what is wrong with a file that is no archive, or cut short', () => {
    expect(() => readZip(text('hello'), 'load("a.keras")')).toThrow(new ModelError('load("a.keras")', 'not a zip archive: expected a .keras file'));
    expect(() => readZip(new Uint8Array(), 'load')).toThrow('not a zip archive');
    expect(() => readZip(small().subarray(0, 100), 'load')).toThrow('the zip archive is cut short: its end is missing; copy or download the file again');
    expect(() => readZip(small().subarray(10), 'load')).toThrow('the zip archive is cut short: 10 bytes are missing');
    expect(() => readZip(patched(small(), END, 10, [200]), 'load')).toThrow('damaged: its list of 200 members has');
    expect(() => readZip(patched(small(), END, 4, [1]), 'load')).toThrow('split over several files');
  });

  it('reads nothing beyond the end, wherever the lengths point', () => {
    const one = archive({ name: 'a'.repeat(60), content: text('') });
    const wide = patched(patched(one, CENTRAL, 30, [255, 255]), CENTRAL, 42, [255, 255, 255, 255]);
    expect(() => readZip(wide, 'load')).toThrow('damaged in its list of members');
    const comment = new Uint8Array([0x50, 0x4b, 1, 2]);
    const beyond = concat([patched(patched(patched(one, END, 10, [2]), END, 20, [4]), CENTRAL, 30, [22]), comment]);
    expect(() => readZip(beyond, 'load')).toThrow('damaged in its list of members');
  });

  it('refuses names that lead out of the archive, and names that occur twice', () => {
    for (const name of ['../a', '/etc/passwd', 'a/../../b', 'a\\b', 'C:/a', 'a/..', 'a\0b']) {
      expect(() => readZip(archive({ name, content: text('') }), 'load')).toThrow('a name that leads out of it: do not trust it');
    }
    for (const name of ['..a', 'a..b/c', 'a/b.']) expect([...readZip(archive({ name, content: text('') }), 'load').keys()]).toEqual([name]);
    const twice = archive({ name: 'ab', content: text('1') }, { name: 'ac', content: text('2') });
    expect(() => readZip(patched(patched(twice, CENTRAL, 47, [98], 1), LOCAL, 31, [98], 1), 'load')).toThrow('has two members "ab"');
  });

  it('refuses damaged, encrypted and strangely packed members, and only those', () => {
    const refusal = (bytes: Uint8Array, name = 'config.json') => {
      const members = readZip(bytes, 'load');
      expect(members.get('model.weights.h5')!.bytes()).toEqual(text('weights'));
      return () => members.get(name)!.bytes();
    };
    const first = (signature: number, offset: number, values: number[]) => refusal(patched(small(), signature, offset, values));
    expect(first(LOCAL, 30 + 11, [1])).toThrow('load: "config.json" in the zip archive is damaged: its checksum is wrong; copy or download the file again');
    expect(first(CENTRAL, 8, [1])).toThrow('"config.json" in the zip archive is encrypted: save it without a password');
    expect(first(CENTRAL, 10, [14])).toThrow('is packed by method 14: ibex reads stored and deflated members');
    expect(first(LOCAL, 30, [1])).toThrow("its header and the archive's list differ");
    expect(first(CENTRAL, 24, [9])).toThrow("its header and the archive's list differ");
    expect(first(CENTRAL, 42, [255, 255])).toThrow("its header and the archive's list differ");
    expect(first(CENTRAL, 20, [255, 255, 0, 0, 255, 255, 0, 0])).toThrow("its header and the archive's list differ");
  });

  it('refuses deflated members that unpack to another size, or are broken off', () => {
    const bytes = deflated(text('hello '.repeat(100)));
    const size = (value: number) => () => readZip(patched(bytes, CENTRAL, 24, [value & 255, value >> 8]), 'load').get('a')!.bytes();
    expect(size(599)).toThrow('unpacks to more than the 599 bytes it promises: do not trust it');
    expect(size(601)).toThrow('is damaged: it unpacks to 600 bytes, not 601');
    expect(size(600)()).toHaveLength(600);
    const brokenOff = patched(bytes, CENTRAL, 20, [5]);
    expect(() => readZip(brokenOff, 'load').get('a')!.bytes()).toThrow('is damaged: ');
  });

  it('refuses a member that would fill the memory', () => {
    // A hundred megabytes of zeros pack to a hundred kilobytes; honest in every number, and still refused.
    const bomb = deflated(new Uint8Array(100 * 2 ** 20));
    expect(bomb.length).toBeLessThan(200_000);
    expect(() => readZip(bomb, 'load').get('a')!.bytes()).toThrow(/would unpack from \d+ to 104857600 bytes, which no model does/);
    const claim = patched(deflated(text('hello '.repeat(100))), CENTRAL, 24, [0, 0, 0, 0xf0]);
    expect(() => readZip(claim, 'load').get('a')!.bytes()).toThrow('bytes, which no model does');
  });

  it('gives the right bytes or a ModelError, whatever is cut off or changed', () => {
    const content = text('the quick brown fox jumps over the lazy dog '.repeat(5));
    const originals = [archive({ name: 'a', content }, { name: 'b', content: text('b') }), zipSync({ a: [content, { level: 6 }], b: text('b') })];
    const edit = fc.record({ at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), to: fc.nat(255) });
    const damage = fc.record({ which: fc.nat(1), keep: fc.option(fc.double({ min: 0, max: 1, noNaN: true })), edits: fc.array(edit, { maxLength: 4 }) });
    fc.assert(
      fc.property(damage, ({ which, keep, edits }) => {
        const original = originals[which]!;
        const bytes = original.slice(0, keep === null ? original.length : Math.floor(keep * original.length));
        for (const { at, to } of edits) bytes[Math.floor(at * bytes.length)] = to;
        try {
          for (const [name, member] of readZip(bytes, 'load')) {
            const found = member.bytes();
            // A changed name, or a header that makes the member empty, is beyond what checksums can tell.
            if (name === 'a' && found.length > 0) expect(found).toEqual(content);
          }
        } catch (error) {
          if (!(error instanceof ModelError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the reference models', () => {
  const folder = fileURLToPath(new URL('../../../shared/reference', import.meta.url));
  const models = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, 'model.keras')).filter((path) => existsSync(path)) : [];

  it.skipIf(models.length === 0)('open (skipped where the reference is missing)', () => {
    for (const path of models) {
      const members = readZip(readFileSync(path), path);
      expect([...members.keys()].slice(0, 3)).toEqual(['metadata.json', 'config.json', 'model.weights.h5']);
      expect(JSON.parse(new TextDecoder().decode(members.get('config.json')!.bytes()))).toHaveProperty('class_name');
      expect(new TextDecoder('latin1').decode(members.get('model.weights.h5')!.bytes().subarray(1, 4))).toBe('HDF');
    }
  });
});
