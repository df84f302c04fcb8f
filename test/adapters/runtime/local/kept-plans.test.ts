import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LabStore } from '../../../../src/adapters/files/lab-store.js';
import { PlanFile } from '../../../../src/adapters/runtime/local/kept-plans.js';

let folder: string;
let store: LabStore;
let plans: PlanFile;
const plan = { jobId: '00112233445566778899aabbccddeeff', bytes: Buffer.from('a plan\nof two lines') };
const planPath = () => join(folder, 'lab', 'data', 'flink', 'plan.bin');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamlab-plans-'));
  store = new LabStore(folder, 'lab');
  await store.createFolders();
  await writeFile(join(store.folders.conf, 'config.yaml'), 'rest.port: 8081');
  plans = new PlanFile(store.folders);
  await plans.write('SELECT 1', plan);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the kept plan of a lab', () => {
  test('is read as it was written', async () => {
    const read = await plans.read('SELECT 1');
    expect(read?.jobId).toBe(plan.jobId);
    expect(Buffer.from(read?.bytes ?? []).equals(plan.bytes)).toBe(true);
  });

  test('is none for other statements, or for a Flink that is set up otherwise', async () => {
    expect(await plans.read('SELECT 2')).toBeUndefined();
    await writeFile(join(store.folders.conf, 'config.yaml'), 'rest.port: 8082');
    expect(await plans.read('SELECT 1')).toBeUndefined();
  });

  test('is none when a byte of it has changed, or its end is missing', async () => {
    const whole = await readFile(planPath());
    const changed = Buffer.from(whole);
    changed[changed.length - 3] = 0x21;
    for (const content of [changed, whole.subarray(0, -1), Buffer.from(''), Buffer.from('no JSON\nat all')]) {
      await writeFile(planPath(), content);
      expect(await plans.read('SELECT 1')).toBeUndefined();
    }
  });

  test('is gone when it is forgotten, and when its lab is deleted it does not come back', async () => {
    expect(await plans.isThere()).toBe(true);
    await plans.forget();
    expect(await plans.isThere()).toBe(false);
    await store.delete();
    await mkdir(store.folders.conf, { recursive: true });
    await writeFile(join(store.folders.conf, 'config.yaml'), '');
    await expect(plans.write('SELECT 1', plan)).rejects.toThrow('ENOENT');
  });
});
