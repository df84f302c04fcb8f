import type { ArrivalLimits } from './arrivals.js';
import { FileTraffic } from './file-traffic.js';
import type { RunRequest } from './run-request.js';
import { TrafficStream } from './stream.js';

/** The records of a run, made up or from a file. */
export type Traffic = TrafficStream | FileTraffic;

/**
 * @param around partitions of the topic, and the event time of the start, epoch milliseconds
 */
export function openTraffic(
  request: RunRequest,
  around: { partitions: number; eventStartMs: number },
  limits: ArrivalLimits = request.limits,
): Traffic {
  const { lab, file, plan, seed, priorMs, share } = request;
  const options = { ...lab, plan, seed, priorMs, limits, partitions: around.partitions };
  return file === undefined
    ? new TrafficStream({ ...options, share, startMs: around.eventStartMs })
    : new FileTraffic({ ...options, retimed: file.retimed });
}
