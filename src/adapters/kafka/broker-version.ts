import { apiVersionsV3, createAPI, type Connection, type Reader } from './client.js';

const apiVersionsKey = 18;
const apiVersionsVersion = 3;
const finalizedFeaturesTag = 2;

/*
  ApiVersions Response, version 3, as in Kafka's ApiVersionsResponse.json: error_code INT16, [api_key, min, max INT16, tags],
  throttle_time_ms INT32, then tagged fields; tag 2 is the finalized features: [name COMPACT_STRING, max INT16, min INT16,
  tags]. The library's parser stops before the tags.
*/
const finalizedFeatures = createAPI<Parameters<typeof apiVersionsV3.createRequest>, Map<string, number>>(
  apiVersionsKey,
  apiVersionsVersion,
  apiVersionsV3.createRequest,
  (_correlationId, _apiKey, _apiVersion, reader) => parseFeatures(reader),
  true,
  false,
);

function parseFeatures(reader: Reader): Map<string, number> {
  reader.skip(2); // error code
  reader.readArray((r) => {
    r.skip(6); // key, minimum, maximum
  });
  reader.skip(4); // throttle time
  const features = new Map<string, number>();
  const tags = reader.readUnsignedVarInt();
  for (let i = 0; i < tags; i++) {
    const tag = reader.readUnsignedVarInt();
    const size = reader.readUnsignedVarInt();
    if (tag !== finalizedFeaturesTag) {
      reader.skip(size);
      continue;
    }
    reader.readArray((r) => {
      const name = r.readString();
      features.set(name, r.readInt16());
      r.skip(2); // lowest level
    });
  }
  return features;
}

/** Highest level of `metadata.version` of each release, from org.apache.kafka.server.common.MetadataVersion. */
const releases: readonly [level: number, release: string][] = [
  [30, '4.3'],
  [28, '4.2'],
  [26, '4.1'],
  [22, '4.0'],
  [21, '3.9'],
  [20, '3.8'],
  [15, '3.7'],
  [12, '3.6'],
  [9, '3.5'],
  [8, '3.4'],
  [5, '3.3'],
];

/**
 * The release whose metadata format the cluster has agreed on: brokers do not say their own version. Null for a cluster
 * that names none (before KRaft, or not Kafka's own implementation).
 */
export async function clusterRelease(connection: Connection): Promise<string | null> {
  const level = (await finalizedFeatures.async(connection, 'streamlab', '1')).get('metadata.version');
  if (level === undefined) return null;
  return releases.find(([lowest]) => level >= lowest)?.[1] ?? null;
}
