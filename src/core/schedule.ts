/** Learning rates that follow the step. Pure functions of a tensor, so that they become part of a recorded step. */
import { z } from 'zod';
import { definePart, formulaOf, type Part, type PartDefinition } from './part.ts';
import { tf, type Tensor } from './tensor.ts';

/** The number of batches trained on so far in (a float32 scalar), the rate for the next one out. */
export type ScheduleFunction = (step: Tensor) => Tensor;
export type Schedule = Part<ScheduleFunction>;

export const defineSchedule = <S extends z.ZodObject>(definition: PartDefinition<S, ScheduleFunction>) => definePart(definition);

export type LearningRate = number | Schedule | ScheduleFunction;

const problem = 'must be a number, a schedule such as cosineDecay({ … }), or a function of the step';
const isSchedule = (given: unknown): given is Schedule => typeof given === 'object' && given !== null && typeof formulaOf(given as Schedule) === 'function';

/** The schema of a rate: a number, a schedule, or a function of the step (which cannot be saved). */
export const rate = z.union([
  z.number().nonnegative(),
  z.custom<ScheduleFunction>((given) => typeof given === 'function', problem),
  z.custom<Schedule>(isSchedule, problem),
]);
export const learningRate = (fallback: number) => rate.default(fallback);

/** The rate as a function of the step. */
export function scheduleFunction(given: LearningRate): ScheduleFunction {
  if (typeof given === 'number') return () => tf.scalar(given);
  return typeof given === 'function' ? given : formulaOf(given);
}
