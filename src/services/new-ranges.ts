import type { OffsetRange, PartitionOffsets } from '../adapters/kafka/reader.js';

/** What came to a topic since the last look. */
export interface NewRanges {
  ranges: OffsetRange[];
  /** Records that were deleted before they were read, by partition. */
  lost: { partition: number; count: number }[];
  /** Partitions that end before what was read of them: the topic was made anew. They are read from their beginning. */
  renewed: number[];
}

/** @param positions where to go on, by partition; other partitions from their beginning */
export function newRanges(
  offsets: readonly PartitionOffsets[],
  positions: ReadonlyMap<number, number>,
): NewRanges {
  const found: NewRanges = { ranges: [], lost: [], renewed: [] };
  for (const { partition, begin, lastStable, highWatermark } of offsets) {
    let from = positions.get(partition) ?? begin;
    if (from > highWatermark) {
      found.renewed.push(partition);
      from = begin;
    } else if (from < begin) {
      found.lost.push({ partition, count: begin - from });
      from = begin;
    }
    if (from < lastStable) found.ranges.push({ partition, from, to: lastStable });
  }
  return found;
}
