/** Every layer keeps the contract of `test/contract.ts`: a layer without a row here fails. */
import { beforeAll, describe, expect, test } from 'vitest';
import * as layers from '../../layers/index.ts';
import type { LayerFactory } from '../../src/core/defineLayer.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { holdsTheContract } from '../contract.ts';
import { engines } from '../engines.ts';
import { rows } from './rows.ts';

const factories = layers as unknown as Readonly<Record<string, LayerFactory>>;

test('every layer has a row', () => {
  expect(Object.keys(rows).sort()).toEqual(Object.keys(layers).sort());
});

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));
  describe.each(Object.entries(rows))('%s', (kind, row) => holdsTheContract(kind, row, factories));
});
