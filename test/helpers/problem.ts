import { expect } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';

/** The words of the ModelError that something must end with. */
export async function problemOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
  return expect.fail('nothing was refused');
}
