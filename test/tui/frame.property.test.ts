import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { flinkGroup, queues } from '../../src/domain/clickhouse.js';
import type { Observation, SourceName } from '../../src/domain/pipeline/samples.js';
import { pipelineView } from '../../src/domain/pipeline/view.js';
import { topics } from '../../src/domain/topics.js';
import { frame, textOf } from '../../src/tui/frame.js';
import { pressed, type Key } from '../../src/tui/keys.js';
import { firstScreen } from '../../src/tui/screen.js';
import { plain, type Line } from '../../src/tui/text.js';
import { hostile, looks, start, stateAfter } from './support/observations.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom(hostile, '', 'x'.repeat(400), '日本語'.repeat(50), '👩‍👩‍👧‍👦🛒', 'ok'),
);
const unsure = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null, freq: 4 });
const counter = fc.oneof(fc.nat({ max: 5_000 }), fc.nat({ max: 2 ** 50 }));
const share = unsure(fc.double({ min: 0, max: 1, noNaN: true }));
const moment = fc.oneof(
  fc.integer({ min: start - 900_000, max: start + 900_000 }),
  fc.integer({ min: -(2 ** 53), max: 2 ** 53 }),
);
const partition = fc.nat({ max: 70 });
const few = <T>(of: fc.Arbitrary<T>, maxLength = 6) => fc.array(of, { maxLength });

const offsets = few(fc.record({ partition, committed: unsure(counter), headAt: unsure(moment) }));
const samples: Record<SourceName, fc.Arbitrary<unknown>> = {
  kafka: fc.record({
    topics: fc.tuple(
      ...[topics.raw, ...queues.map(({ topic }) => topic)].map((topic) =>
        fc.record({
          topic: fc.constant(topic),
          partitions: few(
            fc.record({
              partition,
              begin: counter,
              lastStable: counter,
              end: counter,
              newestAt: unsure(moment),
            }),
          ),
        }),
      ),
    ),
    groups: fc.tuple(
      fc.record({ group: fc.constant(flinkGroup), topic: fc.constant(topics.raw), partitions: offsets }),
      fc.record({ group: text, topic: text, partitions: offsets }),
      ...queues.map(({ group, topic }) =>
        fc.record({ group: fc.constant(group), topic: fc.constant(topic), partitions: offsets }),
      ),
    ),
  }),
  flink: fc.record({
    taskManagers: fc.nat({ max: 9 }),
    slotsTotal: fc.nat({ max: 9 }),
    slotsFree: fc.nat({ max: 9 }),
    job: unsure(
      fc.record({
        id: text,
        state: fc.oneof(fc.constant('RUNNING'), text),
        startedAt: moment,
        restarts: unsure(fc.nat()),
        tasks: fc.record({ total: fc.nat(), running: fc.nat() }),
        checkpoints: fc.record({
          completed: counter,
          failed: counter,
          latest: unsure(
            fc.record({ id: fc.nat(), triggeredAt: moment, durationMs: counter, sizeBytes: counter }),
          ),
          latestFailure: unsure(text),
          runningSince: unsure(moment),
        }),
        lastFailure: unsure(fc.record({ at: moment, sentence: text })),
        operators: few(
          fc.record({
            id: text,
            name: text,
            inputs: few(text),
            clockMs: unsure(counter),
            subtasks: few(
              fc.record({
                index: fc.nat(),
                busy: share,
                backpressured: share,
                idle: share,
                watermark: unsure(moment),
              }),
            ),
            members: few(
              fc.record({
                name: fc.oneof(text, fc.constant('dead_letters: Writer')),
                recordsIn: unsure(counter),
                recordsOut: unsure(counter),
                producer: unsure(fc.record({ latencyMs: unsure(counter), throttleMs: unsure(counter) })),
              }),
            ),
          }),
        ),
        splits: few(
          fc.record({ partition, watermark: unsure(moment), position: unsure(counter), idle: share }),
        ),
        pendingRecords: unsure(counter),
      }),
    ),
  }),
  clickhouse: fc.record({
    messagesRead: fc.record({ [topics.aggregates]: counter, [topics.deadLetters]: counter }),
    queueErrors: few(fc.record({ table: fc.constantFrom(...queues.map(({ table }) => table)), text })),
    letters: fc.record({
      total: counter,
      byReason: few(fc.record({ reason: text, total: counter, lastMinute: counter })),
    }),
    windows: few(
      fc.record({
        start: moment,
        onTime: counter,
        late: counter,
        replayed: counter,
        revenue: fc.constantFrom('0.00', '-1.10', '12345678901234567890.12'),
        emittedAt: moment,
      }),
    ),
    alerts: few(
      fc.record({ id: text, rule: text, severity: text, status: text, summary: text, firedAt: moment }),
    ),
  }),
  letters: fc.record({
    replayed: counter,
    newest: few(
      fc.record({
        partition,
        offset: counter,
        reason: text,
        eventId: unsure(text),
        eventType: unsure(text),
        eventTime: unsure(moment),
        watermark: unsure(moment),
        failedAt: moment,
        attempt: fc.nat(),
        source: unsure(fc.record({ partition, offset: counter })),
        payload: unsure(text),
      }),
    ),
  }),
  services: fc.record({
    services: few(
      fc.record({
        name: text,
        state: fc.constantFrom('running', 'stopped', 'failed'),
        endpoint: unsure(text),
      }),
    ),
  }),
};

