import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileSink } from '../../../src/adapters/files/event-file.js';
import { openManifestFile } from '../../../src/adapters/files/manifest-file.js';
import type { DeliveredBatch } from '../../../src/domain/traffic/event-sink.js';
import type { OutgoingRecord } from '../../../src/domain/traffic/record.js';

const folder = mkdtempSync(join(tmpdir(), 'streamlab-event-file-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const clock = (): number => performance.timeOrigin + performance.now();
const record = (payload: string, partition = 0): OutgoingRecord => ({
  key: null,
  payload,
  partition,
  dueMs: clock(),
});

describe('a file in place of a topic', () => {
  it('has the values byte for byte, one a line, and their numbers as offsets', async () => {
    const path = join(folder, 'events.ndjson');
    writeFileSync(path, 'what was there before\n'.repeat(1_000));
    const batches: DeliveredBatch<OutgoingRecord>[] = [];
    const sink = await openFileSink<OutgoingRecord>(path, { onDelivered: (batch) => batches.push(batch) });
    const bytes = Buffer.from([0xc3, 0xa9, 0xff, 0x80, 0x00, 0x7f]).toString('latin1');
    const payloads = Array.from({ length: 50_000 }, (_, i) => `{"n":${i},"x":"${bytes}"}`);
    for (const [i, payload] of payloads.entries()) {
      if (sink.capacity <= 0) await sink.room();
      sink.append(record(payload, i % 7 === 0 ? 1 : 2));
    }
    await sink.flush();
    expect(sink.inFlight).toBe(0);
    const { acknowledged, givenUp, resent, latency } = sink.stats();
    expect([acknowledged, givenUp, resent]).toEqual([50_000, 0, 0]);
    expect(latency.reduce((sum, [, count]) => sum + count, 0)).toBe(50_000);
    await sink.close();
    expect(readFileSync(path).equals(Buffer.from(`${payloads.join('\n')}\n`, 'latin1'))).toBe(true);

    let line = 0;
    for (const { baseOffset, records, partition, resent: again } of batches) {
      expect([baseOffset, again]).toEqual([line, false]);
      for (const each of records)
        expect([each.payload, each.partition]).toEqual([payloads[line++], partition]);
    }
    expect(line).toBe(50_000);
  });

  it('makes whoever writes faster than the disk wait', async () => {
    const sink = await openFileSink<OutgoingRecord>(join(folder, 'large.ndjson'));
    const large = 'x'.repeat(1024 * 1024);
    let taken = 0;
    while (sink.capacity > 0 && taken < 100) {
      sink.append(record(large));
      taken++;
    }
    expect(taken).toBeLessThan(10);
    await sink.room();
    expect(sink.capacity).toBeGreaterThan(0);
    await sink.close();
    expect(sink.stats().acknowledged).toBe(taken);
  });

  it.runIf(existsSync('/dev/full'))(
    'that is on a full disk is DISK_FULL, and nothing counts as written',
    async () => {
      const lost: DeliveredBatch<OutgoingRecord>[] = [];
      const sink = await openFileSink<OutgoingRecord>('/dev/full', {
        onDelivered: (batch) => lost.push(batch),
      });
      for (let i = 0; i < 100; i++) sink.append(record(`{"n":${i}}`));
      await sink.flush();
      expect(sink.failure).toMatchObject({
        code: 'DISK_FULL',
        message: '--to /dev/full cannot be written: the disk is full.',
        suggestions: ['Make room, or name a file on another disk.'],
      });
      expect(sink.inFlight).toBe(100);
      sink.append(record('one more'));
      await sink.room();
      await sink.close();
      expect(sink.stats()).toMatchObject({ acknowledged: 0, givenUp: 101 });
      expect(lost.flatMap(({ records }) => records)).toHaveLength(101);
      expect(lost.every(({ baseOffset }) => baseOffset === undefined)).toBe(true);
    },
  );

  it('that cannot be made is an error at once, which names it and says what to do', async () => {
    mkdirSync(join(folder, 'a-folder'));
    await expect(openFileSink(join(folder, 'a-folder'))).rejects.toMatchObject({
      code: 'INVALID_FILE',
      message: expect.stringMatching(/^--to .*a-folder cannot be written: it is a folder\.$/) as string,
    });
    await expect(openFileSink(join(folder, 'missing', 'x'))).rejects.toMatchObject({
      code: 'INVALID_FILE',
      suggestions: ['Check the name; a folder that is not there has to be made first.'],
    });
  });
});

describe('a manifest', () => {
  it('has its chunks in their order, in UTF-8, and what was there before is gone', async () => {
    const path = join(folder, 'manifest.ndjson');
    writeFileSync(path, 'old');
    const manifest = await openManifestFile(path);
    const chunk = `${JSON.stringify({ key: 'ü€' })}\n`.repeat(1_000);
    for (let i = 0; i < 500; i++) {
      manifest.write(chunk);
      await manifest.room(1024 * 1024);
      expect(manifest.pending).toBeLessThan(1024 * 1024);
    }
    await manifest.close();
    expect(manifest.failure).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe(chunk.repeat(500));
  });

  it.runIf(existsSync('/dev/full'))('that cannot be written says so, and waits for nobody', async () => {
    const manifest = await openManifestFile('/dev/full');
    manifest.write('x'.repeat(1_000_000));
    await manifest.room(1);
    expect(manifest.failure).toMatchObject({
      code: 'DISK_FULL',
      message: '--manifest /dev/full cannot be written: the disk is full.',
    });
    manifest.write('more');
    await manifest.close();
  });

  it('in a folder that is not there is refused', async () => {
    await expect(openManifestFile(join(folder, 'nowhere', 'm'))).rejects.toMatchObject({
      code: 'INVALID_FILE',
      message: expect.stringContaining('--manifest ') as string,
    });
  });
});
