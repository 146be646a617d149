export { csv, type CsvOptions, type CsvTable, type CsvTableWithTarget } from './csv.ts';
export type { DownloadProgress } from './download.ts';
export { fashionMnist } from './fashionMnist.ts';
export type { ImageDataset, ImageOptions, ImagePart } from './idxImages.ts';
export { mnist, type MnistOptions } from './mnist.ts';
export { type Split, trainTestSplit } from './split.ts';
export { type Scale, scaleOf, standardize } from './standardize.ts';
export { type Passenger, type Titanic, titanic, type TitanicOptions } from './titanic.ts';
