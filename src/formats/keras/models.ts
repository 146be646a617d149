import type { Layer } from '../../core/layer.ts';
import type { Model } from '../../model/model.ts';

/** Whether a layer is a model. The class itself is not asked: models know how they are saved, and the two would need each other. */
export const isModel = (layer: Layer): layer is Model => 'network' in layer;
