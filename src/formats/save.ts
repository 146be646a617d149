import type { Model } from '../model/model.ts';
export async function saveModel(_model: Model, _path: string): Promise<void> { throw new Error('todo'); }
