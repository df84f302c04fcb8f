import type { PipelineView } from '../../domain/pipeline/view.js';
import type { PartitionState, WatermarkPartition } from '../../domain/pipeline/watermark.js';
import { length, timeOfDay, unknown } from '../numbers.js';
import { briefly, heading, joined, staleness } from '../parts.js';
import { cut, line, span, type Line, type Tone } from '../text.js';

const tones: Readonly<Record<PartitionState, Tone>> = {
  moving: 'plain',
  silent: 'warning',
  idle: 'dim',
  stuck: 'warning',
  none: 'warning',
};

/** Where event time stands, and who holds it back. */
export function watermarkLines(view: PipelineView, width: number): Line[] {
  const { watermark, facts } = view;
  const note =
    watermark.lagMs === null ? line(span('none yet', 'dim')) : line(`${length(watermark.lagMs)} behind now`);
  const first = joined(
    [
      line(span(timeOfDay(watermark.at), 'strong')),
      line(span(`delay ${length(facts.settings.watermarkDelay)}`, 'dim')),
      holderNote(view),
    ],
    ', ',
  );
  const partitions = joined(watermark.partitions.map(partitionNote));
  return [
    heading('Watermark', joined([note, staleness(view, 'flink')]), width),
    cut(first, width),
    ...(partitions.length === 0 ? [] : [cut(partitions, width)]),
  ];
}

/** `held by partition 2, idle 41s`. */
export function holderNote({ watermark: { partitions, heldBy } }: PipelineView): Line {
  const holder = partitions.find(({ partition }) => partition === heldBy);
  if (holder === undefined) return [span('held by no partition', 'dim')];
  return [span(`held by partition ${String(holder.partition)}${stateNote(holder)}`, 'warning')];
}

function stateNote({ state, silentMs, lagMs }: WatermarkPartition): string {
  if (state === 'silent' || state === 'idle') return `, idle ${length(silentMs)}`;
  if (state === 'moving') return `, ${length(lagMs)} behind`;
  return state === 'stuck' ? ', which comes but does not move it' : ', which has none yet';
}

function partitionNote({ partition, lagMs, state }: WatermarkPartition): Line {
  const how = state === 'moving' ? '' : ` ${state}`;
  return line(
    span(`p${String(partition)} `, 'dim'),
    span(`${lagMs === null ? unknown : length(lagMs)}${how}`, tones[state]),
  );
}

export function stateTone(state: PartitionState): Tone {
  return tones[state];
}

export function watermarkBrief(view: PipelineView, width: number): Line {
  const { at, lagMs } = view.watermark;
  const behind = lagMs === null ? 'none yet' : `${timeOfDay(at)}, ${length(lagMs)} behind now`;
  return briefly('Watermark', [staleness(view, 'flink'), line(behind), holderNote(view)], width);
}
