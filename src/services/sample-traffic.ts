import { FileTraffic } from '../domain/traffic/file-traffic.js';
import { verdictOf } from '../domain/traffic/manifest.js';
import { checkPartitions, type RunRequest } from '../domain/traffic/run-request.js';
import { openTraffic } from '../domain/traffic/traffic.js';

export interface SampleTools {
  partitions: number;
  nowMs: number;
  readLines?: ((max: number) => Promise<string[]>) | undefined;
}

/** An event that would be sent, and what it is meant to be. */
export interface SampleEvent {
  key: string | null;
  partition: number;
  verdict: string;
  reason?: string;
  /** The record's value as text. */
  value: string;
}

/**
 * The records of a run that has a count, without sending them.
 * @throws StreamlabError INVALID_USAGE
 */
export async function sampleTraffic(request: RunRequest, tools: SampleTools): Promise<SampleEvent[]> {
  checkPartitions(request, tools.partitions);
  const startMs = request.startAtMs ?? tools.nowMs;
  const traffic = openTraffic(request, { partitions: tools.partitions, eventStartMs: startMs });
  const events: SampleEvent[] = [];
  for (;;) {
    if (traffic instanceof FileTraffic && traffic.isHungry)
      traffic.feed((await tools.readLines?.(100)) ?? []);
    if (traffic.nextMs === Number.POSITIVE_INFINITY) return events;
    const record = traffic.take(startMs + traffic.nextMs, startMs + traffic.nextMs);
    if (record === undefined) continue;
    const { key, partition, intent, payload } = record;
    events.push({
      key,
      partition,
      verdict: verdictOf[intent.kind],
      ...(intent.reason === undefined ? {} : { reason: intent.reason }),
      value: Buffer.from(payload, 'latin1').toString('utf8'),
    });
  }
}
