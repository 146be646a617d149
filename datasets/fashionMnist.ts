import { parseOptions } from '../src/core/errors.ts';
import { type IdxImages, type ImageDataset, type ImageOptions, imageOptions, loadIdxImages } from './idxImages.ts';

const set: IdxImages = {
  where: 'datasets.fashionMnist',
  folder: 'fashion-mnist',
  // The copies that Keras and torchvision use, and the authors' own.
  mirrors: [
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
  ],
  sums: {
    'train-images-idx3-ubyte.gz': 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    'train-labels-idx1-ubyte.gz': 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    't10k-images-idx3-ubyte.gz': '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    't10k-labels-idx1-ubyte.gz': '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
  },
  classNames: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
};

/**
 * Fashion-MNIST: Zalando's clothes in the shape of MNIST (Xiao, Rasul, Vollgraf 2017; MIT licence). 60,000 to train with, 10,000 to test; the
 * same numbers in the same order as `keras.datasets.fashion_mnist.load_data()`. Downloaded once, 31 MB.
 * @throws ModelError if the files are neither in the cache nor to be had from a mirror
 */
export const fashionMnist = async (options: ImageOptions = {}): Promise<ImageDataset> =>
  loadIdxImages(set, parseOptions(set.where, imageOptions, options));
