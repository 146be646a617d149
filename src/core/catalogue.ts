/**
 * What can be named: layers and optimizers by kind. `src/core` knows none of them; `src/index.ts`, which knows all, hands
 * them over once.
 */
import type { LayerFactory } from './defineLayer.ts';
import type { OptimizerFactory } from './optimizer.ts';
import type { PartFactory } from './part.ts';
import type { ScheduleFunction } from './schedule.ts';
import type { z } from 'zod';

export interface Catalogue {
  readonly layers: Readonly<Record<string, LayerFactory>>;
  readonly optimizers: Readonly<Record<string, OptimizerFactory>>;
  readonly schedules: Readonly<Record<string, PartFactory<z.ZodObject, ScheduleFunction>>>;
}

let known: Catalogue = { layers: {}, optimizers: {}, schedules: {} };

export const setCatalogue = (catalogue: Catalogue): void => void (known = catalogue);
export const catalogue = (): Catalogue => known;
