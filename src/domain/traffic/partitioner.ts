/**
 * The partition of a key as Kafka's Java client and kafkajs' default partitioner choose it: murmur2 with the sign bit
 * cleared, modulo the number of partitions (org.apache.kafka.clients.producer.internals.BuiltInPartitioner).
 * @platformatic/kafka's own default keeps the sign bit as a number instead (platformatic/kafka#121), which differs as soon
 * as the number of partitions is not a power of two.
 * @param key text whose characters stand for one byte each
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** The partition of a key of bytes. */
export function partitionOfBytes(key: Uint8Array, partitions: number): number {
  if (partitions === 1) return 0;
  let text = '';
  for (const byte of key) text += String.fromCharCode(byte);
  return partitionOf(text, partitions);
}

const M = 0x5bd1e995;

/** org.apache.kafka.common.utils.Utils.murmur2, a signed 32-bit integer. */
function murmur2(key: string): number {
  const length = key.length;
  let h = 0x9747b28c ^ length;
  const whole = length - (length % 4);
  for (let i = 0; i < whole; i += 4) {
    let k =
      key.charCodeAt(i) |
      (key.charCodeAt(i + 1) << 8) |
      (key.charCodeAt(i + 2) << 16) |
      (key.charCodeAt(i + 3) << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  if (length % 4 >= 3) h ^= key.charCodeAt(whole + 2) << 16;
  if (length % 4 >= 2) h ^= key.charCodeAt(whole + 1) << 8;
  if (length % 4 >= 1) h = Math.imul(h ^ key.charCodeAt(whole), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}
