import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type * as Client from '@platformatic/kafka';

/**
 * The parts of @platformatic/kafka that this room uses: requests, and connections for them. Its entry also loads a
 * producer, a consumer and a schema registry, which compile dozens of JSON schemas while they are loaded, and that takes
 * longer than all the rest of most commands. So the files are loaded that are needed, and the entry only where a
 * version of the package has them elsewhere.
 */
export const partFiles = [
  'network/connection.js',
  'apis/index.js',
  'protocol/index.js',
  'errors.js',
] as const;

export const partNames = [
  ...['Connection', 'createAPI', 'Reader', 'Writer', 'crc32c', 'ProduceAcks'],
  ...['ProtocolError', 'ResponseError', 'TimeoutError'],
  ...['compressionsAlgorithms', 'compressionsAlgorithmsByBitmask'],
  ...['metadataV12', 'apiVersionsV3', 'listOffsetsV9', 'fetchV17'],
  ...['findCoordinatorV6', 'offsetFetchV9', 'offsetCommitV9', 'leaveGroupV5', 'describeGroupsV5'],
  ...['createTopicsV7', 'deleteTopicsV6', 'deleteGroupsV2', 'describeConfigsV4'],
  ...['initProducerIdV4', 'addPartitionsToTxnV3', 'endTxnV3'],
];

async function load(): Promise<typeof Client> {
  const entry = createRequire(import.meta.url).resolve('@platformatic/kafka');
  try {
    const urls = partFiles.map((file) => new URL(file, pathToFileURL(entry)).href);
    const parts = (await Promise.all(urls.map((url) => import(url)))) as Partial<typeof Client>[];
    const found = Object.assign({}, ...parts) as typeof Client;
    if (partNames.every((name) => name in found)) return found;
  } catch {
    // Whatever is wrong with them, the entry says it better.
  }
  return import('@platformatic/kafka');
}

export const {
  Connection,
  createAPI,
  Reader,
  Writer,
  crc32c,
  ProduceAcks,
  ProtocolError,
  ResponseError,
  TimeoutError,
  compressionsAlgorithms,
  compressionsAlgorithmsByBitmask,
  metadataV12,
  apiVersionsV3,
  listOffsetsV9,
  fetchV17,
  findCoordinatorV6,
  offsetFetchV9,
  offsetCommitV9,
  leaveGroupV5,
  describeGroupsV5,
  createTopicsV7,
  deleteTopicsV6,
  deleteGroupsV2,
  describeConfigsV4,
  initProducerIdV4,
  addPartitionsToTxnV3,
  endTxnV3,
} = await load();

export type Connection = Client.Connection;
export type Reader = Client.Reader;
export type Writer = Client.Writer;
export type MetadataResponse = Client.metadataV12.MetadataResponse;
