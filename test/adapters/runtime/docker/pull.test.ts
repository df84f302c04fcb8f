import { expect, test } from 'vitest';
import { PullProgress, type PullEvent } from '../../../../src/adapters/runtime/docker/pull.js';
import type { ProgressEvent } from '../../../../src/domain/progress.js';

function pulled(...events: PullEvent[]) {
  const reported: ProgressEvent[] = [];
  const progress = new PullProgress('x:1', (event) => reported.push(event));
  for (const event of events) progress.take(event);
  return { progress, reported, last: () => reported.at(-1) };
}
const step = { type: 'step', id: 'pull x:1', title: 'image x:1' };

test('a pull is told from its beginning to its end', () => {
  const { progress, reported, last } = pulled(
    { status: 'Pulling from library/x', id: '1' },
    { status: 'Pulling fs layer', id: 'aaaaaaaaaaaa' },
    { status: 'Already exists', id: 'bbbbbbbbbbbb' },
    { status: 'Downloading', id: 'aaaaaaaaaaaa', progressDetail: { current: 45, total: 100 } },
  );
  expect(reported[0]).toEqual({ ...step, state: 'running', detail: 'asking the registry' });
  expect(last()).toEqual({
    ...step,
    state: 'running',
    detail: '1 of 2 layers: aaaaaaaa 45%',
    fraction: 0.45,
  });
  progress.take({ status: 'Download complete', id: 'aaaaaaaaaaaa' });
  progress.take({ status: 'Extracting', id: 'aaaaaaaaaaaa', progressDetail: { current: 1, total: 100 } });
  expect(last()).toEqual({
    ...step,
    state: 'running',
    detail: '1 of 2 layers: aaaaaaaa extracting',
    fraction: 1,
  });
  progress.take({ status: 'Pull complete', id: 'aaaaaaaaaaaa' });
  expect(last()).toMatchObject({ detail: '2 of 2 layers' });
  progress.take({ status: 'Digest: sha256:ff' });
  progress.done();
  expect(last()).toMatchObject({ state: 'done', detail: '2 layers' });
});

test('an image that is there already is up to date, and a failure is told', () => {
  const { progress, last } = pulled({ status: 'Status: Image is up to date for x:1' });
  progress.done();
  expect(last()).toEqual({ ...step, state: 'done', detail: 'up to date' });
  progress.failed();
  expect(last()).toEqual({ ...step, state: 'failed' });
});

test('many layers at once are told by four of them', () => {
  const layers = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({
    status: 'Verifying Checksum',
    id: id.repeat(12),
  }));
  expect(pulled(...layers).last()).toMatchObject({
    detail:
      '0 of 6 layers: aaaaaaaa verifying checksum, bbbbbbbb verifying checksum, cccccccc verifying checksum, dddddddd verifying checksum',
  });
});

test('a layer whose size is not known neither counts nor shows a share', () => {
  const unknown = { status: 'Downloading', id: 'aaaaaaaaaaaa', progressDetail: { current: 500, total: -1 } };
  const known = { status: 'Downloading', id: 'bbbbbbbbbbbb', progressDetail: { current: 50, total: 100 } };
  expect(pulled(unknown).last()).toEqual({
    ...step,
    state: 'running',
    detail: '0 of 1 layers: aaaaaaaa downloading',
  });
  expect(pulled(unknown, known).last()).toMatchObject({ fraction: 0.5 });
});
