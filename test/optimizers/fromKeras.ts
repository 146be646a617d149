/** Keras's configs as options of ibex, by what each optimizer and schedule says of its saved form. */
import * as optimizers from '../../optimizers/index.ts';
import type { JsonObject } from '../../src/core/keras.ts';
import type { Optimizer, OptimizerFactory } from '../../src/core/optimizer.ts';
import type { PartFactory } from '../../src/core/part.ts';
import type { Schedule, ScheduleFunction } from '../../src/core/schedule.ts';
import type { z } from 'zod';

type ScheduleFactory = PartFactory<z.ZodObject, ScheduleFunction>;
type Factory = OptimizerFactory | ScheduleFactory;

const { schedules: scheduleTable, ...exported } = optimizers;
export const schedules = scheduleTable as unknown as Readonly<Record<string, ScheduleFactory>>;
export const factories = Object.fromEntries(Object.entries(exported).filter(([name]) => !(name in scheduleTable))) as unknown as Readonly<Record<string, OptimizerFactory>>;

export const camel = (key: string) => key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function options({ keras }: Factory, config: JsonObject): Record<string, unknown> {
  const { ignore = [], rename = {} } = keras ?? {};
  const named = Object.fromEntries(Object.entries(rename).map(([ours, theirs]) => [theirs, ours]));
  return Object.fromEntries(Object.entries(config).filter(([key]) => !ignore.includes(key)).map(([key, value]) => [named[key] ?? camel(key), value]));
}

export function scheduleFromKeras(name: string, config: JsonObject): Schedule {
  const factory = Object.values(schedules).find(({ keras }) => keras?.name === name)!;
  return (factory as unknown as (given: unknown) => Schedule)(options(factory, config));
}

export function optimizerFromKeras(name: string, config: JsonObject): Optimizer {
  const factory = Object.values(factories).find(({ keras }) => keras?.name === name && (keras.matches?.(config) ?? true))!;
  const rate = config.learning_rate as number | { class_name: string; config: JsonObject };
  const learningRate = typeof rate === 'number' ? rate : scheduleFromKeras(rate.class_name, rate.config);
  return (factory as unknown as (given: unknown) => Optimizer)({ ...options(factory, config), learningRate });
}
