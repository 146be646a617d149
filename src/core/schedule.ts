/** Learning rates that follow the step. Pure functions of a tensor, so that they become part of a recorded step. */
import { z } from 'zod';
import { definePart, type Part, type PartDefinition } from './part.ts';
import type { Tensor } from './tensor.ts';

/** The number of updates done so far in (a float32 scalar), the rate for the next one out. */
export type ScheduleFunction = (step: Tensor) => Tensor;
export type Schedule = Part<ScheduleFunction>;

export const defineSchedule = <S extends z.ZodObject>(definition: PartDefinition<S, ScheduleFunction>) => definePart(definition);

const isSchedule = (given: unknown): given is Schedule => typeof given === 'object' && given !== null && 'kind' in given;

/** The schema of a learning rate: a number, a schedule, or a function of the step (which cannot be saved). */
export const learningRate = (fallback: number) =>
  z.union([
    z.number().nonnegative(),
    z.custom<ScheduleFunction>((given) => typeof given === 'function', 'must be a number, a schedule, or a function of the step'),
    z.custom<Schedule>(isSchedule, 'must be a number, a schedule, or a function of the step'),
  ]).default(fallback);
export type LearningRate = number | Schedule | ScheduleFunction;
