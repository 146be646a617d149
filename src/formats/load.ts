import type { Model } from '../model/model.ts';
export async function loadModel(_path: string): Promise<Model> { throw new Error('todo'); }