const observation = fc.oneof(
  ...(Object.keys(samples) as SourceName[]).flatMap((source) => [
    { weight: 4, arbitrary: fc.record({ source: fc.constant(source), sample: samples[source] }) },
    { weight: 1, arbitrary: fc.record({ source: fc.constant(source), failure: text }) },
  ]),
);
/** From nothing, or after half a minute of a lab under load. */
const view = fc
  .record({ before: fc.constantFrom(0, 30), more: fc.array(observation, { maxLength: 8 }) })
  .map(({ before, more }) => {
    const seen = more.map((one, i) => ({ ...one, at: start + (before + i + 1) * 1_000 }) as Observation);
    const now = start + (before + more.length + 1) * 1_000;
    return pipelineView(stateAfter([...looks(before), ...seen]), now);
  });
const key: fc.Arbitrary<Key> = fc.oneof(
  fc.constantFrom<Key[]>(
    ...Array.from('123456?ps/olfdag').map((letter) => ({ letter })),
    ...(['up', 'down', 'pageUp', 'pageDown', 'home', 'end', 'enter', 'escape', 'backspace'] as const).map(
      (name) => ({ name }),
    ),
  ),
  text.map((letter) => ({ letter })),
);

function expectWhole(lines: readonly Line[], width: number): void {
  for (const line of lines) {
    const shown = plain(line);
    expect(stringWidth(shown), shown).toBeLessThanOrEqual(width);
    // Neither line breaks nor what a terminal would take for a command.
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }
}

test('at any size, of any state, after any keys: no line too wide, not one too many, nothing a terminal obeys', () => {
  const size = fc.record({ width: fc.nat({ max: 220 }), height: fc.nat({ max: 70 }) });
  const logs = few(fc.record({ at: text, service: text, text }), 20);
  fc.assert(
    fc.property(
      fc.option(view, { nil: null, freq: 20 }),
      unsure(text),
      logs,
      fc.array(fc.record({ key, size }), { minLength: 1, maxLength: 12 }),
      (shown, trouble, lines, steps) => {
        let screen = firstScreen();
        for (const step of steps) {
          const made = frame({ view: shown, trouble, logs: lines, screen }, step.size);
          expect(made.lines.length).toBeLessThanOrEqual(step.size.height);
          if (step.size.width >= 40 && step.size.height >= 8)
            expect(made.lines).toHaveLength(step.size.height);
          expectWhole(made.lines, step.size.width);
          screen = pressed(screen, step.key, made);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('the text of --once keeps to its width too', () => {
  fc.assert(
    fc.property(view, fc.integer({ min: 40, max: 220 }), (shown, width) => {
      expectWhole(textOf(shown, width), width);
    }),
    { numRuns: 60 },
  );
});
